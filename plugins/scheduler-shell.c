/* scheduler-shell.c - every test gets processes of its own.
 *
 * [shell] order = dynamic (default): whenever slots have become free, as the scheduler `dynamic` decides.
 * [shell] order = static: in steps, as pytest_parallel does: jobs are put by decreasing np into the first step
 * where enough slots are left, and a step begins when all of the one before it has ended.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/dynamic.h"
#include "plugins/scheduler-common.h"

struct steps {
	struct slot_list slots;
	struct job_queue queue;
	uint32_t running;
};

struct shell {
	const struct ptpar_scheduler_host *host;
	void *dynamic; /* NULL: in steps */
	struct steps steps;
};

static int shell_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	const char *order = host->option(host->ctx, "order");
	struct shell *s;
	int rc = 0;

	if (order != NULL && strcmp(order, "static") != 0 && strcmp(order, "dynamic") != 0)
		return scheduler_fail(err, -EINVAL, "order = %s: it is dynamic or static", order);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return scheduler_no_memory(err);
	s->host = host;
	if (order == NULL || strcmp(order, "dynamic") == 0)
		rc = dynamic_create(host, &s->dynamic, err);
	if (rc < 0)
		free(s);
	else
		*state = s;
	return rc;
}

static int shell_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	struct shell *s = state;

	if (s->dynamic != NULL)
		return dynamic_slots_changed(s->dynamic, slots, n, err);
	return slot_list_set(&s->steps.slots, slots, n, err);
}

static int shell_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	struct shell *s = state;
	int rc = 0;

	if (s->dynamic != NULL)
		return dynamic_submit(s->dynamic, jobs, n, err);
	/* Equal keys: the widest first, then in the order of their arrival. */
	for (uint32_t i = 0; i < n && rc == 0; i++)
		rc = job_queue_add(&s->steps.queue, jobs[i].job, jobs[i].np, 0, err);
	return rc;
}

/* Fills one step with the widest jobs that fit, and starts them. */
static int start_step(struct shell *s, struct ptpar_error *err)
{
	struct steps *t = &s->steps;
	struct bucket *b;
	uint32_t used = 0;
	int rc = 0;

	while (rc == 0 && (b = job_queue_best(&t->queue, t->slots.n - used)) != NULL) {
		rc = s->host->start(s->host->ctx, b->heap[0].job, t->slots.number + used, b->np);
		if (rc == -EAGAIN)
			return 0;
		if (rc < 0)
			return scheduler_refused(err, rc, b->heap[0].job);
		used += b->np;
		t->running++;
		bucket_pop(b);
	}
	return rc;
}

static int shell_advance(void *state, struct ptpar_error *err)
{
	struct shell *s = state;

	if (s->dynamic != NULL)
		return dynamic_advance(s->dynamic, err);
	return s->steps.running > 0 ? 0 : start_step(s, err);
}

static void shell_finished(void *state, uint32_t job)
{
	struct shell *s = state;

	if (s->dynamic != NULL)
		dynamic_finished(s->dynamic, job);
	else
		s->steps.running--;
}

static void shell_destroy(void *state)
{
	struct shell *s = state;

	if (s == NULL)
		return;
	dynamic_destroy(s->dynamic);
	slot_list_free(&s->steps.slots);
	job_queue_free(&s->steps.queue);
	free(s);
}

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("shell", "processes of its own for each test"),
	.flags = PTPAR_SCHEDULER_ISOLATES,
	.create = shell_create,
	.slots_changed = shell_slots_changed,
	.submit = shell_submit,
	.advance = shell_advance,
	.finished = shell_finished,
	.destroy = shell_destroy,
};
