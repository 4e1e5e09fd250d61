/* test_source_suite.c - the source plugin `suite` with the suites of tests/suites, a host made of a list of notes,
 * and no MPI: all tests that are run here are of one process, unless the mock says otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ptpar/source.h>

/* ---- A host ---- */

struct noted {
	enum ptpar_note_kind kind;
	enum ptpar_phase phase;
	char file[256];
	uint32_t line;
	char text[1024];
};

static struct {
	struct noted notes[64];
	size_t n_notes;
	enum ptpar_phase phase;
	char phases[16]; /* a letter for each that began */
	int size;
	int others;       /* what max finds on the other ranks */
	int others_false; /* gather: the other ranks say false */
	int n_max;
	const char *tmpdir;
	void *suite; /* stopped when a directory is asked for */
} mock;

static void mock_note(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text)
{
	struct noted *n = &mock.notes[mock.n_notes++];

	assert_ptr_equal(ctx, &mock);
	assert_true(mock.n_notes <= 64);
	n->kind = kind;
	n->phase = mock.phase;
	n->line = line;
	snprintf(n->file, sizeof(n->file), "%s", file != NULL ? file : "");
	snprintf(n->text, sizeof(n->text), "%s", text);
}

static void mock_phase(void *ctx, enum ptpar_phase phase)
{
	(void)ctx;
	mock.phase = phase;
	mock.phases[strlen(mock.phases)] = "-sct"[phase];
}

static int mock_comm_rank(void *ctx)
{
	(void)ctx;
	return 0;
}

static int mock_comm_size(void *ctx)
{
	(void)ctx;
	return mock.size;
}

static int mock_max(void *ctx, int value)
{
	(void)ctx;
	mock.n_max++;
	return value > mock.others ? value : mock.others;
}

static void mock_gather(void *ctx, int value, int *values)
{
	(void)ctx;
	for (int i = 0; i < mock.size; i++)
		values[i] = i == 0 ? value : !mock.others_false;
}

static const char *mock_tmpdir(void *ctx)
{
	(void)ctx;
	if (mock.suite != NULL)
		ptpar_source.stop(mock.suite);
	return mock.tmpdir;
}

static void mock_warn(void *ctx, const char *text)
{
	(void)ctx;
	fail_msg("unexpected warning: %s", text);
}

static const struct ptpar_source_host host = {
	.abi = PTPAR_SOURCE_ABI,
	.size = sizeof(host),
	.ctx = &mock,
	.note = mock_note,
	.phase = mock_phase,
	.comm_rank = mock_comm_rank,
	.comm_size = mock_comm_size,
	.max = mock_max,
	.gather = mock_gather,
	.tmpdir = mock_tmpdir,
	.warn = mock_warn,
};

/* ---- Helpers ---- */

#define MAX_CASES 128

struct listing {
	struct ptpar_case cases[MAX_CASES];
	size_t n;
};

static int collect(void *ctx, const struct ptpar_case *c)
{
	struct listing *l = ctx;

	assert_true(l->n < MAX_CASES);
	l->cases[l->n++] = *c;
	return 0;
}

static char *path_of(const char *name)
{
	static char path[4096];
	const char *top = getenv("abs_top_builddir");

	snprintf(path, sizeof(path), "%s/tests/suites/%s", top != NULL ? top : ".", name);
	return path;
}

