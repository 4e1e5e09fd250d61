/* dispatch.c - see dispatch.h. Sections: the window, the host's functions for the scheduler, finishing, what
 * workers say, death, time, the scheduler's side. */
#include "core/ptpar/dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/ptpar/confirm.h"
#include "core/ptpar/ending.h"
#include "core/ptpar/groups.h"
#include "core/ptpar/isolated.h"
#include "core/ptpar/report_text.h"
#include "core/ptpar/status.h"
#include "core/ptpar/watch.h"

/* So much work is sent ahead to a worker, seconds: some round trips (about 20 µs each on one node). */
static const double LOOK_AHEAD = 1e-3;
enum { WINDOW_MAX = 64 };
/* While all queues are at least a quarter full, the core reads reports once in so many seconds. */
static const double NAP = 50e-6;
/* A test that has run for so long while others queue behind it is a slow one, seconds. */
static const double SLOW = 5e-3;
/* A process that ends loses its connection first: so long it has to do so by itself, seconds. Its agent may be
 * busy. */
static const double TIME_TO_DIE = 1;
/* When the processes end before a test that is to be tried alone has begun, so often others are started. */
enum { MAX_CONFIRM_TRIES = 3 };
/* While there is no agent, so often one is looked for, seconds. */
static const double AGAIN = 0.02;

struct dispatch {
	struct dispatch_config config;
	struct ptpar_scheduler_host host;
	void *state; /* the scheduler's */
	struct slot *slots;
	uint32_t n_slots;
	uint32_t n_live;
	struct groups groups;
	struct isolated_tests isolation;
	uint64_t last_seq;
	struct test **to_submit; /* tests that the scheduler is to get, or to get back */
	size_t n_submit, cap_submit;
	size_t next_first;  /* those before it have started */
	bool rest_is_later; /* tests that do not come first are not submitted yet */
	uint32_t remaining, waiting, bad;
	double typical; /* duration of a test, a running mean in seconds; NAN: nothing is known */
	uint32_t measured;
	bool slots_changed;
	bool dirty;   /* something has happened since the last advance */
	bool stopped; /* nothing more is to be started */
	struct status status;
	struct confirm confirm;
	uint32_t held;              /* tests that wait to be tried alone */
	const struct test *suspect; /* it runs alone, after the core's agent has ended while it ran; or NULL */
};

static double now_of(const struct dispatch *d)
{
	return d->config.now(d->config.ctx);
}

static void emit(struct dispatch *d, const struct event *e)
{
	d->config.emit(d->config.ctx, e);
}

static void emit_for_attempt(void *ctx, const struct event *e)
{
	struct dispatch *d = ctx;

	if (e->kind == EVENT_FINISHED && outcome_is_bad(e->finished.outcome))
		d->bad++;
	emit(d, e);
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

static void measure(struct dispatch *d, double duration)
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
	const struct settings *settings = d->config.settings;
	const char *value = NULL;

	for (size_t i = 0; i < settings->n_plugin_options; i++)
		if (strcmp(settings->plugin_options[i].plugin, settings->scheduler) == 0 &&
		    strcmp(settings->plugin_options[i].key, key) == 0)
			value = settings->plugin_options[i].value;
	return value;
}

static void host_warn(void *ctx, const char *text)
{
	struct dispatch *d = ctx;
	struct event e = { .kind = EVENT_WARNING, .time = now_of(d), .warning = text };

	emit(d, &e);
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

static void send_run(const struct dispatch *d, struct slot *s, const struct attempt *a)
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
static int start(struct dispatch *d, struct attempt *a)
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
			send_run(d, &d->slots[a->slots[i]], a);
		slot_push(&d->slots[a->slots[i]], a, now_of(d));
	}
	e.time = now_of(d);
	e.started =
		(struct event_started){ .id = t->id, .slots = a->slots, .np = a->n_slots, .attempt = t->attempts };
	emit(d, &e);
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
	if (start(d, a) < 0) {
		d->suspect = NULL;
		attempt_free(a);
		return -EAGAIN;
	}
	d->waiting--;
	return 0;
}

/* --- finishing ------------------------------------------------------------------------------------------- */

