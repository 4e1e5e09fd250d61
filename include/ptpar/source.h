/* ptpar/source.h - the interface of a source plugin.
 *
 * A source finds tests in a file and runs them. It is loaded where user code may be: into ptpar-worker, once in the
 * process that collects (open, list) and once in each rank (open, run). It never calls MPI itself: a worker is
 * the one program that links it, and lends what is needed through struct ptpar_source_host.
 *
 * Every pointer is borrowed for the time of the call, but `host`, which lives as long as the process.
 */
#ifndef PTPAR_SOURCE_H
#define PTPAR_SOURCE_H

#include <stdbool.h>

#include <ptpar/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTPAR_SOURCE_ABI 1

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
enum ptpar_rank_outcome { PTPAR_RANK_PASSED, PTPAR_RANK_FAILED, PTPAR_RANK_ERROR, PTPAR_RANK_SKIPPED };

/* What the worker lends to a source. Pass `ctx` to each function; all but collective ones are local to the rank.
 * In a process that only collects, only `warn` may be called. */
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
};

struct ptpar_source {
	struct ptpar_plugin head;

	/* All are mandatory. Those that return int: 0 or a negative errno with err's text. */

	/* Is this file one for this source? Looks at it (name, first bytes) and runs none of it.
	 * Asked for the files of a directory as well as for one that the user named. */
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
