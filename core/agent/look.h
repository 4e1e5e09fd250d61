/* look.h - where a rank is, in words: the MPI call that it has noted in its page, its place in the user's code, and
 * the functions that led there.
 */
#ifndef CORE_AGENT_LOOK_H
#define CORE_AGENT_LOOK_H

#include "core/agent/child.h"
#include "core/common/buffer.h"

/* Appends what there is to see of a worker as a WIRE_SEEN with that id. deep: with its stack. A worker that has
 * ended has no stack, but its page still tells where it was. */
void look_at(struct child *child, uint64_t id, bool deep, struct buffer *out);

/* The same of a program that has left this core dump. Returns false if it is of another one. */
bool look_at_core_dump(const struct child *child, const char *path, struct buffer *out);

#endif