/* An outcome that needs no ranks. */
static void finish_without_ranks(struct dispatch *d, struct test *t, enum outcome outcome, const char *reason)
{
	struct event e = { .kind = EVENT_FINISHED, .time = now_of(d) };

	if (t->state == TEST_WAITING)
		d->waiting--;
	t->state = TEST_FINISHED;
	d->remaining--;
	e.finished = (struct event_finished){
		.test = test_event(d->config.tests, t), .outcome = outcome, .attempt = t->attempts, .reason = reason
	};
	emit_for_attempt(d, &e);
}

static void submit_later(struct dispatch *d, struct test *t)
{
	GROW(d->to_submit, d->n_submit, d->cap_submit);
	d->to_submit[d->n_submit++] = t;
	d->dirty = true;
}

/* Will the test be tried again? One that passes against expectation would do so again. */
static bool is_tried_again(const struct dispatch *d, const struct attempt *a)
{
	enum outcome outcome = attempt_outcome(a);

	return a->test->attempts <= a->test->retries && !d->stopped && outcome_is_bad(outcome) &&
	       outcome != OUTCOME_XPASSED;
}

/* Is its outcome held back until it was tried alone? */
static bool is_to_be_confirmed(const struct dispatch *d, const struct attempt *a)
{
	enum outcome outcome = attempt_outcome(a);

	return d->config.settings->confirm == CONFIRM_ISOLATED && !d->stopped && !a->is_isolated &&
	       (outcome == OUTCOME_CRASHED || outcome == OUTCOME_TIMEOUT);
}

/* An attempt with the one who takes its event. */
struct holding {
	struct dispatch *d;
	struct attempt *a;
};

static void hold(void *ctx, const struct event *e)
{
	struct holding *h = ctx;

	confirm_hold(&h->d->confirm, h->a, h->d->slots, &e->finished);
	emit(h->d, e); /* as an attempt after which comes another: should the core die before */
}

static void put_plain(struct buffer *out, const char *s, size_t n)
{
	buffer_append(out, s, n);
}

/* How the attempt alone has ended: told with the outcome that was held back; why, if that is another one. */
static void conclude(void *ctx, const struct event *e)
{
	struct dispatch *d = ctx;
	struct buffer why = { 0 };
	struct text_style style = { .put = put_plain };

	if (outcome_is_bad(e->finished.outcome) &&
	    e->finished.outcome != confirm_next(&d->confirm)->finished->outcome)
		text_put_brief(&why, &e->finished, &style);
	buffer_putc(&why, '\0');
	confirm_tell(&d->confirm, e->finished.outcome, why.data, e->time, emit_for_attempt, d);
	buffer_free(&why);
}

/* Takes an isolated attempt from the slots that it has. */
static void give_room(struct dispatch *d, struct attempt *a)
{
	for (uint32_t i = 0; i < a->n_slots && !a->gave_room; i++) {
		struct slot *s = &d->slots[a->slots[i]];

		for (uint32_t at = 0; at < s->n; at++)
			if (slot_at(s, at) == a) {
				slot_remove(s, at, now_of(d));
				break;
			}
	}
	a->gave_room = true;
}

/* And ends its processes. */
static void give_room_back(struct dispatch *d, struct attempt *a, bool keep)
{
	give_room(d, a);
	if (a->process != NULL)
		isolated_release(&d->isolation, a->process, keep);
}

