/* status.c - asks, waits, tells. */
#include "core/ptpar/status.h"

#include <math.h>

#include "core/ptpar/ending.h"

/* Is this the first of its slots on which it is the next or runs? It is asked and told once. */
static bool is_first_slot(const struct slot *slots, const struct slot *s, const struct attempt *a)
{
	uint32_t i = 0;

	while (!slot_runs(&slots[a->slots[i]], a))
		i++;
	return a->slots[i] == s->index;
}

static void ask(struct status *status, struct slot *slots, const struct slot *s, const struct attempt *a)
{
	if (!is_first_slot(slots, s, a) || (a->is_isolated && a->own == NULL))
		return;
	for (uint32_t i = 0; i < a->np; i++) {
		struct slot *rank = slot_of_rank(slots, a, i);

		if (slot_runs(rank, a) && !rank->exited && slot_ask_where(rank, a, true))
			status->missing++;
	}
}

void status_ask(struct status *status, struct slot *slots, uint32_t n, double now)
{
	*status = (struct status){ .is_asked = true, .due = now + ENDING_ANSWER_GRACE };
	for (uint32_t i = 0; i < n; i++) {
		struct slot *s = &slots[i];

		if (s->live && s->n > 0)
			ask(status, slots, s, slot_at(s, 0));
	}
}

void status_answer(struct status *status, struct attempt *a, uint32_t rank, const struct wire_seen *m)
{
	if (status->missing == 0)
		return;
	status->missing--;
	attempt_seen(a, rank, m);
}

bool status_is_ready(struct status *status, double now)
{
	bool is_ready = status->is_asked && (status->missing == 0 || now >= status->due);

	status->is_asked = status->is_asked && !is_ready;
	return is_ready;
}

static void put_attempt(struct slot *slots, const struct attempt *a, double now, struct buffer *out)
{
	uint32_t held = 0;

	buffer_printf(out, "\n  %s", a->test->id);
	if (!isnan(a->began))
		buffer_printf(out, "  %.1f s", now - a->began);
	buffer_puts(out, a->np == 1 ? "  on worker" : "  on workers");
	for (uint32_t i = 0; i < a->n_slots; i++)
		buffer_printf(out, i == 0 ? " %u" : ",%u", a->slots[i]);
	for (uint32_t i = 0; i < a->np; i++)
		held += slot_runs(slot_of_rank(slots, a, i), a);
	if (a->is_isolated && a->own == NULL)
		buffer_puts(out, "  (its processes are being started)");
	else if (held < a->np)
		buffer_printf(out, "  (%u of %u ranks have ended)", a->np - held, a->np);
	buffer_puts(out, "\n    ");
	attempt_put_places(a, out);
}

void status_put(struct slot *slots, uint32_t n, double now, struct buffer *out)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct slot *s = &slots[i];

		if (s->live && s->n > 0 && is_first_slot(slots, s, slot_at(s, 0)))
			put_attempt(slots, slot_at(s, 0), now, out);
	}
}
