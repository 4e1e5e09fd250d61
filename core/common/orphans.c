/* orphans.c - the kernel lists the children of a thread in /proc. */
#include "core/common/orphans.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void orphans_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void orphans_kill(bool (*is_known)(const void *ctx, pid_t pid), const void *ctx)
{
	char path[64];
	FILE *list;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &pid) == 1)
		if (!is_known(ctx, pid)) {
			kill(pid, SIGKILL);
			/* Those that had ended before would stay zombies. */
			waitpid(pid, NULL, WNOHANG);
		}
	if (list != NULL)
		fclose(list);
}
