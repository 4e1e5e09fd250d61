/* batch.c - a state machine: each state waits for the answer to a command, or for the job's agent. */
#include "core/ptpar/batch.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/install.h"
#include "core/common/worker_env.h"
#include "core/ptpar/batch_system.h"
#include "core/ptpar/sections.h"

/* A command is killed that takes longer, seconds: squeue waits for a controller that does not answer. */
static const double COMMAND_TIMEOUT = 60;
/* Between two questions how the job does, seconds: from, to; and growing so. */
static const double POLL_FIRST = 1, POLL_LAST = 15, POLL_GROWTH = 1.25;
/* When its agent has gone: Slurm gives what it kills 30 s to end by itself, and tells the reason then. */
static const double DOUBT_POLL = 0.5, DOUBT_TIMEOUT = 90;
/* While it is there, nobody waits so long for an answer. */
static const double ASK_TIMEOUT = 10;

enum state {
	STATE_NEW,
	STATE_SUBMITTING, /* its number is awaited */
	STATE_WAITING,    /* for its agent */
	STATE_JOINING,    /* the agent is there, and looks for the suites */
	STATE_READY,
	STATE_DOUBTFUL, /* its agent has gone, nobody knows why */
	STATE_OVER,
};

enum command { COMMAND_NONE, COMMAND_SUBMIT, COMMAND_POLL, COMMAND_CANCEL };

struct batch {
	struct batch_config config;
	struct batch_system *system;
	const char *join[3]; /* what the job does in the end */
	const struct tests *tests;
	const char *address;

	enum state state;
	enum command command; /* under way */
	uint64_t last_id;     /* of a command */
	double command_due;   /* when it is killed */
	bool is_alone;        /* the job needs nobody here */
	bool cancels;         /* the job is to be cancelled as soon as that is possible */
	char job[64];         /* its number; "": there is none yet */
	struct peer *agent;
	bool is_joined; /* that has found all that it needs */
	double submitted_at, next_poll, poll_every, doubtful_since;
	bool is_asked;                    /* whether it has ended, though its agent is there */
	uint64_t asked_after;             /* by commands behind that one */
	struct ptpar_batch_status status; /* as far as is known */
	char *told;                       /* the last EVENT_WAITING, or NULL */
	char *end;
	enum outcome outcome;
	struct ptpar_error fault;
};

/* What the job needs of the environment, whatever else the user has sent there. */
static const char *const environment[] = { ENV_ADDRESS,     ENV_TOKEN,   ENV_THREAD_LEVEL,  ENV_TRANSPORTS,
					   ENV_PLUGIN_PATH, ENV_CAPTURE, "PTPAR_TRANSPORT", NULL };
static const char *const environment_alone[] = { ENV_PLUGIN_PATH, "PTPAR_TRANSPORT", NULL };

static double now_of(const struct batch *b)
{
	return b->config.now(b->config.ctx);
}

/* --- opening ------------------------------------------------------------------------------------------------ */

static void warn(void *ctx, const char *text)
{
	struct batch *b = ctx;

	b->config.emit(b->config.ctx, &(struct event){ .kind = EVENT_WARNING, .time = now_of(b), .warning = text });
}

struct batch *batch_open(const struct batch_config *config, struct ptpar_error *err)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->config = *config;
	b->join[0] = install_helper("ptpar-agent");
	b->join[1] = "--join";
	if (config->settings->n_workers == 0)
		ptpar_fail(err, -EINVAL,
			   "--scheduler=%s: for how many processes? Give -n N: its job has so much room",
			   config->scheduler->head.name);
	else
		b->system = batch_system_open(config->scheduler, config->settings, warn, b, err);
	if (b->system == NULL) {
		free(b);
		return NULL;
	}
	b->system->request.join = b->join;
	b->system->request.environment = environment;
	return b;
}

void batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	batch_system_close(b->system);
	free(b->told);
	free(b->end);
	free(b);
}

enum launcher batch_launcher(const struct batch *b)
{
	return b->system->launcher;
}

uint32_t batch_flags(const struct batch *b)
{
	return b->system->plan.flags;
}

/* --- telling ------------------------------------------------------------------------------------------------ */

/* Takes text; NULL: it waits no longer. */
static void tell_waiting(struct batch *b, char *text)
{
	struct event e = { .kind = EVENT_WAITING, .time = now_of(b) };

	if ((text == NULL && b->told == NULL) || (text != NULL && b->told != NULL && strcmp(text, b->told) == 0)) {
		free(text);
		return;
	}
	free(b->told);
	b->told = text;
	e.waiting = (struct event_waiting){ text != NULL ? text : "", b->submitted_at };
	b->config.emit(b->config.ctx, &e);
}

