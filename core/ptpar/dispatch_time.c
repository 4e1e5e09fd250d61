/* dispatch_time.c - what is due, and when the next thing will be. */
#include <math.h>

#include "core/ptpar/dispatch_state.h"
#include "core/ptpar/ending.h"
#include "core/ptpar/watch.h"

/* A test that has run for so long while others queue behind it is a slow one, seconds. */
static const double SLOW = 5e-3;
/* While there is no agent, so often one is looked for, seconds. */
static const double AGAIN = 0.02;
/* While all queues are at least a quarter full, the core reads reports once in so many seconds. */
static const double NAP = 50e-6;

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
	} else if (watch_answer(a, slot_rank_in(s, a), m, dispatch_now(d), d->config.settings->grace) &&
		   a->calloff == CALLOFF_NONE) {
		ending_begin(d->slots, a, CALLOFF_DEADLOCK, dispatch_now(d));
	}
}

void dispatch_tell_status(struct dispatch *d)
{
	status_ask(&d->status, d->slots, d->n_slots, dispatch_now(d));
}

static void tell_status(struct dispatch *d)
{
	struct event e = { .kind = EVENT_STATUS, .time = dispatch_now(d) };
	struct buffer text = { 0 };

	buffer_printf(&text, "after %.1f s: %u running, %u waiting", e.time, dispatch_running(d),
		      d->waiting + d->held);
	status_put(d->slots, d->n_slots, e.time, &text);
	buffer_putc(&text, '\0');
	e.status = text.data;
	dispatch_emit(d, &e);
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
	dispatch_emit(d, &e);
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
	else if (d->config.settings->gdb == NULL)
		due = fmin(due, watch_step(d->slots, a, now));
	return fmin(due, check_slow(d, a, now));
}

static double check_slot(struct dispatch *d, struct slot *s, double now)
{
	struct attempt *a = slot_at(s, 0);
	double due;

	if (is_to_be_launched(a)) {
		dispatch_launch(d, a);
		return now + AGAIN;
	}
	if (a->is_isolated)
		return INFINITY; /* see check_isolated */
	due = check_attempt(d, a, now);
	if (s->n > 1 && s->recalls == 0 && !isnan(a->began) &&
	    (d->config.scheduler->flags & PTPAR_SCHEDULER_FIXED_PLACES) == 0) {
		if (a->began + SLOW <= now) {
			dispatch_measure(d, now - a->began);
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
	double now = dispatch_now(d), next = INFINITY;

	if (status_is_ready(&d->status, now))
		tell_status(d);
	else if (d->status.is_asked)
		next = d->status.due;
	for (uint32_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		if (s->live && s->n > 0)
			next = fmin(next, check_slot(d, s, now));
		if (s->live)
			next = fmin(next, dispatch_end_silent(s, now));
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
