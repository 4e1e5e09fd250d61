/* cores.h - how many cores there are to use, and which. */
#ifndef CORE_COMMON_CORES_H
#define CORE_COMMON_CORES_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* Cores of this node that the cgroup allows and, unless `ignore_binding`, that this process is bound to. (mpirun
 * binds what it starts, each process to a core of its own: then the binding says nothing about the job.)
 * At least 1. */
uint32_t cores_usable(int ignore_binding);

/* The hardware threads of these of the usable cores, counted from 0 in the order of the topology, to bind a process
 * to. ignore_binding: as above, as it was at the first call. Returns whether there are such cores. */
bool cores_of(const uint32_t *numbers, uint32_t n, int ignore_binding, cpu_set_t *cpus);
/* Those of all usable cores. */
bool cores_all(int ignore_binding, cpu_set_t *cpus);

#endif
