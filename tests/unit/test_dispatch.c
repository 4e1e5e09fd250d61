/* test_dispatch.c - the host of the scheduler, without processes: slots whose channels are buffers, a clock that
 * the test sets, a scheduler that starts jobs in order on the first slots with room. What dispatch sends is read
 * from the buffers; what workers and agents would answer is said by the test. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/common/alloc.h"
#include "core/ptpar/dispatch.h"

enum { SLOTS = 3, MAX_TESTS = 64 };

/* --- a scheduler -------------------------------------------------------------------------------------------------
 */

static struct {
	const struct ptpar_scheduler_host *host;
	struct ptpar_job jobs[4 * MAX_TESTS];
	uint32_t n_jobs, next;
	struct ptpar_slot slots[SLOTS];
	uint32_t n_slots;
	uint32_t n_finished;
} sched;

static int sched_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	(void)err;
	memset(&sched, 0, sizeof(sched));
	sched.host = host;
	*state = &sched;
	return 0;
}

static int sched_slots(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	(void)state;
	(void)err;
	memcpy(sched.slots, slots, n * sizeof(*slots));
	sched.n_slots = n;
	return 0;
}

static int sched_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	(void)state;
	(void)err;
	for (uint32_t i = 0; i < n; i++)
		sched.jobs[sched.n_jobs++] = jobs[i];
	return 0;
}

static int sched_advance(void *state, struct ptpar_error *err)
{
	(void)state;
	(void)err;
	for (; sched.next < sched.n_jobs; sched.next++) {
		const struct ptpar_job *job = &sched.jobs[sched.next];
		uint32_t chosen[SLOTS], n = 0;

		for (uint32_t i = 0; i < sched.n_slots && n < job->np; i++)
			if (sched.host->room(sched.host->ctx, sched.slots[i].slot) > 0)
				chosen[n++] = sched.slots[i].slot;
		if (n < job->np || sched.host->start(sched.host->ctx, job->job, chosen, n) != 0)
			break;
	}
	return 0;
}

static void sched_finished(void *state, uint32_t job)
{
	(void)state;
	(void)job;
	sched.n_finished++;
}

static void sched_destroy(void *state)
{
	(void)state;
}

static const struct ptpar_scheduler scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("mock", "in order, on the first slots"),
	.create = sched_create,
	.slots_changed = sched_slots,
	.submit = sched_submit,
	.advance = sched_advance,
	.finished = sched_finished,
	.destroy = sched_destroy,
};

/* --- a world
 * ------------------------------------------------------------------------------------------------------- */

struct world {
	struct dispatch *d;
	struct tests tests;
	struct settings settings;
	struct slot slots[SLOTS];
	struct peer workers[SLOTS], agents[SLOTS];
	struct channel worker_channels[SLOTS], agent_channels[SLOTS];
	size_t worker_read[SLOTS], agent_read[SLOTS];
	struct wire_decoder decoder;
	double now;
	uint64_t entries;                 /* calls that a rank has entered, for is_seen */
	enum outcome outcomes[MAX_TESTS]; /* by test; OUTCOME_COUNT: none yet */
	char reasons[MAX_TESTS][256];
	char notes[MAX_TESTS][256]; /* the first of the first rank that has any to tell */
	uint32_t n_ranks[MAX_TESTS], attempts[MAX_TESTS];
	uint32_t n_retried; /* attempts that were told not to be the last */
};

static double now_of(void *ctx)
{
	return ((struct world *)ctx)->now;
}

