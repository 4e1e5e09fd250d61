/* session_state.h - what the files session*.c share, and nobody else knows.
 *
 *   session.c         the way of a run, from the command line to its status
 *   session_job.c     of a run in a job of a batch system: until that has begun, and when it ends too early
 *   session_detach.c  of a run that is left to such a job alone
 *   session_events.c  what arrives meanwhile, from agents, workers and the user
 */
#ifndef CORE_PTPAR_SESSION_STATE_H
#define CORE_PTPAR_SESSION_STATE_H

#include <signal.h>

#include <uv.h>

#include "core/common/plugin.h"
#include "core/ptpar/batch.h"
#include "core/ptpar/batch_system.h"
#include "core/ptpar/collection.h"
#include "core/ptpar/crew.h"
#include "core/ptpar/dispatch.h"
#include "core/ptpar/keyboard.h"
#include "core/ptpar/link.h"
#include "core/ptpar/previous.h"
#include "core/ptpar/reports.h"
#include "core/ptpar/session.h"
#include "core/ptpar/tests.h"
#include "core/ptpar/wrap.h"

enum { N_SIGNALS = 6 };

/* Comes when mpirun dies that has started the core: one that nobody sends. */
#define PARENT_DEATH (SIGRTMIN + 7)

struct session {
	const struct settings *settings;
	struct mpienv mpi;
	int argc;
	char **argv;
	uv_loop_t loop;
	uint32_t n_slots;
	uint32_t cores;
	uint32_t default_slots; /* without -n */
	struct plugin_set *schedulers;
	const struct ptpar_scheduler *scheduler;
	uint32_t scheduler_flags;
	enum launcher launcher;
	struct batch *batch;                 /* the job that runs the tests of this process, or NULL */
	struct own_job {                     /* that this process itself runs in, left alone by --detach */
		struct batch_system *system; /* NULL: there is none */
		bool is_doubtful;            /* it may be about to end */
		char *end;                   /* it is: how, or NULL */
		enum outcome outcome;        /* of what runs then */
	} own_job;
	char ip[LINK_IP_SIZE]; /* of --host; "": not given */
	struct reports *reports;
	struct link *link;
	struct crew crew;
	struct slot *bare; /* room for isolated tests where there is no pool: n_slots of them, or NULL */
	struct tests tests;
	struct dispatch *dispatch;
	struct wrap wrap; /* what isolated tests are started in */

	struct collection collection;
	struct previous *previous;      /* for --rerun and --failed-first, or NULL */
	size_t n_collected;             /* tests, before the selection */
	struct ptpar_error usage_error; /* "" while there is none */

	bool prepared; /* else processes are started only to be ended, see muster() */

	/* The run. */
	bool running; /* messages are for dispatch */
	struct ptpar_error internal_error;
	const char *interrupted; /* why the run stops early, or NULL */
	bool is_orphan;          /* the mpirun that has started it was killed */
	unsigned interrupts;     /* how many signals have asked for it */
	uint32_t remaining_before,
		useless_pools;      /* tests at the last renewal; pools since then that have ended none */
	uint32_t remaining_at_loss; /* tests when the core's agent was lost last */
	double deadline;            /* of --run-timeout */
	bool news;                  /* something was told since the reporters were last idle */
	double nap;                 /* seconds to sleep before the next turn of the loop */

	uv_timer_t timer;
	double stopped; /* seconds that the core was stopped, as far as is told */
	uv_signal_t signals[N_SIGNALS];
	struct keyboard *keyboard;
};

/* --- session.c; ctx: the session */
double session_now(void *ctx);
void session_emit(void *ctx, const struct event *e);
void session_warn(void *ctx, const char *text);
/* Does the scheduler want processes of its own for each test? */
bool session_isolates(const struct session *s);
/* Does this test run in a pool? */
bool session_needs_pool(const struct session *s, const struct test *t);
/* Is the run to end before all tests have? */
bool session_must_stop(const struct session *s);
/* Runs the loop until the condition holds. step: called after each turn; returns when something will be due next
 * (seconds of the run). Returns false if `seconds` have passed before. */
bool session_wait(struct session *s, bool (*condition)(struct session *), double (*step)(struct session *),
		  double seconds);

/* --- session_job.c */
/* If the scheduler has a batch system: checks what the user wants of that. */
int session_open_job(struct session *s, struct ptpar_error *err);
/* Has a job submitted, and waits until processes can be started in it. False: they never will; the session knows
 * why. */
bool session_enter_job(struct session *s);
/* Does what is due for the job, if there is one. Returns when something will be, seconds of the run. */
double session_step_job(struct session *s);
/* The same while no test runs yet, and the time of the run may be up. */
double session_step_before(struct session *s);
/* Processes of it were lost: has the job ended? ctx: the session. */
void session_doubt_job(void *ctx);
/* Is it, or may it be, about to end? Then nothing is to be started, and of nothing that ends it is known why. */
bool session_is_job_ending(const struct session *s);
/* Has it ended? What ran in it gets its outcome from that. */
bool session_is_job_over(const struct session *s);
void session_end_with_job(struct session *s);
/* The run is over: cancels the job if it would not end by itself, or not soon. */
void session_leave_job(struct session *s);

/* --- session_detach.c */
/* Has a job submitted in which ptpar runs by itself, and says how to see it. */
void session_detach(struct session *s);
/* In that job: how it is to be used. */
int session_open_own_job(struct session *s, struct ptpar_error *err);
/* Asks whether it is about to end, if there is doubt. */
void session_step_own_job(struct session *s);
/* SIGTERM has come, which is how a batch system says that the job is to end. Returns whether this one runs in such.
 */
bool session_lose_own_job(struct session *s);

/* --- session_events.c */
/* No test can be run by that launcher: this is to be said once, and not of each of them. */
void session_stop_if_unfit(struct session *s, const char *why);
/* What the link tells, see link.h; ctx: the session. */
void session_on_hello(void *ctx, struct peer *peer, const struct wire_hello *hello);
void session_on_message(void *ctx, struct peer *peer, const struct wire_message *m);
void session_on_gone(void *ctx, struct peer *peer, const char *why);
void session_on_full(void *ctx, const char *why);
void session_on_intruder(void *ctx, const char *why);
/* The user asks where all are. */
void session_tell_status(void *ctx);
void session_on_signal(uv_signal_t *handle, int signum);

#endif
