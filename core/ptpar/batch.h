/* batch.h - the run's job in a batch system: has it submitted, watches it, ends it. What the batch system is called
 * and how it talks, a plugin knows (ptpar/batch.h); its commands are run by the core's own agent.
 *
 * In the job runs an agent that connects to the core ("joins") and starts all processes of tests from then on.
 */
#ifndef CORE_PTPAR_BATCH_H
#define CORE_PTPAR_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <ptpar/scheduler.h>

#include "core/common/launcher.h"
#include "core/ptpar/event.h"
#include "core/ptpar/link.h"
#include "core/ptpar/settings.h"
#include "core/ptpar/tests.h"

struct batch;

struct batch_config {
	const struct ptpar_scheduler *scheduler; /* one with a batch system */
	const struct settings *settings;
	void *ctx;
	void (*emit)(void *ctx, const struct event *e);
	double (*now)(void *ctx);        /* seconds of the run */
	struct peer *(*home)(void *ctx); /* the core's own agent, NULL at times */
};

/* Checks what the user has asked for. NULL with the reason. */
struct batch *batch_open(const struct batch_config *config, struct ptpar_error *err);
void batch_free(struct batch *b);

/* How processes are started in the job; enum ptpar_scheduler_flags. */
enum launcher batch_launcher(const struct batch *b);
uint32_t batch_flags(const struct batch *b);

/* Has the job submitted, in which these tests are to be run. address: where the core can be reached, for messages.
 */
void batch_submit(struct batch *b, const struct tests *tests, const char *address);
/* Has a job submitted that does this instead, by itself (ptpar/batch.h: join, output). It is over when it was
 * submitted, or refused. */
void batch_submit_alone(struct batch *b, const char *const *join, const char *output);
/* Its number, or what names it; "": it has none. */
const char *batch_job(const struct batch *b);
/* Does what is due. Returns when something will be, seconds of the run. */
double batch_step(struct batch *b);
/* What the core's own agent says of a command, and its end. */
void batch_answer(struct batch *b, const struct wire_answer *m);
/* An agent has said who it is, or what it has found. Return whether it is the job's. */
bool batch_hello(struct batch *b, struct peer *peer);
bool batch_joined(struct batch *b, const struct peer *peer, const struct wire_joined *m);
/* The connection of an agent has ended: of the core's own, or any. */
void batch_gone(struct batch *b, const struct peer *peer, bool is_home);
/* Processes in the job were lost: asks at once how that does. */
void batch_doubt(struct batch *b);
/* Asks for the end of the job, if there is one that has not ended. Returns whether that is to be waited for. */
bool batch_cancel(struct batch *b);

/* The job's agent, NULL while it is not there. */
struct peer *batch_agent(const struct batch *b);
/* Is a command under way that submits or ends the job? */
bool batch_is_busy(const struct batch *b);
/* Is the job's agent there, and ready to start processes? Then batch_agent tells. */
bool batch_is_ready(const struct batch *b);
/* Has it gone, though nobody has said yet why; or is it not known yet whether the job has ended? */
bool batch_is_doubtful(const struct batch *b);
/* Is it known that the job has ended? */
bool batch_is_over(const struct batch *b);
/* How, in a line, then; and the outcome of what ran in it. */
const char *batch_end(const struct batch *b);
enum outcome batch_outcome(const struct batch *b);
/* Why no test can be run, for which a setting is to blame; or NULL. */
const char *batch_fault(const struct batch *b);

#endif