static void finish(struct dispatch *d, struct attempt *a)
{
	struct test *t = a->test;
	bool again = !a->confirms && is_tried_again(d, a);
	bool held = !a->confirms && !again && is_to_be_confirmed(d, a);
	bool is_schedulers = !a->confirms && !d->stopped && !a->gave_room;

	if (t == d->suspect)
		d->suspect = NULL;
	t->state = again ? TEST_WAITING : held ? TEST_HELD : TEST_FINISHED;
	if (a->confirms)
		attempt_finish(a, d->config.tests, EVENT_FINISHED, now_of(d), conclude, d);
	else if (held)
		attempt_finish(a, d->config.tests, EVENT_RETRIED, now_of(d), hold, &(struct holding){ d, a });
	else
		attempt_finish(a, d->config.tests, again ? EVENT_RETRIED : EVENT_FINISHED, now_of(d),
			       emit_for_attempt, d);
	if (a->is_isolated)
		give_room_back(d, a, a->calloff == CALLOFF_NONE && !a->broken);
	else if (a->group != 0)
		groups_release(&d->groups, a->group);
	if (is_schedulers)
		d->config.scheduler->finished(d->state, (uint32_t)(t - d->config.tests->tests));
	if (a->calloff == CALLOFF_NONE && !a->broken && !a->is_isolated)
		measure(d, a->longest);
	attempt_free(a);
	if (again) {
		d->waiting++;
		submit_later(d, t);
	} else if (held) {
		d->held++;
	} else {
		d->remaining--;
	}
	d->dirty = true;
}

/* The outcome that is held back is told as it is. */
static void tell_unconfirmed(struct dispatch *d)
{
	struct held *h = confirm_next(&d->confirm);

	if (h->test->state == TEST_HELD)
		d->held--;
	h->test->state = TEST_FINISHED;
	d->remaining--;
	confirm_tell(&d->confirm, OUTCOME_NOT_RUN, "", now_of(d), emit_for_attempt, d);
}

void dispatch_confirm(struct dispatch *d)
{
	struct held *h = confirm_next(&d->confirm);
	uint32_t *slots;
	struct attempt *a;

	if (h->tries++ == MAX_CONFIRM_TRIES) {
		tell_unconfirmed(d);
		return;
	}
	slots = xcalloc(h->test->np, sizeof(*slots));
	for (uint32_t i = 0; i < h->test->np; i++)
		slots[i] = i;
	a = attempt_new(d->last_seq + 1, h->test, slots);
	a->confirms = true;
	free(slots);
	if (start(d, a) < 0)
		attempt_free(a); /* fresh slots have no groups: it can't be */
	else
		d->held--;
}

/* Nobody has begun it and nobody will: back to the scheduler. */
static void take_back(struct dispatch *d, struct attempt *a)
{
	struct test *t = a->test;

	if (a->group != 0)
		groups_release(&d->groups, a->group);
	if (t == d->suspect)
		d->suspect = NULL;
	t->attempts--;
	t->was_lost = t->was_lost || a->lost_agent;
	if (a->confirms) {
		attempt_free(a);
		t->state = TEST_HELD;
		d->held++;
		return;
	}
	attempt_free(a);
	t->state = TEST_WAITING;
	d->waiting++;
	if (d->stopped)
		finish_without_ranks(d, t, OUTCOME_NOT_RUN, "the run was interrupted");
	else
		submit_later(d, t);
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
	slot_remove(s, 0, now_of(d));
	d->dirty = true;
	if (a->broken)
		slot_call_off(s, a);
	if (m->outcome != PTPAR_RANK_PASSED && isnan(a->failed))
		a->failed = now_of(d);
	if (--a->held > 0)
		return;
	if (a->is_isolated && !a->broken && a->calloff == CALLOFF_NONE && !a->process->is_world)
		leave(d, a);
	else
		finish(d, a);
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
		host_warn(d, m->warning.text);
	if (a == NULL || seq == 0 || a->seq != seq)
		return;
	if (m->number == WIRE_DONE)
		on_done(d, s, a, &m->done);
	else
		attempt_note(a, slot_rank_in(s, a), &m->note);
}

/* --- death ----------------------------------------------------------------------------------------------- */

void dispatch_disconnected(struct dispatch *d, struct slot *s)
{
	s->silent = now_of(d);
}

/* Ends a worker that cannot be talked to any more. Returns when that will be. */
static double end_silent(struct slot *s, double now)
{
	if (s->silent <= 0 || s->exited || s->killed)
		return INFINITY;
	if (now < s->silent + TIME_TO_DIE)
		return s->silent + TIME_TO_DIE;
	s->cut_off = true;
	slot_kill(s);
	return INFINITY;
}

static void describe_death(char *text, size_t size, const struct slot *s)
{
	if (s->cut_off)
		snprintf(text, size, "its process has closed its connection to ptpar, and was ended for that");
	else
		attempt_describe_death(text, size, &s->death);
}

