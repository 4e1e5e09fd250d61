/* test_tap.c - what is read of TAP, and how a process that has printed it is judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/tap.h"
#include "tests/unit/mock_reader.h"

static void expect(const char *output, int status, enum ptpar_rank_outcome outcome, const char *points,
		   const char *notes)
{
	struct ptpar_ended ended = mock_ended(output, status);

	assert_int_equal(tap_judge(&ended, &mock_reader), outcome);
	if (points != NULL)
		assert_string_equal(mock_points, points);
	assert_string_equal(mock_notes, notes);
}

static void expect_passed(const char *output, const char *points)
{
	expect(output, EXITED(0), PTPAR_RANK_PASSED, points, "");
}

static void expect_failed(const char *output, const char *notes)
{
	expect(output, EXITED(0), PTPAR_RANK_FAILED, NULL, notes);
}

/* ---- Points ---- */

static void plan_first_and_last(void **state)
{
	(void)state;
	expect_passed("1..2\nok 1 - a\nok 2 - b\n", "passed 0.1 a @2\npassed 0.2 b @3\n");
	expect_passed("ok 1 - a\nok 2 - b\n1..2\n", "passed 0.1 a @1\npassed 0.2 b @2\n");
	expect_passed("ok\n1..1", "passed 0.1 @1\n");
}

static void versions(void **state)
{
	(void)state;
	expect_passed("TAP version 12\n1..1\nok 1\n", "passed 0.1 @3\n");
	expect_passed("TAP version 13\n1..1\nok 1\n", "passed 0.1 @3\n");
	expect_passed("TAP version 14\n1..1\nok 1\n", "passed 0.1 @3\n");
	expect_failed("TAP version 15\n1..1\nok 1\n",
		      "failure: line 1: TAP version 15 is not known here, only 12, 13 and 14\n");
	expect_failed("TAP version 99999999999999999999\n1..1\nok 1\n",
		      "failure: line 1: TAP version 99999999999999999999 is not known here, only 12, 13 and 14\n");
	expect_passed("1..1\nTAP version 99\nok 1\n", "passed 0.1 @3\n"); /* too late to be one */
}

static void descriptions(void **state)
{
	(void)state;
	expect_passed("1..8\nok 1 a\nok 2 - a\nok - a\nok a\nok 5 -\nok 6 -a\nok 7   -   a b  \nok 8 - 9 lives\n",
		      "passed 0.1 a @2\npassed 0.2 a @3\npassed 0.3 a @4\npassed 0.4 a @5\npassed 0.5 @6\n"
		      "passed 0.6 -a @7\npassed 0.7 a b @8\npassed 0.8 9 lives @9\n");
}

static void what_is_a_point(void **state)
{
	(void)state;
	expect_passed("1..3\nokay 1\nOK 1\n ok 1\nok_1\nnot okay\nok1\nnot  ok\nok: a\nok 2nd\nok\t3\tc\n",
		      "passed 0.1 : a @9\npassed 0.2 2nd @10\npassed 0.3 c @11\n");
}

static void directives(void **state)
{
	(void)state;
	expect_passed("1..9\n"
		      "ok 1 - a # SKIP no disk\n"
		      "not ok 2 - a # skip\n"
		      "not ok 3 - a # TODO issue 3\n"
		      "ok 4 - a # ToDo: issue 4\n"
		      "ok 5 # Skipped: why\n"
		      "ok 6 - #skip why\n"
		      "not ok 7 a#b #todo why\n"
		      "ok # SKIP no number\n"
		      "ok 9 - # SKIP no name\n",
		      "skipped 0.1 a [no disk] @2\n"
		      "skipped 0.2 a [] @3\n"
		      "xfailed 0.3 a [issue 3] @4\n"
		      "xpassed 0.4 a [issue 4] @5\n"
		      "skipped 0.5 [why] @6\n"
		      "skipped 0.6 [why] @7\n"
		      "xfailed 0.7 a#b [why] @8\n"
		      "skipped 0.8 [no number] @9\n"
		      "skipped 0.9 [no name] @10\n");
}

