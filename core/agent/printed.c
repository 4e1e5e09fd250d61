/* printed.c - a pipe that is read whenever there is something in it. */
#include "core/agent/printed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"

enum { READ_AT_ONCE = 64 << 10 };

int printed_open(struct printed **printed, int *end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*printed = xcalloc(1, sizeof(**printed));
	(*printed)->fd = ends[0];
	(*printed)->copy_to = -1;
	*end = ends[1];
	return 0;
}

/* Forgets the older half. */
static void make_room(struct printed *p)
{
	size_t half = p->text.len / 2;

	memmove(p->text.data, p->text.data + half, p->text.len - half);
	p->text.len -= half;
	p->cut = true;
}

static void pass_on(int fd, const char *data, size_t n)
{
	ssize_t written;

	while (n > 0 && ((written = write(fd, data, n)) > 0 || errno == EINTR)) {
		data += written > 0 ? written : 0;
		n -= written > 0 ? (size_t)written : 0;
	}
}

/* Returns whether there may be more. */
static bool read_once(struct printed *p)
{
	char *room;
	ssize_t n;

	if (p->text.len > PRINTED_LIMIT)
		make_room(p);
	room = buffer_reserve(&p->text, READ_AT_ONCE);
	errno = 0;
	n = read(p->fd, room, READ_AT_ONCE);
	if (n < 0)
		return errno == EINTR;
	if (p->copy_to >= 0)
		pass_on(p->copy_to, room, (size_t)n);
	p->text.len += (size_t)n;
	return n > 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct printed *p = poll->data;

	(void)events;
	/* At its end it would be readable for ever. */
	if (status < 0 || (!read_once(p) && errno != EAGAIN))
		uv_poll_stop(poll);
}

void printed_begin(struct printed *p, uv_loop_t *loop)
{
	uv_poll_init(loop, &p->poll, p->fd);
	p->poll.data = p;
	uv_poll_start(&p->poll, UV_READABLE, on_readable);
}

void printed_finish(struct printed *p)
{
	/* What is in the pipe, and not what others may go on to print. */
	for (int i = 0; i < 64 && read_once(p); i++)
		;
}

static void on_closed(uv_handle_t *handle)
{
	struct printed *p = handle->data;

	close(p->fd);
	buffer_free(&p->text);
	free(p);
}

void printed_free(struct printed *p)
{
	if (p == NULL)
		return;
	if (p->poll.data != NULL)
		uv_close((uv_handle_t *)&p->poll, on_closed);
	else
		on_closed(&(uv_handle_t){ .data = p });
}