/* Takes the attempt at position `at` off the slot, which has not begun it or never can. */
static void detach(struct dispatch *d, struct slot *s, uint32_t at)
{
	struct attempt *a = slot_at(s, at);

	slot_remove(s, at, now_of(d));
	if (--a->held == 0)
		take_back(d, a);
}

/* A slot has died that had not begun this attempt: others may wait for it there. */
static void orphan(struct dispatch *d, struct attempt *a)
{
	a->orphan = true;
	groups_drop(&d->groups, a->group);
	for (uint32_t i = 0; i < a->np; i++)
		slot_recall(&d->slots[a->slots[i]]);
}

/* The worker died in this attempt. */
static void lose_rank(struct dispatch *d, struct slot *s, struct attempt *a)
{
	bool first = !a->broken;
	char how[128];

	s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
	describe_death(how, sizeof(how), s);
	attempt_lost(a, slot_rank_in(s, a), &s->death, how, &s->words);
	slot_remove(s, 0, now_of(d));
	if (first)
		a->died = now_of(d);
	a->broken = true;
	for (uint32_t i = 0; first && i < a->np; i++) {
		struct slot *other = slot_of_rank(d->slots, a, i);

		/* Those that still run it have it at the head of their queue; the others wait for all to end. */
		if (other != s && (other->n == 0 || slot_at(other, 0) != a))
			slot_call_off(other, a);
	}
	if (--a->held == 0)
		finish(d, a);
}

/* It died by itself, and not in a test: nobody is to blame, but it should be known. */
static void tell_of_death(struct dispatch *d, const struct slot *s)
{
	char how[128], text[1024];

	describe_death(how, sizeof(how), s);
	snprintf(text, sizeof(text), "worker %u has ended outside of any test: %s%s%.*s", s->index, how,
		 s->last_output.len > 0 ? "; it said: " : "",
		 (int)(s->last_output.len > 600 ? 600 : s->last_output.len),
		 s->last_output.len > 0 ? s->last_output.data : "");
	host_warn(d, text);
}

/* Has it died in the test at the head of its queue? If the launcher has ended the whole pool, only those have that
 * died first; the others, or those that waited for them, may be known to be dead before. */
static bool is_to_blame(const struct slot *s, const struct attempt *a)
{
	if (a == NULL || s->death.begun < a->seq)
		return false;
	/* An agent may be killed by anybody once; who is alone when it happens again has done it. */
	if (s->lost_agent)
		return a->test->was_lost && !isnan(a->began);
	if (s->dismissed && !a->broken)
		return false;
	return !a->orphan || (a->swept && !s->condemned);
}

/* It went with the whole pool, in the middle of this attempt: to be told should another rank turn out to be to
 * blame. */
static void note_swept(struct slot *s, struct attempt *a)
{
	enum calloff before = a->calloff;
	char how[128];

	if (s->death.begun < a->seq)
		return;
	describe_death(how, sizeof(how), s);
	s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
	if (s->death.begun != DEATH_UNSEEN && before == CALLOFF_NONE)
		a->calloff = CALLOFF_STRAGGLER;
	attempt_lost(a, attempt_rank_of(a, s->index), &s->death, how, &s->words);
	a->calloff = before;
}

void dispatch_lost(struct dispatch *d, struct slot *s)
{
	/* An isolated one has only room here. */
	struct attempt *a = s->n > 0 && !slot_at(s, 0)->is_isolated ? slot_at(s, 0) : NULL;

	if (s->live)
		d->n_live--;
	s->live = false;
	d->slots_changed = d->dirty = true;
	groups_drop_slot(&d->groups, s->index);
	if (is_to_blame(s, a)) {
		if (s->dismissed && !s->lost_agent && a->calloff == CALLOFF_NONE)
			a->calloff = CALLOFF_STRAGGLER;
		a->orphan = false;
		lose_rank(d, s, a);
	} else if (!s->dismissed && (!s->condemned || s->cut_off)) {
		tell_of_death(d, s);
	} else if (s->dismissed && a != NULL && !a->broken) {
		note_swept(s, a);
	}
	while (s->n > 0) {
		a = slot_at(s, 0);
		if (a->process != NULL) { /* it only had room here */
			slot_remove(s, 0, now_of(d));
			continue;
		}
		if (a->is_isolated) {
			give_room_back(d, a, false);
			take_back(d, a);
			continue;
		}
		a->lost_agent = a->lost_agent || (s->lost_agent && !isnan(a->began));
		a->swept = s->dismissed && (!a->orphan || a->swept);
		orphan(d, a);
		detach(d, s, 0);
	}
}

