/* cores.h - how many cores there are to use. */
#ifndef CORE_COMMON_CORES_H
#define CORE_COMMON_CORES_H

#include <stdint.h>

/* Cores of this node that the cgroup allows and, unless `ignore_binding`, that this process is bound to. (mpirun
 * binds what it starts, each process to a core of its own: then the binding says nothing about the job.)
 * At least 1. */
uint32_t cores_usable(int ignore_binding);

#endif
