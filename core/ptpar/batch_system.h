/* batch_system.h - the batch system of a scheduler plugin, opened for one run: what the user has asked for was
 * checked, and it makes commands from now on (ptpar/batch.h). */
#ifndef CORE_PTPAR_BATCH_SYSTEM_H
#define CORE_PTPAR_BATCH_SYSTEM_H

#include <ptpar/scheduler.h>

#include "core/common/launcher.h"
#include "core/ptpar/outcome.h"
#include "core/ptpar/settings.h"

struct batch_system {
	const struct ptpar_batch *does;
	void *plugin; /* its state: the first argument of all that it does */
	struct ptpar_batch_plan plan;
	enum launcher launcher;             /* how processes are started in the job */
	struct ptpar_batch_request request; /* to be completed before the script is asked for */

	/* Of nobody else's interest. */
	const struct settings *settings;
	const char *name; /* of the scheduler */
	void (*warn)(void *ctx, const char *text);
	void *ctx;
	struct ptpar_batch_host host;
};

/* Opens that of a scheduler which has one. NULL with the reason. */
struct batch_system *batch_system_open(const struct ptpar_scheduler *scheduler, const struct settings *settings,
				       void (*warn)(void *ctx, const char *text), void *ctx,
				       struct ptpar_error *err);
void batch_system_close(struct batch_system *s);

/* Takes over a job that another process has had submitted, and asks how it does, for some seconds at most. job: as
 * `submitted` has written it. */
void batch_system_ask(struct batch_system *s, const char *job, double seconds, struct ptpar_batch_status *answer);

/* How a job has ended, in a line (to be freed) with the outcome of the tests that ran in it; NULL: it has not. */
char *batch_tell_end(const char *job, const struct ptpar_batch_status *status, enum outcome *outcome);

#endif