/* Should this attempt, which the slot has not begun, leave its queue? Single processes may go elsewhere; a group's
 * other members may have begun, so it stays unless nobody can run it. */
static bool goes_back(const struct dispatch *d, const struct attempt *a)
{
	if (a->orphan)
		return true;
	return a->np == 1 && (d->config.scheduler->flags & PTPAR_SCHEDULER_FIXED_PLACES) == 0;
}

void dispatch_recalled(struct dispatch *d, struct slot *s, uint64_t begun)
{
	uint32_t i = 0;

	if (s->recalls > 0)
		s->recalls--;
	if (!slot_is_connected(s))
		return;
	wire_put_resume(&s->worker->channel->out, &(struct wire_resume){ 0 });
	while (i < s->n) {
		struct attempt *a = slot_at(s, i);

		if (a->seq <= begun) {
			if (a->orphan)
				slot_kill(s); /* it waits inside MPI for a dead rank */
			i++;
		} else if (a->process != NULL) {
			i++;
		} else if (goes_back(d, a)) {
			detach(d, s, i);
		} else if (a->is_isolated) {
			i++;
		} else {
			send_run(d, s, a);
			i++;
		}
	}
	d->dirty = true;
}

/* --- isolated tests --------------------------------------------------------------------------------------- */

/* It has got no further than to a place on its slots, or to the start of its processes. */
static void finish_unbegun(struct dispatch *d, struct attempt *a, enum outcome outcome, const char *reason)
{
	struct test *t = a->test;

	give_room_back(d, a, false);
	if (!d->stopped)
		d->config.scheduler->finished(d->state, (uint32_t)(t - d->config.tests->tests));
	if (t == d->suspect)
		d->suspect = NULL;
	attempt_free(a);
	finish_without_ranks(d, t, outcome, reason);
	d->dirty = true;
}

static struct peer *get_agent(void *ctx)
{
	struct dispatch *d = ctx;

	return d->config.agent == NULL ? NULL : d->config.agent(d->config.ctx);
}

static void launch(struct dispatch *d, struct attempt *a)
{
	if (d->stopped)
		finish_unbegun(d, a, OUTCOME_NOT_RUN, "the run was interrupted");
	else if (get_agent(d) != NULL)
		isolated_start(&d->isolation, a);
}

/* Its processes are there: the test begins. */
static void on_isolated_ready(void *ctx, struct isolated *i)
{
	struct dispatch *d = ctx;
	struct attempt *a = i->attempt;

	a->own = i->ranks;
	a->group = a->np > 1 ? ISOLATED_GROUP : 0;
	a->held = a->np;
	a->heads = 0;
	for (uint32_t k = 0; k < a->np; k++) {
		if (!i->is_program)
			send_run(d, &i->ranks[k], a);
		slot_push(&i->ranks[k], a, now_of(d));
	}
}

static void on_isolated_failed(void *ctx, struct isolated *i, const char *why)
{
	char reason[512];

	snprintf(reason, sizeof(reason), "its processes could not be started: %s", why);
	finish_unbegun(ctx, i->attempt, OUTCOME_ERROR, reason);
}

/* Others may wait for this one of its processes for ever. As mpiexec does, that is ended, also where it is expected
 * to end badly. */
