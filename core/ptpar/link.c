/* link.c - sockets are made by hand and accepted from a uv_poll, so that one channel type serves both kinds. */
#include "core/ptpar/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"

enum {
	HELLO_TIMEOUT_MS = 10000, /* a connection must have said hello by then */
	MAX_STRANGERS = 128,      /* connections at once that have not; the oldest makes room for another */
	ACCEPT_AT_ONCE =
		32, /* then those that are there get their turn: the preface of an honest one is sent at once */
	BACKLOG = 4096,
};

struct listener {
	int fd; /* -1: not open */
	uv_poll_t poll;
};

struct link {
	uv_loop_t *loop;
	struct link_handlers handlers;
	struct credentials credentials;
	char directory[96];
	char path[108];
	struct listener local, remote;
	uv_timer_t sweeper;
	struct peer *peers;
	unsigned strangers;
	int open_handles;
};

static void free_peer(struct peer *peer)
{
	struct peer **p = &peer->link->peers;

	while (*p != peer)
		p = &(*p)->next;
	*p = peer->next;
	if (peer->role == 0)
		peer->link->strangers--;
	free(peer);
}

/* Ends the connection and forgets the peer. */
static void drop(struct peer *peer, const char *why)
{
	struct link *link = peer->link;

	channel_close(peer->channel);
	peer->channel = NULL;
	if (peer->role != 0)
		link->handlers.on_gone(link->handlers.ctx, peer, why);
	else if (why != NULL)
		link->handlers.on_intruder(link->handlers.ctx, why);
	free_peer(peer);
}

static void on_end(struct channel *channel, const char *why)
{
	drop(channel->owner, why);
}

static bool is_known_role(uint64_t role)
{
	return role == WIRE_AGENT || role == WIRE_COLLECTOR || role == WIRE_WORKER;
}

static void on_message(struct channel *channel, const struct wire_message *m)
{
	struct peer *peer = channel->owner;
	struct link *link = peer->link;

	if (peer->role != 0) {
		link->handlers.on_message(link->handlers.ctx, peer, m);
		return;
	}
	if (m->number != WIRE_HELLO || !is_known_role(m->hello.role)) {
		drop(peer, "its first message was no hello");
		return;
	}
	link->strangers--;
	peer->role = (enum wire_role)m->hello.role;
	peer->pool = (uint32_t)m->hello.pool;
	peer->rank = (uint32_t)m->hello.rank;
	peer->size = (uint32_t)m->hello.size;
	peer->pid = (uint32_t)m->hello.pid;
	link->handlers.on_hello(link->handlers.ctx, peer, &m->hello);
}

static void accept_one(struct link *link, int fd)
{
	struct peer *peer = xcalloc(1, sizeof(*peer));

	peer->link = link;
	peer->connected_at = uv_now(link->loop);
	peer->channel = channel_open(link->loop, fd, link->credentials.token, on_message, on_end);
	if (peer->channel == NULL) {
		free(peer);
		return;
	}
	peer->channel->owner = peer;
	peer->next = link->peers;
	link->peers = peer;
	link->strangers++;
}

/* One that has shown the token is about to say hello: it goes last. */
static void drop_oldest_stranger(struct link *link)
{
	struct peer *oldest = NULL;

	for (struct peer *peer = link->peers; peer != NULL; peer = peer->next) {
		if (peer->role != 0)
			continue;
		if (oldest == NULL || !channel_is_trusted(peer->channel) || channel_is_trusted(oldest->channel))
			oldest = peer; /* new ones stand in front */
	}
	if (oldest != NULL)
		drop(oldest, "too many connections that do not say who they are");
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct link *link = poll->data;
	struct listener *listener = poll == &link->local.poll ? &link->local : &link->remote;
	int fd;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
				link->handlers.on_full(link->handlers.ctx, strerror(errno));
			return;
		}
		if (link->strangers >= MAX_STRANGERS)
			drop_oldest_stranger(link);
		accept_one(link, fd);
	}
}

/* Drops those who do not say who they are. */
static void on_sweep(uv_timer_t *timer)
{
	struct link *link = timer->data;
	struct peer *next;

	for (struct peer *peer = link->peers; peer != NULL; peer = next) {
		next = peer->next;
		if (peer->role == 0 && uv_now(link->loop) - peer->connected_at > HELLO_TIMEOUT_MS)
			drop(peer, "it did not say who it is in time");
	}
}

static int start_listening(struct link *link, struct listener *listener)
{
	if (listen(listener->fd, BACKLOG) != 0)
		return -errno;
	uv_poll_init(link->loop, &listener->poll, listener->fd);
	listener->poll.data = link;
	link->open_handles++;
	return uv_poll_start(&listener->poll, UV_READABLE, on_connection);
}

/* Whoever can rename what is in there could have those who connect show the token to another socket. (In a
 * container the owner of /tmp may look like anybody.) */
static bool is_safe_base(const char *base)
{
	struct stat st;

	if (base[0] != '/' || stat(base, &st) != 0)
		return false;
	return (st.st_uid == geteuid() || st.st_uid == 0 || strcmp(base, "/tmp") == 0) &&
	       ((st.st_mode & S_IWOTH) == 0 || (st.st_mode & S_ISVTX) != 0);
}

/* A Unix socket's path is short (107 bytes), so the directory is under /tmp if that of the user is a long one. */
static int make_directory(struct link *link)
{
	const char *bases[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp" };
	int error = EACCES;

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		if (bases[i] == NULL || strlen(bases[i]) > 70 || !is_safe_base(bases[i]))
			continue;
		snprintf(link->directory, sizeof(link->directory), "%s/ptpar-XXXXXX", bases[i]);
		if (mkdtemp(link->directory) != NULL) /* made with mode 0700 */
			return 0;
		error = errno;
	}
	link->directory[0] = '\0';
	return -error;
}

