/* test_batch.c - the way of a job from its submission to its end, with a batch system that says what the test wants
 * and commands that run when the test wants. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/common/alloc.h"
#include "core/ptpar/batch.h"

struct world {
	struct settings settings;
	struct tests tests;
	struct channel home_channel, agent_channel;
	struct peer home, agent;
	struct batch *batch;
	struct wire_decoder decoder;
	size_t read; /* of what went to home */
	uint64_t id; /* of the last command */
	double time;
	char waiting[256], status[256], warning[512];
};

static struct ptpar_batch_status next_status;

/* --- the batch system ------------------------------------------------------------------------------------- */

static int mock_open(const struct ptpar_batch_host *host, const struct ptpar_batch_request *request,
		     struct ptpar_batch_plan *plan, void **state, struct ptpar_error *err)
{
	(void)err;
	assert_non_null(host->option);
	assert_int_equal(request->processes, 4);
	*plan = (struct ptpar_batch_plan){ .launcher = "srun", .flags = PTPAR_SCHEDULER_ISOLATES };
	*state = &next_status;
	return 0;
}

static const char *mock_script(void *state)
{
	(void)state;
	return "script";
}

static const char *const *mock_submit(void *state)
{
	static const char *const argv[] = { "submit", NULL };

	(void)state;
	return argv;
}

static int mock_submitted(void *state, int status, const char *output, char *job, uint32_t job_size,
			  struct ptpar_error *err)
{
	(void)state;
	if (status != 0) {
		snprintf(err->text, sizeof(err->text), "refused: %s", output);
		return -EIO;
	}
	snprintf(job, job_size, "%s", output);
	return 0;
}

static void mock_adopt(void *state, const char *job)
{
	(void)state;
	(void)job;
}

static const char *const *mock_poll(void *state)
{
	static const char *const argv[] = { "poll", NULL };

	(void)state;
	return argv;
}

static void mock_polled(void *state, int status, const char *output, struct ptpar_batch_status *answer)
{
	(void)state;
	(void)status;
	(void)output;
	*answer = next_status;
}

static const char *const *mock_cancel(void *state)
{
	static const char *const argv[] = { "cancel", NULL };

	(void)state;
	return argv;
}

static void mock_close(void *state)
{
	(void)state;
}

static const struct ptpar_batch mock = {
	.size = sizeof(struct ptpar_batch),
	.open = mock_open,
	.script = mock_script,
	.submit = mock_submit,
	.submitted = mock_submitted,
	.adopt = mock_adopt,
	.poll = mock_poll,
	.polled = mock_polled,
	.cancel = mock_cancel,
	.close = mock_close,
};
static const struct ptpar_scheduler scheduler = { .head = PTPAR_SCHEDULER_HEAD("mock", "for tests"),
						  .batch = &mock };

/* --- the core --------------------------------------------------------------------------------------------- */

static void on_event(void *ctx, const struct event *e)
{
	struct world *w = ctx;

	if (e->kind == EVENT_WAITING)
		snprintf(w->waiting, sizeof(w->waiting), "%s", e->waiting.text);
	else if (e->kind == EVENT_STATUS)
		snprintf(w->status, sizeof(w->status), "%s", e->status);
	else if (e->kind == EVENT_WARNING)
		snprintf(w->warning, sizeof(w->warning), "%s", e->warning);
}

static double now_of(void *ctx)
{
	return ((struct world *)ctx)->time;
}

static struct peer *home_of(void *ctx)
{
	return &((struct world *)ctx)->home;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct batch_config config = { .scheduler = &scheduler,
				       .settings = &w->settings,
				       .ctx = w,
				       .emit = on_event,
				       .now = now_of,
				       .home = home_of };
	struct ptpar_error err;

	wire_decoder_init(&w->decoder);
	w->settings.n_workers = 4;
	w->home.channel = &w->home_channel;
	w->agent = (struct peer){ .channel = &w->agent_channel, .role = WIRE_AGENT, .pool = WIRE_JOB_POOL };
	next_status = (struct ptpar_batch_status){ .state = PTPAR_BATCH_PENDING, .reason = "Resources" };
	w->batch = batch_open(&config, &err);
	assert_non_null(w->batch);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	batch_free(w->batch);
	buffer_free(&w->home_channel.out);
	buffer_free(&w->agent_channel.out);
	wire_decoder_destroy(&w->decoder);
	free(w);
	return 0;
}

