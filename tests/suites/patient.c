/* patient.c - tests that seem to wait for ever and do not: none of them may be taken for a deadlock. Each waits for
 * as long as twice the proof takes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ptpar.h>

enum { PATIENCE = 5 }; /* seconds */

static void nap(void)
{
	sleep(PATIENCE);
}

static void spin(void)
{
	time_t end = time(NULL) + PATIENCE;

	while (time(NULL) <= end)
		;
}

static void give(MPI_Comm comm, int to)
{
	MPI_Send(&(int){ 1 }, 1, MPI_INT, to, 0, comm);
}

static void take(MPI_Comm comm, int from)
{
	int x;

	MPI_Recv(&x, 1, MPI_INT, from, 0, comm, MPI_STATUS_IGNORE);
}

PTPAR_TEST(passes_while_one_computes, 2)
{
	if (ptpar_rank(test) == 0) {
		take(comm, 1);
	} else {
		spin();
		give(comm, 0);
	}
}

PTPAR_TEST(passes_while_one_sleeps, 2)
{
	if (ptpar_rank(test) == 0)
		nap();
	MPI_Barrier(comm);
}

PTPAR_TEST(passes_while_one_reads, 2)
{
	int fds[2];
	char c;

	if (ptpar_rank(test) == 0) {
		ptpar_assert_eq(pipe(fds), 0);
		if (fork() == 0) {
			nap();
			_exit(write(fds[1], "x", 1) == 1 ? 0 : 1);
		}
		ptpar_assert_eq(read(fds[0], &c, 1), 1);
		wait(NULL);
	}
	MPI_Barrier(comm);
}

static void *send_later(void *arg)
{
	nap();
	give(*(MPI_Comm *)arg, 0);
	return NULL;
}

/* Both main threads wait, but one has another thread. */
PTPAR_TEST(passes_by_a_thread, 2)
{
	pthread_t thread;
	int provided;

	MPI_Query_thread(&provided);
	if (provided < MPI_THREAD_MULTIPLE)
		ptpar_skip("no threads");
	if (ptpar_rank(test) == 1) {
		pthread_create(&thread, NULL, send_later, &comm);
		take(comm, 0);
		pthread_join(thread, NULL);
	} else {
		take(comm, 1);
		give(comm, 1);
	}
}

static void add_slowly(void *in, void *inout, int *n, MPI_Datatype *type)
{
	(void)type;
	spin();
	for (int i = 0; i < *n; i++)
		((int *)inout)[i] += ((int *)in)[i];
}

/* One is in a collective call that the others have left, or wait for elsewhere. */
PTPAR_TEST(passes_in_a_users_operation, 2)
{
	int sum = 0;
	MPI_Op op;

	MPI_Op_create(add_slowly, 1, &op);
	MPI_Reduce(&(int){ 1 }, &sum, 1, MPI_INT, op, 0, comm);
	MPI_Op_free(&op);
	if (ptpar_rank(test) == 0) {
		ptpar_assert_eq(sum, 2);
		give(comm, 1);
	} else {
		take(comm, 0);
	}
}

PTPAR_TEST(passes_by_testing, 2)
{
	MPI_Request request;
	int x, done = 0;

	if (ptpar_rank(test) == 0) {
		MPI_Irecv(&x, 1, MPI_INT, 1, 0, comm, &request);
		while (!done)
			MPI_Test(&request, &done, MPI_STATUS_IGNORE);
	} else {
		nap();
		give(comm, 0);
	}
}

static void be_woken_later(void)
{
	pid_t me = getpid();

	if (fork() == 0) {
		nap();
		kill(me, SIGCONT);
		_exit(0);
	}
	raise(SIGSTOP);
	wait(NULL);
}

PTPAR_TEST(passes_after_being_stopped, 2)
{
	if (ptpar_rank(test) == 0)
		be_woken_later();
	MPI_Barrier(comm);
}

/* The halves work at different times. */
PTPAR_TEST(passes_in_halves, 4)
{
	int rank = ptpar_rank(test);
	MPI_Comm half;

	MPI_Comm_split(comm, rank / 2, 0, &half);
	if (rank == 3)
		nap();
	MPI_Barrier(half);
	if (rank == 2)
		give(comm, 0);
	else if (rank == 0)
		take(comm, 2);
	MPI_Barrier(half);
	MPI_Comm_free(&half);
}
