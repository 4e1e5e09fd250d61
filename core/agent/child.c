/* child.c - fork and exec, with shared memory and pipes handed down at fixed descriptors. By hand: uv_spawn lets
 * nothing be done between the two, and what is started here must die with this process and stay on its cores. */
#include "core/agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/agent/pmix_server.h"
#include "core/agent/printed.h"
#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/orphans.h"

/* A memfd of a fixed size: writing past its end fails, so that no test can fill the memory. */
static int make_memfd(const char *name, off_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
		int saved = errno;

		close(fd);
		return -saved;
	}
	return fd;
}

static int make_page(struct child *child)
{
	int fd = make_memfd("ptpar-page", (off_t)sizeof(struct page));
	void *memory;

	if (fd < 0)
		return fd;
	memory = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		int saved = errno;

		close(fd);
		return -saved;
	}
	child->page = memory;
	return fd;
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct child *child = handle->data;

	*buf = uv_buf_init(buffer_reserve(&child->handed, suggested), (unsigned)suggested);
}

static void hand_over(struct child *child)
{
	void (*callback)(struct child *, const struct credentials *) = child->on_handover;
	struct credentials c;

	memcpy(&c, child->handed.data, sizeof(c));
	c.address[sizeof(c.address) - 1] = '\0';
	child->on_handover = NULL;
	buffer_consume(&child->handed, sizeof(c));
	callback(child, &c);
}

static void on_handover_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct child *child = stream->data;

	(void)buf;
	if (n > 0)
		child->handed.len += (size_t)n;
	if (child->on_handover != NULL && child->handed.len >= sizeof(struct credentials))
		hand_over(child);
	if (child->on_handover == NULL && child->handed.len > 0) {
		child->handed.len = 0;
		if (child->on_words != NULL)
			child->on_words(child);
	}
	if (n < 0)
		uv_read_stop(stream);
}

/* --- starting -------------------------------------------------------------------------------------------- */

/* Sets NAME=VALUE in a list of n that has room for one more; returns how many there are then. */
static size_t set_variable(const char **all, size_t n, const char *variable)
{
	size_t name = strcspn(variable, "="), i = 0;

	while (i < n && (strncmp(all[i], variable, name) != 0 || all[i][name] != '='))
		i++;
	all[i] = variable;
	return i == n ? n + 1 : n;
}

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

void child_set_number(struct child *child, const char *name, uint32_t value)
{
	size_t i = 0;

	while (child->numbers[i][0] != '\0')
		i++;
	snprintf(child->numbers[i], sizeof(child->numbers[i]), "%s=%u", name, (unsigned)value);
}

/* This process's environment with the child's own variables over it. The strings are borrowed; free the array. */
static const char **make_environment(const struct child *child)
{
	enum { NUMBERS = sizeof(child->numbers) / sizeof(*child->numbers) };
	const char *numbers[NUMBERS + 1] = { NULL };
	const char *const *layers[] = { child->env, numbers, child->more_env };
	size_t n = count((const char *const *)environ), more = count(child->env) + NUMBERS + count(child->more_env);
	const char **all = xcalloc(n + more + 1, sizeof(*all));

	for (size_t i = 0; i < NUMBERS && child->numbers[i][0] != '\0'; i++)
		numbers[i] = child->numbers[i];
	memcpy(all, environ, n * sizeof(*all));
	for (size_t k = 0; k < sizeof(layers) / sizeof(*layers); k++)
		for (size_t i = 0; layers[k] != NULL && layers[k][i] != NULL; i++)
			n = set_variable(all, n, layers[k][i]);
	return all;
}

/* Between fork and exec: nothing but system calls. Does not return. */
static void become(const struct child *child, char **argv, const char *const *env, const int *fds, int n_fds,
		   int report, pid_t parent)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t none;
	int error, kept[8];

	/* Nobody watches over it any more when the agent dies. A launcher has things to clear up then. */
	prctl(PR_SET_PDEATHSIG, child->role == WIRE_LAUNCHER ? SIGTERM : SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setsid();
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &by_default, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (child->cpus != NULL)
		sched_setaffinity(0, sizeof(*child->cpus), child->cpus); /* as a favour: it may not be allowed */
	/* First out of the way of each other. */
	for (int i = 0; i < n_fds; i++)
		kept[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 16);
	for (int i = 0; i < n_fds; i++)
		if (kept[i] >= 0)
			dup2(kept[i], i);
	if (child->cwd == NULL || chdir(child->cwd) == 0)
		execvpe(argv[0], argv, (char *const *)env);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Returns 0, or the negative errno of what went wrong in the child. */
static int fork_and_exec(struct child *child, char **argv, const int *fds, int n_fds)
{
	const char **env;
	int report[2], error = 0;
	pid_t parent = getpid();
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) != 0)
		return -errno;
	env = make_environment(child);
	child->pid = fork();
	if (child->pid == 0)
		become(child, argv, env, fds, n_fds, report[1], parent);
	error = child->pid < 0 ? errno : 0;
	free(env);
	close(report[1]);
	do
		n = error != 0 ? 0 : read(report[0], &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (error != 0 && child->pid > 0)
		waitpid(child->pid, NULL, 0);
	child->running = error == 0;
	return -error;
}

/* The descriptors that a child gets, by number; -1: this process's. */
struct descriptors {
	int given[5];
	int n;
	int page, handover, pipes[2]; /* ours to close when it has started; -1: none */
	int handover_end;             /* ours to read */
};

