/* test_eventlog.c - written, read back and written again; cut off, hostile, and on a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include "core/common/alloc.h"
#include "core/ptpar/eventlog.h"
#include "core/ptpar/kept.h"
#include "core/ptpar/roster.h"
#include "core/ptpar/tally.h"
#include "tests/unit/sample_run.h"

static struct reporter *open_log(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	return eventlog_new(fd);
}

static int read_log(const char *name, emit_function *emit, void *ctx, struct ptpar_error *err)
{
	FILE *file = fopen(name, "r");
	unsigned long line = 0;
	int status;

	assert_non_null(file);
	status = eventlog_read(file, &line, emit, ctx, err);
	fclose(file);
	return status;
}

static void write_text(const char *name, const char *text, size_t n)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void it_is_the_same_when_written_again(void **state)
{
	struct ptpar_error err = { "" };
	struct reporter *log = open_log("first");
	struct buffer a, b;

	(void)state;
	sample_run(emit_to_reporter, log);
	assert_int_equal(log->finish(log, &err), 0);
	log = open_log("second");
	if (read_log("first", emit_to_reporter, log, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(log->finish(log, &err), 0);
	a = read_file("first");
	b = read_file("second");
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_contains(&a, "{\"event\":\"run-start\",\"time\":0.000000,\"run\":\"20260102-030405-6\"");
	assert_contains(&a, "\"outcome\":\"not-run\"");
	assert_contains(&a, "before\\n\xef\xbf\xbd"
			    "after");
	assert_harmless(&a);
	buffer_free(&a);
	buffer_free(&b);
}

/* What must come back as it went in; the rest is seen by the comparison of bytes. */
static void check_rank(void *ctx, const struct event *e)
{
	const struct event_rank *r;

	if (e->kind != EVENT_FINISHED || e->finished.n_ranks == 0)
		return;
	++*(int *)ctx;
	assert_string_equal(e->finished.test.id, "suite.so::test_A[2]");
	assert_int_equal(e->finished.test.np, 2);
	assert_int_equal(e->finished.n_ranks, 2);
	r = &e->finished.ranks[1];
	assert_int_equal(r->rank, 1);
	assert_int_equal(r->outcome, OUTCOME_FAILED);
	assert_int_equal(r->n_notes, 2);
	assert_string_equal(r->notes[0].file, "examples/quickstart.c");
	assert_int_equal(r->notes[0].line, 14);
	assert_string_equal(r->notes[0].text, "rank != 1\nleft: 1\nright: 1");
	assert_null(r->notes[1].file);
	assert_int_equal(r->notes[1].kind, PTPAR_NOTE_LOG);
	assert_int_equal(r->notes[1].phase, PTPAR_PHASE_TEARDOWN);
	assert_true(r->duration > 0.0119 && r->duration < 0.0121);
}

static void values_come_back(void **state)
{
	struct ptpar_error err = { "" };
	struct reporter *log = open_log("log");
	int seen = 0;

	(void)state;
	sample_run(emit_to_reporter, log);
	assert_int_equal(log->finish(log, &err), 0);
	assert_int_equal(read_log("log", check_rank, &seen, &err), 0);
	assert_int_equal(seen, 1);
}

/* What happens seldom, and is not in the sample. */
static const struct event rare[] = {
	{ .kind = EVENT_RUN_START,
	  .run_start = { .run = "b", .version = "", .scheduler = "", .mpi = "", .base = "a" } },
	{ .kind = EVENT_RESUMED, .time = 1, .resumed = 2.5 },
	{ .kind = EVENT_SLOW, .time = 2, .slow = { .id = "suite.so::test_A[2]", .duration = 10.25 } },
	{ .kind = EVENT_WAITING,
	  .time = 2.5,
	  .waiting = { .text = "job 4711 pending (Resources)", .since = 1.25 } },
	{ .kind = EVENT_STATUS, .time = 3, .status = "after 3 s:\n  suite.so::test_A[2]" },
};

