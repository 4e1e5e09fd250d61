/* collect.h - listing the tests of files, in a process of its own: what is loaded here may crash. */
#ifndef CORE_WORKER_COLLECT_H
#define CORE_WORKER_COLLECT_H

/* Asks the core what to read, and tells it what is in there. Returns the exit status of the process. */
int collect(void);

#endif