static void tell_state(struct batch *b)
{
	if (b->state != STATE_WAITING)
		tell_waiting(b, NULL);
	else if (b->status.state == PTPAR_BATCH_RUNNING)
		tell_waiting(b, xasprintf("job %s has begun", b->job));
	else if (b->status.state == PTPAR_BATCH_UNKNOWN && b->status.reason[0] != '\0')
		tell_waiting(b, xasprintf("job %s: %s", b->job, b->status.reason));
	else if (b->status.state == PTPAR_BATCH_PENDING && b->status.reason[0] != '\0')
		tell_waiting(b, xasprintf("job %s pending (%s)", b->job, b->status.reason));
	else
		tell_waiting(b, xasprintf("job %s pending", b->job));
}

static void end(struct batch *b, enum outcome outcome, char *text)
{
	b->state = STATE_OVER;
	b->outcome = outcome;
	free(b->end);
	b->end = text;
	tell_state(b);
}

/* --- commands ----------------------------------------------------------------------------------------------- */

static void run(struct batch *b, enum command command, const char *const *argv, const char *input)
{
	struct peer *home = b->config.home(b->config.ctx);
	size_t n = 0;

	if (home == NULL || home->channel == NULL || argv == NULL)
		return; /* again in the next step */
	while (argv[n] != NULL)
		n++;
	b->command = command;
	b->command_due = now_of(b) + COMMAND_TIMEOUT;
	wire_put_run_command(&home->channel->out,
			     &(struct wire_run_command){ .id = ++b->last_id,
							 .secret = command == COMMAND_SUBMIT && !b->is_alone,
							 .argv = { argv, n },
							 .input = input });
}

/* The next one that is due. */
static void run_next(struct batch *b)
{
	if (b->command != COMMAND_NONE)
		return;
	if (b->state == STATE_SUBMITTING)
		run(b, COMMAND_SUBMIT, b->system->does->submit(b->system->plugin),
		    b->system->does->script(b->system->plugin));
	else if (b->cancels && b->state != STATE_OVER)
		run(b, COMMAND_CANCEL, b->system->does->cancel(b->system->plugin), NULL);
	else if (b->state >= STATE_WAITING && b->state < STATE_OVER && b->next_poll <= now_of(b))
		run(b, COMMAND_POLL, b->system->does->poll(b->system->plugin), NULL);
}

static void kill_command(struct batch *b)
{
	struct peer *home = b->config.home(b->config.ctx);

	b->command_due = INFINITY;
	if (home != NULL && home->channel != NULL)
		wire_put_signal(&home->channel->out,
				&(struct wire_signal){ .role = WIRE_COMMAND, .signal = SIGKILL });
}

/* --- answers ------------------------------------------------------------------------------------------------ */

static void refuse(struct batch *b, const char *format, const char *text)
{
	ptpar_fail(&b->fault, 0, format, text);
	end(b, OUTCOME_NOT_RUN, xstrdup(b->fault.text));
}

static void on_submitted(struct batch *b, int status, const char *output)
{
	struct ptpar_error why = { "" };

	/* Its agent may have been faster than the command. */
	b->state = b->agent == NULL ? STATE_WAITING : b->is_joined ? STATE_READY : STATE_JOINING;
	if (b->is_alone)
		b->state = b->cancels ? STATE_WAITING : STATE_OVER;
	if (b->system->does->submitted(b->system->plugin, status, output, b->job, sizeof(b->job), &why) < 0) {
		b->job[0] = '\0';
		refuse(b, "%s", why.text);
		return;
	}
	b->submitted_at = now_of(b);
	b->poll_every = POLL_FIRST;
	b->next_poll = b->submitted_at + POLL_FIRST;
	b->status.state = PTPAR_BATCH_PENDING;
	tell_state(b);
}

/* It has not got as far as to run a test. */
static void end_too_early(struct batch *b)
{
	ptpar_fail(&b->fault, 0,
		   "job %s has ended before its agent was there: %s. Can the nodes of the job reach ptpar at %s? "
		   "--host says another address",
		   b->job, b->status.reason, b->address);
	end(b, OUTCOME_NOT_RUN, xstrdup(b->fault.text));
}

