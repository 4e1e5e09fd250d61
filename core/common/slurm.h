/* slurm.h - the one place that knows Slurm by its environment variables, and by what its commands say.
 *
 * An allocation is what salloc or sbatch got: nodes, and CPUs on them. A job step is what srun starts in it.
 */
#ifndef CORE_COMMON_SLURM_H
#define CORE_COMMON_SLURM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slurm_allocation {
	uint32_t nodes;
	uint32_t cpus;          /* on all nodes */
	uint32_t tasks;         /* that it was asked for; else as many as it has CPUs */
	uint32_t cpus_per_task; /* that it was asked for; else 1 */
	bool is_here;           /* this process runs on one of its nodes: salloc leaves its command where it was */
};

/* Returns whether this process is in one; else all is 0. */
bool slurm_allocation(struct slurm_allocation *allocation);

/* Should processes be started by srun? So if there is an allocation with other nodes than this one, and a program
 * of that name. */
bool slurm_is_elsewhere(void);

struct slurm_step {
	uint32_t rank;
	uint32_t size;       /* processes of the step */
	uint32_t local_size; /* those on this node */
};

/* Was this process started by srun? An interactive shell was as well: as a step of size 1. */
bool slurm_step(struct slurm_step *step);

/* Does it run in a step of its own, and in no batch script or interactive shell? Then it holds CPUs, for which
 * another srun, called from here, would wait in vain. */
bool slurm_is_in_step(void);

/* Has srun, which has said this, started nothing because Slurm's controller did not answer? The line that says so,
 * and its length without the line end; or NULL. */
const char *slurm_unanswered(const char *said, size_t n, size_t *length);

/* The sum of a list like "8(x2),4", or its entry of that index. 0: there is none. */
uint32_t slurm_sum(const char *list);
uint32_t slurm_entry(const char *list, uint32_t index);

#endif
