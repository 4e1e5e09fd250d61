/* threads.c - assertions in threads of a test's own: noted, but they end no more than their thread. */
#include <ptpar.h>

#include <pthread.h>

static void *fail_in_thread(void *arg)
{
	ptpar_assert_eq(arg, NULL);
	return arg;
}

static void *expect_in_thread(void *arg)
{
	for (int i = 0; i < 10; i++)
		ptpar_expect_eq(i, -1);
	return arg;
}

static void in_threads(ptpar_test *test, void *(*function)(void *))
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ptpar_assert_eq(pthread_create(&threads[i], NULL, function, test), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ptpar_log("joined");
}

PTPAR_TEST(fails_assert_in_threads)
{
	in_threads(test, fail_in_thread);
}

PTPAR_TEST(fails_expect_in_threads)
{
	in_threads(test, expect_in_thread);
}
