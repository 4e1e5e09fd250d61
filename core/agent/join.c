/* join.c - reads a file, looks for others. */
#include "core/agent/join.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/install.h"

/* Of what the script has printed, so much is told, bytes: the beginning, where the reason is. */
enum { MOST = 1 << 14 };

static struct {
	char *said;
	size_t n_said;
	unsigned long status;
} script;

/* Only what mktemp(1) can have made: it is removed. */
static void take_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid()) {
		script.said = xmalloc(MOST);
		n = read(fd, script.said, MOST);
		script.n_said = n > 0 ? (size_t)n : 0;
		unlink(path);
	}
	close(fd);
}

void join_begin(char **arguments)
{
	if (arguments[0] == NULL)
		return;
	take_file(arguments[0]);
	if (arguments[1] != NULL) {
		script.status = strtoul(arguments[1], NULL, 10);
		if (script.status == 0)
			script.status = 256; /* by `exit 0`, say */
	}
}

void join_inspect(const struct wire_inspect *m, struct buffer *out)
{
	const char **missing = xcalloc(m->paths.n + 1, sizeof(*missing)), *node = getenv("SLURMD_NODENAME");
	char host[256] = "", cwd[PATH_MAX] = "";
	size_t n = 0;

	for (size_t i = 0; i < m->paths.n; i++)
		if (access(m->paths.items[i], R_OK) != 0)
			missing[n++] = m->paths.items[i];
	if (access(install_helper("ptpar-worker"), X_OK) != 0)
		missing[n++] = install_helper("ptpar-worker");
	gethostname(host, sizeof(host) - 1);
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		cwd[0] = '\0';
	wire_put_joined(out, &(struct wire_joined){ .status = script.status,
						    .said = { script.said, script.n_said },
						    .host = node != NULL ? node : host,
						    .cwd = cwd,
						    .missing = { missing, n } });
	free(missing);
}