/* The command that home was told to run since the last look; "": none; "kill": to end that. */
static const char *command(struct world *w)
{
	const struct buffer *out = &w->home_channel.out;
	struct wire_message m;
	int64_t n = w->read < out->len ? wire_frame(out->data + w->read, out->len - w->read) : 0;

	if (n <= 0)
		return "";
	assert_int_equal(wire_decode(&w->decoder, out->data + w->read, (size_t)n, &m, NULL), 0);
	w->read += (size_t)n;
	if (m.number == WIRE_SIGNAL)
		return "kill";
	assert_int_equal(m.number, WIRE_RUN_COMMAND);
	w->id = m.run_command.id;
	return m.run_command.argv.items[0];
}

static void answer(struct world *w, int status, const char *output)
{
	batch_answer(w->batch, &(struct wire_answer){ w->id, .status = (uint64_t)status,
						      .output = { output, strlen(output) } });
}

static void submit(struct world *w)
{
	batch_submit(w->batch, &w->tests, "here");
	assert_string_equal(command(w), "submit");
	answer(w, 0, "4711");
}

/* Goes on until it asks, which it must within so many seconds, and answers. */
static void poll_within(struct world *w, double seconds, enum ptpar_batch_state state, const char *reason)
{
	double end = w->time + seconds;
	const char *c;

	while (batch_step(w->batch), c = command(w), *c == '\0') {
		assert_true(w->time < end);
		w->time += 0.25;
	}
	assert_string_equal(c, "poll");
	next_status.state = state;
	snprintf(next_status.reason, sizeof(next_status.reason), "%s", reason);
	answer(w, 0, "");
}

static void join(struct world *w)
{
	assert_true(batch_hello(w->batch, &w->agent));
	assert_false(batch_is_ready(w->batch));
	assert_true(batch_joined(w->batch, &w->agent, &(struct wire_joined){ .host = "node1", .cwd = "/" }));
}

/* --- tests ------------------------------------------------------------------------------------------------ */

static void goes_well(void **state)
{
	struct world *w = *state;

	submit(w);
	assert_string_equal(w->waiting, "job 4711 pending");
	poll_within(w, 2, PTPAR_BATCH_PENDING, "Resources");
	assert_string_equal(w->waiting, "job 4711 pending (Resources)");
	poll_within(w, 2, PTPAR_BATCH_RUNNING, "");
	assert_string_equal(w->waiting, "job 4711 has begun");
	join(w);
	assert_true(batch_is_ready(w->batch));
	assert_ptr_equal(batch_agent(w->batch), &w->agent);
	assert_string_equal(w->waiting, "");
	assert_null(batch_fault(w->batch));
}

static void agent_is_faster_than_the_command(void **state)
{
	struct world *w = *state;

	batch_submit(w->batch, &w->tests, "here");
	assert_string_equal(command(w), "submit");
	join(w);
	assert_false(batch_is_ready(w->batch));
	answer(w, 0, "4711");
	assert_true(batch_is_ready(w->batch));
}

static void asks_politely(void **state)
{
	struct world *w = *state;
	unsigned polls = 0;

	submit(w);
	for (; w->time < 600; w->time += 0.25) {
		batch_step(w->batch);
		if (strcmp(command(w), "poll") == 0) {
			polls++;
			answer(w, 0, "");
		}
	}
	assert_in_range(polls, 40, 60);
}

static void is_refused(void **state)
{
	struct world *w = *state;

	batch_submit(w->batch, &w->tests, "here");
	command(w);
	answer(w, 1 << 8, "no such queue");
	assert_true(batch_is_over(w->batch));
	assert_string_equal(batch_fault(w->batch), "refused: no such queue");
	assert_false(batch_cancel(w->batch));
}

static void script_ends(void **state)
{
	struct world *w = *state;
	struct wire_joined m = { .status = 3, .said = { "no module\n", 10 } };

	submit(w);
	batch_hello(w->batch, &w->agent);
	batch_joined(w->batch, &w->agent, &m);
	assert_true(batch_is_over(w->batch));
	assert_non_null(strstr(batch_fault(w->batch), "ended with status 3"));
	assert_non_null(strstr(batch_fault(w->batch), "no module"));
}

static void suite_is_missing(void **state)
{
	struct world *w = *state;
	static const char *const missing[] = { "a.so", "b.so" };
	struct wire_joined m = { .host = "node7", .cwd = "/home", .missing = { missing, 2 } };

	submit(w);
	batch_hello(w->batch, &w->agent);
	batch_joined(w->batch, &w->agent, &m);
	assert_non_null(strstr(batch_fault(w->batch), "on node7 there is no a.so, nor others (in /home)"));
}

