/* replay.h - reading the event log of an earlier run, to make its reports again. */
#ifndef CORE_PTPAR_REPLAY_H
#define CORE_PTPAR_REPLAY_H

#include <stdio.h>

#include "core/ptpar/event.h"

/* Calls emit for each event of the log. If the core was killed before its run had ended, what is missing is added:
 * each test without an outcome is not-run, and the run has ended then. Returns the exit status of the run, or a
 * negative errno with the number of the line that is no event. */
int replay(FILE *log, void (*emit)(void *ctx, const struct event *e), void *ctx, struct ptpar_error *err);

#endif
