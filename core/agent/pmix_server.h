/* pmix_server.h - the launcher `pmix`: ptpar is a PMIx server, so that whoever starts an MPI program's ranks by
 * fork, with the environment that is made here, needs no mpirun.
 *
 * It does not start or end ranks: that is its caller's, and so is waiting for them: a rank that dies tells no
 * server anything. All calls and all callbacks are on the thread of the loop that it was opened with.
 */
#ifndef CORE_AGENT_PMIX_SERVER_H
#define CORE_AGENT_PMIX_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

#include <ptpar/plugin.h>

/* Makes ready; nothing if it is open. directory: made here, for this user alone; it goes at close, and what a
 * killed process has left in it goes now. Best in /dev/shm, since the shared memory of ranks comes to lie there.
 * What another launcher has set must have gone from the environment (mpienv_scrub). No other threads may run.
 * -ENOTSUP: built without PMIx; else 0 or a negative errno. */
int pmix_server_open(uv_loop_t *loop, const char *directory, struct ptpar_error *err);
/* Ends it; all jobs must be closed. The loop has some handles to close after it. Nothing if it is not open. */
void pmix_server_close(void);
/* Is this child of the calling process one in which libpmix runs? Those are not to be killed, nor waited for. */
bool pmix_server_owns(pid_t pid);

/* How far a rank has come. */
enum rank_state {
	RANK_STARTED,     /* perhaps no MPI program */
	RANK_INITIALIZED, /* has begun MPI_Init: if it exits now, whatever with, that is a failure */
	RANK_FINALIZED,   /* in MPI_Finalize, where nobody waits for it: its core may be given away */
	RANK_ABORTED,     /* in MPI_Abort, and about to exit */
};

/* ctx: that of pmix_job_open. Each may be NULL. None comes after pmix_job_close, and they close no jobs. */
struct pmix_job_callbacks {
	void (*on_state)(void *ctx, uint32_t rank, enum rank_state state);
	/* Before on_state(RANK_ABORTED). The other ranks are not told. text: "" if there is none. */
	void (*on_abort)(void *ctx, uint32_t rank, int status, const char *text);
	/* Who serves these ranks has died: they cannot go on. */
	void (*on_lost)(void *ctx);
};

struct pmix_job_spec {
	uint32_t np;         /* ranks, all on this node; at least 1 */
	bool fast;           /* shared memory, without the search for networks; see mpienv.h */
	bool oversubscribed; /* more processes than cores, so that waiting must yield */
	bool own_handler;    /* what runs handles deadly signals itself */
	char *const *argv;   /* of the program, for MPI_INFO_ENV; NULL: not known. To live as long as the job */
};

struct pmix_job;

/* Makes ready for the ranks of one MPI job. NULL with err's text. */
struct pmix_job *pmix_job_open(const struct pmix_job_spec *spec, const struct pmix_job_callbacks *callbacks,
			       void *ctx, struct ptpar_error *err);
/* What that rank needs in its environment beside what this process has (where both have a variable, this one
 * holds): NAME=VALUE, ended by NULL, to be given to mpienv_free_list(). NULL with err's text. */
char **pmix_job_env(struct pmix_job *job, uint32_t rank, struct ptpar_error *err);
/* All that the rank has told is known, if it has ended. (Callbacks may be called before this returns.) */
enum rank_state pmix_job_state(struct pmix_job *job, uint32_t rank);
/* All its processes have ended: forgets it and removes its files. NULL is all right. */
void pmix_job_close(struct pmix_job *job);

#endif
