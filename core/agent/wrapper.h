/* wrapper.h - what a rank is started in: the words of --wrap, a debugger's server. */
#ifndef CORE_AGENT_WRAPPER_H
#define CORE_AGENT_WRAPPER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/common/wire.h"

/* The command of a rank, argv, within what the core has asked for. */
struct wrapper {
	char **argv;   /* ended by NULL, to be given to wrapper_free() */
	unsigned port; /* where a debugger's server waits; 0: there is none */
};

struct wrapper wrapper_make(const struct wire_launch *m, uint32_t rank, char *const *argv);
/* Is there anything around it? */
bool wrapper_is_set(const struct wire_launch *m);
void wrapper_free(struct wrapper *wrapper);

/* The rank has been started: opens a debugger for it in a window (DISPLAY, xterm) or a pane of tmux, or says what
 * to type. Nothing if there is none to open. */
void wrapper_open_debugger(const struct wire_launch *m, uint32_t rank, const struct wrapper *wrapper,
			   const char *program);

#endif
