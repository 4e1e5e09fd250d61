/* slot.c - a queue in a ring, and messages. */
#include "core/ptpar/slot.h"

#include <signal.h>
#include <stdlib.h>

#include "core/common/alloc.h"

struct attempt *slot_at(const struct slot *s, uint32_t i)
{
	return s->queue[(s->head + i) % s->cap];
}

static void became_head(const struct slot *s, double now)
{
	struct attempt *a = s->n > 0 ? slot_at(s, 0) : NULL;

	if (a == NULL)
		return;
	a->heads++;
	/* An isolated one begins when its own processes are there. */
	if (a->heads == a->np && (!a->is_isolated || a->own != NULL))
		a->began = now;
}

void slot_push(struct slot *s, struct attempt *a, double now)
{
	if (s->n == s->cap) {
		uint32_t cap = s->cap == 0 ? 8 : s->cap * 2;
		struct attempt **bigger = xcalloc(cap, sizeof(struct attempt *));

		for (uint32_t i = 0; i < s->n; i++)
			bigger[i] = slot_at(s, i);
		free(s->queue);
		s->queue = bigger;
		s->head = 0;
		s->cap = cap;
	}
	s->queue[(s->head + s->n++) % s->cap] = a;
	s->n_isolated += a->is_isolated;
	if (s->n == 1)
		became_head(s, now);
}

void slot_remove(struct slot *s, uint32_t at, double now)
{
	s->n_isolated -= slot_at(s, at)->is_isolated;
	if (at == 0) {
		s->history[s->n_history++ % SLOT_HISTORY] = slot_at(s, 0)->test;
		s->head = (s->head + 1) % s->cap;
		s->n--;
		became_head(s, now);
		return;
	}
	for (uint32_t i = at; i + 1 < s->n; i++)
		s->queue[(s->head + i) % s->cap] = slot_at(s, i + 1);
	s->n--;
}

const struct test *slot_history(const struct slot *s, uint32_t back)
{
	return back > SLOT_HISTORY || back > s->n_history ? NULL : s->history[(s->n_history - back) % SLOT_HISTORY];
}

bool slot_is_usable(const struct slot *s)
{
	return s->live && (s->worker != NULL || s->bare);
}

struct slot *slot_of_rank(struct slot *slots, const struct attempt *a, uint32_t rank)
{
	return a->own != NULL ? &a->own[rank] : &slots[a->slots[rank]];
}

uint32_t slot_rank_in(const struct slot *s, const struct attempt *a)
{
	return s->isolated != NULL ? s->index : attempt_rank_of(a, s->index);
}

bool slot_is_connected(const struct slot *s)
{
	return s->live && s->worker != NULL;
}

void slot_call_off(struct slot *s, const struct attempt *a)
{
	if (slot_is_connected(s))
		wire_put_calloff(&s->worker->channel->out, &(struct wire_calloff){ .seq = a->seq });
}

bool slot_has_agent(const struct slot *s)
{
	return s->agent != NULL && s->agent->channel != NULL;
}

static void end_worker(struct slot *s, int signal)
{
	if (!slot_has_agent(s))
		return;
	s->condemned = true;
	wire_put_signal(&s->agent->channel->out, &(struct wire_signal){ .role = WIRE_WORKER,
									.pool = s->pool,
									.rank = s->index,
									.signal = (uint64_t)signal });
}

void slot_kill(struct slot *s)
{
	if (s->killed || !slot_has_agent(s))
		return;
	s->killed = true;
	end_worker(s, SIGKILL);
}

void slot_recall(struct slot *s)
{
	if (s->recalls > 0 || !s->live || !slot_has_agent(s))
		return;
	s->recalls++;
	wire_put_recall(&s->agent->channel->out, &(struct wire_recall){ .pool = s->pool, .rank = s->index });
}

bool slot_runs(const struct slot *s, const struct attempt *a)
{
	return s->live && s->n > 0 && slot_at(s, 0) == a;
}

bool slot_ask_where(struct slot *s, const struct attempt *a, bool deep)
{
	if (!slot_has_agent(s))
		return false;
	wire_put_look(&s->agent->channel->out,
		      &(struct wire_look){ .pool = s->pool, .rank = s->index, .id = a->seq, .deep = deep });
	return true;
}

bool slot_die_unseen(struct slot *s)
{
	if (s->exited)
		return false;
	s->exited = true;
	s->death = (struct wire_exited){ .status = SIGKILL, .begun = DEATH_UNSEEN, .phase = UINT64_MAX };
	return true;
}

void slot_terminate(struct slot *s)
{
	end_worker(s, SIGTERM);
}