static void note_bad_end(struct dispatch *d, const struct slot *s, struct attempt *a)
{
	bool is_well = s->death.verdict == 1 + PTPAR_RANK_PASSED || s->death.verdict == 1 + PTPAR_RANK_UNDECIDED;

	if (s->death.verdict == 1 + PTPAR_RANK_CRASHED && a->calloff == CALLOFF_NONE && !a->broken) {
		a->broken = true;
		a->died = now_of(d);
		return;
	}
	if ((is_well && s->death.status == 0) || !(isnan(a->failed) || (a->is_expected && !is_well)))
		return;
	a->failed = now_of(d);
	a->is_expected = is_well;
}

/* A program has ended. */
static void end_program(struct dispatch *d, struct slot *s, struct attempt *a)
{
	s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
	attempt_program_ended(a, s->index, &s->death, now_of(d) - a->began, &s->words);
	slot_remove(s, 0, now_of(d));
	d->dirty = true;
	note_bad_end(d, s, a);
	if (--a->held == 0)
		finish(d, a);
}

/* Its slots may be given to others, though how it ends is still to be seen. */
static void on_isolated_finalized(void *ctx, struct isolated *i)
{
	struct dispatch *d = ctx;
	struct attempt *a = i->attempt;

	if (a->own == NULL || a->gave_room)
		return;
	give_room(d, a);
	if (!d->stopped)
		d->config.scheduler->finished(d->state, (uint32_t)(a->test - d->config.tests->tests));
	d->dirty = true;
}

/* Its agent has ended, and its processes with it: it is run again, once. */
static void lose_agent(struct dispatch *d, struct attempt *a)
{
	bool was_schedulers = !d->stopped && !a->gave_room;

	a->lost_agent = true;
	give_room_back(d, a, false);
	if (was_schedulers)
		d->config.scheduler->finished(d->state, (uint32_t)(a->test - d->config.tests->tests));
	take_back(d, a);
}

static void on_isolated_lost(void *ctx, struct slot *s)
{
	struct dispatch *d = ctx;
	struct attempt *a = s->isolated->attempt;

	bool is_agents = s->death.begun == DEATH_UNSEEN || s->dismissed;

	if (is_agents && !a->is_leaving && !a->test->was_lost) {
		lose_agent(d, a);
	} else if (is_agents && a->own == NULL) {
		on_isolated_failed(d, s->isolated, "the agent that watched over them has ended, twice");
	} else if (a->is_leaving) {
		s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
		if (s->death.status != 0 && !is_agents)
			attempt_left_badly(a, s->index, &s->death);
		if (--a->held == 0)
			finish(d, a);
	} else if (s->n == 0) {
		return; /* it has done its part */
	} else if (a->test->is_program && s->death.begun != DEATH_UNSEEN) {
		end_program(d, s, a);
	} else {
		lose_rank(d, s, a);
	}
}

struct isolated_tests *dispatch_isolation(struct dispatch *d)
{
	return &d->isolation;
}

static double get_now(void *ctx)
{
	return now_of(ctx);
}

static void open_isolation(struct dispatch *d)
{
	d->isolation.host = (struct isolation_host){ .ctx = d,
						     .agent = get_agent,
						     .now = get_now,
						     .ready = on_isolated_ready,
						     .failed = on_isolated_failed,
						     .finalized = on_isolated_finalized,
						     .lost = on_isolated_lost };
	d->isolation.n_cores = d->config.cores;
	d->isolation.launcher = d->config.settings->launcher;
	d->isolation.tests = d->config.tests;
}

/* --- time ------------------------------------------------------------------------------------------------ */

void dispatch_seen(struct dispatch *d, struct slot *s, const struct wire_seen *m)
{
	struct attempt *a = s->n > 0 ? slot_at(s, 0) : NULL;

	if (m->id == 0) {
		where_set(&s->words, m);
		return;
	}
	if (a == NULL || a->seq != m->id)
		return;
	if (m->deep != 0 && a->unanswered > 0) {
		attempt_seen(a, slot_rank_in(s, a), m);
		a->unanswered--;
	} else if (m->deep != 0) {
		status_answer(&d->status, a, slot_rank_in(s, a), m);
	} else if (watch_answer(a, slot_rank_in(s, a), m, now_of(d), d->config.settings->grace) &&
		   a->calloff == CALLOFF_NONE) {
		ending_begin(d->slots, a, CALLOFF_DEADLOCK, now_of(d));
	}
}

