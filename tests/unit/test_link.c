/* test_link.c - who may connect to the core, and who may not. Real sockets, one loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/ptpar/link.h"

struct world {
	uv_loop_t loop;
	struct link *link;
	int hellos, messages, gone, intruders;
	char last_why[512];
	struct peer *peer;
};

static void on_hello(void *ctx, struct peer *peer, const struct wire_hello *hello)
{
	struct world *w = ctx;

	assert_int_equal(peer->rank, hello->rank);
	w->peer = peer;
	w->hellos++;
}

static void on_message(void *ctx, struct peer *peer, const struct wire_message *m)
{
	struct world *w = ctx;

	(void)peer;
	(void)m;
	w->messages++;
}

static void on_gone(void *ctx, struct peer *peer, const char *why)
{
	struct world *w = ctx;

	(void)peer;
	snprintf(w->last_why, sizeof(w->last_why), "%s", why == NULL ? "" : why);
	w->gone++;
}

static void on_full(void *ctx, const char *why)
{
	(void)ctx;
	fail_msg("%s", why);
}

static void on_intruder(void *ctx, const char *why)
{
	struct world *w = ctx;

	snprintf(w->last_why, sizeof(w->last_why), "%s", why);
	w->intruders++;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct link_handlers handlers = { w, on_hello, on_message, on_gone, on_full, on_intruder };
	struct ptpar_error err;

	uv_loop_init(&w->loop);
	w->link = link_open(&w->loop, true, "", &handlers, &err);
	*state = w;
	return w->link == NULL ? -1 : 0;
}

/* Turns the loop until nothing more happens at once. */
static void turn(struct world *w)
{
	for (int i = 0; i < 20; i++)
		uv_run(&w->loop, UV_RUN_NOWAIT);
}

static int tear_down(void **state)
{
	struct world *w = *state;

	link_close(w->link);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	free(w);
	return 0;
}

/* The path of the Unix socket, from the address. */
static void socket_path(struct world *w, char *path, size_t size)
{
	const char *at = strstr(link_credentials(w->link)->address, "unix:");

	assert_non_null(at);
	snprintf(path, size, "%.*s", (int)strcspn(at + 5, " "), at + 5);
}

