/* replay.c - from the log through the roster, which adds what is missing, to the reporters. */
#include "core/ptpar/replay.h"

#include <stdlib.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/eventlog.h"
#include "core/ptpar/reports.h"
#include "core/ptpar/rundir.h"
#include "core/ptpar/session.h"

struct replay {
	struct reports *reports;
	struct roster *roster;
	unsigned long line; /* that was read last */
	bool begun;
	int status;  /* of the run; -1 while it has not ended */
	double time; /* of the last event */
};

static void on_read(void *ctx, const struct event *e)
{
	struct replay *r = ctx;

	r->time = e->time;
	r->begun = true;
	if (e->kind == EVENT_RUN_END)
		r->status = e->run_end.status;
	roster_event(r->roster, e);
}

static void on_completed(void *ctx, const struct event *e)
{
	struct replay *r = ctx;

	reports_event(r->reports, e);
}

struct replay *replay_new(const struct settings *settings)
{
	struct replay *r = xcalloc(1, sizeof(*r));

	r->reports = reports_new(settings);
	reports_begin_again(r->reports);
	r->roster = roster_new(on_completed, r);
	r->status = -1;
	return r;
}

int replay_read(struct replay *r, FILE *log, struct ptpar_error *err)
{
	int status = eventlog_read(log, &r->line, on_read, r, err);

	reports_idle(r->reports);
	return status;
}

void replay_tell(struct replay *r, struct event *e)
{
	reports_event(r->reports, e);
	reports_idle(r->reports);
}

bool replay_has_begun(const struct replay *r)
{
	return r->begun;
}

bool replay_has_ended(const struct replay *r)
{
	return r->status >= 0;
}

int replay_finish(struct replay *r, const char *interrupted, const struct roster_end *end)
{
	int status = r->status;

	if (!roster_finish(r->roster, end)) {
		status = STATUS_INTERRUPTED;
		reports_event(r->reports, &(struct event){ .kind = EVENT_RUN_END,
							   .time = r->time,
							   .run_end = { status, interrupted } });
	}
	status = reports_finish(r->reports, status);
	free(r);
	return status;
}

int replay_again(const struct settings *settings)
{
	struct ptpar_error err;
	char run[RUN_ID_SIZE];
	FILE *log = rundir_open(settings->report, run, &err);
	struct replay *r;
	int status, bad;

	if (log == NULL) {
		fprintf(stderr, "ptpar: --report: %s\n", err.text);
		return STATUS_USAGE;
	}
	r = replay_new(settings);
	bad = replay_read(r, log, &err);
	fclose(log);
	status = replay_finish(r, "ptpar was killed", NULL);
	if (bad < 0) {
		fprintf(stderr, "ptpar: --report: .ptpar/runs/%s/events.jsonl: %s\n", run, err.text);
		return STATUS_USAGE;
	}
	return status;
}