static void check_rare(void *ctx, const struct event *e)
{
	const struct event *wanted = &rare[(*(size_t *)ctx)++];

	assert_int_equal(e->kind, wanted->kind);
	assert_true(e->time == wanted->time);
	if (e->kind == EVENT_RUN_START)
		assert_string_equal(e->run_start.base, "a");
	else if (e->kind == EVENT_RESUMED)
		assert_true(e->resumed == 2.5);
	else if (e->kind == EVENT_SLOW)
		assert_true(strcmp(e->slow.id, wanted->slow.id) == 0 && e->slow.duration == 10.25);
	else if (e->kind == EVENT_WAITING)
		assert_true(strcmp(e->waiting.text, wanted->waiting.text) == 0 && e->waiting.since == 1.25);
	else
		assert_string_equal(e->status, wanted->status);
}

static void rare_events_come_back(void **state)
{
	struct ptpar_error err = { "" };
	struct reporter *log = open_log("log");
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		log->event(log, &rare[i]);
	assert_int_equal(log->finish(log, &err), 0);
	assert_int_equal(read_log("log", check_rare, &n, &err), 0);
	assert_int_equal(n, sizeof(rare) / sizeof(rare[0]));
}

static void check_points(void *ctx, const struct event *e)
{
	struct event wanted = sample_program();

	++*(int *)ctx;
	assert_int_equal(e->finished.n_ranks, 2);
	assert_int_equal(e->finished.ranks[0].n_points, 7);
	assert_int_equal(e->finished.ranks[1].n_points, 1);
	assert_string_equal(e->finished.ranks[1].points[0].name, "is there");
	for (size_t i = 0; i < 7; i++) {
		const struct ptpar_point *p = &e->finished.ranks[0].points[i],
					 *w = &wanted.finished.ranks[0].points[i];

		assert_int_equal(p->outcome, w->outcome);
		assert_int_equal(p->number, w->number);
		assert_int_equal(p->depth, w->depth);
		assert_int_equal(p->line, w->line);
		assert_true((p->reason == NULL) == (w->reason == NULL));
		assert_true((p->detail == NULL) == (w->detail == NULL));
	}
	assert_string_equal(e->finished.ranks[0].points[0].name, "opens the file");
	assert_string_equal(e->finished.ranks[0].points[2].name, "");
	assert_non_null(strstr(e->finished.ranks[0].points[3].detail, "got: 3\n"));
	assert_string_equal(e->finished.ranks[0].points[5].reason, "issue 12");
}

