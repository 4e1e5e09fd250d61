/* report_terminal.c - while tests run. What comes after is report_summary.c's. */
#include "core/ptpar/report_terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/common/output.h"
#include "core/common/text.h"
#include "core/ptpar/report_summary.h"
#include "core/ptpar/points.h"
#include "core/ptpar/report_text.h"
#include "core/ptpar/tally.h"

enum {
	DOTS_WIDTH = 72,
	RUNNING_MAX = 256, /* of the tests that run, so many are remembered by name */
	FLUSH_BYTES = 1 << 16,
};
static const double redraw_seconds = 0.1;

struct terminal {
	struct reporter reporter;
	struct terminal_options options;
	struct text_style style;
	struct summary summary;
	struct buffer header; /* the part of it that run-start brings; empty: none, or shown already */
	struct buffer out;
	int error; /* of the first write that failed; nothing is written after it */

	unsigned column; /* of the characters, one per test */
	char **running;  /* ids, in the order in which they started */
	size_t n_running;
	char *waiting;   /* what nothing can run without yet, or NULL */
	double waits;    /* since when, s, monotonic */
	double told;     /* for how long it did, when that was told last, s */
	bool dirty;      /* progress has changed since it was drawn */
	bool drawn;      /* a line of progress stands on the screen */
	double drawn_at; /* s, monotonic */
};

static void flush(struct terminal *t)
{
	if (t->error == 0 && t->out.len > 0)
		t->error = output_write(t->options.fd, t->out.data, t->out.len);
	t->out.len = 0;
}

/* --- the line of progress -------------------------------------------------------------------------------- */

static void remember(struct terminal *t, const char *id)
{
	if (t->options.tty && t->n_running < RUNNING_MAX)
		t->running[t->n_running++] = xstrdup(id);
}

/* Tests end in about the order in which they started: the search is short. */
static void forget(struct terminal *t, const char *id)
{
	for (size_t i = 0; i < t->n_running; i++)
		if (strcmp(t->running[i], id) == 0) {
			free(t->running[i]);
			t->n_running--;
			memmove(&t->running[i], &t->running[i + 1], (t->n_running - i) * sizeof(*t->running));
			return;
		}
}

