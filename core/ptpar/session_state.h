/* session_state.h - what the files session*.c share, and nobody else knows.
 *
 *   session.c         the way of a run, from the command line to its status
 *   session_events.c  what arrives meanwhile, from agents, workers and the user
 */
#ifndef CORE_PTPAR_SESSION_STATE_H
#define CORE_PTPAR_SESSION_STATE_H

#include <signal.h>

#include <uv.h>

#include "core/common/plugin.h"
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
