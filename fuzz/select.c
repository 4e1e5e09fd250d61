/* select.c - an expression of -k, in the first line, and a test that it is asked about: id, source, name, tags and
 * number of processes, a line each. */
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/select.h"
#include "fuzz/fuzz.h"

enum { N_LINES = 6 };

/* Cuts it up in place; lines that are missing are empty. */
static void split(char *text, char *lines[N_LINES])
{
	for (size_t i = 0; i < N_LINES; i++) {
		lines[i] = text;
		text += strcspn(text, "\n");
		if (*text != '\0')
			*text++ = '\0';
	}
}

/* An expression and its opposite do not agree. */
static void check_opposite(const char *expr, const struct selectable *test, bool matches)
{
	char *opposite = xasprintf("not (%s)", expr);
	struct selection *selection = selection_parse(opposite, NULL);

	/* One more ( may be one too many, or the text too long. */
	MUST(selection == NULL || selection_matches(selection, test) != matches);
	selection_free(selection);
	free(opposite);
}

static void ask(const char *expr, const struct selectable *test)
{
	struct ptpar_error err = { "" };
	struct selection *selection = selection_parse(expr, &err);

	if (selection == NULL)
		MUST(strncmp(err.text, "-k '", 4) == 0);
	else
		check_opposite(expr, test, selection_matches(selection, test));
	selection_free(selection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *lines[N_LINES];
	struct selectable test;

	split(text, lines);
	test = (struct selectable){ .id = lines[1],
				    .source = lines[2],
				    .name = lines[3],
				    .tags = lines[4],
				    .np = (uint32_t)strtoul(lines[5], NULL, 10) };
	ask(lines[0], &test);
	select_id_matches(lines[0], test.id);
	select_glob_matches(lines[0], test.id);
	free(text);
	return 0;
}
