/* terminal_detect.c - is there a person at the other end? Under mpirun each rank's stdout is a terminal, of
 * mpirun's making; what counts there is where mpirun itself writes to. */
#include "core/ptpar/report_terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MIN = 20, WIDTH_MAX = 1000 };

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

/* Opens the terminal that the parent writes to; -1 if it writes to none, or nobody can tell. */
static int open_terminal_of_parent(void)
{
	char link[64], path[64];
	ssize_t n;
	int fd;

	snprintf(link, sizeof(link), "/proc/%d/fd/1", (int)getppid());
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return -1;
	path[n] = '\0';
	if (strncmp(path, "/dev/pts/", 9) != 0 && strncmp(path, "/dev/tty", 8) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && !isatty(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static unsigned width_of(int fd)
{
	struct winsize size = { 0 };
	const char *columns = getenv("COLUMNS");
	long width = 0;

	if (fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0 && columns != NULL)
		width = strtol(columns, NULL, 10);
	return width < WIDTH_MIN || width > WIDTH_MAX ? WIDTH_DEFAULT : (unsigned)width;
}

void report_terminal_detect(struct terminal_options *options, int fd, const struct settings *settings)
{
	bool in_mpirun = is_set("OMPI_COMM_WORLD_RANK") || is_set("PMIX_RANK");
	int terminal = !isatty(fd) ? -1 : in_mpirun ? open_terminal_of_parent() : fd;
	const char *term = getenv("TERM");
	bool able = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;

	*options = (struct terminal_options){ .fd = fd,
					      .tty = terminal >= 0 && able,
					      .width = width_of(terminal),
					      .verbosity = settings->verbosity,
					      .durations = settings->durations };
	options->colour = settings->color == WHEN_ALWAYS ||
			  (settings->color == WHEN_AUTO && options->tty && !is_set("NO_COLOR"));
	if (terminal >= 0 && terminal != fd)
		close(terminal);
}
