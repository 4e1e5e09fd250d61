/* fault_matrix.h - a fault becomes tests of two processes that it strikes on the first, on the other, on both; each
 * in its setup, its call or its teardown: `FAULT_on_first[2-setup]`. Between them stand tests that must not notice.
 */
#include <string.h>

#include <ptpar.h>

enum ranks { ON_FIRST, ON_OTHER, ON_ALL };

static const char *const phases[] = { "setup", "call", "teardown", NULL };

/* In each phase: if it is this one's turn, the ranks that are meant are struck, and the others wait for them. */
static inline void pass_through(ptpar_test *test, enum ranks ranks, const char *phase, void (*fault)(void))
{
	if (strcmp(phase, ptpar_param(test)) != 0)
		return;
	if (ranks == ON_ALL || ptpar_rank(test) == (ranks == ON_OTHER))
		fault();
	MPI_Barrier(ptpar_comm(test));
}

/* Talks to all, and hears what it should. */
static inline void exchange(ptpar_test *test)
{
	int np = ptpar_size(test), sum, mine = ptpar_rank(test) + 1;

	MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, ptpar_comm(test));
	ptpar_assert_eq(sum, np * (np + 1) / 2);
}

#define STRIKE_ON(fault, ranks_word, ranks, seconds)                                                               \
	static void fault##_on_##ranks_word##_setup(ptpar_test *test)                                              \
	{                                                                                                          \
		pass_through(test, ranks, phases[0], fault);                                                       \
	}                                                                                                          \
	static void fault##_on_##ranks_word##_teardown(ptpar_test *test)                                           \
	{                                                                                                          \
		pass_through(test, ranks, phases[2], fault);                                                       \
	}                                                                                                          \
	PTPAR_TEST_WITH(fault##_on_##ranks_word, .np = { 2 }, .timeout = seconds,                                  \
			.setup = fault##_on_##ranks_word##_setup, .teardown = fault##_on_##ranks_word##_teardown,  \
			.params = phases)                                                                          \
	{                                                                                                          \
		pass_through(test, ranks, phases[1], fault);                                                       \
	}                                                                                                          \
	PTPAR_TEST(passes_after_##fault##_on_##ranks_word, 1, 2, 3, 4)                                             \
	{                                                                                                          \
		exchange(test);                                                                                    \
	}                                                                                                          \
	PTPAR_TEST(fails_after_##fault##_on_##ranks_word)                                                          \
	{                                                                                                          \
		ptpar_fail("as it should");                                                                        \
	}

/* A fault that ends by itself has time; one that does not has little. */
#define STRIKE_FOR(fault, seconds)                                                                                 \
	STRIKE_ON(fault, first, ON_FIRST, seconds)                                                                 \
	STRIKE_ON(fault, other, ON_OTHER, seconds)                                                                 \
	STRIKE_ON(fault, all, ON_ALL, seconds)
#define STRIKE(fault) STRIKE_FOR(fault, 60)
