/* child.h - a process that the agent has started: a worker, a collector, a launcher, a program that is a test.
 *
 * Each gets a session of its own, so that it can be signalled with all that it starts and no terminal reaches it.
 */
#ifndef CORE_AGENT_CHILD_H
#define CORE_AGENT_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <sched.h>
#include <sys/types.h>

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
	bool killed;                 /* by this process, with SIGTERM or SIGKILL */
	bool is_isolated;            /* not of the pool */
	bool is_wrapped;             /* the process that was started may be another one's */
	uint64_t stopped_at;         /* ns; 0: it is not stopped */
	int status;                  /* once it has ended: as from waitpid() */
	struct page *page;           /* NULL: it has none */
	int capture_fd;              /* its output; -1: not captured so */
	struct program *program;     /* that is a test; NULL: it is none */
	struct printed *printed[2];  /* what that prints on standard output and error */
	const char *const *env;      /* set over this process's environment, NULL-terminated; or NULL */
	char numbers[4][48];         /* and child_set_number()'s */
	const char *const *more_env; /* and these; or NULL */
	const char *cwd;             /* where it runs; NULL: here */
	const char *input;           /* for its standard input; NULL: nothing */
	const cpu_set_t *cpus;       /* what it is bound to; NULL: to nothing else than this process */
	void (*on_handover)(struct child *child, const struct credentials *c);
	void (*on_words)(struct child *child); /* it has something to say before it ends, see page.h */
	void (*on_exit)(struct child *child);
	struct child *next; /* the agent's list */

	pid_t pid;

	/* Private. */
	uv_pipe_t handover;
	struct buffer handed;
};

/* How a child's output is taken. A program may open its /dev/stderr again, or not know what to do with a file that
 * cannot grow: it gets pipes. */
enum capture { CAPTURE_NO, CAPTURE_MEMORY, CAPTURE_PIPES };

/* Starts argv[0] (looked for in PATH if it has no slash). role, pool, rank, env, cwd, input, cpus and the callbacks
 * are set by the caller, and needed for the time of the call but the callbacks. Workers get page and handover pipe.
 * It dies with this process. Returns 0 or a negative errno. */
int child_start(uv_loop_t *loop, struct child *child, char **argv, enum capture capture, struct ptpar_error *err);

/* Sets NAME=value in its environment, when it is to be started. (setenv() would keep each value for ever.) */
void child_set_number(struct child *child, const char *name, uint32_t value);

/* Looks which of these have ended, and calls their on_exit: to be called at every SIGCHLD. It may not free them. */
void child_reap(struct child *children);

/* It has ended, or was never started. */
void child_free(struct child *child);

/* Signals its whole session's process group; nothing if it has ended. */
void child_signal(struct child *child, int signal);

/* Stops it with all in its process group, or lets it go on; its page tells for how long. */
void child_pause(struct child *child, bool stop);

/* What it has printed into memory, at most the last `limit` bytes, into out. */
void child_output(struct child *child, size_t limit, struct buffer *out);

/* Kills what children that have ended have left behind: processes that this one has become the parent of, as the
 * reaper of its descendants, and that are not of the session of one of `children` that still runs. */
void child_kill_orphans(const struct child *children);

#endif
