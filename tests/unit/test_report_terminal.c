/* test_report_terminal.c - what a person sees of a small run, with and without a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/alloc.h"
#include "core/common/text.h"
#include "core/ptpar/report_terminal.h"
#include "tests/unit/sample_run.h"

static const struct terminal_options plain = { .width = 60, .durations = -1 };

struct screen {
	int fd;
	struct reporter *reporter;
};

static struct screen open_screen(struct terminal_options options)
{
	struct screen s = { .fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600) };

	assert_true(s.fd >= 0);
	options.fd = s.fd;
	s.reporter = report_terminal_new(&options);
	return s;
}

static struct buffer close_screen(struct screen *s)
{
	struct ptpar_error err = { "" };
	struct buffer b;

	if (s->reporter->finish(s->reporter, &err) != 0)
		fail_msg("%s", err.text);
	b = read_all(s->fd);
	close(s->fd);
	return b;
}

static struct buffer show_sample(struct terminal_options options)
{
	struct screen s = open_screen(options);

	sample_run(emit_to_reporter, s.reporter);
	return close_screen(&s);
}

/* One test and its end. */
static struct buffer show_one(struct terminal_options options, const struct event *e)
{
	struct screen s = open_screen(options);

	s.reporter->event(s.reporter, e);
	return close_screen(&s);
}

static void check_text(struct buffer *b, const char *expected)
{
	assert_string_equal(buffer_string(b), expected);
	buffer_free(b);
}

static void without_a_terminal(void **state)
{
	static const char *const parts[] = {
		" (oversubscribed) · Open MPI 4.1.4\nEF.CTsxX-.   ",
		"[100%]\n\n── ERROR  broken.so  0.012 s ────",
		"\nbroken.so: undefined symbol: f\n",
		"── FAILED  suite.so::test_A[2]  0.012 s ──",
		"On rank 0 of 2: passed\n  captured output:\n  │ before\n  │ ^@after\n",
		"On rank 1 of 2: failed\n  examples/quickstart.c:14: rank != 1\n    left: 1\n    right: 1\n"
		"  log: in teardown: a log with ^[]0;pwned^G]]>&<",
		"\n  captured output:\n  │ out ^[]0;pwned^G]]>",
		"\nwarning\nodd: ^[]0;pwned^G",
		"\nSKIPPED [1] Not enough processes: 8 needed, 4 there\nXFAILED [1] issue 12\n"
		"NOT-RUN [1] the run was interrupted\n    suite.so::never\n"
		"ERROR broken.so - broken.so: undefined symbol: f\n"
		"FAILED suite.so::test_A[2] - rank != 1 (quickstart.c:14)\n"
		"CRASHED suite.so::crash - killed by SIGSEGV\n"
		"TIMEOUT suite.so::hang - took longer than 5 s\n"
		"XPASSED suite.so::xpass - issue 13\n"
		"FLAKY suite.so::flaky - passed at attempt 2\n"
		"1 failed, 1 error, 1 crashed, 1 timeout, 1 xpassed, 2 passed (1 flaky), 1 skipped, 1 xfailed, "
		"1 not-run in 0.15s, interrupted: SIGINT\n",
	};
	struct buffer b = show_sample(plain);

	(void)state;
	assert_harmless(&b);
	assert_memory_equal(b.data, "ptpar 0.1.0 · 9 tests · ", strlen("ptpar 0.1.0 · 9 tests · "));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		assert_contains(&b, parts[i]);
	buffer_free(&b);
}

/* The whole of a small run, to the letter. */
static void the_first_example(void **state)
{
	static const struct event_note note = { PTPAR_NOTE_FAILURE, PTPAR_PHASE_CALL, "examples/quickstart.c", 14,
						"rank != 1" };
	static const struct event_rank rank = { 1, OUTCOME_FAILED, 0.01, &note, 1, NULL, 0, NULL, 0 };
	struct event e = sample_finished(OUTCOME_FAILED, "suite.so::test_A[2]", 2, &rank, 1);
	struct event end = { .kind = EVENT_RUN_END, .time = 0.15, .run_end = { 1, "" } };
	struct event selected = { .kind = EVENT_SELECTED, .selected = e.finished.test };
	struct screen s = open_screen(plain);
	struct buffer b;

	(void)state;
	s.reporter->event(s.reporter, &selected);
	s.reporter->event(s.reporter, &e);
	s.reporter->event(s.reporter, &end);
	b = close_screen(&s);
	check_text(&b, "F                                                                        [100%]\n"
		       "\n"
		       "── FAILED  suite.so::test_A[2]  0.012 s ────────────────────\n"
		       "On rank 1 of 2: failed\n"
		       "  examples/quickstart.c:14: rank != 1\n"
		       "\n"
		       "FAILED suite.so::test_A[2] - rank != 1 (quickstart.c:14)\n"
		       "1 failed in 0.15s\n");
}

