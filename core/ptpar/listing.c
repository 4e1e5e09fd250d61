/* listing.c - jansson makes the JSON, all in ASCII and without ##, so that nothing that shows it acts on it. */
#include "core/ptpar/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/common/buffer.h"
#include "core/common/text.h"

static json_t *string_or_null(const char *s)
{
	json_t *j = s == NULL ? NULL : json_string(s);

	return j == NULL ? json_null() : j;
}

static void print_json(const struct tests *tests)
{
	json_t *all = json_array();
	char *text;

	for (size_t i = 0; i < tests->n; i++) {
		const struct test *t = &tests->tests[i];

		json_array_append_new(
			all, json_pack("{so so so si sf so so sb}", "id", string_or_null(t->id), "source",
				       string_or_null(test_source(tests, t)), "name", string_or_null(t->name), "np",
				       (int)t->np, "timeout", t->timeout, "tags", string_or_null(t->tags), "xfail",
				       string_or_null(t->xfail), "isolated", t->isolation != ISOLATION_NO));
	}
	text = json_dumps(all, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	for (const char *c = text; c != NULL && *c != '\0'; c++)
		fputs(c[0] == '#' && c[1] == '#' ? "\\u0023" : (char[]){ *c, '\0' }, stdout);
	putchar('\n');
	free(text);
	json_decref(all);
}

/* In one line, and harmless. */
static void print_line(FILE *to, const char *before, const char *name, const char *between, const char *text)
{
	struct buffer b = { 0 };

	buffer_puts(&b, before);
	text_put_visible(&b, name, strlen(name));
	buffer_puts(&b, between);
	text_put_visible(&b, text, strlen(text));
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\n')
			b.data[i] = ' ';
	fprintf(to, "%s\n", buffer_string(&b));
	buffer_free(&b);
}

void listing_print(const struct tests *tests, enum list_mode mode)
{
	if (mode == LIST_JSON)
		print_json(tests);
	for (size_t i = 0; mode == LIST_TEXT && i < tests->n; i++)
		print_line(stdout, "", tests->tests[i].id, "", "");
	for (size_t i = 0; i < tests->n_faults; i++)
		print_line(stderr, "ptpar: ", tests->faults[i].source, ": ", tests->faults[i].text);
	for (size_t i = 0; i < tests->n; i++)
		if (tests->tests[i].fault != NULL)
			print_line(stderr, "ptpar: ", tests->tests[i].id, ": ", tests->tests[i].fault);
}
