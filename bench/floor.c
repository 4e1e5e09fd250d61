/* floor.c - the floor of the benchmark: the test functions of a suite in a hand-written loop, each on a
 * communicator that is duplicated for it and freed after it. No isolation, no report, no containment: what MPI
 * itself costs.
 *
 *   mpirun -np 2 floor NP
 *
 * NP 1: each process runs every second test, as a pool of two workers would (with `mpirun -np 1`: one runs all, as
 * under the scheduler sequential). NP 2: both run all of them. Built with the bodies of the suite that ptpar runs
 * (bodies.h). Prints the seconds of the loop.
 */
#include <stdio.h>
#include <stdlib.h>

#include <mpi.h>

typedef void test_function(MPI_Comm comm);

#define TEST(name, np) static void name(MPI_Comm comm)
#include "bodies.h"
#undef TEST

#define TEST_NAME(name) name,
static test_function *const tests[] = {
#include "names.h"
};

int main(int argc, char **argv)
{
	int rank, size, np = argc > 1 ? atoi(argv[1]) : 1;
	MPI_Comm parent, comm;
	double start;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	parent = np == 1 ? MPI_COMM_SELF : MPI_COMM_WORLD;
	MPI_Barrier(MPI_COMM_WORLD);
	start = MPI_Wtime();
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		if (np == 1 && (int)(i % (size_t)size) != rank)
			continue;
		MPI_Comm_dup(parent, &comm);
		tests[i](comm);
		MPI_Comm_free(&comm);
	}
	MPI_Barrier(MPI_COMM_WORLD);
	if (rank == 0)
		printf("%.6f\n", MPI_Wtime() - start);
	MPI_Finalize();
	return 0;
}
