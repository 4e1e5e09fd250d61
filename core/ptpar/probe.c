/* probe.c - fork, a pipe, poll. */
#include "core/ptpar/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of what it prints, so much is kept, bytes. */
enum { MOST = 1 << 20 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void become(char *const *argv, const char *cwd, int out)
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (cwd == NULL || chdir(cwd) == 0)
		execvp(argv[0], argv);
	_exit(127);
}

/* Reads until all who could write have ended, or time is up: false. */
static bool read_all(int fd, double until, struct buffer *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		double left = until - now();

		if (left <= 0 || poll(&p, 1, (int)(left * 1000) + 1) == 0)
			return false;
		n = read(fd, buffer_reserve(out, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (out->len < MOST)
			out->len += (size_t)n;
	}
}

int probe(char *const *argv, const char *cwd, double seconds, struct buffer *out)
{
	double until = now() + seconds;
	int ends[2], status = -1;
	bool is_over;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become(argv, cwd, ends[1]);
	close(ends[1]);
	is_over = pid > 0 && read_all(ends[0], until, out);
	close(ends[0]);
	if (pid > 0 && !is_over)
		kill(-pid, SIGKILL);
	if (pid > 0)
		waitpid(pid, &status, 0);
	buffer_putc(out, '\0');
	out->len--;
	return status;
}
