/* quickstart.c - four tests. Two of them fail, so that you see what that looks like.
 *
 *   mpicc -shared -fPIC -o quickstart.so quickstart.c $(pkg-config --cflags ptpar)
 *   ptpar -n 4 quickstart.so
 */
#include <ptpar.h>

PTPAR_TEST(test_A, 2) /* runs on 2 processes, and fails on one of them */
{
	int rank;

	MPI_Comm_rank(comm, &rank);
	ptpar_assert_ne(rank, 1);
}

PTPAR_TEST(test_B) /* runs on 1 process */
{
	ptpar_assert_eq(1 + 1, 2);
}

PTPAR_TEST(test_C, 3) /* `comm` is the test's own: its size is 3, however many processes ptpar has */
{
	int size;

	MPI_Comm_size(comm, &size);
	ptpar_assert_eq(size, 3);
}

PTPAR_TEST(test_D)
{
	ptpar_assert_near(22.0 / 7.0, 3.14159265, 1e-3);
}
