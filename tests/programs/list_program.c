/* list_program.c - an MPI program as those of an MPI library's test suite: says "No Errors" if all is well.
 *
 *   list_program HOW [WORD]
 *
 * sum: adds the ranks up. wrong: finds an error, and says so. nonzero: is well, but exits with status 1. abort:
 * calls MPI_Abort. env: is well if LIST_PROGRAM is WORD.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count_errors(int argc, char **argv, int rank, int size)
{
	const char *set = getenv("LIST_PROGRAM");
	int sum = -1;

	if (strcmp(argv[1], "env") == 0)
		return argc < 3 || set == NULL || strcmp(set, argv[2]) != 0;
	if (strcmp(argv[1], "wrong") == 0)
		return 1;
	MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	return sum != size * (size - 1) / 2;
}

int main(int argc, char **argv)
{
	int rank, size, errors;

	if (argc < 2)
		return 2;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (strcmp(argv[1], "abort") == 0 && rank == 0)
		MPI_Abort(MPI_COMM_WORLD, 3);
	errors = count_errors(argc, argv, rank, size);
	if (rank == 0 && errors == 0)
		printf(" No Errors\n");
	else if (rank == 0)
		printf(" Found %d errors\n", errors);
	MPI_Finalize();
	return strcmp(argv[1], "nonzero") == 0;
}
