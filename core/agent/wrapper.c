/* wrapper.c - gdb cannot be what a rank is started in: it has a terminal to itself, in a window that another
 * process has made. gdbserver can. */
#include "core/agent/wrapper.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/agent/agent.h"
#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/in_path.h"
#include "core/common/install.h"

/* Words before the command, at most: those of gdbserver. */
enum { SERVER_WORDS = 3 };

/* gdbserver takes any port, but says which only to a person: it is chosen here, and free a moment later. */
static unsigned find_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned port = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		port = ntohs(address.sin_port);
	if (fd >= 0)
		close(fd);
	return port;
}

static bool is_debugged(const struct wire_launch *m, uint32_t rank)
{
	for (size_t i = 0; i < m->debugged.n; i++)
		if (m->debugged.items[i] == rank)
			return true;
	return false;
}

static char *put_rank(const char *word, uint32_t rank)
{
	struct buffer out = { 0 };

	while (*word != '\0') {
		if (strncmp(word, "{rank}", 6) == 0) {
			buffer_printf(&out, "%u", rank);
			word += 6;
		} else {
			buffer_putc(&out, *word++);
		}
	}
	buffer_putc(&out, '\0');
	return out.data;
}

/* valgrind shall not blame tests for what MPI does. It need not be the first word. */
static void help_valgrind(void)
{
	static bool is_done;
	const char *options = getenv("VALGRIND_OPTS"), *path = install_helper("valgrind.supp");
	char *more;

	if (is_done || access(path, R_OK) != 0 || strpbrk(path, " \t") != NULL)
		return;
	is_done = true;
	more = xasprintf("%s --suppressions=%s", options == NULL ? "" : options, path);
	setenv("VALGRIND_OPTS", more, 1);
	free(more);
}

struct wrapper wrapper_make(const struct wire_launch *m, uint32_t rank, char *const *argv)
{
	size_t n = 0, n_own = 0, n_wrap = m == NULL ? 0 : m->wrap.n;
	struct wrapper w = { .port = m != NULL && is_debugged(m, rank) ? find_port() : 0 };

	if (n_wrap > 0)
		help_valgrind();
	while (argv[n_own] != NULL)
		n_own++;
	w.argv = xcalloc(SERVER_WORDS + n_wrap + n_own + 1, sizeof(*w.argv));
	for (size_t i = 0; i < n_wrap; i++)
		w.argv[n++] = put_rank(m->wrap.items[i], rank);
	if (w.port != 0) {
		w.argv[n++] = xstrdup("gdbserver");
		w.argv[n++] = xstrdup("--once");
		w.argv[n++] = xasprintf("localhost:%u", w.port);
	}
	for (size_t i = 0; i < n_own; i++)
		w.argv[n++] = xstrdup(argv[i]);
	return w;
}

bool wrapper_is_set(const struct wire_launch *m)
{
	return m->wrap.n > 0 || m->debugged.n > 0;
}

void wrapper_free(struct wrapper *w)
{
	for (char **word = w->argv; word != NULL && *word != NULL; word++)
		free(*word);
	free(w->argv);
	*w = (struct wrapper){ 0 };
}

/* --- debuggers ------------------------------------------------------------------------------------------- */

/* What gdb is told: to stop where the test begins. */
struct orders {
	char remote[48], entry[320];
};

static void give_orders(struct orders *o, const struct wire_launch *m, unsigned port)
{
	snprintf(o->remote, sizeof(o->remote), "target remote localhost:%u", port);
	snprintf(o->entry, sizeof(o->entry), "tbreak %s", m->entry);
}

static void start(char *const *argv)
{
	struct child *child = agent_new_child(WIRE_DEBUGGER, 0, 0);

	agent_start_child(child, (char **)argv, CAPTURE_NO);
}

static void open_window(const struct orders *o, const char *title, const char *program)
{
	char *const argv[] = { "xterm",         "-T",
			       (char *)title,   "-e",
			       "gdb",           "-q",
			       "-ex",           "set sysroot /",
			       "-ex",           "set breakpoint pending on",
			       "-ex",           (char *)o->remote,
			       "-ex",           (char *)o->entry,
			       "-ex",           "continue",
			       (char *)program, NULL };

	start(argv);
}

static void open_pane(const struct orders *o, const char *program)
{
	char *const argv[] = { "tmux",
			       "split-window",
			       "-d",
			       "gdb",
			       "-q",
			       "-ex",
			       "set sysroot /",
			       "-ex",
			       "set breakpoint pending on",
			       "-ex",
			       (char *)o->remote,
			       "-ex",
			       (char *)o->entry,
			       "-ex",
			       "continue",
			       (char *)program,
			       NULL };
	char *const layout[] = { "tmux", "select-layout", "tiled", NULL };

	start(argv);
	start(layout);
}

static bool is_set(const char *name)
{
	return getenv(name) != NULL && getenv(name)[0] != '\0';
}

void wrapper_open_debugger(const struct wire_launch *m, uint32_t rank, const struct wrapper *w, const char *program)
{
	struct orders orders;
	char *title, *text;

	if (w->port == 0)
		return;
	give_orders(&orders, m, w->port);
	title = xasprintf("rank %u of %s", rank, m->title);
	text = xasprintf(
		"%s waits for a debugger: gdb -ex 'set sysroot /' -ex 'set breakpoint pending on' -ex '%s' "
		"-ex '%s' -ex continue %s",
		title, orders.remote, orders.entry, program);
	if (is_set("DISPLAY") && in_path("xterm"))
		open_window(&orders, title, program);
	else if (is_set("TMUX"))
		open_pane(&orders, program);
	else
		wire_put_notice(&agent.core->out, &(struct wire_notice){ .text = text });
	free(title);
	free(text);
}
