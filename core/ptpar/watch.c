/* watch.c - a look at all ranks, once in a while. */
#include "core/ptpar/watch.h"

#include <math.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/slot.h"

/* A test that runs for so long is looked at for the first time, and from then on so often, seconds. */
static const double FIRST_LOOK = 1, LOOK_EVERY = 1;

double watch_step(struct slot *slots, struct attempt *a, double now)
{
	struct watch *w = &a->watch;

	if (isnan(a->began) || a->broken)
		return INFINITY;
	if (isnan(w->next))
		w->next = a->began + FIRST_LOOK;
	if (w->missing > 0 || w->next > now)
		return w->missing > 0 ? INFINITY : w->next;
	if (w->ranks == NULL) {
		w->ranks = xcalloc(a->np, sizeof(*w->ranks));
		w->before = xcalloc(a->np, sizeof(*w->before));
	}
	w->asked = now;
	w->next = now + LOOK_EVERY;
	for (uint32_t i = 0; i < a->np; i++) {
		struct slot *s = slot_of_rank(slots, a, i);

		w->ranks[i] = (struct deadlock_rank){ .ended = !slot_runs(s, a) };
		if (!w->ranks[i].ended && slot_ask_where(s, a, false))
			w->missing++;
	}
	return w->missing > 0 ? INFINITY : w->next;
}

static void note_look(struct attempt *a, uint32_t rank, const struct wire_seen *m)
{
	struct deadlock_rank *r = &a->watch.ranks[rank];

	*r = (struct deadlock_rank){
		.steady = m->steady != 0 && m->begun == a->seq,
		.call = (uint32_t)m->call,
		.comm_size = (uint32_t)m->comm_size,
		.is_own = m->is_own != 0,
		.entries = m->entries,
		.volume = m->volume,
		.cpu = m->cpu,
	};
	for (size_t i = 0; i < CALL_ARGS && i < m->args.n; i++)
		r->args[i] = (int32_t)m->args.items[i];
}

bool watch_answer(struct attempt *a, uint32_t rank, const struct wire_seen *m, double now, double grace)
{
	struct watch *w = &a->watch;

	if (w->missing == 0)
		return false;
	note_look(a, rank, m);
	if (--w->missing > 0)
		return false;
	if (!w->has_before || !deadlock_is_still(w->before, w->ranks, a->np)) {
		memcpy(w->before, w->ranks, a->np * sizeof(*w->before));
		w->has_before = true;
		w->still = now;
		return false;
	}
	return deadlock_is_proven(w->before, w->ranks, a->np, w->asked - w->still, grace);
}
