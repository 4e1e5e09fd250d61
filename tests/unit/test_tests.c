/* test_tests.c - ids, which tests are meant, and what the configuration says about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/common/buffer.h"
#include "core/ptpar/settings.h"
#include "core/ptpar/tests.h"
#include "tests/unit/sample_run.h"

/* A suite with a[2], a[4] and b, which wants to be isolated; a program that says np=3, one that says nothing; and a
 * section. */
static struct tests collect(void)
{
	struct tests tests = { 0 };

	tests_add_suite(&tests, "./a.so", "suite");
	tests_add(&tests, &(struct wire_test){ .name = "a", .np = 2, .np_declared = 1 }, 8);
	tests_add(&tests, &(struct wire_test){ .name = "a", .np = PTPAR_SOURCE_NP_ALL, .np_declared = 1 }, 4);
	tests_add(&tests, &(struct wire_test){ .name = "b", .np = 1, .isolated = 1 }, 8);
	tests_add_suite(&tests, "t/p.t", "tap");
	tests_add(&tests, &(struct wire_test){ .name = "p", .np = 3, .np_declared = 1, .is_program = 1 }, 8);
	tests_add_suite(&tests, "t/q.t", "tap");
	tests_add(&tests,
		  &(struct wire_test){ .name = "q", .np = 1, .is_program = 1, .tags = "io", .xfail = "why" }, 8);
	tests_add_suite(&tests, "command:c", "command");
	tests_add(&tests, &(struct wire_test){ .name = "c", .np = 1, .is_program = 1 }, 8);
	return tests;
}

static struct settings load(const char *ini, const char *argument)
{
	char *argv[] = { "ptpar", (char *)argument, NULL };
	struct ptpar_error err = { "" };
	struct settings settings;
	FILE *f = fopen("ptpar.ini", "w");

	assert_non_null(f);
	fputs(ini, f);
	assert_int_equal(fclose(f), 0);
	if (settings_load(&settings, argument != NULL ? 2 : 1, argv, &err) != 0)
		fail_msg("%s", err.text);
	return settings;
}

static void expect_ids(const struct tests *tests, const char *expected)
{
	struct buffer all = { 0 };

	for (size_t i = 0; i < tests->n; i++)
		buffer_printf(&all, "%s%s", i == 0 ? "" : " ", tests->tests[i].id);
	assert_string_equal(buffer_string(&all), expected);
	buffer_free(&all);
}

static const struct test *find(const struct tests *tests, const char *id)
{
	for (size_t i = 0; i < tests->n; i++)
		if (strcmp(tests->tests[i].id, id) == 0)
			return &tests->tests[i];
	fail_msg("%s: no such test", id);
	return NULL;
}

static void programs_get_the_np_that_is_asked_for(void **state)
{
	struct settings s = load("[match:*]\nnp = 9\n[match:t/*]\nnp = 4 7\n[command:c]\ncommand = c\n", NULL);
	struct tests tests = collect();
	const struct test *q;

	(void)state;
	tests_multiply(&tests, &s);
	expect_ids(&tests, "a.so::a[2] a.so::a[4] a.so::b t/p.t::p[3] t/q.t::q[4] t/q.t::q[7] command:c::c[9]");
	q = find(&tests, "t/q.t::q[7]");
	assert_int_equal(q->np, 7);
	assert_true(q->np_declared);
	assert_string_equal(q->name, "q[7]");
	assert_string_equal(q->case_name, "q");
	assert_string_equal(q->tags, "io");
	assert_string_equal(q->xfail, "why");
	assert_int_equal(q->isolation, ISOLATION_FRESH);
	tests_free(&tests);
	settings_free(&s);
}

static void isolation_is_the_last_word(void **state)
{
	struct settings s = load("[ptpar]\nisolated = world\n[match:a.so::a*]\nisolated = yes\n[match:a.so::a[4]]\n"
				 "isolated = no\n[match:t/*]\nisolated = no\n",
				 NULL);
	struct tests tests = collect();

	(void)state;
	assert_int_equal(find(&tests, "a.so::a[2]")->isolation, ISOLATION_NO);
	tests_apply_settings(&tests, &s);
	assert_int_equal(find(&tests, "a.so::a[2]")->isolation, ISOLATION_FRESH);
	assert_int_equal(find(&tests, "a.so::a[4]")->isolation, ISOLATION_NO);
	assert_int_equal(find(&tests, "a.so::b")->isolation, ISOLATION_FRESH);     /* what it asks for itself */
	assert_int_equal(find(&tests, "t/p.t::p[3]")->isolation, ISOLATION_FRESH); /* there is no other way */
	tests_free(&tests);
	settings_free(&s);

	s = load("[ptpar]\nisolated = world\n[match:*::b]\nisolated = no\n", NULL);
	tests = collect();
	tests_apply_settings(&tests, &s);
	assert_int_equal(find(&tests, "a.so::a[2]")->isolation, ISOLATION_WORLD);
	assert_int_equal(find(&tests, "a.so::b")->isolation, ISOLATION_NO);
	tests_free(&tests);
	settings_free(&s);
}

static void threads_take_slots(void **state)
{
	struct settings s = load("[ptpar]\nthreads = 2\n[match:t/*]\nthreads = 3\n[match:*::q]\nthreads = 4\n"
				 "[command:c]\nthreads = 5\ncommand = c\n[match:command:*]\nthreads = 6\n",
				 NULL);
	struct tests tests = collect();

	(void)state;
	assert_int_equal(test_slots(find(&tests, "a.so::a[2]")), 2);
	tests_apply_settings(&tests, &s);
	assert_int_equal(test_slots(find(&tests, "a.so::a[2]")), 4);
	assert_int_equal(test_slots(find(&tests, "t/p.t::p[3]")), 9);
	assert_int_equal(test_slots(find(&tests, "t/q.t::q")), 4);
	assert_int_equal(test_slots(find(&tests, "command:c::c")), 5); /* its own */
	tests_free(&tests);
	settings_free(&s);
}

static void select_by(const char *ini, const char *argument, const char *expected)
{
	struct settings s = load(ini, argument);
	struct tests tests = collect();
	struct ptpar_error err = { "" };

	if (tests_select(&tests, &s, &err) != 0)
		fail_msg("%s", err.text);
	expect_ids(&tests, expected);
	tests_free(&tests);
	settings_free(&s);
}

/* Sections run beside the paths of the file, but not beside those of the command line. */
static void sections_are_selected(void **state)
{
	static const char ini[] = "[ptpar]\npaths = t\n[command:c]\ncommand = c\n";

	(void)state;
	assert_int_equal(mkdir("t", 0700), 0);
	select_by(ini, NULL, "t/p.t::p[3] t/q.t::q command:c::c");
	select_by(ini, "a.so", "a.so::a[2] a.so::a[4] a.so::b");
	select_by(ini, "command:c", "command:c::c");
	select_by(ini, "command:c::c", "command:c::c");
	select_by(ini, "command:c::d", "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(programs_get_the_np_that_is_asked_for),
		TEST(isolation_is_the_last_word),
		TEST(threads_take_slots),
		TEST(sections_are_selected),
	};

	return cmocka_run_group_tests_name("tests", tests, NULL, NULL);
}
