/* dispatch.c - see dispatch.h, and dispatch_state.h for the other files. Sections: the window, the host's functions
 * for the scheduler, what workers say, the scheduler's side. */
#include "core/ptpar/dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/dispatch_state.h"

/* So much work is sent ahead to a worker, seconds: some round trips (about 20 µs each on one node). */
static const double LOOK_AHEAD = 1e-3;

double dispatch_now(const struct dispatch *d)
{
	return d->config.now(d->config.ctx);
}

void dispatch_emit(struct dispatch *d, const struct event *e)
{
	d->config.emit(d->config.ctx, e);
}

void dispatch_emit_for_attempt(void *ctx, const struct event *e)
{
	struct dispatch *d = ctx;

	if (e->kind == EVENT_FINISHED && outcome_is_bad(e->finished.outcome))
		d->bad++;
	dispatch_emit(d, e);
}

/* --- the window ------------------------------------------------------------------------------------------ */

/* How long a queue may be at the moment. */
static uint32_t window(const struct dispatch *d)
{
	double n;

	/* With --fail-fast, what was sent ahead would run although it should not. */
	if (d->config.settings->max_fail > 0 || d->measured < 2 * d->n_slots || isnan(d->typical))
		return 1;
	n = LOOK_AHEAD / fmax(d->typical, 1e-6);
	return n < 1 ? 1 : n > WINDOW_MAX ? WINDOW_MAX : (uint32_t)n;
}

void dispatch_measure(struct dispatch *d, double duration)
{
	d->measured++;
	/* One slow test is a warning, many short ones are needed to trust again. */
	if (isnan(d->typical) || duration > 10 * d->typical)
		d->typical = duration;
	else
		d->typical += (duration - d->typical) / 16;
}

/* --- the host's functions for the scheduler -------------------------------------------------------------- */

static uint32_t host_room(void *ctx, uint32_t slot)
{
	struct dispatch *d = ctx;
	uint32_t limit;

	if (slot >= d->n_slots || !slot_is_usable(&d->slots[slot]) || d->stopped)
		return 0;
	/* What was sent ahead would run beside an isolated one. */
	if (d->slots[slot].n_isolated > 0)
		return 0;
	limit = window(d);
	return d->slots[slot].n < limit ? limit - d->slots[slot].n : 0;
}

static const char *host_option(void *ctx, const char *key)
{
	struct dispatch *d = ctx;

	return settings_plugin_option(d->config.settings, d->config.settings->scheduler, key);
}

void dispatch_warn(void *ctx, const char *text)
{
	struct dispatch *d = ctx;
	struct event e = { .kind = EVENT_WARNING, .time = dispatch_now(d), .warning = text };

	dispatch_emit(d, &e);
}

/* Are these n different slots that are there? */
static bool are_valid(const struct dispatch *d, const uint32_t *slots, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (slots[i] >= d->n_slots || !slot_is_usable(&d->slots[slots[i]]))
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (slots[k] == slots[i])
				return false;
	}
	return true;
}

/* Tells the members of a group of its coming and going. */
static void tell_group(struct dispatch *d, const struct group_entry *new_one, const struct group_entry *old_one)
{
	for (uint32_t i = 0; old_one != NULL && i < old_one->n; i++) {
		struct slot *s = &d->slots[old_one->slots[i]];

		if (slot_is_connected(s))
			wire_put_ungroup(&s->worker->channel->out, &(struct wire_ungroup){ .group = old_one->id });
	}
	for (uint32_t i = 0; new_one != NULL && i < new_one->n; i++)
		wire_put_group(
			&d->slots[new_one->slots[i]].worker->channel->out,
			&(struct wire_group){ .group = new_one->id, .ranks = { new_one->slots, new_one->n } });
}

/* Finds or makes the group of the attempt. */
static int give_group(struct dispatch *d, struct attempt *a)
{
	struct group_entry *g, *evicted;
	bool is_new;

	if (a->np == 1)
		return 0;
	g = groups_use(&d->groups, a->slots, a->np, &is_new, &evicted);
	if (g == NULL)
		return -EAGAIN;
	a->group = g->id;
	tell_group(d, is_new ? g : NULL, evicted);
	groups_forget(evicted);
	return 0;
}

