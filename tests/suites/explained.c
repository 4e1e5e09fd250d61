/* explained.c - tests that crash, hang or wait for each other. Where they do is marked by a comment, which
 * explain.t looks for. The beginning of a name says the outcome. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <ptpar.h>

static void one_receives(MPI_Comm comm)
{
	int rank, x;

	MPI_Comm_rank(comm, &rank);
	if (rank == 2)
		MPI_Recv(&x, 1, MPI_INT, 1, 7, comm, MPI_STATUS_IGNORE); /* here: odd one */
	else
		MPI_Barrier(comm); /* here: the others */
}

PTPAR_TEST_WITH(timeouts_one_receives, .np = { 4 }, .timeout = 0.5)
{
	one_receives(comm);
}

PTPAR_TEST(timeouts_deadlock, 4)
{
	one_receives(comm);
}

PTPAR_TEST(timeouts_deadlock_on_a_duplicate, 3)
{
	MPI_Comm other;

	MPI_Comm_dup(comm, &other);
	MPI_Ssend(test, 1, MPI_BYTE, (ptpar_rank(test) + 1) % 3, 4, other); /* here: ring */
}

PTPAR_TEST(timeouts_for_one_that_has_ended, 2)
{
	if (ptpar_rank(test) == 1)
		MPI_Probe(0, MPI_ANY_TAG, comm, MPI_STATUS_IGNORE); /* here: probe */
}

PTPAR_TEST(fails_straggler, 2)
{
	int x;

	ptpar_assert_ne(ptpar_rank(test), 1);                                           /* here: assertion */
	MPI_Recv(&x, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, comm, MPI_STATUS_IGNORE); /* here: straggler */
}

static void write_to(volatile int *p)
{
	*p = 1; /* here: segmentation fault */
}

PTPAR_TEST(crashes_in_a_helper, 2)
{
	if (ptpar_rank(test) == 1)
		write_to(NULL);
	MPI_Allreduce(MPI_IN_PLACE, &(int){ 1 }, 1, MPI_INT, MPI_SUM, comm); /* here: allreduce */
}

PTPAR_TEST(crashes_by_abort)
{
	abort(); /* here: abort */
}

static void say_goodbye(void)
{
	exit(0); /* here: exit */
}

PTPAR_TEST(crashes_by_exit)
{
	say_goodbye();
}

PTPAR_TEST(crashes_by__exit)
{
	_exit(0); /* here: _exit */
}

PTPAR_TEST(crashes_by_MPI_Abort)
{
	MPI_Abort(comm, 3); /* here: MPI_Abort */
}

/* Not the compiler's business. */
static int (*volatile depths)(int);

static int depth_of(int n)
{
	volatile char room[4096] = { 0 };

	return n == 0 ? room[0] : depths(n - 1) + room[1]; /* here: endless */
}

PTPAR_TEST(crashes_by_endless_recursion)
{
	depths = depth_of;
	ptpar_assert_eq(depth_of(1 << 30), 0);
}

/* From outside, as by the OOM killer, in an MPI call. */
PTPAR_TEST(crashes_by_SIGKILL, 2)
{
	pid_t me = getpid();
	int x;

	if (ptpar_rank(test) == 1) {
		if (fork() == 0) {
			usleep(500000);
			kill(me, SIGKILL);
			_exit(0);
		}
		MPI_Recv(&x, 1, MPI_INT, 0, 9, comm, MPI_STATUS_IGNORE); /* here: killed */
	}
	MPI_Recv(&x, 1, MPI_INT, 1, 0, comm, MPI_STATUS_IGNORE);
}

static void spin(void)
{
	for (volatile int i = 0;; i++) /* here: spin */
		;
}

PTPAR_TEST_WITH(timeouts_deaf, .timeout = 0.5)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	spin();
}

PTPAR_TEST_WITH(timeouts_in_sleep, .timeout = 0.5)
{
	sleep(1000); /* here: sleep */
}

static void wait_in_setup(ptpar_test *test)
{
	MPI_Barrier(ptpar_comm(test));
	while (ptpar_rank(test) == 0)
		MPI_Bcast(&(int){ 1 }, 1, MPI_INT, 1, ptpar_comm(test)); /* here: setup */
}

PTPAR_TEST_WITH(timeouts_in_setup, .np = { 2 }, .setup = wait_in_setup)
{
}
