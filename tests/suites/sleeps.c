/* sleeps.c - eight tests of 1 to 3 processes that take 10 or 100 ms. On 4 slots: 520 ms one after another, at least
 * 260 ms of work for all four. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include <ptpar.h>

static void pause_ms(long ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

PTPAR_TEST(short_1)
{
	pause_ms(10);
}

PTPAR_TEST(long_1)
{
	pause_ms(100);
}

PTPAR_TEST(long_2, 2)
{
	pause_ms(100);
}

PTPAR_TEST(short_3, 3)
{
	pause_ms(10);
}

PTPAR_TEST(long_1_again)
{
	pause_ms(100);
}

PTPAR_TEST(long_1_once_more)
{
	pause_ms(100);
}

PTPAR_TEST(long_2_again, 2)
{
	pause_ms(100);
}

PTPAR_TEST(short_2, 2)
{
	pause_ms(10);
}