/* From the specification of TAP 14. */
static void escapes(void **state)
{
	(void)state;
	expect_passed("TAP version 14\n"
		      "ok 1 - hello # todo\n"
		      "ok 2 - hello \\# todo\n"
		      "ok 3 - hello # todo hash \\# character\n"
		      "ok 4 - hello # todo hash # character\n"
		      "ok 5 - hello \\\\# todo hash \\# character\n"
		      "ok 6 - hello \\\\# todo hash # character\n"
		      "ok 7 - hello # description # todo\n"
		      "ok 8 - hello \\\\\\\\\\\\\\# todo\n"
		      "ok 9 - see https://example.com/page.html#skip is a url\n"
		      "ok 10 - a \\b \\\n"
		      "1..10\n",
		      "xpassed 0.1 hello [] @2\n"
		      "passed 0.2 hello # todo @3\n"
		      "xpassed 0.3 hello [hash # character] @4\n"
		      "xpassed 0.4 hello [hash # character] @5\n"
		      "xpassed 0.5 hello \\ [hash # character] @6\n"
		      "xpassed 0.6 hello \\ [hash # character] @7\n"
		      "passed 0.7 hello # description # todo @8\n"
		      "passed 0.8 hello \\\\\\# todo @9\n"
		      "passed 0.9 see https://example.com/page.html#skip is a url @10\n"
		      "passed 0.10 a \\b \\ @11\n");
}

static void failing_points(void **state)
{
	(void)state;
	expect("1..5\nok 1\nnot ok 2 - b\nok 3\nnot ok 4 # TODO d\nnot ok\n", EXITED(0), PTPAR_RANK_FAILED,
	       "passed 0.1 @2\nfailed 0.2 b @3\npassed 0.3 @4\nxfailed 0.4 [d] @5\nfailed 0.5 @6\n",
	       "failure: 2 of 5 test points failed\n");
	expect_failed("1..1\nnot ok 1\n", "failure: 1 of 1 test point failed\n");
}

/* ---- Detail ---- */

static void yaml(void **state)
{
	(void)state;
	expect_passed("1..2\nok 1 - a\n  ---\n  message: 'm'\n  data:\n    got: 1\n\n  1..7\n  ...\nok 2\n",
		      "passed 0.1 a {message: 'm'\ndata:\n  got: 1\n\n1..7} @2\npassed 0.2 @10\n");
	expect_passed("1..1\nok 1\n# comment\n\n  --- \n  ...\n", "passed 0.1 @2\n");
	expect_passed("1..2\nok 1\n  ---\n  a: b\nok 2\n", "passed 0.1 {a: b} @2\npassed 0.2 @5\n"); /* no end */
	expect_passed("1..1\nok 1\nno TAP\n  ---\n  a: b\n  ...\n", "passed 0.1 @2\n"); /* it is not behind */
	expect_passed("  ---\n  ok 1\n  ...\n1..1\nok 1", "passed 0.1 @5\n");
	expect_passed("1..1\nok 1\n  ---\n  a: b", "passed 0.1 {a: b} @2\n");
	expect_passed("1..1\nok 1\n  ----\n  a: b", "passed 0.1 @2\n");
}

static void comments(void **state)
{
	(void)state;
	expect("1..3\n# before\nok 1\n# of a passed one\nnot ok 2\n#   Failed test\n#at line 3\nno TAP\n#\n# last\n"
	       "not ok 3 # TODO x\n# why not\n",
	       EXITED(0), PTPAR_RANK_FAILED,
	       "passed 0.1 @3\nfailed 0.2 {  Failed test\nat line 3\n\nlast} @5\nxfailed 0.3 [x] {why not} @11\n",
	       "failure: 1 of 3 test points failed\n");
	expect("not ok 1 - a\n  ---\n  b: c\n  ...\n# d\n1..1\n# Looks like you failed\n", EXITED(0),
	       PTPAR_RANK_FAILED, "failed 0.1 a {b: c\nd\nLooks like you failed} @1\n",
	       "failure: 1 of 1 test point failed\n");
}

/* ---- Plans ---- */

