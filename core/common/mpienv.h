/* mpienv.h - the one place that knows MPI launchers by their environment variables.
 *
 * So far Open MPI, 4 and 5.
 */
#ifndef CORE_COMMON_MPIENV_H
#define CORE_COMMON_MPIENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who this process is in the MPI job that a launcher has started it for. */
struct mpienv {
	bool launched;       /* by mpirun, srun or the like; else the rest is 0 */
	uint32_t rank;       /* in MPI_COMM_WORLD */
	uint32_t size;       /* of MPI_COMM_WORLD */
	uint32_t local_size; /* how many of these run on this node */
};

struct mpienv mpienv_get(void);
/* What a job step of Slurm says; also of one with a single process, which an interactive shell is. */
struct mpienv mpienv_of_step(void);

/* Removes what a launcher has put into the environment, so that another one may be started from here. What the user
 * has set himself (OMPI_MCA_btl and the like) stays. */
void mpienv_scrub(void);

/* Sets up the environment of ranks that MPI is to be initialised in: `fast`: one node, shared memory without the
 * search for networks, unless the user chose his own; `oversubscribed`: more ranks than cores, so that waiting must
 * yield. */
void mpienv_tune(bool fast, bool oversubscribed);

/* Has ranks put the files of their shared memory into that directory, unless the user has chosen one. */
void mpienv_set_backing_directory(const char *path);

/* Has mpiexec keep the files of its session in that directory: in the one that is common to all of a user, one that
 * ends may remove what another one is making (Open MPI 4.1.4). NULL: takes that back. */
void mpienv_set_session_directory(const char *path);

/* A name for the MPI job that this process belongs to, fit for a file's name; "0" if it has none. */
void mpienv_job(char *name, size_t size);

/* An MPI job whose ranks are started without mpirun, by a PMIx server; all on this node. */
struct mpienv_launch {
	uint32_t np;
	bool fast;           /* as for mpienv_tune */
	bool oversubscribed; /* likewise */
	bool own_handler;    /* what runs handles deadly signals itself: Open MPI is not to */
	char *const *argv;   /* of the program, NULL if it is not known */
	char *shared_memory; /* directory for files of shared memory */
	char *session;       /* directory for other files */
	char *topology;      /* file: this machine, as XML of hwloc */
};

/* Adds to *env (NAME=VALUE, ended by NULL; may be NULL itself), or changes in it, what mpirun would set for that
 * rank, what Open MPI needs to believe that it was launched, and what makes it start quickly. The latter only where
 * this process has no such variable: the user has then chosen. To be given to mpienv_free_list(). */
void mpienv_launch(char ***env, const struct mpienv_launch *launch, uint32_t rank);
void mpienv_free_list(char **env);

/* Where Slurm's PMIx server listens, if that is what this process was started by: its address (to `size` bytes) and
 * port. */
bool mpienv_slurm_server(char *ip, size_t size, unsigned *port);
/* Has ranks take that for it. */
void mpienv_set_slurm_server(const char *ip, unsigned port);

/* Sets up the environment of mpiexec: more ranks than cores are all right, and so is root (in a container). */
void mpienv_permit(void);

#endif
