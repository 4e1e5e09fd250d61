/* import_testlist.c - a line becomes the text of a section without its heading and np; lines with the same text are
 * one section with several np. */
#include "core/ptpar/import_testlist.h"

#include <ctype.h>
#include <libgen.h>
#include <search.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/output.h"
#include "core/common/text.h"
#include "core/ptpar/ini_file.h"
#include "core/ptpar/ini_write.h"
#include "core/ptpar/session.h"

enum {
	MAX_LINE = 1 << 16,
	MAX_LISTS = 10000, /* lists may name each other */
	MAX_DEPTH = 16,
	MAX_TESTS = 1000000,
	MAX_NAME = 120, /* of a section, before it is made unique */
	MAX_NP = 1 << 20,
};

/* The words of a line, and what is made of them. */
struct words {
	char **items; /* each a part of the line */
	size_t n, cap;
};

struct section {
	char *name; /* of the section */
	char *text; /* all of it but heading and np */
	char **np;  /* digits */
	size_t n_np, cap_np;
};

/* In a tree by its key. */
struct node {
	char *key;
	size_t value;
};

/* Of keys that are not known: told once, with their number. */
struct unknown {
	char *key;
	char *where; /* the first: "testlist:12" */
	size_t n;
};

struct import {
	const char *base;     /* name of the lists */
	const char *roots[2]; /* where they and the programs are; the second may be NULL */
	struct section *sections;
	size_t n, cap;
	size_t n_tests, n_lists;
	void *by_name; /* of sections: how many names were made of this one */
	void *by_text; /* of base name and text: the index of the entry */
	struct unknown *unknown;
	size_t n_unknown, cap_unknown;
	void (*warn)(void *ctx, const char *text);
	void *ctx;
	struct ptpar_error *err;
};

/* The line that is read. */
struct place {
	const char *list; /* the file */
	const char *dir;  /* of it, below a root: "" or "coll" */
	unsigned line;
};

/* What a line says. */
struct test {
	char *name; /* that of the section, before it is made unique */
	char *cwd;
	struct words command, env;
	const char *timeout, *xfail, *expect;
	struct buffer tags;
	struct buffer comments;
};

__attribute__((format(printf, 3, 4))) static void warn_at(struct import *im, const struct place *at,
							  const char *format, ...)
{
	va_list arguments;
	char *text, *whole;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		abort(); /* as xmalloc does without memory */
	va_end(arguments);
	whole = xasprintf("%s:%u: %s", at->list, at->line, text);
	im->warn(im->ctx, whole);
	free(text);
	free(whole);
}

/* --- trees -------------------------------------------------------------------------------------------------- */

static int compare_nodes(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->key, ((const struct node *)b)->key);
}

/* The node of this key, which it takes; a new one has value. */
static struct node *get_node_take(void **tree, char *key, size_t value, bool *is_new)
{
	struct node *node = xmalloc(sizeof(*node)), **found;

	*node = (struct node){ key, value };
	found = tsearch(node, tree, compare_nodes);
	if (found == NULL)
		abort(); /* as xmalloc does without memory */
	*is_new = *found == node;
	if (!*is_new) {
		free(key);
		free(node);
	}
	return *found;
}

static void free_node(void *p)
{
	free(((struct node *)p)->key);
	free(p);
}

/* --- sections ----------------------------------------------------------------------------------------------- */

/* "coll/allred", in characters that are good in a heading and in an id. */
static char *base_name(const char *dir, const char *program)
{
	char *name = xasprintf("%s%s%s", dir, *dir != '\0' ? "/" : "", program);

	if (strlen(name) > MAX_NAME)
		name[MAX_NAME] = '\0';
	for (char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("._/+=,@%~-", *c) == NULL)
			*c = '_';
	return name;
}

