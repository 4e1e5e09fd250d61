/* attempt.c - most tests pass silently: nothing is allocated for them but the attempt itself. */
#include "core/ptpar/attempt.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/common/alloc.h"

struct attempt *attempt_new(uint64_t seq, struct test *test, const uint32_t *slots)
{
	uint32_t n = test_slots(test);
	struct attempt *a = xcalloc(1, sizeof(*a) + n * sizeof(*slots));

	a->seq = seq;
	a->test = test;
	a->np = test->np;
	a->n_slots = n;
	a->is_isolated = test->isolation != ISOLATION_NO;
	a->held = n;
	a->began = NAN;
	a->failed = NAN;
	a->watch.next = NAN;
	memcpy(a->slots, slots, n * sizeof(*slots));
	return a;
}

static void free_note(struct event_note *note)
{
	free((char *)note->file);
	free((char *)note->text);
}

static void forget_failures(struct rank_result *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_notes; i++)
		if (r->notes[i].kind == PTPAR_NOTE_FAILURE)
			free_note(&r->notes[i]);
		else
			r->notes[kept++] = r->notes[i];
	r->n_notes = kept;
}

void attempt_free(struct attempt *a)
{
	for (uint32_t i = 0; a->ranks != NULL && i < a->np; i++) {
		struct rank_result *r = &a->ranks[i];

		for (size_t k = 0; k < r->n_notes; k++)
			free_note(&r->notes[k]);
		free(r->notes);
		for (size_t k = 0; k < r->n_points; k++) {
			free((char *)r->points[k].name);
			free((char *)r->points[k].reason);
			free((char *)r->points[k].detail);
		}
		free(r->points);
		buffer_free(&r->output);
		where_free(&r->where);
	}
	free(a->watch.before);
	free(a->watch.ranks);
	free(a->ranks);
	free(a);
}

uint32_t attempt_rank_of(const struct attempt *a, uint32_t slot)
{
	uint32_t rank = 0;

	while (rank < a->np && a->slots[rank] != slot)
		rank++;
	return rank;
}

static struct rank_result *result_of(struct attempt *a, uint32_t rank)
{
	if (a->ranks == NULL)
		a->ranks = xcalloc(a->np, sizeof(*a->ranks)); /* outcome 0 is OUTCOME_PASSED */
	return &a->ranks[rank];
}

static void add_note(struct rank_result *r, struct event_note note)
{
	GROW(r->notes, r->n_notes, r->cap_notes);
	r->notes[r->n_notes++] = note;
}

static char *copy(const char *text)
{
	return text == NULL ? NULL : xstrdup(text);
}

void attempt_note(struct attempt *a, uint32_t rank, const struct wire_note *m)
{
	if (m->kind > PTPAR_NOTE_LOG || m->phase > PTPAR_PHASE_TEARDOWN)
		return; /* a test has got hold of its worker's connection */
	add_note(result_of(a, rank), (struct event_note){ .kind = (enum ptpar_note_kind)m->kind,
							  .phase = (enum ptpar_phase)m->phase,
							  .file = copy(m->file),
							  .line = (uint32_t)m->line,
							  .text = xstrdup(m->text == NULL ? "" : m->text) });
}

void attempt_point(struct attempt *a, uint32_t rank, const struct wire_point *m)
{
	struct rank_result *r = result_of(a, rank);

	GROW(r->points, r->n_points, r->cap_points);
	r->points[r->n_points++] = (struct ptpar_point){ .outcome = (enum ptpar_point_outcome)m->outcome,
							 .number = (uint32_t)m->number,
							 .depth = (uint32_t)m->depth,
							 .name = xstrdup(m->name == NULL ? "" : m->name),
							 .reason = copy(m->reason),
							 .detail = copy(m->detail),
							 .line = (uint32_t)m->line };
}

void attempt_remark(struct attempt *a, uint32_t rank, const struct wire_remark *m)
{
	add_note(result_of(a, rank), (struct event_note){ .kind = (enum ptpar_note_kind)m->kind,
							  .phase = PTPAR_PHASE_CALL,
							  .file = copy(m->file),
							  .line = (uint32_t)m->line,
							  .text = xstrdup(m->text == NULL ? "" : m->text) });
}

void attempt_seen(struct attempt *a, uint32_t rank, const struct wire_seen *m)
{
	where_set(&result_of(a, rank)->where, m);
}

static enum outcome outcome_of_rank(uint64_t reported)
{
	static const enum outcome outcomes[] = {
		[PTPAR_RANK_PASSED] = OUTCOME_PASSED,
		[PTPAR_RANK_FAILED] = OUTCOME_FAILED,
		[PTPAR_RANK_ERROR] = OUTCOME_ERROR,
		[PTPAR_RANK_SKIPPED] = OUTCOME_SKIPPED,
	};

