/* dispatch.h - the host of the scheduler: carries its decisions out on slots, and tells it what became of them.
 *
 * A slot is one worker of the pool with its queue of attempts, in the order in which they were started; the worker
 * has the same queue in its socket. The window says how long a queue may be: 1 at first, more while tests are
 * short, so that a worker need not wait for a message between two of them. When a test takes longer than was
 * thought, what queues behind it is taken back (recalled) and goes elsewhere.
 *
 * When a worker dies: the test that it had begun has crashed; tests in its queue that nobody has begun go back to
 * the scheduler; a worker that has begun such a test waits for the dead one inside MPI and is ended too
 * (collateral).
 */
#ifndef CORE_PTPAR_DISPATCH_H
#define CORE_PTPAR_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <ptpar/scheduler.h>

#include "core/ptpar/attempt.h"
#include "core/ptpar/event.h"
#include "core/ptpar/settings.h"
#include "core/ptpar/slot.h"
#include "core/ptpar/tests.h"

struct dispatch;
struct isolated_tests;
struct wrap;

struct dispatch_config {
	const struct settings *settings;
	struct tests *tests;
	const struct ptpar_scheduler *scheduler;
	void *ctx;
	void (*emit)(void *ctx, const struct event *e);
	double (*now)(void *ctx);         /* seconds of the run */
	struct peer *(*agent)(void *ctx); /* the core's own, NULL at times; for isolated tests */
	const struct wrap *wrap;          /* what isolated tests are started in; or NULL */
	uint32_t cores;                   /* that may be used */
	enum launcher launcher;           /* of isolated tests */
	/* NULL, or called when processes are lost who may have been ended together with the whole run's job: what
	 * became of them is settled by dispatch_believe or dispatch_end_with_job. */
	void (*doubt)(void *ctx);
};

/* Makes the scheduler. NULL with its reason. */
struct dispatch *dispatch_new(const struct dispatch_config *config, struct ptpar_error *err);
void dispatch_free(struct dispatch *d);

/* Hands all waiting tests to the scheduler; those that cannot be run get their outcome at once. */
int dispatch_submit(struct dispatch *d, struct ptpar_error *err);
/* A new pool of n slots; their worker and agent are set by the caller. The array stays the caller's. */
int dispatch_set_slots(struct dispatch *d, struct slot *slots, uint32_t n, struct ptpar_error *err);
/* Lets the scheduler start what it wants to. Call after every batch of events. */
int dispatch_advance(struct dispatch *d, struct ptpar_error *err);
/* What a worker says. */
void dispatch_message(struct dispatch *d, struct slot *slot, const struct wire_message *m);
/* What an agent has read of a program's output: a point or a remark. */
void dispatch_printed(struct dispatch *d, struct slot *rank, const struct wire_message *m);
/* The processes of isolated tests: what agents and workers of theirs say goes there first. */
struct isolated_tests *dispatch_isolation(struct dispatch *d);
/* An agent has taken back what that worker had not begun. */
void dispatch_recalled(struct dispatch *d, struct slot *slot, uint64_t begun);
/* An agent tells where that worker is. */
void dispatch_seen(struct dispatch *d, struct slot *slot, const struct wire_seen *m);
/* A worker's connection has ended although nobody has told of its end: a test may have closed all descriptors. Ends
 * it. */
void dispatch_disconnected(struct dispatch *d, struct slot *slot);
/* A worker has ended (slot->death), and its connection too. */
void dispatch_lost(struct dispatch *d, struct slot *slot);
/* Asks where every rank is that runs a test, and tells it in an EVENT_STATUS as soon as all have answered. */
void dispatch_tell_status(struct dispatch *d);
/* Does what is due: timeouts, stragglers, slow tests with a queue behind them. Returns when something will be due
 * next, seconds of the run; INFINITY if nothing will. */
double dispatch_tick(struct dispatch *d);
/* For how long the core may sleep although messages may come, seconds: while the queues are full of short tests, it
 * is cheaper for all to read many reports at once than to be woken for each. */
double dispatch_nap(const struct dispatch *d);
/* Starts nothing more: what waits becomes not-run, for that reason. */
void dispatch_cancel(struct dispatch *d, const char *reason);
/* The same, and ends what runs. */
void dispatch_abort(struct dispatch *d, const char *reason);

/* What was doubted: the processes have ended by themselves. */
void dispatch_believe(struct dispatch *d);
/* All processes have ended together: what ran has that outcome, and what has not begun is not-run. */
void dispatch_end_with_job(struct dispatch *d, enum outcome outcome, const char *reason);
/* Whatever has no outcome yet is not-run, for that reason: the end of a run that could not end properly. */
void dispatch_give_up(struct dispatch *d, const char *reason);

/* Tests that wait to be tried alone, in fresh processes. */
uint32_t dispatch_held(const struct dispatch *d);
/* Tries the next of them: all slots must be fresh. */
void dispatch_confirm(struct dispatch *d);

/* Tests without an outcome. */
uint32_t dispatch_remaining(const struct dispatch *d);
/* Tests that have slots. */
uint32_t dispatch_running(const struct dispatch *d);
/* The largest np that waits; 0: none waits. */
uint32_t dispatch_widest_waiting(const struct dispatch *d);
/* How many tests have had a bad outcome. */
uint32_t dispatch_bad(const struct dispatch *d);
uint32_t dispatch_live_slots(const struct dispatch *d);
/* Is a worker about to be lost? Then what it has is not settled yet. */
bool dispatch_is_losing(const struct dispatch *d);

#endif
