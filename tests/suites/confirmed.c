/* confirmed.c - crashes and hangs, of which one comes from what another test has left behind. */
#include <stdlib.h>

#include <ptpar.h>

static int dirty;

PTPAR_TEST(passes_and_leaves_dirt)
{
	dirty = 1;
}

PTPAR_TEST(passes_in_between)
{
}

PTPAR_TEST(crashes_by_leftovers)
{
	if (dirty)
		abort();
}

PTPAR_TEST(crashes_by_itself, 2)
{
	if (ptpar_rank(test) == 1)
		abort();
	MPI_Barrier(comm);
}

PTPAR_TEST_WITH(timeouts_by_itself, .timeout = 0.3)
{
	for (volatile int i = 0;; i++)
		;
}

PTPAR_TEST(passes_at_the_end, 2)
{
	MPI_Barrier(comm);
}