/* What a failing program says, without -v: only what went wrong. */
static void points_that_failed(void **state)
{
	struct event e = sample_program(), end = { .kind = EVENT_RUN_END, .time = 0.15, .run_end = { 1, "" } };
	struct screen s = open_screen(plain);
	struct buffer b;

	(void)state;
	s.reporter->event(s.reporter, &e);
	s.reporter->event(s.reporter, &end);
	b = close_screen(&s);
	assert_harmless(&b);
	assert_contains(&b, "On rank 0 of 2: failed\n"
			    "  2 of 6 test points failed\n"
			    "      not ok 2 (line 5)\n"
			    "  not ok 2 - reads ^[]0;pwned^G]]>&<");
	assert_contains(&b, " (line 7)\n      got: 3\n      ^[]0;pwned^G");
	assert_contains(&b, "FAILED t/io.t::io[2] - 2 of 6 test points failed\n1 failed in 0.15s\n");
	assert_false(contains(&b, "opens the file"));
	assert_false(contains(&b, "skip 3"));
	assert_false(contains(&b, "On rank 1"));
	buffer_free(&b);
}

static void verbosely_all_points(void **state)
{
	struct terminal_options options = plain;
	struct event e = sample_program();
	struct buffer b;

	(void)state;
	options.verbosity = 1;
	b = show_one(options, &e);
	assert_harmless(&b);
	assert_contains(&b, "FAILED  t/io.t::io[2]  0.012 s\n"
			    "  rank 0:\n"
			    "  ok 1 - opens the file\n"
			    "      ok 1 - first line\n"
			    "      not ok 2 (line 5)\n"
			    "  not ok 2 - reads ^[]0");
	assert_contains(&b, "\n  skip 3 - GPU: there is ^[]0;pwned^G");
	assert_contains(&b, "\n  todo 4 - locks: issue 12\n  todo, but ok 5 - unlocks: issue 13\n"
			    "  rank 1:\n  ok 1 - is there\n");
	assert_false(contains(&b, "not shown"));
	buffer_free(&b);
}

/* A program may fail at more points than anybody reads. */
static void many_points_are_counted(void **state)
{
	enum { N = 150 };
	struct ptpar_point points[N];
	struct event_rank rank = { 0, OUTCOME_FAILED, 0.1, NULL, 0, NULL, 0, points, N };
	struct event e = sample_finished(OUTCOME_FAILED, "a.t::a", 1, &rank, 1);
	struct event end = { .kind = EVENT_RUN_END, .run_end = { 1, "" } };
	struct screen s = open_screen(plain);
	struct buffer b;

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		points[i] = (struct ptpar_point){ PTPAR_POINT_FAILED, i + 1, 0, "", NULL, NULL, i + 1 };
	s.reporter->event(s.reporter, &e);
	s.reporter->event(s.reporter, &end);
	b = close_screen(&s);
	assert_contains(&b, "\n  not ok 100 (line 100)\n  … 50 more failed: -v shows all\n");
	buffer_free(&b);
}

static void no_tests(void **state)
{
	struct event end = { .kind = EVENT_RUN_END, .time = 0.01, .run_end = { 5, "" } };
	struct buffer b = show_one(plain, &end);

	(void)state;
	check_text(&b, "no tests ran in 0.01s\n");
}

