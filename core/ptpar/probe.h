/* probe.h - asks another program something: runs it for a bounded time, and takes what it prints. */
#ifndef CORE_PTPAR_PROBE_H
#define CORE_PTPAR_PROBE_H

#include "core/common/buffer.h"

/* Runs argv[0] (looked for in PATH if it has no slash) in the directory cwd (NULL: here) and appends what it writes
 * on standard output and error to `out`, which ends with a zero byte then. Kills it with all in its session after
 * so many seconds. Returns its wait status; -1 if it could not be started; SIGKILL's if it took too long. */
int probe(char *const *argv, const char *cwd, double seconds, struct buffer *out);

#endif
