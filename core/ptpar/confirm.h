/* confirm.h - tests that crashed or hung, and whose outcome is held back until they were tried again alone, in
 * processes that have never run another test: does it fail there as well, or did another test leave something
 * behind? */
#ifndef CORE_PTPAR_CONFIRM_H
#define CORE_PTPAR_CONFIRM_H

#include <stdbool.h>

#include "core/ptpar/slot.h"

struct held {
	struct test *test;
	struct event_finished *finished; /* its outcome, to be told */
	char *before;                    /* which tests ran before it in the same processes: "a, b", or "" */
	unsigned tries;
};

/* `struct confirm c = { 0 };` holds nothing. */
struct confirm {
	struct held *items;
	size_t n, cap;
	size_t next; /* those before it have been told */
};

/* Takes an attempt that has ended, with the event that would tell it. */
void confirm_hold(struct confirm *c, const struct attempt *a, const struct slot *slots,
		  const struct event_finished *finished);
/* The one that is to be tried alone; NULL: none is left. */
struct held *confirm_next(struct confirm *c);
/* How many are left. */
size_t confirm_count(const struct confirm *c);
/* It has been tried: calls emit with its event, whose reason now says how that ended. outcome: OUTCOME_NOT_RUN if
 * it could not be tried; why: in one line, or "". */
void confirm_tell(struct confirm *c, enum outcome outcome, const char *why, double now,
		  void (*emit)(void *ctx, const struct event *e), void *ctx);
void confirm_free(struct confirm *c);

#endif
