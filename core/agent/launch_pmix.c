/* launch_pmix.c - a list of jobs, and what their ranks tell. */
#include "core/agent/launch_pmix.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ptpar/source.h>

#include "core/agent/agent.h"
#include "core/agent/pmix_server.h"
#include "core/common/alloc.h"
#include "core/common/worker_env.h"

struct job {
	uint32_t pool;
	uint32_t left; /* ranks that have not ended */
	struct pmix_job *pmix;
	struct job *next;
};

static struct job *jobs;

static void on_state(void *ctx, uint32_t rank, enum rank_state state)
{
	const struct job *job = ctx;

	if (state == RANK_FINALIZED && agent.core != NULL)
		wire_put_finalized(&agent.core->out, &(struct wire_finalized){ .pool = job->pool, .rank = rank });
}

static void on_abort(void *ctx, uint32_t rank, int status, const char *text)
{
	const struct job *job = ctx;
	char note[256];

	(void)text;
	snprintf(note, sizeof(note), "MPI_Abort was called, with error code %d", status);
	if (agent.core != NULL)
		wire_put_remark(&agent.core->out, &(struct wire_remark){ .pool = job->pool,
									 .rank = rank,
									 .kind = PTPAR_NOTE_FAILURE,
									 .text = note });
}

/* Nobody serves its ranks any more: they could only hang. */
static void on_lost(void *ctx)
{
	const struct job *job = ctx;

	for (struct child *c = agent.children; c != NULL; c = c->next)
		if (c->role == WIRE_WORKER && c->pool == job->pool)
			child_signal(c, SIGKILL);
}

static int open_server(struct ptpar_error *err)
{
	char directory[96];

	/* Named as those of pools, so that it is swept up like them. */
	snprintf(directory, sizeof(directory), "/dev/shm/ptpar-%u-%d-0", (unsigned)geteuid(), (int)getpid());
	mpienv_scrub();
	return pmix_server_open(&agent.loop, directory, err);
}

struct pmix_job *launch_pmix_open(uint32_t pool, uint32_t n, bool oversubscribed, bool runs_workers,
				  struct ptpar_error *err)
{
	static const struct pmix_job_callbacks callbacks = { .on_state = on_state,
							     .on_abort = on_abort,
							     .on_lost = on_lost };
	const char *transports = getenv(ENV_TRANSPORTS);
	struct pmix_job_spec spec = { .np = n,
				      .fast = transports == NULL || strcmp(transports, "default") != 0,
				      .oversubscribed = oversubscribed,
				      .own_handler = runs_workers };
	struct job *job;

	if (open_server(err) < 0)
		return NULL;
	job = xcalloc(1, sizeof(*job));
	*job = (struct job){ .pool = pool, .left = n, .next = jobs };
	job->pmix = pmix_job_open(&spec, &callbacks, job, err);
	if (job->pmix == NULL) {
		free(job);
		return NULL;
	}
	jobs = job;
	return job->pmix;
}

bool launch_pmix_state(uint32_t pool, uint32_t rank, enum rank_state *state)
{
	const struct job *job = jobs;

	while (job != NULL && job->pool != pool)
		job = job->next;
	if (job == NULL)
		return false;
	*state = pmix_job_state(job->pmix, rank);
	return true;
}

void launch_pmix_ended(uint32_t pool)
{
	struct job **p = &jobs, *job;

	while (*p != NULL && (*p)->pool != pool)
		p = &(*p)->next;
	job = *p;
	if (job == NULL || --job->left > 0)
		return;
	*p = job->next;
	pmix_job_close(job->pmix);
	free(job);
}

void launch_pmix_close(void)
{
	while (jobs != NULL) {
		jobs->left = 1;
		launch_pmix_ended(jobs->pool);
	}
	pmix_server_close();
}
