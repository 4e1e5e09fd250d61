/* link.h - where agents, workers and the collector connect to the core.
 *
 * Listens on a Unix socket in a directory of its own (0700), and on TCP only when told that ranks run on other
 * nodes. A connection that has not shown the token within some seconds is dropped; until then nothing else is read
 * from it.
 */
#ifndef CORE_PTPAR_LINK_H
#define CORE_PTPAR_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "core/common/channel.h"
#include "core/common/credentials.h"
#include "core/common/wire.h"

/* One connected process, from its hello on. */
struct peer {
	struct channel *channel; /* NULL once the connection has ended */
	enum wire_role role;     /* 0 until its hello */
	uint32_t pool;
	uint32_t rank;
	uint32_t size;
	uint32_t pid;
	void *owner; /* the caller's */

	/* Private. */
	struct link *link;
	struct peer *next;
	uint64_t connected_at; /* ms, loop time */
};

struct link_handlers {
	void *ctx;
	void (*on_hello)(void *ctx, struct peer *peer, const struct wire_hello *hello);
	void (*on_message)(void *ctx, struct peer *peer, const struct wire_message *m);
	/* why: NULL if it was closed properly. The peer is freed afterwards. */
	void (*on_gone)(void *ctx, struct peer *peer, const char *why);
	/* Nobody can be let in any more: why (the limit of open files, say). */
	void (*on_full)(void *ctx, const char *why);
	/* Something tried to get in and was turned away. */
	void (*on_intruder)(void *ctx, const char *why);
};

struct link;

enum { LINK_IP_SIZE = 16 }; /* of the text of an IPv4 address */

/* The IPv4 address of a host, as text. Negative: there is none, and why. */
int link_resolve(const char *host, char ip[LINK_IP_SIZE], struct ptpar_error *err);
/* Starts to listen and makes the session's token. remote: TCP as well. ip: the one address at which those of other
 * nodes are told to connect; "": all of this machine. NULL with the reason. */
struct link *link_open(uv_loop_t *loop, bool remote, const char *ip, const struct link_handlers *handlers,
		       struct ptpar_error *err);
/* What those who are to connect must know. */
const struct credentials *link_credentials(const struct link *link);
/* Tells all agents to go. */
void link_send_leave(struct link *link);
/* Nobody else may come: removes the socket and its directory. */
void link_stop_listening(struct link *link);
/* Ends all connections, and stops listening. Run the loop once more afterwards. */
void link_close(struct link *link);

#endif
