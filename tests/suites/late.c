/* late.c - tests that pass and leave something behind that ends their process 0.3 s later; and one that takes
 * longer on another worker, so that the first idles then. Run two at a time.
 */
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <ptpar.h>

static void rest(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static void *abort_later(void *arg)
{
	rest(300);
	abort();
	return arg;
}

static void *exit_later(void *arg)
{
	rest(300);
	_exit(3);
	return arg;
}

static void leave_thread(void *(*function)(void *))
{
	pthread_t thread;

	ptpar_assert_eq(pthread_create(&thread, NULL, function, NULL), 0);
	pthread_detach(thread);
}

PTPAR_TEST(leaves_a_timer)
{
	const struct itimerval once = { .it_value = { .tv_usec = 300000 } };

	setitimer(ITIMER_REAL, &once, NULL);
}

PTPAR_TEST(leaves_an_abort)
{
	leave_thread(abort_later);
}

PTPAR_TEST(leaves_an_exit)
{
	leave_thread(exit_later);
}

PTPAR_TEST(takes_longer)
{
	rest(1000);
}