static void on_event(void *ctx, const struct event *e)
{
	struct world *w = ctx;

	w->n_retried += e->kind == EVENT_RETRIED;
	for (size_t i = 0; e->kind == EVENT_FINISHED && i < w->tests.n; i++) {
		if (strcmp(w->tests.tests[i].id, e->finished.test.id) != 0)
			continue;
		assert_int_equal(w->outcomes[i], OUTCOME_COUNT); /* exactly one outcome */
		w->outcomes[i] = e->finished.outcome;
		w->n_ranks[i] = (uint32_t)e->finished.n_ranks;
		w->attempts[i] = e->finished.attempt;
		snprintf(w->reasons[i], sizeof(w->reasons[i]), "%s", e->finished.reason);
		if (e->finished.n_ranks > 0 && e->finished.ranks[0].n_notes > 0)
			snprintf(w->notes[i], sizeof(w->notes[i]), "%s", e->finished.ranks[0].notes[0].text);
	}
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	wire_decoder_init(&w->decoder);
	w->settings.scheduler = "mock";
	tests_add_suite(&w->tests, "./s.so", "suite");
	for (int i = 0; i < MAX_TESTS; i++)
		w->outcomes[i] = OUTCOME_COUNT;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	dispatch_free(w->d);
	tests_free(&w->tests);
	wire_decoder_destroy(&w->decoder);
	for (int i = 0; i < SLOTS; i++) {
		buffer_free(&w->worker_channels[i].out);
		buffer_free(&w->agent_channels[i].out);
		buffer_free(&w->slots[i].last_output);
		free(w->slots[i].queue);
	}
	free(w);
	return 0;
}

static void add_test(struct world *w, int64_t np, double timeout)
{
	char name[16];

	snprintf(name, sizeof(name), "t%zu", w->tests.n);
	tests_add(&w->tests, &(struct wire_test){ .name = name, .np = np, .timeout = timeout }, SLOTS);
}

static void advance(struct world *w)
{
	struct ptpar_error err;

	assert_int_equal(dispatch_advance(w->d, &err), 0);
}

static void start(struct world *w)
{
	struct dispatch_config config = { .settings = &w->settings,
					  .tests = &w->tests,
					  .scheduler = &scheduler,
					  .ctx = w,
					  .emit = on_event,
					  .now = now_of };
	struct ptpar_error err;

	w->d = dispatch_new(&config, &err);
	assert_non_null(w->d);
	for (uint32_t i = 0; i < SLOTS; i++) {
		w->workers[i] = (struct peer){ .channel = &w->worker_channels[i], .rank = i };
		w->agents[i] = (struct peer){ .channel = &w->agent_channels[i], .rank = i };
		w->slots[i].worker = &w->workers[i];
		w->slots[i].agent = &w->agents[i];
	}
	assert_int_equal(dispatch_set_slots(w->d, w->slots, SLOTS, &err), 0);
	assert_int_equal(dispatch_submit(w->d, &err), 0);
	advance(w);
}

/* The next message in a buffer; false at its end. */
static bool next(struct world *w, const struct buffer *b, size_t *at, struct wire_message *m)
{
	int64_t n = wire_frame(b->data + *at, b->len - *at);

	if (n <= 0)
		return false;
	assert_int_equal(wire_decode(&w->decoder, b->data + *at, (size_t)n, m, NULL), 0);
	*at += (size_t)n;
	return true;
}

/* The next message of that kind to a worker; what stands before it is passed over. */
static struct wire_message to_worker(struct world *w, int slot, enum wire_number number)
{
	struct wire_message m = { 0 };

	while (next(w, &w->worker_channels[slot].out, &w->worker_read[slot], &m) && m.number != number)
		;
	assert_int_equal(m.number, number);
	return m;
}

static struct wire_message to_agent(struct world *w, int slot, enum wire_number number)
{
	struct wire_message m = { 0 };

	while (next(w, &w->agent_channels[slot].out, &w->agent_read[slot], &m) && m.number != number)
		;
	assert_int_equal(m.number, number);
	return m;
}

static bool worker_has(struct world *w, int slot, enum wire_number number)
{
	size_t at = w->worker_read[slot];
	struct wire_message m;

	while (next(w, &w->worker_channels[slot].out, &at, &m))
		if (m.number == number)
			return true;
	return false;
}

static bool agent_has(struct world *w, int slot, enum wire_number number)
{
	size_t at = w->agent_read[slot];
	struct wire_message m;

	while (next(w, &w->agent_channels[slot].out, &at, &m))
		if (m.number == number)
			return true;
	return false;
}

