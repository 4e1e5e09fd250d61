/* launch_srun.h - ranks that Slurm starts: a job step of the allocation that this agent is in.
 *
 * Each of its tasks is an agent that supervises a rank, as by mpiexec.
 */
#ifndef CORE_AGENT_LAUNCH_SRUN_H
#define CORE_AGENT_LAUNCH_SRUN_H

#include <ptpar/plugin.h>

#include "core/agent/child.h"
#include "core/common/wire.h"

struct srun_command {
	char *argv[64];
	const char *env[2]; /* over this process's; NULL-terminated */

	/* Private. */
	char words[12][64];
	size_t n_words;
	char *more; /* the user's options */
	char launcher[400];
};

/* Makes the command; valid until srun_command_free. Returns 0, or a negative errno with the reason why Slurm cannot
 * start this. */
int srun_command_make(struct srun_command *command, const struct wire_launch *m, struct ptpar_error *err);
void srun_command_free(struct srun_command *command);

#endif