/* The name itself, or NAME.2 and so on, as no other section is called. */
static char *unique_name(struct import *im, const char *base)
{
	bool is_new;
	struct node *node = get_node_take(&im->by_name, xstrdup(base), 1, &is_new);
	char *name = xstrdup(base);

	while (!is_new) {
		free(name);
		name = xasprintf("%s.%zu", base, ++node->value);
		get_node_take(&im->by_name, xstrdup(name), 1, &is_new);
	}
	return name;
}

static bool has_np(const struct section *e, const char *np)
{
	for (size_t i = 0; i < e->n_np; i++)
		if (strcmp(e->np[i], np) == 0)
			return true;
	return false;
}

/* A test that differs from another in np alone is of the same section. */
static int add_test(struct import *im, const char *base, const struct buffer *text, const char *np)
{
	bool is_new;
	char *key = xasprintf("%s\n%.*s", base, (int)text->len, text->data);
	struct node *node = get_node_take(&im->by_text, key, im->n, &is_new);
	struct section *e;

	if (im->n_tests == MAX_TESTS)
		return ptpar_fail(im->err, -E2BIG, "more than %d tests: not a list of tests", MAX_TESTS);
	if (!is_new && has_np(&im->sections[node->value], np)) {
		is_new = true;
		node->value = im->n;
	}
	if (is_new) {
		GROW(im->sections, im->n, im->cap);
		im->sections[im->n++] =
			(struct section){ .name = unique_name(im, base), .text = xstrndup(text->data, text->len) };
	}
	e = &im->sections[node->value];
	GROW(e->np, e->n_np, e->cap_np);
	e->np[e->n_np++] = xstrdup(np);
	im->n_tests++;
	return 0;
}

/* --- keys --------------------------------------------------------------------------------------------------- */

/* What is expected: a program of these lists says "No Errors", and nothing else if all is well. */
static const struct {
	const char *name, *expect;
} results[] = {
#define SAYS_SO "output ^[[:space:]]*(No [Ee]rrors|Test Skipped)[[:space:]]*$"
	{ "", "exit 0, " SAYS_SO },
	{ "TestNormal", "exit 0, " SAYS_SO },
	{ "TestAllowWarnings", "exit 0, " SAYS_SO },
	{ "TestStatus", "fail" },
	{ "TestErrFatal", "fail" },
	{ "TestStatusNoErrors", "fail, output ^[[:space:]]*No [Ee]rrors[[:space:]]*$" },
};

static void keep(struct test *t, const char *key, const char *value)
{
	buffer_printf(&t->comments, "; %s=%s\n", key, value);
}

static void keep_unknown(struct import *im, struct test *t, const struct place *at, const char *key,
			 const char *value)
{
	size_t i = 0;

	keep(t, key, value);
	while (i < im->n_unknown && strcmp(im->unknown[i].key, key) != 0)
		i++;
	if (i == im->n_unknown) {
		GROW(im->unknown, im->n_unknown, im->cap_unknown);
		im->unknown[im->n_unknown++] =
			(struct unknown){ .key = xstrdup(key), .where = xasprintf("%s:%u", at->list, at->line) };
	}
	im->unknown[i].n++;
}

static void add_word_take(struct words *words, char *word)
{
	GROW(words->items, words->n, words->cap);
	words->items[words->n++] = word;
}

static void add_tag(struct test *t, const char *prefix, const char *value)
{
	buffer_printf(&t->tags, "%s%s", t->tags.len == 0 ? "" : " ", prefix);
	for (; *value != '\0'; value++)
		buffer_putc(&t->tags, isalnum((unsigned char)*value) || *value == '.' ? *value : '_');
}

static void take_timeout(struct import *im, struct test *t, const struct place *at, const char *value)
{
	bool good = strlen(value) <= 9 && value[strspn(value, "0123456789")] == '\0' &&
		    value[strspn(value, "0")] != '\0';

	if (good) {
		t->timeout = value;
		return;
	}
	warn_at(im, at, "timeLimit=%s: not a number of seconds: left out", value);
	keep(t, "timeLimit", value);
}

