/* wrap.c - words and numbers. */
#include "core/ptpar/wrap.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/common/in_path.h"

static int read_words(struct wrap *wrap, const char *text, struct ptpar_error *err)
{
	struct ptpar_error why;
	const char *name;

	if (ptpar_words_split(&wrap->words, text, &why) < 0)
		return ptpar_fail(err, -EINVAL, "--wrap '%s': %s: quote it", text, why.text);
	if (wrap->words.n == 0)
		return ptpar_fail(err, -EINVAL, "--wrap: give a command, such as 'valgrind -q --error-exitcode=9'");
	name = wrap->words.v[0];
	if (strchr(name, '/') == NULL ? !in_path(name) : access(name, X_OK) != 0)
		return ptpar_fail(err, -EINVAL, "--wrap: there is no program %s%s: install it, or give its path",
				  name, strchr(name, '/') == NULL ? " in PATH" : "");
	return 0;
}

/* "0,2,5-7" */
static int read_ranks(struct wrap *wrap, const char *text, struct ptpar_error *err)
{
	enum { MOST = 1 << 20 };
	size_t cap = 0;

	for (const char *p = text; *p != '\0'; p += *p == ',') {
		char *end;
		unsigned long first = strtoul(p, &end, 10), last = first;

		if (end != p && *end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		if (!isdigit((unsigned char)*p) || (*end != ',' && *end != '\0') || last < first || last > MOST)
			return ptpar_fail(err, -EINVAL, "--gdb '%s': no ranks: give numbers, such as 0,2 or 0-3",
					  text);
		for (; first <= last; first++) {
			GROW(wrap->ranks, wrap->n_ranks, cap);
			wrap->ranks[wrap->n_ranks++] = (uint32_t)first;
		}
		p = end;
	}
	return 0;
}

int wrap_read(struct wrap *wrap, const struct settings *settings, struct ptpar_error *err)
{
	*wrap = (struct wrap){ 0 };
	if (settings->wrap != NULL && read_words(wrap, settings->wrap, err) < 0)
		return -EINVAL;
	if (settings->gdb == NULL)
		return 0;
	wrap->debugs = true;
	if (!in_path("gdbserver"))
		return ptpar_fail(err, -EINVAL,
				  "--gdb: there is no gdbserver in PATH: install it (Debian: gdbserver, gdb)");
	return strcmp(settings->gdb, "all") == 0 ? 0 : read_ranks(wrap, settings->gdb, err);
}

void wrap_free(struct wrap *wrap)
{
	free(wrap->words.v);
	free(wrap->ranks);
	*wrap = (struct wrap){ 0 };
}

bool wrap_is_set(const struct wrap *wrap)
{
	return wrap != NULL && (wrap->words.n > 0 || wrap->debugs);
}

/* As a part of the name of a file, without the directory of its suite. */
static void put_name(struct buffer *out, const char *id)
{
	const char *colons = strstr(id, "::"), *slash = colons;

	while (slash != NULL && slash > id && slash[-1] != '/')
		slash--;
	for (const char *p = slash == NULL ? id : slash; *p != '\0'; p++)
		buffer_putc(out, isalnum((unsigned char)*p) || strchr("._-", *p) != NULL ? *p : '_');
}

static char *replace(const char *word, const struct test *test)
{
	struct buffer out = { 0 };

	while (*word != '\0') {
		if (strncmp(word, "{test}", 6) == 0) {
			put_name(&out, test->id);
			word += 6;
		} else if (strncmp(word, "{np}", 4) == 0) {
			buffer_printf(&out, "%u", test->np);
			word += 4;
		} else {
			buffer_putc(&out, *word++);
		}
	}
	buffer_putc(&out, '\0');
	return out.data;
}

char **wrap_words(const struct wrap *wrap, const struct test *test)
{
	char **words = xcalloc(wrap->words.n + 1, sizeof(*words));

	for (size_t i = 0; i < wrap->words.n; i++)
		words[i] = replace(wrap->words.v[i], test);
	return words;
}

void wrap_free_words(char **words)
{
	for (char **w = words; w != NULL && *w != NULL; w++)
		free(*w);
	free(words);
}

uint32_t *wrap_debugged(const struct wrap *wrap, const struct test *test, size_t *n)
{
	uint32_t *ranks = xcalloc(test->np, sizeof(*ranks));

	*n = 0;
	for (uint32_t rank = 0; wrap->debugs && rank < test->np; rank++) {
		bool is_chosen = wrap->n_ranks == 0;

		for (size_t i = 0; i < wrap->n_ranks; i++)
			is_chosen = is_chosen || wrap->ranks[i] == rank;
		if (is_chosen)
			ranks[(*n)++] = rank;
	}
	return ranks;
}