void dispatch_send_run(const struct dispatch *d, struct slot *s, const struct attempt *a)
{
	struct buffer *out = &s->worker->channel->out;
	const struct tests *tests = d->config.tests;

	for (; s->suites_known <= a->test->suite; s->suites_known++)
		wire_put_suite(out, &(struct wire_suite){ .suite = s->suites_known,
							  .plugin = tests->suites[s->suites_known].plugin,
							  .path = tests->suites[s->suites_known].path });
	wire_put_run(out, &(struct wire_run){ .seq = a->seq,
					      .suite = a->test->suite,
					      .index = a->test->index,
					      .name = a->test->case_name,
					      .group = a->group });
}

/* Gives the attempt to its slots. Returns -EAGAIN if its group cannot be made now. */
int dispatch_start(struct dispatch *d, struct attempt *a)
{
	struct test *t = a->test;
	struct event e = { .kind = EVENT_STARTED };

	if (!a->is_isolated && give_group(d, a) < 0)
		return -EAGAIN;
	d->last_seq++;
	t->attempts++;
	t->state = TEST_STARTED;
	for (uint32_t i = 0; i < a->n_slots; i++) {
		if (!a->is_isolated)
			dispatch_send_run(d, &d->slots[a->slots[i]], a);
		slot_push(&d->slots[a->slots[i]], a, dispatch_now(d));
	}
	e.time = dispatch_now(d);
	e.started =
		(struct event_started){ .id = t->id, .slots = a->slots, .np = a->n_slots, .attempt = t->attempts };
	dispatch_emit(d, &e);
	return 0;
}

static int host_start(void *ctx, uint32_t job, const uint32_t *slots, uint32_t n)
{
	struct dispatch *d = ctx;
	struct test *t = job < d->config.tests->n ? &d->config.tests->tests[job] : NULL;
	struct attempt *a;

	if (t == NULL || t->state != TEST_WAITING || n != test_slots(t) || !are_valid(d, slots, n))
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++)
		if (host_room(d, slots[i]) == 0)
			return -EAGAIN;
	/* Was it that one that killed the agent? It runs alone, to be sure. */
	if (d->suspect != NULL || (t->was_lost && dispatch_running(d) > 0))
		return -EAGAIN;
	d->suspect = t->was_lost ? t : NULL;
	a = attempt_new(d->last_seq + 1, t, slots);
	if (dispatch_start(d, a) < 0) {
		d->suspect = NULL;
		attempt_free(a);
		return -EAGAIN;
	}
	d->waiting--;
	return 0;
}

/* --- what workers say ------------------------------------------------------------------------------------ */

/* Its fresh processes end before its outcome is told: how they do is a part of it. */
static void leave(struct dispatch *d, struct attempt *a)
{
	a->is_leaving = true;
	a->held = a->np;
	a->failed = NAN;
	isolated_quit(&d->isolation, a->process);
}

static void on_done(struct dispatch *d, struct slot *s, struct attempt *a, const struct wire_done *m)
{
	attempt_done(a, slot_rank_in(s, a), m);
	slot_remove(s, 0, dispatch_now(d));
	d->dirty = true;
	if (a->broken)
		slot_call_off(s, a);
	if (m->outcome != PTPAR_RANK_PASSED && isnan(a->failed))
		a->failed = dispatch_now(d);
	if (--a->held > 0)
		return;
	if (a->is_isolated && !a->broken && a->calloff == CALLOFF_NONE && !a->process->is_world)
		leave(d, a);
	else
		dispatch_finish(d, a);
}

void dispatch_printed(struct dispatch *d, struct slot *s, const struct wire_message *m)
{
	struct attempt *a = s->n > 0 ? slot_at(s, 0) : s->isolated->attempt;

	(void)d;
	if (a != NULL && m->number == WIRE_POINT)
		attempt_point(a, s->index, &m->point);
	else if (a != NULL)
		attempt_remark(a, s->index, &m->remark);
}

