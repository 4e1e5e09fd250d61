/* report_text.h - a test that went wrong, told in words, rank by rank; for the terminal and for JUnit. */
#ifndef CORE_PTPAR_REPORT_TEXT_H
#define CORE_PTPAR_REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/common/buffer.h"
#include "core/ptpar/event.h"

struct text_style {
	/* Appends bytes that came from outside, made safe: one of core/common/text.h. */
	void (*put)(struct buffer *out, const char *s, size_t n);
	bool colour;
	size_t max_lines; /* of output: the first and the last so many of what a rank printed; 0: all */
	size_t max_bytes; /* of what a rank printed, likewise; 0: all */
	const char *hint; /* how to see what was left out, or "" */
};

enum text_colour { TEXT_BOLD, TEXT_DIM, TEXT_RED, TEXT_GREEN, TEXT_YELLOW, TEXT_COLOURS };

/* Starts and ends a colour; nothing without style->colour. */
void text_begin(struct buffer *out, const struct text_style *style, enum text_colour colour);
void text_end(struct buffer *out, const struct text_style *style);
enum text_colour text_colour_of(enum outcome outcome);

/* Each of these tells ranks together that say the same: "On ranks 0-2 of 4". Lines end with a newline. */

/* The reason, then what each rank has noted; with_output: and printed. With one rank, there is no line
 * "On rank 0 of 1". */
void text_put_failure(struct buffer *out, const struct event_finished *f, const struct text_style *style,
		      bool with_output);
/* What each rank printed, and nothing else. */
void text_put_output(struct buffer *out, const struct event_finished *f, const struct text_style *style);
/* Why it went wrong, in one line without its end: "rank != 1 (quickstart.c:14)"; nothing if nobody knows. */
void text_put_brief(struct buffer *out, const struct event_finished *f, const struct text_style *style);

/* The failure that says most: the first one of a rank with the outcome of the test, else of any rank; or NULL. */
const struct event_note *text_first_failure(const struct event_finished *f);

#endif