void dispatch_tell_status(struct dispatch *d)
{
	status_ask(&d->status, d->slots, d->n_slots, now_of(d));
}

static void tell_status(struct dispatch *d)
{
	struct event e = { .kind = EVENT_STATUS, .time = now_of(d) };
	struct buffer text = { 0 };

	buffer_printf(&text, "after %.1f s: %u running, %u waiting", e.time, dispatch_running(d),
		      d->waiting + d->held);
	status_put(d->slots, d->n_slots, e.time, &text);
	buffer_putc(&text, '\0');
	e.status = text.data;
	emit(d, &e);
	buffer_free(&text);
}

/* Tells of it once. Returns when that will be. */
static double check_slow(struct dispatch *d, struct attempt *a, double now)
{
	double due = isnan(a->began) || a->is_slow ? INFINITY : a->began + d->config.settings->slow;
	struct event e = { .kind = EVENT_SLOW, .time = now };

	if (due > now)
		return due;
	a->is_slow = true;
	e.slow = (struct event_slow){ .id = a->test->id, .duration = now - a->began };
	emit(d, &e);
	return INFINITY;
}

/* Has it room, and no processes yet? */
static bool is_to_be_launched(const struct attempt *a)
{
	return a->is_isolated && a->process == NULL && a->heads == a->n_slots;
}

static double check_attempt(struct dispatch *d, struct attempt *a, double now)
{
	enum calloff why = CALLOFF_NONE;
	double due = ending_deadline(a, d->config.settings->grace, &why);

	if (a->is_leaving)
		return INFINITY;
	if (a->calloff == CALLOFF_NONE && due <= now)
		ending_begin(d->slots, a, why, now);
	if (a->ending != ENDING_NOT)
		due = ending_go_on(d->slots, a, now);
	else
		due = fmin(due, watch_step(d->slots, a, now));
	return fmin(due, check_slow(d, a, now));
}

static double check_slot(struct dispatch *d, struct slot *s, double now)
{
	struct attempt *a = slot_at(s, 0);
	double due;

	if (is_to_be_launched(a)) {
		launch(d, a);
		return now + AGAIN;
	}
	if (a->is_isolated)
		return INFINITY; /* see check_isolated */
	due = check_attempt(d, a, now);
	if (s->n > 1 && s->recalls == 0 && !isnan(a->began) &&
	    (d->config.scheduler->flags & PTPAR_SCHEDULER_FIXED_PLACES) == 0) {
		if (a->began + SLOW <= now) {
			measure(d, now - a->began);
			slot_recall(s);
		} else {
			due = fmin(due, a->began + SLOW);
		}
	}
	return due;
}

/* Those whose processes are there: even if the slots that they have are not. */
static double check_isolated(struct dispatch *d, double now)
{
	double next = isolation_tick(&d->isolation);

	for (struct isolated *i = d->isolation.all; i != NULL; i = i->next)
		if (i->attempt != NULL && i->is_ready)
			next = fmin(next, check_attempt(d, i->attempt, now));
	return next;
}

double dispatch_tick(struct dispatch *d)
{
	double now = now_of(d), next = INFINITY;

	if (status_is_ready(&d->status, now))
		tell_status(d);
	else if (d->status.is_asked)
		next = d->status.due;
	for (uint32_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		if (s->live && s->n > 0)
			next = fmin(next, check_slot(d, s, now));
		if (s->live)
			next = fmin(next, end_silent(s, now));
	}
	return fmin(next, check_isolated(d, now));
}

double dispatch_nap(const struct dispatch *d)
{
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < d->n_slots; i++)
		if (d->slots[i].live && d->slots[i].n > 0 && d->slots[i].n < least)
			least = d->slots[i].n;
	/* Being woken costs both sides some µs per message (the cost of a test falls from 9 to 6 µs, see bench/).
	 */
	return least != UINT32_MAX && least >= WINDOW_MAX / 4 ? NAP : 0;
}

