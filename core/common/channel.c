/* channel.c - reads into one buffer, hands out whole frames, writes what the kernel takes at once and queues the
 * rest.
 */
#include "core/common/channel.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/common/alloc.h"

struct pending_write {
	uv_write_t request;
	char *data;
};

static void end(struct channel *c, const char *why)
{
	if (c->ended)
		return;
	c->ended = true;
	uv_read_stop(&c->stream);
	uv_prepare_stop(&c->flusher);
	c->on_end(c, why);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct channel *c = handle->data;

	*buf = uv_buf_init(buffer_reserve(&c->in, suggested), (unsigned)suggested);
}

/* Reads the preface off the front. Returns whether what follows may be read. */
static bool admit(struct channel *c)
{
	struct ptpar_error err;

	if (c->token == NULL)
		return true;
	if (c->in.len < WIRE_PREFACE_SIZE)
		return false;
	if (wire_check_preface(c->in.data, c->token, &err) < 0) {
		end(c, err.text);
		return false;
	}
	c->token = NULL;
	buffer_consume(&c->in, WIRE_PREFACE_SIZE);
	return true;
}

static void deliver(struct channel *c)
{
	size_t done = 0;
	struct wire_message m;
	struct ptpar_error err;
	int64_t n;

	while ((n = wire_frame(c->in.data + done, c->in.len - done)) > 0) {
		if (wire_decode(&c->decoder, c->in.data + done, (size_t)n, &m, &err) < 0) {
			end(c, err.text);
			return;
		}
		done += (size_t)n;
		c->on_message(c, &m);
		if (c->ended || uv_is_closing(&c->handle))
			return;
	}
	buffer_consume(&c->in, done);
	if (n < 0)
		end(c, "a frame that is too long");
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct channel *c = stream->data;

	(void)buf;
	if (n < 0) {
		end(c, n == UV_EOF || n == UV_ECONNRESET ? NULL : uv_strerror((int)n));
		return;
	}
	c->in.len += (size_t)n;
	if (admit(c))
		deliver(c);
}

static void on_written(uv_write_t *request, int status)
{
	struct pending_write *w = (struct pending_write *)request;

	(void)status; /* the reading side notices that the connection is gone */
	free(w->data);
	free(w);
}

void channel_flush(struct channel *c)
{
	uv_buf_t buf;
	struct pending_write *w;
	int n;

	if (c->out.len == 0 || c->ended)
		return;
	buf = uv_buf_init(c->out.data, (unsigned)c->out.len);
	n = uv_try_write(&c->stream, &buf, 1);
	if (n > 0)
		buffer_consume(&c->out, (size_t)n);
	if (c->out.len == 0 || (n < 0 && n != UV_EAGAIN)) {
		c->out.len = 0;
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->data = c->out.data;
	buf = uv_buf_init(c->out.data, (unsigned)c->out.len);
	c->out = (struct buffer){ 0 };
	if (uv_write(&w->request, &c->stream, &buf, 1, on_written) < 0)
		on_written(&w->request, UV_ECANCELED);
}

static void on_prepare(uv_prepare_t *flusher)
{
	channel_flush(flusher->data);
}

static void on_closed(uv_handle_t *handle)
{
	struct channel *c = handle->data;

	if (--c->open_handles > 0)
		return;
	buffer_free(&c->in);
	buffer_free(&c->out);
	wire_decoder_destroy(&c->decoder);
	free(c);
}

static int adopt(uv_loop_t *loop, struct channel *c, int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 && address.ss_family == AF_INET) {
		uv_tcp_init(loop, &c->tcp);
		uv_tcp_nodelay(&c->tcp, 1);
		return uv_tcp_open(&c->tcp, fd);
	}
	uv_pipe_init(loop, &c->pipe, 0);
	return uv_pipe_open(&c->pipe, fd);
}

struct channel *channel_open(uv_loop_t *loop, int fd, const unsigned char *token,
			     void (*on_message)(struct channel *, const struct wire_message *),
			     void (*on_end)(struct channel *, const char *))
{
	struct channel *c = xcalloc(1, sizeof(*c));
	int status;

	c->token = token;
	c->on_message = on_message;
	c->on_end = on_end;
	wire_decoder_init(&c->decoder);
	status = adopt(loop, c, fd);
	if (status < 0)
		close(fd);
	uv_prepare_init(loop, &c->flusher);
	c->open_handles = 2;
	c->handle.data = c;
	c->flusher.data = c;
	if (status == 0)
		status = uv_read_start(&c->stream, allocate, on_read);
	if (status < 0) {
		channel_close(c);
		return NULL;
	}
	uv_prepare_start(&c->flusher, on_prepare);
	uv_unref((uv_handle_t *)&c->flusher);
	return c;
}

bool channel_is_trusted(const struct channel *c)
{
	return c->token == NULL;
}

void channel_close(struct channel *c)
{
	if (uv_is_closing(&c->handle))
		return;
	channel_flush(c);
	c->ended = true;
	uv_close(&c->handle, on_closed);
	uv_close((uv_handle_t *)&c->flusher, on_closed);
}
