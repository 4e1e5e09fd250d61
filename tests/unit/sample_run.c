/* sample_run.c - see sample_run.h. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/alloc.h"
#include "core/common/text.h"
#include "tests/unit/sample_run.h"

void emit_to_reporter(void *ctx, const struct event *e)
{
	struct reporter *r = ctx;

	r->event(r, e);
}

static struct event_test test_of(const char *id, uint32_t np)
{
	static char source[64];
	const char *colons = strstr(id, "::");
	size_t n = colons == NULL ? strlen(id) : (size_t)(colons - id);

	snprintf(source, sizeof(source), "%.*s", (int)n, id);
	return (struct event_test){ id, source, colons == NULL ? "" : colons + 2, np };
}

struct event sample_finished(enum outcome outcome, const char *id, uint32_t np, const struct event_rank *ranks,
			     size_t n_ranks)
{
	struct event e = { .kind = EVENT_FINISHED, .time = 0.1 };

	e.finished = (struct event_finished){ .test = test_of(id, np),
					      .outcome = outcome,
					      .duration = 0.012,
					      .attempt = 1,
					      .reason = "",
					      .ranks = ranks,
					      .n_ranks = n_ranks };
	return e;
}

struct event sample_program(void)
{
	static const struct event_note note = { PTPAR_NOTE_FAILURE, PTPAR_PHASE_CALL, NULL, 0,
						"2 of 6 test points failed" };
	static const struct ptpar_point points[] = {
		{ PTPAR_POINT_PASSED, 1, 0, "opens the file", NULL, NULL, 2 },
		{ PTPAR_POINT_PASSED, 1, 1, "first line", NULL, NULL, 4 },
		{ PTPAR_POINT_FAILED, 2, 1, "", NULL, NULL, 5 },
		{ PTPAR_POINT_FAILED, 2, 0, "reads " HOSTILE, NULL, "got: 3\n" HOSTILE "\n", 7 },
		{ PTPAR_POINT_SKIPPED, 3, 0, "GPU", "there is " HOSTILE, NULL, 12 },
		{ PTPAR_POINT_XFAILED, 4, 0, "locks", "issue 12", "not shown\n", 13 },
		{ PTPAR_POINT_XPASSED, 5, 0, "unlocks", "issue 13", NULL, 14 },
	};
	static const struct ptpar_point other = { PTPAR_POINT_PASSED, 1, 0, "is there", NULL, NULL, 1 };
	static const struct event_rank ranks[] = {
		{ 0, OUTCOME_FAILED, 0.012, &note, 1, NULL, 0, points, sizeof(points) / sizeof(*points) },
		{ 1, OUTCOME_PASSED, 0.012, NULL, 0, NULL, 0, &other, 1 },
	};

	return sample_finished(OUTCOME_FAILED, "t/io.t::io[2]", 2, ranks, 2);
}

static void start(emit_function *emit, void *ctx)
{
	static const char *const argv[] = { "ptpar", "-n", "4", "suite.so", HOSTILE };
	struct event e = { .kind = EVENT_RUN_START };

	e.run_start = (struct event_run_start){ .run = "20260102-030405-6",
						.version = "0.1.0",
						.scheduler = "dynamic",
						.mpi = "Open MPI 4.1.4",
						.argv = argv,
						.argc = 5,
						.workers = 4,
						.cores = 2,
						.epoch = 1767323045.125 };
	emit(ctx, &e);
}

static void select_test(emit_function *emit, void *ctx, const char *id, uint32_t np)
{
	struct event e = { .kind = EVENT_SELECTED, .time = 0.001, .selected = test_of(id, np) };

	emit(ctx, &e);
}

static void start_test(emit_function *emit, void *ctx, const char *id)
{
	static const uint32_t slots[] = { 3, 1 };
	struct event e = { .kind = EVENT_STARTED, .time = 0.002, .started = { id, slots, 2, 1 } };

	emit(ctx, &e);
}

static void finish_test(emit_function *emit, void *ctx, enum outcome outcome, const char *id, const char *reason)
{
	struct event e = sample_finished(outcome, id, 1, NULL, 0);

	e.finished.reason = reason;
	emit(ctx, &e);
}

static void finish_with_ranks(emit_function *emit, void *ctx)
{
	static const struct event_note notes[] = {
		{ PTPAR_NOTE_FAILURE, PTPAR_PHASE_CALL, "examples/quickstart.c", 14,
		  "rank != 1\nleft: 1\nright: 1" },
		{ PTPAR_NOTE_LOG, PTPAR_PHASE_TEARDOWN, NULL, 0, "a log with " HOSTILE },
	};
	static const struct ptpar_point points[] = {
		{ PTPAR_POINT_FAILED, 2, 1, "a point with " HOSTILE, NULL, "its detail " HOSTILE, 12 },
		{ PTPAR_POINT_SKIPPED, 3, 0, "another", "not today", NULL, 13 },
	};
	static const struct event_rank ranks[] = {
		{ 0, OUTCOME_PASSED, 0.011, NULL, 0, "before\n\0after", 13, NULL, 0 },
		{ 1, OUTCOME_FAILED, 0.012, notes, 2, "out " HOSTILE "\n", 4 + sizeof(HOSTILE), points, 2 },
	};
	struct event e = sample_finished(OUTCOME_FAILED, "suite.so::test_A[2]", 2, ranks, 2);

	emit(ctx, &e);
}

static void finish_flaky(emit_function *emit, void *ctx)
{
	struct event e = sample_finished(OUTCOME_PASSED, "suite.so::flaky", 1, NULL, 0);

	e.finished.attempt = 2;
	emit(ctx, &e);
}

void sample_run(emit_function *emit, void *ctx)
{
	static const char *const ids[] = { "suite.so::test_A[2]", "suite.so::test_B", "suite.so::crash",
					   "suite.so::hang",      "suite.so::skip",   "suite.so::xfail",
					   "suite.so::xpass",     "suite.so::never",  "suite.so::flaky" };
	struct event e = { .kind = EVENT_WARNING, .time = 0.003, .warning = "odd: " HOSTILE };

	start(emit, ctx);
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		select_test(emit, ctx, ids[i], i == 0 ? 2 : 1);
	finish_test(emit, ctx, OUTCOME_ERROR, "broken.so", "broken.so: undefined symbol: f");
	start_test(emit, ctx, ids[0]);
	emit(ctx, &e);
	finish_with_ranks(emit, ctx);
	finish_test(emit, ctx, OUTCOME_PASSED, ids[1], "");
	finish_test(emit, ctx, OUTCOME_CRASHED, ids[2], "killed by SIGSEGV");
	finish_test(emit, ctx, OUTCOME_TIMEOUT, ids[3], "took longer than 5 s");
	finish_test(emit, ctx, OUTCOME_SKIPPED, ids[4], "Not enough processes: 8 needed, 4 there");
	finish_test(emit, ctx, OUTCOME_XFAILED, ids[5], "issue 12");
	finish_test(emit, ctx, OUTCOME_XPASSED, ids[6], "issue 13");
	finish_test(emit, ctx, OUTCOME_NOT_RUN, ids[7], "the run was interrupted");
	finish_flaky(emit, ctx);
	e = (struct event){ .kind = EVENT_RUN_END, .time = 0.15, .run_end = { 2, "SIGINT" } };
	emit(ctx, &e);
}

void sample_killed_run(emit_function *emit, void *ctx)
{
	start(emit, ctx);
	select_test(emit, ctx, "suite.so::waits", 1);
	select_test(emit, ctx, "suite.so::done", 1);
	select_test(emit, ctx, "suite.so::runs", 1);
	start_test(emit, ctx, "suite.so::done");
	finish_test(emit, ctx, OUTCOME_PASSED, "suite.so::done", "");
	start_test(emit, ctx, "suite.so::runs");
}

int enter_directory(void **state)
{
	char *name = xstrdup("/tmp/ptpar-unit-XXXXXX");

	*state = name;
	return mkdtemp(name) == NULL || chdir(name) != 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

int leave_directory(void **state)
{
	int status = chdir("/") == 0 ? nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS) : -1;

	free(*state);
	return status;
}

struct buffer read_all(int fd)
{
	struct buffer b = { 0 };
	ssize_t n;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	while ((n = read(fd, buffer_reserve(&b, 4096), 4096)) > 0)
		b.len += (size_t)n;
	assert_int_equal(n, 0);
	return b;
}

struct buffer read_file(const char *name)
{
	int fd = open(name, O_RDONLY);
	struct buffer b;

	if (fd < 0)
		fail_msg("%s: cannot be read", name);
	b = read_all(fd);
	close(fd);
	return b;
}

int contains(struct buffer *b, const char *part)
{
	return memmem(b->data == NULL ? "" : b->data, b->len, part, strlen(part)) != NULL;
}

void assert_contains(struct buffer *b, const char *part)
{
	if (!contains(b, part))
		fail_msg("not there: %s\nin:\n%s", part, buffer_string(b));
}

void assert_harmless(const struct buffer *b)
{
	unsigned code = 0;
	size_t length;

	for (size_t i = 0; i < b->len; i += length) {
		length = text_decode(b->data + i, b->len - i, &code);
		if (length == 0)
			fail_msg("no UTF-8 at byte %zu", i);
		if ((code < ' ' && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0))
			fail_msg("control character %u at byte %zu", code, i);
	}
}