	return reported < sizeof(outcomes) / sizeof(*outcomes) ? outcomes[reported] : OUTCOME_ERROR;
}

void attempt_done(struct attempt *a, uint32_t rank, const struct wire_done *m)
{
	/* Whole microseconds, as in the event log: what is made from the log again shall be the same. */
	double duration = ceil(m->duration * 1e6) / 1e6;

	a->done++;
	if (duration > a->longest)
		a->longest = duration;
	if (m->outcome == PTPAR_RANK_PASSED && m->output.n == 0 && a->ranks == NULL)
		return;
	result_of(a, rank)->outcome = outcome_of_rank(m->outcome);
	result_of(a, rank)->duration = duration;
	buffer_append(&result_of(a, rank)->output, m->output.data, m->output.n);
}

/* "in its setup", …; "" when it is not known. */
static const char *during(uint64_t phase)
{
	static const char *const words[] = { "on its way into or out of the test", "in its setup", "in its call",
					     "in its teardown", "while its suite was loaded" };

	return phase < sizeof(words) / sizeof(*words) ? words[phase] : "";
}

void attempt_describe_death(char *text, size_t size, const struct wire_exited *m)
{
	int status = (int)m->status, signal = WTERMSIG(status);

	if (m->begun == DEATH_UNSEEN)
		snprintf(text, size, "its process is lost: the agent that watched over it has ended");
	else if (WIFSIGNALED(status))
		snprintf(text, size, "its process was killed by signal %d (SIG%s, %s)", signal,
			 sigabbrev_np(signal) != NULL ? sigabbrev_np(signal) : "?", strsignal(signal));
	else
		snprintf(text, size, "its process exited with status %d", WEXITSTATUS(status));
}

/* Adds a note of the core's own: what, the phase and the call that it was in, why, the functions that led there. */
static void remark(struct rank_result *r, uint64_t phase, const char *what, const char *why)
{
	struct buffer text = { 0 };

	buffer_puts(&text, what);
	/* That it was in its call goes without saying. */
	if (phase != PTPAR_PHASE_CALL || r->where.text == NULL)
		buffer_printf(&text, "%s%s", during(phase)[0] != '\0' ? " " : "", during(phase));
	where_put_call(&text, &r->where);
	buffer_puts(&text, why);
	where_put_frames(&text, &r->where);
	buffer_putc(&text, '\0');
	add_note(r, (struct event_note){ .kind = PTPAR_NOTE_FAILURE,
					 .phase = phase > PTPAR_PHASE_TEARDOWN ? PTPAR_PHASE_NONE
									       : (enum ptpar_phase)phase,
					 .file = r->where.file == NULL ? NULL : xstrdup(r->where.file),
					 .line = r->where.line,
					 .text = text.data });
}

/* Has this rank noted a failure in its setup? It waits for the others then, who may have come to grief over it. */
static bool has_failed_setup(const struct rank_result *r)
{
	for (size_t i = 0; i < r->n_notes; i++)
		if (r->notes[i].kind == PTPAR_NOTE_FAILURE && r->notes[i].phase == PTPAR_PHASE_SETUP)
			return true;
	return false;
}

/* Has it died by itself, while others were ended because of another rank? */
static bool is_own_end(const struct wire_exited *m)
{
	int status = (int)m->status;

	return WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGKILL;
}

void attempt_lost(struct attempt *a, uint32_t rank, const struct wire_exited *m, const char *how,
		  struct where *where)
{
	struct rank_result *r = result_of(a, rank);
	bool is_own = a->calloff == CALLOFF_STRAGGLER && is_own_end(m);
	char text[128];

	a->done++;
	/* When it was asked before it was ended, it told more than it could in the end. */
	if (a->ending == ENDING_NOT || r->where.text == NULL || (is_own && where->text != NULL)) {
		where_free(&r->where);
		r->where = *where;
		*where = (struct where){ 0 };
	}
	switch (is_own ? CALLOFF_NONE : a->calloff) {
	case CALLOFF_NONE:
		r->outcome = OUTCOME_CRASHED;
		remark(r, m->phase, how, "");
		break;
	case CALLOFF_TIMEOUT:
		r->outcome = OUTCOME_TIMEOUT;
		snprintf(text, sizeof(text), ", after %g s: ended by ptpar", a->test->timeout);
		remark(r, m->phase, "still running", text);
		break;
	case CALLOFF_DEADLOCK:
		r->outcome = has_failed_setup(r) ? OUTCOME_ERROR : OUTCOME_TIMEOUT;
		remark(r, m->phase, "waits for ever", ": ended by ptpar");
		break;
	default:
		r->outcome = OUTCOME_TIMEOUT; /* the test has failed, by another rank: see merge() */
		remark(r, m->phase, "still running", ": ended by ptpar");
		break;
	}
	buffer_append(&r->output, m->output.data, m->output.n);
}

