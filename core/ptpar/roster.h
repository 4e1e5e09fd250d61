/* roster.h - every selected test gets exactly one outcome, also when the core was killed.
 *
 * Stands between the reader of an event log and the reporters: lets all events through, and tells the missing ends
 * of tests as EVENT_FINISHED, not-run.
 */
#ifndef CORE_PTPAR_ROSTER_H
#define CORE_PTPAR_ROSTER_H

#include <stdbool.h>

#include "core/ptpar/event.h"

struct roster;

struct roster *roster_new(void (*emit)(void *ctx, const struct event *e), void *ctx);
/* One event; `roster` is a struct roster, so that eventlog_read can be given this function. */
void roster_event(void *roster, const struct event *e);

/* What becomes of tests whose end nobody has told. */
struct roster_end {
	enum outcome outcome; /* of those that had started; of others it is not-run */
	const char *running;  /* reasons */
	const char *waiting;
};

/* The log has ended: tells what is missing, then frees. end: NULL if the core was killed. Returns whether the log
 * had an EVENT_RUN_END. */
bool roster_finish(struct roster *roster, const struct roster_end *end);

#endif
