/* run_clock.c - the handler only counts. */
#include "core/ptpar/run_clock.h"

#include <signal.h>
#include <stdint.h>

#include <uv.h>

static volatile sig_atomic_t continued;    /* how often the process was */
static sig_atomic_t considered;            /* of those */
static uint64_t started_at, last, stopped; /* ns */

static void on_continue(int signum)
{
	(void)signum;
	continued = (sig_atomic_t)((unsigned)continued + 1);
}

void run_clock_start(void)
{
	struct sigaction action = { .sa_handler = on_continue, .sa_flags = SA_RESTART };

	started_at = last = uv_hrtime();
	stopped = 0;
	sigemptyset(&action.sa_mask);
	sigaction(SIGCONT, &action, NULL);
}

double run_clock_now(void)
{
	sig_atomic_t before;
	uint64_t now;

	do {
		before = continued;
		now = uv_hrtime();
	} while (before != continued); /* it was stopped between the two */
	if (before != considered)
		stopped += now - last;
	considered = before;
	last = now;
	return 1e-9 * (double)(now - started_at - stopped);
}

double run_clock_stopped(void)
{
	return 1e-9 * (double)stopped;
}
