/* suggest.c - edit distance that counts a swap of neighbours as one slip. */
#include "core/ptpar/suggest.h"

#include <string.h>

/* Longer words are not the names of ours. */
#define MAX_WORD 40

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t d[MAX_WORD + 1][MAX_WORD + 1];

	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			d[i][j] = min(change, min(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

const char *suggest(const char *word, const char *const *known, size_t n)
{
	size_t len = strlen(word);
	size_t best = min(len / 3 + 1, 3) + 1;
	const char *found = NULL;

	if (len < 2 || len > MAX_WORD)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d;

		if (known[i] == NULL || strlen(known[i]) > MAX_WORD)
			continue;
		d = distance(word, len, known[i], strlen(known[i]));
		if (d < best) {
			best = d;
			found = known[i];
		}
	}
	return found;
}
