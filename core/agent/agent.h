/* agent.h - what the parts of ptpar-agent share. */
#ifndef CORE_AGENT_AGENT_H
#define CORE_AGENT_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "core/agent/child.h"
#include "core/common/channel.h"
#include "core/common/credentials.h"
#include "core/common/mpienv.h"

struct agent {
	uv_loop_t loop;
	struct credentials credentials;
	struct channel *core; /* NULL until it is known where the core is, and after it has gone */
	struct mpienv mpi;
	uint32_t pool;
	bool supervises;
	bool joins; /* it is that of a batch job */
	bool capture;
	bool leaving;
	bool terminated; /* by a signal: its parent may have died */
	struct child *children;
	struct child *doubtful; /* a rank that was killed, perhaps by Slurm; or NULL */
	uv_timer_t doubt;
	uv_signal_t terminate, sigchld;
	int status; /* to exit with */
};

extern struct agent agent;

/* A child that is to be started; the agent's from now on. */
struct child *agent_new_child(enum wire_role role, uint32_t pool, uint32_t rank);
/* Starts it in this process's environment; tells the core if that fails, as of a child that ends at once. */
void agent_start_child(struct child *child, char **argv, enum capture capture);
/* Starts a worker as this rank, who finds the core by what is in the environment, or by MPI. m: what has asked for
 * it, or NULL. */
void agent_start_worker(struct child *child, const struct wire_launch *m);

#endif
