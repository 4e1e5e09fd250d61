/* report_summary.h - what the terminal shows when all tests have ended. */
#ifndef CORE_PTPAR_REPORT_SUMMARY_H
#define CORE_PTPAR_REPORT_SUMMARY_H

#include <stdbool.h>

#include "core/common/buffer.h"
#include "core/ptpar/report_terminal.h"
#include "core/ptpar/report_text.h"
#include "core/ptpar/retries.h"
#include "core/ptpar/tally.h"

struct slow_test {
	char *id;
	double duration; /* s */
};

struct summary {
	struct tally tally;
	struct retries retries;
	bool keep_durations;
	struct slow_test *slow; /* of all tests that ran, if they are to be shown */
	size_t n_slow, cap_slow;
	size_t n_over_slow; /* tests that took longer than is usual */
	char **warnings;
	size_t n_warnings, cap_warnings;
	double end; /* s; of the last event */
	bool ended; /* the run came to its end; if not, the core was killed */
	char *interrupted;
};

/* durations: as in struct terminal_options. */
void summary_init(struct summary *s, int durations);
void summary_event(struct summary *s, const struct event *e);
void summary_put(struct buffer *out, struct summary *s, const struct text_style *style,
		 const struct terminal_options *options);
void summary_free(struct summary *s);

/* "PASSED  ", padded, in its colour. */
void summary_put_outcome(struct buffer *out, enum outcome outcome, const struct text_style *style);

#endif
