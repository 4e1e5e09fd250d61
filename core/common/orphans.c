/* orphans.c - the kernel lists the children of a thread in /proc. */
#include "core/common/orphans.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void orphans_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* How many children there are that are not known; kills them, or reaps those that have ended. */
static unsigned go_through(bool (*is_known)(const void *ctx, pid_t pid), const void *ctx, bool kills)
{
	char path[64];
	FILE *list;
	unsigned n = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &pid) == 1) {
		if (is_known(ctx, pid))
			continue;
		if (kills)
			kill(pid, SIGKILL);
		/* Those that had ended before would stay zombies. */
		n += waitpid(pid, NULL, WNOHANG) != pid;
	}
	if (list != NULL)
		fclose(list);
	return n;
}

void orphans_kill(bool (*is_known)(const void *ctx, pid_t pid), const void *ctx)
{
	go_through(is_known, ctx, true);
}

void orphans_wait(bool (*is_known)(const void *ctx, pid_t pid), const void *ctx, unsigned patience)
{
	static const struct timespec nap = { .tv_nsec = 5000000 };

	for (unsigned ms = 0; go_through(is_known, ctx, false) > 0 && ms < patience; ms += 5)
		nanosleep(&nap, NULL);
}
