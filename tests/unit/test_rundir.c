/* test_rundir.c - what a run leaves in .ptpar, and finding it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "core/ptpar/rundir.h"
#include "tests/unit/sample_run.h"

static void make_run(char id[RUN_ID_SIZE], time_t now)
{
	struct ptpar_error err = { "" };
	int fd = rundir_create(id, now, &err);

	if (fd < 0)
		fail_msg("%s", err.text);
	assert_int_equal(write(fd, id, strlen(id)), strlen(id));
	close(fd);
}

/* Opens a run; its log has its own id in it. */
static void check_found(const char *wanted, const char *expected)
{
	struct ptpar_error err = { "" };
	char id[RUN_ID_SIZE], text[RUN_ID_SIZE] = "";
	FILE *file = rundir_open(wanted, id, &err);

	if (file == NULL)
		fail_msg("%s: %s", wanted, err.text);
	assert_string_equal(id, expected);
	assert_non_null(fgets(text, sizeof(text), file));
	assert_string_equal(text, expected);
	fclose(file);
}

static void check_refused(const char *wanted, const char *why)
{
	struct ptpar_error err = { "" };
	char id[RUN_ID_SIZE];

	assert_null(rundir_open(wanted, id, &err));
	if (strstr(err.text, why) == NULL)
		fail_msg("%s: says: %s", wanted, err.text);
}

