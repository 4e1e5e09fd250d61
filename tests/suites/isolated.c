/* isolated.c - tests that get processes of their own: what they find there, and every way to end badly. The names
 * begin with the outcome that they must have. */
#define _GNU_SOURCE /* sched_getaffinity */
#include <ptpar.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int world_size(void)
{
	int n;

	MPI_Comm_size(MPI_COMM_WORLD, &n);
	return n;
}

static void check_world(ptpar_test *test)
{
	int rank, result;

	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	ptpar_assert_eq(world_size(), ptpar_size(test));
	ptpar_assert_eq(rank, ptpar_rank(test));
	MPI_Comm_compare(ptpar_comm(test), MPI_COMM_WORLD, &result);
	ptpar_assert_eq(result, MPI_CONGRUENT);
}

PTPAR_TEST_WITH(passes_in_its_own_world, .np = { 1, 2, 3 }, .isolated = true)
{
	int n = 1, sum;

	check_world(test);
	MPI_Allreduce(&n, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	ptpar_assert_eq(sum, ptpar_size(test));
}

static int runs;

PTPAR_TEST_WITH(passes_in_a_fresh_process, .np = { 2 }, .isolated = true)
{
	ptpar_assert_eq(runs++, 0);
}

PTPAR_TEST_WITH(passes_in_another_fresh_process, .np = { 2 }, .isolated = true)
{
	ptpar_assert_eq(runs++, 0);
}

/* By [match]: processes that have run another one before. */
PTPAR_TEST(passes_world_first, 2)
{
	check_world(test);
	runs++;
}

PTPAR_TEST(passes_world_second, 2)
{
	check_world(test);
	ptpar_log("run %d in pid %d", ++runs, (int)getpid());
}

PTPAR_TEST(passes_in_the_pool, 2)
{
	MPI_Barrier(comm);
}

/* Threads: what it may run on. */
PTPAR_TEST(passes_threads)
{
	const char *threads = getenv("OMP_NUM_THREADS");
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	printf("threads %s cpus %d\n", threads != NULL ? threads : "?", CPU_COUNT(&cpus));
}

/* Two at once must not have the same core. */
PTPAR_TEST_WITH(passes_bound, .np = { 2 }, .isolated = true)
{
	cpu_set_t cpus;
	int mine = -1, other;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (int i = 0; i < CPU_SETSIZE && mine < 0; i++)
		if (CPU_ISSET(i, &cpus))
			mine = i;
	printf("cpus %d\n", CPU_COUNT(&cpus));
	MPI_Sendrecv(&mine, 1, MPI_INT, 1 - ptpar_rank(test), 0, &other, 1, MPI_INT, 1 - ptpar_rank(test), 0, comm,
		     MPI_STATUS_IGNORE);
	if (CPU_COUNT(&cpus) == 1)
		ptpar_assert_ne(mine, other);
}

PTPAR_TEST_WITH(fails_on_one_rank, .np = { 2 }, .isolated = true)
{
	ptpar_assert_eq(ptpar_rank(test), 0);
}

PTPAR_TEST_WITH(fails_with_a_straggler, .np = { 2 }, .isolated = true)
{
	ptpar_assert_eq(ptpar_rank(test), 0);
	MPI_Barrier(MPI_COMM_WORLD);
}

PTPAR_TEST_WITH(crashes_by_abort, .np = { 2 }, .isolated = true)
{
	if (ptpar_rank(test) == 1)
		abort(); /* here: abort */
	MPI_Barrier(MPI_COMM_WORLD);
}

PTPAR_TEST_WITH(crashes_by_MPI_Abort, .np = { 2 }, .isolated = true)
{
	if (ptpar_rank(test) == 1)
		MPI_Abort(MPI_COMM_WORLD, 5);
	MPI_Barrier(MPI_COMM_WORLD);
}

PTPAR_TEST_WITH(crashes_by_exit, .np = { 2 }, .isolated = true)
{
	if (ptpar_rank(test) == 1)
		exit(0);
	MPI_Barrier(MPI_COMM_WORLD);
}

PTPAR_TEST_WITH(timeouts_in_a_deadlock, .np = { 2 }, .isolated = true)
{
	int x;

	MPI_Recv(&x, 1, MPI_INT, 1 - ptpar_rank(test), 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

PTPAR_TEST_WITH(timeouts_in_a_sleep, .np = { 2 }, .isolated = true, .timeout = 0.5)
{
	sleep(1000); /* here: sleep */
}

PTPAR_TEST_WITH(skips, .np = { 2 }, .isolated = true)
{
	ptpar_skip("not today");
}
