/* attempt.h - one attempt at one test: what its ranks have said so far, and the outcome that follows from it. */
#ifndef CORE_PTPAR_ATTEMPT_H
#define CORE_PTPAR_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/common/wire.h"
#include "core/ptpar/event.h"
#include "core/ptpar/tests.h"
#include "core/ptpar/watch.h"
#include "core/ptpar/where.h"

/* Why the core ends an attempt before its ranks do. */
enum calloff {
	CALLOFF_NONE,
	CALLOFF_TIMEOUT,   /* its time is up */
	CALLOFF_STRAGGLER, /* one rank has failed or died, and others have not ended within the grace time */
	CALLOFF_ENOUGH,   /* one rank of a program has ended badly, as it was to, and others have not ended likewise
			   */
	CALLOFF_DEADLOCK, /* its ranks wait for each other, see deadlock.h */
	CALLOFF_INTERRUPT, /* the run ends */
};

/* How far that has come. */
enum ending {
	ENDING_NOT,
	ENDING_ASKED,  /* every rank that runs is asked where it is */
	ENDING_TERMED, /* they got a SIGTERM */
	ENDING_KILLED,
};

/* What one rank has said. */
struct rank_result {
	enum outcome outcome;
	double duration;
	struct event_note *notes; /* strings owned */
	size_t n_notes, cap_notes;
	struct ptpar_point *points; /* strings owned */
	size_t n_points, cap_points;
	struct buffer output;
	struct where where; /* when it was ended, or died */
};

/* As `begun` in a struct wire_exited: its agent has ended before it could tell how the process did. */
#define DEATH_UNSEEN UINT64_MAX

struct slot;
struct isolated;

struct attempt {
	uint64_t seq;
	struct test *test;
	uint32_t np;
	uint32_t n_slots;         /* that it takes: np, or np times the threads of each */
	bool is_isolated;         /* it gets processes of its own, and only room on the slots */
	struct isolated *process; /* those; NULL: not started yet */
	struct slot *own;         /* their ranks, np of them, when they are all there; else NULL */
	uint64_t group;           /* 0 for one process */
	uint32_t held;            /* how many slots still have it in their queue */
	uint32_t heads; /* on how many it is first; of `held`, those of the slots until its own processes are there
			 */
	uint32_t done;  /* ranks that have ended */
	double began;   /* when it became first on all of its slots; NAN before. Seconds of the run */
	double died;    /* when the first of its ranks died, if `broken` */
	double failed;  /* when the first of its ranks failed; NAN before */
	bool is_expected; /* none has: one has ended badly then, as was expected of the program */
	enum calloff calloff;
	enum ending ending;
	double ending_since;
	uint32_t undecided;  /* ranks of a program that have not printed what at least one of them must */
	uint32_t unanswered; /* ranks that were asked where they are */
	struct watch watch;
	bool broken;     /* one of its ranks is dead: those that have ended must not wait for it */
	bool confirms;   /* it is alone in fresh processes, to see whether it fails there */
	bool orphan;     /* a slot died before it had begun it there: nobody can run it, and nobody has */
	bool swept;      /* an orphan only because one of its slots went with the whole pool */
	bool lost_agent; /* it has gone with the core's own agent */
	bool gave_room;  /* its slots are others' already: its processes are in MPI_Finalize */
	bool is_leaving; /* all its ranks have passed through it, and its own processes are about to end */
	bool is_slow;    /* it takes longer than is usual: told */
	double longest;  /* duration of the slowest rank, s */
	struct rank_result *ranks; /* np of them, or NULL while all is well and silent */
	uint32_t slots[];          /* n_slots of them: slots[i] is rank i, if it has no own */
};

/* slots: test_slots(test) of them. */
struct attempt *attempt_new(uint64_t seq, struct test *test, const uint32_t *slots);
void attempt_free(struct attempt *a);

/* The rank that a slot is in it. */
uint32_t attempt_rank_of(const struct attempt *a, uint32_t slot);

void attempt_note(struct attempt *a, uint32_t rank, const struct wire_note *m);
/* A rank has ended by itself. */
void attempt_done(struct attempt *a, uint32_t rank, const struct wire_done *m);
/* What a program has printed. */
void attempt_point(struct attempt *a, uint32_t rank, const struct wire_point *m);
/* One of its processes has ended, by itself unless the attempt was called off. duration: s. */
void attempt_program_ended(struct attempt *a, uint32_t rank, const struct wire_exited *m, double duration,
			   struct where *where);
/* A process of its own has ended badly, when the test was over. */
void attempt_left_badly(struct attempt *a, uint32_t rank, const struct wire_exited *m);
void attempt_remark(struct attempt *a, uint32_t rank, const struct wire_remark *m);
/* A rank has told where it is. */
void attempt_seen(struct attempt *a, uint32_t rank, const struct wire_seen *m);
/* A rank's process has ended in the middle of it; how: in words. Takes over `where`, if it is not known already. */
void attempt_lost(struct attempt *a, uint32_t rank, const struct wire_exited *m, const char *how,
		  struct where *where);
/* "its process was killed by signal 11 (SIGSEGV, Segmentation fault)", or with which status it exited. */
void attempt_describe_death(char *text, size_t size, const struct wire_exited *m);

/* Appends where its ranks are, as far as they have told: see where_put_groups. */
void attempt_put_places(const struct attempt *a, struct buffer *out);

/* The outcome that follows from all that. */
enum outcome attempt_outcome(const struct attempt *a);
/* Calls emit with the event that tells it: EVENT_FINISHED, or EVENT_RETRIED. */
void attempt_finish(struct attempt *a, const struct tests *tests, enum event_kind kind, double now,
		    void (*emit)(void *ctx, const struct event *e), void *ctx);

#endif
