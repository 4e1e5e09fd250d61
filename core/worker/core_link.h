/* core_link.h - a worker's connection to the core: blocking, so that an idle worker uses no CPU.
 *
 * The peer of core/ptpar/link.h. When the core is gone, the process ends: nothing that it does could matter to
 * anybody.
 */
#ifndef CORE_WORKER_CORE_LINK_H
#define CORE_WORKER_CORE_LINK_H

#include <stdbool.h>

#include "core/common/credentials.h"
#include "core/common/wire.h"

/* Append frames here, then core_flush(). */
extern struct buffer core_out;

/* Connects; says who we are. */
int core_connect(const struct credentials *c, const struct wire_hello *hello, struct ptpar_error *err);
/* Sends what stands in core_out, at once and wholly. */
void core_flush(void);
/* Waits for the next message. Valid until the next call. */
const struct wire_message *core_receive(void);
/* Without waiting: has the core called off test seq? Leaves all messages where they are. */
bool core_called_off(uint64_t seq);

#endif