static void skipped_as_a_whole(void **state)
{
	(void)state;
	expect("1..0 # SKIP no GPU\n", EXITED(0), PTPAR_RANK_SKIPPED, "", "skip: no GPU\n");
	expect("1..0 # Skipped: no \\# GPU", EXITED(0), PTPAR_RANK_SKIPPED, "", "skip: no # GPU\n");
	expect("TAP version 13\n1..0 # no GPU\n", EXITED(0), PTPAR_RANK_SKIPPED, "", "skip: no GPU\n");
	expect("1..0\n", EXITED(0), PTPAR_RANK_SKIPPED, "", "skip: its plan is 1..0\n");
	expect("1..0 # skip\n", EXITED(0), PTPAR_RANK_SKIPPED, "", "skip: its plan is 1..0\n");
	expect("1..0 # SKIP\n", EXITED(2), PTPAR_RANK_FAILED, "",
	       "failure: skipped all its test points, but it exited with status 2\n");
	expect_failed("1..0 # SKIP\nok 1\n", "failure: planned 0 test points, but 1 was run\n");
}

static void a_plan_that_is_not_kept(void **state)
{
	(void)state;
	expect_failed("1..5\nok 1\nok 2\nok 3\n", "failure: planned 5 test points, but 3 were run\n");
	expect_failed("ok 1\nok 2\n1..1\n", "failure: planned 1 test point, but 2 were run\n");
	expect_failed("1..3\n", "failure: planned 3 test points, but 0 were run\n");
	expect_failed(
		"ok 1\nok 2\n",
		"failure: no plan: the line 1..2 is missing, before the first test point or after the last\n");
	expect_failed("1..1\nok 1\n1..1\n", "failure: line 3: a second plan, after the one in line 1\n");
	expect_failed("ok 1\n1..3\nok 2\nok 3\n",
		      "failure: line 3: a test point after the plan in line 2, which others came before\n");
	expect("1..4\nnot ok 1\n", EXITED(9), PTPAR_RANK_FAILED, "failed 0.1 @2\n",
	       "failure: 1 of 1 test point failed\nfailure: planned 4 test points, but 1 was run\n"
	       "log: exited with status 9\n");
}

static void what_is_a_plan(void **state)
{
	(void)state;
	expect_passed("1..x\n1..\n2..3\n1..3 cheers\n1.. 3\n1..1 # comment\nok 1\n", "passed 0.1 @7\n");
	expect_passed("1..001\nok 0001\n", "passed 0.1 @2\n");
}

/* ---- Numbers ---- */

static void numbers_out_of_order(void **state)
{
	(void)state;
	expect_failed("1..5\nok 1\nok 2\nok 5\nok 3\nok 4\n",
		      "failure: line 4: test point 5 comes after 2\nfailure: line 5: test point 3 comes after 5\n");
	expect_failed("1..2\nok 2\nok 1\n", "failure: line 2: the first test point is 2, not 1\n"
					    "failure: line 3: test point 1 comes after 2\n");
	expect_failed("1..2\nok 0\nok 1\n", "failure: line 2: test point 0: numbers begin at 1\n");
	expect_failed("1..3\nok 1\nok 2\nok 1\n", "failure: line 4: test point 1 was already in line 2\n");
	expect_failed("1..3\nok 1\nok 3\n", "failure: line 3: test point 3 comes after 1\n"
					    "failure: planned 3 test points, but 2 were run\n");
}

static void tap_14_allows_any_order(void **state)
{
	(void)state;
	expect_passed("TAP version 14\n1..3\nok 2\nok 3\nok 1\n", "passed 0.2 @3\npassed 0.3 @4\npassed 0.1 @5\n");
	expect_failed("TAP version 14\n1..3\nok 2\nok 4\nok 1\n",
		      "failure: line 4: test point 4 is beyond the plan, 1..3\n");
	expect_failed("TAP version 14\n1..3\nok 2\nok 1\nok 2\n",
		      "failure: line 5: test point 2 was already in line 3\n");
}

static void points_without_numbers(void **state)
{
	(void)state;
	expect_passed("1..4\nok\nok 2\nok\nok 4\n", "passed 0.1 @2\npassed 0.2 @3\npassed 0.3 @4\npassed 0.4 @5\n");
}

static void enormous_numbers(void **state)
{
	(void)state;
	expect_failed("1..99999999999999999999999999\nok 1\n",
		      "failure: line 1: a plan for more than 4294967294 test points\n");
	expect_failed("1..4294967295\nok 1\n", "failure: line 1: a plan for more than 4294967294 test points\n");
	expect_failed("1..4294967294\nok 1\n", "failure: planned 4294967294 test points, but 1 was run\n");
	expect_failed("1..2\nok 1\nok 18446744073709551618\n",
		      "failure: line 3: the number of a test point is beyond 4294967294\n");
	expect_failed("1..2\nok 4294967294\nok\n", "failure: line 2: the first test point is 4294967294, not 1\n");
}

