/* faults.c - a run in which one test goes wrong, to be compared with the same run in which it does not.
 *
 * -DCRASH, -DHANG: it does. -DWIDE: a test at the end needs all workers, and so a new pool.
 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <ptpar.h>

static const char *const many[] = {
	"0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11", "12", "13", "14", "15",
	"16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", NULL,
};

static void work(MPI_Comm comm)
{
	nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	MPI_Barrier(comm);
}

PTPAR_TEST_WITH(before, .np = { 2 }, .params = many)
{
	work(comm);
}

PTPAR_TEST_WITH(the_one, .np = { 2 }, .timeout = 1)
{
#ifdef CRASH
	if (ptpar_rank(test) == 1)
		raise(SIGSEGV);
#endif
#ifdef HANG
	for (;;)
		pause();
#endif
	work(comm);
}

PTPAR_TEST_WITH(after, .np = { 2 }, .params = many)
{
	work(comm);
}

#ifdef WIDE
PTPAR_TEST(wide, 4)
{
	work(comm);
}
#endif
