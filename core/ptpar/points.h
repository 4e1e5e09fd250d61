/* points.h - the test points of a program, in words; for the terminal and for JUnit. */
#ifndef CORE_PTPAR_POINTS_H
#define CORE_PTPAR_POINTS_H

#include <stdbool.h>

#include "core/ptpar/report_text.h"

/* The words of the event log, by enum ptpar_point_outcome. */
extern const char *const point_words[PTPAR_POINT_XPASSED + 1];

bool points_are_same(const struct event_rank *a, const struct event_rank *b);
/* A line for each point: "  not ok 3 - reads the file (line 7)", and below it what it says. bad_only: for those
 * that failed. Points in a subtest are indented. */
void points_put(struct buffer *out, const struct event_rank *r, const struct text_style *style, bool bad_only);
/* On how many ranks of the test there are points. */
unsigned points_count_ranks(const struct event_finished *f);

#endif
