/* deadlock.h - the proof that a test will never end by itself.
 *
 * Every rank that has not ended is in a blocking MPI call, has polled there for a good while without entering
 * another call, has no thread that could do anything else, and no two of the calls can complete each other:
 *
 * - A send and a receive complete each other if tag, and ranks as far as they are known, agree.
 * - A collective call completes when as many ranks are in it as its communicator has.
 * - Requests and windows may move what was handed to MPI before; so may a message that was sent in time. That takes
 *   CPU time of the ranks in proportion to the bytes, which is waited for, at a slow network's rate.
 *
 * What is in doubt is no deadlock: the test's timeout is for that.
 */
#ifndef CORE_PTPAR_DEADLOCK_H
#define CORE_PTPAR_DEADLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/common/calls.h"

/* One rank, as it was seen. */
struct deadlock_rank {
	bool ended;    /* it has run its test, and only keeps MPI progressing */
	bool steady;   /* no thread but the test's can do anything */
	uint32_t call; /* enum call */
	int32_t args[CALL_ARGS];
	uint32_t comm_size;
	bool is_own;      /* the test's communicator: ranks in args are the test's */
	uint64_t entries; /* calls that were entered so far */
	uint64_t volume;  /* bytes that the test has handed to MPI */
	double cpu;       /* seconds that the process has used */
};

/* Can this be a deadlock, if nothing moves? */
bool deadlock_is_possible(const struct deadlock_rank *ranks, uint32_t n);

/* Is everybody where he was? */
bool deadlock_is_still(const struct deadlock_rank *before, const struct deadlock_rank *ranks, uint32_t n);

/* For how long nothing must have moved, seconds, if `grace` is enough where no data is under way. */
double deadlock_quiet_time(const struct deadlock_rank *ranks, uint32_t n, double grace);

/* The proof: two looks, with at least `quiet` seconds between the last answer to the first and the question of the
 * second. */
bool deadlock_is_proven(const struct deadlock_rank *before, const struct deadlock_rank *ranks, uint32_t n,
			double quiet, double grace);

#endif
