/* run_clock.h - seconds since the run began. The clock stands still while the core is stopped (Ctrl-Z, SIGSTOP),
 * and with it all timers of a run, which are told in this time.
 *
 * When a process was stopped, nobody tells it; that it goes on, SIGCONT does. So the clock goes on from where it
 * was looked at last, which may be a little before the stop: a timer may be late for that, but never early.
 */
#ifndef CORE_PTPAR_RUN_CLOCK_H
#define CORE_PTPAR_RUN_CLOCK_H

/* Starts it; takes over SIGCONT. One per process. */
void run_clock_start(void);
double run_clock_now(void);
/* How long it has stood still, all told, seconds. */
double run_clock_stopped(void);

#endif
