/* crew.h - the processes that work for the core: its agent, the agents beside ranks, the workers of the pool.
 *
 * A pool is the workers of one MPI job; pools are numbered, and there is one at a time. Pool 0 is what the user's
 * mpirun started, pools 1, 2 … are launched through the agent.
 */
#ifndef CORE_PTPAR_CREW_H
#define CORE_PTPAR_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "core/common/mpienv.h"
#include "core/ptpar/dispatch.h"
#include "core/ptpar/link.h"
#include "core/ptpar/settings.h"

struct crew {
	uint32_t n;         /* slots of the pool */
	struct slot *slots; /* n of them */
	uint32_t pool;      /* number of the present one */
	uint32_t ready;     /* slots of which worker and agent are there */
	uint32_t cores;     /* that may be used */
	char **nodes;       /* names of those that its agents run on, n_nodes */
	size_t n_nodes, cap_nodes;
	enum launcher launcher;
	bool under_mpirun;
	bool launcher_runs;
	bool is_delayed;    /* it has said that it takes longer */
	bool damaged;       /* a worker of the present pool has died: it cannot finalize MPI */
	bool collapses;     /* an agent of the present pool has ended: its launcher ends the others */
	uint32_t collapsed; /* the pool that did that last */
	char *last_words;   /* of the launcher of that one, to be told and freed; or NULL */
	bool stopping;
	char *failure;               /* why the pool cannot start, or NULL */
	bool is_accident;            /* a signal has killed one of its processes: another try may go well */
	bool is_unfit;               /* that is so of any job that its launcher starts */
	char *started_by;            /* what has started the pool, as in struct wire_hello; or NULL */
	char *mpi;                   /* "Open MPI v4.1.4", or NULL while nobody knows */
	struct peer *home;           /* the core's own agent */
	struct peer *agent;          /* the one that starts processes: that, or the one in a batch job */
	bool in_job;                 /* the latter */
	uv_process_t *agent_process; /* valid while agent_runs */
	uint32_t agent_pid;
	bool agent_runs;
	bool needs_agent; /* it has ended, though it should not */
	bool agents_ever_lost;
	unsigned agents_lost; /* so often that has happened */
	uv_loop_t *loop;
	const struct credentials *credentials;
};

/* Starts the core's agent; under mpirun it supervises rank 0 as well. Credentials and settings reach it through the
 * environment. */
int crew_start(struct crew *crew, uv_loop_t *loop, const struct settings *settings, const struct mpienv *mpi,
	       const struct credentials *credentials, uint32_t n, struct ptpar_error *err);
/* Starts another agent if the last one has been lost. What that had started has gone with it. */
void crew_replace_agent(struct crew *crew);
/* In a batch job, this agent starts the processes from now on. */
void crew_join(struct crew *crew, struct peer *agent);
/* Asks the agent for a pool, once it is there. */
void crew_launch(struct crew *crew);
/* The workers of that pool are the agent's own children. */
void crew_launched(struct crew *crew, uint32_t pool);
/* The launcher of that pool takes longer. */
void crew_delayed(struct crew *crew, uint32_t pool);
/* A process has said who it is. Returns whether the pool has just become complete. */
bool crew_hello(struct crew *crew, struct peer *peer, const struct wire_hello *hello);
/* Its connection has ended. Returns the slot whose worker is now known to be dead, or NULL. */
struct slot *crew_gone(struct crew *crew, struct peer *peer);
/* The core's own agent has ended, and the workers of the pool that it has started with it: one of those, until
 * there is none. */
struct slot *crew_orphan(struct crew *crew, const struct peer *agent);
/* An agent tells of the end of a worker or launcher. Likewise. */
struct slot *crew_exited(struct crew *crew, struct peer *agent, const struct wire_exited *m);
/* The slot of a worker, or of a message about one; NULL if it is not of the present pool. */
struct slot *crew_slot(struct crew *crew, uint32_t pool, uint32_t rank);
/* Puts the settings that agents and workers need into the environment. */
void crew_export_settings(const struct settings *settings);
/* Has all workers and collectors stopped, or lets them go on. At once: the core may be about to stop itself. */
void crew_pause(struct crew *crew, bool stop);
bool crew_is_ready(const struct crew *crew);
/* Has every worker that was there ended? */
bool crew_is_idle(const struct crew *crew);

/* Asks all workers to end: by MPI_Finalize if all are alive. */
void crew_quit_workers(struct crew *crew);
/* Kills the workers that are left. */
void crew_kill_workers(struct crew *crew);
/* Lets the agents of a pool of ours go; its launcher ends then. */
void crew_release_pool(struct crew *crew);
void crew_free(struct crew *crew);

#endif
