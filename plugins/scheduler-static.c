/* scheduler-static.c - everything is planned beforehand: the same tests on the same slots give the same places.
 *
 * The plan is a table with a row for each step and a column for each slot. Jobs are put in by decreasing np, each
 * into the first step where enough slots are left. No slot waits for a step to end: it goes down its column.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/scheduler-common.h"

#define NOBODY UINT32_MAX /* in the table: this slot has nothing to do in this step */

struct planned_job {
	uint32_t job;
	uint32_t np;
	uint32_t order; /* of arrival */
	uint32_t step;
	uint32_t first; /* column; it has np of them */
	bool started;
};

struct static_plan {
	const struct ptpar_scheduler_host *host;
	struct slot_list slots;
	struct planned_job
		*jobs; /* widest first; those too wide for the slots there are have no place in the table */
	uint32_t n_jobs, cap_jobs;
	uint32_t next_order;
	uint32_t n_steps;
	uint32_t *table;  /* [n_steps][slots.n]: index into jobs, or NOBODY */
	uint32_t *cursor; /* [slots.n]: the step that this slot has come to */
	uint32_t *room;   /* [slots.n]: used while advancing */
	bool outdated;    /* jobs or slots are no longer those of the plan */
};

static int static_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	struct static_plan *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return scheduler_no_memory(err);
	s->host = host;
	*state = s;
	return 0;
}

static int static_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	struct static_plan *s = state;

	s->outdated = true;
	return slot_list_set(&s->slots, slots, n, err);
}

static int static_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	struct static_plan *s = state;

	if (n > s->cap_jobs - s->n_jobs) {
		size_t cap = 2 * (size_t)s->cap_jobs + n;
		struct planned_job *grown = cap < UINT32_MAX ? realloc(s->jobs, cap * sizeof(*grown)) : NULL;

		if (grown == NULL)
			return scheduler_no_memory(err);
		s->jobs = grown;
		s->cap_jobs = (uint32_t)cap;
	}
	for (uint32_t i = 0; i < n; i++)
		s->jobs[s->n_jobs++] = (struct planned_job){
			.job = jobs[i].job,
			.np = jobs[i].np,
			.order = s->next_order++,
		};
	s->outdated = true;
	return 0;
}

static int compare_jobs(const void *left, const void *right)
{
	const struct planned_job *a = left, *b = right;

	if (a->np != b->np)
		return a->np > b->np ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* Forgets the started jobs and sorts the others. */
static void sort_waiting_jobs(struct static_plan *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_jobs; i++)
		if (!s->jobs[i].started)
			s->jobs[n++] = s->jobs[i];
	s->n_jobs = n;
	if (n > 0)
		qsort(s->jobs, n, sizeof(*s->jobs), compare_jobs);
}

/* The first job that is narrow enough for the slots there are. */
static uint32_t first_placeable(const struct static_plan *s)
{
	uint32_t i = 0;

	while (i < s->n_jobs && s->jobs[i].np > s->slots.n)
		i++;
	return i;
}

/* Gives each job its step and first column, first-fit. used: one number for each step, at least n_jobs of them. */
static void fill_steps(struct static_plan *s, uint32_t *used)
{
	uint32_t step = 0;

	s->n_steps = 0;
	for (uint32_t i = first_placeable(s); i < s->n_jobs; i++) {
		struct planned_job *job = &s->jobs[i];

		/* A step that was too full for a job is so for the others of the same np: look once for each np. */
		if (i == 0 || s->jobs[i - 1].np != job->np)
			step = 0;
		while (step < s->n_steps && s->slots.n - used[step] < job->np)
			step++;
		if (step == s->n_steps)
			used[s->n_steps++] = 0;
		job->step = step;
		job->first = used[step];
		used[step] += job->np;
	}
}

static void fill_table(struct static_plan *s)
{
	uint32_t *cell;

	memset(s->table, 0xff, (size_t)s->n_steps * s->slots.n * sizeof(*s->table));
	for (uint32_t i = first_placeable(s); i < s->n_jobs; i++) {
		cell = s->table + (size_t)s->jobs[i].step * s->slots.n + s->jobs[i].first;
		for (uint32_t k = 0; k < s->jobs[i].np; k++)
			cell[k] = i;
	}
}