static void verbosely_a_line_for_each(void **state)
{
	struct terminal_options options = plain;
	struct buffer b;

	(void)state;
	options.verbosity = 1;
	options.durations = 2;
	b = show_sample(options);
	assert_contains(&b, "\nFAILED  suite.so::test_A[2]  0.012 s\n      not ok 2 - a point with ");
	assert_contains(&b, "  skip 3 - another: not today\nPASSED  suite.so::test_B  0.012 s\n"
			    "CRASHED suite.so::crash  0.012 s\n");
	assert_contains(&b, "\nSKIPPED suite.so::skip  Not enough processes: 8 needed, 4 there\n");
	assert_contains(&b, "\nPASSED  suite.so::flaky  0.012 s  (flaky: attempt 2)\n");
	assert_contains(&b, "\nslowest tests\n    0.012 s  broken.so\n    0.012 s  suite.so::crash\n\n");
	assert_harmless(&b);
	buffer_free(&b);
}

static void quietly_failures_and_the_sum(void **state)
{
	struct terminal_options options = plain;
	struct buffer b;

	(void)state;
	options.verbosity = -1;
	b = show_sample(options);
	assert_memory_equal(b.data, "\n── ERROR", strlen("\n── ERROR"));
	assert_contains(&b, "On rank 1 of 2: failed\n");
	assert_false(contains(&b, "SKIPPED"));
	assert_false(contains(&b, "odd: "));
	assert_contains(&b, "interrupted: SIGINT\n");
	buffer_free(&b);
}

static void characters_are_wrapped(void **state)
{
	struct event e = sample_finished(OUTCOME_PASSED, "a.so::b", 1, NULL, 0);
	struct event selected = { .kind = EVENT_SELECTED, .selected = e.finished.test };
	struct screen s = open_screen(plain);
	struct buffer b;
	char dots[74];

	(void)state;
	memset(dots, '.', 72);
	strcpy(dots + 72, " ");
	for (int i = 0; i < 160; i++)
		s.reporter->event(s.reporter, &selected);
	for (int i = 0; i < 144; i++)
		s.reporter->event(s.reporter, &e);
	b = close_screen(&s);
	assert_memory_equal(b.data, dots, 73);
	assert_contains(&b, " [ 45%]\n.");
	assert_contains(&b, " [ 90%]\n144 passed in 0.10s");
	buffer_free(&b);
}

static void on_a_terminal_one_line_is_rewritten(void **state)
{
	struct terminal_options options = plain;
	struct event e = sample_finished(OUTCOME_PASSED, "a.so::b", 1, NULL, 0);
	struct event bad = sample_finished(OUTCOME_FAILED, "a.so::bad", 1, NULL, 0);
	struct event selected = { .kind = EVENT_SELECTED, .selected = e.finished.test };
	struct event started = { .kind = EVENT_STARTED };
	struct screen s;
	struct buffer b;

	(void)state;
	options.tty = true;
	options.width = 40;
	s = open_screen(options);
	for (int i = 0; i < 12; i++)
		s.reporter->event(s.reporter, &selected);
	s.reporter->event(s.reporter, &bad);
	started.started = (struct event_started){ .id = "a.so::gone", .attempt = 1 };
	s.reporter->event(s.reporter, &started);
	started.started.id = "a.so::\033[2Jnasty";
	s.reporter->event(s.reporter, &started);
	e.finished.test.id = "a.so::gone";
	s.reporter->event(s.reporter, &e);
	started.started.id = "a.so::long_long_long_long_name";
	s.reporter->event(s.reporter, &started);
	s.reporter->idle(s.reporter);
	s.reporter->idle(s.reporter); /* nothing new: not drawn again */
	s.reporter->event(s.reporter, &bad);
	b = close_screen(&s);
	assert_memory_equal(b.data, "FAILED  a.so::bad  0.012 s\n", 27);
	/* 39 characters of progress, wiped before the next line. */
	assert_contains(&b, "s\n[2/12] 1 failed · running a.so::^[[2Jn…\r\033[KFAILED  a.so::bad");
	assert_contains(&b, "\n2 failed, 1 passed in 0.10s, interrupted: ptpar was killed\n");
	buffer_free(&b);
}

