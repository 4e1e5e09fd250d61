/* session_events.c - each message goes to the part that it is for: tests, crew, isolated tests, dispatch. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/remains.h"
#include "core/ptpar/isolated.h"
#include "core/ptpar/session_state.h"

/* Started by an mpirun that has been killed, the run ends: nobody is there to see it. Whether that is so must be
 * known before the ends of others, who notice as well, are taken for crashes of tests. */
static void end_as_orphan(struct session *s)
{
	s->is_orphan = true;
	if (s->interrupts == 0) {
		s->interrupted = "mpirun was killed";
		s->interrupts = 1;
		s->crew.damaged = true; /* without mpirun, MPI_Finalize may hang */
		if (s->running)
			dispatch_abort(s->dispatch, "mpirun was killed");
	}
}

static void look_for_parent(struct session *s)
{
	if (s->mpi.launched && remains_is_orphan())
		end_as_orphan(s);
}

/* To those who load sources. */
static void tell_sections(const struct session *s, struct peer *peer)
{
	const struct settings *settings = s->settings;

	for (size_t i = 0; i < settings->n_sections; i++) {
		const struct config_section *section = &settings->sections[i];

		wire_put_section(
			&peer->channel->out,
			&(struct wire_section){ .path = section->path,
						.keys = { (const char *const *)section->keys, section->n },
						.values = { (const char *const *)section->values, section->n } });
	}
}

/* No test can be run by that launcher: this is to be said once, and not of each of them. */
void session_stop_if_unfit(struct session *s, const char *why)
{
	if (why == NULL || s->usage_error.text[0] != '\0')
		return;
	ptpar_fail(&s->usage_error, 0, "no test can be run: %s", why);
	s->internal_error = s->usage_error;
}

void session_on_hello(void *ctx, struct peer *peer, const struct wire_hello *hello)
{
	struct session *s = ctx;
	bool had_agent = s->crew.home != NULL;

	if (peer->role != WIRE_WORKER)
		tell_sections(s, peer);
	if (peer->role == WIRE_COLLECTOR)
		collection_hello(&s->collection, peer);
	if (s->running && isolation_hello(dispatch_isolation(s->dispatch), peer, hello)) {
		session_stop_if_unfit(s, dispatch_isolation(s->dispatch)->unfit);
		return;
	}
	if (s->batch != NULL && batch_hello(s->batch, peer))
		return;
	crew_hello(&s->crew, peer, hello);
	if (had_agent || s->crew.home == NULL || !s->prepared || s->collection.done)
		return;
	collection_start(&s->collection, s->crew.home, session_now(s));
}

/* Starts the pool as soon as there is a test for it, and not when all have been found. */
static void look_for_need(struct session *s)
{
	const struct tests *tests = &s->tests;

	if (s->mpi.launched || s->settings->list != LIST_NONE || s->crew.pool > 0 || s->crew.agent == NULL ||
	    s->batch != NULL)
		return;
	if (tests->n > 0 && session_needs_pool(s, &tests->tests[tests->n - 1]))
		crew_launch(&s->crew);
}

/* Now, and not at the end, as a warning is. NULL: nothing. */
static void tell(struct session *s, const char *text)
{
	struct event e = { .kind = EVENT_STATUS, .time = session_now(s), .status = text };

	if (text != NULL)
		session_emit(s, &e);
}

static void on_agent_message(struct session *s, struct peer *peer, const struct wire_message *m)
{
	struct isolated_tests *isolation = s->running ? dispatch_isolation(s->dispatch) : NULL;
	struct slot *slot;

	switch (m->number) {
	case WIRE_LAUNCHED:
		if (isolation == NULL || !isolation_launched(isolation, &m->launched))
			crew_launched(&s->crew, (uint32_t)m->launched.pool);
		break;
	case WIRE_DELAYED:
		tell(s, m->delayed.why);
		if (isolation == NULL || !isolation_delayed(isolation, &m->delayed))
			crew_delayed(&s->crew, (uint32_t)m->delayed.pool);
		break;
	case WIRE_FINALIZED:
		if (isolation != NULL)
			isolation_finalized(isolation, &m->finalized);
		break;
	case WIRE_POINT:
	case WIRE_REMARK:
		slot = isolation == NULL ? NULL
		       : m->number == WIRE_POINT
			       ? isolation_slot(isolation, (uint32_t)m->point.pool, (uint32_t)m->point.rank)
			       : isolation_slot(isolation, (uint32_t)m->remark.pool, (uint32_t)m->remark.rank);
		if (slot != NULL)
			dispatch_printed(s->dispatch, slot, m);
		break;
	case WIRE_EXITED:
		look_for_parent(s);
		if (isolation != NULL && isolation_exited(isolation, &m->exited)) {
			session_stop_if_unfit(s, isolation->unfit);
			break;
		}
		if (m->exited.role == WIRE_COLLECTOR) {
			collection_exited(&s->collection, &m->exited, session_now(s));
			break;
		}
		slot = crew_exited(&s->crew, peer, &m->exited);
		session_warn(s, s->crew.last_words);
		free(s->crew.last_words);
		s->crew.last_words = NULL;
		if (slot != NULL && s->running)
			dispatch_lost(s->dispatch, slot);
		break;
	case WIRE_RECALLED:
		slot = crew_slot(&s->crew, (uint32_t)m->recalled.pool, (uint32_t)m->recalled.rank);
		if (slot != NULL && s->running)
			dispatch_recalled(s->dispatch, slot, m->recalled.begun);
		break;
	case WIRE_SEEN:
		slot = crew_slot(&s->crew, (uint32_t)m->seen.pool, (uint32_t)m->seen.rank);
		if (isolation != NULL && slot == NULL)
			slot = isolation_slot(isolation, (uint32_t)m->seen.pool, (uint32_t)m->seen.rank);
		if (slot != NULL && s->running)
			dispatch_seen(s->dispatch, slot, &m->seen);
		break;
	case WIRE_DISMISSED:
		if (peer->owner != NULL)
			((struct slot *)peer->owner)->dismissed = true;
		break;
	case WIRE_ANSWER:
		if (s->batch != NULL)
			batch_answer(s->batch, &m->answer);
		break;
	case WIRE_JOINED:
		if (s->batch != NULL)
			batch_joined(s->batch, peer, &m->joined);
		break;
	case WIRE_NOTICE:
		tell(s, m->notice.text);
		break;
	case WIRE_WARNING:
		session_warn(s, m->warning.text);
		break;
	default:
		break;
	}
}

