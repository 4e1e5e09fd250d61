/* tests.c - arrays that grow; an id is made here and nowhere else. */
#include "core/ptpar/tests.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/ptpar/previous.h"
#include "core/ptpar/sections.h"
#include "core/ptpar/select.h"

/* More processes than this are a mistake of the test's author. */
enum { MAX_NP = 1 << 20 };

static const char *without_dot(const char *path)
{
	while (strncmp(path, "./", 2) == 0)
		path += 2 + strspn(path + 2, "/");
	return path;
}

void tests_add_suite(struct tests *tests, const char *path, const char *plugin)
{
	GROW(tests->suites, tests->n_suites, tests->cap_suites);
	tests->suites[tests->n_suites++] =
		(struct suite){ .path = xstrdup(without_dot(path)), .plugin = xstrdup(plugin) };
}

/* NAME, NAME[NP], NAME[PARAM] or NAME[NP-PARAM]. */
static char *full_name(const struct wire_test *m, int64_t np)
{
	struct buffer b = { 0 };

	buffer_puts(&b, m->name);
	if (m->np_declared)
		buffer_printf(&b, "[%" PRId64, np);
	if (m->param != NULL)
		buffer_printf(&b, "%s%s", m->np_declared ? "-" : "[", m->param);
	if (m->np_declared || m->param != NULL)
		buffer_putc(&b, ']');
	buffer_putc(&b, '\0');
	return b.data;
}

