/* test_report_junit.c - well-formed whatever tests print, with the right counts; old or new, never half. */
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
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/common/replace.h"
#include "core/ptpar/report_junit.h"
#include "tests/unit/sample_run.h"

extern char **environ;

static void write_report(const char *file)
{
	struct ptpar_error err = { "" };
	struct reporter *junit = report_junit_new(file);

	sample_run(emit_to_reporter, junit);
	if (junit->finish(junit, &err) != 0)
		fail_msg("%s", err.text);
}

/* Is it XML? Skips where xmllint is not. */
static void check_well_formed(const char *file)
{
	char *argv[] = { "xmllint", "--noout", (char *)file, NULL };
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		return;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return;
	assert_int_equal(status, 0);
}

static void it_says_what_became_of_each(void **state)
{
	static const char *const parts[] = {
		"<testsuites name=\"ptpar\" tests=\"12\" failures=\"3\" errors=\"3\" skipped=\"4\" "
		"time=\"0.150000\">",
		"name=\"test_A[2]: 3 - another\" time=\"0\">\n      <skipped type=\"skipped\" message=\"not "
		"today\"/>",
		"<testsuite name=\"broken.so\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\"",
		"<testsuite name=\"suite.so\" tests=\"11\" failures=\"3\" errors=\"2\" skipped=\"4\"",
		"timestamp=\"2026-01-02T03:04:05\" hostname=\"",
		"<testcase classname=\"suite.so\" name=\"test_A[2]\" time=\"0.012000\" "
		"file=\"examples/quickstart.c\" line=\"14\">",
		"<failure type=\"failed\" message=\"rank != 1 (quickstart.c:14)\">",
		"\">On rank 1 of 2: failed\n  examples/quickstart.c:14: rank != 1\n    left: 1\n",
		"<error type=\"crashed\" message=\"killed by SIGSEGV\">",
		"<error type=\"timeout\" message=\"took longer than 5 s\">",
		"<error type=\"error\" message=\"broken.so: undefined symbol: f\">",
		"<failure type=\"xpassed\" message=\"issue 13\">",
		"<skipped type=\"skipped\" message=\"Not enough processes: 8 needed, 4 there\"/>",
		"<skipped type=\"xfailed\" message=\"issue 12\"/>",
		"<skipped type=\"not-run\" message=\"the run was interrupted\"/>",
		"<property name=\"flaky\" value=\"passed at attempt 2\"/>",
		"<system-out>On rank 0 of 2:\nbefore\n",
		"On rank 1 of 2:\nout ",
		"]]&gt;&amp;&lt;",
	};
	struct buffer b;

	(void)state;
	write_report("report.xml");
	check_well_formed("report.xml");
	b = read_file("report.xml");
	assert_harmless(&b);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		assert_contains(&b, parts[i]);
	buffer_free(&b);
}

/* Each is a case, beside the program. */
static void points_are_cases(void **state)
{
	static const char *const parts[] = {
		"<testsuite name=\"t/io.t\" tests=\"9\" failures=\"3\" errors=\"0\" skipped=\"2\"",
		"<testcase classname=\"t/io.t\" name=\"io[2]\" time=\"0.012000\">\n"
		"      <failure type=\"failed\" message=\"2 of 6 test points failed\">",
		"<testcase classname=\"t/io.t\" name=\"io[2] rank 0: 1 - opens the file\" time=\"0\"/>",
		"name=\"io[2] rank 0: 2.1 - first line\" time=\"0\"/>",
		"name=\"io[2] rank 0: 2.2\" time=\"0\">\n"
		"      <failure type=\"failed\" message=\"not ok, line 5\"></failure>\n    </testcase>",
		"name=\"io[2] rank 0: 2 - reads ",
		"message=\"not ok, line 7\">got: 3\n",
		"name=\"io[2] rank 0: 3 - GPU\" time=\"0\">\n      <skipped type=\"skipped\" message=\"there is ",
		"name=\"io[2] rank 0: 4 - locks\" time=\"0\">\n"
		"      <skipped type=\"xfailed\" message=\"issue 12\"/>",
		"name=\"io[2] rank 0: 5 - unlocks\" time=\"0\"/>",
		"name=\"io[2] rank 1: 1 - is there\" time=\"0\"/>",
	};
	struct reporter *junit = report_junit_new("report.xml");
	struct event e = sample_program();
	struct buffer b;

	(void)state;
	junit->event(junit, &e);
	assert_int_equal(junit->finish(junit, NULL), 0);
	check_well_formed("report.xml");
	b = read_file("report.xml");
	assert_harmless(&b);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		assert_contains(&b, parts[i]);
	buffer_free(&b);
}