void session_on_message(void *ctx, struct peer *peer, const struct wire_message *m)
{
	struct session *s = ctx;
	struct slot *slot = peer->owner;

	if (peer->role == WIRE_COLLECTOR) {
		collection_message(&s->collection, m, session_now(s));
		if (m->number == WIRE_TEST)
			look_for_need(s);
	} else if (peer->role == WIRE_AGENT)
		on_agent_message(s, peer, m);
	else if (slot != NULL && slot->worker == peer && s->running)
		dispatch_message(s->dispatch, slot, m);
}

/* All that the core's agent had started has gone with it. */
static void lose_agent(struct session *s, const struct peer *agent)
{
	struct slot *slot;

	if (s->running)
		isolation_lost_agent(dispatch_isolation(s->dispatch), agent);
	while ((slot = crew_orphan(&s->crew, agent)) != NULL)
		if (s->running)
			dispatch_lost(s->dispatch, slot);
	/* One that does this again and again is of no use; a test may do it once in a while. */
	if (s->running && dispatch_remaining(s->dispatch) != s->remaining_at_loss)
		s->crew.agents_lost = 0;
	s->remaining_at_loss = s->running ? dispatch_remaining(s->dispatch) : 0;
}

void session_on_gone(void *ctx, struct peer *peer, const char *why)
{
	struct session *s = ctx;
	struct slot *slot = peer->owner, *dead;
	bool is_worker = slot != NULL && slot->worker == peer; /* of the present pool */

	look_for_parent(s);
	if (why != NULL)
		session_warn(s, why);
	if (peer->role == WIRE_COLLECTOR)
		collection_gone(&s->collection);
	if (s->running && isolation_gone(dispatch_isolation(s->dispatch), peer))
		return;
	if (s->batch != NULL)
		batch_gone(s->batch, peer, peer == s->crew.home);
	else if (peer == s->crew.agent)
		lose_agent(s, peer);
	dead = crew_gone(&s->crew, peer);
	if (dead != NULL && s->running)
		dispatch_lost(s->dispatch, dead);
	else if (is_worker && slot->live && s->running)
		dispatch_disconnected(s->dispatch, slot);
}

void session_on_full(void *ctx, const char *why)
{
	struct session *s = ctx;

	if (s->internal_error.text[0] == '\0')
		ptpar_fail(&s->internal_error, 0, "no further worker can connect: %s", why);
	/* Else the loop would turn for ever: whoever waits there stays. */
	link_stop_listening(s->link);
}

void session_on_intruder(void *ctx, const char *why)
{
	struct session *s = ctx;
	static bool told;

	if (!told)
		session_warn(s, xasprintf("a connection was turned away: %s", why));
	told = true;
}

void session_tell_status(void *ctx)
{
	struct session *s = ctx;

	if (s->running)
		dispatch_tell_status(s->dispatch);
	else
		fprintf(stderr, "ptpar: no tests run yet or any more\n");
}

/* As the user has asked for it: first all processes of tests, then this one. In a process group that no shell looks
 * after, the signal does nothing. */
static void stop_for_a_while(struct session *s)
{
	struct sigaction ours, stop = { .sa_handler = SIG_DFL };

	keyboard_release(s->keyboard);
	crew_pause(&s->crew, true);
	session_now(s); /* the clock goes on from here */
	sigaction(SIGTSTP, &stop, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
	crew_pause(&s->crew, false);
	keyboard_take(s->keyboard);
}

void session_on_signal(uv_signal_t *handle, int signum)
{
	struct session *s = handle->data;

	if (signum == SIGUSR1) {
		session_tell_status(s);
		return;
	}
	if (signum == SIGTSTP) {
		stop_for_a_while(s);
		return;
	}
	if (signum == PARENT_DEATH) {
		end_as_orphan(s);
		return;
	}
	if (signum == SIGTERM && session_lose_own_job(s))
		return;
	s->interrupted = signum == SIGINT ? "SIGINT" : signum == SIGTERM ? "SIGTERM" : "SIGHUP";
	s->interrupts++;
}