static char *copy(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

void tests_add(struct tests *tests, const struct wire_test *m, uint32_t n_slots)
{
	int64_t np = m->np == PTPAR_SOURCE_NP_ALL ? n_slots : m->np;
	struct test *t;

	GROW(tests->tests, tests->n, tests->cap);
	t = &tests->tests[tests->n++];
	*t = (struct test){
		.name = full_name(m, np),
		.case_name = xstrdup(m->name),
		.xfail = copy(m->xfail),
		.tags = copy(m->tags),
		.suite = (uint32_t)tests->n_suites - 1,
		.index = (uint32_t)m->index,
		.np = np < 1 || np > MAX_NP ? 1 : (uint32_t)np,
		.timeout = m->timeout,
		.isolation = m->isolated != 0 || m->is_program != 0 ? ISOLATION_FRESH : ISOLATION_NO,
		.np_declared = m->np_declared != 0,
		.is_program = m->is_program != 0,
		.threads = 1,
	};
	t->id = xasprintf("%s::%s", test_source(tests, t), t->name);
	if (np < 1 || np > MAX_NP)
		t->fault = xasprintf("%s:%u: %" PRId64 " processes: a test needs 1 to %d of them",
				     m->file == NULL ? "?" : m->file, (unsigned)m->line, np, MAX_NP);
	else if (m->timeout < 0 || isnan(m->timeout))
		t->fault = xasprintf("%s:%u: a timeout of %g s: it must be positive",
				     m->file == NULL ? "?" : m->file, (unsigned)m->line, m->timeout);
}

/* The text in one line. */
static char *one_line(const char *text)
{
	char *line = xstrdup(text);
	size_t n = strlen(line);

	while (n > 0 && line[n - 1] == '\n')
		line[--n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	return line;
}

void tests_add_fault(struct tests *tests, const char *source, const char *text)
{
	GROW(tests->faults, tests->n_faults, tests->cap_faults);
	tests->faults[tests->n_faults++] =
		(struct fault){ .source = xstrdup(without_dot(source)), .text = one_line(text) };
}

static void free_test(struct test *t)
{
	free(t->id);
	free(t->name);
	free(t->case_name);
	free(t->xfail);
	free(t->tags);
	free(t->fault);
}

static int by_id(const void *a, const void *b)
{
	const struct test *const *x = a, *const *y = b;
	int order = strcmp((*x)->id, (*y)->id);

	return order != 0 ? order : *x < *y ? -1 : 1;
}

static void mark_twins(struct tests *tests)
{
	struct test **sorted = xcalloc(tests->n, sizeof(*sorted));

	for (size_t i = 0; i < tests->n; i++)
		sorted[i] = &tests->tests[i];
	qsort(sorted, tests->n, sizeof(*sorted), by_id);
	for (size_t i = 1; i < tests->n; i++)
		if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0 && sorted[i]->fault == NULL)
			sorted[i]->fault =
				xasprintf("%s: an earlier test has the same id: rename one of them", sorted[i]->id);
	free(sorted);
}

/* Is the file `source` this path, or below this directory? */
static bool covers(const char *path, const char *source)
{
	size_t n;

	path = without_dot(path);
	if (strcmp(path, ".") == 0 || path[0] == '\0')
		return source[0] != '/';
	n = strlen(path);
	if (strncmp(source, path, n) != 0)
		return false;
	return source[n] == '\0' || source[n] == '/' || path[n - 1] == '/';
}

/* Has the user asked for it? Each of the paths is a file, a directory, or an id. */
static bool is_wanted(const struct settings *settings, const char *id, const char *source)
{
	if (settings->n_paths == 0) /* sections alone; or --rerun: whatever it named */
		return true;
	if (!settings->paths_on_command_line && sections_find(settings, source) != NULL)
		return true;
	for (size_t i = 0; i < settings->n_paths; i++) {
		const char *path = settings->paths[i];
		bool is_id = path[select_path_length(AT_FDCWD, path)] != '\0';

		if (is_id ? select_id_matches(without_dot(path), id) : covers(path, source))
			return true;
	}
	return false;
}

int tests_select(struct tests *tests, const struct settings *settings, struct ptpar_error *err)
{
	struct selection *selection = NULL;
	size_t kept = 0;

	if (settings->select != NULL) {
		selection = selection_parse(settings->select, err);
		if (selection == NULL)
			return -EINVAL;
	}
	mark_twins(tests);
	for (size_t i = 0; i < tests->n; i++) {
		struct test *t = &tests->tests[i];
		struct selectable s = { .id = t->id,
					.source = test_source(tests, t),
					.name = t->case_name,
					.np = t->np,
					.tags = t->tags };

		if (is_wanted(settings, t->id, s.source) && (selection == NULL || selection_matches(selection, &s)))
			tests->tests[kept++] = *t;
		else
			free_test(t);
	}
	tests->n = kept;
	selection_free(selection);
	return 0;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All that an earlier run may have told of: ids, and sources. Sorted. */
static const char **all_names(const struct tests *tests, size_t *n)
{
	const char **names = xcalloc(tests->n + tests->n_suites + tests->n_faults, sizeof(*names));

	*n = 0;
	for (size_t i = 0; i < tests->n; i++)
		names[(*n)++] = tests->tests[i].id;
	for (size_t i = 0; i < tests->n_suites; i++)
		names[(*n)++] = tests->suites[i].path;
	for (size_t i = 0; i < tests->n_faults; i++)
		names[(*n)++] = tests->faults[i].source;
	if (*n > 0)
		qsort(names, *n, sizeof(*names), compare_strings);
	return names;
}

/* What its source has, nobody knows. */
static bool is_faulty(const struct tests *tests, const char *source)
{
	for (size_t i = 0; i < tests->n_faults; i++)
		if (strcmp(tests->faults[i].source, source) == 0)
			return true;
	return false;
}

char *tests_tell_gone(const struct tests *tests, const struct settings *settings, const struct previous *previous)
{
	enum { MAX_NAMED = 5 };
	struct buffer ids = { 0 };
	size_t n_names, n = 0;
	const char **names = all_names(tests, &n_names);
	char *text = NULL;

	for (size_t i = 0; i < previous_count(previous); i++) {
		const char *id = previous_id(previous, i), *source = previous_source(previous, i);

		if (!is_wanted(settings, id, source) || is_faulty(tests, source) ||
		    (n_names > 0 && bsearch(&id, names, n_names, sizeof(*names), compare_strings) != NULL))
			continue;
		if (n++ < MAX_NAMED)
			buffer_printf(&ids, "%s%s", n == 1 ? "" : ", ", id);
	}
	if (n > MAX_NAMED)
		buffer_printf(&ids, " and %zu more", n - MAX_NAMED);
	if (n > 0)
		text = xasprintf("--rerun: %zu test%s of the last run %s gone: %s", n, n == 1 ? "" : "s",
				 n == 1 ? "is" : "are", buffer_string(&ids));
	buffer_free(&ids);
	free(names);
	return text;
}

void tests_keep_previous(struct tests *tests, const struct previous *previous)
{
	size_t kept = 0;

	for (size_t i = 0; i < tests->n; i++) {
		struct test *t = &tests->tests[i];

		if (previous_has(previous, t->id, test_source(tests, t)))
			tests->tests[kept++] = *t;
		else
			free_test(t);
	}
	tests->n = kept;
}

void tests_put_first(struct tests *tests, const struct previous *previous)
{
	struct test *ordered = xcalloc(tests->n, sizeof(*ordered));
	size_t n = 0;

	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; i < tests->n; i++) {
			struct test *t = &tests->tests[i];

			t->comes_first = previous_has(previous, t->id, test_source(tests, t));
			if (t->comes_first == (first == 1))
				ordered[n++] = *t;
		}
	free(tests->tests);
	tests->tests = ordered;
	tests->cap = tests->n;
}

/* The last rule that says how often. */
static uint32_t retries_of(const struct settings *settings, const struct test *t)
{
	for (size_t k = settings->n_match_rules; k > 0; k--) {
		const struct match_rule *rule = &settings->match_rules[k - 1];

		if (rule->retries != MATCH_UNSET && select_glob_matches(rule->pattern, t->id))
			return rule->retries;
	}
	return settings->retries;
}

/* A copy of a program that declares no number of processes, on so many. */
static struct test with_np(const struct tests *tests, const struct test *t, uint32_t np)
{
	struct test c = *t;

	c.np = np;
	c.np_declared = true;
	c.name = xasprintf("%s[%u]", t->name, (unsigned)np);
	c.id = xasprintf("%s::%s", test_source(tests, t), c.name);
	c.case_name = xstrdup(t->case_name);
	c.xfail = copy(t->xfail);
	c.tags = copy(t->tags);
	c.fault = copy(t->fault);
	return c;
}

void tests_multiply(struct tests *tests, const struct settings *settings)
{
	struct tests all = { 0 };

	for (size_t i = 0; i < tests->n; i++) {
		struct test *t = &tests->tests[i];
		const struct match_rule *rule = NULL;

		for (size_t k = 0; k < settings->n_match_rules && t->is_program && !t->np_declared; k++)
			if (settings->match_rules[k].n_np > 0 &&
			    select_glob_matches(settings->match_rules[k].pattern, t->id))
				rule = &settings->match_rules[k];
		for (size_t k = 0; k < (rule == NULL ? 1 : rule->n_np); k++) {
			GROW(all.tests, all.n, all.cap);
			all.tests[all.n++] = rule == NULL ? *t : with_np(tests, t, rule->np[k]);
		}
		if (rule != NULL)
			free_test(t);
	}
	free(tests->tests);
	tests->tests = all.tests;
	tests->n = all.n;
	tests->cap = all.cap;
}

/* Its own, else what the last rule says. */
static void set_threads(const struct tests *tests, const struct settings *settings, struct test *t)
{
	const struct config_section *section = sections_find(settings, test_source(tests, t));

	t->threads = settings->threads;
	for (size_t k = 0; k < settings->n_match_rules; k++)
		if (settings->match_rules[k].threads != MATCH_UNSET &&
		    select_glob_matches(settings->match_rules[k].pattern, t->id))
			t->threads = settings->match_rules[k].threads;
	if (section != NULL && section->threads > 0)
		t->threads = section->threads;
}

/* The last rule that says so; programs have no pool to run in. */
static void set_isolation(const struct settings *settings, struct test *t)
{
	static const enum isolation meanings[] = { [MATCH_ISOLATION_NO] = ISOLATION_NO,
						   [MATCH_ISOLATION_YES] = ISOLATION_FRESH,
						   [MATCH_ISOLATION_WORLD] = ISOLATION_WORLD };
	enum match_isolation isolation = t->isolation == ISOLATION_NO ? settings->isolation : MATCH_ISOLATION_UNSET;

	for (size_t k = 0; k < settings->n_match_rules; k++)
		if (settings->match_rules[k].isolation != MATCH_ISOLATION_UNSET &&
		    select_glob_matches(settings->match_rules[k].pattern, t->id))
			isolation = settings->match_rules[k].isolation;
	if (settings->wrap != NULL || settings->gdb != NULL)
		isolation = MATCH_ISOLATION_YES;
	if (isolation != MATCH_ISOLATION_UNSET && !t->is_program)
		t->isolation = meanings[isolation];
}

void tests_apply_settings(struct tests *tests, const struct settings *settings)
{
	for (size_t i = 0; i < tests->n; i++) {
		struct test *t = &tests->tests[i];

		for (size_t k = settings->n_match_rules; k > 0 && t->timeout == 0; k--) {
			const struct match_rule *rule = &settings->match_rules[k - 1];

			if (!isnan(rule->timeout) && select_glob_matches(rule->pattern, t->id))
				t->timeout = rule->timeout;
		}
		if (t->timeout == 0)
			t->timeout = settings->timeout;
		if (settings->gdb != NULL)
			t->timeout = 0;
		t->retries = retries_of(settings, t);
		set_threads(tests, settings, t);
		set_isolation(settings, t);
	}
}

uint32_t test_slots(const struct test *test)
{
	return test->np * test->threads;
}

const char *test_source(const struct tests *tests, const struct test *test)
{
	return tests->suites[test->suite].path;
}

struct event_test test_event(const struct tests *tests, const struct test *test)
{
	return (struct event_test){
		.id = test->id, .source = test_source(tests, test), .name = test->name, .np = test->np
	};
}

void tests_free(struct tests *tests)
{
	for (size_t i = 0; i < tests->n; i++)
		free_test(&tests->tests[i]);
	for (size_t i = 0; i < tests->n_suites; i++) {
		free(tests->suites[i].path);
		free(tests->suites[i].plugin);
	}
	for (size_t i = 0; i < tests->n_faults; i++) {
		free(tests->faults[i].source);
		free(tests->faults[i].text);
	}
	free(tests->tests);
	free(tests->suites);
	free(tests->faults);
}
