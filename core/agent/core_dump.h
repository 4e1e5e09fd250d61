/* core_dump.h - the stack of a program that a signal has killed, from the core dump that it has left. */
#ifndef CORE_AGENT_CORE_DUMP_H
#define CORE_AGENT_CORE_DUMP_H

#include <sys/types.h>

/* Path of the file that the kernel has written for this process, which ran in the directory cwd (NULL: in this
 * process's) and whose wait status says that it has dumped core; to be freed. NULL: it went elsewhere, to a program
 * that collects them for instance (core(5)). */
char *core_dump_find(pid_t pid, const char *cwd);

#endif
