/* reports.c - an array of reporters; each is told every event in order. */
#include "core/ptpar/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/eventlog.h"
#include "core/ptpar/report_junit.h"
#include "core/ptpar/report_terminal.h"
#include "core/ptpar/rundir.h"
#include "core/ptpar/session.h"

enum { MAX_REPORTERS = 4 };

struct reports {
	const struct settings *settings;
	struct reporter *all[MAX_REPORTERS];
	size_t n;
	const struct reporter *log; /* one of them, or NULL: the run does without it if need be */
	char run[RUN_ID_SIZE];
	double epoch;
	bool started;
	char **early; /* warnings from before the start */
	size_t n_early, cap_early;
};

static void add(struct reports *r, struct reporter *reporter)
{
	r->all[r->n++] = reporter;
}

/* Those that the user sees, for a run and for --report. */
static void add_reports(struct reports *r)
{
	struct terminal_options options;

	report_terminal_detect(&options, STDOUT_FILENO, r->settings);
	add(r, report_terminal_new(&options));
	if (r->settings->junit != NULL)
		add(r, report_junit_new(r->settings->junit));
}

struct reports *reports_new(const struct settings *settings)
{
	struct reports *r = xcalloc(1, sizeof(*r));
	struct timeval now;

	gettimeofday(&now, NULL);
	r->settings = settings;
	r->epoch = (double)now.tv_sec + 1e-6 * (double)now.tv_usec;
	return r;
}

void reports_begin(struct reports *r)
{
	struct ptpar_error err;
	const char *in_job = r->settings->in_job;
	int log =
		in_job != NULL ? rundir_enter(in_job, r->run, &err) : rundir_create(r->run, (time_t)r->epoch, &err);

	if (log >= 0) {
		add(r, eventlog_new(log));
		r->log = r->all[0];
	} else {
		reports_event(r, &(struct event){ .kind = EVENT_WARNING, .warning = err.text });
	}
	add_reports(r);
}

void reports_begin_again(struct reports *r)
{
	r->started = true; /* also if the log does not begin at the beginning */
	add_reports(r);
}

const char *reports_run_id(const struct reports *r)
{
	return r->run;
}

double reports_epoch(const struct reports *r)
{
	return r->epoch;
}

void reports_event(struct reports *r, const struct event *e)
{
	if (e->kind == EVENT_RUN_START)
		r->started = true;
	if (!r->started && e->kind == EVENT_STATUS)
		fprintf(stderr, "ptpar: %s\n", e->status);
	if (!r->started && e->kind != EVENT_WARNING)
		return;
	if (!r->started) {
		GROW(r->early, r->n_early, r->cap_early);
		r->early[r->n_early++] = xstrdup(e->warning);
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		r->all[i]->event(r->all[i], e);
	for (size_t i = 0; e->kind == EVENT_RUN_START && i < r->n_early; i++)
		reports_event(r, &(struct event){ .kind = EVENT_WARNING, .warning = r->early[i] });
}

void reports_idle(struct reports *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->idle != NULL)
			r->all[i]->idle(r->all[i]);
}

/* Ends all reporters. A report that could not be written is an error of the run, but not the loss of another. */
int reports_finish(struct reports *r, int status)
{
	struct ptpar_error err;

	for (size_t i = 0; i < r->n; i++) {
		bool optional = r->all[i] == r->log;

		if (r->all[i]->finish(r->all[i], &err) < 0) {
			fprintf(stderr, "ptpar: %s%s\n", optional ? "warning: " : "", err.text);
			status = optional ? status : STATUS_INTERNAL;
		}
	}
	for (size_t i = 0; i < r->n_early; i++) {
		if (!r->started)
			fprintf(stderr, "ptpar: warning: %s\n", r->early[i]);
		free(r->early[i]);
	}
	free(r->early);
	free(r);
	return status;
}

int reports_close(struct reports *r, double now, int status, const char *interrupted)
{
	struct event e = { .kind = EVENT_RUN_END, .time = now };

	e.run_end =
		(struct event_run_end){ .status = status, .interrupted = interrupted != NULL ? interrupted : "" };
	if (r->started)
		reports_event(r, &e);
	return reports_finish(r, status);
}