static void *open_suite(const char *name, struct listing *l)
{
	struct ptpar_error err = { "" };
	void *suite = NULL;

	l->n = 0;
	if (ptpar_source.open(&host, path_of(name), &suite, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(ptpar_source.list(suite, collect, l, &err), 0);
	return suite;
}

static void reset_mock(void)
{
	memset(&mock, 0, sizeof(mock));
	mock.size = 1;
	mock.tmpdir = "/tmp";
}

/* Runs the first case of that name (and np, if not 0) on the mock as it is. */
static enum ptpar_rank_outcome run_as_it_is(const char *suite_name, const char *name, int64_t np)
{
	struct listing l;
	void *suite = open_suite(suite_name, &l);
	MPI_Comm comm = MPI_COMM_SELF;

	for (size_t i = 0; i < l.n; i++) {
		enum ptpar_rank_outcome outcome;

		if (strcmp(l.cases[i].name, name) != 0 || (np != 0 && l.cases[i].np != np))
			continue;
		outcome = ptpar_source.run(suite, l.cases[i].index, &comm);
		ptpar_source.close(suite);
		return outcome;
	}
	fail_msg("%s has no %s", suite_name, name);
	return PTPAR_RANK_ERROR;
}

static enum ptpar_rank_outcome run(const char *suite_name, const char *name)
{
	reset_mock();
	return run_as_it_is(suite_name, name, 0);
}

static void assert_note(size_t i, enum ptpar_note_kind kind, const char *text)
{
	assert_true(i < mock.n_notes);
	assert_int_equal(mock.notes[i].kind, kind);
	assert_string_equal(mock.notes[i].text, text);
}

/* One failure and nothing else, in the call, with the place. */
static void assert_fails(const char *suite_name, const char *name, const char *text)
{
	assert_int_equal(run(suite_name, name), PTPAR_RANK_FAILED);
	assert_int_equal(mock.n_notes, 1);
	assert_note(0, PTPAR_NOTE_FAILURE, text);
	assert_int_equal(mock.notes[0].phase, PTPAR_PHASE_CALL);
	assert_true(mock.notes[0].line > 0);
	assert_non_null(strstr(mock.notes[0].file, strncmp(suite_name, "api_cxx", 7) == 0 ? "api_cxx" : "api.c"));
}

/* ---- The descriptor, claims, open ---- */

static void test_descriptor(void **state)
{
	(void)state;
	assert_int_equal(ptpar_source.head.magic, PTPAR_PLUGIN_MAGIC);
	assert_int_equal(ptpar_source.head.kind, PTPAR_PLUGIN_SOURCE);
	assert_int_equal(ptpar_source.head.abi, PTPAR_SOURCE_ABI);
	assert_int_equal(ptpar_source.head.size, sizeof(ptpar_source));
	assert_string_equal(ptpar_source.head.name, "suite");
}

static void test_claims(void **state)
{
	(void)state;
	assert_true(ptpar_source.claims("suite.so"));
	assert_true(ptpar_source.claims("a/b.so"));
	assert_false(ptpar_source.claims("so"));
	assert_false(ptpar_source.claims(".so"));
	assert_false(ptpar_source.claims("a/.so"));
	assert_false(ptpar_source.claims("suite.so.1"));
	assert_false(ptpar_source.claims("suite.t"));
}

static void assert_refused(const char *path, int code, const char *part)
{
	struct ptpar_error err = { "" };
	void *suite = NULL;

	assert_int_equal(ptpar_source.open(&host, path, &suite, &err), code);
	assert_null(suite);
	if (strstr(err.text, part) == NULL || strncmp(err.text, path, strlen(path)) != 0 ||
	    strchr(err.text, '\n') != NULL)
		fail_msg("unexpected text: %s", err.text);
	assert_int_equal(ptpar_source.open(&host, path, &suite, NULL), code);
}

static void test_open_errors(void **state)
{
	char text[] = "/tmp/ptpar-test-XXXXXX";
	int fd = mkstemp(text);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "This is no ELF file, but long enough for a header. It is long enough.", 69),
			 69);
	close(fd);
	assert_refused(text, -ENOEXEC, "not a shared library");
	unlink(text);
	assert_refused(text, -ENOENT, "No such file");
	assert_refused("/proc/self/exe", -ENOEXEC, "not a shared library");
	assert_refused(path_of("no_tests.so"), -ENOEXEC, "not a ptpar suite: no PTPAR_TEST in it");
	assert_refused(path_of("undefined.so"), -ENOEXEC,
		       "undefined symbol where_is_this: the suite must be linked with");
	assert_refused(path_of("empty_params.so"), -EINVAL, "lost: .params has no string");
	assert_refused(path_of("old_abi.so"), -EPROTO, "suite ABI 99, this ptpar has suite ABI 1: rebuild");
}

static void test_open_library_that_is_no_suite(void **state)
{
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/plugins/.libs/source-suite.so", getenv("abs_top_builddir"));
	assert_refused(path, -ENOEXEC, "not a ptpar suite");
}

