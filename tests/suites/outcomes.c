/* outcomes.c - a test of one or two processes for each plain outcome, and of 1, 2 and 4: with 1, 2 or 4 workers,
 * too few processes, just enough, and too many. The beginning of a name says the outcome. */
#include <ptpar.h>

PTPAR_TEST(passes)
{
	int size;

	MPI_Comm_size(comm, &size);
	ptpar_assert_eq(size, 1);
}

PTPAR_TEST(fails)
{
	ptpar_assert_eq(1, 2);
}

PTPAR_TEST(passes_on_both, 2)
{
	int sum = 1;

	MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_SUM, comm);
	ptpar_assert_eq(sum, 2);
}

PTPAR_TEST(fails_on_both, 2)
{
	ptpar_fail("rank %d", ptpar_rank(test));
}

PTPAR_TEST(fails_on_0, 2)
{
	ptpar_assert_ne(ptpar_rank(test), 0);
}

PTPAR_TEST(fails_on_1, 2)
{
	ptpar_assert_ne(ptpar_rank(test), 1);
}

PTPAR_TEST(passes_on, 1, 2, 4)
{
	int sum = ptpar_rank(test);

	MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_SUM, comm);
	ptpar_assert_eq(sum, ptpar_size(test) * (ptpar_size(test) - 1) / 2);
}

PTPAR_TEST(fails_on_last_of, 1, 2, 4)
{
	ptpar_assert_ne(ptpar_rank(test), ptpar_size(test) - 1);
}

static const char *const values[] = { "small", "large", NULL };

PTPAR_TEST_WITH(passes_with, .params = values)
{
	ptpar_assert_str_eq(ptpar_param(test), values[ptpar_param_index(test)]);
}

PTPAR_TEST_WITH(passes_with_np_and, .np = { 1, 2 }, .params = values)
{
	ptpar_assert_str_eq(ptpar_param(test), values[ptpar_param_index(test)]);
}

static void fail_setup(ptpar_test *test)
{
	(void)test;
	ptpar_fail("in setup");
}

static void fail_on_1(ptpar_test *test)
{
	ptpar_assert_ne(ptpar_rank(test), 1);
}

PTPAR_TEST_WITH(errors_in_setup, .setup = fail_setup)
{
	ptpar_fail("never reached");
}

PTPAR_TEST_WITH(errors_in_setup_on_1, .np = { 2 }, .setup = fail_on_1)
{
	MPI_Barrier(comm); /* nobody may get here, else rank 0 would wait for ever */
}

PTPAR_TEST_WITH(errors_in_teardown, .np = { 2 }, .teardown = fail_on_1)
{
}