/* The agent of a slot tells where its worker is; it polls all the time. */
static void is_seen(struct world *w, int slot, uint64_t seq, bool deep, enum call call, uint32_t size,
		    const char *text, uint32_t line)
{
	uint32_t args[CALL_ARGS] = { 0 };
	struct wire_seen m = { .rank = (uint64_t)slot,
			       .id = seq,
			       .deep = deep,
			       .begun = seq,
			       .call = call,
			       .args = { args, CALL_ARGS },
			       .comm_size = size,
			       .is_own = 1,
			       .entries = w->entries,
			       .cpu = w->now,
			       .steady = 1,
			       .text = text,
			       .file = "src/ring.c",
			       .line = line };

	dispatch_seen(w->d, &w->slots[slot], &m);
}

static void done(struct world *w, int slot, uint64_t seq, enum ptpar_rank_outcome outcome)
{
	struct wire_message m = { .number = WIRE_DONE };

	m.done = (struct wire_done){ .seq = seq, .outcome = outcome, .duration = 1e-6 };
	dispatch_message(w->d, &w->slots[slot], &m);
}

static void die_of(struct world *w, int slot, uint64_t begun, int signal)
{
	w->slots[slot].worker = NULL;
	w->slots[slot].exited = true;
	w->slots[slot].death =
		(struct wire_exited){ .status = (uint64_t)signal, .begun = begun, .phase = PTPAR_PHASE_CALL };
	dispatch_lost(w->d, &w->slots[slot]);
}

static void die(struct world *w, int slot, uint64_t begun)
{
	die_of(w, slot, begun, SIGSEGV);
}

/* Ends short tests on slot 0 until the host trusts that tests are short, and sends ahead. */
static void warm_up(struct world *w, int n)
{
	for (int i = 0; i < n; i++) {
		done(w, i % SLOTS, (uint64_t)i + 1, PTPAR_RANK_PASSED);
		advance(w);
	}
}

/* --- tests
 * --------------------------------------------------------------------------------------------------------- */

static void a_test_passes_when_all_ranks_pass(void **state)
{
	struct world *w = *state;
	struct wire_message m;

	add_test(w, 2, 0);
	start(w);
	m = to_worker(w, 0, WIRE_GROUP);
	assert_int_equal(m.group.ranks.n, 2);
	assert_int_equal(m.group.ranks.items[1], 1);
	m = to_worker(w, 0, WIRE_SUITE);
	assert_string_equal(m.suite.path, "s.so");
	m = to_worker(w, 0, WIRE_RUN);
	assert_string_equal(m.run.name, "t0");
	assert_int_equal(to_worker(w, 1, WIRE_RUN).run.seq, m.run.seq);
	assert_false(worker_has(w, 2, WIRE_RUN));
	done(w, 0, 1, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_COUNT);
	done(w, 1, 1, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_PASSED);
	assert_int_equal(w->n_ranks[0], 0);
	assert_int_equal(dispatch_remaining(w->d), 0);
	assert_int_equal(sched.n_finished, 1);
}

static void one_rank_fails_the_test(void **state)
{
	struct world *w = *state;
	struct wire_message m = { .number = WIRE_NOTE };

	add_test(w, 2, 0);
	start(w);
	m.note = (struct wire_note){ .seq = 1, .kind = PTPAR_NOTE_FAILURE, .text = "rank != 1" };
	dispatch_message(w->d, &w->slots[1], &m);
	done(w, 1, 1, PTPAR_RANK_FAILED);
	done(w, 0, 1, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_FAILED);
	assert_int_equal(w->n_ranks[0], 1);
	assert_int_equal(dispatch_bad(w->d), 1);
}

static void what_cannot_run_gets_its_outcome_at_once(void **state)
{
	struct world *w = *state;

	add_test(w, SLOTS + 1, 0);
	add_test(w, 0, 0);
	add_test(w, PTPAR_SOURCE_NP_ALL, 0);
	start(w);
	assert_int_equal(w->outcomes[0], OUTCOME_SKIPPED);
	assert_string_equal(w->reasons[0], "Not enough processes: 4 required but only 3 available");
	assert_int_equal(w->outcomes[1], OUTCOME_ERROR);
	assert_int_equal(w->outcomes[2], OUTCOME_COUNT);
	for (int i = 0; i < SLOTS; i++)
		done(w, i, 1, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[2], OUTCOME_PASSED);
}