static void test_open_relative(void **state)
{
	struct listing l;
	char there[4096];
	void *suite;

	(void)state;
	assert_non_null(getcwd(there, sizeof(there)));
	assert_int_equal(chdir(path_of("")), 0);
	assert_int_equal(ptpar_source.open(&host, "two_files.so", &suite, NULL), 0);
	assert_int_equal(chdir(there), 0);
	l.n = 0;
	assert_int_equal(ptpar_source.list(suite, collect, &l, NULL), 0);
	assert_int_equal(l.n, 5);
	ptpar_source.close(suite);
	ptpar_source.close(NULL);
}

/* ---- list, name ---- */

static const struct ptpar_case *find(const struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->cases[i].name, name) == 0)
			return &l->cases[i];
	fail_msg("%s is not listed", name);
	return NULL;
}

static void test_list_order(void **state)
{
	struct listing l;
	void *suite = open_suite("api.so", &l);

	(void)state;
	for (size_t i = 1; i < l.n; i++)
		assert_true(l.cases[i - 1].line <= l.cases[i].line);
	for (size_t i = 0; i < l.n; i++) {
		assert_int_equal(l.cases[i].index, i);
		assert_string_equal(ptpar_source.name(suite, (uint32_t)i), l.cases[i].name);
		assert_non_null(strstr(l.cases[i].file, "api.c"));
	}
	assert_null(ptpar_source.name(suite, (uint32_t)l.n));
	assert_null(ptpar_source.name(suite, UINT32_MAX));
	ptpar_source.close(suite);
}

static void assert_names(const char *name, const char *const *names)
{
	struct listing l;
	size_t n = 0;

	ptpar_source.close(open_suite(name, &l));
	for (; names[n] != NULL; n++) {
		assert_true(n < l.n);
		assert_string_equal(l.cases[n].name, names[n]);
	}
	assert_int_equal(l.n, n);
}

static void test_list_many_files(void **state)
{
	static const char *const two[] = { "a_first", "a_second", "a_third", "b_first", "b_second", NULL };
	static const char *const mixed[] = { "c_first", "c_second", "b_first", "b_second",
					     "a_first", "a_second", "a_third", NULL };

	(void)state;
	assert_names("two_files.so", two);
	assert_names("mixed.so", mixed);
}

static void test_list_np(void **state)
{
	struct listing l;
	const struct ptpar_case *c;

	(void)state;
	ptpar_source.close(open_suite("api.so", &l));
	c = find(&l, "passes_assert");
	assert_int_equal(c->np, 1);
	assert_false(c->np_declared);
	c = find(&l, "passes_all");
	assert_int_equal(c[0].np, 1);
	assert_true(c[0].np_declared);
	assert_int_equal(c[1].np, 2);
	assert_string_equal(c[1].name, "passes_all");
	c = find(&l, "passes_np_all");
	assert_true(c->np == PTPAR_SOURCE_NP_ALL);
	assert_true(c->np_declared);
	assert_true(find(&l, "passes_np_all_short")->np == PTPAR_SOURCE_NP_ALL);
	assert_false(find(&l, "passes_tags")->np_declared);
	assert_false(find(&l, "passes_no_field")->np_declared);
}

static void test_list_bad_np(void **state)
{
	static const struct {
		const char *name;
		int64_t np;
	} expected[] = { { "zero", 0 },        { "negative", -2 },   { "zero_field", 0 }, { "negative_field", -2 },
			 { "zero_behind", 3 }, { "zero_behind", 0 }, { "huge", 1048577 } };
	struct listing l;

	(void)state;
	ptpar_source.close(open_suite("bad_np.so", &l));
	assert_int_equal(l.n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < l.n; i++) {
		assert_string_equal(l.cases[i].name, expected[i].name);
		assert_int_equal(l.cases[i].np, expected[i].np);
		assert_true(l.cases[i].np_declared);
	}
}

