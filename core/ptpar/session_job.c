/* session_job.c - the run's job in a batch system: what the session asks of it (batch.h), and makes of what it
 * says. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/common/error.h"
#include "core/ptpar/session_state.h"

/* Until a job is cancelled, seconds. */
static const double CANCEL_TIMEOUT = 20;

static struct peer *get_home(void *ctx)
{
	struct session *s = ctx;

	return s->crew.home != NULL && s->crew.home->channel != NULL ? s->crew.home : NULL;
}

int session_open_job(struct session *s, struct ptpar_error *err)
{
	struct batch_config config = { .scheduler = s->scheduler,
				       .settings = s->settings,
				       .ctx = s,
				       .emit = session_emit,
				       .now = session_now,
				       .home = get_home };

	s->launcher = s->settings->launcher;
	s->scheduler_flags = s->scheduler->flags;
	if (s->scheduler->batch == NULL && s->settings->detach)
		return ptpar_fail(err, -EINVAL,
				  "--detach: --scheduler=%s has no job to leave the run to: choose slurm",
				  s->scheduler->head.name);
	if (s->scheduler->batch == NULL || s->settings->list != LIST_NONE)
		return 0;
	if (s->settings->in_job != NULL)
		return session_open_own_job(s, err);
	if (s->mpi.launched)
		return ptpar_fail(err, -EINVAL,
				  "--scheduler=%s: its job starts the processes: start ptpar by itself, without %s",
				  s->scheduler->head.name, "mpirun");
	s->batch = batch_open(&config, err);
	if (s->batch == NULL)
		return -EINVAL;
	s->launcher = batch_launcher(s->batch);
	s->scheduler_flags = batch_flags(s->batch);
	return 0;
}

bool session_is_job_over(const struct session *s)
{
	return s->own_job.end != NULL || (s->batch != NULL && batch_is_over(s->batch));
}

bool session_is_job_ending(const struct session *s)
{
	return session_is_job_over(s) || (s->batch != NULL && batch_is_doubtful(s->batch) && s->interrupts == 0);
}

void session_doubt_job(void *ctx)
{
	struct session *s = ctx;

	if (s->batch != NULL)
		batch_doubt(s->batch);
	else
		s->own_job.is_doubtful = true;
}

double session_step_job(struct session *s)
{
	double next;

	session_step_own_job(s);
	if (s->batch == NULL)
		return INFINITY;
	crew_replace_agent(&s->crew);
	next = batch_step(s->batch);
	if (s->running && !session_is_job_ending(s))
		dispatch_believe(s->dispatch);
	return next;
}

static bool has_begun_or_ended(struct session *s)
{
	return session_must_stop(s) || s->crew.failure != NULL || batch_is_ready(s->batch) ||
	       batch_is_over(s->batch);
}

double session_step_before(struct session *s)
{
	double next = session_step_job(s);

	if (session_now(s) >= s->deadline && s->interrupted == NULL)
		s->interrupted = "run-timeout";
	return fmin(next, s->interrupted == NULL ? s->deadline : INFINITY);
}

bool session_enter_job(struct session *s)
{
	batch_submit(s->batch, &s->tests, link_credentials(s->link)->address);
	session_wait(s, has_begun_or_ended, session_step_before, INFINITY);
	if (batch_fault(s->batch) != NULL) {
		ptpar_fail(&s->usage_error, 0, "%s", batch_fault(s->batch));
		s->internal_error = s->usage_error;
	}
	if (!batch_is_ready(s->batch) || session_must_stop(s))
		return false;
	crew_join(&s->crew, batch_agent(s->batch));
	return true;
}

void session_end_with_job(struct session *s)
{
	if (s->own_job.end != NULL) {
		dispatch_end_with_job(s->dispatch, s->own_job.outcome, s->own_job.end);
		return;
	}
	if (s->interrupted == NULL && batch_fault(s->batch) == NULL)
		s->interrupted = JOB_ENDED;
	dispatch_end_with_job(s->dispatch, batch_outcome(s->batch), batch_end(s->batch));
}

static bool is_cancelled(struct session *s)
{
	return s->interrupts > 2 || s->crew.home == NULL || !batch_is_busy(s->batch);
}

void session_leave_job(struct session *s)
{
	bool ends_by_itself;

	if (s->batch == NULL)
		return;
	ends_by_itself = batch_is_ready(s->batch) && s->interrupts == 0 && s->internal_error.text[0] == '\0';
	if (!ends_by_itself && batch_cancel(s->batch))
		session_wait(s, is_cancelled, session_step_job, CANCEL_TIMEOUT);
}
