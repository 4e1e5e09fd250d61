/* outcome.h - what a test ends with. Every selected test gets exactly one. */
#ifndef CORE_PTPAR_OUTCOME_H
#define CORE_PTPAR_OUTCOME_H

#include <stdbool.h>

/* The one table: OUTCOME(constant, word, is it bad: does the run fail because of it?) */
#define OUTCOMES(OUTCOME)                                                                                          \
	OUTCOME(PASSED, "passed", false)                                                                           \
	OUTCOME(FAILED, "failed", true)                                                                            \
	OUTCOME(ERROR, "error", true)                                                                              \
	OUTCOME(CRASHED, "crashed", true)                                                                          \
	OUTCOME(TIMEOUT, "timeout", true)                                                                          \
	OUTCOME(SKIPPED, "skipped", false)                                                                         \
	OUTCOME(XFAILED, "xfailed", false)                                                                         \
	OUTCOME(XPASSED, "xpassed", true)                                                                          \
	OUTCOME(NOT_RUN, "not-run", false)

enum outcome {
#define OUTCOME(constant, word, bad) OUTCOME_##constant,
	OUTCOMES(OUTCOME)
#undef OUTCOME
		OUTCOME_COUNT
};

/* "passed", …; as in every report. */
const char *outcome_word(enum outcome outcome);
bool outcome_is_bad(enum outcome outcome);
/* The outcome of that word; OUTCOME_COUNT if there is none. */
enum outcome outcome_from_word(const char *word);

#endif
