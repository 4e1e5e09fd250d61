/* dispatch_death.c - who is to blame, who only waited, and where the tests go that a worker had before it. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "core/common/alloc.h"
#include "core/ptpar/dispatch_state.h"

/* A process that ends loses its connection first: so long it has to do so by itself, seconds. Its agent may be
 * busy. */
static const double TIME_TO_DIE = 1;

void dispatch_disconnected(struct dispatch *d, struct slot *s)
{
	s->silent = dispatch_now(d);
}

/* Ends a worker that cannot be talked to any more. Returns when that will be. */
double dispatch_end_silent(struct slot *s, double now)
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
	int status = (int)s->death.status;

	/* It may have ended by itself before it could be ended. */
	if (s->cut_off && (s->death.begun == DEATH_UNSEEN || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)))
		snprintf(text, size, "its process has closed its connection to ptpar, and was ended for that");
	else if (s->isolated != NULL && s->isolated->last_words != NULL && s->death.begun == DEATH_UNSEEN)
		snprintf(text, size, "its process is lost with its job step: %s", s->isolated->last_words);
	else
		attempt_describe_death(text, size, &s->death);
}

/* Takes the attempt at position `at` off the slot, which has not begun it or never can. */
static void detach(struct dispatch *d, struct slot *s, uint32_t at)
{
	struct attempt *a = slot_at(s, at);

	slot_remove(s, at, dispatch_now(d));
	if (--a->held == 0)
		dispatch_take_back(d, a);
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
void dispatch_lose_rank(struct dispatch *d, struct slot *s, struct attempt *a)
{
	bool first = !a->broken;
	char how[480];

	s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
	describe_death(how, sizeof(how), s);
	attempt_lost(a, slot_rank_in(s, a), &s->death, how, &s->words);
	slot_remove(s, 0, dispatch_now(d));
	if (first)
		a->died = dispatch_now(d);
	a->broken = true;
	for (uint32_t i = 0; first && i < a->np; i++) {
		struct slot *other = slot_of_rank(d->slots, a, i);

		/* Those that still run it have it at the head of their queue; the others wait for all to end. */
		if (other != s && (other->n == 0 || slot_at(other, 0) != a))
			slot_call_off(other, a);
	}
	if (--a->held == 0)
		dispatch_finish(d, a);
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
	dispatch_warn(d, text);
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
	char how[480];

	if (s->death.begun < a->seq)
		return;
	describe_death(how, sizeof(how), s);
	s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
	if (s->death.begun != DEATH_UNSEEN && before == CALLOFF_NONE)
		a->calloff = CALLOFF_STRAGGLER;
	attempt_lost(a, attempt_rank_of(a, s->index), &s->death, how, &s->words);
	a->calloff = before;
}

/* Could a batch system have ended it? */
static bool may_be_the_jobs(const struct slot *s)
{
	int status = (int)s->death.status;

	if (s->killed || s->condemned)
		return false;
	return s->death.begun == DEATH_UNSEEN || s->dismissed ||
	       (WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGKILL));
}

bool dispatch_doubts(struct dispatch *d, struct slot *s)
{
	if (d->config.doubt == NULL || d->believes || !may_be_the_jobs(s))
		return false;
	GROW(d->doubted, d->n_doubted, d->cap_doubted);
	d->doubted[d->n_doubted++] = s;
	d->config.doubt(d->config.ctx);
	return true;
}

void dispatch_believe(struct dispatch *d)
{
	d->believes = true;
	for (size_t i = 0; i < d->n_doubted; i++)
		if (d->doubted[i]->isolated != NULL)
			dispatch_lose_isolated(d, d->doubted[i]);
		else
			dispatch_lost(d, d->doubted[i]);
	d->n_doubted = 0;
	d->believes = false;
}

void dispatch_lost(struct dispatch *d, struct slot *s)
{
	/* An isolated one has only room here. */
	struct attempt *a = s->n > 0 && !slot_at(s, 0)->is_isolated ? slot_at(s, 0) : NULL;

	if (dispatch_doubts(d, s))
		return;
	if (s->live)
		d->n_live--;
	s->live = false;
	d->slots_changed = d->dirty = true;
	groups_drop_slot(&d->groups, s->index);
	if (is_to_blame(s, a)) {
		if (s->dismissed && !s->lost_agent && a->calloff == CALLOFF_NONE)
			a->calloff = CALLOFF_STRAGGLER;
		a->orphan = false;
		dispatch_lose_rank(d, s, a);
	} else if (!s->dismissed && (!s->condemned || s->cut_off)) {
		tell_of_death(d, s);
	} else if (s->dismissed && a != NULL && !a->broken) {
		note_swept(s, a);
	}
	while (s->n > 0) {
		a = slot_at(s, 0);
		if (a->process != NULL) { /* it only had room here */
			slot_remove(s, 0, dispatch_now(d));
			continue;
		}
		if (a->is_isolated) {
			dispatch_give_room_back(d, a, false);
			dispatch_take_back(d, a);
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
			dispatch_send_run(d, s, a);
			i++;
		}
	}
	d->dirty = true;
}
