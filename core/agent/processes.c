/* processes.c - reads /proc. */
#include "core/agent/processes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"

/* Deeper trees than that are an accident. */
enum { MAX_DEPTH = 64 };

pid_t processes_leaf(pid_t pid)
{
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		char path[64];
		int child, last = 0;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
		f = fopen(path, "re");
		while (f != NULL && fscanf(f, "%d", &child) == 1)
			last = child;
		if (f != NULL)
			fclose(f);
		if (last == 0)
			break;
		pid = last;
	}
	return pid;
}

bool processes_runs(pid_t pid, const char *name)
{
	char path[64], exe[512];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	return slash != NULL && strcmp(slash + 1, name) == 0;
}

static char state_of(pid_t pid)
{
	char path[64], state = 'Z', line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	/* The name in ( ) may hold anything. */
	if (f != NULL && fgets(line, sizeof(line), f) != NULL && strrchr(line, ')') != NULL)
		sscanf(strrchr(line, ')'), ") %c", &state);
	if (f != NULL)
		fclose(f);
	return state;
}

/* Its command line, as far as there is room. */
static void read_command(pid_t pid, char *text, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f != NULL) {
		n = fread(text, 1, size - 1, f);
		fclose(f);
	}
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0' || text[i] == '\n')
			text[i] = ' ';
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
}

char *processes_tell(pid_t pid)
{
	char command[80], state = state_of(pid);

	if (state == 'Z')
		return NULL;
	read_command(pid, command, sizeof(command));
	return xasprintf("in `%s`, which %s", command,
			 state == 'R'   ? "computes"
			 : state == 'D' ? "waits for a device"
			 : state == 'T' ? "is stopped"
					: "sleeps");
}
