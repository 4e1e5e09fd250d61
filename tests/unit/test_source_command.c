/* test_source_command.c - the source plugin `command`: sections of a configuration that is a list in here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <ptpar/source.h>

#include "tests/unit/mock_reader.h"

/* ---- A configuration ---- */

#define MAX_OPTIONS 8

struct section {
	char keys[MAX_OPTIONS][32];
	char values[MAX_OPTIONS][256];
};

static const char *find_option(void *ctx, const char *path, const char *key)
{
	const struct section *section = ctx;

	assert_string_equal(path, "command:allred");
	for (size_t i = 0; i < MAX_OPTIONS; i++)
		if (strcmp(section->keys[i], key) == 0)
			return section->values[i];
	return NULL;
}

/* "key = value" lines. */
#define SECTION(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int try_open(const char *const *lines, void **suite, struct ptpar_error *err)
{
	static struct section section;
	static struct ptpar_source_host host = {
		.abi = PTPAR_SOURCE_ABI, .size = sizeof(host), .ctx = &section, .option = find_option
	};
	int r;

	memset(&section, 0, sizeof(section));
	for (size_t i = 0; lines[i] != NULL; i++) {
		const char *equals = strstr(lines[i], " = ");

		assert_non_null(equals);
		snprintf(section.keys[i], sizeof(section.keys[i]), "%.*s", (int)(equals - lines[i]), lines[i]);
		snprintf(section.values[i], sizeof(section.values[i]), "%s", equals + 3);
	}
	*suite = NULL;
	r = ptpar_source.open(&host, "command:allred", suite, err);
	memset(&section, 'x', sizeof(section)); /* values are lent for the time of the call only */
	return r;
}

static void *open_it(const char *const *lines)
{
	struct ptpar_error err = { "" };
	void *suite;

	if (try_open(lines, &suite, &err) != 0)
		fail_msg("%s", err.text);
	return suite;
}

static void expect_error(const char *const *lines, const char *text)
{
	struct ptpar_error err = { "" };
	void *suite;

	assert_true(try_open(lines, &suite, &err) < 0);
	assert_null(suite);
	assert_string_equal(err.text, text);
}

/* ---- Commands ---- */

/* Words one after another, each in []. */
static void put_words(char *to, size_t size, const char *const *words)
{
	to[0] = '\0';
	for (; words != NULL && *words != NULL; words++) {
		size_t n = strlen(to);

		snprintf(to + n, size - n, "[%s]", *words);
	}
}

static void expect_command(const char *const *lines, const char *argv, const char *env, const char *cwd)
{
	struct ptpar_command command;
	struct ptpar_error err;
	void *suite = open_it(lines);
	char text[1024];

	memset(&command, 0xff, sizeof(command));
	assert_int_equal(ptpar_source.command(suite, 0, 1, &command, &err), 0);
	put_words(text, sizeof(text), command.argv);
	assert_string_equal(text, argv);
	put_words(text, sizeof(text), command.env);
	assert_string_equal(text, env);
	if (cwd != NULL)
		assert_string_equal(command.cwd, cwd);
	else
		assert_null(command.cwd);
	ptpar_source.close(suite);
}

static void words(void **state)
{
	(void)state;
	expect_command(SECTION("command = ./allred -counts=10,100"), "[./allred][-counts=10,100]", "", NULL);
	expect_command(SECTION("command =   a\t'b c'  \"d e\"f \\\"g\\ h '' \"\" \n i "),
		       "[a][b c][d ef][\"g h][][][i]", "", NULL);
	expect_command(SECTION("command = a \"\\$x \\\"q\\\" \\\\ \\n\" '$x `y` \"z\" \\'"),
		       "[a][$x \"q\" \\ \\n][$x `y` \"z\" \\]", "", NULL);
	expect_command(SECTION("command = a\\\nb \\\n \"c\\\nd\""), "[ab][cd]", "", NULL);
	expect_command(SECTION("command = a --filter=Foo.* ~ [x]? #b {c} !d $ 50%$"),
		       "[a][--filter=Foo.*][~][[x]?][#b][{c}][!d][$][50%$]", "", NULL);
}

