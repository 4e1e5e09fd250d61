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

#include "core/common/error.h"

static const char log_name[] = "events.jsonl";

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

/* Removes all but the newest runs: their logs, then their directories if nothing else is in them. */
static void remove_old_runs(int runs)
{
	struct dirent **entries;
	int n = scandirat(runs, ".", &entries, is_run, alphasort);

	for (int i = 0; i < n; i++) {
		int fd = i < n - RUNS_KEPT ? open_directory(runs, entries[i]->d_name, 0) : -1;

		if (fd >= 0) {
			unlinkat(fd, log_name, 0);
			close(fd);
			unlinkat(runs, entries[i]->d_name, AT_REMOVEDIR);
		}
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

int rundir_create(char id[RUN_ID_SIZE], time_t now, struct ptpar_error *err)
{
	int top = open_directory(AT_FDCWD, ".ptpar", 1), runs = -1, log = top;

	if (top >= 0)
		log = runs = open_directory(top, "runs", 1);
	if (runs >= 0)
		log = make_run(runs, id, now);
	if (log >= 0) {
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
