/* tally.h - the fold that reports share: how many of each outcome, and what is to be shown at the end.
 *
 * `struct tally t = { 0 };` is an empty one.
 */
#ifndef CORE_PTPAR_TALLY_H
#define CORE_PTPAR_TALLY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ptpar/event.h"

struct tally {
	size_t counts[OUTCOME_COUNT];
	size_t n_selected;
	size_t n_finished;
	size_t n_uncollected; /* sources of which nothing could be selected */
	size_t n_flaky;       /* of those that passed */
	/* Copies of all that did not simply pass, in the order in which they finished. Owned. What was printed is
	 * kept of the bad ones. */
	struct event_finished **kept;
	size_t n_kept, cap_kept;
};

void tally_event(struct tally *t, const struct event *e);
/* How many tests there are, as far as is known: also those that could not be collected. */
size_t tally_total(const struct tally *t);
size_t tally_bad(const struct tally *t);
void tally_free(struct tally *t);

/* Passed in the end, but not at the first attempt. */
bool event_is_flaky(const struct event_finished *f);
/* The reason of an outcome in words: its own, else the first thing of that kind that a rank said, else "". */
const char *event_reason(const struct event_finished *f, enum ptpar_note_kind kind);

#endif
