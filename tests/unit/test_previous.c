/* test_previous.c - what is known of the last run, and of those that it was a rerun of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/ptpar/eventlog.h"
#include "core/ptpar/previous.h"
#include "core/ptpar/rundir.h"
#include "tests/unit/sample_run.h"

/* A run that is being written. */
struct writing {
	char run[RUN_ID_SIZE];
	struct reporter *log;
};

static void tell(struct writing *w, struct event e)
{
	w->log->event(w->log, &e);
}

/* base: the run that this is a rerun of, or "". */
static struct writing begin(const char *base)
{
	struct ptpar_error err;
	struct writing w;
	struct event e = { .kind = EVENT_RUN_START };

	w.log = eventlog_new(rundir_create(w.run, 1767323045, &err));
	e.run_start =
		(struct event_run_start){ .run = w.run, .version = "", .scheduler = "", .mpi = "", .base = base };
	tell(&w, e);
	return w;
}

static void end(struct writing *w)
{
	struct ptpar_error err;
	struct event e = { .kind = EVENT_RUN_END };

	e.run_end.interrupted = "";
	tell(w, e);
	assert_int_equal(w->log->finish(w->log, &err), 0);
}

/* OUTCOME of each test, ended; an id without a name is a source that could not be collected. */
static void finished(struct writing *w, enum outcome outcome, const char *id)
{
	tell(w, sample_finished(outcome, id, 1, NULL, 0));
}

/* The ids that are meant, in order, with blanks between them. */
static void expect(int which, const char *wanted)
{
	struct ptpar_error err = { "" };
	struct previous *p = previous_read(which, &err);
	struct buffer ids = { 0 };

	if (p == NULL)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < previous_count(p); i++)
		buffer_printf(&ids, "%s%s", i == 0 ? "" : " ", previous_id(p, i));
	assert_string_equal(buffer_string(&ids), wanted);
	buffer_free(&ids);
	previous_free(p);
}

static void each_outcome_is_of_one_kind(void **state)
{
	struct writing w = begin("");

	(void)state;
	finished(&w, OUTCOME_PASSED, "a.so::passed");
	finished(&w, OUTCOME_FAILED, "a.so::failed");
	finished(&w, OUTCOME_ERROR, "a.so::error");
	finished(&w, OUTCOME_CRASHED, "a.so::crashed");
	finished(&w, OUTCOME_TIMEOUT, "a.so::timeout");
	finished(&w, OUTCOME_SKIPPED, "a.so::skipped");
	finished(&w, OUTCOME_XFAILED, "a.so::xfailed");
	finished(&w, OUTCOME_XPASSED, "a.so::xpassed");
	finished(&w, OUTCOME_NOT_RUN, "a.so::not-run");
	end(&w);
	expect(PREVIOUS_FAILED, "a.so::crashed a.so::error a.so::failed a.so::timeout a.so::xpassed");
	expect(PREVIOUS_NOT_RUN, "a.so::not-run");
}

static void of_twins_one_that_failed_is_enough(void **state)
{
	struct writing w = begin("");

	(void)state;
	finished(&w, OUTCOME_PASSED, "a.so::twin");
	finished(&w, OUTCOME_ERROR, "a.so::twin");
	end(&w);
	expect(PREVIOUS_FAILED, "a.so::twin");
}

static void what_a_rerun_leaves_out_is_not_forgotten(void **state)
{
	struct writing first = begin(""), second, third;

	(void)state;
	finished(&first, OUTCOME_FAILED, "a.so::mended");
	finished(&first, OUTCOME_FAILED, "a.so::left_out");
	finished(&first, OUTCOME_NOT_RUN, "a.so::later");
	finished(&first, OUTCOME_PASSED, "a.so::breaks");
	end(&first);
	second = begin(first.run);
	finished(&second, OUTCOME_PASSED, "a.so::mended");
	finished(&second, OUTCOME_FAILED, "a.so::breaks");
	end(&second);
	expect(PREVIOUS_FAILED, "a.so::breaks a.so::left_out");
	expect(PREVIOUS_FAILED | PREVIOUS_NOT_RUN, "a.so::breaks a.so::later a.so::left_out");
	third = begin(second.run);
	finished(&third, OUTCOME_PASSED, "a.so::left_out");
	end(&third);
	expect(PREVIOUS_FAILED, "a.so::breaks");
	expect(PREVIOUS_NOT_RUN, "a.so::later");
	/* One that is no rerun begins anew. */
	first = begin("");
	finished(&first, OUTCOME_PASSED, "b.so::other");
	end(&first);
	expect(PREVIOUS_FAILED, "");
}

static void a_source_that_can_be_read_again_is_not_meant(void **state)
{
	struct writing first = begin(""), second;

	(void)state;
	finished(&first, OUTCOME_ERROR, "a.so");
	finished(&first, OUTCOME_ERROR, "b.so");
	end(&first);
	expect(PREVIOUS_FAILED, "a.so b.so");
	second = begin(first.run);
	finished(&second, OUTCOME_PASSED, "a.so::passes");
	end(&second);
	expect(PREVIOUS_FAILED, "b.so");
}

static void nobody_goes_in_circles(void **state)
{
	struct writing w = begin("last"); /* which is this one */

	(void)state;
	finished(&w, OUTCOME_FAILED, "a.so::failed");
	end(&w);
	expect(PREVIOUS_FAILED, "a.so::failed");
	w = begin("gone");
	finished(&w, OUTCOME_FAILED, "b.so::failed");
	end(&w);
	expect(PREVIOUS_FAILED, "b.so::failed");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_outcome_is_of_one_kind),
		TEST(of_twins_one_that_failed_is_enough),
		TEST(what_a_rerun_leaves_out_is_not_forgotten),
		TEST(a_source_that_can_be_read_again_is_not_meant),
		TEST(nobody_goes_in_circles),
	};

	return cmocka_run_group_tests_name("previous", tests, NULL, NULL);
}
