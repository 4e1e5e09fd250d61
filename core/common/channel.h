/* channel.h - a connection that carries frames, on a libuv loop: for core and agent.
 *
 * What is put into channel->out goes out in one write when the loop is about to sleep.
 */
#ifndef CORE_COMMON_CHANNEL_H
#define CORE_COMMON_CHANNEL_H

#include <stdbool.h>

#include <uv.h>

#include "core/common/buffer.h"
#include "core/common/wire.h"

struct channel {
	struct buffer out; /* append frames here: wire_put_run(&channel->out, …) */
	void *owner;       /* the caller's */

	/* Private. */
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	};
	uv_prepare_t flusher;
	const unsigned char *token; /* the preface is still awaited */
	void (*on_message)(struct channel *channel, const struct wire_message *m);
	void (*on_end)(struct channel *channel, const char *why);
	struct wire_decoder decoder;
	struct buffer in;
	bool ended;
	int open_handles;
};

/* Starts a channel on a connected socket, which it owns from now on. token: the other side must show it first,
 * before anything else is read; NULL: it need not. on_end is called once, when the other side is gone (why is NULL)
 * or has misbehaved (why says how); from then on only channel_close may be called. Returns NULL if libuv refuses;
 * the descriptor is closed then. */
struct channel *channel_open(uv_loop_t *loop, int fd, const unsigned char *token,
			     void (*on_message)(struct channel *, const struct wire_message *),
			     void (*on_end)(struct channel *, const char *why));
/* Has the other side shown the token? */
bool channel_is_trusted(const struct channel *channel);
/* Sends what it can without waiting, forgets the rest, ends the connection and frees the channel. */
void channel_close(struct channel *channel);
/* Sends at once what stands in `out`, instead of when the loop sleeps. */
void channel_flush(struct channel *channel);

#endif
