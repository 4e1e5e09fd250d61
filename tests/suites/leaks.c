/* leaks.c - each test that leaks leaves something behind on its communicator; the test after it looks for that.
 *
 * The order is that of the file, on the same two processes: leaks_N, then finds_no_N.
 */
#include <string.h>

#include <ptpar.h>

enum { TAG = 7, MANY = 50, LARGE = 1 << 20 };

static int numbers[LARGE]; /* outlives the tests, as the requests do that they leave */

static int neighbour(ptpar_test *test)
{
	return 1 - ptpar_rank(test);
}

/* No message is here, and none arrives while we look. */
static void expect_silence(MPI_Comm comm)
{
	int found = 0;

	for (int i = 0; i < 2000 && !found; i++)
		MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &found, MPI_STATUS_IGNORE);
	ptpar_assert_eq(found, 0);
}

PTPAR_TEST(leaks_1_small_messages, 2)
{
	for (int i = 0; i < MANY; i++)
		MPI_Send(&i, 1, MPI_INT, neighbour(test), TAG, comm);
}

PTPAR_TEST(finds_no_1_small_messages, 2)
{
	int got = -1, mine = 4711;

	expect_silence(comm);
	MPI_Barrier(comm); /* nobody sends while the other one still listens */
	MPI_Sendrecv(&mine, 1, MPI_INT, neighbour(test), TAG, &got, 1, MPI_INT, neighbour(test), TAG, comm,
		     MPI_STATUS_IGNORE);
	ptpar_assert_eq(got, 4711);
}

PTPAR_TEST(leaks_2_a_large_message, 2)
{
	MPI_Request request;

	MPI_Isend(numbers, LARGE, MPI_INT, neighbour(test), TAG, comm, &request);
	MPI_Request_free(&request);
}

PTPAR_TEST(finds_no_2_a_large_message, 2)
{
	expect_silence(comm);
}

PTPAR_TEST(leaks_3_a_receive, 2)
{
	MPI_Request request;

	MPI_Irecv(numbers, LARGE, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &request);
	MPI_Request_free(&request);
}

PTPAR_TEST(finds_no_3_a_receive, 2)
{
	int got = -1, mine = 42;

	MPI_Sendrecv(&mine, 1, MPI_INT, neighbour(test), TAG, &got, 1, MPI_INT, neighbour(test), TAG, comm,
		     MPI_STATUS_IGNORE);
	ptpar_assert_eq(got, 42);
}

static int keyval = MPI_KEYVAL_INVALID;

PTPAR_TEST(leaks_4_an_attribute, 2)
{
	MPI_Comm_create_keyval(MPI_COMM_DUP_FN, MPI_COMM_NULL_DELETE_FN, &keyval, NULL);
	MPI_Comm_set_attr(comm, keyval, numbers);
}

PTPAR_TEST(finds_no_4_an_attribute, 2)
{
	void *value;
	int found;

	ptpar_assert_ne(keyval, MPI_KEYVAL_INVALID); /* it is the same process, or this test proves nothing */
	MPI_Comm_get_attr(comm, keyval, &value, &found);
	ptpar_assert(!found);
}

PTPAR_TEST(leaks_5_an_error_handler, 2)
{
	MPI_Comm_set_errhandler(comm, MPI_ERRORS_ARE_FATAL);
}

PTPAR_TEST_WITH(finds_no_5_an_error_handler, .np = { 2 }, .xfail = "it sends to a rank that is not there")
{
	int x = 0;

	MPI_Send(&x, 1, MPI_INT, 2, TAG, comm);
	ptpar_log("an MPI error came back"); /* not reached: it ends the test, and not the process */
}

PTPAR_TEST(leaks_6_a_freed_communicator, 2)
{
	MPI_Send(&keyval, 1, MPI_INT, neighbour(test), TAG, comm);
	MPI_Comm_free(&comm);
	ptpar_assert(comm == MPI_COMM_NULL);
}

PTPAR_TEST(finds_no_6_a_freed_communicator, 2)
{
	expect_silence(comm);
	MPI_Barrier(comm);
}

PTPAR_TEST(leaks_7_a_communicator_freed_twice, 2)
{
	MPI_Comm copy = comm;

	MPI_Comm_free(&copy);
	MPI_Comm_free(&comm);
}

PTPAR_TEST(finds_no_7_a_communicator_freed_twice, 2)
{
	MPI_Barrier(comm);
}

PTPAR_TEST(leaks_8_half_a_collective, 2)
{
	int x = 1;

	/* The root of a small broadcast does not wait for the others. */
	if (ptpar_rank(test) == 0)
		MPI_Bcast(&x, 1, MPI_INT, 0, comm);
}

PTPAR_TEST(finds_no_8_half_a_collective, 2)
{
	int x = ptpar_rank(test) == 0 ? 99 : 0;

	MPI_Bcast(&x, 1, MPI_INT, 0, comm);
	ptpar_assert_eq(x, 99);
}

PTPAR_TEST(leaks_9_messages_to_itself)
{
	MPI_Request request;

	MPI_Isend(numbers, 1, MPI_INT, 0, TAG, comm, &request);
	MPI_Request_free(&request);
}

PTPAR_TEST(finds_no_9_messages_to_itself)
{
	expect_silence(comm);
}

/* Once more, by many processes at once. */
PTPAR_TEST(leaks_10_many_messages, PTPAR_NP_ALL)
{
	for (int to = 0; to < ptpar_size(test); to++)
		for (int i = 0; i < MANY; i++)
			if (to != ptpar_rank(test))
				MPI_Send(&i, 1, MPI_INT, to, TAG, comm);
}

PTPAR_TEST(finds_no_10_many_messages, PTPAR_NP_ALL)
{
	expect_silence(comm);
}
