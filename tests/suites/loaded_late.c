/* loaded_late.c - a suite that can be listed, and crashes when it is loaded by a worker. */
#include <stdlib.h>

#include <ptpar.h>

__attribute__((constructor)) static void crash_among_workers(void)
{
	int in_worker;

	MPI_Initialized(&in_worker); /* who lists tests does without MPI */
	if (in_worker)
		abort();
}

PTPAR_TEST(never_reached)
{
}