/* libxml2 takes no element above 10 MB. */
static void much_detail_is_cut(void **state)
{
	enum { N = 8, SIZE = 4 << 20 };
	char *detail = malloc(SIZE + 1);
	struct ptpar_point points[N];
	struct event_rank rank = { 0, OUTCOME_FAILED, 0.1, NULL, 0, NULL, 0, points, N };
	struct event e = sample_finished(OUTCOME_FAILED, "a.t::a", 1, &rank, 1);
	struct reporter *junit = report_junit_new("report.xml");
	struct buffer b;

	(void)state;
	assert_non_null(detail);
	memset(detail, 'd', SIZE);
	detail[SIZE] = '\0';
	for (uint32_t i = 0; i < N; i++)
		points[i] = (struct ptpar_point){ PTPAR_POINT_FAILED, i + 1, 0, "", NULL, detail, i + 1 };
	junit->event(junit, &e);
	assert_int_equal(junit->finish(junit, NULL), 0);
	free(detail);
	check_well_formed("report.xml");
	b = read_file("report.xml");
	assert_contains(&b, "more failed: the event log has them\n</failure>");
	buffer_free(&b);
}

static void an_empty_run_is_a_report_too(void **state)
{
	struct reporter *junit = report_junit_new("report.xml");
	struct buffer b;

	(void)state;
	assert_int_equal(junit->finish(junit, NULL), 0);
	check_well_formed("report.xml");
	b = read_file("report.xml");
	assert_contains(&b, "<testsuites name=\"ptpar\" tests=\"0\"");
	buffer_free(&b);
}

static void much_output_is_cut(void **state)
{
	size_t n = 30 << 20;
	char *output = malloc(n);
	struct event_rank rank = { 0, OUTCOME_FAILED, 0.1, NULL, 0, output, n, NULL, 0 };
	struct event e = sample_finished(OUTCOME_FAILED, "a.so::loud", 1, &rank, 1);
	struct reporter *junit = report_junit_new("report.xml");
	struct stat st;

	(void)state;
	assert_non_null(output);
	memset(output, 0xff, n); /* each byte becomes three */
	junit->event(junit, &e);
	assert_int_equal(junit->finish(junit, NULL), 0);
	free(output);
	check_well_formed("report.xml");
	assert_int_equal(stat("report.xml", &st), 0);
	assert_true(st.st_size < 10000000);
}

static void a_missing_directory_is_named(void **state)
{
	struct ptpar_error err = { "" };
	struct reporter *junit = report_junit_new("no/such/report.xml");

	(void)state;
	assert_int_equal(junit->finish(junit, &err), -ENOENT);
	assert_string_equal(err.text, "no/such/report.xml: its directory does not exist: make it first");
}