static struct event_note *last_failure(const struct rank_result *r)
{
	for (size_t i = r->n_notes; i > 0; i--)
		if (r->notes[i - 1].kind == PTPAR_NOTE_FAILURE)
			return &r->notes[i - 1];
	return NULL;
}

static void add_place(struct event_note *note, const struct where *where)
{
	struct buffer text = { 0 };

	buffer_puts(&text, note->text);
	where_put_call(&text, where);
	where_put_frames(&text, where);
	buffer_putc(&text, '\0');
	free((char *)note->text);
	note->text = text.data;
	if (note->file == NULL && where->file != NULL) {
		note->file = xstrdup(where->file);
		note->line = where->line;
	}
}

void attempt_program_ended(struct attempt *a, uint32_t rank, const struct wire_exited *m, double duration,
			   struct where *where)
{
	bool is_well = m->verdict == 1 + PTPAR_RANK_PASSED || m->verdict == 1 + PTPAR_RANK_UNDECIDED;
	struct event_note *said = last_failure(result_of(a, rank));
	char how[128];

	if (a->calloff == CALLOFF_NONE && m->verdict == 1 + PTPAR_RANK_CRASHED && said != NULL) {
		/* Its source knows best how to say it. */
		result_of(a, rank)->outcome = OUTCOME_CRASHED;
		add_place(said, where);
		buffer_append(&result_of(a, rank)->output, m->output.data, m->output.n);
		a->done++;
		return;
	}
	if ((a->calloff != CALLOFF_NONE && !(a->calloff == CALLOFF_ENOUGH && is_well)) ||
	    m->verdict == 1 + PTPAR_RANK_CRASHED || m->verdict == 0) {
		forget_failures(result_of(a, rank)); /* that what it was to print is missing goes without saying */
		attempt_describe_death(how, sizeof(how), m);
		attempt_lost(a, rank, m, how, where);
		return;
	}
	a->undecided += m->verdict == 1 + PTPAR_RANK_UNDECIDED;
	attempt_done(a, rank,
		     &(struct wire_done){ .outcome = m->verdict == 1 + PTPAR_RANK_UNDECIDED ? PTPAR_RANK_PASSED
											    : m->verdict - 1,
					  .duration = duration,
					  .output = m->output });
}

void attempt_left_badly(struct attempt *a, uint32_t rank, const struct wire_exited *m)
{
	struct rank_result *r = result_of(a, rank);
	char how[128];

	attempt_describe_death(how, sizeof(how), m);
	r->outcome = WIFSIGNALED((int)m->status) ? OUTCOME_CRASHED : OUTCOME_FAILED;
	remark(r, UINT64_MAX, how, " when the test was over");
	buffer_append(&r->output, m->output.data, m->output.n);
}

static bool any_rank(const struct attempt *a, enum outcome outcome)
{
	for (uint32_t i = 0; a->ranks != NULL && i < a->np; i++)
		if (a->ranks[i].outcome == outcome)
			return true;
	return false;
}

/* The worst outcome of a rank: a test passes when all pass. */
static enum outcome worst(const struct attempt *a)
{
	static const enum outcome worst_first[] = { OUTCOME_CRASHED, OUTCOME_TIMEOUT, OUTCOME_FAILED, OUTCOME_ERROR,
						    OUTCOME_SKIPPED };

	for (size_t k = 0; k < sizeof(worst_first) / sizeof(*worst_first); k++)
		if (any_rank(a, worst_first[k]))
			return worst_first[k];
	return OUTCOME_PASSED;
}

/* The outcome of the ranks together, and of what was done to them. */
static enum outcome merge(const struct attempt *a)
{
	enum outcome outcome = worst(a);

	if (a->calloff == CALLOFF_INTERRUPT)
		return OUTCOME_NOT_RUN;
	if (outcome == OUTCOME_PASSED && a->undecided == a->np)
		return OUTCOME_FAILED;
	/* One has failed, and others did not end: it is how that one has failed. One has skipped: that is a
	 * failure. */
	if ((a->calloff == CALLOFF_STRAGGLER || a->calloff == CALLOFF_ENOUGH || a->calloff == CALLOFF_DEADLOCK) &&
	    outcome == OUTCOME_TIMEOUT) {
		if (!any_rank(a, OUTCOME_FAILED) && any_rank(a, OUTCOME_ERROR))
			return OUTCOME_ERROR;
		if (a->calloff != CALLOFF_DEADLOCK)
			return OUTCOME_FAILED;
	}
	/* It may have ended while it was asked where it is: too late. */
	if (a->calloff == CALLOFF_TIMEOUT && (outcome == OUTCOME_PASSED || outcome == OUTCOME_SKIPPED))
		return OUTCOME_TIMEOUT;
	return outcome;
}

