/* test_source_lines.c - the example of a third party's source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ptpar/source.h>

#include "tests/unit/mock_reader.h"

static char path[64];

static int make_file(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/ptpar-test-XXXXXX.tests");
	fd = mkstemps(path, strlen(".tests"));
	return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int open_it(const char *content, void **suite, struct ptpar_error *err)
{
	static const struct ptpar_source_host host = { .abi = PTPAR_SOURCE_ABI, .size = sizeof(host) };
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(content, out);
	assert_int_equal(fclose(out), 0);
	*suite = NULL;
	return ptpar_source.open(&host, path, suite, err);
}

static char listing[256];

static int note_case(void *ctx, const struct ptpar_case *c)
{
	size_t n = strlen(listing);

	(void)ctx;
	assert_true(c->isolated);
	assert_string_equal(c->file, path);
	snprintf(listing + n, sizeof(listing) - n, "%u %s %lld @%u\n", (unsigned)c->index, c->name,
		 (long long)c->np, (unsigned)c->line);
	return 0;
}

static void lists_and_commands(void **state)
{
	struct ptpar_command command;
	struct ptpar_error err = { "" };
	void *suite;

	(void)state;
	assert_int_equal(open_it("# name command\n\nadds\t./adder 1  2\r\n  sorts ./sorter", &suite, &err), 0);
	listing[0] = '\0';
	assert_int_equal(ptpar_source.list(suite, note_case, NULL, &err), 0);
	assert_string_equal(listing, "0 adds 1 @3\n1 sorts 1 @4\n");
	assert_string_equal(ptpar_source.name(suite, 1), "sorts");
	assert_null(ptpar_source.name(suite, 2));
	assert_int_equal(ptpar_source.command(suite, 0, 1, &command, &err), 0);
	assert_string_equal(command.argv[0], "./adder");
	assert_string_equal(command.argv[1], "1");
	assert_string_equal(command.argv[2], "2");
	assert_null(command.argv[3]);
	ptpar_source.close(suite);
}

static void refuses(void **state)
{
	struct ptpar_error err = { "" };
	char text[128];
	void *suite;

	(void)state;
	assert_int_equal(open_it("a b\nc\n", &suite, &err), -EINVAL);
	snprintf(text, sizeof(text), "%s:2: 'c' has no command: write NAME COMMAND", path);
	assert_string_equal(err.text, text);
	assert_int_equal(open_it("c\n", &suite, NULL), -EINVAL);
	assert_int_equal(ptpar_source.open(NULL, "/absent.tests", &suite, &err), -ENOENT);
	assert_string_equal(err.text, "/absent.tests: No such file or directory");
	ptpar_source.close(NULL);
	assert_true(ptpar_source.claims("a.tests"));
	assert_false(ptpar_source.claims(".tests"));
	assert_false(ptpar_source.claims("a.test"));
}

static void expect(int status, enum ptpar_rank_outcome outcome, const char *notes)
{
	struct ptpar_ended ended = mock_ended("", status);

	assert_int_equal(ptpar_source.read(NULL, 0, &ended, &mock_reader), outcome);
	assert_string_equal(mock_notes, notes);
}

static void judges(void **state)
{
	(void)state;
	expect(EXITED(0), PTPAR_RANK_PASSED, "");
	expect(EXITED(3), PTPAR_RANK_FAILED, "failure: exited with status 3\n");
	expect(KILLED(SIGSEGV), PTPAR_RANK_CRASHED, "failure: killed by signal 11\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_commands),
		cmocka_unit_test(refuses),
		cmocka_unit_test(judges),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