static void what_needs_a_shell(void **state)
{
	static const char *const with[] = { "a; b", "a |b", "a & b", "a <b", "a >b", "(a", "a)", "a `b`", NULL };
	static const char *const what[] = { ";", "|", "&", "<", ">", "(", ")", "`" };
	char line[64], text[256];

	(void)state;
	for (size_t i = 0; with[i] != NULL; i++) {
		snprintf(line, sizeof(line), "command = %s", with[i]);
		snprintf(text, sizeof(text), "%s: an unquoted '%s': quote it, or write 'sh = yes' for a shell",
			 line, what[i]);
		expect_error(SECTION(line), text);
	}
	expect_error(SECTION("command = a $(b)"),
		     "command = a $(b): an unquoted '$(': quote it, or write 'sh = yes' for a shell");
	expect_error(SECTION("command = a $HOME"),
		     "command = a $HOME: an unquoted '$H': quote it, or write 'sh = yes' for a shell");
	expect_error(SECTION("command = a \"${x}\""),
		     "command = a \"${x}\": in \"\" a '${': quote it, or write 'sh = yes' for a shell");
	expect_error(SECTION("command = a \"b"),
		     "command = a \"b: an unclosed '\"': quote it, or write 'sh = yes' for a shell");
	expect_error(SECTION("command = a 'b"),
		     "command = a 'b: an unclosed ''': quote it, or write 'sh = yes' for a shell");
	expect_error(SECTION("command = a \\"),
		     "command = a \\: a backslash at the end: quote it, or write 'sh = yes' for a shell");
	expect_command(SECTION("command = a | b; $(c)", "sh = yes"), "[/bin/sh][-c][a | b; $(c)]", "", NULL);
	expect_command(SECTION("command = a 'b c'", "sh = no"), "[a][b c]", "", NULL);
}

static void no_command(void **state)
{
	(void)state;
	expect_error(SECTION("np = 2"), "no command: write 'command = PROGRAM ARGUMENT...'");
	expect_error(SECTION("command =  "), "no command: write 'command = PROGRAM ARGUMENT...'");
	expect_error(SECTION("command = ", "sh = yes"), "no command: write 'command = PROGRAM ARGUMENT...'");
	expect_error(SECTION("command = '' a"), "command = '' a: the program has no name");
	expect_error(SECTION("command = a", "sh = bash"), "sh = bash: write yes or no");
	ptpar_source.close(NULL);
	assert_false(ptpar_source.claims("command:allred"));
}

static void environment_and_place(void **state)
{
	(void)state;
	expect_command(SECTION("command = a", "env = A=1 B='x y' C= D=\"=\"", "cwd = some where"), "[a]",
		       "[A=1][B=x y][C=][D==]", "some where");
	expect_error(SECTION("command = a", "env = A=1 B"), "env = A=1 B: 'B' is not NAME=VALUE");
	expect_error(SECTION("command = a", "env = =1"), "env = =1: '=1' is not NAME=VALUE");
	expect_error(SECTION("command = a", "env = A=$(b)"), "env = A=$(b): an unquoted '$(': quote it");
	expect_error(SECTION("command = a", "cwd = "), "cwd = : name a directory");
}

/* ---- Cases ---- */

static char listing[1024];

static int note_case(void *ctx, const struct ptpar_case *c)
{
	size_t n = strlen(listing);

	(void)ctx;
	assert_true(c->isolated);
	assert_null(c->param);
	snprintf(listing + n, sizeof(listing) - n, "%u %s %lld%s %g tags=%s xfail=%s\n", (unsigned)c->index,
		 c->name, (long long)c->np, c->np_declared ? "" : "?", c->timeout, c->tags != NULL ? c->tags : "-",
		 c->xfail != NULL ? c->xfail : "-");
	return 0;
}