/* Cuts what stands behind `from` to so many characters. */
static void cut(struct buffer *b, size_t from, unsigned width)
{
	size_t i = from, last = from;
	unsigned columns = 0;

	for (; i < b->len; i++) {
		if (((unsigned char)b->data[i] & 0xc0) == 0x80)
			continue;
		if (columns + 1 == width)
			last = i;
		if (columns++ == width) {
			b->len = last;
			buffer_puts(b, "…");
			return;
		}
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* "job 4711 pending (Resources), 0:42" */
static void put_waiting(const struct terminal *t, struct buffer *b, const char *before)
{
	unsigned long seconds = (unsigned long)(now() - t->waits);

	buffer_puts(b, before);
	text_put_visible(b, t->waiting, strcspn(t->waiting, "\n"));
	if (seconds >= 3600)
		buffer_printf(b, ", %lu:%02lu:%02lu", seconds / 3600, seconds / 60 % 60, seconds % 60);
	else
		buffer_printf(b, ", %lu:%02lu", seconds / 60, seconds % 60);
}

/* Plain characters only: it is cut by their number. */
static void put_progress(struct terminal *t, struct buffer *b)
{
	const struct tally *tally = &t->summary.tally;
	size_t bad = tally_bad(tally), from = b->len;

	if (tally_total(tally) > 0)
		buffer_printf(b, "[%zu/%zu]", tally->n_finished, tally_total(tally));
	if (bad > 0)
		buffer_printf(b, " %zu failed", bad);
	if (t->waiting != NULL)
		put_waiting(t, b, b->len > from ? " · " : "");
	for (size_t i = 0; i < t->n_running && b->len - from < 4 * (size_t)t->options.width; i++) {
		buffer_puts(b, i == 0 ? " · running " : ", ");
		text_put_visible(b, t->running[i], strcspn(t->running[i], "\n\t"));
	}
	cut(b, from, t->options.width > 1 ? t->options.width - 1 : 1);
}

static void clear(struct terminal *t)
{
	if (t->drawn)
		buffer_puts(&t->out, "\r\033[K");
	t->drawn = false;
}

static void draw(struct terminal *t)
{
	double at = now();

	if (!t->dirty || at - t->drawn_at < redraw_seconds)
		return;
	clear(t);
	put_progress(t, &t->out);
	t->drawn = true;
	t->dirty = false;
	t->drawn_at = at;
}

/* --- test by test ---------------------------------------------------------------------------------------- */

/* Held back until the number of tests is known. */
static void put_header(struct terminal *t)
{
	size_t n;

	if (t->header.len == 0)
		return;
	n = tally_total(&t->summary.tally);
	text_begin(&t->out, &t->style, TEXT_BOLD);
	buffer_append(&t->out, t->header.data, strcspn(buffer_string(&t->header), "\n"));
	text_end(&t->out, &t->style);
	buffer_printf(&t->out, " · %zu test%s", n, n == 1 ? "" : "s");
	buffer_puts(&t->out, buffer_string(&t->header) + strcspn(buffer_string(&t->header), "\n") + 1);
	buffer_putc(&t->out, '\n');
	t->header.len = 0;
}

static void put_word(struct buffer *b, const char *format, uint32_t n)
{
	buffer_printf(b, format, n, n == 1 ? "" : "s");
}

/* Two parts, since the number of tests comes between them: before and behind a newline. */
static void on_run_start(struct terminal *t, const struct event_run_start *r)
{
	struct buffer *b = &t->header;

	if (t->options.verbosity < 0 || b->len > 0)
		return;
	buffer_puts(b, "ptpar ");
	text_put_visible(b, r->version, strcspn(r->version, "\n"));
	buffer_puts(b, "\n · scheduler ");
	text_put_visible(b, r->scheduler, strlen(r->scheduler));
	put_word(b, " · %" PRIu32 " worker%s", r->workers);
	put_word(b, " on %" PRIu32 " core%s", r->cores);
	if (r->workers > r->cores)
		buffer_puts(b, " (oversubscribed)");
	if (r->mpi[0] != '\0') {
		buffer_puts(b, " · ");
		text_put_visible(b, r->mpi, strlen(r->mpi));
	}
}

/* "[ 45%]" at the right of a line of characters. */
static void put_percent(struct terminal *t)
{
	size_t total = tally_total(&t->summary.tally), done = t->summary.tally.n_finished;
	unsigned percent = total == 0 || done >= total ? 100 : (unsigned)(100 * done / total);

	if (t->column > 0)
		buffer_printf(&t->out, "%*s[%3u%%]\n", (int)(DOTS_WIDTH + 1 - t->column), "", percent);
	t->column = 0;
}

static void put_mark(struct terminal *t, enum text_colour colour, char mark)
{
	text_begin(&t->out, &t->style, colour);
	buffer_putc(&t->out, mark);
	text_end(&t->out, &t->style);
	if (++t->column == DOTS_WIDTH)
		put_percent(t);
}

static void put_character(struct terminal *t, enum outcome outcome)
{
	static const char characters[OUTCOME_COUNT] = {
		[OUTCOME_PASSED] = '.',  [OUTCOME_FAILED] = 'F',  [OUTCOME_ERROR] = 'E',
		[OUTCOME_CRASHED] = 'C', [OUTCOME_TIMEOUT] = 'T', [OUTCOME_SKIPPED] = 's',
		[OUTCOME_XFAILED] = 'x', [OUTCOME_XPASSED] = 'X', [OUTCOME_NOT_RUN] = '-',
	};

	put_mark(t, text_colour_of(outcome), characters[outcome]);
}

/* Only where a line of its own is asked for: each test with -v, the bad ones above the line of progress. */
static void put_line(struct terminal *t, const struct event_finished *f)
{
	const char *reason = event_reason(f, PTPAR_NOTE_SKIP);

	clear(t);
	summary_put_outcome(&t->out, f->outcome, &t->style);
	text_put_visible(&t->out, f->test.id, strlen(f->test.id));
	if (f->outcome != OUTCOME_SKIPPED && f->outcome != OUTCOME_NOT_RUN)
		buffer_printf(&t->out, "  %.3f s", f->duration);
	if (f->is_slow)
		buffer_puts(&t->out, "  (slow)");
	if (event_is_flaky(f))
		buffer_printf(&t->out, "  (flaky: attempt %" PRIu32 ")", f->attempt);
	if (!outcome_is_bad(f->outcome) && f->outcome != OUTCOME_PASSED && reason[0] != '\0') {
		buffer_puts(&t->out, "  ");
		text_put_visible(&t->out, reason, strcspn(reason, "\n"));
	}
	buffer_putc(&t->out, '\n');
}

/* Those of all its ranks, under its line. */
static void put_points(struct terminal *t, const struct event_finished *f)
{
	for (size_t i = 0; i < f->n_ranks; i++) {
		if (f->ranks[i].n_points > 0 && points_count_ranks(f) > 1)
			buffer_printf(&t->out, "  rank %" PRIu32 ":\n", f->ranks[i].rank);
		points_put_all(&t->out, &f->ranks[i], &t->style);
	}
}

static void on_finished(struct terminal *t, const struct event_finished *f)
{
	const struct terminal_options *o = &t->options;

	forget(t, f->test.id);
	if (o->verbosity > 0 || (o->tty && o->verbosity == 0 && outcome_is_bad(f->outcome)))
		put_line(t, f);
	else if (!o->tty && o->verbosity == 0)
		put_character(t, f->outcome);
	if (o->verbosity > 0)
		put_points(t, f);
}

static void on_retried(struct terminal *t, const struct event_finished *f)
{
	forget(t, f->test.id);
	if (t->options.verbosity < 0)
		return;
	if (t->options.verbosity == 0 && !t->options.tty) {
		put_mark(t, TEXT_YELLOW, 'R');
		return;
	}
	clear(t);
	text_begin(&t->out, &t->style, TEXT_YELLOW);
	buffer_puts(&t->out, "RETRY   ");
	text_end(&t->out, &t->style);
	text_put_visible(&t->out, f->test.id, strlen(f->test.id));
	buffer_printf(&t->out, "  %.3f s  attempt %" PRIu32 " %s: ", f->duration, f->attempt,
		      outcome_word(f->outcome));
	text_put_brief(&t->out, f, &t->style);
	buffer_putc(&t->out, '\n');
}

static void on_slow(struct terminal *t, const struct event_slow *slow)
{
	if (t->options.verbosity < 0 || (t->options.verbosity == 0 && !t->options.tty))
		return;
	clear(t);
	text_begin(&t->out, &t->style, TEXT_YELLOW);
	buffer_puts(&t->out, "SLOW    ");
	text_end(&t->out, &t->style);
	text_put_visible(&t->out, slow->id, strlen(slow->id));
	buffer_printf(&t->out, "  runs for %.3g s\n", slow->duration);
}

static void put_status(struct terminal *t, const char *text)
{
	clear(t);
	put_percent(t);
	for (size_t n = strcspn(text, "\n"); *text != '\0';
	     text += n + (text[n] == '\n'), n = strcspn(text, "\n")) {
		text_put_visible(&t->out, text, n);
		buffer_putc(&t->out, '\n');
	}
	flush(t);
}

/* Without a terminal: when it begins or changes, and again after twice the time, the first time after a minute. */
static void tell_waiting(struct terminal *t)
{
	double seconds = now() - t->waits;

	if (t->waiting == NULL || t->options.tty || t->options.verbosity < 0 ||
	    (t->told >= 0 && seconds < 2 * (t->told < 30 ? 30 : t->told)))
		return;
	t->told = seconds;
	put_waiting(t, &t->out, "");
	buffer_putc(&t->out, '\n');
}

static void on_waiting(struct terminal *t, const struct event_waiting *w, double time)
{
	free(t->waiting);
	t->waiting = w->text == NULL || *w->text == '\0' ? NULL : xstrdup(w->text);
	t->waits = now() - (time - w->since);
	t->told = -1;
	tell_waiting(t);
}

static void on_event(struct reporter *self, const struct event *e)
{
	struct terminal *t = (struct terminal *)self;

	if (e->kind == EVENT_STARTED || e->kind == EVENT_FINISHED || e->kind == EVENT_STATUS ||
	    e->kind == EVENT_RETRIED || e->kind == EVENT_SLOW || e->kind == EVENT_WAITING ||
	    e->kind == EVENT_RUN_END)
		put_header(t);
	summary_event(&t->summary, e);
	if (e->kind == EVENT_RUN_START)
		on_run_start(t, &e->run_start);
	else if (e->kind == EVENT_STARTED)
		remember(t, e->started.id);
	else if (e->kind == EVENT_FINISHED)
		on_finished(t, &e->finished);
	else if (e->kind == EVENT_RETRIED)
		on_retried(t, &e->finished);
	else if (e->kind == EVENT_SLOW)
		on_slow(t, &e->slow);
	else if (e->kind == EVENT_STATUS)
		put_status(t, e->status);
	else if (e->kind == EVENT_WAITING)
		on_waiting(t, &e->waiting, e->time);
	t->dirty = t->dirty || (t->options.tty && (e->kind == EVENT_STARTED || e->kind == EVENT_FINISHED ||
						   e->kind == EVENT_RESUMED || e->kind == EVENT_WAITING));
	if (t->out.len > FLUSH_BYTES)
		flush(t);
}

static void on_idle(struct reporter *self)
{
	struct terminal *t = (struct terminal *)self;

	if (t->waiting != NULL && t->options.tty && now() - t->drawn_at >= 1)
		t->dirty = true;
	tell_waiting(t);
	draw(t);
	flush(t);
}

static void destroy(struct terminal *t)
{
	for (size_t i = 0; i < t->n_running; i++)
		free(t->running[i]);
	free(t->running);
	free(t->waiting);
	summary_free(&t->summary);
	buffer_free(&t->header);
	buffer_free(&t->out);
	free(t);
}

static int on_finish(struct reporter *self, struct ptpar_error *err)
{
	struct terminal *t = (struct terminal *)self;
	bool is_terminal;
	int error;

	clear(t);
	put_header(t);
	put_percent(t);
	summary_put(&t->out, &t->summary, &t->style, &t->options);
	flush(t);
	error = t->error;
	is_terminal = t->options.tty;
	destroy(t);
	/* A terminal that was closed fails so; from a file, it would be a loss. */
	if (error == 0 || output_is_closed(error) || (error == -EIO && is_terminal))
		return 0;
	return ptpar_fail(err, error, "standard output: %s", strerror(-error));
}

struct reporter *report_terminal_new(const struct terminal_options *options)
{
	struct terminal *t = xcalloc(1, sizeof(*t));
	bool all = options->verbosity > 0;

	t->reporter = (struct reporter){ .event = on_event, .idle = on_idle, .finish = on_finish };
	t->options = *options;
	t->style = (struct text_style){ .put = text_put_visible,
					.colour = options->colour,
					.max_lines = all ? 0 : 100,
					.max_bytes = all ? 0 : 1 << 18,
					.hint = ": -v shows all" };
	t->running = xcalloc(RUNNING_MAX, sizeof(*t->running));
	t->drawn_at = -1;
	summary_init(&t->summary, options->durations);
	return &t->reporter;
}