static void colours_only_if_asked_for(void **state)
{
	struct terminal_options options = plain;
	struct event e = sample_finished(OUTCOME_FAILED, "a.so::\033b", 1, NULL, 0);
	struct buffer b;

	(void)state;
	options.colour = true;
	b = show_one(options, &e);
	assert_contains(&b, "\033[31mF\033[0m");
	assert_contains(&b, "\033[31m1 failed\033[0m in 0.10s");
	assert_contains(&b, "a.so::^[b");
	buffer_free(&b);
}

static void ranks_that_say_the_same_are_told_together(void **state)
{
	static const struct event_note note = { PTPAR_NOTE_FAILURE, PTPAR_PHASE_SETUP, "a.c", 1, "no" };
	static const struct event_note other = { PTPAR_NOTE_FAILURE, PTPAR_PHASE_SETUP, "a.c", 1, "other" };
	struct event_rank ranks[5] = { 0 };
	struct event e = sample_finished(OUTCOME_FAILED, "a.so::b[6]", 6, ranks, 5);
	struct buffer b;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		ranks[i] = (struct event_rank){ i, OUTCOME_FAILED, 0.1 * i, &note, 1, "out\n", 4, NULL, 0 };
	ranks[1].output = "OUT\n";
	b = show_one(plain, &e);
	/* The odd one out first. */
	assert_contains(&b, "On rank 1 of 6: failed\n  a.c:1: in setup: no\n  captured output:\n  │ OUT\n"
			    "On ranks 0, 2-4 of 6: failed\n  a.c:1: in setup: no\n  captured output:\n  │ out\n");
	buffer_free(&b);
	ranks[1].output = "out\n";
	ranks[3].notes = &other;
	b = show_one(plain, &e);
	assert_contains(&b, "On ranks 0-2, 4 of 6: failed\n  a.c:1: in setup: no\n");
	assert_contains(&b, "On rank 3 of 6: failed\n  a.c:1: in setup: other\n");
	buffer_free(&b);
	e.finished.test.np = 1;
	e.finished.n_ranks = 1;
	b = show_one(plain, &e);
	assert_false(contains(&b, "On rank"));
	buffer_free(&b);
}

static void long_output_loses_its_middle(void **state)
{
	struct buffer output = { 0 }, b;
	struct event_rank rank = { 0, OUTCOME_FAILED, 0.1, NULL, 0, NULL, 0, NULL, 0 };
	struct event e = sample_finished(OUTCOME_FAILED, "a.so::b", 1, &rank, 1);
	struct terminal_options options = plain;

	(void)state;
	for (int i = 1; i <= 250; i++)
		buffer_printf(&output, "line %d\n", i);
	rank.output = output.data;
	rank.n_output = output.len;
	b = show_one(options, &e);
	assert_contains(&b, "│ line 100\n  │ … 50 lines (450 bytes) left out: -v shows all …\n  │ line 151\n");
	assert_contains(&b, "│ line 250\n");
	buffer_free(&b);
	options.verbosity = 1;
	b = show_one(options, &e);
	assert_contains(&b, "│ line 125\n");
	buffer_free(&b);
	rank.n_output = (size_t)(strstr(buffer_string(&output), "line 201\n") - output.data);
	rank.output = output.data;
	b = show_one(plain, &e); /* 200 lines: all of them */
	assert_false(contains(&b, "left out"));
	assert_contains(&b, "│ line 100\n  │ line 101\n");
	assert_contains(&b, "│ line 200\n");
	buffer_free(&b);
	buffer_free(&output);
}

static void one_endless_line_is_cut(void **state)
{
	size_t n = 4 << 20;
	char *output = xmalloc(n);
	struct event_rank rank = { 0, OUTCOME_FAILED, 0.1, NULL, 0, output, n, NULL, 0 };
	struct event e = sample_finished(OUTCOME_FAILED, "a.so::b", 1, &rank, 1);
	struct buffer b;

	(void)state;
	memset(output, 'x', n);
	b = show_one(plain, &e);
	assert_true(b.len < 1 << 19);
	assert_contains(&b, "… 0 lines (3932160 bytes) left out");
	buffer_free(&b);
	free(output);
}

static void a_reader_that_has_gone_is_no_error(void **state)
{
	struct terminal_options options = plain;
	struct reporter *r;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	options.fd = ends[1];
	r = report_terminal_new(&options);
	sample_run(emit_to_reporter, r);
	r->idle(r);
	sample_run(emit_to_reporter, r);
	assert_int_equal(r->finish(r, NULL), 0);
	close(ends[1]);
}

