/* batch_system.c - opens it, and asks it something without a loop. */
#include "core/ptpar/batch_system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/ptpar/probe.h"

static const char *const nothing[] = { NULL };

static const char *get_option(void *ctx, const char *key)
{
	struct batch_system *s = ctx;

	return settings_plugin_option(s->settings, s->name, key);
}

static void warn(void *ctx, const char *text)
{
	struct batch_system *s = ctx;

	s->warn(s->ctx, text);
}

static int check_plugin(const struct ptpar_batch *b, struct ptpar_error *err)
{
	if (b->size != sizeof(*b))
		return ptpar_fail(err, -EINVAL,
				  "its batch system is described in %u bytes instead of %zu: rebuild it", b->size,
				  sizeof(*b));
	if (b->open == NULL || b->script == NULL || b->submit == NULL || b->submitted == NULL || b->adopt == NULL ||
	    b->poll == NULL || b->polled == NULL || b->cancel == NULL || b->close == NULL)
		return ptpar_fail(err, -EINVAL, "its batch system lacks a function: all are mandatory");
	return 0;
}

/* The user's choice, else the plugin's. */
static int choose_launcher(struct batch_system *s, struct ptpar_error *err)
{
	int launcher = settings_launcher(s->plan.launcher);

	if (launcher < 0)
		return ptpar_fail(err, -EINVAL, "it wants the launcher %s, which there is not", s->plan.launcher);
	s->launcher = s->settings->launcher != LAUNCHER_AUTO ? s->settings->launcher : (enum launcher)launcher;
	if (s->launcher == LAUNCHER_PMIX)
		return ptpar_fail(err, -EINVAL,
				  "--launcher=pmix starts processes on one node only: leave it to the scheduler");
	return 0;
}

struct batch_system *batch_system_open(const struct ptpar_scheduler *scheduler, const struct settings *settings,
				       void (*warn_user)(void *ctx, const char *text), void *ctx,
				       struct ptpar_error *err)
{
	struct batch_system *s = xcalloc(1, sizeof(*s));
	struct ptpar_error why = { "" };
	int rc;

	s->does = scheduler->batch;
	s->settings = settings;
	s->name = scheduler->head.name;
	s->warn = warn_user;
	s->ctx = ctx;
	s->host = (struct ptpar_batch_host){ sizeof(s->host), s, get_option, warn };
	s->request = (struct ptpar_batch_request){ .size = sizeof(s->request),
						   .processes = settings->n_workers,
						   .join = nothing,
						   .environment = nothing };
	rc = check_plugin(s->does, &why);
	if (rc == 0)
		rc = s->does->open(&s->host, &s->request, &s->plan, &s->plugin, &why);
	if (rc < 0)
		s->plugin = NULL;
	if (rc == 0)
		rc = choose_launcher(s, &why);
	if (rc == 0)
		return s;
	ptpar_fail(err, rc, "--scheduler=%s: %s", s->name, why.text[0] != '\0' ? why.text : strerror(-rc));
	batch_system_close(s);
	return NULL;
}

void batch_system_close(struct batch_system *s)
{
	if (s == NULL)
		return;
	if (s->plugin != NULL)
		s->does->close(s->plugin);
	free(s);
}

void batch_system_ask(struct batch_system *s, const char *job, double seconds, struct ptpar_batch_status *answer)
{
	struct buffer out = { 0 };
	const char *const *argv;
	int status;

	s->does->adopt(s->plugin, job);
	argv = s->does->poll(s->plugin);
	*answer = (struct ptpar_batch_status){ .state = PTPAR_BATCH_UNKNOWN };
	if (argv == NULL)
		return;
	status = probe((char *const *)argv, NULL, seconds, &out);
	s->does->polled(s->plugin, status, out.data, answer);
	buffer_free(&out);
}

char *batch_tell_end(const char *job, const struct ptpar_batch_status *status, enum outcome *outcome)
{
	*outcome = status->state == PTPAR_BATCH_TIMED_OUT ? OUTCOME_TIMEOUT : OUTCOME_CRASHED;
	switch (status->state) {
	case PTPAR_BATCH_TIMED_OUT:
		return xasprintf("the time of job %s was up: %s", job, status->reason);
	case PTPAR_BATCH_ENDED:
	case PTPAR_BATCH_KILLED:
		return xasprintf("job %s has ended: %s", job, status->reason);
	default:
		return NULL;
	}
}
