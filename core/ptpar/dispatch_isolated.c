/* dispatch_isolated.c - the host of isolated.h: their slots, the start of the test, the end of its processes. */
#include <math.h>
#include <stdio.h>

#include "core/ptpar/dispatch_state.h"

/* It has got no further than to a place on its slots, or to the start of its processes. */
void dispatch_finish_unbegun(struct dispatch *d, struct attempt *a, enum outcome outcome, const char *reason)
{
	struct test *t = a->test;

	dispatch_give_room_back(d, a, false);
	if (!d->stopped)
		d->config.scheduler->finished(d->state, (uint32_t)(t - d->config.tests->tests));
	if (t == d->suspect)
		d->suspect = NULL;
	attempt_free(a);
	dispatch_finish_without_ranks(d, t, outcome, reason);
	d->dirty = true;
}

static struct peer *get_agent(void *ctx)
{
	struct dispatch *d = ctx;

	return d->config.agent == NULL ? NULL : d->config.agent(d->config.ctx);
}

void dispatch_launch(struct dispatch *d, struct attempt *a)
{
	if (d->stopped)
		dispatch_finish_unbegun(d, a, OUTCOME_NOT_RUN, "the run was interrupted");
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
			dispatch_send_run(d, &i->ranks[k], a);
		slot_push(&i->ranks[k], a, dispatch_now(d));
	}
}

/* Back to the scheduler, as if it had not been started. */
static void run_again(struct dispatch *d, struct attempt *a)
{
	bool was_schedulers = !d->stopped && !a->gave_room;

	dispatch_give_room_back(d, a, false);
	if (was_schedulers)
		d->config.scheduler->finished(d->state, (uint32_t)(a->test - d->config.tests->tests));
	dispatch_take_back(d, a);
}

static void on_isolated_failed(void *ctx, struct isolated *i, const char *why, bool is_accident)
{
	struct dispatch *d = ctx;
	struct test *t = i->attempt->test;
	char reason[700];

	/* Open MPI's start has races: a second try tells whether it was one of these; or whether the job was about
	 * to end. */
	if ((is_accident || d->config.doubt != NULL) && !t->had_accident && !d->stopped) {
		t->had_accident = true;
		run_again(d, i->attempt);
		if (d->config.doubt != NULL)
			d->config.doubt(d->config.ctx);
		return;
	}
	snprintf(reason, sizeof(reason), "its processes could not be started: %s", why);
	dispatch_finish_unbegun(d, i->attempt, OUTCOME_ERROR, reason);
}

/* Others may wait for this one of its processes for ever. As mpiexec does, that is ended, also where it is expected
 * to end badly. */
static void note_bad_end(struct dispatch *d, const struct slot *s, struct attempt *a)
{
	bool is_well = s->death.verdict == 1 + PTPAR_RANK_PASSED || s->death.verdict == 1 + PTPAR_RANK_UNDECIDED;

	if (s->death.verdict == 1 + PTPAR_RANK_CRASHED && a->calloff == CALLOFF_NONE && !a->broken) {
		a->broken = true;
		a->died = dispatch_now(d);
		return;
	}
	if ((is_well && s->death.status == 0) || !(isnan(a->failed) || (a->is_expected && !is_well)))
		return;
	a->failed = dispatch_now(d);
	a->is_expected = is_well;
}

/* A program has ended. */
static void end_program(struct dispatch *d, struct slot *s, struct attempt *a)
{
	s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
	attempt_program_ended(a, s->index, &s->death, dispatch_now(d) - a->began, &s->words);
	slot_remove(s, 0, dispatch_now(d));
	d->dirty = true;
	note_bad_end(d, s, a);
	if (--a->held == 0)
		dispatch_finish(d, a);
}

/* Its slots may be given to others, though how it ends is still to be seen. */
static void on_isolated_finalized(void *ctx, struct isolated *i)
{
	struct dispatch *d = ctx;
	struct attempt *a = i->attempt;

	if (a->own == NULL || a->gave_room)
		return;
	dispatch_give_room(d, a);
	if (!d->stopped)
		d->config.scheduler->finished(d->state, (uint32_t)(a->test - d->config.tests->tests));
	d->dirty = true;
}

void dispatch_lose_isolated(void *ctx, struct slot *s)
{
	struct dispatch *d = ctx;
	struct attempt *a = s->isolated->attempt;

	/* With the step that Slurm has ended it would be again. */
	bool is_agents = (s->death.begun == DEATH_UNSEEN || s->dismissed) && s->isolated->last_words == NULL;

	if (s->isolated->is_ready && dispatch_doubts(d, s))
		return;
	if (is_agents && !a->is_leaving && !a->test->was_lost) {
		a->lost_agent = true; /* its processes went with it */
		run_again(d, a);
	} else if (is_agents && a->own == NULL) {
		on_isolated_failed(d, s->isolated, "the agent that watched over them has ended, twice", false);
	} else if (a->is_leaving) {
		s->death.output = (struct wire_bytes){ s->last_output.data, s->last_output.len };
		if (s->death.status != 0 && !is_agents)
			attempt_left_badly(a, s->index, &s->death);
		if (--a->held == 0)
			dispatch_finish(d, a);
	} else if (s->n == 0) {
		return; /* it has done its part */
	} else if (a->test->is_program && s->death.begun != DEATH_UNSEEN) {
		end_program(d, s, a);
	} else {
		dispatch_lose_rank(d, s, a);
	}
}

struct isolated_tests *dispatch_isolation(struct dispatch *d)
{
	return &d->isolation;
}

static void tell(void *ctx, const char *text)
{
	struct dispatch *d = ctx;

	d->config.emit(d->config.ctx,
		       &(struct event){ .kind = EVENT_STATUS, .time = dispatch_now(d), .status = text });
}

static double get_now(void *ctx)
{
	return dispatch_now(ctx);
}

void dispatch_open_isolation(struct dispatch *d)
{
	d->isolation.host = (struct isolation_host){ .ctx = d,
						     .agent = get_agent,
						     .now = get_now,
						     .ready = on_isolated_ready,
						     .failed = on_isolated_failed,
						     .finalized = on_isolated_finalized,
						     .tell = tell,
						     .lost = dispatch_lose_isolated };
	d->isolation.n_cores = d->config.cores;
	d->isolation.launcher = d->config.launcher;
	d->isolation.tests = d->config.tests;
	d->isolation.wrap = d->config.wrap;
}