static void expect_cases(const char *const *lines, const char *cases)
{
	void *suite = open_it(lines);

	listing[0] = '\0';
	assert_int_equal(ptpar_source.list(suite, note_case, NULL, NULL), 0);
	assert_string_equal(listing, cases);
	assert_string_equal(ptpar_source.name(suite, 0), "allred");
	assert_null(ptpar_source.name(suite, 2));
	ptpar_source.close(suite);
}

static void cases(void **state)
{
	(void)state;
	expect_cases(SECTION("command = a"), "0 allred 1? 0 tags=- xfail=-\n");
	expect_cases(SECTION("command = a", "np = 1"), "0 allred 1 0 tags=- xfail=-\n");
	expect_cases(SECTION("command = a", "np = 4 7", "timeout = 2.5", "tags = io\n slow", "xfail = issue 12"),
		     "0 allred 4 2.5 tags=io  slow xfail=issue 12\n1 allred 7 2.5 tags=io  slow xfail=issue 12\n");
	expect_error(SECTION("command = a", "np = 0"),
		     "np = 0: give one or more numbers of processes, from 1 to 1048576");
	expect_error(SECTION("command = a", "np = 4 many"),
		     "np = 4 many: give one or more numbers of processes, from 1 to 1048576");
	expect_error(SECTION("command = a", "np = "),
		     "np = : give one or more numbers of processes, from 1 to 1048576");
	expect_error(SECTION("command = a", "timeout = -1"), "timeout = -1: give a number of seconds above 0");
	expect_error(SECTION("command = a", "timeout = 5s"), "timeout = 5s: give a number of seconds above 0");
	expect_error(SECTION("command = a", "xfail = "), "xfail = : give the reason why it is expected to fail");
	expect_error(SECTION("command = a", "tags = "), "tags = : give one or more words");
}

/* ---- Judging ---- */

static void judge(const char *expect, struct ptpar_ended ended, enum ptpar_rank_outcome outcome, const char *notes)
{
	char line[256];
	void *suite;

	snprintf(line, sizeof(line), "expect = %s", expect);
	suite = expect != NULL ? open_it(SECTION("command = a", line)) : open_it(SECTION("command = a"));
	assert_int_equal(ptpar_source.read(suite, 0, &ended, &mock_reader), outcome);
	assert_string_equal(mock_notes, notes);
	ptpar_source.close(suite);
}

static struct ptpar_ended silent(int status)
{
	return mock_ended("", status);
}

static struct ptpar_ended one_of_two(const char *output, int status)
{
	struct ptpar_ended ended = mock_ended(output, status);

	ended.np = 2;
	return ended;
}

static void exits(void **state)
{
	(void)state;
	judge(NULL, silent(EXITED(0)), PTPAR_RANK_PASSED, "");
	judge(NULL, silent(EXITED(3)), PTPAR_RANK_FAILED, "failure: exited with status 3, expected 0\n");
	judge(NULL, silent(EXITED(77)), PTPAR_RANK_SKIPPED, "skip: exited with status 77\n");
	judge(NULL, silent(EXITED(99)), PTPAR_RANK_ERROR, "failure: exited with status 99: a hard error\n");
	judge(NULL, silent(KILLED(SIGSEGV)), PTPAR_RANK_CRASHED,
	      "failure: killed by signal 11 (SIGSEGV, Segmentation fault), expected status 0\n");
	judge("exit 0", silent(EXITED(0)), PTPAR_RANK_PASSED, "");
	judge("exit 3", silent(EXITED(3)), PTPAR_RANK_PASSED, "");
	judge("exit 3", silent(EXITED(0)), PTPAR_RANK_FAILED, "failure: exited with status 0, expected 3\n");
	judge("exit 3", one_of_two("", EXITED(0)), PTPAR_RANK_FAILED,
	      "failure: exited with status 0, expected 3\n");
	judge("exit 77", silent(EXITED(77)), PTPAR_RANK_PASSED, "");
	judge("exit 99", silent(EXITED(99)), PTPAR_RANK_PASSED, "");
	judge("exit 99", silent(EXITED(77)), PTPAR_RANK_SKIPPED, "skip: exited with status 77\n");
}