static void ends_before_its_agent_is_there(void **state)
{
	struct world *w = *state;

	submit(w);
	poll_within(w, 2, PTPAR_BATCH_ENDED, "FAILED");
	assert_true(batch_is_over(w->batch));
	assert_non_null(strstr(batch_fault(w->batch), "FAILED. Can the nodes of the job reach ptpar at here?"));
}

static void is_cancelled_while_pending(void **state)
{
	struct world *w = *state;

	submit(w);
	poll_within(w, 2, PTPAR_BATCH_KILLED, "CANCELLED");
	assert_true(batch_is_over(w->batch));
	assert_int_equal(batch_outcome(w->batch), OUTCOME_NOT_RUN);
	assert_string_equal(batch_end(w->batch), "job 4711 has ended: CANCELLED");
	assert_null(batch_fault(w->batch));
}

/* Its agent goes, and it takes some time until anybody knows why. */
static void ends_while_tests_run(void **state)
{
	static const struct {
		enum ptpar_batch_state state;
		enum outcome outcome;
		const char *end;
	} cases[] = {
		{ PTPAR_BATCH_TIMED_OUT, OUTCOME_TIMEOUT, "the time of job 4711 was up: WHY" },
		{ PTPAR_BATCH_KILLED, OUTCOME_CRASHED, "job 4711 has ended: WHY" },
		{ PTPAR_BATCH_ENDED, OUTCOME_CRASHED, "job 4711 has ended: WHY" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world *w = *state;

		submit(w);
		join(w);
		w->agent.channel = NULL;
		batch_gone(w->batch, &w->agent, false);
		assert_true(batch_is_doubtful(w->batch));
		assert_null(batch_agent(w->batch));
		poll_within(w, 1, PTPAR_BATCH_ENDING, "COMPLETING");
		assert_false(batch_is_over(w->batch));
		poll_within(w, 1, PTPAR_BATCH_UNKNOWN, "nobody answers");
		assert_false(batch_is_over(w->batch));
		poll_within(w, 1, cases[i].state, "WHY");
		assert_true(batch_is_over(w->batch));
		assert_int_equal(batch_outcome(w->batch), cases[i].outcome);
		assert_string_equal(batch_end(w->batch), cases[i].end);
		tear_down(state);
		set_up(state);
	}
}

static void nobody_says_why(void **state)
{
	struct world *w = *state;

	submit(w);
	join(w);
	batch_gone(w->batch, &w->agent, false);
	for (int i = 0; i < 80; i++)
		poll_within(w, 1, PTPAR_BATCH_UNKNOWN, "connect failure");
	assert_false(batch_is_over(w->batch));
	w->time += 60;
	batch_step(w->batch);
	assert_true(batch_is_over(w->batch));
	assert_non_null(strstr(batch_end(w->batch), "nobody says why: connect failure"));
}

/* The controller is away for ten minutes: the agent works. */
static void nobody_answers(void **state)
{
	struct world *w = *state;

	submit(w);
	join(w);
	for (; w->time < 600; w->time += 1) {
		const char *c;

		batch_step(w->batch);
		c = command(w);
		if (strcmp(c, "kill") == 0) {
			next_status.state = PTPAR_BATCH_UNKNOWN;
			answer(w, 9, "");
		}
	}
	assert_true(batch_is_ready(w->batch));
	assert_false(batch_is_doubtful(w->batch));
}

/* Processes have died: by themselves, or is the job about to end? */
static void doubt(void **state)
{
	struct world *w = *state;

	submit(w);
	join(w);
	batch_doubt(w->batch);
	assert_true(batch_is_doubtful(w->batch));
	poll_within(w, 1, PTPAR_BATCH_RUNNING, "");
	assert_false(batch_is_doubtful(w->batch));
	batch_doubt(w->batch);
	poll_within(w, 1, PTPAR_BATCH_ENDING, "");
	assert_true(batch_is_doubtful(w->batch));
	poll_within(w, 1, PTPAR_BATCH_KILLED, "CANCELLED");
	assert_true(batch_is_over(w->batch));
}

/* An answer to a question from before the doubt does not dispel it. */
static void doubt_behind_a_question(void **state)
{
	struct world *w = *state;

	submit(w);
	join(w);
	w->time += 20;
	batch_step(w->batch);
	assert_string_equal(command(w), "poll");
	batch_doubt(w->batch);
	next_status.state = PTPAR_BATCH_RUNNING;
	answer(w, 0, "");
	assert_true(batch_is_doubtful(w->batch));
	poll_within(w, 1, PTPAR_BATCH_RUNNING, "");
	assert_false(batch_is_doubtful(w->batch));
}

static void doubt_that_nobody_dispels(void **state)
{
	struct world *w = *state;

	submit(w);
	join(w);
	batch_doubt(w->batch);
	batch_step(w->batch);
	assert_string_equal(command(w), "poll");
	w->time += 11;
	batch_step(w->batch);
	assert_false(batch_is_doubtful(w->batch));
}

static void cancelling(void **state)
{
	struct world *w = *state;

	submit(w);
	assert_true(batch_cancel(w->batch));
	assert_true(batch_is_busy(w->batch));
	assert_string_equal(command(w), "cancel");
	answer(w, 0, "");
	assert_false(batch_is_busy(w->batch));
	assert_true(batch_is_over(w->batch));
	assert_string_equal(w->status, "job 4711 was cancelled");
}

/* While it is being submitted there is nothing to cancel yet; a question is not waited for. */
static void cancelling_early(void **state)
{
	struct world *w = *state;

	batch_submit(w->batch, &w->tests, "here");
	assert_string_equal(command(w), "submit");
	assert_true(batch_cancel(w->batch));
	assert_string_equal(command(w), "");
	answer(w, 0, "4711");
	batch_step(w->batch);
	assert_string_equal(command(w), "cancel");
	answer(w, 1 << 8, "denied\nmore");
	assert_string_equal(w->status, "job 4711 could not be cancelled: denied");
}

static void cancelling_during_a_question(void **state)
{
	struct world *w = *state;

	submit(w);
	w->time += 2;
	batch_step(w->batch);
	assert_string_equal(command(w), "poll");
	batch_cancel(w->batch);
	assert_string_equal(command(w), "kill");
	answer(w, 9, "");
	batch_step(w->batch);
	assert_string_equal(command(w), "cancel");
}

/* Home is killed, and another one started. */
static void home_dies(void **state)
{
	struct world *w = *state;

	submit(w);
	w->time += 2;
	batch_step(w->batch);
	assert_string_equal(command(w), "poll");
	next_status.state = PTPAR_BATCH_UNKNOWN;
	w->home.channel = NULL;
	batch_gone(w->batch, &w->home, true);
	batch_step(w->batch);
	assert_string_equal(command(w), "");
	w->home.channel = &w->home_channel;
	poll_within(w, 3, PTPAR_BATCH_RUNNING, "");
}

static void strangers(void **state)
{
	struct world *w = *state;
	struct peer other = { .channel = &w->agent_channel, .role = WIRE_AGENT };

	submit(w);
	assert_false(batch_hello(w->batch, &other));
	join(w);
	other.pool = WIRE_JOB_POOL; /* a second one of the job */
	assert_true(batch_hello(w->batch, &other));
	assert_ptr_equal(batch_agent(w->batch), &w->agent);
	batch_gone(w->batch, &other, false);
	assert_true(batch_is_ready(w->batch));
}

static void alone(void **state)
{
	struct world *w = *state;
	static const char *const words[] = { "ptpar", NULL };

	batch_submit_alone(w->batch, words, "/out");
	assert_string_equal(command(w), "submit");
	assert_true(batch_is_busy(w->batch));
	answer(w, 0, "4711");
	assert_true(batch_is_over(w->batch));
	assert_null(batch_fault(w->batch));
	assert_string_equal(batch_job(w->batch), "4711");
	assert_false(batch_cancel(w->batch));
}

static void alone_and_cancelled(void **state)
{
	struct world *w = *state;
	static const char *const words[] = { "ptpar", NULL };

	batch_submit_alone(w->batch, words, "/out");
	command(w);
	batch_cancel(w->batch);
	answer(w, 0, "4711");
	batch_step(w->batch);
	assert_string_equal(command(w), "cancel");
	answer(w, 0, "");
	assert_true(batch_is_over(w->batch));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goes_well),
		TEST(agent_is_faster_than_the_command),
		TEST(asks_politely),
		TEST(is_refused),
		TEST(script_ends),
		TEST(suite_is_missing),
		TEST(ends_before_its_agent_is_there),
		TEST(is_cancelled_while_pending),
		TEST(ends_while_tests_run),
		TEST(nobody_says_why),
		TEST(nobody_answers),
		TEST(doubt),
		TEST(doubt_behind_a_question),
		TEST(doubt_that_nobody_dispels),
		TEST(cancelling),
		TEST(cancelling_early),
		TEST(cancelling_during_a_question),
		TEST(home_dies),
		TEST(strangers),
		TEST(alone),
		TEST(alone_and_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