static void many_faults_are_counted(void **state)
{
	char output[4096] = "1..30\n";
	struct ptpar_ended ended;
	int n_lines = 0;

	(void)state;
	for (int i = 0; i < 30; i++)
		strcat(output, "ok 7\n");
	ended = mock_ended(output, EXITED(0));
	assert_int_equal(tap_judge(&ended, &mock_reader), PTPAR_RANK_FAILED);
	for (const char *c = mock_notes; *c != '\0'; c++)
		n_lines += *c == '\n';
	assert_int_equal(n_lines, 11);
	assert_non_null(strstr(mock_notes, "failure: line 3: test point 7 was already in line 2\n"));
	assert_non_null(
		strstr(mock_notes, "failure: and 20 more faults in its TAP\n")); /* 29 twins, and the first is 7 */
}

/* ---- Subtests ---- */

static void subtests(void **state)
{
	(void)state;
	expect_passed("TAP version 14\n"
		      "1..2\n"
		      "# Subtest: one\n"
		      "    1..2\n"
		      "    ok 1 - a\n"
		      "        ok 1 - deep\n"
		      "          ---\n"
		      "          x: y\n"
		      "          ...\n"
		      "        1..1\n"
		      "    ok 2 - b\n"
		      "ok 1 - one\n"
		      "    # Subtest: two\n" /* as older versions of Test::More do */
		      "    ok 1 - c\n"
		      "    1..1\n"
		      "ok 2 - two\n",
		      "passed 1.1 a @5\npassed 2.1 deep {x: y} @6\npassed 1.2 b @11\npassed 0.1 one @12\n"
		      "passed 1.1 c @14\npassed 0.2 two @16\n");
	expect_passed("1..1\n    1..1\n    ok 1 - neither version nor comment\nok 1\n",
		      "passed 1.1 neither version nor comment @3\npassed 0.1 @4\n");
	expect_passed(
		"TAP version 14\n        ok 1 - nested twice\n        1..1\n    ok 1 - nested parent\n    1..1\n"
		"ok 1 - double nest passing\n1..1\n",
		"passed 2.1 nested twice @2\npassed 1.1 nested parent @4\n"
		"passed 0.1 double nest passing @6\n");
	expect_passed("TAP version 14\n# Subtest: empty\n    1..0\nok 1 - empty\n1..1\n", "passed 0.1 empty @4\n");
}

static void failing_subtests(void **state)
{
	(void)state;
	expect("# Subtest: s\n    1..1\n    not ok 1 - a\n    # because\nnot ok 1 - s\n1..1\n", EXITED(1),
	       PTPAR_RANK_FAILED, "failed 1.1 a {because} @3\nfailed 0.1 s @5\n",
	       "failure: 1 of 1 test point failed\nlog: exited with status 1\n");
	expect("    1..1\n    not ok 1 - a\nnot ok 1 - s # TODO later\n1..1\n", EXITED(0), PTPAR_RANK_PASSED,
	       "xfailed 1.1 a [later] @2\nxfailed 0.1 s [later] @3\n", "");
	expect("    1..1\n    not ok 1 - a\nok 1 - s # SKIP later\n1..1\n", EXITED(0), PTPAR_RANK_PASSED,
	       "skipped 1.1 a [later] @2\nskipped 0.1 s [later] @3\n", "");
	expect_failed("# Subtest: s\n    1..2\n    not ok 1 - a\n    ok 2\nok 1 - s\n1..1\n",
		      "failure: line 5: test point 1 is ok, but 1 of 2 test points of its subtest failed\n");
	expect_failed("# Subtest: s\n    1..3\n    ok 1 - a\nok 1 - s\n1..1\n",
		      "failure: line 4: test point 1 is ok, but its subtest planned 3 test points and ran 1\n");
}

