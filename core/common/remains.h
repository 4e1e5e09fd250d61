/* remains.h - what a launcher of MPI leaves in the file system when it was killed: its session directory. Those
 * that it has started clear up then.
 */
#ifndef CORE_COMMON_REMAINS_H
#define CORE_COMMON_REMAINS_H

#include <stdbool.h>

/* Notes who has started this process, and asks for that signal when the one dies. To be called early. */
void remains_begin(int signum);
/* Has it died? May still say no for a moment after the signal: a process dies thread by thread. */
bool remains_is_orphan(void);
/* Removes the session directory if it has, and was the launcher. patience: ms to wait for its death, if there is
 * reason to believe in that. */
void remains_remove(unsigned patience);

#endif
