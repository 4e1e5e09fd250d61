/* dispatch_state.h - what the files dispatch*.c share, and nobody else knows.
 *
 *   dispatch.c           the scheduler's side: what it may ask for, tests and slots that it is told, what workers
 * say dispatch_finish.c    the end of an attempt: its outcome, another try, the end of the run dispatch_death.c a
 * worker has ended, or is to take back what it has not begun dispatch_isolated.c  tests with processes of their own
 *   dispatch_time.c      what is due: timeouts, slow tests, questions where a rank is
 */
#ifndef CORE_PTPAR_DISPATCH_STATE_H
#define CORE_PTPAR_DISPATCH_STATE_H

#include "core/ptpar/confirm.h"
#include "core/ptpar/dispatch.h"
#include "core/ptpar/groups.h"
#include "core/ptpar/isolated.h"
#include "core/ptpar/status.h"

/* Tests that a queue may hold, at most. */
enum { WINDOW_MAX = 64 };

struct dispatch {
	struct dispatch_config config;
	struct ptpar_scheduler_host host;
	void *state; /* the scheduler's */
	struct slot *slots;
	uint32_t n_slots;
	uint32_t n_live;
	struct groups groups;
	struct isolated_tests isolation;
	uint64_t last_seq;
	struct test **to_submit; /* tests that the scheduler is to get, or to get back */
	size_t n_submit, cap_submit;
	size_t next_first;  /* those before it have started */
	bool rest_is_later; /* tests that do not come first are not submitted yet */
	uint32_t remaining, waiting, bad;
	double typical; /* duration of a test, a running mean in seconds; NAN: nothing is known */
	uint32_t measured;
	bool slots_changed;
	bool dirty;   /* something has happened since the last advance */
	bool stopped; /* nothing more is to be started */
	struct status status;
	struct confirm confirm;
	uint32_t held;         /* tests that wait to be tried alone */
	struct slot **doubted; /* lost, see dispatch_believe */
	size_t n_doubted, cap_doubted;
	bool believes;
	const struct test *suspect; /* it runs alone, after the core's agent has ended while it ran; or NULL */
};

/* --- dispatch.c */
double dispatch_now(const struct dispatch *d);
void dispatch_emit(struct dispatch *d, const struct event *e);
/* The same, and counts bad outcomes; ctx: the dispatch. */
void dispatch_emit_for_attempt(void *ctx, const struct event *e);
void dispatch_warn(void *ctx, const char *text);
/* A test takes so long, for the window. */
void dispatch_measure(struct dispatch *d, double duration);
void dispatch_send_run(const struct dispatch *d, struct slot *s, const struct attempt *a);
/* Carries out what was decided: the attempt joins the queues of its slots. Negative: no group can be made. */
int dispatch_start(struct dispatch *d, struct attempt *a);

/* --- dispatch_finish.c */
/* An outcome that needs no ranks. */
void dispatch_finish_without_ranks(struct dispatch *d, struct test *t, enum outcome outcome, const char *reason);
/* The scheduler is to get it, or to get it back. */
void dispatch_submit_later(struct dispatch *d, struct test *t);
/* All ranks have ended: the outcome is told, or another try is made. Frees the attempt. */
void dispatch_finish(struct dispatch *d, struct attempt *a);
/* Nobody has begun it and nobody will: back to the scheduler. Frees the attempt. */
void dispatch_take_back(struct dispatch *d, struct attempt *a);
/* Takes an isolated attempt from the slots that it has. */
void dispatch_give_room(struct dispatch *d, struct attempt *a);
/* And ends its processes. */
void dispatch_give_room_back(struct dispatch *d, struct attempt *a, bool keep);

/* --- dispatch_death.c */
/* The worker died in this attempt. */
void dispatch_lose_rank(struct dispatch *d, struct slot *s, struct attempt *a);
/* It is lost: is what that means to be settled later? */
bool dispatch_doubts(struct dispatch *d, struct slot *s);
/* Ends a worker that cannot be talked to any more. Returns when that will be. */
double dispatch_end_silent(struct slot *s, double now);

/* --- dispatch_isolated.c */
void dispatch_open_isolation(struct dispatch *d);
/* A rank has ended in the middle of its test, or its agent at any time; ctx: the dispatch. */
void dispatch_lose_isolated(void *ctx, struct slot *s);
/* It has its slots: starts its processes. */
void dispatch_launch(struct dispatch *d, struct attempt *a);
/* It has got no further than to a place on its slots, or to the start of its processes. Frees it. */
void dispatch_finish_unbegun(struct dispatch *d, struct attempt *a, enum outcome outcome, const char *reason);

#endif
