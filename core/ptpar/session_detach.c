/* session_detach.c - both ends of --detach: one process has a job submitted and leaves; in the job, another one
 * runs the tests. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/install.h"
#include "core/ptpar/rundir.h"
#include "core/ptpar/session_state.h"

/* An answer is waited for, while nothing else is done, seconds: a batch system gives about 30 from SIGTERM on. */
static const double ASK_TIMEOUT = 8;

/* --- the process that leaves --------------------------------------------------------------------------- */

static bool is_submitted(struct session *s)
{
	return s->crew.home == NULL || session_is_job_over(s) || (s->interrupts > 0 && !batch_is_busy(s->batch));
}

static double step_detach(struct session *s)
{
	if (s->interrupts == 1)
		batch_cancel(s->batch);
	return session_step_job(s);
}

/* The user's own words, with what tells the job's ptpar where the run is. To be freed; its first words are own. */
static const char **make_command(const struct session *s, const char *in_job)
{
	const char **words = xcalloc((size_t)s->argc + 2, sizeof(*words));

	words[0] = install_helper("ptpar");
	words[1] = in_job;
	for (int i = 1; i < s->argc; i++)
		words[i + 1] = s->argv[i];
	return words;
}

static void submit_alone(struct session *s, const char *id, const char *path)
{
	char *in_job = xasprintf("--in-job=%s", path), *output = xasprintf("%s/job.out", path);
	const char **command = make_command(s, in_job);

	batch_submit_alone(s->batch, command, output);
	session_wait(s, is_submitted, step_detach, INFINITY);
	if (batch_fault(s->batch) != NULL)
		ptpar_fail(&s->usage_error, 0, "%s", batch_fault(s->batch));
	else if (s->crew.home == NULL)
		ptpar_fail(&s->internal_error, 0, "ptpar's agent has ended while the job was submitted");
	else if (s->interrupts == 0)
		rundir_put_job(id, s->scheduler->head.name, batch_job(s->batch), &s->internal_error);
	free(command);
	free(in_job);
	free(output);
}

/* No run without a sense: what the job would find out too late. */
static bool may_detach(struct session *s)
{
	if (s->tests.n_faults > 0)
		ptpar_fail(&s->usage_error, 0, "%s: %s", s->tests.faults[0].source, s->tests.faults[0].text);
	return s->tests.n > 0 && s->tests.n_faults == 0;
}

void session_detach(struct session *s)
{
	char id[RUN_ID_SIZE], *path;

	if (!may_detach(s) || rundir_reserve(id, (time_t)reports_epoch(s->reports), &s->usage_error) < 0)
		return;
	path = rundir_path(id, &s->usage_error);
	if (path != NULL)
		submit_alone(s, id, path);
	free(path);
	if (batch_job(s->batch)[0] == '\0' || s->interrupts > 0 || s->internal_error.text[0] != '\0') {
		rundir_remove(id);
		return;
	}
	printf("job %s was submitted: %zu test%s, run %s\n"
	       "  ptpar --attach %s\n"
	       "shows from here how it goes, and makes its reports.\n",
	       batch_job(s->batch), s->tests.n, s->tests.n == 1 ? "" : "s", id, id);
}

/* --- the one in the job ------------------------------------------------------------- */

/* What the job's core needs to know of it. */
int session_open_own_job(struct session *s, struct ptpar_error *err)
{
	s->own_job.system = batch_system_open(s->scheduler, s->settings, session_warn, s, err);
	if (s->own_job.system == NULL)
		return -EINVAL;
	s->launcher = s->own_job.system->launcher;
	s->scheduler_flags = s->own_job.system->plan.flags;
	return 0;
}

/* Asks at once. expected: it must be about to end. */
static void ask_for_own_job(struct session *s, bool expected)
{
	struct own_job *own = &s->own_job;
	struct ptpar_batch_status status = { .state = PTPAR_BATCH_UNKNOWN };
	struct rundir_job job = { .job = "" };

	own->is_doubtful = false;
	own->outcome = OUTCOME_CRASHED;
	if (rundir_read_job(s->settings->in_job, &job) == 0) {
		batch_system_ask(own->system, job.job, ASK_TIMEOUT, &status);
		own->end = batch_tell_end(job.job, &status, &own->outcome);
	}
	if (own->end == NULL && (expected || status.state == PTPAR_BATCH_ENDING))
		own->end = xasprintf("job %s is about to end: %s", job.job,
				     status.reason[0] != '\0' ? status.reason : "SIGTERM");
	if (own->end != NULL)
		s->interrupted = JOB_ENDED;
}

bool session_lose_own_job(struct session *s)
{
	if (s->own_job.system == NULL || s->own_job.end != NULL)
		return false;
	ask_for_own_job(s, true);
	return true;
}

void session_step_own_job(struct session *s)
{
	if (s->own_job.is_doubtful)
		ask_for_own_job(s, false);
	if (s->running && s->own_job.system != NULL && s->own_job.end == NULL)
		dispatch_believe(s->dispatch);
}