static void a_link_stays_a_link(void **state)
{
	struct stat st;
	struct buffer b;

	(void)state;
	assert_int_equal(mkdir("there", 0777), 0);
	close(open("there/real.xml", O_WRONLY | O_CREAT, 0640));
	assert_int_equal(symlink("there/real.xml", "report.xml"), 0);
	write_report("report.xml");
	assert_int_equal(lstat("report.xml", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("there/real.xml", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	b = read_file("there/real.xml");
	assert_contains(&b, "</testsuites>");
	buffer_free(&b);
}

static void links_are_followed_to_the_end(void **state)
{
	static char deep[PATH_MAX / 2];
	struct ptpar_error err;
	struct buffer b;

	(void)state;
	assert_int_equal(mkdir("a", 0777), 0);
	assert_int_equal(mkdir("a/b", 0777), 0);
	assert_int_equal(symlink("a/b", "to_b"), 0);
	assert_int_equal(symlink("../../c/report.xml", "a/b/up"), 0);
	assert_int_equal(mkdir("c", 0777), 0);
	write_report("to_b//./up"); /* the last link dangles: the file is made where it points to */
	b = read_file("c/report.xml");
	assert_contains(&b, "</testsuites>");
	buffer_free(&b);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(file_replace("loop", "x", 1, &err), -ELOOP);
	assert_string_equal(err.text, "loop: Too many levels of symbolic links");
	assert_int_equal(file_replace("c/", "x", 1, NULL), -EISDIR);
	assert_int_equal(file_replace("c", "x", 1, NULL), -EISDIR);
	assert_int_equal(file_replace("c/report.xml/d", "x", 1, NULL), -ENOTDIR);
	assert_int_equal(file_replace("", "x", 1, NULL), -EISDIR);
	memset(deep, 'x', sizeof(deep) - 1);
	assert_int_equal(file_replace(deep, "x", 1, NULL), -ENAMETOOLONG);
}

/* In a directory as /tmp is, what another user has put there is neither followed nor written into. */
static void what_another_user_has_put_there_is_refused(void **state)
{
	enum { NOBODY = 65534 };
	struct ptpar_error err;
	struct stat st;
	struct buffer b;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can act as somebody else */
	assert_int_equal(mkdir("shared", 0777), 0);
	assert_int_equal(chmod("shared", 01777), 0);
	assert_int_equal(file_replace("mine", "mine", 4, NULL), 0);
	assert_int_equal(symlink("../mine", "shared/link"), 0);
	assert_int_equal(symlink("..", "shared/up"), 0);
	assert_int_equal(mkfifo("shared/pipe", 0666), 0);
	close(open("shared/file", O_WRONLY | O_CREAT, 0600));
	assert_int_equal(chmod("shared/file", 0666), 0);
	assert_int_equal(lchown("shared/link", NOBODY, NOBODY), 0);
	assert_int_equal(lchown("shared/up", NOBODY, NOBODY), 0);
	assert_int_equal(lchown("shared/pipe", NOBODY, NOBODY), 0);
	assert_int_equal(lchown("shared/file", NOBODY, NOBODY), 0);
	assert_int_equal(file_replace("shared/link", "x", 1, &err), -EACCES);
	assert_non_null(strstr(err.text, "shared/link: the link 'link' on the way belongs to another user"));
	assert_int_equal(file_replace("shared/up/mine", "x", 1, &err), -EACCES);
	assert_int_equal(file_replace("shared/pipe", "x", 1, &err), -EACCES);
	assert_non_null(strstr(err.text, "shared/pipe: no regular file, and of another user"));
	b = read_file("mine");
	assert_string_equal(buffer_string(&b), "mine");
	buffer_free(&b);
	/* A file is not written into but replaced, and so is its mode. */
	assert_int_equal(file_replace("shared/file", "x", 1, NULL), 0);
	assert_int_equal(stat("shared/file", &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 0002, 0);
	/* Where only its owner can write, a link is the owner's affair. */
	assert_int_equal(chmod("shared", 0755), 0);
	assert_int_equal(file_replace("shared/link", "x", 1, NULL), 0);
}

/* A pipe, /dev/stdout: never renamed over. */
static void what_is_no_file_is_written_to_and_stays(void **state)
{
	struct stat st;
	char begin[6] = "";
	int fd;

	(void)state;
	assert_int_equal(mkfifo("report.xml", 0600), 0);
	fd = open("report.xml", O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	write_report("report.xml");
	assert_int_equal(read(fd, begin, 5), 5);
	assert_string_equal(begin, "<?xml");
	close(fd);
	assert_int_equal(stat("report.xml", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

/* A limit on the size of files stands for a full disk. */
static void replace_in_little_room(void)
{
	static char much[1 << 20];
	struct ptpar_error err = { "" };

	_exit(file_replace("report.xml", much, sizeof(much), &err) == -EFBIG ? 0 : 1);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	pid_t pid;
	int status;
	struct buffer b;

	(void)state;
	assert_int_equal(file_replace("report.xml", "old", 3, NULL), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 });
		signal(SIGXFSZ, SIG_IGN);
		replace_in_little_room();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	b = read_file("report.xml");
	assert_string_equal(buffer_string(&b), "old");
	buffer_free(&b);
	assert_int_equal(unlink("report.xml"), 0);
	assert_int_equal(chdir(".."), 0);
	assert_int_equal(rmdir(*state), 0); /* nothing else was left behind */
	assert_int_equal(mkdir(*state, 0700), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_what_became_of_each),
		TEST(points_are_cases),
		TEST(much_detail_is_cut),
		TEST(an_empty_run_is_a_report_too),
		TEST(much_output_is_cut),
		TEST(a_missing_directory_is_named),
		TEST(a_link_stays_a_link),
		TEST(links_are_followed_to_the_end),
		TEST(what_another_user_has_put_there_is_refused),
		TEST(what_is_no_file_is_written_to_and_stays),
		TEST(a_full_disk_leaves_the_old_file),
	};

	return cmocka_run_group_tests_name("report_junit", tests, NULL, NULL);
}