static void what_only_looks_like_a_subtest(void **state)
{
	(void)state;
	expect_passed("1..1\n    not ok, said the program\n  ok 7\n      not ok 8\n\tnot ok 9\nok 1\n",
		      "passed 0.1 @6\n");
	expect_passed("1..1\nok 1\n    not ok\n", "passed 0.1 @2\n"); /* without an end */
	expect("1..2\nok 1\n# Subtest: a\n    ok 1 - in a\n", KILLED(SIGSEGV), PTPAR_RANK_CRASHED,
	       "passed 0.1 @2\npassed 1.1 in a @4\n",
	       "failure: killed by signal 11 (SIGSEGV, Segmentation fault), after test point 1\n"
	       "log: planned 2 test points, but 1 was run\n");
	/* 20 levels deep */
	expect_passed("1..1\n"
		      "                                                                                not ok\n"
		      "ok\n",
		      "passed 0.1 @3\n");
}

/* ---- Bailing out ---- */

static void bailing_out(void **state)
{
	(void)state;
	expect("1..3\nok 1\nBail out! no \\# database\nnot ok 2\n", EXITED(0), PTPAR_RANK_ERROR, "passed 0.1 @2\n",
	       "failure: bailed out: no # database\n");
	expect("bail OUT!", EXITED(255), PTPAR_RANK_ERROR, "", "failure: bailed out\n");
	expect("1..1\nnot ok 1\n    Bail out! in a subtest\n", KILLED(SIGABRT), PTPAR_RANK_ERROR, "failed 0.1 @2\n",
	       "failure: bailed out: in a subtest\nlog: 1 of 1 test point failed\n");
	expect_passed("1..1\nok 1 - Bail out!\n", "passed 0.1 Bail out! @2\n");
}

/* ---- How the process ended ---- */

static void ends(void **state)
{
	(void)state;
	expect("1..1\nok 1\n", EXITED(3), PTPAR_RANK_FAILED, "passed 0.1 @2\n",
	       "failure: all its test points passed, but it exited with status 3\n");
	expect("1..2\nnot ok 1\n", KILLED(SIGSEGV), PTPAR_RANK_CRASHED, "failed 0.1 @2\n",
	       "failure: killed by signal 11 (SIGSEGV, Segmentation fault), after test point 1\n"
	       "log: 1 of 1 test point failed\nlog: planned 2 test points, but 1 was run\n");
	expect("1..2\n", KILLED(SIGKILL), PTPAR_RANK_CRASHED, "",
	       "failure: killed by signal 9 (SIGKILL, Killed), before its first test point\n"
	       "log: planned 2 test points, but 0 were run\n");
	expect("", KILLED(SIGKILL), PTPAR_RANK_CRASHED, "", "failure: killed by signal 9 (SIGKILL, Killed)\n");
}

static void no_tap(void **state)
{
	static const char *const outputs[] = { "", "\n", "hello\n# comment\n", "TAP version 13\n", "    ok 1\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs); i++) {
		struct ptpar_ended of_two = mock_ended(outputs[i], EXITED(0));

		expect(outputs[i], EXITED(0), PTPAR_RANK_FAILED, "",
		       "failure: printed no TAP: neither a plan nor a test point\n");
		expect(outputs[i], EXITED(127), PTPAR_RANK_FAILED, "",
		       "failure: printed no TAP, and exited with status 127\n");
		mock_notes[0] = '\0';
		of_two.np = 2;
		assert_int_equal(tap_judge(&of_two, &mock_reader), PTPAR_RANK_UNDECIDED);
		assert_string_equal(mock_notes, "log: printed no TAP: neither a plan nor a test point\n");
		of_two = mock_ended(outputs[i], EXITED(1));
		of_two.np = 2;
		assert_int_equal(tap_judge(&of_two, &mock_reader), PTPAR_RANK_FAILED);
		assert_string_equal(mock_notes, "failure: printed no TAP, and exited with status 1\n");
	}
}

#define CUT_NOTE                                                                                                   \
	"log: it printed more than is kept: the beginning of its TAP may be missing, and lines are counted from "  \
	"what is left\n"

