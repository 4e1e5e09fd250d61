/* child.c - uv_spawn, with shared memory and pipes handed down at fixed descriptors. */
#include "core/agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/common/error.h"

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
	if (n < 0 && !uv_is_closing((uv_handle_t *)stream))
		uv_close((uv_handle_t *)stream, NULL);
}

static void on_exit_(uv_process_t *process, int64_t exit_status, int term_signal)
{
	struct child *child = process->data;

	child->running = false;
	child->status = term_signal != 0 ? term_signal : (int)(exit_status & 0xff) << 8;
	/* What it has left behind in its process group ends with it. */
	kill(-process->pid, SIGKILL);
	uv_close((uv_handle_t *)process, NULL);
	child->on_exit(child);
}

static int spawn(uv_loop_t *loop, struct child *child, char **argv, int page_fd, int handover_fd,
		 struct ptpar_error *err)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uv_stdio_container_t fds[5];
	uv_process_options_t options = {
		.file = argv[0],
		.args = argv,
		.flags = UV_PROCESS_DETACHED,
		.exit_cb = on_exit_,
		.stdio = fds,
		.stdio_count = page_fd >= 0 ? 5 : 3,
	};
	int given[5] = { null_fd, child->capture_fd, child->capture_fd, page_fd, handover_fd };
	int status;

	for (int i = 0; i < 5; i++) {
		fds[i].flags = UV_INHERIT_FD;
		fds[i].data.fd = given[i] >= 0 ? given[i] : i;
	}
	if (null_fd < 0)
		fds[0].flags = UV_IGNORE;
	child->process.data = child;
	status = uv_spawn(loop, &child->process, &options);
	if (null_fd >= 0)
		close(null_fd);
	if (status < 0) {
		uv_close((uv_handle_t *)&child->process, NULL);
		return ptpar_fail(err, status, "cannot start %s: %s", argv[0], uv_strerror(status));
	}
	child->running = true;
	return 0;
}

int child_start(uv_loop_t *loop, struct child *child, char **argv, bool capture, struct ptpar_error *err)
{
	int page_fd = -1, pipe_fds[2] = { -1, -1 }, status = 0;

	child->capture_fd = -1;
	if (capture)
		status = child->capture_fd = make_memfd("ptpar-output", CAPTURE_SIZE);
	if (status >= 0 && child->role == WIRE_WORKER) {
		status = page_fd = make_page(child);
		if (status >= 0 && pipe2(pipe_fds, O_CLOEXEC) != 0)
			status = -errno;
	}
	if (status < 0)
		ptpar_fail(err, status, "cannot start %s: %s", argv[0], strerror(-status));
	else
		status = spawn(loop, child, argv, page_fd, pipe_fds[1], err);
	if (page_fd >= 0)
		close(page_fd);
	if (pipe_fds[1] >= 0)
		close(pipe_fds[1]);
	if (status < 0 || pipe_fds[0] < 0) {
		if (pipe_fds[0] >= 0)
			close(pipe_fds[0]);
		return status < 0 ? status : 0;
	}
	uv_pipe_init(loop, &child->handover, 0);
	child->handover.data = child;
	uv_pipe_open(&child->handover, pipe_fds[0]);
	return uv_read_start((uv_stream_t *)&child->handover, allocate, on_handover_read);
}

void child_signal(struct child *child, int signal)
{
	/* One that has spoken its last words is about to end, in its own way. */
	if (signal == SIGTERM && child->page != NULL && atomic_load(&child->page->words) != WORDS_NONE)
		return;
	if (child->running)
		kill(-child->process.pid, signal);
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

static bool is_known(const struct child *children, int pid)
{
	for (; children != NULL; children = children->next)
		if (children->running && children->process.pid == pid)
			return true;
	return false;
}

void child_kill_orphans(const struct child *children)
{
	char path[64];
	FILE *list;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &pid) == 1)
		if (!is_known(children, pid)) {
			kill(pid, SIGKILL);
			/* Those that had ended before would stay zombies. */
			waitpid(pid, NULL, WNOHANG);
		}
	if (list != NULL)
		fclose(list);
}