static void on_polled(struct batch *b)
{
	bool was_there = b->state == STATE_READY || b->state == STATE_DOUBTFUL;

	bool is_over = b->status.state == PTPAR_BATCH_TIMED_OUT || b->status.state == PTPAR_BATCH_KILLED ||
		       (b->status.state == PTPAR_BATCH_ENDED && was_there);
	enum outcome outcome;
	char *text = is_over ? batch_tell_end(b->job, &b->status, &outcome) : NULL;

	if (text != NULL)
		end(b, was_there ? outcome : OUTCOME_NOT_RUN, text);
	else if (b->status.state == PTPAR_BATCH_ENDED && b->agent == NULL)
		end_too_early(b);
	else
		tell_state(b);
	if (b->is_asked && b->last_id > b->asked_after && b->status.state == PTPAR_BATCH_RUNNING)
		b->is_asked = false;
	b->poll_every = fmin(b->poll_every * POLL_GROWTH, POLL_LAST);
	b->next_poll = now_of(b) + (batch_is_doubtful(b) ? DOUBT_POLL : b->poll_every);
}

static void on_cancelled(struct batch *b, int status, const char *output)
{
	char *text = status == 0 ? xasprintf("job %s was cancelled", b->job)
				 : xasprintf("job %s could not be cancelled: %.*s", b->job,
					     (int)strcspn(output, "\n"), output);

	b->cancels = false;
	end(b, OUTCOME_CRASHED, xstrdup(text));
	b->config.emit(b->config.ctx, &(struct event){ .kind = EVENT_STATUS, .time = now_of(b), .status = text });
	free(text);
}

static void answer(struct batch *b, int status, const char *output)
{
	enum command command = b->command;

	b->command = COMMAND_NONE;
	if (command == COMMAND_SUBMIT) {
		on_submitted(b, status, output);
	} else if (command == COMMAND_CANCEL) {
		on_cancelled(b, status, output);
	} else if (command == COMMAND_POLL && b->state != STATE_OVER) {
		b->system->does->polled(b->system->plugin, status, output, &b->status);
		on_polled(b);
	}
}

void batch_answer(struct batch *b, const struct wire_answer *m)
{
	char *output;

	if (b->command == COMMAND_NONE || m->id != b->last_id)
		return;
	output = xstrndup(m->output.n > 0 ? m->output.data : "", m->output.n);
	answer(b, (int)m->status, output);
	free(output);
}

/* --- the job's agent ---------------------------------------------------------------------------------------- */

/* Those that a source opens; sections of the configuration are no files. */
static void ask_for_suites(struct batch *b)
{
	const char **paths = xcalloc(b->tests->n_suites + 1, sizeof(*paths));
	size_t n = 0;

	for (size_t i = 0; i < b->tests->n_suites; i++)
		if (sections_find(b->config.settings, b->tests->suites[i].path) == NULL)
			paths[n++] = b->tests->suites[i].path;
	wire_put_inspect(&b->agent->channel->out, &(struct wire_inspect){ .paths = { paths, n } });
	free(paths);
}

bool batch_hello(struct batch *b, struct peer *peer)
{
	if (peer->role != WIRE_AGENT || peer->pool != WIRE_JOB_POOL)
		return false;
	if (b->agent != NULL || b->state > STATE_WAITING || b->tests == NULL) {
		wire_put_leave(&peer->channel->out, &(struct wire_leave){ 0 });
		return true;
	}
	b->agent = peer;
	if (b->state == STATE_WAITING)
		b->state = STATE_JOINING;
	ask_for_suites(b);
	return true;
}

/* Without the line ends behind it; "" if it was nothing. To be freed. */
static char *take_said(const struct wire_joined *m)
{
	size_t n = m->said.n;

	while (n > 0 && (m->said.data[n - 1] == '\n' || m->said.data[n - 1] == ' '))
		n--;
	return xstrndup(n > 0 ? m->said.data : "", n);
}

static void tell_said(struct batch *b, const char *said)
{
	char *text = xasprintf("the job's script has said: %s", said);

	if (*said != '\0')
		warn(b, text);
	free(text);
}

static char *tell_missing(const struct wire_joined *m)
{
	const char *host = m->host != NULL ? m->host : "the node", *cwd = m->cwd != NULL ? m->cwd : "";

	return xasprintf("on %s there is no %s%s (in %s): the job needs the files that are here: keep them in a "
			 "directory that the nodes share, and start ptpar there",
			 host, m->missing.items[0], m->missing.n > 1 ? ", nor others" : "", cwd);
}