static void take_result(struct import *im, struct test *t, const struct place *at, const char *value)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (strcmp(results[i].name, value) == 0) {
			t->expect = results[i].expect;
			return;
		}
	warn_at(im, at, "resultTest=%s: not known: its exit status alone is looked at", value);
	keep(t, "resultTest", value);
	t->expect = "exit 0";
}

static void take_env(struct import *im, struct test *t, const struct place *at, char *value)
{
	if (strchr(value, '=') != NULL && *value != '=') {
		add_word_take(&t->env, value);
		return;
	}
	warn_at(im, at, "env=%s: not NAME=VALUE: left out", value);
	keep(t, "env", value);
}

static void take_xfail(struct import *im, struct test *t, const struct place *at, const char *value)
{
	if (*value != '\0')
		t->xfail = value;
	else
		warn_at(im, at, "xfail=: no reason is given: left out");
}

static void take_key(struct import *im, struct test *t, const struct place *at, const char *key, char *value)
{
	if (strcmp(key, "arg") == 0)
		add_word_take(&t->command, value);
	else if (strcmp(key, "env") == 0)
		take_env(im, t, at, value);
	else if (strcmp(key, "timeLimit") == 0)
		take_timeout(im, t, at, value);
	else if (strcmp(key, "resultTest") == 0)
		take_result(im, t, at, value);
	else if (strcmp(key, "xfail") == 0)
		take_xfail(im, t, at, value);
	else if (strcmp(key, "mpiversion") == 0)
		add_tag(t, "mpi-", value);
	else if (strcmp(key, "mpix") == 0 && strcasecmp(value, "true") == 0)
		add_tag(t, "mpix", "");
	else if (strcmp(key, "strict") == 0 && strcasecmp(value, "false") == 0)
		add_tag(t, "non-strict", "");
	else if (strcmp(key, "mpix") != 0 && strcmp(key, "strict") != 0)
		keep_unknown(im, t, at, key, value);
}

/* --- a line ------------------------------------------------------------------------------------------------- */

/* Without "./" before it. */
static const char *plain(const char *name)
{
	while (name[0] == '.' && name[1] == '/')
		name += 2 + strspn(name + 2, "/");
	return *name == '\0' ? "." : name;
}

static void split(struct words *words, char *line)
{
	char *state = NULL;

	words->n = 0;
	line[strcspn(line, "#")] = '\0';
	for (char *word = strtok_r(line, " \t\r\n\v\f", &state); word != NULL;
	     word = strtok_r(NULL, " \t\r\n\v\f", &state))
		add_word_take(words, word);
}

/* "" and "." are where one is. */
static char *join(const char *dir, const char *name)
{
	bool no_dir = *dir == '\0' || strcmp(dir, ".") == 0, no_name = *name == '\0' || strcmp(name, ".") == 0;

	if (no_dir || no_name)
		return xstrdup(!no_name ? name : no_dir ? "." : dir);
	return xasprintf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
}

/* The line as it was cannot be run: it is kept as a comment before the next section. */
static void keep_line(struct import *im, const struct words *words)
{
	struct buffer text = { 0 };

	buffer_puts(&text, ";");
	for (size_t i = 0; i < words->n; i++)
		buffer_printf(&text, " %s", words->items[i]);
	buffer_puts(&text, "\n");
	GROW(im->sections, im->n, im->cap);
	im->sections[im->n++] = (struct section){ .text = xstrdup(buffer_string(&text)) };
	buffer_free(&text);
}

