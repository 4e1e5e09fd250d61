/* shared_memory.c - /dev/shm is everybody's: a directory there is used only if it is ours and nobody else's. */
#include "core/agent/shared_memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/common/mpienv.h"
#include "core/common/remove_tree.h"
#include "core/common/worker_env.h"

/* An agent that has made a directory is in there after so many seconds. */
enum { SETTLED = 60 };

static char base[128]; /* "" while there is none */

/* Is it a directory that only we may use? */
static bool is_ours(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

void shared_memory_open(void)
{
	const char *announced = getenv(ENV_SHARED_MEMORY);
	char own[160], job[64];

	mpienv_job(job, sizeof(job));
	if (announced != NULL)
		snprintf(base, sizeof(base), "%s", announced);
	else
		snprintf(base, sizeof(base), "/dev/shm/ptpar-%u-%s", (unsigned)geteuid(), job);
	if ((mkdir(base, 0700) != 0 && errno != EEXIST) || !is_ours(base)) {
		base[0] = '\0';
		return;
	}
	snprintf(own, sizeof(own), "%s/%d", base, (int)getpid());
	if (mkdir(own, 0700) == 0)
		mpienv_set_backing_directory(own);
}

static bool is_alive(long pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	/* The name in ( ) may hold anything; ours holds no ). */
	if (fscanf(f, "%*d %*[^)]) %c", &state) != 1)
		state = '?';
	fclose(f);
	return state != 'Z';
}

/* Of this agent, and of those that cannot do it any more. */
static bool is_to_be_removed(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end == '\0' && pid > 0 && (pid == getpid() || !is_alive(pid));
}

/* The number of a process says nothing on other nodes: those of job steps have other names. */
static void name_pool(char *path, size_t size, uint32_t pool, bool is_step)
{
	const char *job = getenv("SLURM_JOB_ID");

	snprintf(path, size, "/dev/shm/ptpar-%u-%.20s%s%d-%u", (unsigned)geteuid(),
		 is_step && job != NULL ? job : "", is_step ? "." : "", (int)getpid(), pool);
}

void shared_memory_announce(uint32_t pool, bool is_step)
{
	char path[128];

	name_pool(path, sizeof(path), pool, is_step);
	setenv(ENV_SHARED_MEMORY, path, 1);
	if (is_step)
		return;
	if ((mkdir(path, 0700) == 0 || errno == EEXIST) && is_ours(path))
		mpienv_set_session_directory(path);
}

void shared_memory_announced(void)
{
	unsetenv(ENV_SHARED_MEMORY);
	mpienv_set_session_directory(NULL);
}

void shared_memory_remove(uint32_t pool)
{
	char path[128];

	for (int is_step = 0; is_step < 2; is_step++) {
		name_pool(path, sizeof(path), pool, is_step != 0);
		if (is_ours(path))
			remove_tree(path);
	}
}

/* Returns whether there is nothing left. */
static bool clear_up(void)
{
	DIR *d = opendir(base);
	struct dirent *entry;
	char path[sizeof(base) + 280];

	if (d == NULL)
		return true;
	while ((entry = readdir(d)) != NULL) {
		if (!is_to_be_removed(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);
		remove_tree(path);
	}
	closedir(d);
	return rmdir(base) == 0 || errno == ENOENT;
}

/* Was it made some time ago, for agents that have all ended? */
static bool is_abandoned(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	struct stat st;
	bool found = d != NULL && fstat(dirfd(d), &st) == 0 && st.st_mtime < time(NULL) - SETTLED;

	while (found && (entry = readdir(d)) != NULL)
		found = strtol(entry->d_name, NULL, 10) <= 0 || !is_alive(strtol(entry->d_name, NULL, 10));
	if (d != NULL)
		closedir(d);
	return found;
}

/* Of job steps whose agents Slurm has killed, on whatever node that was. */
static void sweep_steps(void)
{
	DIR *d = opendir("/dev/shm");
	struct dirent *entry;
	unsigned uid, job, pid, pool;
	char path[300], rest;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (sscanf(entry->d_name, "ptpar-%u-%u.%u-%u%c", &uid, &job, &pid, &pool, &rest) != 4 ||
		    uid != geteuid())
			continue;
		snprintf(path, sizeof(path), "/dev/shm/%s", entry->d_name);
		if (is_ours(path) && is_abandoned(path))
			remove_tree(path);
	}
	if (d != NULL)
		closedir(d);
}

void shared_memory_close(unsigned patience)
{
	static const struct timespec nap = { .tv_nsec = 5000000 };

	if (base[0] == '\0')
		return;
	for (unsigned ms = 0; !clear_up() && ms < patience; ms += 5)
		nanosleep(&nap, NULL);
	if (strchr(base, '.') != NULL)
		sweep_steps();
}

void shared_memory_sweep(void)
{
	DIR *d = opendir("/dev/shm");
	struct dirent *entry;
	unsigned uid, pool;
	long pid;
	char path[300], rest;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (sscanf(entry->d_name, "ptpar-%u-%ld-%u%c", &uid, &pid, &pool, &rest) != 3 || uid != geteuid() ||
		    is_alive(pid))
			continue;
		snprintf(path, sizeof(path), "/dev/shm/%s", entry->d_name);
		if (is_ours(path))
			remove_tree(path);
	}
	if (d != NULL)
		closedir(d);
}
