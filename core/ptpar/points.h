/* points.h - the test points of a program, in words; for the terminal and for JUnit. */
#ifndef CORE_PTPAR_POINTS_H
#define CORE_PTPAR_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ptpar/report_text.h"

/* The words of the event log, by enum ptpar_point_outcome. */
extern const char *const point_words[PTPAR_POINT_XPASSED + 1];

bool points_are_same(const struct event_rank *a, const struct event_rank *b);
/* A line for each point: "  not ok 3 - reads the file (line 7)", and below those that failed what they say. Points
 * in a subtest are indented. Of those that failed alone, the style says how many at most, and the others are
 * counted. */
void points_put_failed(struct buffer *out, const struct event_rank *r, const struct text_style *style);
void points_put_all(struct buffer *out, const struct event_rank *r, const struct text_style *style);
/* On how many ranks of the test there are points. */
unsigned points_count_ranks(const struct event_finished *f);

#define POINTS_NONE SIZE_MAX

/* For each point of the rank the index of the one in whose subtest it is, or POINTS_NONE. The caller frees it. */
size_t *points_parents(const struct event_rank *r);
/* "3", or in a subtest "3.1": no two points of a rank that keeps to TAP have the same. */
void points_put_number(struct buffer *out, const struct event_rank *r, const size_t *parents, size_t i);

#endif
