/* calls.c - what the worker's notes of MPI calls cost: calls that do next to nothing, by their MPI names, which the
 * worker stands before, and by their PMPI names, which it does not. A suite: prints nanoseconds a call, the median
 * of 21 rounds.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>

#include <ptpar.h>

enum { ROUNDS = 21, CALLS = 100000 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#define MEASURE(result, CALL)                                                                                      \
	do {                                                                                                       \
		double times[ROUNDS];                                                                              \
                                                                                                                   \
		for (int r_ = 0; r_ < ROUNDS; r_++) {                                                              \
			double start_ = now();                                                                     \
                                                                                                                   \
			for (int i_ = 0; i_ < CALLS; i_++)                                                         \
				CALL;                                                                              \
			times[r_] = (now() - start_) / CALLS;                                                      \
		}                                                                                                  \
		qsort(times, ROUNDS, sizeof(*times), compare);                                                     \
		(result) = times[ROUNDS / 2];                                                                      \
	} while (0)

static void tell(const char *name, double noted, double bare)
{
	printf("%s %.1f %.1f\n", name, noted, bare);
}

PTPAR_TEST(calls)
{
	MPI_Request none = MPI_REQUEST_NULL;
	double noted, bare;
	int x = 0;

	MEASURE(noted, MPI_Wait(&none, MPI_STATUS_IGNORE));
	MEASURE(bare, PMPI_Wait(&none, MPI_STATUS_IGNORE));
	tell("MPI_Wait", noted, bare);
	MEASURE(noted, MPI_Send(&x, 1, MPI_INT, MPI_PROC_NULL, 0, comm));
	MEASURE(bare, PMPI_Send(&x, 1, MPI_INT, MPI_PROC_NULL, 0, comm));
	tell("MPI_Send", noted, bare);
	MEASURE(noted, MPI_Barrier(comm));
	MEASURE(bare, PMPI_Barrier(comm));
	tell("MPI_Barrier", noted, bare);
	MEASURE(noted, MPI_Sendrecv(&x, 1, MPI_INT, MPI_PROC_NULL, 0, &x, 1, MPI_INT, MPI_PROC_NULL, 0, comm,
				    MPI_STATUS_IGNORE));
	MEASURE(bare, PMPI_Sendrecv(&x, 1, MPI_INT, MPI_PROC_NULL, 0, &x, 1, MPI_INT, MPI_PROC_NULL, 0, comm,
				    MPI_STATUS_IGNORE));
	tell("MPI_Sendrecv", noted, bare);
}