static void a_run_leaves_its_traces(void **state)
{
	char id[RUN_ID_SIZE], name[128];
	struct stat st;
	struct buffer b;

	(void)state;
	make_run(id, 1767323045);
	b = read_file(".ptpar/.gitignore");
	assert_string_equal(buffer_string(&b), "*\n");
	buffer_free(&b);
	b = read_file(".ptpar/last");
	assert_contains(&b, id);
	buffer_free(&b);
	snprintf(name, sizeof(name), ".ptpar/runs/%s/events.jsonl", id);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void runs_are_found_by_id_prefix_and_last(void **state)
{
	char first[RUN_ID_SIZE], second[RUN_ID_SIZE], third[RUN_ID_SIZE];

	(void)state;
	make_run(first, 1767323045);
	make_run(second, 1767323045); /* in the same second */
	make_run(third, 1798859045);  /* a year later */
	assert_string_not_equal(first, second);
	assert_true(strcmp(second, third) < 0);
	check_found("last", third);
	check_found(first, first); /* though it begins the second's */
	check_found(second, second);
	check_refused("2", "3 runs begin with 2");
	check_refused("19", "no such run");
	check_refused("", "no such run");
	check_refused("../runs", "no such run");
	check_refused("no%s%nsuch", "no such run");
}

static int count_logs(void)
{
	glob_t found = { 0 };
	int n;

	assert_int_equal(glob(".ptpar/runs/2026*/events.jsonl", 0, NULL, &found), 0);
	n = (int)found.gl_pathc;
	globfree(&found);
	return n;
}

static void old_runs_go_and_nothing_else(void **state)
{
	char id[RUN_ID_SIZE], oldest[RUN_ID_SIZE], name[128];

	(void)state;
	make_run(oldest, 1000000000);
	assert_int_equal(mkdir(".ptpar/runs/mine", 0777), 0);
	assert_int_equal(mkdir("elsewhere", 0777), 0);
	close(open("elsewhere/events.jsonl", O_WRONLY | O_CREAT, 0666));
	assert_int_equal(symlink("../../elsewhere", ".ptpar/runs/20000101-000000-1"), 0);
	for (int i = 0; i < RUNS_KEPT + 1; i++)
		make_run(id, 1767323045 + i);
	snprintf(name, sizeof(name), ".ptpar/runs/%s", oldest);
	assert_int_equal(count_logs(), RUNS_KEPT);
	assert_int_not_equal(access(name, F_OK), 0);
	assert_int_equal(access(".ptpar/runs/mine", F_OK), 0);
	assert_int_equal(access("elsewhere/events.jsonl", F_OK), 0);
	check_found("last", id);
}

static void links_are_not_followed(void **state)
{
	struct ptpar_error err = { "" };
	char id[RUN_ID_SIZE];

	(void)state;
	assert_int_equal(mkdir("elsewhere", 0777), 0);
	assert_int_equal(symlink("elsewhere", ".ptpar"), 0);
	assert_true(rundir_create(id, 1767323045, &err) < 0);
	assert_non_null(strstr(err.text, "no record of this run"));
	check_refused("last", "no runs are recorded here");
}

static void without_a_directory_there_is_one_line(void **state)
{
	struct ptpar_error err = { "" };
	char id[RUN_ID_SIZE];

	(void)state;
	check_refused("last", "no runs are recorded here");
	close(open(".ptpar", O_WRONLY | O_CREAT, 0666)); /* a file is in the way */
	assert_true(rundir_create(id, 1767323045, &err) < 0);
	assert_string_equal(id, "");
	assert_null(strchr(err.text, '\n'));
}

/* --- runs that are left to jobs --------------------------------------------------------------------------- */

static void reserve(char id[RUN_ID_SIZE], time_t now, const char *job)
{
	struct ptpar_error err = { "" };

	assert_int_equal(rundir_reserve(id, now, &err), 0);
	assert_int_equal(rundir_put_job(id, "slurm", job, &err), 0);
}

static void job_of(const char *run, const char *id, const char *number)
{
	struct ptpar_error err = { "" };
	struct rundir_job job;

	assert_int_equal(rundir_get_job(run, &job, &err), 0);
	assert_string_equal(job.id, id);
	assert_string_equal(job.scheduler, "slurm");
	assert_string_equal(job.job, number);
	assert_true(difftime(time(NULL), job.submitted) < 60);
}

static void no_job_of(const char *run, const char *why)
{
	struct ptpar_error err = { "" };
	struct rundir_job job;

	assert_true(rundir_get_job(run, &job, &err) < 0);
	if (strstr(err.text, why) == NULL)
		fail_msg("%s: says: %s", run, err.text);
}

static void jobs_are_found(void **state)
{
	char first[RUN_ID_SIZE], second[RUN_ID_SIZE], plain[RUN_ID_SIZE], name[128];
	struct stat st;

	(void)state;
	no_job_of("last", "no runs are recorded here");
	make_run(plain, 1767323044);
	no_job_of("last", "no run here was left to a job");
	reserve(first, 1767323045, "12");
	reserve(second, 1767323046, "13@far");
	make_run(plain, 1767323047);
	job_of("last", second, "13@far");
	job_of(first, first, "12");
	check_found("last", plain); /* the others have not begun */
	no_job_of(plain, "was not left to a job");
	no_job_of("19", "no such run");
	snprintf(name, sizeof(name), ".ptpar/runs/%s/job.out", first);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	rundir_remove(second);
	job_of("last", first, "12");
}

static void a_job_enters_its_run(void **state)
{
	struct ptpar_error err = { "" };
	char id[RUN_ID_SIZE], plain[RUN_ID_SIZE], entered[RUN_ID_SIZE], here[256], *path;
	struct rundir_job job;
	int fd;

	(void)state;
	reserve(id, 1767323045, "12");
	make_run(plain, 1767323047);
	path = rundir_path(id, &err);
	assert_non_null(path);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir("/"), 0); /* it may be anywhere */
	fd = rundir_enter(path, entered, &err);
	assert_int_equal(rundir_read_job(path, &job), 0);
	assert_int_equal(chdir(here), 0);
	assert_true(fd >= 0);
	assert_string_equal(entered, id);
	assert_string_equal(job.job, "12");
	assert_int_equal(write(fd, id, strlen(id)), strlen(id));
	close(fd);
	check_found("last", id); /* from now on */
	assert_true(rundir_enter("/nowhere/at/all", entered, &err) < 0);
	assert_non_null(strstr(err.text, "no record of this run: cannot write to /nowhere/at/all"));
	assert_true(rundir_read_job("/nowhere/at/all", &job) < 0);
	free(path);
}

static void runs_stay_that_wait_for_their_job(void **state)
{
	char id[RUN_ID_SIZE], over[RUN_ID_SIZE], waits[RUN_ID_SIZE], name[128];
	int fd;

	(void)state;
	reserve(over, 1000000000, "1");
	reserve(waits, 1000000001, "2");
	snprintf(name, sizeof(name), ".ptpar/runs/%s/events.jsonl", over);
	fd = open(name, O_WRONLY);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	for (int i = 0; i < RUNS_KEPT + 1; i++)
		make_run(id, 1767323045 + i);
	no_job_of(over, "no such run");
	job_of(waits, waits, "2");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_leaves_its_traces),
		TEST(runs_are_found_by_id_prefix_and_last),
		TEST(old_runs_go_and_nothing_else),
		TEST(links_are_not_followed),
		TEST(jobs_are_found),
		TEST(a_job_enters_its_run),
		TEST(runs_stay_that_wait_for_their_job),
		TEST(without_a_directory_there_is_one_line),
	};

	return cmocka_run_group_tests_name("rundir", tests, NULL, NULL);
}
