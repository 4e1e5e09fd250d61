/* mock_host.h - a host that runs a scheduler to the end in virtual time, and watches that it keeps to the contract.
 *
 * No processes, no clock: a slot is a queue, a job begins when it is first on all of its slots and ends `duration`
 * later. What is to happen is said beforehand (the mock_at_* functions), then mock_run does it. Two things at the
 * same time happen in the order in which they were said. Running out of memory aborts.
 */
#ifndef TESTS_UNIT_MOCK_HOST_H
#define TESTS_UNIT_MOCK_HOST_H

#include <stdbool.h>

#include <ptpar/scheduler.h>

enum { MOCK_MAX_SLOTS = 4096, MOCK_MAX_WINDOW = 64 };

struct mock_config {
	const struct ptpar_scheduler *scheduler;
	uint32_t window;       /* how many jobs a slot takes, the running one included; 1 to MOCK_MAX_WINDOW */
	uint32_t refuse_every; /* if not 0: each so-manieth start gets -EAGAIN for no visible reason */
	bool retry;            /* a job that was running on a slot that is killed is submitted again */
	const char *option[2]; /* key and value of one option, or NULL */
};

/* A job, and what has become of it. Its number is its place among all that were submitted, from 0. */
struct mock_job {
	uint32_t np;
	double duration; /* seconds */
	double expected; /* what the scheduler is told; NAN: nothing */

	/* Set by the mock. */
	uint32_t ends;       /* how often it has ended, by itself or with a slot under it */
	uint32_t crashes;    /* how often with a slot under it */
	double begun, ended; /* of the last time */
	uint32_t started_as; /* a number that grows with each start */
	uint32_t *slots;     /* np of them, of the last start; NULL before */
	enum { MOCK_UNKNOWN, MOCK_WAITING, MOCK_QUEUED, MOCK_RUNNING, MOCK_ENDED } state;
	uint32_t fronts; /* on how many slots it is first */
};

struct mock_host *mock_new(const struct mock_config *config);
void mock_free(struct mock_host *m);

/* A slot is there from now on. */
void mock_at_slot(struct mock_host *m, double at, uint32_t slot, uint32_t node);
/* Slots 0 to n-1, all on node 0, at time 0. */
void mock_slots(struct mock_host *m, uint32_t n);
/* It is lost: what runs on it has ended, what is queued on it is submitted again. */
void mock_at_kill(struct mock_host *m, double at, uint32_t slot);
/* What is queued on it and does not run is taken back and submitted again. */
void mock_at_recall(struct mock_host *m, double at, uint32_t slot);
void mock_at_window(struct mock_host *m, double at, uint32_t window);
/* The jobs are copied. */
void mock_at_submit(struct mock_host *m, double at, const struct mock_job *jobs, uint32_t n);

/* Runs it all. Returns 0, or -1 if scheduler or host did what must not be: mock_fault says what. To be called once.
 */
int mock_run(struct mock_host *m);
const char *mock_fault(const struct mock_host *m);

/* Afterwards. */
const struct mock_job *mock_job(const struct mock_host *m, uint32_t job);
double mock_makespan(const struct mock_host *m);
/* Jobs that wait because they are wider than what is left. */
uint32_t mock_waiting(const struct mock_host *m);
/* Different groups of two or more slots that jobs were started on. */
uint32_t mock_groups(const struct mock_host *m);
uint32_t mock_warnings(const struct mock_host *m);

/* No schedule of these jobs on so many slots can be shorter. */
double mock_lower_bound(const struct mock_job *jobs, uint32_t n, uint32_t slots);

#endif
