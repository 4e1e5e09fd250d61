/* slow_to_load.c - a suite that takes longer to load than MPI_Init takes. */
#include <threads.h>
#include <time.h>

#include <ptpar.h>

__attribute__((constructor)) static void load(void)
{
	thrd_sleep(&(struct timespec){ .tv_nsec = 900000000 }, NULL);
}

PTPAR_TEST(loaded)
{
}