static void assert_every_field(const char *suite_name)
{
	static const int64_t np[] = { 2, 2, 4, 4 };
	static const char *const params[] = { "coarse", "fine", "coarse", "fine" };
	struct listing l;
	const struct ptpar_case *c;

	ptpar_source.close(open_suite(suite_name, &l));
	c = find(&l, "fails_every_field");
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(c[i].name, "fails_every_field");
		assert_int_equal(c[i].np, np[i]);
		assert_true(c[i].np_declared);
		assert_string_equal(c[i].param, params[i]);
		assert_true(c[i].timeout == 5.0);
		assert_string_equal(c[i].tags, "io slow");
		assert_string_equal(c[i].xfail, "issue 12");
		assert_true(c[i].isolated);
	}
}

static void test_list_fields(void **state)
{
	struct listing l;
	const struct ptpar_case *c;

	(void)state;
	assert_every_field("api.so");
	assert_every_field("api_cxx.so");
	ptpar_source.close(open_suite("api.so", &l));
	c = find(&l, "passes_no_field");
	assert_null(c->param);
	assert_null(c->tags);
	assert_null(c->xfail);
	assert_true(c->timeout == 0);
	assert_false(c->isolated);
	c = find(&l, "passes_param");
	assert_int_equal(c[0].np, 1);
	assert_false(c[0].np_declared);
	assert_string_equal(c[1].param, "fine");
}

static int refuse_third(void *ctx, const struct ptpar_case *c)
{
	(void)ctx;
	return c->index == 2 ? -ECANCELED : 0;
}

static void test_list_passes_on_what_emit_says(void **state)
{
	struct listing l;
	void *suite = open_suite("two_files.so", &l);

	(void)state;
	assert_int_equal(ptpar_source.list(suite, refuse_third, NULL, NULL), -ECANCELED);
	ptpar_source.close(suite);
}

/* ---- Outcomes ---- */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static enum ptpar_rank_outcome outcome_in_name(const char *name)
{
	if (begins(name, "passes"))
		return PTPAR_RANK_PASSED;
	if (begins(name, "fails"))
		return PTPAR_RANK_FAILED;
	if (begins(name, "errors"))
		return PTPAR_RANK_ERROR;
	assert_true(begins(name, "skips"));
	return PTPAR_RANK_SKIPPED;
}

/* Every test of one process ends as its name says, and whoever fails has said why. */
static void assert_outcomes(const char *suite_name)
{
	struct listing l;
	void *suite = open_suite(suite_name, &l);
	MPI_Comm comm = MPI_COMM_SELF;

	for (size_t i = 0; i < l.n; i++) {
		enum ptpar_rank_outcome expected = outcome_in_name(l.cases[i].name), outcome;
		size_t reasons = 0;

		/* fails_all calls MPI if it does not fail. */
		if (l.cases[i].np > 1)
			continue;
		reset_mock();
		outcome = ptpar_source.run(suite, l.cases[i].index, &comm);
		for (size_t j = 0; j < mock.n_notes; j++) {
			reasons += mock.notes[j].kind != PTPAR_NOTE_LOG;
			if (strstr(mock.notes[j].text, "never here") != NULL)
				fail_msg("%s: went on", l.cases[i].name);
		}
		if (outcome != expected || (reasons > 0) != (expected != PTPAR_RANK_PASSED))
			fail_msg("%s: outcome %d, %zu reasons, %s", l.cases[i].name, (int)outcome, reasons,
				 mock.notes[0].text);
	}
	ptpar_source.close(suite);
}

static void test_outcomes(void **state)
{
	(void)state;
	assert_outcomes("api.so");
	assert_outcomes("api_cxx.so");
	assert_outcomes("threads.so");
}

static void test_run_unknown(void **state)
{
	struct listing l;
	void *suite = open_suite("two_files.so", &l);
	MPI_Comm comm = MPI_COMM_SELF;

	(void)state;
	reset_mock();
	assert_int_equal(ptpar_source.run(suite, 99, &comm), PTPAR_RANK_ERROR);
	assert_int_equal(mock.n_notes, 1);
	ptpar_source.close(suite);
}

