/* slurm-script.h - the script of a job of Slurm, for sbatch (22.05). */
#ifndef PLUGINS_SLURM_SCRIPT_H
#define PLUGINS_SLURM_SCRIPT_H

#include <stdbool.h>

/* Borrowed; what the user does not want is NULL. */
struct slurm_script {
	const char *header;       /* the user's own, which begins with #!; else one is made */
	const char *options;      /* for sbatch, in a line */
	const char *srun_options; /* for the srun of each step */
	const char *init_cmds;    /* lines of shell */
	bool exports;             /* the job has the environment that it was submitted in */
	const char *const *join;  /* in what it ends, and */
	const char *output;       /* where to it prints: as in struct ptpar_batch_request */
};

/* To be freed. NULL: no memory. */
char *slurm_script_make(const struct slurm_script *script);

#endif
