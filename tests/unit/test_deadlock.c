/* test_deadlock.c - what is a deadlock, and above all what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ptpar/deadlock.h"
#include "core/ptpar/where.h"

/* A rank that polls in a call on the test's communicator, of `size`. */
static struct deadlock_rank in(enum call call, uint32_t size, int a, int b)
{
	return (struct deadlock_rank){ .steady = true,
				       .call = call,
				       .args = { a, b, a, b },
				       .comm_size = size,
				       .is_own = true,
				       .entries = 7,
				       .volume = 1000 };
}

/* The proof, if the ranks stay where they are for `seconds` and poll all the time. */
static bool proven(const struct deadlock_rank *ranks, uint32_t n, double seconds)
{
	struct deadlock_rank later[8];

	memcpy(later, ranks, n * sizeof(*ranks));
	for (uint32_t i = 0; i < n; i++)
		later[i].cpu += seconds;
	return deadlock_is_proven(ranks, later, n, seconds, 2);
}

#define PROVEN(seconds, ...)                                                                                       \
	proven((struct deadlock_rank[]){ __VA_ARGS__ },                                                            \
	       sizeof((struct deadlock_rank[]){ __VA_ARGS__ }) / sizeof(struct deadlock_rank), seconds)

static const struct deadlock_rank gone = { .ended = true };

static void deadlocks(void **state)
{
	(void)state;
	/* The odd one out. */
	assert_true(PROVEN(3, in(CALL_Barrier, 3, 0, 0), in(CALL_Barrier, 3, 0, 0), in(CALL_Recv, 3, 1, 7)));
	/* Everybody receives first; everybody sends first. */
	assert_true(PROVEN(3, in(CALL_Recv, 2, 1, 0), in(CALL_Recv, 2, 0, 0)));
	assert_true(PROVEN(3, in(CALL_Ssend, 2, 1, 0), in(CALL_Ssend, 2, 0, 0)));
	/* Another tag; another rank. */
	assert_true(PROVEN(3, in(CALL_Ssend, 2, 1, 1), in(CALL_Recv, 2, 0, 2)));
	assert_true(PROVEN(3, in(CALL_Ssend, 3, 1, 1), in(CALL_Recv, 3, 2, 1), in(CALL_Barrier, 3, 0, 0)));
	/* For one that has ended; for itself. */
	assert_true(PROVEN(3, gone, in(CALL_Recv, 2, 0, 0)));
	assert_true(PROVEN(3, in(CALL_Recv, 1, 0, 0)));
	/* Different collective calls. */
	assert_true(PROVEN(3, in(CALL_Allreduce, 2, 1, 0), in(CALL_Bcast, 2, 1, 0)));
	/* Requests that nobody serves: in more time. */
	assert_false(PROVEN(3, in(CALL_Waitall, 0, 2, 0), in(CALL_Waitall, 0, 2, 0)));
	assert_true(PROVEN(11, in(CALL_Waitall, 0, 2, 0), in(CALL_Waitall, 0, 2, 0)));
}

static void calls_that_complete_each_other(void **state)
{
	struct deadlock_rank any = in(CALL_Recv, 2, -1, -1), foreign = in(CALL_Recv, 2, 1, 1), send, both;

	(void)state;
	assert_false(PROVEN(1e6, in(CALL_Ssend, 2, 1, 1), in(CALL_Recv, 2, 0, 1)));
	assert_false(PROVEN(1e6, in(CALL_Send, 2, 1, 1), any));
	assert_false(PROVEN(1e6, in(CALL_Send, 2, 1, 1), in(CALL_Probe, 2, 0, 1)));
	assert_false(PROVEN(1e6, in(CALL_Barrier, 2, 0, 0), in(CALL_Barrier, 2, 0, 0)));
	/* On a communicator of whom, nobody knows. */
	foreign.is_own = false;
	send = in(CALL_Ssend, 2, 1, 1);
	send.is_own = false;
	assert_false(PROVEN(1e6, foreign, send));
	/* A ring of MPI_Sendrecv. */
	both = in(CALL_Sendrecv, 2, 0, 0);
	both.args[0] = both.args[2] = 1;
	assert_false(PROVEN(1e6, both, in(CALL_Sendrecv, 2, 0, 0)));
	/* Two of four on a communicator of two; two others elsewhere. */
	assert_false(PROVEN(1e6, in(CALL_Barrier, 2, 0, 0), in(CALL_Barrier, 2, 0, 0), in(CALL_Recv, 4, 0, 0),
			    in(CALL_Recv, 4, 0, 0)));
}

