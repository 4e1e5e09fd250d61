/* capture.h - what tests print: descriptors 1 and 2 are a memfd of the agent's, see core/common/page.h. */
#ifndef CORE_WORKER_CAPTURE_H
#define CORE_WORKER_CAPTURE_H

#include "core/common/wire.h"

/* capture: false if the agent let output through. */
void capture_init(bool capture);
/* What was printed since the last call, or since capture_init; valid until the next. One system call when nothing
 * was. */
struct wire_bytes capture_take(void);

#endif