static void points_come_back(void **state)
{
	struct ptpar_error err = { "" };
	struct reporter *log = open_log("log");
	struct event e = sample_program();
	struct buffer b;
	int seen = 0;

	(void)state;
	log->event(log, &e);
	assert_int_equal(log->finish(log, &err), 0);
	if (read_log("log", check_points, &seen, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(seen, 1);
	b = read_file("log");
	assert_harmless(&b);
	assert_contains(&b, "\"output\":\"\",\"points\":[{\"number\":1,\"outcome\":\"passed\",\"depth\":0,"
			    "\"name\":\"opens the file\",\"reason\":null,\"detail\":null,\"line\":2},{");
	buffer_free(&b);
}

static void count_events(void *ctx, const struct event *e)
{
	(void)e;
	++*(size_t *)ctx;
}

/* The core may be killed at any byte: what is whole is read, the rest is no error. */
static void it_may_be_cut_anywhere(void **state)
{
	struct ptpar_error err = { "" };
	struct reporter *log = open_log("log");
	struct buffer b;
	size_t lines = 0, events;

	(void)state;
	sample_run(emit_to_reporter, log);
	log->finish(log, NULL);
	b = read_file("log");
	for (size_t n = 0; n <= b.len; n++) {
		lines += n > 0 && b.data[n - 1] == '\n';
		events = 0;
		write_text("cut", b.data, n);
		if (read_log("cut", count_events, &events, &err) != 0)
			fail_msg("cut at %zu: %s", n, err.text);
		assert_int_equal(events, lines);
	}
	buffer_free(&b);
}

/* Each byte of a log changed: an error or another log, and no crash (sanitizers watch). */
static void it_may_be_damaged_anywhere(void **state)
{
	struct reporter *log = open_log("log");
	struct buffer b;

	(void)state;
	sample_run(emit_to_reporter, log);
	log->finish(log, NULL);
	b = read_file("log");
	for (size_t i = 0; i < b.len; i++) {
		FILE *file;
		unsigned long line = 0;
		size_t events = 0;
		char before = b.data[i];

		b.data[i] = "\"{[0,\xff-"[i % 7];
		file = fmemopen(b.data, b.len, "r");
		assert_non_null(file);
		eventlog_read(file, &line, count_events, &events, NULL);
		fclose(file);
		b.data[i] = before;
	}
	buffer_free(&b);
}

static void hostile_lines_are_refused_by_number(void **state)
{
	static const char *const lines[] = {
		"",
		"nothing",
		"[]",
		"42",
		"{}",
		"{\"event\":\"unheard-of\"}",
		"{\"event\":7}",
		"{\"event\":\"finished\",\"outcome\":\"great\"}",
		"{\"event\":\"finished\",\"outcome\":\"passed\",\"ranks\":[7]}",
		"{\"event\":\"finished\",\"outcome\":\"passed\",\"ranks\":[{\"notes\":[1]}]}",
		("{\"event\":\"finished\",\"outcome\":\"passed\",\"ranks\":[{\"outcome\":\"passed\","
		 "\"points\":[1]}]}"),
		"{\"event\":\"retried\",\"outcome\":\"passed\"}",
		"{\"event\":\"run-start\",\"argv\":[null]}",
		"{\"event\":\"warning\",\"text\":\"\xff\"}",
		"{\"event\":\"warning\",\"text\":\"a\\u0000b\"}",
		"{\"event\":\"warning\",\"time\":99999999999999999999}",
	};
	static const char good[] = "{\"event\":\"warning\",\"time\":1,\"text\":\"w\"}\n";
	struct ptpar_error err;
	size_t events;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		events = 0;
		err.text[0] = '\0';
		snprintf(text, sizeof(text), "%s%s\n%s", good, lines[i], good);
		write_text("log", text, strlen(text));
		if (read_log("log", count_events, &events, &err) == 0)
			fail_msg("read: %s", lines[i]);
		assert_int_equal(events, 1);
		if (strncmp(err.text, "line 2: ", 8) != 0)
			fail_msg("%s: says: %s", lines[i], err.text);
	}
}

static void nesting_is_bounded(void **state)
{
	enum { DEPTH = 1 << 20 };
	char *deep = xmalloc(DEPTH + 1);
	struct ptpar_error err = { "" };
	size_t events = 0;

	(void)state;
	memset(deep, '[', DEPTH);
	deep[DEPTH] = '\n';
	write_text("log", deep, DEPTH + 1);
	free(deep);
	assert_int_equal(read_log("log", count_events, &events, &err), -EINVAL);
}

/* Numbers that no field holds are read as something; a report of them is written without undefined behaviour. */
static void wild_numbers_do_no_harm(void **state)
{
	static const char text[] =
		"{\"event\":\"finished\",\"time\":1e308,\"id\":\"a::b\",\"np\":-1,\"outcome\":\"passed\","
		"\"duration\":-1e300,\"attempt\":4611686018427387904,\"ranks\":[{\"rank\":-7,\"outcome\":"
		"\"failed\",\"points\":[{\"outcome\":\"failed\",\"number\":-1,\"depth\":99999999999,\"name\":7,"
		"\"reason\":[],\"detail\":{},\"line\":1e9}]}]}\n"
		"{\"event\":\"started\",\"slots\":[-1,\"x\",1e9],\"time\":\"soon\"}\n";
	struct reporter *log = open_log("again");

	(void)state;
	write_text("log", text, sizeof(text) - 1);
	assert_int_equal(read_log("log", emit_to_reporter, log, NULL), 0);
	assert_int_equal(log->finish(log, NULL), 0);
}

static void a_full_disk_is_told_once(void **state)
{
	struct ptpar_error err = { "" };
	int fd = open("/dev/full", O_WRONLY);
	struct reporter *log;

	(void)state;
	if (fd < 0)
		skip();
	log = eventlog_new(fd);
	sample_run(emit_to_reporter, log);
	log->idle(log);
	sample_run(emit_to_reporter, log);
	assert_int_equal(log->finish(log, &err), -ENOSPC);
	assert_non_null(strstr(err.text, strerror(ENOSPC)));
}

static void copies_have_the_points(void **state)
{
	char name[] = "name", reason[] = "reason", detail[] = "detail";
	struct ptpar_point points[] = { { PTPAR_POINT_SKIPPED, 1, 0, name, reason, NULL, 1 },
					{ PTPAR_POINT_FAILED, 2, 0, "", NULL, detail, 2 } };
	struct event_rank ranks[] = { { 0, OUTCOME_FAILED, 1, NULL, 0, "out", 3, NULL, 0 },
				      { 1, OUTCOME_FAILED, 1, NULL, 0, NULL, 0, points, 2 } };
	struct event e = sample_finished(OUTCOME_FAILED, "a::b", 2, ranks, 2);
	struct event_finished *copy = kept_copy(&e.finished, true);
	const struct ptpar_point *p = copy->ranks[1].points;

	(void)state;
	memset(name, 'x', 4);
	memset(reason, 'x', 6);
	memset(detail, 'x', 6);
	memset(points, 0, sizeof(points));
	memset(ranks, 0, sizeof(ranks));
	assert_int_equal(copy->ranks[0].n_points, 0);
	assert_int_equal(copy->ranks[1].n_points, 2);
	assert_string_equal(p[0].name, "name");
	assert_string_equal(p[0].reason, "reason");
	assert_null(p[0].detail);
	assert_int_equal(p[1].outcome, PTPAR_POINT_FAILED);
	assert_string_equal(p[1].name, "");
	assert_string_equal(p[1].detail, "detail");
	free(copy);
}

static void copies_are_independent(void **state)
{
	char text[] = "text", output[] = "output";
	struct event_note note = { PTPAR_NOTE_FAILURE, PTPAR_PHASE_CALL, NULL, 3, text };
	struct event_rank ranks[] = { { 0, OUTCOME_FAILED, 1, &note, 1, output, 6, NULL, 0 },
				      { 1, OUTCOME_PASSED, 1, NULL, 0, "two", 3, NULL, 0 },
				      { 2, OUTCOME_PASSED, 1, NULL, 0, NULL, 0, NULL, 0 } };
	struct event e = sample_finished(OUTCOME_FAILED, "a::b", 3, ranks, 3);
	struct event_finished *copy = kept_copy(&e.finished, false), *lean = kept_copy(&e.finished, true);

	(void)state;
	memset(text, 'x', 4);
	memset(output, 'x', 6);
	memset(&note, 0, sizeof(note));
	memset(ranks, 0, sizeof(ranks));
	assert_string_equal(copy->ranks[0].notes[0].text, "text");
	assert_null(copy->ranks[0].notes[0].file);
	assert_int_equal(copy->ranks[0].n_output, 6);
	assert_memory_equal(copy->ranks[0].output, "output", 6);
	assert_memory_equal(copy->ranks[1].output, "two", 3);
	assert_int_equal(copy->ranks[2].n_output, 0);
	assert_int_equal(lean->ranks[0].n_output, 0);
	free(copy);
	free(lean);
}

/* --- a core that was killed --------------------------------------------------------------------------------------
 */

struct seen {
	struct tally tally;
	bool ended;
};

static void fold(void *ctx, const struct event *e)
{
	struct seen *s = ctx;

	assert_false(s->ended);
	s->ended = e->kind == EVENT_RUN_END;
	tally_event(&s->tally, e);
}

static void tests_without_an_end_get_one(void **state)
{
	struct seen s = { 0 };
	struct roster *r = roster_new(fold, &s);

	(void)state;
	sample_killed_run(roster_event, r);
	assert_false(roster_finish(r, NULL));
	assert_int_equal(s.tally.n_finished, 3);
	assert_int_equal(s.tally.counts[OUTCOME_NOT_RUN], 2);
	assert_string_equal(s.tally.kept[0]->test.id, "suite.so::waits");
	assert_string_equal(s.tally.kept[0]->reason, "ptpar was killed before it ended");
	assert_string_equal(s.tally.kept[1]->test.id, "suite.so::runs");
	assert_string_equal(s.tally.kept[1]->reason, "was running when ptpar was killed");
	tally_free(&s.tally);
}

static void of_tests_that_were_never_selected_nothing_is_told(void **state)
{
	struct seen s = { 0 };
	struct roster *r = roster_new(fold, &s);
	struct event e = { .kind = EVENT_STARTED, .started = { "suite.so::unknown", NULL, 0, 1 } };

	(void)state;
	roster_event(r, &e);
	assert_false(roster_finish(r, NULL));
	assert_int_equal(s.tally.n_finished, 0);
	tally_free(&s.tally);
}

static void a_whole_run_gets_nothing_added(void **state)
{
	struct seen s = { 0 };
	struct roster *r = roster_new(fold, &s);

	(void)state;
	sample_run(roster_event, r);
	assert_true(roster_finish(r, NULL));
	assert_true(s.ended);
	assert_int_equal(s.tally.n_finished, 10);
	assert_int_equal(tally_total(&s.tally), 10);
	assert_int_equal(tally_bad(&s.tally), 5);
	assert_int_equal(s.tally.n_flaky, 1);
	tally_free(&s.tally);
}

static const struct roster_end cancelled = { .outcome = OUTCOME_CRASHED,
					     .running = "cancelled",
					     .waiting = "late" };

static void the_end_of_a_job_is_that_of_its_tests(void **state)
{
	struct seen s = { 0 };
	struct roster *r = roster_new(fold, &s);

	(void)state;
	sample_killed_run(roster_event, r);
	assert_false(roster_finish(r, &cancelled));
	assert_int_equal(s.tally.counts[OUTCOME_NOT_RUN], 1);
	assert_int_equal(s.tally.counts[OUTCOME_CRASHED], 1);
	tally_free(&s.tally);
}

/* A log that grows while it is read, by a byte at a time: no event is lost, and none comes twice. */
static void a_log_is_followed(void **state)
{
	struct reporter *log = open_log("whole");
	struct seen s = { 0 };
	unsigned long line = 0;
	struct buffer whole;
	FILE *out, *in;

	(void)state;
	sample_run(emit_to_reporter, log);
	log->finish(log, NULL);
	whole = read_file("whole");
	out = fopen("growing", "w");
	in = fopen("growing", "r");
	assert_true(out != NULL && in != NULL);
	for (size_t i = 0; i < whole.len; i++) {
		putc(whole.data[i], out);
		fflush(out);
		assert_int_equal(eventlog_read(in, &line, fold, &s, NULL), 0);
	}
	assert_true(s.ended);
	assert_int_equal(s.tally.n_finished, 10);
	tally_free(&s.tally);
	fclose(out);
	fclose(in);
	buffer_free(&whole);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_same_when_written_again),
		TEST(values_come_back),
		TEST(rare_events_come_back),
		TEST(it_may_be_cut_anywhere),
		TEST(it_may_be_damaged_anywhere),
		TEST(hostile_lines_are_refused_by_number),
		TEST(nesting_is_bounded),
		TEST(wild_numbers_do_no_harm),
		TEST(a_full_disk_is_told_once),
		TEST(copies_are_independent),
		TEST(points_come_back),
		TEST(copies_have_the_points),
		TEST(tests_without_an_end_get_one),
		TEST(of_tests_that_were_never_selected_nothing_is_told),
		TEST(a_whole_run_gets_nothing_added),
		TEST(the_end_of_a_job_is_that_of_its_tests),
		TEST(a_log_is_followed),
	};

	return cmocka_run_group_tests_name("eventlog", tests, NULL, NULL);
}
