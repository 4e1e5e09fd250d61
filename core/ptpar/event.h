/* event.h - what happens in a run, in one order.
 *
 * The session emits events; everything that a person or a machine reads afterwards (the event log, terminal, JUnit)
 * is a fold over them: a reporter. `ptpar --report` reads them back from the log and feeds the same reporters.
 *
 * Every pointer in an event is borrowed for the time of the call. Times are seconds since the run started.
 * Texts are whatever came from outside: any bytes, but NUL only in `output`. Each reporter escapes for its format.
 */
#ifndef CORE_PTPAR_EVENT_H
#define CORE_PTPAR_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptpar/source.h>

#include "core/ptpar/outcome.h"

enum event_kind {
	EVENT_RUN_START, /* first */
	EVENT_SELECTED,  /* once for each test that is to run, before any of them starts */
	EVENT_STARTED,   /* a test was given to its slots (it may still wait there for its turn) */
	EVENT_FINISHED, /* once for each selected test; also for one that never started, and for a source that could
			   not be collected (then `name` is empty, id is the source, and no EVENT_SELECTED went
			   before) */
	EVENT_RETRIED,  /* an attempt at a test has ended badly, and it will be tried again; as EVENT_FINISHED */
	EVENT_RESUMED,  /* the user has stopped the core, and let it go on */
	EVENT_SLOW,     /* a test runs for longer than is usual */
	EVENT_WARNING,
	EVENT_STATUS,  /* what runs now: the user has asked */
	EVENT_WAITING, /* nothing can run yet: why, whenever that changes; "" when it is over */
	EVENT_RUN_END, /* last; missing if the core was killed */
};

struct event_run_start {
	const char *run;     /* its id, the name of its directory under .ptpar/runs */
	const char *version; /* of ptpar */
	const char *scheduler;
	const char *mpi; /* "Open MPI 4.1.4", or "" while nobody knows it */
	const char *const *argv;
	uint32_t argc;
	uint32_t workers; /* slots */
	uint32_t cores;   /* that this process may use */
	double epoch;     /* seconds since 1970 of the start */
	const char *base; /* the run that this is a rerun of; "" or NULL: it is none */
};

struct event_test {
	const char *id;     /* SOURCE::NAME[NP] */
	const char *source; /* "suite.so" */
	const char *name;   /* "test_A[2]" */
	uint32_t np;
};

struct event_started {
	const char *id;
	const uint32_t *slots; /* np of them */
	uint32_t np;
	uint32_t attempt; /* 1, 2 … */
};

/* Something that a rank said, see ptpar/source.h. */
struct event_note {
	enum ptpar_note_kind kind;
	enum ptpar_phase phase;
	const char *file; /* or NULL */
	uint32_t line;
	const char *text; /* may have several lines */
};

struct event_rank {
	uint32_t rank;
	enum outcome outcome; /* of this rank alone */
	double duration;      /* s */
	const struct event_note *notes;
	size_t n_notes;
	const char *output; /* what it printed (stdout and stderr), n_output bytes */
	size_t n_output;
	const struct ptpar_point *points; /* of a TAP program, in the order in which they were printed */
	size_t n_points;
};

struct event_finished {
	struct event_test test;
	enum outcome outcome;
	double duration; /* s, wall clock from the start of the first rank to the end of the last; 0 if never
			    started */
	uint32_t attempt;
	bool is_slow;       /* it took longer than is usual */
	const char *reason; /* one line: why skipped, not-run, error, xfailed …; "" when the ranks say it all */
	/* Only the ranks that have something to tell: an outcome other than passed, notes, or output. */
	const struct event_rank *ranks;
	size_t n_ranks;
};

struct event_slow {
	const char *id;
	double duration; /* s, so far */
};

struct event_waiting {
	const char *text; /* "job 4711 pending (Resources)", or "" */
	double since;     /* s of the run */
};

/* Why a run has stopped whose job in a batch system was ended. */
#define JOB_ENDED "its job has ended"

struct event_run_end {
	int status;              /* exit status of ptpar */
	const char *interrupted; /* why the run stopped early ("SIGINT", "fail-fast", …), or "" */
};

struct event {
	enum event_kind kind;
	double time;
	union {
		struct event_run_start run_start;
		struct event_test selected;
		struct event_started started;
		struct event_finished finished; /* and retried */
		struct event_slow slow;
		double resumed; /* s that it was stopped; `time` has not gone on meanwhile */
		const char *warning;
		const char *status; /* may have several lines */
		struct event_waiting waiting;
		struct event_run_end run_end;
	};
};

/* Something that is told every event. The session calls `event` for each, in order, then `finish` once; finish
 * writes what is left, frees the reporter, and returns 0 or a negative errno with err's text. */
struct reporter {
	void (*event)(struct reporter *self, const struct event *e);
	/* Called when the core is about to sleep: a good moment to write out what was buffered. May be NULL. */
	void (*idle)(struct reporter *self);
	int (*finish)(struct reporter *self, struct ptpar_error *err);
};

#endif
