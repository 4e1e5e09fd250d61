/* shared_memory.h - a directory in /dev/shm for what a worker puts there, so that it goes when the worker has ended
 * however that was: MPI removes such files only at an orderly end.
 *
 *   /dev/shm/ptpar-UID-JOB/PID   of the worker whose agent is PID
 *
 * JOB is that of the MPI launcher; or, of a pool that an agent launches, a name of that agent's, who removes the
 * whole when the pool has ended. Else, and on other nodes, each agent removes its own directory, and those of
 * agents of the same job that are dead; as a task of Slurm also those of job steps whose agents are all dead.
 */
#ifndef CORE_AGENT_SHARED_MEMORY_H
#define CORE_AGENT_SHARED_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Makes the directory and names it in the environment of the worker that is started next, unless the user has named
 * one. Without one, MPI uses /dev/shm itself. */
void shared_memory_open(void);
/* When the worker has ended. patience: ms to wait for agents of the same job that are about to end, and may be
 * killed before they have cleared up: mpirun gives them some ms. */
void shared_memory_close(unsigned patience);

/* For the launcher and the agents of a pool that is launched next, by the environment; and when it has been.
 * is_step: as a job step, perhaps on other nodes. */
void shared_memory_announce(uint32_t pool, bool is_step);
void shared_memory_announced(void);
/* What agents that have been killed have left of theirs. */
void shared_memory_sweep(void);
/* When that pool has ended. */
void shared_memory_remove(uint32_t pool);

#endif