void dispatch_cancel(struct dispatch *d, const char *reason)
{
	d->stopped = true;
	d->n_submit = 0;
	for (size_t i = 0; i < d->config.tests->n; i++)
		if (d->config.tests->tests[i].state == TEST_WAITING)
			finish_without_ranks(d, &d->config.tests->tests[i], OUTCOME_NOT_RUN, reason);
	while (confirm_next(&d->confirm) != NULL && confirm_next(&d->confirm)->test->state == TEST_HELD)
		tell_unconfirmed(d);
}

static void abort_isolated(struct dispatch *d, const char *reason)
{
	struct isolated *following;

	for (struct isolated *i = d->isolation.all; i != NULL; i = following) {
		struct attempt *a = i->attempt;

		following = i->next;
		if (a != NULL && a->own == NULL)
			finish_unbegun(d, a, OUTCOME_NOT_RUN, reason);
		else if (a != NULL && a->calloff == CALLOFF_NONE && !a->is_leaving)
			ending_begin(d->slots, a, CALLOFF_INTERRUPT, now_of(d));
	}
}

void dispatch_abort(struct dispatch *d, const char *reason)
{
	dispatch_cancel(d, reason);
	for (uint32_t i = 0; i < d->n_slots; i++) {
		struct attempt *a = d->slots[i].n > 0 ? slot_at(&d->slots[i], 0) : NULL;

		if (a != NULL && a->is_isolated && a->process == NULL)
			finish_unbegun(d, a, OUTCOME_NOT_RUN, reason);
		else if (a != NULL && d->slots[i].live && !a->is_isolated && a->calloff == CALLOFF_NONE)
			ending_begin(d->slots, a, CALLOFF_INTERRUPT, now_of(d));
	}
	abort_isolated(d, reason);
}

void dispatch_give_up(struct dispatch *d, const char *reason)
{
	char while_it_ran[sizeof(struct ptpar_error) + 32];

	snprintf(while_it_ran, sizeof(while_it_ran), "%s while it ran", reason);
	d->stopped = true;
	while (confirm_next(&d->confirm) != NULL)
		tell_unconfirmed(d);
	for (size_t i = 0; i < d->config.tests->n; i++) {
		struct test *t = &d->config.tests->tests[i];

		if (t->state != TEST_FINISHED)
			finish_without_ranks(d, t, OUTCOME_NOT_RUN,
					     t->state == TEST_STARTED ? while_it_ran : reason);
	}
}

/* --- the scheduler's side -------------------------------------------------------------------------------- */

struct dispatch *dispatch_new(const struct dispatch_config *config, struct ptpar_error *err)
{
	struct dispatch *d = xcalloc(1, sizeof(*d));
	struct ptpar_error why = { "" };
	int status;

	d->config = *config;
	d->typical = NAN;
	open_isolation(d);
	d->host = (struct ptpar_scheduler_host){ .abi = PTPAR_SCHEDULER_ABI,
						 .size = sizeof(d->host),
						 .ctx = d,
						 .start = host_start,
						 .room = host_room,
						 .option = host_option,
						 .warn = host_warn };
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
	for (uint32_t i = 0; i < d->n_slots; i++)
		for (; d->slots[i].n > 0; d->slots[i].n--) {
			struct attempt *a = slot_at(&d->slots[i], d->slots[i].n - 1);

			/* One that runs is also in the queues of its own ranks. */
			if (--*(a->is_isolated ? &a->n_slots : &a->held) == 0)
				attempt_free(a);
		}
	for (struct isolated *i = d->isolation.all; i != NULL; i = i->next)
		if (i->attempt != NULL && i->attempt->gave_room)
			attempt_free(i->attempt);
	d->config.scheduler->destroy(d->state);
	confirm_free(&d->confirm);
	isolation_free(&d->isolation);
	groups_clear(&d->groups);
	free(d->to_submit);
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
			submit_later(d, &tests->tests[*i]);
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
			finish_without_ranks(d, t, OUTCOME_ERROR, t->fault);
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
			finish_without_ranks(d, t, OUTCOME_SKIPPED, reason);
		} else if (t->comes_first) {
			submit_later(d, t);
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
			live[n++] = (struct ptpar_slot){ .slot = i, .node = 0, .core = i };
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
