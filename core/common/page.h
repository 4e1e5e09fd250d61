/* page.h - the page of memory that a worker shares with its agent.
 *
 * Written by the worker with a few stores per test, read by the agent at any moment: also from a rank that is
 * stuck, and after it has been killed.
 *
 * `begun` decides who has a test when the core takes back what a worker has not begun yet, without asking the
 * worker, which may be busy: the upper 40 bits are the number (seq) of the test that it has begun last, the lower
 * 24 count the recalls. To begin a test, the worker swaps in the new number, which fails if a recall came in
 * between; then it drops commands to run until the core's `resume` for that recall.
 */
#ifndef CORE_COMMON_PAGE_H
#define CORE_COMMON_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/common/calls.h"

/* Descriptors that a worker inherits from its agent. */
enum {
	WORKER_PAGE_FD = 3,     /* the page */
	WORKER_HANDOVER_FD = 4, /* a pipe: the worker writes a struct credentials into it once it has them, and a
				   byte when it has last words */
};

/* Captured output: descriptors 1 and 2 of a worker are one memfd that cannot grow. Its file offset says how much
 * was printed; it is set back to 0 before each test. */
enum { CAPTURE_SIZE = 16 << 20 }; /* bytes */

/* The MPI call that the test's thread is in; see calls.h. All is written before `number`. */
struct page_call {
	_Atomic uint32_t number;    /* enum call; CALL_NONE: in none */
	_Atomic uint32_t comm_size; /* of the communicator, 0: none is concerned */
	_Atomic uint32_t is_own;    /* it is the test's own communicator: its ranks are the test's */
	_Atomic int32_t args[CALL_ARGS];
	_Atomic uint64_t caller;  /* return address */
	_Atomic uint64_t entries; /* calls that were entered, since the worker started */
	_Atomic uint64_t volume;  /* bytes that the test has handed to MPI since it began, this call's included */
	_Atomic uint32_t foreign; /* another thread of the process has called MPI */
	_Atomic uint32_t outside; /* things that calls may wait for outside of the test: functions of the user's
				     that MPI calls, other jobs, files; those that are there now */
	_Atomic uint32_t threads; /* that the process had when MPI was initialised */
};

/* A process that is about to end waits for a moment, so that its agent can see where it is. */
enum page_words { WORDS_NONE, WORDS_SPOKEN, WORDS_HEARD };

/* As `phase`, beside those of enum ptpar_phase: the test's suite is being loaded. */
enum { PAGE_PHASE_LOADING = 4 };

struct page {
	_Atomic uint64_t begun;
	_Atomic uint64_t ended;   /* seq of the last test that has ended here: reported and left */
	_Atomic uint64_t stopped; /* ns that the user has had it stopped; written by the agent */
	_Atomic uint32_t phase;   /* enum ptpar_phase of the test that runs */
	struct page_call call;
	_Atomic uint32_t words;    /* enum page_words */
	_Atomic int32_t words_tid; /* the thread that speaks */
	/* The suite whose test runs: where it is loaded, so that `caller` is of use after the process has ended. */
	_Atomic uint64_t suite_base;
	char suite_path[4096];
};

enum { PAGE_RECALL_BITS = 24 };

static inline uint64_t page_begun_seq(uint64_t begun)
{
	return begun >> PAGE_RECALL_BITS;
}

/* Worker: begins test seq, if no recall has come since the `resumed`-th. */
static inline bool page_begin(struct page *page, uint64_t seq, uint32_t resumed)
{
	uint64_t old = atomic_load_explicit(&page->begun, memory_order_relaxed);

	if ((old & ((1u << PAGE_RECALL_BITS) - 1)) != resumed)
		return false;
	return atomic_compare_exchange_strong(&page->begun, &old, seq << PAGE_RECALL_BITS | resumed);
}

/* Agent: takes back what has not begun; returns the last seq that has. */
static inline uint64_t page_recall(struct page *page)
{
	return page_begun_seq(atomic_fetch_add(&page->begun, 1));
}

#endif
