/* child.h - a process that the agent has started: a worker, a collector, a launcher.
 *
 * Each gets a session of its own, so that it can be signalled with all that it starts and no terminal reaches it.
 */
#ifndef CORE_AGENT_CHILD_H
#define CORE_AGENT_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include <ptpar/plugin.h>

#include "core/common/buffer.h"
#include "core/common/credentials.h"
#include "core/common/page.h"
#include "core/common/wire.h"

struct child {
	enum wire_role role;
	uint32_t pool;
	uint32_t rank;
	bool running;
	uint64_t stopped_at; /* ns; 0: it is not stopped */
	int status;          /* once it has ended: as from waitpid() */
	struct page *page;   /* NULL: it has none */
	int capture_fd;      /* its output; -1: not captured */
	void (*on_handover)(struct child *child, const struct credentials *c);
	void (*on_words)(struct child *child); /* it has something to say before it ends, see page.h */
	void (*on_exit)(struct child *child);
	struct child *next; /* the agent's list */

	/* Private. */
	uv_process_t process;
	uv_pipe_t handover;
	struct buffer handed;
};

/* Starts argv[0] (looked for in PATH if it has no slash) in this process's environment. role, pool, rank and the
 * two callbacks are set by the caller. capture: its standard output and error go into memory instead of through.
 * Workers get page and handover pipe. Returns 0 or a negative errno. */
int child_start(uv_loop_t *loop, struct child *child, char **argv, bool capture, struct ptpar_error *err);

/* Signals its whole session's process group; nothing if it has ended. */
void child_signal(struct child *child, int signal);

/* Stops it with all in its process group, or lets it go on; its page tells for how long. */
void child_pause(struct child *child, bool stop);

/* What it has printed, at most the last `limit` bytes, into out. */
void child_output(struct child *child, size_t limit, struct buffer *out);

/* Kills what a child's children have left behind: processes that this one has become the parent of, as the reaper
 * of its descendants, and that are none of `children`. */
void child_kill_orphans(const struct child *children);

#endif
