/* test_source_tap.c - the source plugin `tap`: which files it takes, what scripts say of themselves, what is run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ptpar/source.h>

#include "tests/unit/mock_reader.h"

static const struct ptpar_source_host host = { .abi = PTPAR_SOURCE_ABI, .size = sizeof(host) };

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/ptpar-test-XXXXXX");
	return mkdtemp(directory) == NULL || chdir(directory) < 0;
}

static int remove_directory(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return chdir("/") < 0 || system(command) != 0;
}

static void write_file(const char *name, const char *content, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, n), (ssize_t)n);
	close(fd);
}

static void write_script(const char *name, const char *content)
{
	write_file(name, content, strlen(content));
}

/* ---- The cases ---- */

struct listing {
	char text[4096];
	int stop_after;
};

static int note_case(void *ctx, const struct ptpar_case *c)
{
	struct listing *l = ctx;
	size_t n = strlen(l->text);

	assert_true(c->isolated);
	assert_null(c->param);
	snprintf(l->text + n, sizeof(l->text) - n, "%u %s %lld%s %g tags=%s xfail=%s %s:%u\n", (unsigned)c->index,
		 c->name, (long long)c->np, c->np_declared ? "" : "?", c->timeout, c->tags != NULL ? c->tags : "-",
		 c->xfail != NULL ? c->xfail : "-", c->file, (unsigned)c->line);
	return --l->stop_after == 0 ? -ECANCELED : 0;
}

static void *open_it(const char *path)
{
	struct ptpar_error err = { "" };
	void *suite = NULL;

	if (ptpar_source.open(&host, path, &suite, &err) != 0)
		fail_msg("%s", err.text);
	return suite;
}

static void expect_cases(const char *path, const char *cases)
{
	struct listing l = { "", 0 };
	struct ptpar_error err;
	void *suite = open_it(path);

	assert_int_equal(ptpar_source.list(suite, note_case, &l, &err), 0);
	assert_string_equal(l.text, cases);
	ptpar_source.close(suite);
}

static void expect_error(const char *content, const char *text)
{
	struct ptpar_error err = { "" };
	void *suite = NULL;

	write_script("bad.t", content);
	assert_true(ptpar_source.open(&host, "bad.t", &suite, &err) < 0);
	assert_null(suite);
	assert_string_equal(err.text, text);
}

static void undeclared(void **state)
{
	(void)state;
	write_script("plain.t", "#!/bin/sh\necho 1..0\n");
	expect_cases("plain.t", "0 plain 1? 0 tags=- xfail=- plain.t:1\n");
	write_script("empty.t", "");
	expect_cases("empty.t", "0 empty 1? 0 tags=- xfail=- empty.t:1\n");
}

static void declared(void **state)
{
	(void)state;
	write_script("a.b.t", "#!/bin/sh\n# ptpar: np=4\n");
	expect_cases("./a.b.t", "0 a.b 4 0 tags=- xfail=- ./a.b.t:2\n");
	write_script("a.t", "#! /usr/bin/perl\n\n  ##ptpar: np=2,4  timeout=1.5\r\n"
			    "# ptpar: tags=io,slow xfail='issue 12'\n# ptpar; np=9\n");
	expect_cases("a.t", "0 a 2 1.5 tags=io slow xfail=issue 12 a.t:3\n"
			    "1 a 4 1.5 tags=io slow xfail=issue 12 a.t:3\n");
}

/* Only the first 20 lines of what begins with #! are looked at. */
static void where_it_is_declared(void **state)
{
	char text[32768] = "#!/bin/sh\n";

	(void)state;
	write_script("a.t", "# ptpar: np=4\n#!/bin/sh\n");
	expect_cases("a.t", "0 a 1? 0 tags=- xfail=- a.t:1\n");
	for (int i = 0; i < 18; i++)
		strcat(text, "\n");
	strcat(text, "# ptpar: np=4\n# ptpar: np=0\n");
	write_script("a.t", text);
	expect_cases("a.t", "0 a 4 0 tags=- xfail=- a.t:20\n");
	memset(text + 10, 'x', 20000);
	strcpy(text + 20010, "\n# ptpar: np=4\n");
	write_script("a.t", text);
	expect_cases("a.t", "0 a 1? 0 tags=- xfail=- a.t:1\n");
	write_file("binary.t", "\177ELF\n# ptpar: np=0\n", 20);
	expect_cases("binary.t", "0 binary 1? 0 tags=- xfail=- binary.t:1\n");
	write_file("nul.t", "#!/bin/sh\n\0\n# ptpar: np=3", 26);
	expect_cases("nul.t", "0 nul 1? 0 tags=- xfail=- nul.t:1\n"); /* no text behind a NUL */
}

