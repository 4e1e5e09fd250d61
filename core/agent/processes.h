/* processes.h - what /proc tells of a process and of those that it has started. */
#ifndef CORE_AGENT_PROCESSES_H
#define CORE_AGENT_PROCESSES_H

#include <stdbool.h>

#include <sys/types.h>

/* Of a process, its youngest child, that one's youngest child, and so on, the last: the one that the others are
 * likely to wait for. */
pid_t processes_leaf(pid_t pid);
/* "in `sleep 1000`, which sleeps"; to be freed. NULL: it has ended. */
char *processes_tell(pid_t pid);

/* Is that the program of this name (without its directory) that the process runs? */
bool processes_runs(pid_t pid, const char *name);

#endif
