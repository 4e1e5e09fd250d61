/* ptpar/source.h - the interface of a source plugin.
 *
 * A source finds tests, and either runs them or says which program does. What it finds them in is a file, or a
 * section [NAME:…] of the configuration whose NAME is the source's own.
 *
 * It is loaded where user code may be: into ptpar-worker, once in the process that collects (open, list), and once
 * in each rank (open, run); a source of programs into ptpar-agent instead of ranks (open, command, read). It never
 * calls MPI itself: a worker is the one program that links it, and lends what is needed through struct
 * ptpar_source_host.
 *
 * Every pointer is borrowed for the time of the call, but `host`, which lives as long as the process.
 */
#ifndef PTPAR_SOURCE_H
#define PTPAR_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <ptpar/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTPAR_SOURCE_ABI 2

/* np of a test that takes every slot there is. */
#define PTPAR_SOURCE_NP_ALL INT64_MIN

/* A test as it is listed. The core makes its id of it: SOURCE::NAME, SOURCE::NAME[NP], SOURCE::NAME[PARAM] or
 * SOURCE::NAME[NP-PARAM], checks np (1 to 2^20, or PTPAR_SOURCE_NP_ALL) and that ids are unique. */
struct ptpar_case {
	uint32_t index; /* the source's own number for it in this file; given back to run */
	const char *name;
	int64_t np;        /* as declared, unchecked */
	bool np_declared;  /* false: none was declared, and np is 1 */
	const char *param; /* NULL: not parametrized */
	double timeout;    /* seconds, wall clock; 0: not set */
	const char *tags;  /* separated by spaces, or NULL */
	const char *xfail; /* why it is expected to fail, or NULL */
	bool isolated;
	const char *file; /* where it is declared, or NULL */
	uint32_t line;
};

enum ptpar_phase { PTPAR_PHASE_NONE, PTPAR_PHASE_SETUP, PTPAR_PHASE_CALL, PTPAR_PHASE_TEARDOWN };

/* What a rank has to say about a test. */
enum ptpar_note_kind {
	PTPAR_NOTE_FAILURE, /* an assertion or expectation that was false, an MPI error, an exception */
	PTPAR_NOTE_SKIP,    /* text: the reason */
	PTPAR_NOTE_LOG,     /* shown with the test's failures */
};

/* How a test ended on this rank. */
enum ptpar_rank_outcome {
	PTPAR_RANK_PASSED,
	PTPAR_RANK_FAILED,
	PTPAR_RANK_ERROR,
	PTPAR_RANK_SKIPPED,
	/* Of programs only. */
	PTPAR_RANK_CRASHED,   /* killed by a signal that was not expected */
	PTPAR_RANK_UNDECIDED, /* nothing against it, and what is needed for it another rank may have printed: the
			       * test has passed if that is so of one rank, and failed if it is so of none */
};

/* A program that is a test. Pointers are the source's, valid until its next call. */
struct ptpar_command {
	const char *const *argv; /* NULL-terminated; argv[0] is looked for in PATH if it has no slash */
	const char *const *env;  /* NULL-terminated, "NAME=VALUE" each, set over the environment; or NULL */
	const char *cwd;         /* where it runs; NULL: where ptpar was started */
};

/* One process of it, when it has ended. */
struct ptpar_ended {
	uint32_t rank;
	uint32_t np;
	int status; /* as from waitpid() */
	const char
		*output; /* what it has printed on standard output, n_output bytes, never NULL, with a NUL behind */
	size_t n_output;
	const char *errors; /* on standard error, likewise */
	size_t n_errors;
	bool cut; /* it has printed more than is kept: the beginning is missing */
};

/* A part of a test with a result of its own: a test point of TAP. */
enum ptpar_point_outcome {
	PTPAR_POINT_PASSED,
	PTPAR_POINT_FAILED,
	PTPAR_POINT_SKIPPED,
	PTPAR_POINT_XFAILED, /* expected to fail (todo), and has */
	PTPAR_POINT_XPASSED, /* expected to fail, and has not: nothing bad in TAP */
};

struct ptpar_point {
	enum ptpar_point_outcome outcome;
	uint32_t number;
	uint32_t depth;     /* 0; more in a subtest */
	const char *name;   /* its description, "" if it has none */
	const char *reason; /* of skip or todo, or NULL */
	const char *detail; /* its diagnostics, lines; or NULL */
	uint32_t line;      /* of the output, from 1 */
};