static void failures(void **state)
{
	(void)state;
	judge("fail", silent(EXITED(1)), PTPAR_RANK_PASSED, "");
	judge("fail", silent(KILLED(SIGABRT)), PTPAR_RANK_PASSED, "");
	judge("fail", silent(EXITED(0)), PTPAR_RANK_FAILED, "failure: exited with status 0, expected a failure\n");
	judge("fail", silent(EXITED(77)), PTPAR_RANK_SKIPPED, "skip: exited with status 77\n");
	judge("fail", silent(EXITED(99)), PTPAR_RANK_ERROR, "failure: exited with status 99: a hard error\n");
	judge("fail", one_of_two("", EXITED(0)), PTPAR_RANK_UNDECIDED,
	      "log: exited with status 0, expected a failure\n");
}

static void signals(void **state)
{
	(void)state;
	judge("signal SEGV", silent(KILLED(SIGSEGV)), PTPAR_RANK_PASSED, "");
	judge("signal sigsegv", silent(KILLED(SIGSEGV)), PTPAR_RANK_PASSED, "");
	judge("signal 11", silent(KILLED(SIGSEGV)), PTPAR_RANK_PASSED, "");
	judge("signal 11", silent(KILLED(SIGSEGV) | 0x80), PTPAR_RANK_PASSED, ""); /* with a core dump */
	judge("signal SEGV", silent(EXITED(0)), PTPAR_RANK_FAILED,
	      "failure: exited with status 0, expected signal 11 (SIGSEGV)\n");
	judge("signal SEGV", silent(EXITED(139)), PTPAR_RANK_FAILED,
	      "failure: exited with status 139, expected signal 11 (SIGSEGV)\n");
	judge("signal SEGV", silent(KILLED(SIGABRT)), PTPAR_RANK_CRASHED,
	      "failure: killed by signal 6 (SIGABRT, Aborted), expected signal 11 (SIGSEGV)\n");
	judge("signal SEGV", one_of_two("", KILLED(SIGTERM)), PTPAR_RANK_UNDECIDED,
	      "log: killed by signal 15 (SIGTERM, Terminated), expected signal 11 (SIGSEGV)\n");
	judge("signal SEGV", one_of_two("", KILLED(SIGABRT)), PTPAR_RANK_CRASHED,
	      "failure: killed by signal 6 (SIGABRT, Aborted), expected signal 11 (SIGSEGV)\n");
	judge("signal SEGV", silent(KILLED(SIGTERM)), PTPAR_RANK_CRASHED,
	      "failure: killed by signal 15 (SIGTERM, Terminated), expected signal 11 (SIGSEGV)\n");
}

static void outputs(void **state)
{
	struct ptpar_ended ended = mock_ended("a\n No Errors\r\nb", EXITED(0));

	(void)state;
	judge("output ^ No (Errors|Faults)$", ended, PTPAR_RANK_PASSED, "");
	ended.output = "";
	ended.n_output = 0;
	ended.errors = " No Errors";
	ended.n_errors = strlen(ended.errors);
	judge("output No Errors", ended, PTPAR_RANK_PASSED, "");
	judge("output ^$", mock_ended("a\n\nb", EXITED(0)), PTPAR_RANK_PASSED, "");
	judge("output a.b", mock_ended("a\nb\n", EXITED(0)), PTPAR_RANK_FAILED,
	      "failure: no line of its output matches a.b\n");
	judge("output x{2,3}, y", mock_ended("xx, y\n", EXITED(0)), PTPAR_RANK_PASSED, "");
	judge("output x", mock_ended("x\n", EXITED(1)), PTPAR_RANK_FAILED,
	      "failure: exited with status 1, expected 0\n");
	judge("exit 3, output x", mock_ended("x\n", EXITED(3)), PTPAR_RANK_PASSED, "");
	judge("exit 3,output x", mock_ended("y\n", EXITED(3)), PTPAR_RANK_FAILED,
	      "failure: no line of its output matches x\n");
	judge("fail, output x", mock_ended("x\n", EXITED(1)), PTPAR_RANK_PASSED, "");
	judge("output x", one_of_two("", EXITED(0)), PTPAR_RANK_UNDECIDED,
	      "log: no line of its output matches x\n");
	judge("output x", one_of_two("x", EXITED(0)), PTPAR_RANK_PASSED, "");
	judge("output x", one_of_two("x", EXITED(1)), PTPAR_RANK_FAILED,
	      "failure: exited with status 1, expected 0\n");
}

