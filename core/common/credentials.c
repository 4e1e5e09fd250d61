/* credentials.c - on the core's own node its Unix socket is taken, elsewhere the first TCP address that answers. */
#include "core/common/credentials.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"

enum { CONNECT_TIMEOUT_MS = 5000 };

int credentials_make_token(struct credentials *c, struct ptpar_error *err)
{
	if (getrandom(c->token, sizeof(c->token), 0) != sizeof(c->token))
		return ptpar_fail(err, -EIO, "no random numbers from the system: %s", strerror(errno));
	return 0;
}

int credentials_take_from_environment(struct credentials *c, struct ptpar_error *err)
{
	const char *address = getenv(ENV_ADDRESS);
	const char *token = getenv(ENV_TOKEN);

	memset(c, 0, sizeof(*c));
	if (address == NULL || token == NULL)
		return 0;
	if (strlen(address) >= sizeof(c->address) || strlen(token) != 2 * sizeof(c->token))
		return ptpar_fail(err, -EINVAL, ENV_ADDRESS " or " ENV_TOKEN " is malformed");
	for (size_t i = 0; i < sizeof(c->token); i++)
		if (sscanf(token + 2 * i, "%2hhx", &c->token[i]) != 1)
			return ptpar_fail(err, -EINVAL, ENV_TOKEN " is malformed");
	strcpy(c->address, address);
	unsetenv(ENV_TOKEN);
	return 0;
}

void credentials_put_into_environment(const struct credentials *c)
{
	char token[2 * WIRE_TOKEN_SIZE + 1];

	for (size_t i = 0; i < WIRE_TOKEN_SIZE; i++)
		sprintf(token + 2 * i, "%02x", c->token[i]);
	setenv(ENV_ADDRESS, c->address, 1);
	setenv(ENV_TOKEN, token, 1);
}

/* connect(2) with a bound on time. */
static int connect_to(int domain, const struct sockaddr *address, socklen_t size)
{
	struct pollfd ready = { .events = POLLOUT };
	int status = 0;
	socklen_t n = sizeof(status);

	ready.fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ready.fd < 0)
		return -errno;
	if (connect(ready.fd, address, size) != 0) {
		status = errno;
		/* EAGAIN: the queue of a Unix socket is full; a moment later it is not. */
		for (int tries = 0; status == EAGAIN && tries < CONNECT_TIMEOUT_MS; tries++) {
			poll(NULL, 0, 1);
			status = connect(ready.fd, address, size) == 0 ? 0 : errno;
		}
		if (status == EINPROGRESS) {
			if (poll(&ready, 1, CONNECT_TIMEOUT_MS) != 1)
				status = ETIMEDOUT;
			else
				getsockopt(ready.fd, SOL_SOCKET, SO_ERROR, &status, &n);
		}
	}
	if (status != 0) {
		close(ready.fd);
		return -status;
	}
	return ready.fd;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	return connect_to(AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

/* where: IP:PORT, an IPv4 address. */
static int connect_tcp(const char *where)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char ip[64];
	unsigned port;
	int fd, on = 1;

	if (sscanf(where, "%63[0-9.]:%u", ip, &port) != 2 || inet_pton(AF_INET, ip, &address.sin_addr) != 1)
		return -EINVAL;
	address.sin_port = htons((uint16_t)port);
	fd = connect_to(AF_INET, (const struct sockaddr *)&address, sizeof(address));
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Tries the words of the address in turn. */
static int connect_any(const char *text)
{
	char words[sizeof(((struct credentials *)0)->address)], here[256] = "";
	char *rest, *word;
	bool same_node;
	int fd = -EADDRNOTAVAIL;

	strcpy(words, text);
	gethostname(here, sizeof(here) - 1);
	word = strtok_r(words, " ", &rest);
	same_node = word != NULL && strcmp(word, here) == 0;
	for (word = strtok_r(NULL, " ", &rest); word != NULL && fd < 0; word = strtok_r(NULL, " ", &rest)) {
		if (strncmp(word, "unix:", 5) == 0 && same_node)
			fd = connect_unix(word + 5);
		/* On another node somebody else may listen there, who would be shown the token. */
		else if (strncmp(word, "tcp:", 4) == 0 && (same_node || strncmp(word, "tcp:127.", 8) != 0))
			fd = connect_tcp(word + 4);
	}
	return fd;
}

static int send_preface(int fd, const unsigned char *token)
{
	struct buffer preface = { 0 };
	ssize_t n;

	wire_put_preface(&preface, token);
	n = send(fd, preface.data, preface.len, MSG_NOSIGNAL);
	if (n < 0)
		n = -errno;
	buffer_free(&preface);
	return n == WIRE_PREFACE_SIZE ? 0 : n < 0 ? (int)n : -EIO;
}

int credentials_connect(const struct credentials *c, struct ptpar_error *err)
{
	int fd, status;

	if (c->address[0] == '\0')
		return ptpar_fail(err, -EINVAL, "this program is started by ptpar, not by hand");
	fd = connect_any(c->address);
	if (fd < 0)
		return ptpar_fail(err, fd, "cannot reach ptpar's core at %s: %s", c->address, strerror(-fd));
	status = send_preface(fd, c->token);
	if (status < 0) {
		close(fd);
		return ptpar_fail(err, status, "cannot reach ptpar's core at %s: %s", c->address,
				  strerror(-status));
	}
	return fd;
}

void credentials_remove_socket(const struct credentials *c)
{
	const char *word = strstr(c->address, " unix:");
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	if (word == NULL)
		return;
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(word + 6, " "), word + 6);
	unlink(path);
	if (strrchr(path, '/') != NULL) {
		*strrchr(path, '/') = '\0';
		rmdir(path);
	}
}
