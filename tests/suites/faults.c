/* faults.c - tests that end their process or hang, among healthy ones. The beginning of a name says the outcome. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <ptpar.h>

PTPAR_TEST(passes_first, 2)
{
	MPI_Barrier(comm);
}

PTPAR_TEST(crashes_by_signal, 2)
{
	if (ptpar_rank(test) == 1) {
		printf("famous last words\n");
		raise(SIGSEGV);
	}
	MPI_Barrier(comm);
}

PTPAR_TEST(passes_second, 2)
{
	MPI_Barrier(comm);
}

PTPAR_TEST(crashes_by_exit)
{
	exit(0);
}

PTPAR_TEST(crashes_by_MPI_Abort, 2)
{
	if (ptpar_rank(test) == 0)
		MPI_Abort(comm, 3);
	MPI_Barrier(comm);
}

PTPAR_TEST(passes_wide, 4)
{
	MPI_Barrier(comm);
}

PTPAR_TEST(fails_and_leaves_the_other_waiting, 2)
{
	ptpar_assert_ne(ptpar_rank(test), 1);
	MPI_Barrier(comm);
}

PTPAR_TEST(fails_by_MPI_Finalize)
{
	MPI_Finalize();
}

PTPAR_TEST(fails_by_MPI_error, 2)
{
	int x = 0;

	if (ptpar_rank(test) == 0)
		MPI_Send(&x, 1, MPI_INT, 2, 0, comm);
}

PTPAR_TEST_WITH(timeouts, .timeout = 0.5)
{
	for (;;)
		pause();
}

PTPAR_TEST(crashes_by_closing_descriptors)
{
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	pause();
}

/* There is an end to it, which no stack reaches: else gcc 14 warns. */
static int overflow(volatile int depth)
{
	volatile char page[4096];

	if (depth < 0)
		return 0;
	page[0] = (char)depth;
	return overflow(depth + 1) + page[0];
}

PTPAR_TEST(crashes_by_endless_recursion)
{
	ptpar_log("%d", overflow(0));
}

PTPAR_TEST_WITH(timeouts_deaf, .timeout = 0.5)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		;
}

/* Looked for by faults.t, which finds no process left. */
PTPAR_TEST(passes_leaving_a_daemon)
{
	if (fork() == 0) {
		setsid();
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(127);
	}
}

PTPAR_TEST(passes_last, 4)
{
	MPI_Barrier(comm);
}