static void groups_are_told_once(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	add_test(w, 2, 0);
	start(w);
	to_worker(w, 0, WIRE_GROUP);
	done(w, 0, 1, PTPAR_RANK_PASSED);
	done(w, 1, 1, PTPAR_RANK_PASSED);
	advance(w);
	assert_false(worker_has(w, 0, WIRE_GROUP));
	assert_int_equal(to_worker(w, 0, WIRE_RUN).run.group, 1);
}

static void the_window_opens_when_tests_are_short(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 40; i++)
		add_test(w, 1, 0);
	start(w);
	assert_int_equal(w->slots[0].n, 1); /* nothing is known: one at a time */
	warm_up(w, 2 * SLOTS);
	assert_true(w->slots[0].n > 1);
}

static void a_crash_is_the_tests_and_others_are_called_off(void **state)
{
	struct world *w = *state;

	add_test(w, 3, 0);
	add_test(w, 1, 0);
	start(w);
	done(w, 0, 1, PTPAR_RANK_PASSED);
	die(w, 1, 1);
	assert_int_equal(to_worker(w, 0, WIRE_CALLOFF).calloff.seq,
			 1);                             /* it had ended, and waited for the others */
	assert_int_equal(w->outcomes[0], OUTCOME_COUNT); /* slot 2 still runs it */
	assert_true(dispatch_tick(w->d) > w->now);
	w->now = 100;
	dispatch_tick(w->d); /* its grace time is over */
	assert_int_equal(to_agent(w, 2, WIRE_LOOK).look.id, 1);
	assert_false(agent_has(w, 2, WIRE_SIGNAL));
	is_seen(w, 2, 1, true, CALL_Barrier, 3, "in MPI_Barrier", 35);
	dispatch_tick(w->d);
	assert_int_equal(to_agent(w, 2, WIRE_SIGNAL).signal.signal, SIGTERM);
	w->now = 101;
	dispatch_tick(w->d);
	assert_int_equal(to_agent(w, 2, WIRE_SIGNAL).signal.signal, SIGKILL);
	die(w, 2, 1);
	assert_string_equal(w->reasons[0], "rank 2 in MPI_Barrier (ring.c:35)");
	assert_int_equal(w->outcomes[0], OUTCOME_CRASHED);
	assert_int_equal(w->n_ranks[0], 2);
	assert_int_equal(dispatch_live_slots(w->d), 1);
	advance(w);
	done(w, 0, 2, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[1], OUTCOME_PASSED);
}

static void a_death_between_tests_is_nobodys(void **state)
{
	struct world *w = *state;

	add_test(w, 1, 0);
	start(w);
	die(w, 0, 0); /* it had not begun what was sent to it */
	assert_int_equal(w->outcomes[0], OUTCOME_COUNT);
	advance(w);
	assert_string_equal(to_worker(w, 1, WIRE_RUN).run.name, "t0");
	done(w, 1, 2, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_PASSED);
}

/* Slot 0 closes its connection in test 0, and is to be ended for that. */
static void cut_off(struct world *w)
{
	add_test(w, 1, 0);
	start(w);
	w->now = 1;
	w->slots[0].worker = NULL;
	dispatch_disconnected(w->d, &w->slots[0]);
	assert_true(dispatch_tick(w->d) < 2.5);
	assert_false(agent_has(w, 0, WIRE_SIGNAL));
	w->now = 3;
	dispatch_tick(w->d);
	assert_int_equal(to_agent(w, 0, WIRE_SIGNAL).signal.signal, SIGKILL);
}