/* Who takes what was read. */
struct ptpar_reader {
	void *ctx;
	void (*point)(void *ctx, const struct ptpar_point *p);
	/* As in struct ptpar_source_host. */
	void (*note)(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text);
};

/* What the worker lends to a source. Pass `ctx` to each function; all but collective ones are local to the rank.
 * In a process that only collects, and in an agent, only `warn` and `option` may be called. */
struct ptpar_source_host {
	uint32_t abi;  /* PTPAR_SOURCE_ABI of the worker */
	uint32_t size; /* sizeof this table, bytes */
	void *ctx;

	/* Sends a note to the core at once, so that it is known even if the process dies next. file may be NULL. */
	void (*note)(void *ctx, enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text);
	/* Says which phase begins. */
	void (*phase)(void *ctx, enum ptpar_phase phase);
	/* Rank and size of the test that runs. */
	int (*comm_rank)(void *ctx);
	int (*comm_size)(void *ctx);
	/* Collective over the test: the largest value of all ranks. On a communicator that the test cannot see. */
	int (*max)(void *ctx, int value);
	/* Collective over the test: gathers one value of each rank into values[size]. On the test's communicator.
	 */
	void (*gather)(void *ctx, int value, int *values);
	/* Collective over the test on its first call in a test: one directory, the same path on all ranks, empty at
	 * first; removed by the worker when the test passed. NULL if it could not be made (a failure was noted). */
	const char *(*tmpdir)(void *ctx);
	/* A line for the user, as a warning. */
	void (*warn)(void *ctx, const char *text);
	/* The value of KEY in the section of the configuration that `path` names, or NULL. Valid for the time of
	 * the call to open; in a rank there are none. */
	const char *(*option)(void *ctx, const char *path, const char *key);
};

struct ptpar_source {
	struct ptpar_plugin head;

	/* Mandatory are all but these: run and stop are NULL in a source of programs, command and read in any
	 * other. Those that return int: 0 or a negative errno with err's text. */

	/* Is this file one for this source? Looks at it (name, first bytes) and runs none of it.
	 * Asked for the files of a directory as well as for one that the user named. Never asked for a section of
	 * the configuration: that belongs to the source of its name, and its path is "NAME:…" as in its head. */
	bool (*claims)(const char *path);
	/* Opens a file. What it returns in *suite is never closed while the process lives but by close. */
	int (*open)(const struct ptpar_source_host *host, const char *path, void **suite, struct ptpar_error *err);
	/* Emits every test of it, in the order of the file. emit returns 0, or a negative errno that list passes
	 * on. */
	int (*list)(void *suite, int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx,
		    struct ptpar_error *err);
	/* The name of case `index` as list emits it, or NULL if there is none: the worker compares it with what was
	 * collected, since the file may have been rebuilt meanwhile. */
	const char *(*name)(void *suite, uint32_t index);
	/* Runs setup, call and teardown of one test on this rank. comm points to its MPI_Comm. */
	enum ptpar_rank_outcome (*run)(void *suite, uint32_t index, const void *comm);
	/* Ends the phase that runs in this process, as a failed assertion does (the failure was noted): unwinds to
	 * run, never returns. Called by the worker's MPI error handler. Returns only if no phase runs. */
	void (*stop)(void *suite);
	/* Says which program case `index` is, on np processes. */
	int (*command)(void *suite, uint32_t index, uint32_t np, struct ptpar_command *command,
		       struct ptpar_error *err);
	/* Reads what one of its processes has printed, and judges how it has ended. */
	enum ptpar_rank_outcome (*read)(void *suite, uint32_t index, const struct ptpar_ended *ended,
					const struct ptpar_reader *reader);
	void (*close)(void *suite);
};

/* First member of the descriptor: `.head = PTPAR_SOURCE_HEAD("suite", "shared objects made with ptpar.h")`. */
#define PTPAR_SOURCE_HEAD(name_, summary_)                                                                         \
	{                                                                                                          \
		PTPAR_PLUGIN_MAGIC, PTPAR_PLUGIN_SOURCE, PTPAR_SOURCE_ABI, (uint32_t)sizeof(struct ptpar_source),  \
			name_, summary_                                                                            \
	}

extern PTPAR_EXPORT const struct ptpar_source ptpar_source;

#ifdef __cplusplus
}
#endif

#endif