bool batch_joined(struct batch *b, const struct peer *peer, const struct wire_joined *m)
{
	char *said, *why = NULL;

	if (b->agent == NULL || peer != b->agent)
		return false;
	said = take_said(m);
	if (m->status != 0)
		why = xasprintf(
			"the job's script has ended with status %u before it had started ptpar's agent. It has "
			"said: %s",
			(unsigned)m->status & 255, *said != '\0' ? said : "nothing");
	else
		tell_said(b, said);
	if (m->status == 0 && m->missing.n > 0)
		why = tell_missing(m);
	b->is_joined = why == NULL;
	if (why != NULL)
		refuse(b, "%s", why);
	free(why);
	free(said);
	if (b->is_joined && b->state == STATE_JOINING)
		b->state = STATE_READY;
	tell_state(b);
	return true;
}

void batch_gone(struct batch *b, const struct peer *peer, bool is_home)
{
	if (is_home && b->command != COMMAND_NONE)
		answer(b, SIGKILL, "ptpar's agent has ended while the command ran");
	if (b->agent == NULL || peer != b->agent)
		return;
	b->agent = NULL;
	if (b->state == STATE_JOINING || b->state == STATE_READY) {
		b->state = STATE_DOUBTFUL;
		b->doubtful_since = b->next_poll = now_of(b);
	}
}

void batch_doubt(struct batch *b)
{
	if (b->state != STATE_READY || b->is_asked)
		return;
	b->is_asked = true;
	b->asked_after = b->last_id;
	b->doubtful_since = b->next_poll = now_of(b);
}

/* --- from outside ------------------------------------------------------------------------------------------- */

void batch_submit(struct batch *b, const struct tests *tests, const char *address)
{
	b->tests = tests;
	b->address = address;
	b->state = STATE_SUBMITTING;
	run_next(b);
}

void batch_submit_alone(struct batch *b, const char *const *join, const char *output)
{
	b->is_alone = true;
	b->system->request.join = join;
	b->system->request.output = output;
	b->system->request.environment = environment_alone;
	b->state = STATE_SUBMITTING;
	run_next(b);
}

const char *batch_job(const struct batch *b)
{
	return b->job;
}

double batch_step(struct batch *b)
{
	double now = now_of(b), next = INFINITY;

	if (b->command != COMMAND_NONE && b->command_due <= now)
		kill_command(b);
	if (b->state == STATE_DOUBTFUL && b->doubtful_since + DOUBT_TIMEOUT <= now)
		end(b, OUTCOME_CRASHED,
		    xasprintf("job %s: its agent has gone, and nobody says why: %s", b->job, b->status.reason));
	if (b->is_asked && b->status.state != PTPAR_BATCH_ENDING && b->doubtful_since + ASK_TIMEOUT <= now)
		b->is_asked = false;
	run_next(b);
	if (b->command != COMMAND_NONE)
		next = b->command_due;
	else if (b->state >= STATE_SUBMITTING && b->state < STATE_OVER)
		next = fmax(b->next_poll, now + 0.05);
	/* Progress shows the time. */
	return b->told != NULL ? fmin(next, now + 1) : next;
}

bool batch_cancel(struct batch *b)
{
	bool there_is_one = b->state >= STATE_SUBMITTING && b->state < STATE_OVER;

	b->cancels = there_is_one;
	if (there_is_one && b->command == COMMAND_POLL)
		kill_command(b); /* it may take long */
	if (there_is_one)
		run_next(b);
	return there_is_one;
}

struct peer *batch_agent(const struct batch *b)
{
	return b->agent != NULL && b->agent->channel != NULL && b->state == STATE_READY ? b->agent : NULL;
}

bool batch_is_busy(const struct batch *b)
{
	return b->state == STATE_SUBMITTING || b->cancels;
}

bool batch_is_ready(const struct batch *b)
{
	return b->state == STATE_READY;
}

bool batch_is_doubtful(const struct batch *b)
{
	return b->state == STATE_DOUBTFUL || (b->state == STATE_READY && b->is_asked);
}

bool batch_is_over(const struct batch *b)
{
	return b->state == STATE_OVER;
}

const char *batch_end(const struct batch *b)
{
	return b->end;
}

enum outcome batch_outcome(const struct batch *b)
{
	return b->outcome;
}

const char *batch_fault(const struct batch *b)
{
	return b->fault.text[0] != '\0' ? b->fault.text : NULL;
}