static void who_is_not_blocked(void **state)
{
	struct deadlock_rank computing = in(CALL_NONE, 0, 0, 0), threaded = in(CALL_Recv, 2, 0, 0);

	(void)state;
	threaded.steady = false;
	assert_false(PROVEN(1e6, computing, in(CALL_Recv, 2, 0, 0)));
	assert_false(PROVEN(1e6, threaded, in(CALL_Recv, 2, 0, 0)));
	assert_false(PROVEN(1e6, in(CALL_File_read_all, 0, 0, 0), in(CALL_Recv, 2, 0, 0)));
	assert_false(PROVEN(1e6, in(CALL_Comm_accept, 2, 0, 0), in(CALL_Recv, 2, 0, 0)));
	assert_false(PROVEN(1e6, gone, gone));
}

static void movement_is_life(void **state)
{
	struct deadlock_rank before[] = { in(CALL_Recv, 2, 1, 0), in(CALL_Recv, 2, 0, 0) }, later[2];

	(void)state;
	memcpy(later, before, sizeof(later));
	later[0].cpu = later[1].cpu = 3;
	assert_true(deadlock_is_proven(before, later, 2, 3, 2));
	later[1].entries++;
	assert_false(deadlock_is_proven(before, later, 2, 3, 2));
	later[1] = before[1];
	assert_false(deadlock_is_proven(before, later, 2, 3, 2)); /* stopped: it has used no CPU time */
	/* Much data may be under way. */
	later[1].cpu = 3;
	before[0].volume = later[0].volume = 1 << 30;
	assert_false(deadlock_is_proven(before, later, 2, 3, 2));
	assert_true(deadlock_quiet_time(later, 2, 2) > 100);
}

/* --- where.h --------------------------------------------------------------------------------------------- */

static const struct where *item(const void *ctx, uint32_t rank)
{
	return (const struct where *)ctx + rank;
}

static void ranks_at_the_same_place_are_told_together(void **state)
{
	struct where w[] = { { .text = "in MPI_Barrier", .file = "src/ring.c", .line = 35 },
			     { .text = "in MPI_Barrier", .file = "src/ring.c", .line = 35 },
			     { .text = "in MPI_Recv(source=1, tag=7)", .file = "src/ring.c", .line = 31 },
			     { .text = "in MPI_Barrier", .file = "src/ring.c", .line = 35 },
			     { .text = NULL } };
	struct buffer b = { 0 };

	(void)state;
	where_put_groups(&b, 5, item, w);
	buffer_putc(&b, '\0');
	assert_string_equal(
		b.data, "ranks 0,1,3 in MPI_Barrier (ring.c:35); rank 2 in MPI_Recv(source=1, tag=7) (ring.c:31)");
	buffer_free(&b);
}

static void calls_in_words(void **state)
{
	static const int32_t args[CALL_ARGS] = { -1, -1, 3, 4 };
	char text[128];

	(void)state;
	call_tell(text, sizeof(text), CALL_Recv, args);
	assert_string_equal(text, "MPI_Recv(source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG)");
	call_tell(text, sizeof(text), CALL_Barrier, args);
	assert_string_equal(text, "MPI_Barrier");
	call_tell(text, sizeof(text), CALL_Sendrecv, (const int32_t[]){ 1, 2, 3, 4 });
	assert_string_equal(text, "MPI_Sendrecv(dest=1, sendtag=2, source=3, recvtag=4)");
	call_tell(text, sizeof(text), CALL_NONE, args);
	assert_string_equal(text, "");
	call_tell(text, sizeof(text), 100000, args); /* a broken page */
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlocks),
		cmocka_unit_test(calls_that_complete_each_other),
		cmocka_unit_test(who_is_not_blocked),
		cmocka_unit_test(movement_is_life),
		cmocka_unit_test(ranks_at_the_same_place_are_told_together),
		cmocka_unit_test(calls_in_words),
	};

	return cmocka_run_group_tests_name("deadlock", tests, NULL, NULL);
}
