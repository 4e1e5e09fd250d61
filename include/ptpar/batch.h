/* ptpar/batch.h - a batch system (Slurm, PBS, LSF, ...), in a job of which the tests run: an optional part of a
 * scheduler plugin.
 *
 * The core stays where it was started, and has a job submitted, in which an agent of its own starts the processes.
 * The plugin knows the batch system: it makes texts and commands, and reads what these answer. It runs nothing
 * itself, waits for nothing and keeps no secret; all that is the core's. How it goes:
 *
 *   open        once, before a process is started: checks what the user has asked for
 *   script      the job script; it ends in the command `join`
 *   submit      the command that submits the script (which it gets on its standard input); submitted: its answer
 *   adopt       instead of these: there is a job already (--attach)
 *   poll        the command that asks how the job does, every 1 to 15 seconds; polled: its answer
 *   cancel      the command that ends the job
 *   close       once; NULL is allowed
 *
 * These calls come in any order from `open` on, one at a time; commands run one after another. What the plugin
 * returns stays valid until it is asked for the same again, or `close`. What it gets is borrowed for the call, but
 * host and request, which live until after close.
 *
 * Who may read the script, or the arguments of a process, must not learn the secret that opens a connection to the
 * core. It is in the environment of the submitting command, and has to get from there into that of the job.
 */
#ifndef PTPAR_BATCH_H
#define PTPAR_BATCH_H

#include <ptpar/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the core lends. Pass `ctx` to each function. */
struct ptpar_batch_host {
	uint32_t size; /* sizeof this table, bytes */
	void *ctx;

	/* The value of KEY in section [scheduler:NAME] of the configuration, or NULL. Valid until close. */
	const char *(*option)(void *ctx, const char *key);

	/* A line for the user, as a warning. */
	void (*warn)(void *ctx, const char *text);
};

/* What the core needs. */
struct ptpar_batch_request {
	uint32_t size;      /* sizeof this struct, bytes */
	uint32_t processes; /* room in the job for so many at once, one core each (-n) */

	/* Words of the command with which the script ends, and behind which it may write one or two more: the name
	 * of a file on the node, which holds what the script has printed so far and is removed then (the user is
	 * told), and the exit status with which it would have ended before it came so far. NULL-terminated. The
	 * words may hold any characters: quote them. With `output`, they are the end, and nothing comes behind. */
	const char *const *join;

	/* The file on the node into which the job is to write what it prints, an absolute path; NULL: what the
	 * script prints is kept as said above. */
	const char *output;

	/* Names of the variables of the submitting command's environment that the job must have. NULL-terminated.
	 */
	const char *const *environment;
};

/* What `open` decides. */
struct ptpar_batch_plan {
	/* How the agent in the job starts MPI processes, as in --launcher: "srun", "mpiexec", or "auto". */
	const char *launcher;
	/* enum ptpar_scheduler_flags, in place of those of the scheduler's descriptor. */
	uint32_t flags;
};

enum ptpar_batch_state {
	PTPAR_BATCH_UNKNOWN,   /* the batch system does not answer: ask again later */
	PTPAR_BATCH_PENDING,   /* it has not begun */
	PTPAR_BATCH_RUNNING,   /* it has */
	PTPAR_BATCH_ENDING,    /* it is about to end: how, is not known yet */
	PTPAR_BATCH_ENDED,     /* by itself */
	PTPAR_BATCH_KILLED,    /* by the batch system, or somebody: cancelled, a node has failed, ... */
	PTPAR_BATCH_TIMED_OUT, /* its time was up */
};

struct ptpar_batch_status {
	enum ptpar_batch_state state;
	/* Why, in the batch system's own words: "Resources" for one that is pending; one line. "": it says nothing.
	 */
	char reason[256];
};

struct ptpar_batch {
	uint32_t size; /* sizeof this struct, bytes */

	/* Those that return int: 0 or a negative errno with err's text, which ends the run as a usage error. */
	int (*open)(const struct ptpar_batch_host *host, const struct ptpar_batch_request *request,
		    struct ptpar_batch_plan *plan, void **state, struct ptpar_error *err);
	const char *(*script)(void *state);
	/* Commands are lists of words, NULL-terminated; the first is looked for in PATH. */
	const char *const *(*submit)(void *state);
	/* status: as from waitpid(2). output: what it has printed on standard output and error. Writes the number
	 * of the job (or whatever names it), for people. A refusal is to be told in the batch system's own words.
	 */
	int (*submitted)(void *state, int status, const char *output, char *job, uint32_t job_size,
			 struct ptpar_error *err);
	/* In place of submit and submitted: goes on with a job that another process had submitted, `job` as written
	 * there. */
	void (*adopt)(void *state, const char *job);
	/* Only after a job was submitted or adopted. */
	const char *const *(*poll)(void *state);
	void (*polled)(void *state, int status, const char *output, struct ptpar_batch_status *answer);
	const char *const *(*cancel)(void *state);
	void (*close)(void *state);
};

#ifdef __cplusplus
}
#endif

#endif
