/* listing.c - jansson makes the JSON. */
#include "core/ptpar/listing.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

static json_t *string_or_null(const char *s)
{
	json_t *j = s == NULL ? NULL : json_string(s);

	return j == NULL ? json_null() : j;
}

static void print_json(const struct tests *tests)
{
	json_t *all = json_array();

	for (size_t i = 0; i < tests->n; i++) {
		const struct test *t = &tests->tests[i];

		json_array_append_new(all, json_pack("{so so so si sf so so sb}", "id", string_or_null(t->id),
						     "source", string_or_null(test_source(tests, t)), "name",
						     string_or_null(t->name), "np", (int)t->np, "timeout",
						     t->timeout, "tags", string_or_null(t->tags), "xfail",
						     string_or_null(t->xfail), "isolated", t->isolated));
	}
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

void listing_print(const struct tests *tests, enum list_mode mode)
{
	if (mode == LIST_JSON)
		print_json(tests);
	for (size_t i = 0; mode == LIST_TEXT && i < tests->n; i++)
		puts(tests->tests[i].id);
	for (size_t i = 0; i < tests->n_faults; i++)
		fprintf(stderr, "ptpar: %s: %s\n", tests->faults[i].source, tests->faults[i].text);
	for (size_t i = 0; i < tests->n; i++)
		if (tests->tests[i].fault != NULL)
			fprintf(stderr, "ptpar: %s: %s\n", tests->tests[i].id, tests->tests[i].fault);
}
