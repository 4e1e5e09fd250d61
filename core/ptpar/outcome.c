/* outcome.c - look-ups in the table of outcome.h. */
#include "core/ptpar/outcome.h"

#include <string.h>

static const struct {
	const char *word;
	bool bad;
} table[] = {
#define OUTCOME(constant, word, bad) { word, bad },
	OUTCOMES(OUTCOME)
#undef OUTCOME
};

const char *outcome_word(enum outcome outcome)
{
	return table[outcome].word;
}

bool outcome_is_bad(enum outcome outcome)
{
	return table[outcome].bad;
}

enum outcome outcome_from_word(const char *word)
{
	int i = 0;

	while (i < OUTCOME_COUNT && strcmp(table[i].word, word) != 0)
		i++;
	return (enum outcome)i;
}
