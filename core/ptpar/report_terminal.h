/* report_terminal.h - what a person sees while tests run, and after.
 *
 * On a terminal there is one line of progress, elsewhere one character per test (with -v a line per test, with -q
 * nothing); then what went wrong and a line that sums up.
 */
#ifndef CORE_PTPAR_REPORT_TERMINAL_H
#define CORE_PTPAR_REPORT_TERMINAL_H

#include <stdbool.h>

#include "core/ptpar/event.h"
#include "core/ptpar/settings.h"

struct terminal_options {
	int fd;   /* written to, never closed */
	bool tty; /* a person watches, and lines can be rewritten */
	bool colour;
	unsigned width; /* columns */
	int verbosity;  /* -1, 0, 1 */
	int durations;  /* how many of the slowest tests to show; -1: none, 0: all */
};

/* Looks at fd and the environment (NO_COLOR, TERM; under mpirun at what mpirun writes to), and takes the rest from
 * the settings. */
void report_terminal_detect(struct terminal_options *options, int fd, const struct settings *settings);

/* The progress is drawn by `idle` alone, at most ten times a second: who sleeps longer than that with tests running
 * should call it once more after 0.1 s. `finish` returns 0 also if the reader has gone away. */
struct reporter *report_terminal_new(const struct terminal_options *options);

#endif