/* It may be about to die by itself, and then its agent tells how. */
static void who_cannot_be_talked_to_is_ended(void **state)
{
	struct world *w = *state;

	cut_off(w);
	die_of(w, 0, 1, SIGKILL);
	assert_int_equal(w->outcomes[0], OUTCOME_CRASHED);
	assert_non_null(strstr(w->notes[0], "has closed its connection to ptpar, and was ended for that"));
}

/* The agent was busy for so long. */
static void who_has_ended_before_that_is_told_so(void **state)
{
	struct world *w = *state;

	cut_off(w);
	die_of(w, 0, 1, 0);
	assert_int_equal(w->outcomes[0], OUTCOME_CRASHED);
	assert_non_null(strstr(w->notes[0], "exited with status 0"));
}

/* Slot 0's agent was killed, and its launcher ends the pool: slots 1 to 3 die although their tests did nothing.
 * Slot 1 is known to be dead before slot 0 is. */
static void who_goes_with_the_pool_is_not_blamed(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	add_test(w, 1, 0);
	start(w);
	w->slots[1].dismissed = w->slots[2].dismissed = true;
	die(w, 1, DEATH_UNSEEN);
	assert_int_equal(w->outcomes[0], OUTCOME_COUNT);
	die(w, 0, DEATH_UNSEEN);
	assert_int_equal(w->outcomes[0], OUTCOME_CRASHED);
	die(w, 2, DEATH_UNSEEN);
	assert_int_equal(w->outcomes[1], OUTCOME_COUNT);
	assert_int_equal(dispatch_remaining(w->d), 1);
}

/* Slot 0 dies in test 7; test 10 of all slots is queued behind it, slot 1 has begun it, slot 2 has not. */
static void who_waits_for_the_dead_is_collateral(void **state)
{
	struct world *w = *state;
	uint64_t wide;
	size_t wide_test;

	for (int i = 0; i < 9; i++)
		add_test(w, 1, 0);
	add_test(w, 2, 0);
	wide_test = w->tests.n - 1;
	add_test(w, 1, 0);
	start(w);
	warm_up(w, 2 * SLOTS); /* now 7, 8, 9 are at the heads, or queued, and the wide one behind them */
	wide = w->slots[0].queue[(w->slots[0].head + w->slots[0].n - 1) % w->slots[0].cap]->seq;
	while (w->slots[1].n > 0 && w->slots[1].queue[w->slots[1].head]->np == 1)
		done(w, 1, w->slots[1].queue[w->slots[1].head]->seq, PTPAR_RANK_PASSED);
	assert_true(w->slots[0].n > 1);
	die(w, 0, w->slots[0].queue[w->slots[0].head]->seq);
	to_agent(w, 1, WIRE_RECALL);
	dispatch_recalled(w->d, &w->slots[1], wide); /* it has begun: it waits inside MPI */
	assert_int_equal(to_agent(w, 1, WIRE_SIGNAL).signal.signal, SIGKILL);
	die(w, 1, wide);
	assert_int_equal(w->outcomes[wide_test], OUTCOME_COUNT); /* nobody blames it, it waits for slots */
	assert_int_equal(w->tests.tests[wide_test].state, TEST_WAITING);
	advance(w);
	assert_int_equal(dispatch_widest_waiting(w->d), 2);
	assert_int_equal(dispatch_live_slots(w->d), 1);
}

static void a_slow_test_loses_its_queue(void **state)
{
	struct world *w = *state;
	uint32_t queued;
	uint64_t head;

	for (int i = 0; i < 60; i++)
		add_test(w, 1, 0);
	start(w);
	warm_up(w, 2 * SLOTS);
	queued = w->slots[0].n;
	assert_true(queued > 1);
	head = w->slots[0].queue[w->slots[0].head]->seq;
	w->now = 1;
	dispatch_tick(w->d);
	to_agent(w, 0, WIRE_RECALL);
	dispatch_recalled(w->d, &w->slots[0], head);
	to_worker(w, 0, WIRE_RESUME);
	assert_int_equal(w->slots[0].n, 1);
	for (size_t i = 0; i < w->tests.n; i++)
		assert_true(w->outcomes[i] == OUTCOME_COUNT || w->outcomes[i] == OUTCOME_PASSED);
}