/* A connection that has shown nothing yet. */
static int connect_raw(struct world *w)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	socket_path(w, address.sun_path, sizeof(address.sun_path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void send_hello(int fd)
{
	struct buffer b = { 0 };

	wire_put_hello(&b, &(struct wire_hello){ .role = WIRE_WORKER, .rank = 3, .size = 4 });
	assert_int_equal(send(fd, b.data, b.len, MSG_NOSIGNAL), b.len);
	buffer_free(&b);
}

/* Is the connection closed from the other side? */
static int is_closed(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static void with_the_token_one_gets_in(void **state)
{
	struct world *w = *state;
	struct ptpar_error err;
	int fd = credentials_connect(link_credentials(w->link), &err);

	assert_true(fd >= 0);
	send_hello(fd);
	turn(w);
	assert_int_equal(w->hellos, 1);
	send_hello(fd);
	turn(w);
	assert_int_equal(w->messages, 1);
	close(fd);
	turn(w);
	assert_int_equal(w->gone, 1);
	assert_string_equal(w->last_why, "");
	assert_int_equal(w->intruders, 0);
}

static void tcp_works_as_well(void **state)
{
	struct world *w = *state;
	struct credentials c = *link_credentials(w->link);
	struct ptpar_error err;
	char *unix_word = strstr(c.address, " unix:");
	int fd;

	memmove(unix_word, strchr(unix_word + 1, ' '), strlen(strchr(unix_word + 1, ' ')) + 1);
	fd = credentials_connect(&c, &err);
	assert_true(fd >= 0);
	send_hello(fd);
	turn(w);
	assert_int_equal(w->hellos, 1);
	close(fd);
	turn(w);
}

/* There, it is not the core that listens on the loopback. */
static void other_nodes_do_not_try_their_loopback(void **state)
{
	struct world *w = *state;
	struct credentials c = *link_credentials(w->link);
	struct ptpar_error err;
	const char *loopback = strstr(link_credentials(w->link)->address, "tcp:127.");

	assert_non_null(loopback);
	snprintf(c.address, sizeof(c.address), "another-node %s", loopback);
	assert_int_equal(credentials_connect(&c, &err), -EADDRNOTAVAIL);
}

static void the_socket_is_private(void **state)
{
	struct world *w = *state;
	char path[108];
	struct stat status;

	socket_path(w, path, sizeof(path));
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
}

static void a_wrong_token_is_turned_away(void **state)
{
	struct world *w = *state;
	struct credentials c = *link_credentials(w->link);
	struct ptpar_error err;
	int fd;

	c.token[31] ^= 1;
	fd = credentials_connect(&c, &err);
	send_hello(fd);
	turn(w);
	assert_int_equal(w->hellos, 0);
	assert_int_equal(w->intruders, 1);
	assert_string_equal(w->last_why, "wrong token");
	assert_true(is_closed(fd) || errno == ECONNRESET);
	close(fd);
}

static void strangers_are_turned_away(void **state)
{
	struct world *w = *state;
	int fd = connect_raw(w);

	assert_int_equal(send(fd, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n      ", 42, MSG_NOSIGNAL), 42);
	turn(w);
	assert_int_equal(w->intruders, 1);
	assert_int_equal(w->hellos, 0);
	close(fd);
}

static void the_first_message_must_be_hello(void **state)
{
	struct world *w = *state;
	struct ptpar_error err;
	struct buffer b = { 0 };
	int fd = credentials_connect(link_credentials(w->link), &err);

	wire_put_leave(&b, &(struct wire_leave){ 0 });
	assert_int_equal(send(fd, b.data, b.len, MSG_NOSIGNAL), b.len);
	buffer_free(&b);
	turn(w);
	assert_int_equal(w->hellos, 0);
	assert_int_equal(w->intruders, 1);
	close(fd);
}

static void nonsense_after_the_hello_ends_the_connection(void **state)
{
	struct world *w = *state;
	struct ptpar_error err;
	int fd = credentials_connect(link_credentials(w->link), &err);

	send_hello(fd);
	assert_int_equal(send(fd, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL), 4);
	turn(w);
	assert_int_equal(w->hellos, 1);
	assert_int_equal(w->gone, 1);
	assert_non_null(strstr(w->last_why, "too long"));
	close(fd);
}

/* Many that say nothing do not keep an honest one out. */
static void a_crowd_does_not_block(void **state)
{
	enum { CROWD = 500 };
	struct world *w = *state;
	struct ptpar_error err;
	int crowd[CROWD], fd;

	for (int i = 0; i < CROWD; i++)
		crowd[i] = connect_raw(w);
	fd = credentials_connect(link_credentials(w->link), &err);
	assert_true(fd >= 0);
	send_hello(fd);
	turn(w);
	turn(w);
	assert_int_equal(w->hellos, 1);
	for (int i = 0; i < CROWD; i++)
		close(crowd[i]);
	close(fd);
	turn(w);
}

/* Who has shown the token and has not come to its hello yet is not pushed out by those who have not. */
static void a_crowd_does_not_push_out(void **state)
{
	enum { CROWD = 500 };
	struct world *w = *state;
	struct ptpar_error err;
	int crowd[CROWD], fd = credentials_connect(link_credentials(w->link), &err);

	assert_true(fd >= 0);
	turn(w);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = connect_raw(w);
	turn(w);
	assert_true(w->intruders >= CROWD - 128);
	send_hello(fd);
	turn(w);
	assert_int_equal(w->hellos, 1);
	for (int i = 0; i < CROWD; i++)
		close(crowd[i]);
	close(fd);
	turn(w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(with_the_token_one_gets_in),
		TEST(tcp_works_as_well),
		TEST(other_nodes_do_not_try_their_loopback),
		TEST(the_socket_is_private),
		TEST(a_wrong_token_is_turned_away),
		TEST(strangers_are_turned_away),
		TEST(the_first_message_must_be_hello),
		TEST(nonsense_after_the_hello_ends_the_connection),
		TEST(a_crowd_does_not_block),
		TEST(a_crowd_does_not_push_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
