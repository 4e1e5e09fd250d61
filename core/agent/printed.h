/* printed.h - what a program prints into a pipe, kept in memory. */
#ifndef CORE_AGENT_PRINTED_H
#define CORE_AGENT_PRINTED_H

#include <stdbool.h>

#include <uv.h>

#include "core/common/buffer.h"

/* So much is kept of what one process prints on one descriptor, bytes: the end of it. */
enum { PRINTED_LIMIT = 16 << 20 };

struct printed {
	struct buffer text;
	bool cut;    /* the beginning is missing */
	int copy_to; /* a descriptor that it is written to as well; -1: none */

	/* Private. */
	uv_poll_t poll;
	int fd; /* -1: closed */
};

/* Makes a pipe; *end is for the program, and to be closed when it has started. Returns 0 or a negative errno. */
int printed_open(struct printed **printed, int *end);
/* Reads from now on. */
void printed_begin(struct printed *printed, uv_loop_t *loop);
/* The program has ended: takes what is still in the pipe. Others may hold its other end for ever. */
void printed_finish(struct printed *printed);
/* After printed_finish, or without a beginning. */
void printed_free(struct printed *printed);

#endif