/* To the end: every test gets its outcome, whatever was recalled meanwhile. */
static void nothing_is_lost_by_recalls(void **state)
{
	struct world *w = *state;
	uint64_t seq = 1;

	for (int i = 0; i < MAX_TESTS; i++)
		add_test(w, i % 5 == 0 ? 2 : 1, 0);
	start(w);
	for (int turn = 0; dispatch_remaining(w->d) > 0; turn++) {
		assert_in_range(turn, 0, 10000);
		if (turn % 7 == 3) {
			w->now += 1;
			dispatch_tick(w->d);
			for (int s = 0; s < SLOTS; s++)
				if (w->slots[s].recalls > 0)
					dispatch_recalled(w->d, &w->slots[s],
							  w->slots[s].queue[w->slots[s].head]->seq);
		}
		/* The oldest attempt is first on all of its slots. */
		seq = UINT64_MAX;
		for (int s = 0; s < SLOTS; s++)
			if (w->slots[s].n > 0 && w->slots[s].queue[w->slots[s].head]->seq < seq)
				seq = w->slots[s].queue[w->slots[s].head]->seq;
		for (int s = 0; s < SLOTS; s++)
			if (w->slots[s].n > 0 && w->slots[s].queue[w->slots[s].head]->seq == seq)
				done(w, s, seq, PTPAR_RANK_PASSED);
		advance(w);
	}
	for (size_t i = 0; i < w->tests.n; i++)
		assert_int_equal(w->outcomes[i], OUTCOME_PASSED);
}

static void time_is_up(void **state)
{
	struct world *w = *state;

	add_test(w, 1, 5);
	start(w);
	assert_true(dispatch_tick(w->d) <= 5);
	w->now = 5;
	dispatch_tick(w->d);
	to_agent(w, 0, WIRE_LOOK);
	assert_false(agent_has(w, 0, WIRE_SIGNAL));
	w->now = 9; /* its agent may be busy */
	dispatch_tick(w->d);
	assert_false(agent_has(w, 0, WIRE_SIGNAL));
	w->now = 10; /* its agent does not answer */
	dispatch_tick(w->d);
	assert_int_equal(to_agent(w, 0, WIRE_SIGNAL).signal.signal, SIGTERM);
	die(w, 0, 1);
	assert_int_equal(w->outcomes[0], OUTCOME_TIMEOUT);
	assert_string_equal(w->reasons[0], "timeout after 5 s");
}

/* Lets the host look at both ranks of test 1 until the clock shows `end`; rank 1 in its `entries`-th call. */
static void look_until(struct world *w, double end, uint64_t (*entries)(double now))
{
	while (w->now < end) {
		w->now += 0.25;
		dispatch_tick(w->d);
		for (int i = 0; i < 2; i++) {
			while (agent_has(w, i, WIRE_LOOK)) {
				bool deep = to_agent(w, i, WIRE_LOOK).look.deep != 0;

				w->entries = i == 1 ? entries(w->now) : 1;
				if (i == 0)
					is_seen(w, 0, 1, deep, CALL_Barrier, 2, "in MPI_Barrier", 35);
				else
					is_seen(w, 1, 1, deep, CALL_Recv, 2, "in MPI_Recv(source=0, tag=0)", 31);
			}
		}
		dispatch_tick(w->d);
	}
}

static uint64_t always_the_same(double now)
{
	(void)now;
	return 5;
}

static uint64_t moving_until_10(double now)
{
	return now < 10 ? (uint64_t)(now * 100) : 1000;
}

static void a_deadlock_is_ended(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	start(w);
	look_until(w, 6, always_the_same);
	assert_true(agent_has(w, 0, WIRE_SIGNAL));
	die(w, 0, 1);
	die(w, 1, 1);
	assert_int_equal(w->outcomes[0], OUTCOME_TIMEOUT);
	assert_string_equal(w->reasons[0],
			    "deadlock: its ranks wait for each other: rank 0 in MPI_Barrier (ring.c:35); "
			    "rank 1 in MPI_Recv(source=0, tag=0) (ring.c:31)");
}

