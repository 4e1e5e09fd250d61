/* core_link.c - one buffer in, one out. */
#include "core/worker/core_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/common/error.h"

struct buffer core_out;

static struct buffer in;
static size_t in_done;   /* bytes of `in` that were handed out */
static size_t in_looked; /* bytes of `in` that core_called_off has looked at */
static struct wire_decoder decoder, looker;
static int fd = -1;

int core_connect(const struct credentials *c, const struct wire_hello *hello, struct ptpar_error *err)
{
	fd = credentials_connect(c, err);
	if (fd < 0)
		return fd;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	wire_decoder_init(&decoder);
	wire_decoder_init(&looker);
	wire_put_hello(&core_out, hello);
	core_flush();
	return 0;
}

static void core_gone(void)
{
	_exit(1);
}

void core_flush(void)
{
	size_t done = 0;
	ssize_t n;

	while (done < core_out.len) {
		n = send(fd, core_out.data + done, core_out.len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			core_gone();
		done += (size_t)n;
	}
	core_out.len = 0;
}

/* Returns false if there is nothing to read now (only with MSG_DONTWAIT). */
static bool receive_more(int flags)
{
	ssize_t n;

	do
		n = recv(fd, buffer_reserve(&in, 65536), 65536, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n <= 0)
		core_gone();
	in.len += (size_t)n;
	return true;
}

/* Forgets what was handed out, so that the buffer does not grow. */
static void drop_done(void)
{
	in_looked = in_looked > in_done ? in_looked - in_done : 0;
	buffer_consume(&in, in_done);
	in_done = 0;
}

const struct wire_message *core_receive(void)
{
	static struct wire_message m;
	struct ptpar_error err;
	int64_t n;

	/* Nothing may be added to the address of an empty buffer. */
	while (in.len == 0 || (n = wire_frame(in.data + in_done, in.len - in_done)) == 0) {
		drop_done();
		receive_more(0);
	}
	if (n < 0 || wire_decode(&decoder, in.data + in_done, (size_t)n, &m, &err) < 0) {
		fprintf(stderr, "ptpar-worker: from the core: %s\n", n < 0 ? "a frame that is too long" : err.text);
		core_gone();
	}
	in_done += (size_t)n;
	if (in_looked < in_done)
		in_looked = in_done;
	if (in_done == in.len || in_done > 1 << 20)
		drop_done(); /* the message was copied out: its strings by the decoder, and bytes don't come this
				way */
	return &m;
}

bool core_called_off(uint64_t seq)
{
	struct wire_message m;
	int64_t n;

	receive_more(MSG_DONTWAIT);
	while ((n = wire_frame(in.data + in_looked, in.len - in_looked)) > 0) {
		const char *frame = in.data + in_looked;

		in_looked += (size_t)n;
		if (wire_decode(&looker, frame, (size_t)n, &m, NULL) == 0 && m.number == WIRE_CALLOFF &&
		    m.calloff.seq == seq)
			return true;
	}
	return false;
}