static int put_text(struct import *im, const struct place *at, struct buffer *text, const struct test *t)
{
	if (ini_put_words(text, "command", t->command.items, t->command.n, true) != 0 ||
	    (t->env.n > 0 && ini_put_words(text, "env", t->env.items, t->env.n, true) != 0))
		return ptpar_fail(im->err, -E2BIG,
				  "%s:%u: a word is longer than a line of a configuration may be "
				  "(%d bytes): shorten it",
				  at->list, at->line, INI_MAX_LINE);
	if (!ini_is_value("cwd", t->cwd))
		return ptpar_fail(im->err, -EINVAL,
				  "%s:%u: %s: a directory of this name cannot be written into a configuration: "
				  "rename it",
				  at->list, at->line, t->cwd);
	buffer_printf(text, "cwd = %s\n", t->cwd);
	if (t->timeout != NULL)
		buffer_printf(text, "timeout = %s\n", t->timeout);
	buffer_printf(text, "expect = %s\n", t->expect);
	if (t->xfail != NULL && ini_is_value("xfail", t->xfail))
		buffer_printf(text, "xfail = %s\n", t->xfail);
	else if (t->xfail != NULL)
		buffer_printf(text, "; xfail=%s\nxfail = see above\n", t->xfail);
	if (t->tags.len > 0)
		buffer_printf(text, "tags = %.*s\n", (int)t->tags.len, t->tags.data);
	buffer_append(text, t->comments.data, t->comments.len);
	return 0;
}

static void take_keys(struct import *im, const struct place *at, const struct words *words, struct test *t)
{
	for (size_t i = 2; i < words->n; i++) {
		char *equals = strchr(words->items[i], '=');

		if (equals == NULL || equals == words->items[i]) {
			warn_at(im, at, "'%s': not KEY=VALUE: left out", words->items[i]);
			continue;
		}
		*equals = '\0';
		take_key(im, t, at, words->items[i], equals + 1);
	}
}

/* The name may have directories of its own: "below/program", "/programs/program". */
static void take_name(const struct import *im, const struct place *at, const char *name, struct test *t)
{
	const char *slash = strrchr(name, '/'), *file = slash == NULL ? name : slash + 1;
	char *below = xstrndup(name, slash == NULL ? 0 : (size_t)(slash - name));
	char *dir = *name == '/' ? xstrdup(below) : join(at->dir, below);

	if (*name == '/')
		t->cwd = xstrdup(*below == '\0' ? "/" : below);
	else
		t->cwd = join(im->roots[0], dir);
	t->name = base_name(strcmp(dir, ".") == 0 ? "" : dir, file);
	add_word_take(&t->command, xasprintf("./%s", file));
	free(below);
	free(dir);
}

static int take_program(struct import *im, const struct place *at, const struct words *words, const char *np)
{
	struct test t = { .expect = results[0].expect };
	struct buffer text = { 0 };
	int rc;

	take_name(im, at, words->items[0], &t);
	take_keys(im, at, words, &t);
	rc = put_text(im, at, &text, &t);
	if (rc == 0)
		rc = add_test(im, t.name, &text, np);
	buffer_free(&text);
	buffer_free(&t.tags);
	buffer_free(&t.comments);
	free(t.command.items[0]);
	free(t.command.items);
	free(t.env.items);
	free(t.cwd);
	free(t.name);
	return rc;
}

static bool is_np(const char *s)
{
	return strspn(s, "0123456789") == strlen(s) && *s != '\0' && *s != '0' && strlen(s) <= 7 &&
	       atol(s) <= MAX_NP;
}

static int read_list(struct import *im, const char *path, const char *dir, int depth);

/* Another list, in that directory. */
static int take_directory(struct import *im, const struct place *at, const char *dir, int depth)
{
	for (int i = 0; i < 2 && im->roots[i] != NULL; i++) {
		char *there = join(im->roots[i], dir), *path = join(there, im->base);
		bool exists = access(path, F_OK) == 0;
		int rc = exists ? read_list(im, path, dir, depth + 1) : 0;

		free(there);
		free(path);
		if (exists)
			return rc;
	}
	warn_at(im, at, "%s: there is no %s in this directory: left out", dir, im->base);
	return 0;
}