static void test_suites_side_by_side(void **state)
{
	struct listing a, b;
	void *one = open_suite("two_files.so", &a), *other = open_suite("mixed.so", &b);
	MPI_Comm comm = MPI_COMM_SELF;

	(void)state;
	reset_mock();
	assert_int_equal(ptpar_source.run(one, find(&a, "a_third")->index, &comm), PTPAR_RANK_FAILED);
	assert_int_equal(ptpar_source.run(other, find(&b, "c_second")->index, &comm), PTPAR_RANK_FAILED);
	assert_int_equal(ptpar_source.run(other, find(&b, "a_third")->index, &comm), PTPAR_RANK_FAILED);
	assert_int_equal(ptpar_source.run(one, find(&a, "b_first")->index, &comm), PTPAR_RANK_PASSED);
	assert_note(0, PTPAR_NOTE_FAILURE, "a_third fails");
	assert_note(1, PTPAR_NOTE_FAILURE, "c_second fails");
	ptpar_source.close(one);
	ptpar_source.close(other);
}

/* ---- Notes ---- */

static void test_text_of_condition(void **state)
{
	(void)state;
	assert_fails("api.so", "fails_assert", "ptpar_size(test) != 1");
}

static void test_text_of_comparison(void **state)
{
	static const char *const texts[] = {
		"one == 2u\n    left:  1   (one)\n    right: 2   (2u)",
		"one != 1ll\n    left:  1   (one)\n    right: 1   (1ll)",
		"one < -1\n    left:  1   (one)\n    right: -1",
		"one <= 0\n    left:  1   (one)\n    right: 0",
		"-1 > ULLONG_MAX\n    left:  -1\n    right: 18446744073709551615   (ULLONG_MAX)",
		"LLONG_MIN >= one\n    left:  -9223372036854775808   (LLONG_MIN)\n    right: 1   (one)",
		"letter == 'b'\n    left:  97 'a'   (letter)\n    right: 98   ('b')",
		"yes == false\n    left:  true   (yes)\n    right: 0   (false)",
		"nothing != NULL\n    left:  NULL   (nothing)\n    right: NULL",
		"0.1 + 0.2 == 0.3\n    left:  0.30000000000000004   (0.1 + 0.2)\n    right: 0.3",
	};

	(void)state;
	assert_fails("api.so", "fails_eq", "rank == 0\n    left:  1   (rank)\n    right: 0");
	assert_fails("api.so", "fails_ne", "rank != 1\n    left:  1   (rank)\n    right: 1");
	assert_int_equal(run("api.so", "fails_comparing_all"), PTPAR_RANK_FAILED);
	assert_int_equal(mock.n_notes, 10);
	for (size_t i = 0; i < 10; i++)
		assert_note(i, PTPAR_NOTE_FAILURE, texts[i]);
}

static void test_text_of_near(void **state)
{
	(void)state;
	assert_fails("api.so", "fails_near",
		     "x == 1.0 +- 0.25\n    left:  1.5   (x)\n    right: 1   (1.0)\n    difference: 0.5\n"
		     "    tolerance:  0.25");
	run("api.so", "fails_near_nan");
	assert_int_equal(mock.n_notes, 4);
}

static void test_text_of_strings(void **state)
{
	(void)state;
	assert_fails("api.so", "fails_str_eq",
		     "name == \"pen\"\n    left:  \"pen\\tcil\\\"\"   (name)\n    right: \"pen\"\n"
		     "    first difference: byte 3");
	assert_fails("api.so", "fails_str_eq_null",
		     "name == \"pen\"\n    left:  NULL   (name)\n    right: \"pen\"");
	run("api.so", "fails_str_eq_long");
	assert_non_null(strstr(mock.notes[0].text, "right: ...\"xxxxxxxxxxxxxxxxxxxxxxxxyxxx"));
	assert_non_null(strstr(mock.notes[0].text, "xxx\"...   (b)\n    first difference: byte 500"));
}

static void test_text_of_bytes(void **state)
{
	(void)state;
	assert_fails("api.so", "fails_mem_eq",
		     "sent == received, sizeof(sent) bytes\n"
		     "    left:  ... 08 09 0a 0b 0c 0d 0e 0f [10] 11 12 13 14 15 16 17 18 ...   (sent)\n"
		     "    right: ... 08 09 0a 0b 0c 0d 0e 0f [ff] 11 12 13 14 15 16 17 18 ...   (received)\n"
		     "    first difference: byte 16 of 32");
	assert_fails("api.so", "fails_mem_eq_null",
		     "none == \"abc\", 3 bytes\n    left:  NULL   (none)\n    right: [61] 62 63   (\"abc\")\n"
		     "    first difference: byte 0 of 3");
}