static int listen_local(struct link *link, struct ptpar_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int status = make_directory(link);

	if (status < 0)
		return ptpar_fail(err, status, "cannot make a directory for the socket in /tmp: %s; set TMPDIR",
				  strerror(-status));
	snprintf(link->path, sizeof(link->path), "%s/core", link->directory);
	strcpy(address.sun_path, link->path);
	link->local.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->local.fd < 0 || bind(link->local.fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return ptpar_fail(err, -errno, "cannot listen on %s: %s", link->path, strerror(errno));
	status = start_listening(link, &link->local);
	if (status < 0)
		return ptpar_fail(err, status, "cannot listen on %s: %s", link->path, strerror(-status));
	return 0;
}

static int listen_remote(struct link *link, struct ptpar_error *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int status;

	link->remote.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->remote.fd < 0 || bind(link->remote.fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return ptpar_fail(err, -errno, "cannot listen on TCP: %s", strerror(errno));
	status = start_listening(link, &link->remote);
	if (status < 0)
		return ptpar_fail(err, status, "cannot listen on TCP: %s", strerror(-status));
	return 0;
}

/* Adds ` tcp:IP:PORT` for that one or, if it is "", each interface that is up, the loopback last. */
static void add_tcp_addresses(struct link *link, const char *only, char *text, size_t size)
{
	struct sockaddr_in bound;
	socklen_t n = sizeof(bound);
	struct ifaddrs *all;

	if (getsockname(link->remote.fd, (struct sockaddr *)&bound, &n) != 0)
		return;
	if (*only != '\0') {
		snprintf(text + strlen(text), size - strlen(text), " tcp:%s:%u", only, ntohs(bound.sin_port));
		return;
	}
	if (getifaddrs(&all) != 0)
		return;
	for (unsigned loopback = 0; loopback < 2; loopback++) {
		for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
			char ip[INET_ADDRSTRLEN];
			size_t used = strlen(text);

			if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
			    (i->ifa_flags & IFF_UP) == 0 || !!(i->ifa_flags & IFF_LOOPBACK) != loopback)
				continue;
			inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, ip, sizeof(ip));
			if (used + sizeof(ip) + 12 < size)
				snprintf(text + used, size - used, " tcp:%s:%u", ip, ntohs(bound.sin_port));
		}
	}
	freeifaddrs(all);
}

static void write_address(struct link *link, const char *only)
{
	char host[256] = "localhost", *text = link->credentials.address;

	gethostname(host, sizeof(host) - 1);
	snprintf(text, sizeof(link->credentials.address), "%s", host);
	/* For tests of the way across nodes: PTPAR_TRANSPORT=tcp hides the Unix socket. */
	if (link->remote.fd < 0 || getenv("PTPAR_TRANSPORT") == NULL)
		snprintf(text + strlen(text), sizeof(link->credentials.address) - strlen(text), " unix:%s",
			 link->path);
	if (link->remote.fd >= 0)
		add_tcp_addresses(link, only, text, sizeof(link->credentials.address));
}

int link_resolve(const char *host, char ip[LINK_IP_SIZE], struct ptpar_error *err)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
	int status = getaddrinfo(host, NULL, &hints, &found);

	if (status != 0)
		return ptpar_fail(err, -EINVAL, "%s has no IPv4 address: %s", host, gai_strerror(status));
	inet_ntop(AF_INET, &((struct sockaddr_in *)found->ai_addr)->sin_addr, ip, LINK_IP_SIZE);
	freeaddrinfo(found);
	return 0;
}

struct link *link_open(uv_loop_t *loop, bool remote, const char *ip, const struct link_handlers *handlers,
		       struct ptpar_error *err)
{
	struct link *link = xcalloc(1, sizeof(*link));
	const char *forced = getenv("PTPAR_TRANSPORT");

	link->loop = loop;
	link->handlers = *handlers;
	link->local.fd = link->remote.fd = -1;
	uv_timer_init(loop, &link->sweeper);
	link->sweeper.data = link;
	link->open_handles = 1;
	remote = remote || (forced != NULL && strcmp(forced, "tcp") == 0);
	if (credentials_make_token(&link->credentials, err) < 0 || listen_local(link, err) < 0 ||
	    (remote && listen_remote(link, err) < 0)) {
		link_close(link);
		return NULL;
	}
	write_address(link, ip);
	uv_timer_start(&link->sweeper, on_sweep, 1000, 1000);
	return link;
}

const struct credentials *link_credentials(const struct link *link)
{
	return &link->credentials;
}

void link_send_leave(struct link *link)
{
	for (struct peer *peer = link->peers; peer != NULL; peer = peer->next)
		if (peer->role == WIRE_AGENT)
			wire_put_leave(&peer->channel->out, &(struct wire_leave){ 0 });
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct link *link = handle->data;

	if (--link->open_handles == 0)
		free(link);
}

static void close_listener(struct listener *listener)
{
	if (listener->fd < 0)
		return;
	if (listener->poll.data != NULL)
		uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
	close(listener->fd);
	listener->fd = -1;
}

void link_stop_listening(struct link *link)
{
	close_listener(&link->local);
	close_listener(&link->remote);
	if (link->path[0] != '\0')
		unlink(link->path);
	if (link->directory[0] != '\0')
		rmdir(link->directory);
	link->path[0] = link->directory[0] = '\0';
}

void link_close(struct link *link)
{
	if (link == NULL)
		return;
	while (link->peers != NULL) {
		struct peer *peer = link->peers;

		channel_close(peer->channel);
		free_peer(peer);
	}
	link_stop_listening(link);
	uv_close((uv_handle_t *)&link->sweeper, on_handle_closed);
}
