/* scheduler-sequential.c - one test at a time, in the order in which they were submitted.
 *
 * All jobs begin with the same slot, the lowest live one, so its queue is the order of the run: the host may look
 * ahead, and still no job begins before the one in front of it has ended. A job that is wider than the live slots
 * is passed by until there are enough.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "plugins/scheduler-common.h"

/* A job that was started and has not ended. As many as the host looks ahead, so a plain array will do. */
struct under_way {
	uint32_t job;
	double key;
};

struct sequential {
	const struct ptpar_scheduler_host *host;
	struct slot_list slots;
	struct job_queue queue; /* key: minus the place in the order */
	struct under_way *under_way;
	uint32_t n_under_way, cap_under_way;
	uint32_t first_slot; /* of the jobs under way */
	double submitted;    /* how many jobs were, so far */
};

static int sequential_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	struct sequential *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return scheduler_no_memory(err);
	s->host = host;
	*state = s;
	return 0;
}

static int sequential_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n,
				    struct ptpar_error *err)
{
	struct sequential *s = state;

	return slot_list_set(&s->slots, slots, n, err);
}

/* Removes a job from those under way; false if it is not one of them. */
static bool forget(struct sequential *s, uint32_t job, double *key)
{
	for (uint32_t i = 0; i < s->n_under_way; i++) {
		if (s->under_way[i].job != job)
			continue;
		*key = s->under_way[i].key;
		s->under_way[i] = s->under_way[--s->n_under_way];
		return true;
	}
	return false;
}

static int sequential_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	struct sequential *s = state;
	int rc = 0;

	for (uint32_t i = 0; i < n && rc == 0; i++) {
		double key;

		/* What was taken back has its old place again; what has ended and is tried again comes last. */
		if (!forget(s, jobs[i].job, &key))
			key = -s->submitted++;
		rc = job_queue_add(&s->queue, jobs[i].job, jobs[i].np, key, err);
	}
	return rc;
}

static bool has_room(const struct sequential *s, uint32_t np)
{
	for (uint32_t i = 0; i < np; i++)
		if (s->host->room(s->host->ctx, s->slots.number[i]) == 0)
			return false;
	return true;
}

static int make_place_under_way(struct sequential *s, struct ptpar_error *err)
{
	uint32_t cap = s->cap_under_way == 0 ? 16 : 2 * s->cap_under_way;
	struct under_way *under_way;

	if (s->n_under_way < s->cap_under_way)
		return 0;
	under_way = realloc(s->under_way, cap * sizeof(*under_way));
	if (under_way == NULL)
		return scheduler_no_memory(err);
	s->under_way = under_way;
	s->cap_under_way = cap;
	return 0;
}

static int sequential_advance(void *state, struct ptpar_error *err)
{
	struct sequential *s = state;
	struct bucket *b;
	int rc;

	while ((b = job_queue_best(&s->queue, s->slots.n)) != NULL) {
		/* Another slot is the lowest one now: its queue says nothing about jobs on the old one. */
		if (s->n_under_way > 0 && s->first_slot != s->slots.number[0])
			return 0;
		if (!has_room(s, b->np))
			return 0;
		rc = make_place_under_way(s, err);
		if (rc < 0)
			return rc;
		rc = s->host->start(s->host->ctx, b->heap[0].job, s->slots.number, b->np);
		if (rc == -EAGAIN)
			return 0;
		if (rc < 0)
			return scheduler_refused(err, rc, b->heap[0].job);
		s->under_way[s->n_under_way++] = (struct under_way){ b->heap[0].job, b->heap[0].key };
		s->first_slot = s->slots.number[0];
		bucket_pop(b);
	}
	return 0;
}

static void sequential_finished(void *state, uint32_t job)
{
	double key;

	forget(state, job, &key);
}

static void sequential_destroy(void *state)
{
	struct sequential *s = state;

	if (s == NULL)
		return;
	slot_list_free(&s->slots);
	job_queue_free(&s->queue);
	free(s->under_way);
	free(s);
}

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("sequential", "one test at a time, in order"),
	.flags = PTPAR_SCHEDULER_FIXED_PLACES,
	.create = sequential_create,
	.slots_changed = sequential_slots_changed,
	.submit = sequential_submit,
	.advance = sequential_advance,
	.finished = sequential_finished,
	.destroy = sequential_destroy,
};
