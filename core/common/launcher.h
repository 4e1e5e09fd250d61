/* launcher.h - the ways to start the ranks of an MPI job. */
#ifndef CORE_COMMON_LAUNCHER_H
#define CORE_COMMON_LAUNCHER_H

enum launcher {
	LAUNCHER_AUTO,    /* pmix where it works, else mpiexec */
	LAUNCHER_PMIX,    /* the agent is their PMIx server, and forks them */
	LAUNCHER_MPIEXEC, /* that of the MPI library */
	LAUNCHER_SRUN,    /* in an allocation of Slurm */
};

/* With this status (EX_CONFIG) the agent says that this launcher can start no job at all here. */
enum { LAUNCHER_UNFIT = 78 };

#endif