/* A test that is expected to fail: any way of failing in its call will do. */
static enum outcome expect_failure(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAILED:
	case OUTCOME_CRASHED:
	case OUTCOME_TIMEOUT:
		return OUTCOME_XFAILED;
	case OUTCOME_PASSED:
		return OUTCOME_XPASSED;
	default:
		return outcome;
	}
}

static const char *first_skip_reason(const struct attempt *a)
{
	for (uint32_t i = 0; a->ranks != NULL && i < a->np; i++)
		for (size_t k = 0; k < a->ranks[i].n_notes; k++)
			if (a->ranks[i].notes[k].kind == PTPAR_NOTE_SKIP)
				return a->ranks[i].notes[k].text;
	return "";
}

static const struct where *where_of_rank(const void *ctx, uint32_t rank)
{
	const struct attempt *a = ctx;

	return &a->ranks[rank].where;
}

void attempt_put_places(const struct attempt *a, struct buffer *out)
{
	if (a->ranks != NULL)
		where_put_groups(out, a->np, where_of_rank, a);
}

/* What has ended the test, and where its ranks were then. */
static void give_places(const struct attempt *a, enum outcome outcome, struct buffer *out)
{
	struct buffer places = { 0 };

	attempt_put_places(a, &places);
	if (outcome == OUTCOME_FAILED && a->undecided == a->np)
		buffer_puts(out, "none of its ranks has printed what is expected");
	else if (a->calloff == CALLOFF_TIMEOUT)
		buffer_printf(out, "timeout after %g s", a->test->timeout);
	else if (a->calloff == CALLOFF_DEADLOCK && outcome == OUTCOME_TIMEOUT)
		buffer_puts(out, a->np == 1 ? "deadlock: it waits for itself"
					    : "deadlock: its ranks wait for each other");
	/* One rank's place stands with its failure. */
	else if (a->np == 1 ||
		 (outcome != OUTCOME_CRASHED && outcome != OUTCOME_FAILED && outcome != OUTCOME_ERROR))
		places.len = 0;
	if (out->len > 0 && places.len > 0)
		buffer_puts(out, ": ");
	buffer_append(out, places.data, places.len);
	buffer_free(&places);
}

static void give_reason(const struct attempt *a, enum outcome outcome, struct buffer *out)
{
	char *end;

	if (outcome == OUTCOME_SKIPPED)
		buffer_puts(out, first_skip_reason(a));
	else if (outcome == OUTCOME_XFAILED)
		buffer_puts(out, a->test->xfail);
	else if (outcome == OUTCOME_XPASSED)
		buffer_printf(out, "it passed, but is expected to fail: %s", a->test->xfail);
	else if (outcome == OUTCOME_NOT_RUN)
		buffer_puts(out, "the run was interrupted while it ran");
	else
		give_places(a, outcome, out);
	buffer_putc(out, '\0');
	end = memchr(out->data, '\n', out->len);
	if (end != NULL)
		*end = '\0';
}

enum outcome attempt_outcome(const struct attempt *a)
{
	enum outcome outcome = merge(a);

	return a->test->xfail != NULL ? expect_failure(outcome) : outcome;
}

void attempt_finish(struct attempt *a, const struct tests *tests, enum event_kind kind, double now,
		    void (*emit)(void *ctx, const struct event *e), void *ctx)
{
	enum outcome outcome = attempt_outcome(a);
	struct buffer reason = { 0 };
	struct event_rank *ranks = NULL;
	struct event e = { .kind = kind, .time = now };
	size_t n = 0;

	give_reason(a, outcome, &reason);
	if (a->ranks != NULL)
		ranks = xcalloc(a->np, sizeof(*ranks));
	for (uint32_t i = 0; a->ranks != NULL && i < a->np; i++) {
		const struct rank_result *r = &a->ranks[i];

		if (r->outcome == OUTCOME_PASSED && r->n_notes == 0 && r->n_points == 0 && r->output.len == 0)
			continue;
		ranks[n++] = (struct event_rank){ .rank = i,
						  .outcome = r->outcome,
						  .duration = r->duration,
						  .notes = r->notes,
						  .n_notes = r->n_notes,
						  .output = r->output.data,
						  .n_output = r->output.len,
						  .points = r->points,
						  .n_points = r->n_points };
	}
	e.finished = (struct event_finished){ .test = test_event(tests, a->test),
					      .outcome = outcome,
					      .duration = a->done == a->np && a->calloff == CALLOFF_NONE
								  ? a->longest
								  : fmax(0, now - a->began),
					      .attempt = a->test->attempts,
					      .is_slow = a->is_slow,
					      .reason = reason.data,
					      .ranks = ranks,
					      .n_ranks = n };
	emit(ctx, &e);
	buffer_free(&reason);
	free(ranks);
}
