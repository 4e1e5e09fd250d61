/* collection.h - finding the tests: a collector reads the files in a process of its own, since what it loads may
 * crash.
 *
 * A collector that dies is an error of the file that it was reading; another one goes on behind that file.
 */
#ifndef CORE_PTPAR_COLLECTION_H
#define CORE_PTPAR_COLLECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptpar/plugin.h>

#include "core/common/wire.h"
#include "core/ptpar/link.h"
#include "core/ptpar/tests.h"

struct collection {
	/* Set by the caller. */
	struct tests *tests;             /* what is found is added here */
	uint32_t n_slots;                /* what PTPAR_NP_ALL stands for */
	const struct settings *settings; /* where sections stand that cannot be opened */
	void (*warn)(void *ctx, const char *text);
	void *ctx;

	bool done;
	struct ptpar_error usage_error; /* what the user named that is no suite; "" while there is nothing such */
	struct ptpar_error failure;     /* why collecting is impossible; likewise */

	/* Private. */
	char **paths;
	size_t n_paths;
	uint32_t opened; /* files that collectors have opened, all told */
	char *opening;   /* the one that is being read */
	double opened_at;
	bool running;
	bool told, gone; /* the collector's end: told by the agent; its connection has ended, all of it was read */
	double told_at;
	int status;
	struct buffer output;
};

/* Adds the file or directory of a path or id, once. */
void collection_add(struct collection *c, const char *path_or_id);
/* Asks the agent for a collector. Times are seconds of the run. */
void collection_start(struct collection *c, struct peer *agent, double now);
/* The collector is there: tells it what to read. */
void collection_hello(struct collection *c, struct peer *collector);
/* What the collector says. */
void collection_message(struct collection *c, const struct wire_message *m, double now);
/* The agent tells of its end. */
void collection_exited(struct collection *c, const struct wire_exited *m, double now);
/* Its connection has ended. */
void collection_gone(struct collection *c);
/* Does what is due; returns when something will be due next, INFINITY if nothing will. */
double collection_watch(struct collection *c, struct peer *agent, double now);
void collection_free(struct collection *c);

#endif