void dispatch_message(struct dispatch *d, struct slot *s, const struct wire_message *m)
{
	struct attempt *a = s->n > 0 ? slot_at(s, 0) : NULL;
	uint64_t seq = m->number == WIRE_DONE ? m->done.seq : m->number == WIRE_NOTE ? m->note.seq : 0;

	if (m->number == WIRE_WARNING && m->warning.text != NULL)
		dispatch_warn(d, m->warning.text);
	if (a == NULL || seq == 0 || a->seq != seq)
		return;
	if (m->number == WIRE_DONE)
		on_done(d, s, a, &m->done);
	else
		attempt_note(a, slot_rank_in(s, a), &m->note);
}

/* --- the scheduler's side -------------------------------------------------------------------------------- */

struct dispatch *dispatch_new(const struct dispatch_config *config, struct ptpar_error *err)
{
	struct dispatch *d = xcalloc(1, sizeof(*d));
	struct ptpar_error why = { "" };
	int status;

	d->config = *config;
	d->typical = NAN;
	dispatch_open_isolation(d);
	d->host = (struct ptpar_scheduler_host){ .abi = PTPAR_SCHEDULER_ABI,
						 .size = sizeof(d->host),
						 .ctx = d,
						 .start = host_start,
						 .room = host_room,
						 .option = host_option,
						 .warn = dispatch_warn };
	status = config->scheduler->create(&d->host, &d->state, &why);
	if (status < 0) {
		ptpar_fail(err, status, "scheduler %s cannot be used: %s", config->scheduler->head.name,
			   why.text[0] != '\0' ? why.text : strerror(-status));
		free(d);
		return NULL;
	}
	return d;
}

void dispatch_free(struct dispatch *d)
{
	if (d == NULL)
		return;
	/* Those that are in no queue. */
	for (struct isolated *i = d->isolation.all; i != NULL; i = i->next)
		if (i->attempt != NULL && i->attempt->gave_room)
			attempt_free(i->attempt);
	for (uint32_t i = 0; i < d->n_slots; i++)
		for (; d->slots[i].n > 0; d->slots[i].n--) {
			struct attempt *a = slot_at(&d->slots[i], d->slots[i].n - 1);

			/* One that runs is also in the queues of its own ranks. */
			if (--*(a->is_isolated ? &a->n_slots : &a->held) == 0)
				attempt_free(a);
		}
	d->config.scheduler->destroy(d->state);
	confirm_free(&d->confirm);
	isolation_free(&d->isolation);
	groups_clear(&d->groups);
	free(d->to_submit);
	free(d->doubted);
	free(d);
}

/* Hands the tests that do not come first to the scheduler, as soon as all that do have started: no scheduler needs
 * to know of it. */
static void submit_rest(struct dispatch *d)
{
	struct tests *tests = d->config.tests;
	size_t *i = &d->next_first;

	while (d->rest_is_later && *i < tests->n && tests->tests[*i].comes_first &&
	       tests->tests[*i].state != TEST_WAITING)
		++*i;
	if (!d->rest_is_later || (*i < tests->n && tests->tests[*i].comes_first))
		return;
	d->rest_is_later = false;
	for (; *i < tests->n; ++*i)
		if (tests->tests[*i].state == TEST_WAITING)
			dispatch_submit_later(d, &tests->tests[*i]);
}

int dispatch_submit(struct dispatch *d, struct ptpar_error *err)
{
	struct tests *tests = d->config.tests;
	char reason[128];

	(void)err;
	d->remaining = d->waiting = (uint32_t)tests->n;
	for (size_t i = 0; i < tests->n; i++) {
		struct test *t = &tests->tests[i];

		if (t->fault != NULL) {
			dispatch_finish_without_ranks(d, t, OUTCOME_ERROR, t->fault);
		} else if (test_slots(t) > d->n_slots) {
			if (t->threads == 1)
				snprintf(reason, sizeof(reason),
					 "Not enough processes: %u required but only %u available", t->np,
					 d->n_slots);
			else
				snprintf(reason, sizeof(reason),
					 "Not enough cores: %u required, %u for each of its processes, but only %u "
					 "available",
					 test_slots(t), t->threads, d->n_slots);
			dispatch_finish_without_ranks(d, t, OUTCOME_SKIPPED, reason);
		} else if (t->comes_first) {
			dispatch_submit_later(d, t);
		}
	}
	d->rest_is_later = d->dirty = true;
	submit_rest(d);
	return 0;
}

