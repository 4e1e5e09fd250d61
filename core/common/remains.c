/* remains.c - a directory is the launcher's if its name has the number of that process. */
#include "core/common/remains.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "core/common/remove_tree.h"

static pid_t parent;
static char session[4096]; /* directory of the launcher, or "" */

/* Open MPI 4.1.4 names it …/ompi.HOST.UID/pid.PID. */
static bool is_of_parent(const char *directory)
{
	char end[32];
	size_t n = (size_t)snprintf(end, sizeof(end), "/pid.%d", (int)parent), len = strlen(directory);

	return len > n && strcmp(directory + len - n, end) == 0;
}

void remains_begin(int signum)
{
	const char *directory = getenv("PMIX_SERVER_TMPDIR");

	parent = getppid();
	prctl(PR_SET_PDEATHSIG, signum);
	if (directory != NULL && strlen(directory) < sizeof(session) && is_of_parent(directory))
		strcpy(session, directory);
}

bool remains_is_orphan(void)
{
	return parent != 0 && getppid() != parent;
}

void remains_remove(unsigned patience)
{
	static const struct timespec nap = { .tv_nsec = 1000000 };
	char ours[sizeof(session) + 16];

	if (session[0] == '\0')
		return;
	for (unsigned ms = 0; !remains_is_orphan() && ms < patience; ms++)
		nanosleep(&nap, NULL);
	if (!remains_is_orphan())
		return;
	/* Others that it has started do the same: one of them gets it. */
	snprintf(ours, sizeof(ours), "%s.%d", session, (int)getpid());
	if (rename(session, ours) != 0)
		return;
	remove_tree(ours);
	rmdir(dirname(session)); /* all launchers of the user have theirs in there: if this was the last one */
}