/* Rank 1 has failed its setup and waits for rank 0, which waits for what rank 1 would have done. */
static void a_deadlock_by_a_failed_setup_is_an_error(void **state)
{
	struct world *w = *state;
	struct wire_message m = { .number = WIRE_NOTE };

	add_test(w, 2, 0);
	start(w);
	m.note = (struct wire_note){
		.seq = 1, .kind = PTPAR_NOTE_FAILURE, .phase = PTPAR_PHASE_SETUP, .text = "no mesh"
	};
	dispatch_message(w->d, &w->slots[1], &m);
	look_until(w, 6, always_the_same);
	die(w, 0, 1);
	die(w, 1, 1);
	assert_int_equal(w->outcomes[0], OUTCOME_ERROR);
	assert_string_equal(w->reasons[0],
			    "rank 0 in MPI_Barrier (ring.c:35); rank 1 in MPI_Recv(source=0, tag=0) (ring.c:31)");
}

/* Rank 0's teardown has failed, and rank 1 waits for it in its own. */
static void a_straggler_of_a_failed_teardown_is_an_error(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	start(w);
	done(w, 0, 1, PTPAR_RANK_ERROR);
	for (w->now = 1; !agent_has(w, 1, WIRE_SIGNAL) && w->now < 10; w->now++)
		dispatch_tick(w->d);
	die_of(w, 1, 1, SIGTERM);
	assert_int_equal(w->outcomes[0], OUTCOME_ERROR);
}

/* It was to be ended as well, and was faster. */
static void a_straggler_that_crashes_has_crashed(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	start(w);
	done(w, 0, 1, PTPAR_RANK_FAILED);
	for (w->now = 1; !agent_has(w, 1, WIRE_SIGNAL) && w->now < 10; w->now++)
		dispatch_tick(w->d);
	die_of(w, 1, 1, SIGSEGV);
	assert_int_equal(w->outcomes[0], OUTCOME_CRASHED);
}

static void who_moves_is_not_deadlocked(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	start(w);
	look_until(w, 10, moving_until_10);
	assert_false(agent_has(w, 0, WIRE_SIGNAL));
	assert_false(agent_has(w, 1, WIRE_SIGNAL));
	look_until(w, 16, moving_until_10);
	assert_true(agent_has(w, 1, WIRE_SIGNAL));
}

static void a_bad_end_is_not_the_last_while_there_are_retries(void **state)
{
	struct world *w = *state;

	add_test(w, 2, 0);
	w->tests.tests[0].retries = 2;
	start(w);
	done(w, 0, 1, PTPAR_RANK_FAILED);
	done(w, 1, 1, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_COUNT);
	assert_int_equal(dispatch_bad(w->d), 0);
	assert_int_equal(dispatch_remaining(w->d), 1);
	/* The scheduler has heard of the end before it gets the job again. */
	assert_int_equal(sched.n_finished, 1);
	assert_int_equal(sched.n_jobs, 1);
	advance(w);
	assert_int_equal(sched.n_jobs, 2);
	die(w, 1, 2); /* a crash is one as well */
	done(w, 0, 2, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_COUNT);
	advance(w);
	done(w, 0, 3, PTPAR_RANK_PASSED);
	done(w, 2, 3, PTPAR_RANK_PASSED);
	assert_int_equal(w->outcomes[0], OUTCOME_PASSED);
	assert_int_equal(w->attempts[0], 3);
	assert_int_equal(w->n_retried, 2);
	assert_int_equal(dispatch_remaining(w->d), 0);
}