/* What a child is to read. Returns a descriptor or a negative errno. */
static int open_input(const char *input)
{
	size_t n = input == NULL ? 0 : strlen(input);
	int fd, saved;

	if (input == NULL)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("ptpar-input", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, input, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	saved = errno != 0 ? errno : EIO;
	if (fd >= 0)
		close(fd);
	return -saved;
}

static int open_descriptors(struct child *child, enum capture capture, struct descriptors *d)
{
	int ends[2], status = 0;

	*d = (struct descriptors){ .given = { -1, -1, -1, -1, -1 }, .n = 3, .handover_end = -1 };
	d->page = d->handover = d->pipes[0] = d->pipes[1] = -1;
	child->capture_fd = -1;
	d->given[0] = open_input(child->input);
	if (d->given[0] < 0 && child->input != NULL)
		return d->given[0];
	if (capture == CAPTURE_MEMORY) {
		status = child->capture_fd = make_memfd("ptpar-output", CAPTURE_SIZE);
		d->given[1] = d->given[2] = child->capture_fd;
	}
	if (status >= 0 && child->role == WIRE_WORKER && child->program == NULL) {
		status = d->page = make_page(child);
		if (status >= 0 && pipe2(ends, O_CLOEXEC) != 0)
			return -errno;
		if (status < 0)
			return status;
		d->handover_end = ends[0];
		d->given[WORKER_PAGE_FD] = d->page;
		d->given[WORKER_HANDOVER_FD] = d->handover = ends[1];
		d->n = 5;
	}
	for (int i = 0; status >= 0 && capture == CAPTURE_PIPES && i < 2; i++) {
		status = printed_open(&child->printed[i], &d->pipes[i]);
		d->given[1 + i] = d->pipes[i];
	}
	return status < 0 ? status : 0;
}

static void close_descriptors(struct descriptors *d)
{
	int ours[] = { d->given[0], d->page, d->handover, d->pipes[0], d->pipes[1] };

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (ours[i] >= 0)
			close(ours[i]);
}

int child_start(uv_loop_t *loop, struct child *child, char **argv, enum capture capture, struct ptpar_error *err)
{
	struct descriptors d;
	int status = open_descriptors(child, capture, &d);

	if (status == 0)
		status = fork_and_exec(child, argv, d.given, d.n);
	close_descriptors(&d);
	if (status < 0) {
		if (d.handover_end >= 0)
			close(d.handover_end);
		return ptpar_fail(err, status, "cannot start %s: %s", argv[0], strerror(-status));
	}
	for (int i = 0; i < 2; i++)
		if (child->printed[i] != NULL)
			printed_begin(child->printed[i], loop);
	if (d.handover_end < 0)
		return 0;
	uv_pipe_init(loop, &child->handover, 0);
	child->handover.data = child;
	uv_pipe_open(&child->handover, d.handover_end);
	return uv_read_start((uv_stream_t *)&child->handover, allocate, on_handover_read);
}

/* --- ending ---------------------------------------------------------------------------------------------- */

void child_reap(struct child *children)
{
	int status;

	for (struct child *c = children; c != NULL; c = c->next) {
		if (!c->running || waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		if (!WIFEXITED(status) && !WIFSIGNALED(status))
			continue; /* it has stopped, being traced */
		c->running = false;
		c->status = status;
		/* What it has left behind in its process group ends with it. */
		kill(-c->pid, SIGKILL);
		c->on_exit(c);
	}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void child_free(struct child *child)
{
	if (child->page != NULL)
		munmap(child->page, sizeof(*child->page));
	if (child->capture_fd >= 0)
		close(child->capture_fd);
	buffer_free(&child->handed);
	if (child->handover.data == NULL)
		free(child);
	else
		uv_close((uv_handle_t *)&child->handover, on_closed);
}

void child_signal(struct child *child, int signal)
{
	/* One that has spoken its last words is about to end, in its own way. */
	if (signal == SIGTERM && child->page != NULL && atomic_load(&child->page->words) != WORDS_NONE)
		return;
	if (!child->running)
		return;
	child->killed = child->killed || signal == SIGTERM || signal == SIGKILL;
	kill(-child->pid, signal);
}

void child_pause(struct child *child, bool stop)
{
	uint64_t now = uv_hrtime();

	if (stop == (child->stopped_at != 0))
		return;
	if (!stop && child->page != NULL)
		atomic_fetch_add(&child->page->stopped, now - child->stopped_at);
	child->stopped_at = stop ? now : 0;
	child_signal(child, stop ? SIGSTOP : SIGCONT);
}

void child_output(struct child *child, size_t limit, struct buffer *out)
{
	off_t end = child->capture_fd < 0 ? 0 : lseek(child->capture_fd, 0, SEEK_CUR);
	off_t from = end > (off_t)limit ? end - (off_t)limit : 0;
	ssize_t n;

	while (from < end) {
		n = pread(child->capture_fd, buffer_reserve(out, (size_t)(end - from)), (size_t)(end - from), from);
		if (n <= 0)
			break;
		out->len += (size_t)n;
		from += n;
	}
}

/* Does it belong to one that runs? */
static bool is_known(const void *children, pid_t pid)
{
	pid_t session = getsid(pid);

	for (const struct child *c = children; c != NULL; c = c->next)
		if (c->running && (c->pid == pid || c->pid == session))
			return true;
	return pmix_server_owns(pid);
}

void child_kill_orphans(const struct child *children)
{
	orphans_kill(is_known, children);
}