static void test_text_of_fail_skip_log(void **state)
{
	(void)state;
	assert_fails("api.so", "fails_fail", "3 things, all wrong");
	assert_int_equal(run("api.so", "skips"), PTPAR_RANK_SKIPPED);
	assert_int_equal(mock.n_notes, 1);
	assert_note(0, PTPAR_NOTE_SKIP, "no GPU here");
	run("api.so", "passes_log");
	assert_int_equal(mock.n_notes, 1);
	assert_note(0, PTPAR_NOTE_LOG, "100%");
}

static void test_expect_goes_on(void **state)
{
	(void)state;
	assert_int_equal(run("api.so", "fails_expect_and_goes_on"), PTPAR_RANK_FAILED);
	assert_int_equal(mock.n_notes, 3);
	assert_note(0, PTPAR_NOTE_FAILURE, "1 == 2");
	assert_note(1, PTPAR_NOTE_FAILURE, "first == true\n    left:  false   (first)\n    right: 1   (true)");
	assert_note(2, PTPAR_NOTE_LOG, "still here");
}

/* ---- All ranks ---- */

static void test_all(void **state)
{
	(void)state;
	assert_fails("api.so", "fails_all", "ptpar_rank(test) != ptpar_size(test) - 1\n    false on rank 0 of 1");
	reset_mock();
	mock.size = 6;
	mock.others_false = 1;
	assert_int_equal(run_as_it_is("api.so", "passes_all", 2), PTPAR_RANK_FAILED);
	assert_note(0, PTPAR_NOTE_FAILURE, "ptpar_rank(test) >= 0\n    false on ranks 1-5 of 6");
}

static void test_setup_failed_elsewhere(void **state)
{
	(void)state;
	reset_mock();
	mock.size = 2;
	mock.others = 2;
	assert_int_equal(run_as_it_is("api.so", "errors_setup_on_one", 2), PTPAR_RANK_SKIPPED);
	assert_string_equal(mock.phases, "st-");
	assert_int_equal(mock.n_max, 1);
	assert_int_equal(mock.n_notes, 1);
	assert_note(0, PTPAR_NOTE_LOG, "teardown of rank 0");
}

static void test_setup_skipped_elsewhere(void **state)
{
	(void)state;
	reset_mock();
	mock.others = 1;
	assert_int_equal(run_as_it_is("api.so", "passes_fixture", 0), PTPAR_RANK_SKIPPED);
	assert_string_equal(mock.phases, "st-");
}

/* ---- Phases ---- */

static void test_phases(void **state)
{
	(void)state;
	run("api.so", "passes_assert");
	assert_string_equal(mock.phases, "c-");
	assert_int_equal(mock.n_max, 0);
	run("api.so", "passes_fixture");
	assert_string_equal(mock.phases, "sct-");
	assert_int_equal(mock.n_max, 1);
	run("api.so", "fails_fixture");
	assert_string_equal(mock.phases, "sct-");
	run("api.so", "skips_fixture");
	assert_string_equal(mock.phases, "sct-");
	run("api.so", "errors_setup");
	assert_string_equal(mock.phases, "st-");
	assert_int_equal(mock.notes[0].phase, PTPAR_PHASE_SETUP);
	assert_note(1, PTPAR_NOTE_LOG, "teardown of rank 0");
	run("api.so", "skips_setup");
	assert_string_equal(mock.phases, "st-");
	run("api.so", "errors_teardown");
	assert_string_equal(mock.phases, "ct-");
	assert_int_equal(mock.notes[1].phase, PTPAR_PHASE_TEARDOWN);
}

