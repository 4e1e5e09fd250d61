/* pmix_relay.c - passes bytes on, both ways. */
#include "core/agent/pmix_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/mpienv.h"

struct side {
	uv_tcp_t tcp;
	struct side *other;
	bool is_rank;
	bool is_closed;
	char bytes[4096]; /* read here, and not yet written there */
	uv_write_t write;
};

static struct {
	uv_tcp_t listener;
	struct sockaddr_in server;
} relay;

static void read_on(struct side *side);

static void on_closed(uv_handle_t *handle)
{
	struct side *side = handle->data;

	side->is_closed = true;
	if (!side->other->is_closed)
		return;
	free(side->other);
	free(side);
}

static void close_both(struct side *side)
{
	for (int i = 0; i < 2; i++, side = side->other)
		if (!uv_is_closing((uv_handle_t *)&side->tcp))
			uv_close((uv_handle_t *)&side->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
	struct side *from = write->data;

	if (status == 0 && !uv_is_closing((uv_handle_t *)&from->tcp))
		read_on(from);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct side *side = handle->data;

	(void)suggested;
	*buf = uv_buf_init(side->bytes, sizeof(side->bytes));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct side *side = stream->data;
	uv_buf_t bytes;

	if (n == 0)
		return;
	uv_read_stop(stream); /* until that is written */
	if (n < 0) {
		/* The rank has gone: that is what the server is not to see. */
		if (!side->is_rank)
			close_both(side);
		return;
	}
	bytes = uv_buf_init(buf->base, (unsigned)n);
	side->write.data = side;
	if (uv_write(&side->write, (uv_stream_t *)&side->other->tcp, &bytes, 1, on_written) != 0)
		close_both(side);
}

static void read_on(struct side *side)
{
	uv_read_start((uv_stream_t *)&side->tcp, allocate, on_read);
}

static struct side *new_side(uv_loop_t *loop, bool is_rank)
{
	struct side *side = xcalloc(1, sizeof(*side));

	uv_tcp_init(loop, &side->tcp);
	uv_tcp_nodelay(&side->tcp, 1);
	side->tcp.data = side;
	side->is_rank = is_rank;
	return side;
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct side *server = connect->data;

	free(connect);
	if (status < 0) {
		close_both(server);
		return;
	}
	read_on(server);
	read_on(server->other);
}

static void on_rank(uv_stream_t *listener, int status)
{
	struct side *rank = new_side(listener->loop, true), *server = new_side(listener->loop, false);
	uv_connect_t *connect = xcalloc(1, sizeof(*connect));

	rank->other = server;
	server->other = rank;
	connect->data = server;
	if (status == 0 && uv_accept(listener, (uv_stream_t *)&rank->tcp) == 0 &&
	    uv_tcp_connect(connect, &server->tcp, (const struct sockaddr *)&relay.server, on_connected) == 0)
		return;
	free(connect);
	close_both(server);
}

static int listen_here(uv_loop_t *loop, unsigned *port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int size = sizeof(here), status;

	uv_tcp_init(loop, &relay.listener);
	status = uv_tcp_bind(&relay.listener, (struct sockaddr *)&here, 0);
	if (status == 0)
		status = uv_listen((uv_stream_t *)&relay.listener, 16, on_rank);
	if (status == 0)
		status = uv_tcp_getsockname(&relay.listener, (struct sockaddr *)&here, &size);
	*port = ntohs(here.sin_port);
	return status;
}

void pmix_relay_open(uv_loop_t *loop)
{
	char ip[INET_ADDRSTRLEN];
	unsigned port;

	if (!mpienv_slurm_server(ip, sizeof(ip), &port) || inet_pton(AF_INET, ip, &relay.server.sin_addr) != 1)
		return;
	relay.server.sin_family = AF_INET;
	relay.server.sin_port = htons((uint16_t)port);
	if (listen_here(loop, &port) == 0)
		mpienv_set_slurm_server("127.0.0.1", port);
}