static void output_without_its_beginning(void **state)
{
	struct ptpar_ended ended = mock_ended("ok 8\nok 9\n", EXITED(0));

	(void)state;
	ended.cut = true;
	assert_int_equal(tap_judge(&ended, &mock_reader), PTPAR_RANK_FAILED);
	assert_non_null(strstr(mock_notes, "line 1: the first test point is 8, not 1\n"));
	assert_non_null(strstr(mock_notes, CUT_NOTE));
	ended = mock_ended("noise\n", EXITED(0));
	ended.cut = true;
	ended.np = 2;
	assert_int_equal(tap_judge(&ended, &mock_reader), PTPAR_RANK_FAILED);
	assert_string_equal(mock_notes, "failure: no TAP is left in its output\n" CUT_NOTE);
	ended = mock_ended("ise\n1..1\nok 1\n", EXITED(0)); /* all of it is there */
	ended.cut = true;
	assert_int_equal(tap_judge(&ended, &mock_reader), PTPAR_RANK_PASSED);
}

static void standard_error_is_no_tap(void **state)
{
	struct ptpar_ended ended = mock_ended("1..1\nok 1\n", EXITED(0));

	(void)state;
	ended.errors = "not ok 2\n1..7\nBail out!\n";
	ended.n_errors = strlen(ended.errors);
	assert_int_equal(tap_judge(&ended, &mock_reader), PTPAR_RANK_PASSED);
	assert_string_equal(mock_points, "passed 0.1 @2\n");
}

/* ---- Bytes ---- */

static void line_ends(void **state)
{
	(void)state;
	expect_passed("TAP version 14\r\n1..2\r\nok 1 - a # SKIP b\r\nok 2\r\n  ---\r\n  c: d\r\n  ...\r\n",
		      "skipped 0.1 a [b] @3\npassed 0.2 {c: d} @4\n");
	expect_passed("1..1\nok 1 - no newline", "passed 0.1 no newline @2\n");
}

static void garbage_and_pragmas(void **state)
{
	(void)state;
	expect_passed("\n[rank 0] hello\npragma +strict\n1..2\nok 1\nnotok 2\n??\nok 2\npragma -x\n\n",
		      "passed 0.1 @5\npassed 0.2 @8\n");
}

static void bytes_that_are_no_text(void **state)
{
	static const char output[] = "1..1\nok 1 - a\0b \xc3\x28 \xfe\x1b[31m\n\0\0\n";
	struct ptpar_ended ended = mock_ended("", EXITED(0));

	(void)state;
	ended.output = output;
	ended.n_output = sizeof(output) - 1;
	assert_int_equal(tap_judge(&ended, &mock_reader), PTPAR_RANK_PASSED);
	assert_string_equal(mock_points, "passed 0.1 a\xff"
					 "b \xc3\x28 \xfe\x1b[31m @2\n");
}

/* 200,000 points, each of them out of order, take no longer than in order. */
static void many_points(void **state)
{
	enum { N = 200000 };
	char *output = malloc(N * 16 + 32);
	size_t n = (size_t)sprintf(output, "TAP version 14\n1..%d\n", N);
	struct ptpar_ended ended;
	struct ptpar_reader reader = mock_reader;

	(void)state;
	for (int i = N; i > 0; i--)
		n += (size_t)sprintf(output + n, "ok %d\n", i);
	ended = mock_ended(output, EXITED(0));
	assert_int_equal(tap_judge(&ended, &reader), PTPAR_RANK_PASSED);
	free(output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_first_and_last),
		cmocka_unit_test(versions),
		cmocka_unit_test(descriptions),
		cmocka_unit_test(what_is_a_point),
		cmocka_unit_test(directives),
		cmocka_unit_test(escapes),
		cmocka_unit_test(failing_points),
		cmocka_unit_test(yaml),
		cmocka_unit_test(comments),
		cmocka_unit_test(skipped_as_a_whole),
		cmocka_unit_test(a_plan_that_is_not_kept),
		cmocka_unit_test(what_is_a_plan),
		cmocka_unit_test(numbers_out_of_order),
		cmocka_unit_test(tap_14_allows_any_order),
		cmocka_unit_test(points_without_numbers),
		cmocka_unit_test(enormous_numbers),
		cmocka_unit_test(many_faults_are_counted),
		cmocka_unit_test(subtests),
		cmocka_unit_test(failing_subtests),
		cmocka_unit_test(what_only_looks_like_a_subtest),
		cmocka_unit_test(bailing_out),
		cmocka_unit_test(ends),
		cmocka_unit_test(no_tap),
		cmocka_unit_test(output_without_its_beginning),
		cmocka_unit_test(standard_error_is_no_tap),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(garbage_and_pragmas),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(many_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
