/* collect.h - listing the tests of files, in a process of its own: what is loaded here may crash. */
#ifndef CORE_WORKER_COLLECT_H
#define CORE_WORKER_COLLECT_H

#include <stdint.h>

/* paths: files and directories, NULL-terminated; the first `skip` files of these were read before. Returns the exit
 * status of the process. */
int collect(uint32_t skip, char **paths);

#endif