static void outputs_of_bytes(void **state)
{
	struct ptpar_ended ended = mock_ended("", EXITED(0));

	(void)state;
	ended.output = "a\0bc\n";
	ended.n_output = 5;
	judge("output ^bc$", ended, PTPAR_RANK_PASSED, "");
	ended = mock_ended("y\n", EXITED(0));
	ended.cut = true;
	judge("output x", ended, PTPAR_RANK_FAILED,
	      "failure: no line of its output matches x\n"
	      "log: it printed more than is kept: the beginning was not searched\n");
}

static void tap(void **state)
{
	(void)state;
	judge("tap", mock_ended("1..1\nok 1 - a\n", EXITED(0)), PTPAR_RANK_PASSED, "");
	assert_string_equal(mock_points, "passed 0.1 a @2\n");
	judge("tap", mock_ended("1..1\nok 1 - a\n", EXITED(77)), PTPAR_RANK_FAILED,
	      "failure: all its test points passed, but it exited with status 77\n");
	judge("tap", one_of_two("", EXITED(0)), PTPAR_RANK_UNDECIDED,
	      "log: printed no TAP: neither a plan nor a test point\n");
	judge("tap, output b", mock_ended("1..1\nok 1 - a\n", EXITED(0)), PTPAR_RANK_FAILED,
	      "failure: no line of its output matches b\n");
}

#define CONDITIONS "write exit N, fail, signal N, tap or output REGEX; with commas between, and output last"

static void bad_expectations(void **state)
{
	static const char *const bad[] = { "exit",       "exit x",
					   "exit -1",    "exit 256",
					   "exit 3 4",   "signal",
					   "signal 0",   "signal 999",
					   "signal FOO", "pass",
					   "exit3",      "tapioca",
					   "signal SIG", "exit 99999999999999999999" };
	char line[64], text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(line, sizeof(line), "expect = %s", bad[i]);
		snprintf(text, sizeof(text), "%s: '%s': " CONDITIONS, line, bad[i]);
		expect_error(SECTION("command = a", line), text);
	}
	expect_error(SECTION("command = a", "expect = "), "expect = : '': " CONDITIONS);
	expect_error(SECTION("command = a", "expect = exit 3,"), "expect = exit 3,: '': " CONDITIONS);
	expect_error(SECTION("command = a", "expect = output"),
		     "expect = output: output: give a regular expression");
	expect_error(SECTION("command = a", "expect = output (a"),
		     "expect = output (a: not a regular expression: Unmatched ( or \\(");
	expect_error(SECTION("command = a", "expect = exit 3, fail"),
		     "expect = exit 3, fail: only one of exit, fail, signal and tap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),      cmocka_unit_test(what_needs_a_shell),
		cmocka_unit_test(no_command), cmocka_unit_test(environment_and_place),
		cmocka_unit_test(cases),      cmocka_unit_test(exits),
		cmocka_unit_test(failures),   cmocka_unit_test(signals),
		cmocka_unit_test(outputs),    cmocka_unit_test(outputs_of_bytes),
		cmocka_unit_test(tap),        cmocka_unit_test(bad_expectations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