static void when_the_retries_are_used_up_it_is_the_last(void **state)
{
	struct world *w = *state;

	add_test(w, 1, 0);
	add_test(w, 1, 0);
	w->tests.tests[0].retries = 1;
	start(w);
	done(w, 0, 1, PTPAR_RANK_FAILED);
	done(w, 1, 2, PTPAR_RANK_SKIPPED); /* nothing to be tried again */
	advance(w);
	done(w, 0, 3, PTPAR_RANK_FAILED);
	assert_int_equal(w->outcomes[0], OUTCOME_FAILED);
	assert_int_equal(w->attempts[0], 2);
	assert_int_equal(w->outcomes[1], OUTCOME_SKIPPED);
	assert_int_equal(dispatch_bad(w->d), 1);
	assert_int_equal(dispatch_remaining(w->d), 0);
}

/* Who has stopped the run does not want to see it go on. */
static void a_run_that_stops_tries_nothing_again(void **state)
{
	struct world *w = *state;

	add_test(w, 1, 0);
	w->tests.tests[0].retries = 1;
	start(w);
	dispatch_cancel(w->d, "enough");
	done(w, 0, 1, PTPAR_RANK_FAILED);
	assert_int_equal(w->outcomes[0], OUTCOME_FAILED);
	assert_int_equal(dispatch_remaining(w->d), 0);
}

static void the_others_come_when_the_first_have_started(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 6; i++) {
		add_test(w, i == 1 ? 5 : i == 2 ? 2 : 1, 0); /* the second one is too wide: it is skipped */
		w->tests.tests[i].comes_first = i < 4;
	}
	w->settings.max_fail = 100; /* nothing is sent ahead */
	start(w);
	assert_int_equal(w->outcomes[1], OUTCOME_SKIPPED);
	/* One on the first slot, one on the others; the third one has to wait. */
	assert_int_equal(sched.n_jobs, 3);
	done(w, 0, 1, PTPAR_RANK_PASSED);
	advance(w);
	assert_int_equal(sched.n_jobs, 5);
	for (int slot = 0; slot < SLOTS; slot++)
		done(w, slot, slot == 0 ? 3 : 2, PTPAR_RANK_PASSED);
	advance(w);
	done(w, 0, 4, PTPAR_RANK_PASSED);
	done(w, 1, 5, PTPAR_RANK_PASSED);
	assert_int_equal(dispatch_remaining(w->d), 0);
}

static void cancelling_leaves_what_runs(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 5; i++)
		add_test(w, 1, 0);
	start(w);
	dispatch_cancel(w->d, "enough");
	assert_int_equal(dispatch_remaining(w->d), SLOTS);
	assert_int_equal(w->outcomes[4], OUTCOME_NOT_RUN);
	assert_string_equal(w->reasons[4], "enough");
	for (int i = 0; i < SLOTS; i++)
		done(w, i, (uint64_t)i + 1, PTPAR_RANK_PASSED);
	assert_int_equal(dispatch_remaining(w->d), 0);
	assert_int_equal(w->outcomes[0], OUTCOME_PASSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_test_passes_when_all_ranks_pass),
		TEST(one_rank_fails_the_test),
		TEST(what_cannot_run_gets_its_outcome_at_once),
		TEST(groups_are_told_once),
		TEST(the_window_opens_when_tests_are_short),
		TEST(a_crash_is_the_tests_and_others_are_called_off),
		TEST(a_death_between_tests_is_nobodys),
		TEST(who_cannot_be_talked_to_is_ended),
		TEST(who_has_ended_before_that_is_told_so),
		TEST(who_goes_with_the_pool_is_not_blamed),
		TEST(who_waits_for_the_dead_is_collateral),
		TEST(a_slow_test_loses_its_queue),
		TEST(nothing_is_lost_by_recalls),
		TEST(time_is_up),
		TEST(a_deadlock_is_ended),
		TEST(a_deadlock_by_a_failed_setup_is_an_error),
		TEST(a_straggler_of_a_failed_teardown_is_an_error),
		TEST(a_straggler_that_crashes_has_crashed),
		TEST(who_moves_is_not_deadlocked),
		TEST(a_bad_end_is_not_the_last_while_there_are_retries),
		TEST(when_the_retries_are_used_up_it_is_the_last),
		TEST(a_run_that_stops_tries_nothing_again),
		TEST(the_others_come_when_the_first_have_started),
		TEST(cancelling_leaves_what_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