static void a_full_disk_is_one(void **state)
{
	struct terminal_options options = plain;
	struct ptpar_error err = { "" };
	struct reporter *r;

	(void)state;
	options.fd = open("/dev/full", O_WRONLY);
	if (options.fd < 0)
		skip();
	r = report_terminal_new(&options);
	sample_run(emit_to_reporter, r);
	assert_int_equal(r->finish(r, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "standard output: "));
	close(options.fd);
}

static void a_file_is_no_terminal(void **state)
{
	struct settings settings = { .color = WHEN_AUTO, .verbosity = 1, .durations = 3 };
	struct terminal_options options;
	int fd = open("out", O_RDWR | O_CREAT, 0600);

	(void)state;
	report_terminal_detect(&options, fd, &settings);
	assert_false(options.tty);
	assert_false(options.colour);
	assert_int_equal(options.verbosity, 1);
	assert_int_equal(options.durations, 3);
	settings.color = WHEN_ALWAYS;
	report_terminal_detect(&options, fd, &settings);
	assert_true(options.colour);
	close(fd);
}

static void a_terminal_is_one_unless_told_otherwise(void **state)
{
	struct settings settings = { .color = WHEN_AUTO };
	struct terminal_options options;
	int master = posix_openpt(O_RDWR | O_NOCTTY), fd;

	(void)state;
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		skip();
	fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(fd >= 0);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	unsetenv("OMPI_COMM_WORLD_RANK");
	unsetenv("PMIX_RANK");
	report_terminal_detect(&options, fd, &settings);
	assert_true(options.tty && options.colour);
	setenv("NO_COLOR", "1", 1);
	report_terminal_detect(&options, fd, &settings);
	assert_true(options.tty && !options.colour);
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	report_terminal_detect(&options, fd, &settings);
	assert_false(options.tty || options.colour);
	close(fd);
	close(master);
}

/* mpirun gives every rank a terminal; what mpirun itself has is what counts. The parent's output is a file here. */
static void under_mpirun_the_parent_decides(void **state)
{
	struct settings settings = { .color = WHEN_AUTO };
	struct terminal_options options;
	int master = posix_openpt(O_RDWR | O_NOCTTY), fd, file, out, status;
	pid_t pid;

	(void)state;
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
		skip();
	fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	file = open("out", O_RDWR | O_CREAT, 0600);
	setenv("TERM", "xterm", 1);
	setenv("OMPI_COMM_WORLD_RANK", "0", 1);
	for (int parent_has_terminal = 0; parent_has_terminal < 2; parent_has_terminal++) {
		fflush(stdout);
		out = dup(1);
		dup2(parent_has_terminal ? fd : file, 1);
		pid = fork();
		if (pid == 0) {
			report_terminal_detect(&options, fd, &settings);
			_exit(options.tty ? 10 : 11);
		}
		waitpid(pid, &status, 0);
		dup2(out, 1);
		close(out);
		assert_int_equal(WEXITSTATUS(status), parent_has_terminal ? 10 : 11);
	}
	unsetenv("OMPI_COMM_WORLD_RANK");
	close(fd);
	close(file);
	close(master);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_terminal),
		TEST(the_first_example),
		TEST(points_that_failed),
		TEST(verbosely_all_points),
		TEST(many_points_are_counted),
		TEST(no_tests),
		TEST(verbosely_a_line_for_each),
		TEST(quietly_failures_and_the_sum),
		TEST(characters_are_wrapped),
		TEST(on_a_terminal_one_line_is_rewritten),
		TEST(colours_only_if_asked_for),
		TEST(ranks_that_say_the_same_are_told_together),
		TEST(long_output_loses_its_middle),
		TEST(one_endless_line_is_cut),
		TEST(a_reader_that_has_gone_is_no_error),
		TEST(a_full_disk_is_one),
		TEST(a_file_is_no_terminal),
		TEST(a_terminal_is_one_unless_told_otherwise),
		TEST(under_mpirun_the_parent_decides),
	};

	return cmocka_run_group_tests_name("report_terminal", tests, NULL, NULL);
}
