/* mpienv.h - the one place that knows MPI launchers by their environment variables.
 *
 * So far Open MPI, 4 and 5.
 */
#ifndef CORE_COMMON_MPIENV_H
#define CORE_COMMON_MPIENV_H

#include <stdbool.h>
#include <stdint.h>

/* Who this process is in the MPI job that a launcher has started it for. */
struct mpienv {
	bool launched;       /* by mpirun, mpiexec or the like; else the rest is 0 */
	uint32_t rank;       /* in MPI_COMM_WORLD */
	uint32_t size;       /* of MPI_COMM_WORLD */
	uint32_t local_size; /* how many of these run on this node */
};

struct mpienv mpienv_get(void);

/* Removes what a launcher has put into the environment, so that another one may be started from here. What the user
 * has set himself (OMPI_MCA_btl and the like) stays. */
void mpienv_scrub(void);

/* Sets up the environment of ranks that MPI is to be initialised in: `fast`: one node, shared memory without the
 * search for networks, unless the user chose his own; `oversubscribed`: more ranks than cores, so that waiting must
 * yield. */
void mpienv_tune(bool fast, bool oversubscribed);

/* Sets up the environment of mpiexec: more ranks than cores are all right, and so is root (in a container). */
void mpienv_permit(void);

#endif
