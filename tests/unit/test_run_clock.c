/* test_run_clock.c - the clock of a process that is stopped for a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/ptpar/run_clock.h"

static void nap(double seconds)
{
	struct timespec t = { .tv_sec = (time_t)seconds,
			      .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds)) };

	nanosleep(&t, NULL);
}

/* What a process finds that is stopped `times` times: 0 if its clock has stood still. */
static int be_stopped(int times)
{
	double before, after;

	run_clock_start();
	for (int i = 0; i < times; i++) {
		before = run_clock_now();
		raise(SIGSTOP);
		after = run_clock_now();
		if (after < before || after - before > 0.2)
			return 1;
	}
	return run_clock_stopped() < 0.4 * times ? 2 : 0;
}

static void it_stands_still_while_the_process_is_stopped(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(be_stopped(2));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
		assert_true(WIFSTOPPED(status));
		nap(0.5);
		kill(pid, SIGCONT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void else_it_goes_on(void **state)
{
	double before;

	(void)state;
	run_clock_start();
	before = run_clock_now();
	nap(0.1);
	assert_true(run_clock_now() - before >= 0.1);
	assert_true(run_clock_stopped() == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_stands_still_while_the_process_is_stopped),
		cmocka_unit_test(else_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