/* As the worker's MPI error handler does it, from within a call of the test: here, of tmpdir. */
static void test_stop(void **state)
{
	struct listing l;
	void *suite = open_suite("api.so", &l);
	MPI_Comm comm = MPI_COMM_SELF;

	(void)state;
	reset_mock();
	ptpar_source.stop(suite); /* no phase: returns */
	mock.suite = suite;
	assert_int_equal(ptpar_source.run(suite, find(&l, "passes_tmpdir")->index, &comm), PTPAR_RANK_FAILED);
	assert_string_equal(mock.phases, "c-");
	assert_int_equal(mock.n_notes, 0);
	ptpar_source.stop(suite);
	ptpar_source.close(suite);
}

static void test_tmpdir_that_cannot_be_made(void **state)
{
	(void)state;
	reset_mock();
	mock.tmpdir = NULL;
	assert_int_equal(run_as_it_is("api.so", "passes_tmpdir", 1), PTPAR_RANK_FAILED);
}

/* ---- C++ ---- */

static void test_cxx_destroys(void **state)
{
	(void)state;
	assert_int_equal(run("api_cxx.so", "fails_and_destroys"), PTPAR_RANK_FAILED);
	assert_int_equal(mock.n_notes, 2);
	assert_note(0, PTPAR_NOTE_FAILURE, "alive == 0\n    left:  4   (alive)\n    right: 0");
	assert_note(1, PTPAR_NOTE_LOG, "destroyed");
	assert_int_equal(run("api_cxx.so", "fails_in_c_helper"), PTPAR_RANK_FAILED);
	assert_note(0, PTPAR_NOTE_FAILURE, "value == 2\n    left:  1   (value)\n    right: 2");
	assert_note(1, PTPAR_NOTE_LOG, "destroyed");
}

static void test_cxx_helper_of_c_test(void **state)
{
	(void)state;
	assert_fails("api_cxx.so", "fails_in_cxx_helper", "value == 2\n    left:  3   (value)\n    right: 2");
}

static void test_cxx_exceptions(void **state)
{
	(void)state;
	assert_fails("api_cxx.so", "fails_by_exception",
		     "uncaught exception std::runtime_error\n    what: out of luck");
	assert_fails("api_cxx.so", "fails_by_thrown_int", "uncaught exception int");
	assert_fails("api_cxx.so", "fails_past_handler", "alive == 1");
	assert_int_equal(run("api_cxx.so", "fails_though_swallowed"), PTPAR_RANK_FAILED);
	assert_note(1, PTPAR_NOTE_LOG, "went on");
}

/* ---- Threads ---- */

static void test_threads(void **state)
{
	(void)state;
	assert_int_equal(run("threads.so", "fails_assert_in_threads"), PTPAR_RANK_FAILED);
	assert_int_equal(mock.n_notes, 5);
	assert_note(4, PTPAR_NOTE_LOG, "joined");
	assert_int_equal(run("threads.so", "fails_expect_in_threads"), PTPAR_RANK_FAILED);
	assert_int_equal(mock.n_notes, 41);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_open_errors),
		cmocka_unit_test(test_open_library_that_is_no_suite),
		cmocka_unit_test(test_open_relative),
		cmocka_unit_test(test_list_order),
		cmocka_unit_test(test_list_many_files),
		cmocka_unit_test(test_list_np),
		cmocka_unit_test(test_list_bad_np),
		cmocka_unit_test(test_list_fields),
		cmocka_unit_test(test_list_passes_on_what_emit_says),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_run_unknown),
		cmocka_unit_test(test_suites_side_by_side),
		cmocka_unit_test(test_text_of_condition),
		cmocka_unit_test(test_text_of_comparison),
		cmocka_unit_test(test_text_of_near),
		cmocka_unit_test(test_text_of_strings),
		cmocka_unit_test(test_text_of_bytes),
		cmocka_unit_test(test_text_of_fail_skip_log),
		cmocka_unit_test(test_expect_goes_on),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_setup_failed_elsewhere),
		cmocka_unit_test(test_setup_skipped_elsewhere),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_tmpdir_that_cannot_be_made),
		cmocka_unit_test(test_cxx_destroys),
		cmocka_unit_test(test_cxx_helper_of_c_test),
		cmocka_unit_test(test_cxx_exceptions),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("source suite", tests, NULL, NULL);
}
