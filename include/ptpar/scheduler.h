/* ptpar/scheduler.h - the interface of a scheduler plugin.
 *
 * A scheduler decides which job starts when, and on which slots. A job is one test at one number of processes;
 * a slot is room for one process. It runs in ptpar's core, in one thread, and never sees a socket, a process or
 * MPI: the host carries its decisions out. So the same plugin runs for real, and in virtual time.
 *
 * How a run goes:
 *
 *   create         once
 *   slots_changed  before the first advance, and again whenever slots were lost or came back
 *   submit         the jobs, in the order in which they were collected; again for jobs that must be run again:
 *                  after `finished` for retries, and without it for jobs that were taken back before they began
 *                  (from the queue of a slot that was lost or has become slow)
 *   advance        "start what should be started now": called after every change. The scheduler calls host->start
 *   finished       a job that it had started has ended, whatever its outcome
 *   destroy        once; NULL is allowed
 *
 * A slot is a short queue. While tests are short, the host lets a job be started on a slot before the job in front
 * of it has ended, so that nobody waits for a message; `room` tells for how many there is place. A scheduler that
 * treats "has room" as "is free" does the right thing. The jobs of a slot run in the order of their starts, and
 * a job runs when it is first on all of its slots; since all slots see one global order, this cannot deadlock.
 *
 * Every pointer is borrowed for the time of the call, but `host`, which lives until after destroy.
 */
#ifndef PTPAR_SCHEDULER_H
#define PTPAR_SCHEDULER_H

#include <ptpar/batch.h>
#include <ptpar/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTPAR_SCHEDULER_ABI 2

struct ptpar_job {
	uint32_t job; /* its number, to be given to start; unique among the jobs that wait or run */
	uint32_t np; /* slots that it needs, >= 1: one for each core that its processes need. More than there are at
			the moment is possible: let it wait */
	uint32_t flags;  /* none yet; 0 */
	double expected; /* seconds that it is expected to take on its slots, or NAN when nothing is known */
	const char *id;  /* SOURCE::NAME[NP] */
};

struct ptpar_slot {
	uint32_t slot; /* its number, to be given to start and room */
	uint32_t node; /* slots of one node have the same number here */
	uint32_t numa; /* NUMA domain within the node; 0 when unknown */
	uint32_t core; /* core within the node; the slot's index there when unknown */
};

/* What the core lends to a scheduler. Pass `ctx` to each function. */
struct ptpar_scheduler_host {
	uint32_t abi;  /* PTPAR_SCHEDULER_ABI of the core */
	uint32_t size; /* sizeof this table, bytes */
	void *ctx;

	/* Starts job on n slots (n = its np): slots[i] is rank i. To be called from advance only.
	 * Returns 0; -EAGAIN if one of the slots has no room now (advance will be called again when that may have
	 * changed); -EINVAL if the job is not waiting, or the slots are not n different ones that are there. */
	int (*start)(void *ctx, uint32_t job, const uint32_t *slots, uint32_t n);

	/* How many more jobs may be started on this slot now. 0 also for a slot that does not exist. */
	uint32_t (*room)(void *ctx, uint32_t slot);

	/* The value of KEY in section [scheduler:NAME] of the configuration, or NULL. Valid until destroy. */
	const char *(*option)(void *ctx, const char *key);

	/* A line for the user, once, as a warning. */
	void (*warn)(void *ctx, const char *text);
};

enum ptpar_scheduler_flags {
	/* Where a job goes never depends on when others end, so the host need not take queued jobs back from a slot
	 * that has become slow. */
	PTPAR_SCHEDULER_FIXED_PLACES = 1,
	/* Every test gets processes of its own: there is no pool, and a slot has room for one job. */
	PTPAR_SCHEDULER_ISOLATES = 2,
};

struct ptpar_scheduler {
	struct ptpar_plugin head;
	uint32_t flags; /* enum ptpar_scheduler_flags */

	/* All are mandatory. Those that return int: 0 or a negative errno, which ends the run as an internal error
	 * (from create: as a configuration error) with err's text. Only submit copies what it needs of the jobs. */
	int (*create)(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err);
	int (*slots_changed)(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err);
	int (*submit)(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err);
	int (*advance)(void *state, struct ptpar_error *err);
	void (*finished)(void *state, uint32_t job);
	void (*destroy)(void *state);

	/* The batch system in a job of which the tests run; NULL: they run where the core does. */
	const struct ptpar_batch *batch;
};

/* First member of the descriptor: `.head = PTPAR_SCHEDULER_HEAD("shuffle", "in random order")`. */
#define PTPAR_SCHEDULER_HEAD(name_, summary_)                                                                      \
	{                                                                                                          \
		PTPAR_PLUGIN_MAGIC, PTPAR_PLUGIN_SCHEDULER, PTPAR_SCHEDULER_ABI,                                   \
			(uint32_t)sizeof(struct ptpar_scheduler), name_, summary_                                  \
	}

/* What the plugin exports. */
extern PTPAR_EXPORT const struct ptpar_scheduler ptpar_scheduler;

#ifdef __cplusplus
}
#endif

#endif