int dispatch_set_slots(struct dispatch *d, struct slot *slots, uint32_t n, struct ptpar_error *err)
{
	(void)err;
	groups_clear(&d->groups);
	d->slots = slots;
	d->n_slots = d->isolation.n_slots = n;
	d->n_live = 0;
	for (uint32_t i = 0; i < n; i++) {
		slots[i].index = i;
		slots[i].live = true;
		d->n_live++;
	}
	d->slots_changed = d->dirty = true;
	return 0;
}

static int tell_slots(struct dispatch *d, struct ptpar_error *err)
{
	struct ptpar_slot *live = xcalloc(d->n_slots, sizeof(*live));
	uint32_t n = 0;
	int status;

	for (uint32_t i = 0; i < d->n_slots; i++)
		if (d->slots[i].live)
			live[n++] = (struct ptpar_slot){ .slot = i, .node = d->slots[i].node, .core = i };
	status = d->config.scheduler->slots_changed(d->state, live, n, err);
	free(live);
	d->slots_changed = false;
	return status;
}

static int tell_jobs(struct dispatch *d, struct ptpar_error *err)
{
	struct ptpar_job *jobs = xcalloc(d->n_submit, sizeof(*jobs));
	int status;

	for (size_t i = 0; i < d->n_submit; i++)
		jobs[i] = (struct ptpar_job){ .job = (uint32_t)(d->to_submit[i] - d->config.tests->tests),
					      .np = test_slots(d->to_submit[i]),
					      .expected = NAN,
					      .id = d->to_submit[i]->id };
	status = d->config.scheduler->submit(d->state, jobs, (uint32_t)d->n_submit, err);
	free(jobs);
	d->n_submit = 0;
	return status;
}

int dispatch_advance(struct dispatch *d, struct ptpar_error *err)
{
	struct ptpar_error why = { "" };
	int status = 0;

	if (!d->dirty || d->stopped)
		return 0;
	d->dirty = false;
	if (d->slots_changed)
		status = tell_slots(d, &why);
	do {
		if (status == 0 && d->n_submit > 0)
			status = tell_jobs(d, &why);
		if (status == 0)
			status = d->config.scheduler->advance(d->state, &why);
		submit_rest(d);
	} while (status == 0 && d->n_submit > 0);
	if (status < 0)
		return ptpar_fail(err, status, "scheduler %s failed: %s", d->config.scheduler->head.name,
				  why.text[0] != '\0' ? why.text : strerror(-status));
	return 0;
}

uint32_t dispatch_remaining(const struct dispatch *d)
{
	return d->remaining;
}

uint32_t dispatch_running(const struct dispatch *d)
{
	return d->remaining - d->waiting - d->held;
}

uint32_t dispatch_held(const struct dispatch *d)
{
	return d->held;
}

uint32_t dispatch_widest_waiting(const struct dispatch *d)
{
	uint32_t widest = 0;

	for (size_t i = 0; d->waiting > 0 && i < d->config.tests->n; i++) {
		const struct test *t = &d->config.tests->tests[i];

		if (t->state == TEST_WAITING && test_slots(t) > widest)
			widest = test_slots(t);
	}
	return widest;
}

uint32_t dispatch_bad(const struct dispatch *d)
{
	/* What is to be tried alone stays bad, however that ends. */
	return d->bad + (uint32_t)confirm_count(&d->confirm);
}

uint32_t dispatch_live_slots(const struct dispatch *d)
{
	return d->n_live;
}

bool dispatch_is_losing(const struct dispatch *d)
{
	for (uint32_t i = 0; i < d->n_slots; i++)
		if (d->slots[i].live && !slot_is_usable(&d->slots[i]))
			return true;
	return false;
}
