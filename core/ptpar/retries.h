/* retries.h - the attempts at tests that were tried again, for reporters that tell of them when the test has ended.
 */
#ifndef CORE_PTPAR_RETRIES_H
#define CORE_PTPAR_RETRIES_H

#include "core/ptpar/event.h"

/* `struct retries r = { 0 };` is an empty one. */
struct retries {
	struct event_finished **items; /* copies without output, owned */
	size_t n, cap;
};

void retries_event(struct retries *r, const struct event *e);
/* The next attempt at that test after place *at, which is moved on; begin with 0. NULL: there is none. */
const struct event_finished *retries_next(const struct retries *r, const char *id, size_t *at);
void retries_free(struct retries *r);

#endif
