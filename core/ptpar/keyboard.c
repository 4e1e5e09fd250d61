/* keyboard.c - uv_poll on standard input; uv_tty would make it raw, and take Ctrl-C. */
#include "core/ptpar/keyboard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "core/common/alloc.h"

struct keyboard {
	uv_poll_t poll;
	void (*on_t)(void *ctx);
	void *ctx;
	bool is_terminal;
	bool is_taken;
	struct termios before;
};

/* Put back however the process ends by itself. */
static struct keyboard *taken;

static void give_back(void)
{
	if (taken != NULL)
		keyboard_release(taken);
}

void keyboard_release(struct keyboard *k)
{
	if (k == NULL || !k->is_taken)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &k->before);
	k->is_taken = false;
	taken = NULL;
}

void keyboard_take(struct keyboard *k)
{
	struct termios mode;

	/* In the background, this would stop the process. */
	if (k == NULL || !k->is_terminal || k->is_taken || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcgetattr(STDIN_FILENO, &k->before) != 0)
		return;
	mode = k->before;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &mode) != 0)
		return;
	k->is_taken = true;
	taken = k;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct keyboard *k = poll->data;
	char keys[256];
	ssize_t n;

	(void)events;
	/* In the background, reading would stop the process. */
	if (k->is_terminal && tcgetpgrp(STDIN_FILENO) != getpgrp())
		n = 0;
	else
		n = status < 0 ? 0 : read(STDIN_FILENO, keys, sizeof(keys));
	if (n <= 0)
		uv_poll_stop(poll);
	else if (memchr(keys, 't', (size_t)n) != NULL)
		k->on_t(k->ctx);
}

/* What mpirun forwards is a pipe. */
static bool is_pipe(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
}

struct keyboard *keyboard_open(uv_loop_t *loop, bool under_mpirun, void (*on_t)(void *ctx), void *ctx)
{
	static bool registered;
	bool is_terminal = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
	struct keyboard *k;

	if (!is_terminal && !(under_mpirun && is_pipe()))
		return NULL;
	k = xcalloc(1, sizeof(*k));
	k->is_terminal = is_terminal;
	k->on_t = on_t;
	k->ctx = ctx;
	if (uv_poll_init(loop, &k->poll, STDIN_FILENO) != 0) {
		free(k);
		return NULL;
	}
	k->poll.data = k;
	if (!registered)
		atexit(give_back);
	registered = true;
	keyboard_take(k);
	uv_poll_start(&k->poll, UV_READABLE, on_readable);
	uv_unref((uv_handle_t *)&k->poll);
	return k;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void keyboard_close(struct keyboard *k)
{
	if (k == NULL)
		return;
	keyboard_release(k);
	uv_close((uv_handle_t *)&k->poll, on_closed);
}
