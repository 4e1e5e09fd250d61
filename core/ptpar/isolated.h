/* isolated.h - the processes of tests that do not run in the pool: for each such test an MPI job of its own, of
 * exactly np ranks. They are workers, who run the test as those of the pool do, or any program.
 *
 * The core's agent starts them, and either has them as its children or has a launcher start an agent beside each,
 * as it does with a pool. Each rank has a struct slot, in which nothing but this one test is queued.
 */
#ifndef CORE_PTPAR_ISOLATED_H
#define CORE_PTPAR_ISOLATED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ptpar/attempt.h"
#include "core/ptpar/link.h"
#include "core/ptpar/slot.h"
#include "core/ptpar/wrap.h"

/* The group of all ranks of a job of workers, as they know it. */
enum { ISOLATED_GROUP = 1 };

struct isolated {
	uint32_t pool; /* its number, from WIRE_FIRST_ISOLATED on */
	uint32_t np;
	uint32_t threads;
	bool is_program;
	struct attempt *attempt; /* NULL: it ends, or waits for the next test that may run in it */
	struct slot *ranks;      /* np of them */
	uint32_t here;           /* ranks that are there */
	uint32_t ended;          /* ranks that have ended, */
	uint32_t finalized;      /* or are in MPI_Finalize, where they need no core */
	bool is_ready;           /* its test may begin */
	bool is_world;           /* it may run further tests */
	bool is_delayed;         /* its launcher has said why it takes longer */
	char *last_words;        /* of its launcher, if that was srun and has ended; else NULL */
	double speechless;       /* until when they are waited for, since its agents have gone; 0: they are not */
	double began;            /* when its start was asked for, seconds of the run */
	double due;              /* when it is killed if it is still there, seconds of the run */
	struct isolated *next;
};

struct isolation_host {
	void *ctx;
	struct peer *(*agent)(void *ctx); /* the core's; NULL: there is none at the moment */
	double (*now)(void *ctx);
	/* All of its ranks are there. */
	void (*ready)(void *ctx, struct isolated *i);
	/* It could not be started: why, in a line. It ends. is_accident: a signal has killed a process of it:
	 * another try may go well. */
	void (*failed)(void *ctx, struct isolated *i, const char *why, bool is_accident);
	/* All of its ranks are in MPI_Finalize. */
	void (*finalized)(void *ctx, struct isolated *i);
	/* A line for the user, now. */
	void (*tell)(void *ctx, const char *text);
	/* One of its ranks has ended in the middle of its test, or its agent at any time: slot->death tells how. */
	void (*lost)(void *ctx, struct slot *rank);
};

struct isolated_tests {
	struct isolation_host host;
	struct isolated *all;
	uint32_t last_pool;
	uint32_t n_slots;       /* slots of the run, */
	uint32_t n_cores;       /* and cores that may be used */
	enum launcher launcher; /* that the user has chosen */
	const struct tests *tests;
	const struct wrap *wrap; /* NULL: nothing */
	char *started_by;        /* what has started a job, as in struct wire_hello; or NULL */
	bool ever_ready;         /* a job of workers has been */
	bool has_told_of_room;   /* that jobs wait though there is some */
	char *unfit;             /* why no test can be run by that launcher, or NULL */
};

/* Starts the processes of an attempt, or finds some that wait. */
void isolated_start(struct isolated_tests *isolation, struct attempt *a);
/* Asks its workers to end: by MPI_Finalize. */
void isolated_quit(struct isolated_tests *isolation, struct isolated *i);
/* Its attempt has ended. keep: its processes are as good as new. */
void isolated_release(struct isolated_tests *isolation, struct isolated *i, bool keep);
/* Ends it at once. */
void isolated_kill(struct isolated *i);

/* An agent or worker of one of them has said who it is, its connection has ended, or an agent tells something.
 * Return whether it was about one of them. */
bool isolation_hello(struct isolated_tests *isolation, struct peer *peer, const struct wire_hello *hello);
bool isolation_gone(struct isolated_tests *isolation, struct peer *peer);
bool isolation_exited(struct isolated_tests *isolation, const struct wire_exited *m);
bool isolation_finalized(struct isolated_tests *isolation, const struct wire_finalized *m);
bool isolation_launched(struct isolated_tests *isolation, const struct wire_launched *m);
bool isolation_delayed(struct isolated_tests *isolation, const struct wire_delayed *m);
/* The core's own agent has ended, and with it all that it has started. */
void isolation_lost_agent(struct isolated_tests *isolation, const struct peer *agent);
/* The rank that a message of an agent is about, or NULL. */
struct slot *isolation_slot(struct isolated_tests *isolation, uint32_t pool, uint32_t rank);

/* Does what is due. Returns when something will be, seconds of the run. */
double isolation_tick(struct isolated_tests *isolation);
/* Ends all that wait for a test. */
void isolation_retire(struct isolated_tests *isolation);
/* Has every process ended? */
bool isolation_is_over(const struct isolated_tests *isolation);
void isolation_free(struct isolated_tests *isolation);

#endif