static bool is_directory(const struct import *im, const char *dir)
{
	bool is = false;

	for (int i = 0; i < 2 && im->roots[i] != NULL && !is; i++) {
		char *path = join(im->roots[i], dir);
		struct stat st;

		is = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
		free(path);
	}
	return is;
}

static int take_line(struct import *im, const struct place *at, const struct words *words, int depth)
{
	const char *name = words->items[0] = (char *)plain(words->items[0]);
	const char *np = words->n > 1 ? words->items[1] : "2"; /* as MPICH's runtests does */
	char *dir = join(at->dir, name);
	int rc = 0;

	if (*name == '!') {
		warn_at(im, at, "%s: make it before the tests are run", name);
		keep_line(im, words);
	} else if (*name == '@') {
		warn_at(im, at, "%s: configure puts something in its place: import what it has made of this list",
			name);
		keep_line(im, words);
	} else if (is_directory(im, dir)) {
		rc = take_directory(im, at, dir, depth);
	} else if (!is_np(np)) {
		warn_at(im, at, "%s: '%s' is not a number of processes, 1 to %d: left out", name, np, MAX_NP);
		keep_line(im, words);
	} else {
		rc = take_program(im, at, words, np);
	}
	free(dir);
	return rc;
}

/* --- lists -------------------------------------------------------------------------------------------------- */

static int check_line(struct import *im, const struct place *at, const char *line, size_t n)
{
	if (n > MAX_LINE)
		return ptpar_fail(im->err, -EINVAL, "%s:%u: longer than %d bytes: not a list of tests", at->list,
				  at->line, MAX_LINE);
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)line[i] < ' ' && !isspace((unsigned char)line[i])) || line[i] == 0x7f)
			return ptpar_fail(im->err, -EINVAL, "%s:%u: contains a %s: not a list of tests", at->list,
					  at->line, line[i] == '\0' ? "NUL byte" : "control character");
	return 0;
}

/* Not getline(): that one would have it all in memory before it could be refused. Returns 1, 0 at the end, or a
 * negative errno. */
static int next_line(struct import *im, FILE *in, const struct place *at, struct buffer *line)
{
	int c, rc;

	line->len = 0;
	while ((c = getc(in)) != EOF && c != '\n' && line->len <= MAX_LINE)
		buffer_putc(line, (char)c);
	if (ferror(in))
		return ptpar_fail(im->err, -errno, "%s: cannot be read: %s", at->list, strerror(errno));
	rc = check_line(im, at, line->data, line->len);
	return rc != 0 ? rc : c != EOF || line->len > 0;
}

static int read_lines(struct import *im, FILE *in, struct place *at, int depth)
{
	struct buffer line = { 0 };
	struct words words = { 0 };
	int rc;

	for (at->line = 1; (rc = next_line(im, in, at, &line)) > 0; at->line++) {
		buffer_putc(&line, '\0');
		split(&words, line.data);
		rc = words.n == 0 ? 0 : take_line(im, at, &words, depth);
		if (rc != 0)
			break;
	}
	buffer_free(&line);
	free(words.items);
	return rc;
}

static int read_list(struct import *im, const char *path, const char *dir, int depth)
{
	struct place at = { .list = path, .dir = dir };
	FILE *in;
	int rc;

	if (depth > MAX_DEPTH || ++im->n_lists > MAX_LISTS)
		return ptpar_fail(im->err, -ELOOP,
				  "%s: more than %d lists, or one in another more than %d times: does "
				  "a list name its own directory?",
				  path, MAX_LISTS, MAX_DEPTH);
	in = fopen(path, "re");
	if (in == NULL)
		return ptpar_fail(im->err, -errno, "%s: cannot be read: %s", path, strerror(errno));
	rc = read_lines(im, in, &at, depth);
	fclose(in);
	return rc;
}

/* --- the whole ---------------------------------------------------------------------------------------------- */

