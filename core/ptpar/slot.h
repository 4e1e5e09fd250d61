/* slot.h - room for one process, with its queue of attempts: a worker of the pool, and what can be asked of it and
 * of its agent. A rank of an isolated test has one of its own. */
#ifndef CORE_PTPAR_SLOT_H
#define CORE_PTPAR_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/common/buffer.h"
#include "core/common/wire.h"
#include "core/ptpar/attempt.h"
#include "core/ptpar/link.h"
#include "core/ptpar/where.h"

/* So many tests are remembered that a worker has run. */
enum { SLOT_HISTORY = 8 };

struct slot {
	uint32_t index;            /* its number for the scheduler, and its rank in the pool */
	uint32_t pool;             /* whose rank it is */
	uint32_t node;             /* the same number for all of one node */
	struct isolated *isolated; /* it is a rank of that; NULL: of the pool */
	bool bare;                 /* it has no worker and needs none: all that runs here is isolated */
	struct peer *worker;       /* NULL: not there (yet, or any more) */
	struct peer *agent;        /* that supervises it */
	bool live;                 /* tests may be started on it */
	bool exited;               /* the agent has told of its end … */
	struct wire_exited death;  /* … and how; `output` is not valid */
	struct buffer last_output;
	struct where words;     /* where it was when it died, told just before */
	double silent;          /* since when its worker has no connection, although it may live; 0: it has one */
	bool cut_off;           /* its end was asked for because of that */
	bool dismissed;         /* its launcher has ended it, with the rest of the pool */
	bool lost_agent;        /* it has gone with the core's own agent, as all others that that had started */
	bool condemned;         /* its end was asked for */
	bool killed;            /* by SIGKILL */
	uint32_t recalls;       /* under way */
	struct attempt **queue; /* a ring */
	uint32_t head, n, cap;
	uint32_t n_isolated;                      /* of the queue, those that are isolated */
	const struct test *history[SLOT_HISTORY]; /* the tests that it has run last, a ring */
	uint32_t n_history;
	uint32_t suites_known; /* how many of tests->suites the worker has been told */
};

/* The attempt at that place of the queue; 0: the one that runs. */
struct attempt *slot_at(const struct slot *s, uint32_t i);
/* now: seconds of the run; an attempt that has become the first on all of its slots has begun. */
void slot_push(struct slot *s, struct attempt *a, double now);
void slot_remove(struct slot *s, uint32_t at, double now);

/* The test that it has run `back` tests ago; 1: the last one that has left its queue. NULL: nobody knows. */
const struct test *slot_history(const struct slot *s, uint32_t back);

/* Can tests be started on it? */
bool slot_is_usable(const struct slot *s);
/* That rank of the attempt: a slot of the pool, or of its own. */
struct slot *slot_of_rank(struct slot *slots, const struct attempt *a, uint32_t rank);
/* The rank that the slot is in it. */
uint32_t slot_rank_in(const struct slot *s, const struct attempt *a);
/* Can its worker be told anything? */
bool slot_is_connected(const struct slot *s);
/* Can its agent? */
bool slot_has_agent(const struct slot *s);
/* Does it still run this attempt? */
bool slot_runs(const struct slot *s, const struct attempt *a);

/* Its agent has gone, and its worker with it: nobody else will tell how. Returns false if its end was told before.
 */
bool slot_die_unseen(struct slot *s);

/* Asks the agent to end the worker and its children: by SIGTERM, or by SIGKILL, once. */
void slot_terminate(struct slot *s);
void slot_kill(struct slot *s);
/* Asks the agent where the worker is, for this attempt. deep: with its stack. Returns whether there will be an
 * answer. */
bool slot_ask_where(struct slot *s, const struct attempt *a, bool deep);
/* Asks the agent to take back what the worker has not begun, if that is not under way. */
void slot_recall(struct slot *s);
/* That rank of the attempt need not wait for the others: one of them is dead. */
void slot_call_off(struct slot *s, const struct attempt *a);

#endif