static void forget_plan(struct static_plan *s)
{
	free(s->table);
	free(s->cursor);
	free(s->room);
	s->table = s->cursor = s->room = NULL;
	s->n_steps = 0;
}

static int make_plan(struct static_plan *s, struct ptpar_error *err)
{
	uint32_t *used;

	forget_plan(s);
	sort_waiting_jobs(s);
	used = calloc(s->n_jobs + (size_t)1, sizeof(*used));
	if (used == NULL)
		return scheduler_no_memory(err);
	fill_steps(s, used);
	free(used);
	s->table = calloc((size_t)s->n_steps * s->slots.n + 1, sizeof(*s->table));
	s->cursor = calloc(s->slots.n + (size_t)1, sizeof(*s->cursor));
	s->room = calloc(s->slots.n + (size_t)1, sizeof(*s->room));
	if (s->table == NULL || s->cursor == NULL || s->room == NULL)
		return scheduler_no_memory(err);
	fill_table(s);
	s->outdated = false;
	return 0;
}

/* What slot i has to do next: index into jobs, or NOBODY. */
static uint32_t head(struct static_plan *s, uint32_t i)
{
	uint32_t job;

	for (; s->cursor[i] < s->n_steps; s->cursor[i]++) {
		job = s->table[(size_t)s->cursor[i] * s->slots.n + i];
		if (job != NOBODY)
			return job;
	}
	return NOBODY;
}

/* Have all of its slots come to this job, and room for it? */
static bool is_ready(struct static_plan *s, uint32_t job)
{
	for (uint32_t i = 0; i < s->jobs[job].np; i++)
		if (s->room[s->jobs[job].first + i] == 0 || head(s, s->jobs[job].first + i) != job)
			return false;
	return true;
}

/* Returns 1 if it was started, 0 if the host cannot do so now, or a negative errno. */
static int start(struct static_plan *s, struct planned_job *job, struct ptpar_error *err)
{
	int rc = s->host->start(s->host->ctx, job->job, s->slots.number + job->first, job->np);

	if (rc < 0 && rc != -EAGAIN)
		return scheduler_refused(err, rc, job->job);
	for (uint32_t i = job->first; i < job->first + job->np; i++) {
		s->room[i] = rc == 0 ? s->room[i] - 1 : 0;
		s->cursor[i] += rc == 0;
	}
	job->started = rc == 0;
	return job->started;
}

/* Starts at most one job on each slot. Returns how many, or a negative errno. */
static int start_a_row(struct static_plan *s, struct ptpar_error *err)
{
	int rc, n = 0;

	for (uint32_t i = 0; i < s->slots.n;) {
		uint32_t job = head(s, i);

		/* Each job is looked at once, on its first slot. */
		if (job == NOBODY || s->jobs[job].first != i || !is_ready(s, job)) {
			i++;
			continue;
		}
		rc = start(s, &s->jobs[job], err);
		if (rc < 0)
			return rc;
		n += rc;
		i += s->jobs[job].np;
	}
	return n;
}

static int static_advance(void *state, struct ptpar_error *err)
{
	struct static_plan *s = state;
	int rc = s->outdated ? make_plan(s, err) : 0;

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < s->slots.n; i++)
		s->room[i] = s->host->room(s->host->ctx, s->slots.number[i]);
	do
		rc = start_a_row(s, err);
	while (rc > 0);
	return rc;
}

static void static_finished(void *state, uint32_t job)
{
	(void)state; /* places never depend on it */
	(void)job;
}

static void static_destroy(void *state)
{
	struct static_plan *s = state;

	if (s == NULL)
		return;
	forget_plan(s);
	slot_list_free(&s->slots);
	free(s->jobs);
	free(s);
}

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("static", "planned beforehand, in steps"),
	.flags = PTPAR_SCHEDULER_FIXED_PLACES,
	.create = static_create,
	.slots_changed = static_slots_changed,
	.submit = static_submit,
	.advance = static_advance,
	.finished = static_finished,
	.destroy = static_destroy,
};