static int put_entries(struct import *im, struct buffer *out, const char *file)
{
	buffer_printf(out, "; What `ptpar --import testlist` has made of a list: ");
	for (const char *c = file; *c != '\0'; c++)
		buffer_putc(out, (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
	buffer_puts(out,
		    "\n; A test without a timeout of its own gets that of --timeout. (MPICH's runtests: 180.)\n");
	for (size_t i = 0; i < im->n; i++) {
		const struct section *e = &im->sections[i];

		buffer_putc(out, '\n');
		if (e->name == NULL) {
			buffer_puts(out, e->text);
			continue;
		}
		buffer_printf(out, "[command:%s]\n", e->name);
		ini_put_words(out, "np", e->np, e->n_np, false);
		buffer_puts(out, e->text);
	}
	if (out->len > INI_MAX_FILE)
		im->warn(im->ctx,
			 "larger than a configuration may be: import the lists of its directories one by one");
	return (int)im->n_tests;
}

static void tell_unknown(struct import *im)
{
	for (size_t i = 0; i < im->n_unknown; i++) {
		const struct unknown *u = &im->unknown[i];
		char *text = xasprintf("%s: unknown key '%s': kept as a comment%s", u->where, u->key,
				       u->n > 1 ? ", here and in further lines" : "");

		im->warn(im->ctx, text);
		free(text);
	}
}

static void free_import(struct import *im)
{
	for (size_t i = 0; i < im->n; i++) {
		for (size_t k = 0; k < im->sections[i].n_np; k++)
			free(im->sections[i].np[k]);
		free(im->sections[i].np);
		free(im->sections[i].name);
		free(im->sections[i].text);
	}
	for (size_t i = 0; i < im->n_unknown; i++) {
		free(im->unknown[i].key);
		free(im->unknown[i].where);
	}
	free(im->sections);
	free(im->unknown);
	tdestroy(im->by_name, free_node);
	tdestroy(im->by_text, free_node);
}

int import_testlist(const char *file, const char *built, struct buffer *out,
		    void (*warn)(void *ctx, const char *text), void *ctx, struct ptpar_error *err)
{
	char *for_dir = xstrdup(file), *for_base = xstrdup(file);
	const char *dir = dirname(for_dir);
	struct import im = { .base = basename(for_base), .warn = warn, .ctx = ctx, .err = err };
	int rc;

	im.roots[0] = built != NULL ? built : dir;
	im.roots[1] = built != NULL ? dir : NULL;
	rc = read_list(&im, file, "", 0);
	if (rc == 0) {
		tell_unknown(&im);
		rc = put_entries(&im, out, file);
	}
	free_import(&im);
	free(for_dir);
	free(for_base);
	return rc;
}

static void print_warning(void *ctx, const char *text)
{
	struct buffer line = { 0 };

	(void)ctx;
	buffer_puts(&line, "ptpar: warning: ");
	text_put_visible(&line, text, strlen(text));
	buffer_putc(&line, '\n');
	output_write(STDERR_FILENO, line.data, line.len);
	buffer_free(&line);
}

static int print(const struct buffer *out)
{
	int rc = output_write(STDOUT_FILENO, out->data, out->len);

	if (rc == 0 || output_is_closed(rc))
		return STATUS_OK;
	fprintf(stderr, "ptpar: standard output: %s\n", strerror(-rc));
	return STATUS_INTERNAL;
}

int import_testlist_print(const struct settings *settings)
{
	const char *built = settings->n_paths > 1 ? settings->paths[1] : NULL;
	struct buffer out = { 0 };
	struct ptpar_error err;
	int n = import_testlist(settings->paths[0], built, &out, print_warning, NULL, &err);
	int status = n < 0 ? STATUS_USAGE : n == 0 ? STATUS_NO_TESTS : print(&out);

	if (n < 0)
		fprintf(stderr, "ptpar: %s\n", err.text);
	if (n == 0)
		fprintf(stderr, "ptpar: %s: there are no tests in this list\n", settings->paths[0]);
	buffer_free(&out);
	return status;
}
