/* attach.c - reads what the job writes, and asks the batch system now and then whether there will be more. */
#include "core/ptpar/attach.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/common/plugin.h"
#include "core/ptpar/batch_system.h"
#include "core/ptpar/replay.h"
#include "core/ptpar/rundir.h"
#include "core/ptpar/session.h"

/* Seconds: between two looks at the log, between two questions (from, to, and growing so), for an answer. */
static const double LOOK = 0.1, ASK_FIRST = 1, ASK_LAST = 15, ASK_GROWTH = 1.25, ANSWER_TIMEOUT = 30;
/* The last of the log may come so much later than the end of the job, seconds: by a network file system. */
static const double LAG = 5;
/* What is shown of the output of a job that has run nothing, bytes. */
enum { MOST_OUTPUT = 4096 };

struct attachment {
	struct rundir_job job;
	FILE *log;
	struct replay *replay;
	struct plugin_set *schedulers;
	struct batch_system *system; /* NULL: nobody can be asked */
	struct ptpar_batch_status status;
	double next_question, ask_every;
	char *told; /* the last EVENT_WAITING, or NULL */
	char *end;  /* how the job has ended, or NULL */
	enum outcome outcome;
	double ended_at;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signum)
{
	(void)signum;
	interrupted = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void warn(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "ptpar: warning: %s\n", text);
}

/* --- the job ------------------------------------------------------------------------------------------------ */

static void open_system(struct attachment *a, const struct settings *settings)
{
	const struct ptpar_scheduler *scheduler;
	struct ptpar_error why = { "" };

	a->schedulers = plugins_scan(PTPAR_PLUGIN_SCHEDULER, settings->plugin_path);
	scheduler = (const struct ptpar_scheduler *)plugins_find(a->schedulers, a->job.scheduler, &why);
	if (scheduler != NULL && scheduler->batch != NULL)
		a->system = batch_system_open(scheduler, settings, warn, a, &why);
	if (a->system != NULL)
		return;
	fprintf(stderr, "ptpar: warning: nobody can be asked how job %s does: %s\n", a->job.job, why.text);
}

/* Takes text; NULL: it waits no longer. */
static void tell_waiting(struct attachment *a, char *text)
{
	/* The run has not begun, and its clock is at 0. */
	struct event e = { .kind = EVENT_WAITING };

	if (text == NULL ? a->told != NULL : a->told == NULL || strcmp(text, a->told) != 0) {
		e.waiting =
			(struct event_waiting){ text != NULL ? text : "", difftime(a->job.submitted, time(NULL)) };
		replay_tell(a->replay, &e);
	}
	free(a->told);
	a->told = text;
}

static void ask(struct attachment *a)
{
	if (a->system == NULL || a->end != NULL || now() < a->next_question)
		return;
	batch_system_ask(a->system, a->job.job, ANSWER_TIMEOUT, &a->status);
	a->end = batch_tell_end(a->job.job, &a->status, &a->outcome);
	a->ended_at = now();
	a->ask_every = fmin(a->ask_every * ASK_GROWTH, ASK_LAST);
	a->next_question = now() + a->ask_every;
}

static void show_job(struct attachment *a)
{
	if (replay_has_begun(a->replay))
		tell_waiting(a, NULL);
	else if (a->status.state == PTPAR_BATCH_PENDING)
		tell_waiting(a, xasprintf(a->status.reason[0] != '\0' ? "job %s pending (%s)" : "job %s pending",
					  a->job.job, a->status.reason));
	else if (a->status.state == PTPAR_BATCH_UNKNOWN && a->status.reason[0] != '\0')
		tell_waiting(a, xasprintf("job %s: %s", a->job.job, a->status.reason));
	else if (a->status.state == PTPAR_BATCH_RUNNING)
		tell_waiting(a, xasprintf("job %s has begun", a->job.job));
}

/* --- the run ------------------------------------------------------------------------------------------------ */

/* Reads on until the run has ended, or nothing more will come. Negative: the log is bad. */
static int follow(struct attachment *a, struct ptpar_error *err)
{
	struct timespec pause = { .tv_nsec = (long)(1e9 * LOOK) };
	int rc = replay_read(a->replay, a->log, err);

	while (rc == 0 && !interrupted && !replay_has_ended(a->replay) &&
	       (a->end == NULL || now() < a->ended_at + LAG)) {
		ask(a);
		show_job(a);
		nanosleep(&pause, NULL);
		rc = replay_read(a->replay, a->log, err);
	}
	return rc;
}

/* The job has got nowhere: what has it said? */
static void show_output(const struct attachment *a)
{
	FILE *output = rundir_open_output(a->job.id);
	char text[MOST_OUTPUT + 1];
	size_t n = output != NULL ? fread(text, 1, MOST_OUTPUT, output) : 0;

	while (n > 0 && text[n - 1] == '\n')
		n--;
	fprintf(stderr, "ptpar: %s, before a test had begun%s\n", a->end, n > 0 ? ". It has said:" : "");
	if (n > 0) {
		fwrite(text, 1, n, stderr);
		putc('\n', stderr);
	}
	if (output != NULL)
		fclose(output);
}

static void tell_how_it_goes_on(const struct attachment *a)
{
	const char *const *cancel = NULL;

	fprintf(stderr, "\nptpar: the run goes on in job %s: ptpar --attach %s shows it again", a->job.job,
		a->job.id);
	if (a->system != NULL) {
		a->system->does->adopt(a->system->plugin, a->job.job);
		cancel = a->system->does->cancel(a->system->plugin);
	}
	for (size_t i = 0; cancel != NULL && cancel[i] != NULL; i++)
		fprintf(stderr, "%s%s", i == 0 ? ", and `" : " ", cancel[i]);
	fprintf(stderr, "%s\n", cancel != NULL ? "` ends it" : "");
}

static int conclude(struct attachment *a)
{
	struct roster_end end = { .outcome = a->outcome, .running = a->end, .waiting = a->end };

	if (replay_has_begun(a->replay))
		return replay_finish(a->replay, JOB_ENDED, &end);
	show_output(a);
	return a->status.state == PTPAR_BATCH_ENDED ? STATUS_USAGE : STATUS_INTERRUPTED;
}

static void release(struct attachment *a)
{
	batch_system_close(a->system);
	plugins_free(a->schedulers);
	if (a->log != NULL)
		fclose(a->log);
	free(a->told);
	free(a->end);
}

int attach_run(const struct settings *settings)
{
	struct sigaction action = { .sa_handler = on_signal };
	static struct attachment a = { .ask_every = ASK_FIRST }; /* reports that are not finished stay in memory */
	struct ptpar_error err;
	int status;

	if (rundir_get_job(settings->attach, &a.job, &err) == 0)
		a.log = rundir_open(a.job.id, a.job.id, &err);
	if (a.log == NULL) {
		fprintf(stderr, "ptpar: --attach: %s\n", err.text);
		return STATUS_USAGE;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	open_system(&a, settings);
	a.replay = replay_new(settings);
	if (follow(&a, &err) < 0) {
		fprintf(stderr, "ptpar: --attach: .ptpar/runs/%s/events.jsonl: %s\n", a.job.id, err.text);
		status = STATUS_USAGE;
	} else if (interrupted && !replay_has_ended(a.replay)) {
		tell_how_it_goes_on(&a);
		status = STATUS_INTERRUPTED;
	} else {
		status = conclude(&a);
	}
	release(&a);
	return status;
}
