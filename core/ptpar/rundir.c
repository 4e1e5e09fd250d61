/* rundir.c - everything by openat() from the directory's own descriptor, so that nobody can swap a part of a path.
 */
#include "core/ptpar/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"

static const char log_name[] = "events.jsonl", job_name[] = "job", output_name[] = "job.out";

/* So long a run is kept whose job has not begun, seconds. */
static const double WAIT_FOR_JOB = 30 * 24 * 3600.0;

/* Opens a directory below another, made before if need be. */
static int open_directory(int at, const char *name, int make)
{
	int fd;

	if (make && mkdirat(at, name, 0777) != 0 && errno != EEXIST)
		return -errno;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Replaces a small file, so that a reader sees the old one or the new one. */
static int replace_file(int at, const char *name, const char *text)
{
	char temporary[64];
	int fd, status = 0;

	snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());
	unlinkat(at, temporary, 0);
	fd = openat(at, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		status = errno != 0 ? -errno : -EIO;
	close(fd);
	if (status == 0 && renameat(at, temporary, at, name) != 0)
		status = -errno;
	if (status < 0)
		unlinkat(at, temporary, 0);
	return status;
}

/* Does it look like one of our ids? Nothing else is ever removed. */
static int is_run(const struct dirent *entry)
{
	return strspn(entry->d_name, "0123456789-") == strlen(entry->d_name) && strlen(entry->d_name) > 15 &&
	       strlen(entry->d_name) < RUN_ID_SIZE;
}

/* Is that the directory of a run whose job may still begin? */
static bool awaits_job(int run)
{
	struct stat job, log;

	return fstatat(run, job_name, &job, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(run, log_name, &log, AT_SYMLINK_NOFOLLOW) == 0 && log.st_size == 0 &&
	       difftime(time(NULL), job.st_mtime) < WAIT_FOR_JOB;
}

/* Its files, and itself if nothing else is in it. */
static void remove_run(int runs, const char *id, int run)
{
	unlinkat(run, log_name, 0);
	unlinkat(run, job_name, 0);
	unlinkat(run, output_name, 0);
	unlinkat(runs, id, AT_REMOVEDIR);
}

/* Removes all but the newest runs. */
static void remove_old_runs(int runs)
{
	struct dirent **entries;
	int n = scandirat(runs, ".", &entries, is_run, alphasort);

	for (int i = 0; i < n; i++) {
		int fd = i < n - RUNS_KEPT ? open_directory(runs, entries[i]->d_name, 0) : -1;

		if (fd >= 0 && !awaits_job(fd))
			remove_run(runs, entries[i]->d_name, fd);
		if (fd >= 0)
			close(fd);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* Makes runs/ID; a second run within the same second by the same process number takes the next free ID. */
static int make_run(int runs, char id[RUN_ID_SIZE], time_t now)
{
	struct tm t;
	char stamp[20];
	int fd, status = -EEXIST;

	localtime_r(&now, &t);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &t);
	for (int i = 0; i < 100 && status == -EEXIST; i++) {
		if (i == 0)
			snprintf(id, RUN_ID_SIZE, "%s-%d", stamp, (int)getpid());
		else
			snprintf(id, RUN_ID_SIZE, "%s-%d-%d", stamp, (int)getpid(), i);
		status = mkdirat(runs, id, 0777) == 0 ? 0 : -errno;
	}
	if (status < 0)
		return status;
	status = open_directory(runs, id, 0);
	if (status < 0)
		return status;
	/* What tests print may be nobody else's business. */
	fd = openat(status, log_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = -errno;
	close(status);
	return fd;
}

static int create(char id[RUN_ID_SIZE], time_t now, bool is_last, struct ptpar_error *err)
{
	int top = open_directory(AT_FDCWD, ".ptpar", 1), runs = -1, log = top;

	if (top >= 0)
		log = runs = open_directory(top, "runs", 1);
	if (runs >= 0)
		log = make_run(runs, id, now);
	if (log >= 0) {
		if (is_last)
			replace_file(top, "last", id);
		if (faccessat(top, ".gitignore", F_OK, 0) != 0)
			replace_file(top, ".gitignore", "*\n");
		remove_old_runs(runs);
	}
	if (runs >= 0)
		close(runs);
	if (top >= 0)
		close(top);
	if (log < 0) {
		id[0] = '\0';
		return ptpar_fail(err, log, "no record of this run: cannot write to .ptpar here: %s",
				  strerror(-log));
	}
	return log;
}

int rundir_create(char id[RUN_ID_SIZE], time_t now, struct ptpar_error *err)
{
	return create(id, now, true, err);
}

/* .ptpar/runs, or the run of that id in it. */
static int open_runs(const char *id)
{
	int top = open_directory(AT_FDCWD, ".ptpar", 0), runs = top, run;

	if (top >= 0)
		runs = open_directory(top, "runs", 0);
	run = runs;
	if (runs >= 0 && id != NULL)
		run = open_directory(runs, id, 0);
	if (runs >= 0 && id != NULL)
		close(runs);
	if (top >= 0)
		close(top);
	return run;
}

int rundir_reserve(char id[RUN_ID_SIZE], time_t now, struct ptpar_error *err)
{
	int log = create(id, now, false, err), run, output;

	if (log < 0)
		return log;
	close(log);
	/* The batch system would make it readable for others. */
	run = open_runs(id);
	output = run < 0 ? run
			 : openat(run, output_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (output >= 0)
		close(output);
	if (run >= 0)
		close(run);
	return 0;
}

void rundir_remove(const char *id)
{
	int runs = open_runs(NULL), run = open_runs(id);

	if (runs >= 0 && run >= 0)
		remove_run(runs, id, run);
	if (run >= 0)
		close(run);
	if (runs >= 0)
		close(runs);
}

char *rundir_path(const char *id, struct ptpar_error *err)
{
	char *here = getcwd(NULL, 0), *path = NULL;

	if (here == NULL)
		ptpar_fail(err, -errno, "the working directory has no name: %s", strerror(errno));
	else
		path = xasprintf("%s/.ptpar/runs/%s", here, id);
	free(here);
	return path;
}

int rundir_enter(const char *path, char id[RUN_ID_SIZE], struct ptpar_error *err)
{
	const char *name = strrchr(path, '/');
	int run = open_directory(AT_FDCWD, path, 0), log = run, top;

	snprintf(id, RUN_ID_SIZE, "%s", name != NULL ? name + 1 : path);
	if (run >= 0) {
		log = openat(run, log_name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
		log = log < 0 ? -errno : log;
		top = openat(run, "../..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (top >= 0) {
			replace_file(top, "last", id);
			close(top);
		}
		close(run);
	}
	if (log < 0) {
		id[0] = '\0';
		return ptpar_fail(err, log, "no record of this run: cannot write to %s: %s", path, strerror(-log));
	}
	return log;
}

/* --- jobs ------------------------------------------------------------------------------------------------- */

int rundir_put_job(const char *id, const char *scheduler, const char *job, struct ptpar_error *err)
{
	char text[2 * JOB_NAME_SIZE + 2];
	int run = open_runs(id), status = run;

	snprintf(text, sizeof(text), "%s %s\n", scheduler, job);
	if (run >= 0) {
		status = replace_file(run, job_name, text);
		close(run);
	}
	if (status < 0)
		return ptpar_fail(err, status, "cannot write .ptpar/runs/%s/job: %s", id, strerror(-status));
	return 0;
}

/* Of that directory. */
static int read_job(int run, struct rundir_job *job)
{
	int fd = openat(run, job_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), rc = -ENOENT;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat st;

	if (file == NULL) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	if (fstat(fd, &st) == 0 && fscanf(file, "%63s %63s", job->scheduler, job->job) == 2) {
		job->submitted = st.st_mtime;
		rc = 0;
	}
	fclose(file);
	return rc;
}

int rundir_read_job(const char *path, struct rundir_job *job)
{
	int run = open_directory(AT_FDCWD, path, 0), rc = run;

	if (run >= 0) {
		rc = read_job(run, job);
		close(run);
	}
	return rc;
}

static int find_run(int runs, const char *wanted, char id[RUN_ID_SIZE], struct ptpar_error *err);

/* The last run that has a job. */
static int find_last_job(int runs, struct rundir_job *job)
{
	struct dirent **entries;
	int n = scandirat(runs, ".", &entries, is_run, alphasort), rc = -ENOENT, run;

	for (int i = n - 1; i >= 0; i--) {
		run = rc < 0 ? open_directory(runs, entries[i]->d_name, 0) : -1;
		if (run >= 0) {
			rc = read_job(run, job);
			close(run);
		}
		if (run >= 0 && rc == 0)
			snprintf(job->id, sizeof(job->id), "%.*s", RUN_ID_SIZE - 1, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return rc;
}

int rundir_get_job(const char *run, struct rundir_job *job, struct ptpar_error *err)
{
	int runs = open_runs(NULL), fd, rc;

	if (runs < 0)
		return ptpar_fail(err, runs, "no runs are recorded here: .ptpar/runs: %s", strerror(-runs));
	if (strcmp(run, "last") == 0) {
		rc = find_last_job(runs, job);
		close(runs);
		return rc == 0 ? 0 : ptpar_fail(err, rc, "no run here was left to a job (--detach)");
	}
	rc = find_run(runs, run, job->id, err);
	close(runs);
	fd = rc < 0 ? -1 : open_runs(job->id);
	if (rc < 0)
		return rc;
	rc = fd < 0 ? fd : read_job(fd, job);
	if (fd >= 0)
		close(fd);
	return rc == 0 ? 0
		       : ptpar_fail(err, rc, "run %s was not left to a job (--detach): --report=%s shows it",
				    job->id, job->id);
}

FILE *rundir_open_output(const char *id)
{
	int run = open_runs(id), fd;

	if (run < 0)
		return NULL;
	fd = openat(run, output_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	close(run);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* --- earlier runs ----------------------------------------------------------------------------------------- */

static int read_last(int top, char id[RUN_ID_SIZE])
{
	int fd = openat(top, "last", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, id, RUN_ID_SIZE - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -ENOENT;
	id[n] = '\0';
	id[strcspn(id, "\n/")] = '\0';
	return 0;
}

/* The run of that id, or else the one whose id begins so. */
static int find_run(int runs, const char *wanted, char id[RUN_ID_SIZE], struct ptpar_error *err)
{
	struct dirent **entries;
	int n = scandirat(runs, ".", &entries, is_run, alphasort), found = 0;
	bool exact = false;

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (!exact && strncmp(name, wanted, strlen(wanted)) == 0) {
			snprintf(id, RUN_ID_SIZE, "%.*s", RUN_ID_SIZE - 1, name);
			exact = strcmp(name, wanted) == 0;
			found++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	if (found == 0 || wanted[0] == '\0')
		return ptpar_fail(err, -ENOENT, "no such run: %s: see the names in .ptpar/runs, or say last",
				  wanted);
	if (found > 1 && !exact)
		return ptpar_fail(err, -EINVAL, "%d runs begin with %s: say more of its id", found, wanted);
	return 0;
}

FILE *rundir_open(const char *run, char id[RUN_ID_SIZE], struct ptpar_error *err)
{
	int top = open_directory(AT_FDCWD, ".ptpar", 0), runs = -1, directory = -1, log = -1;
	char last[RUN_ID_SIZE];
	FILE *file = NULL;

	if (top >= 0)
		runs = open_directory(top, "runs", 0);
	if (runs < 0) {
		ptpar_fail(err, runs, "no runs are recorded here: .ptpar: %s", strerror(top < 0 ? -top : -runs));
		goto out;
	}
	if (strcmp(run, "last") == 0) {
		if (read_last(top, last) < 0) {
			ptpar_fail(err, -ENOENT, ".ptpar/last names no run");
			goto out;
		}
		run = last;
	}
	if (find_run(runs, run, id, err) < 0)
		goto out;
	directory = open_directory(runs, id, 0);
	if (directory >= 0)
		log = openat(directory, log_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (log >= 0)
		file = fdopen(log, "r");
	if (file == NULL)
		ptpar_fail(err, -errno, ".ptpar/runs/%s/%s: %s", id, log_name, strerror(errno));
out:
	if (directory >= 0)
		close(directory);
	if (runs >= 0)
		close(runs);
	if (top >= 0)
		close(top);
	return file;
}
