/* dispatch_finish.c - outcomes, tries again, tries alone, and the end of all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/common/alloc.h"
#include "core/ptpar/dispatch_state.h"
#include "core/ptpar/ending.h"
#include "core/ptpar/report_text.h"

/* When the processes end before a test that is to be tried alone has begun, so often others are started. */
enum { MAX_CONFIRM_TRIES = 3 };

/* An outcome that needs no ranks. */
/* began: NAN if it has not. */
static void finish_without_ranks(struct dispatch *d, struct test *t, double began, enum outcome outcome,
				 const char *reason)
{
	struct event e = { .kind = EVENT_FINISHED, .time = dispatch_now(d) };

	if (t->state == TEST_WAITING)
		d->waiting--;
	t->state = TEST_FINISHED;
	d->remaining--;
	e.finished = (struct event_finished){ .test = test_event(d->config.tests, t),
					      .outcome = outcome,
					      .duration = isnan(began) ? 0 : e.time - began,
					      .attempt = t->attempts,
					      .reason = reason };
	dispatch_emit_for_attempt(d, &e);
}

void dispatch_finish_without_ranks(struct dispatch *d, struct test *t, enum outcome outcome, const char *reason)
{
	finish_without_ranks(d, t, NAN, outcome, reason);
}

void dispatch_submit_later(struct dispatch *d, struct test *t)
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
	dispatch_emit(h->d, e); /* as an attempt after which comes another: should the core die before */
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
	confirm_tell(&d->confirm, e->finished.outcome, why.data, e->time, dispatch_emit_for_attempt, d);
	buffer_free(&why);
}

/* Takes an isolated attempt from the slots that it has. */
void dispatch_give_room(struct dispatch *d, struct attempt *a)
{
	for (uint32_t i = 0; i < a->n_slots && !a->gave_room; i++) {
		struct slot *s = &d->slots[a->slots[i]];

		for (uint32_t at = 0; at < s->n; at++)
			if (slot_at(s, at) == a) {
				slot_remove(s, at, dispatch_now(d));
				break;
			}
	}
	a->gave_room = true;
}

/* And ends its processes. */
void dispatch_give_room_back(struct dispatch *d, struct attempt *a, bool keep)
{
	dispatch_give_room(d, a);
	if (a->process != NULL)
		isolated_release(&d->isolation, a->process, keep);
}

void dispatch_finish(struct dispatch *d, struct attempt *a)
{
	struct test *t = a->test;
	bool again = !a->confirms && is_tried_again(d, a);
	bool held = !a->confirms && !again && is_to_be_confirmed(d, a);
	bool is_schedulers = !a->confirms && !d->stopped && !a->gave_room;

	if (t == d->suspect)
		d->suspect = NULL;
	t->state = again ? TEST_WAITING : held ? TEST_HELD : TEST_FINISHED;
	if (a->confirms)
		attempt_finish(a, d->config.tests, EVENT_FINISHED, dispatch_now(d), conclude, d);
	else if (held)
		attempt_finish(a, d->config.tests, EVENT_RETRIED, dispatch_now(d), hold, &(struct holding){ d, a });
	else
		attempt_finish(a, d->config.tests, again ? EVENT_RETRIED : EVENT_FINISHED, dispatch_now(d),
			       dispatch_emit_for_attempt, d);
	if (a->is_isolated)
		dispatch_give_room_back(d, a, a->calloff == CALLOFF_NONE && !a->broken);
	else if (a->group != 0)
		groups_release(&d->groups, a->group);
	if (is_schedulers)
		d->config.scheduler->finished(d->state, (uint32_t)(t - d->config.tests->tests));
	if (a->calloff == CALLOFF_NONE && !a->broken && !a->is_isolated)
		dispatch_measure(d, a->longest);
	attempt_free(a);
	if (again) {
		d->waiting++;
		dispatch_submit_later(d, t);
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
	confirm_tell(&d->confirm, OUTCOME_NOT_RUN, "", dispatch_now(d), dispatch_emit_for_attempt, d);
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
	if (dispatch_start(d, a) < 0)
		attempt_free(a); /* fresh slots have no groups: it can't be */
	else
		d->held--;
}

/* Nobody has begun it and nobody will: back to the scheduler. */
void dispatch_take_back(struct dispatch *d, struct attempt *a)
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
		dispatch_finish_without_ranks(d, t, OUTCOME_NOT_RUN, "the run was interrupted");
	else
		dispatch_submit_later(d, t);
}

/* --- the run ends ---------------------------------------------------------------------------------------- */

void dispatch_cancel(struct dispatch *d, const char *reason)
{
	d->stopped = true;
	d->n_submit = 0;
	for (size_t i = 0; i < d->config.tests->n; i++)
		if (d->config.tests->tests[i].state == TEST_WAITING)
			dispatch_finish_without_ranks(d, &d->config.tests->tests[i], OUTCOME_NOT_RUN, reason);
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
			dispatch_finish_unbegun(d, a, OUTCOME_NOT_RUN, reason);
		else if (a != NULL && a->calloff == CALLOFF_NONE && !a->is_leaving)
			ending_begin(d->slots, a, CALLOFF_INTERRUPT, dispatch_now(d));
	}
}

void dispatch_abort(struct dispatch *d, const char *reason)
{
	dispatch_cancel(d, reason);
	for (uint32_t i = 0; i < d->n_slots; i++) {
		struct attempt *a = d->slots[i].n > 0 ? slot_at(&d->slots[i], 0) : NULL;

		if (a != NULL && a->is_isolated && a->process == NULL)
			dispatch_finish_unbegun(d, a, OUTCOME_NOT_RUN, reason);
		else if (a != NULL && d->slots[i].live && !a->is_isolated && a->calloff == CALLOFF_NONE)
			ending_begin(d->slots, a, CALLOFF_INTERRUPT, dispatch_now(d));
	}
	abort_isolated(d, reason);
}

/* When the tests began that run in this moment: an array with a number for each test, NAN for those that do not; to
 * be freed. */
static double *find_running(const struct dispatch *d)
{
	double *began = xcalloc(d->config.tests->n + 1, sizeof(*began));

	for (size_t i = 0; i < d->config.tests->n; i++)
		began[i] = NAN;
	for (uint32_t i = 0; i < d->n_slots; i++)
		for (uint32_t k = 0; k < d->slots[i].n; k++) {
			const struct attempt *a = slot_at(&d->slots[i], k);

			if (!isnan(a->began))
				began[a->test - d->config.tests->tests] = a->began;
		}
	return began;
}

/* The run is over. */
static void end_all(struct dispatch *d, enum outcome outcome, const char *running, const char *waiting)
{
	double *began = find_running(d);

	d->stopped = true;
	while (confirm_next(&d->confirm) != NULL)
		tell_unconfirmed(d);
	for (size_t i = 0; i < d->config.tests->n; i++) {
		struct test *t = &d->config.tests->tests[i];

		if (t->state != TEST_FINISHED)
			finish_without_ranks(d, t, began[i], isnan(began[i]) ? OUTCOME_NOT_RUN : outcome,
					     isnan(began[i]) ? waiting : running);
	}
	free(began);
}

void dispatch_end_with_job(struct dispatch *d, enum outcome outcome, const char *reason)
{
	end_all(d, outcome, reason, reason);
}

void dispatch_give_up(struct dispatch *d, const char *reason)
{
	char while_it_ran[sizeof(struct ptpar_error) + 32];

	snprintf(while_it_ran, sizeof(while_it_ran), "%s while it ran", reason);
	end_all(d, OUTCOME_NOT_RUN, while_it_ran, reason);
}
