/* join.h - the agent that the script of a batch job has started, and what it tells of that job.
 *
 *   ptpar-agent --join FILE [STATUS]
 *
 * FILE holds what the script has printed before, and is removed. STATUS: the script ends with that before it has
 * come to its end: there is nothing to be started in this job.
 */
#ifndef CORE_AGENT_JOIN_H
#define CORE_AGENT_JOIN_H

#include "core/common/buffer.h"
#include "core/common/wire.h"

/* Reads the arguments behind --join, NULL-terminated. */
void join_begin(char **arguments);
/* Answers the core: what of this is missing here, and what the script has said. */
void join_inspect(const struct wire_inspect *m, struct buffer *out);

#endif