static void mistakes(void **state)
{
	(void)state;
	expect_error("#!/bin/sh\n# ptpar: np=0\n",
		     "bad.t:2: np=0: give one or more numbers of processes, from 1 to 1048576");
	expect_error("#!/bin/sh\n\n# ptpar: np=2,-4\n",
		     "bad.t:3: np=2,-4: give one or more numbers of processes, from 1 to 1048576");
	expect_error("#!/bin/sh\n# ptpar: np=\n",
		     "bad.t:2: np=: give one or more numbers of processes, from 1 to 1048576");
	expect_error("#!/bin/sh\n# ptpar: np=99999999999999999999\n",
		     "bad.t:2: np=99999999999999999999: give one or more numbers of processes, from 1 to 1048576");
	expect_error("#!/bin/sh\n# ptpar: np=2x\n",
		     "bad.t:2: np=2x: give one or more numbers of processes, from 1 to 1048576");
	expect_error("#!/bin/sh\n# ptpar: ranks=2\n",
		     "bad.t:2: unknown key 'ranks': there are np, timeout, tags and xfail");
	expect_error("#!/bin/sh\n# ptpar: np 4\n", "bad.t:2: 'np': write key=value, as in np=4");
	expect_error("#!/bin/sh\n# ptpar:\n", "bad.t:2: nothing behind 'ptpar:': write key=value, as in np=4");
	expect_error("#!/bin/sh\n# ptpar: np=4 np=2\n", "bad.t:2: np is there twice: remove one");
	expect_error("#!/bin/sh\n# ptpar: timeout=1\n# ptpar: timeout=1\n",
		     "bad.t:3: timeout is there twice: remove one");
	expect_error("#!/bin/sh\n# ptpar: timeout=soon\n",
		     "bad.t:2: timeout=soon: give a number of seconds above 0");
	expect_error("#!/bin/sh\n# ptpar: timeout=0\n", "bad.t:2: timeout=0: give a number of seconds above 0");
	expect_error("#!/bin/sh\n# ptpar: timeout=1e999\n",
		     "bad.t:2: timeout=1e999: give a number of seconds above 0");
	expect_error("#!/bin/sh\n# ptpar: tags=,\n", "bad.t:2: tags=,: give one or more words");
	expect_error("#!/bin/sh\n# ptpar: xfail=''\n",
		     "bad.t:2: xfail=: give the reason why it is expected to fail");
	expect_error("#!/bin/sh\n# ptpar: xfail='issue 12\n",
		     "bad.t:2: ' xfail='issue 12': an unclosed ''': quote it");
}

static void a_file_that_has_gone(void **state)
{
	struct ptpar_error err = { "" };
	void *suite = NULL;

	(void)state;
	assert_int_equal(ptpar_source.open(&host, "gone.t", &suite, &err), -ENOENT);
	assert_string_equal(err.text, "gone.t: No such file or directory");
	assert_int_equal(ptpar_source.open(&host, "gone.t", &suite, NULL), -ENOENT);
	ptpar_source.close(NULL);
}

static void listing_can_be_stopped(void **state)
{
	struct listing l = { "", 1 };
	void *suite;

	(void)state;
	write_script("many.t", "#!/bin/sh\n# ptpar: np=1,2,3\n");
	suite = open_it("many.t");
	assert_int_equal(ptpar_source.list(suite, note_case, &l, NULL), -ECANCELED);
	assert_string_equal(l.text, "0 many 1 0 tags=- xfail=- many.t:2\n");
	assert_string_equal(ptpar_source.name(suite, 2), "many");
	assert_null(ptpar_source.name(suite, 3));
	ptpar_source.close(suite);
}

/* ---- The files ---- */

static void claims(void **state)
{
	(void)state;
	write_script("claimed.t", "");
	assert_true(ptpar_source.claims("claimed.t"));
	assert_int_equal(chmod("claimed.t", 0644), 0); /* shall become a failure, not be passed over */
	assert_true(ptpar_source.claims("./claimed.t"));
	assert_int_equal(mkdir("directory.t", 0755), 0);
	assert_false(ptpar_source.claims("directory.t"));
	assert_int_equal(mkfifo("fifo.t", 0644), 0);
	assert_false(ptpar_source.claims("fifo.t"));
	write_script(".t", "");
	assert_false(ptpar_source.claims("./.t"));
	write_script("x.tt", "");
	assert_false(ptpar_source.claims("x.tt"));
	write_script("t", "");
	assert_false(ptpar_source.claims("t"));
	assert_false(ptpar_source.claims("absent.t"));
	assert_false(ptpar_source.claims(""));
}

/* ---- Running ---- */

static void expect_command(const char *path, const char *program)
{
	struct ptpar_command command;
	struct ptpar_error err;
	void *suite = open_it(path);

	memset(&command, 0xff, sizeof(command));
	assert_int_equal(ptpar_source.command(suite, 0, 1, &command, &err), 0);
	assert_string_equal(command.argv[0], program);
	assert_null(command.argv[1]);
	assert_null(command.env);
	assert_null(command.cwd);
	ptpar_source.close(suite);
}

/* With a slash, so that PATH is not searched. */
static void commands(void **state)
{
	char path[128];

	(void)state;
	write_script("run.t", "");
	expect_command("run.t", "./run.t");
	expect_command("./run.t", "./run.t");
	snprintf(path, sizeof(path), "%s/run.t", directory);
	expect_command(path, path);
}

static void reading(void **state)
{
	struct ptpar_ended ended;
	void *suite;

	(void)state;
	write_script("read.t", "");
	suite = open_it("read.t");
	ended = mock_ended("1..2\nok 1 - a\nnot ok 2 - b\n", EXITED(1));
	assert_int_equal(ptpar_source.read(suite, 0, &ended, &mock_reader), PTPAR_RANK_FAILED);
	assert_string_equal(mock_points, "passed 0.1 a @2\nfailed 0.2 b @3\n");
	assert_string_equal(mock_notes, "failure: 1 of 2 test points failed\nlog: exited with status 1\n");
	ptpar_source.close(suite);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undeclared),
		cmocka_unit_test(declared),
		cmocka_unit_test(where_it_is_declared),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(a_file_that_has_gone),
		cmocka_unit_test(listing_can_be_stopped),
		cmocka_unit_test(claims),
		cmocka_unit_test(commands),
		cmocka_unit_test(reading),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
