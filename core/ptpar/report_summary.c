/* report_summary.c - failures, slowest tests, warnings, reasons, the list of what is bad, the sum. */
#include "core/ptpar/report_summary.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

void summary_init(struct summary *s, int durations)
{
	*s = (struct summary){ .keep_durations = durations >= 0 };
}

static void on_finished(struct summary *s, const struct event_finished *f)
{
	if (!s->keep_durations || f->duration <= 0)
		return;
	GROW(s->slow, s->n_slow, s->cap_slow);
	s->slow[s->n_slow++] = (struct slow_test){ .id = xstrdup(f->test.id), .duration = f->duration };
}

void summary_event(struct summary *s, const struct event *e)
{
	tally_event(&s->tally, e);
	retries_event(&s->retries, e);
	s->end = e->time > s->end ? e->time : s->end;
	switch (e->kind) {
	case EVENT_FINISHED:
		s->n_over_slow += e->finished.is_slow;
		on_finished(s, &e->finished);
		break;
	case EVENT_WARNING:
		GROW(s->warnings, s->n_warnings, s->cap_warnings);
		s->warnings[s->n_warnings++] = xstrdup(e->warning);
		break;
	case EVENT_RUN_END:
		s->ended = true;
		free(s->interrupted);
		s->interrupted = xstrdup(e->run_end.interrupted);
		break;
	default:
		break;
	}
}

static void put_upper(struct buffer *out, enum outcome outcome)
{
	for (const char *c = outcome_word(outcome); *c != '\0'; c++)
		buffer_putc(out, (char)toupper((unsigned char)*c));
}

void summary_put_outcome(struct buffer *out, enum outcome outcome, const struct text_style *style)
{
	text_begin(out, style, text_colour_of(outcome));
	put_upper(out, outcome);
	text_end(out, style);
	buffer_printf(out, "%*s", (int)(sizeof("TIMEOUT ") - 1 - strlen(outcome_word(outcome))), "");
}

static void put_safe(struct buffer *out, const struct text_style *style, const char *s)
{
	style->put(out, s, strlen(s));
}

/* --- what went wrong ------------------------------------------------------------------------------------- */

/* Fills up a line that has so many columns. */
static void put_rule(struct buffer *out, size_t columns, unsigned width)
{
	buffer_putc(out, ' ');
	for (size_t i = columns + 1; i < width || i < columns + 4; i++)
		buffer_puts(out, "─");
}

static size_t count_characters(const char *s, size_t n)
{
	size_t characters = 0;

	for (size_t i = 0; i < n; i++)
		characters += ((unsigned char)s[i] & 0xc0) != 0x80;
	return characters;
}

static void put_failure(struct buffer *out, const struct event_finished *f, const struct text_style *style,
			unsigned width)
{
	struct buffer title = { 0 };

	put_upper(&title, f->outcome);
	buffer_puts(&title, "  ");
	style->put(&title, f->test.id, strcspn(f->test.id, "\n"));
	if (f->duration > 0)
		buffer_printf(&title, "  %.3f s", f->duration);
	if (f->attempt > 1)
		buffer_printf(&title, "  attempt %" PRIu32, f->attempt);
	buffer_putc(out, '\n');
	text_begin(out, style, TEXT_RED);
	buffer_puts(out, "── ");
	buffer_append(out, title.data, title.len);
	put_rule(out, 3 + count_characters(title.data, title.len), width);
	text_end(out, style);
	buffer_putc(out, '\n');
	text_put_failure(out, f, style, true);
	buffer_free(&title);
}

static void put_failures(struct buffer *out, const struct summary *s, const struct text_style *style,
			 unsigned width)
{
	for (size_t i = 0; i < s->tally.n_kept; i++)
		if (outcome_is_bad(s->tally.kept[i]->outcome))
			put_failure(out, s->tally.kept[i], style, width);
}

/* --- lists ----------------------------------------------------------------------------------------------- */

static void put_title(struct buffer *out, const struct text_style *style, const char *title)
{
	buffer_putc(out, '\n');
	text_begin(out, style, TEXT_BOLD);
	buffer_puts(out, title);
	text_end(out, style);
	buffer_putc(out, '\n');
}

static int compare_slow(const void *a, const void *b)
{
	const struct slow_test *s = a, *t = b;

	if (s->duration != t->duration)
		return s->duration > t->duration ? -1 : 1;
	return strcmp(s->id, t->id);
}

static void put_durations(struct buffer *out, struct summary *s, const struct text_style *style, int durations)
{
	size_t n = durations == 0 || (size_t)durations > s->n_slow ? s->n_slow : (size_t)durations;

	if (durations < 0 || n == 0)
		return;
	qsort(s->slow, s->n_slow, sizeof(*s->slow), compare_slow);
	put_title(out, style, durations == 0 ? "durations" : "slowest tests");
	for (size_t i = 0; i < n; i++) {
		buffer_printf(out, "%9.3f s  ", s->slow[i].duration);
		put_safe(out, style, s->slow[i].id);
		buffer_putc(out, '\n');
	}
}

static void put_warnings(struct buffer *out, const struct summary *s, const struct text_style *style)
{
	if (s->n_warnings == 0)
		return;
	put_title(out, style, s->n_warnings == 1 ? "warning" : "warnings");
	for (size_t i = 0; i < s->n_warnings; i++) {
		put_safe(out, style, s->warnings[i]);
		buffer_putc(out, '\n');
	}
}

/* Tests with the same outcome and reason. */
struct reason {
	enum outcome outcome;
	const char *text;
	const struct event_finished *test;
	size_t place; /* among all, to keep the order */
};

static int compare_reasons(const void *a, const void *b)
{
	const struct reason *r = a, *s = b;
	int order = (int)r->outcome - (int)s->outcome;

	if (order == 0)
		order = strcmp(r->text, s->text);
	return order != 0 ? order : r->place < s->place ? -1 : 1;
}

static void put_reason(struct buffer *out, const struct reason *r, size_t n, const struct text_style *style)
{
	enum { IDS_MAX = 10 };

	text_begin(out, style, TEXT_YELLOW);
	put_upper(out, r->outcome);
	text_end(out, style);
	buffer_printf(out, " [%zu] ", n);
	style->put(out, r->text, strcspn(r->text, "\n"));
	buffer_putc(out, '\n');
	/* Which tests did not get their turn is what one wants to know; skipped ones are in the sources to see. */
	for (size_t i = 0; r->outcome == OUTCOME_NOT_RUN && i < n && i < IDS_MAX; i++) {
		buffer_puts(out, "    ");
		put_safe(out, style, r[i].test->test.id);
		buffer_putc(out, '\n');
	}
	if (r->outcome == OUTCOME_NOT_RUN && n > IDS_MAX)
		buffer_printf(out, "    and %zu more\n", n - IDS_MAX);
}

/* Skipped, expectedly failed and not run: why, each reason once. */
static void put_reasons(struct buffer *out, const struct summary *s, const struct text_style *style)
{
	struct reason *reasons = xcalloc(s->tally.n_kept, sizeof(*reasons));
	size_t n = 0, same;

	for (size_t i = 0; i < s->tally.n_kept; i++) {
		const struct event_finished *f = s->tally.kept[i];

		if (!outcome_is_bad(f->outcome) && f->outcome != OUTCOME_PASSED) {
			reasons[n] = (struct reason){ f->outcome, event_reason(f, PTPAR_NOTE_SKIP), f, n };
			n++;
		}
	}
	qsort(reasons, n, sizeof(*reasons), compare_reasons);
	for (size_t i = 0; i < n; i += same) {
		for (same = 1; i + same < n && reasons[i].outcome == reasons[i + same].outcome &&
			       strcmp(reasons[i].text, reasons[i + same].text) == 0;
		     same++)
			;
		put_reason(out, &reasons[i], same, style);
	}
	free(reasons);
}

/* One line for each test that is bad, or was at first. */
static void put_short(struct buffer *out, const struct summary *s, const struct event_finished *f,
		      const struct text_style *style)
{
	const struct event_finished *attempt;
	size_t before, at = 0;

	if (event_is_flaky(f)) {
		text_begin(out, style, TEXT_YELLOW);
		buffer_puts(out, "FLAKY ");
		text_end(out, style);
		put_safe(out, style, f->test.id);
		buffer_printf(out, " - passed at attempt %" PRIu32, f->attempt);
		while ((attempt = retries_next(&s->retries, f->test.id, &at)) != NULL) {
			buffer_printf(out, "; attempt %" PRIu32 " %s: ", attempt->attempt,
				      outcome_word(attempt->outcome));
			text_put_brief(out, attempt, style);
		}
		buffer_putc(out, '\n');
	}
	if (!outcome_is_bad(f->outcome))
		return;
	text_begin(out, style, TEXT_RED);
	put_upper(out, f->outcome);
	text_end(out, style);
	buffer_putc(out, ' ');
	put_safe(out, style, f->test.id);
	before = out->len;
	buffer_puts(out, " - ");
	text_put_brief(out, f, style);
	if (out->len == before + strlen(" - "))
		out->len = before;
	buffer_putc(out, '\n');
}

/* --- the sum --------------------------------------------------------------------------------------------- */

static void put_counts(struct buffer *out, const struct tally *t, bool bad, bool *any,
		       const struct text_style *style)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		enum outcome outcome = (enum outcome)i;

		if (t->counts[i] == 0 || outcome_is_bad(outcome) != bad)
			continue;
		if (*any)
			buffer_puts(out, ", ");
		*any = true;
		text_begin(out, style, text_colour_of(outcome));
		buffer_printf(out, "%zu %s", t->counts[i], outcome_word(outcome));
		if (outcome == OUTCOME_PASSED && t->n_flaky > 0)
			buffer_printf(out, " (%zu flaky)", t->n_flaky);
		text_end(out, style);
	}
}

static void put_sum(struct buffer *out, const struct summary *s, const struct text_style *style)
{
	const char *interrupted = s->ended ? s->interrupted : "ptpar was killed";
	bool any = false;

	put_counts(out, &s->tally, true, &any, style);
	put_counts(out, &s->tally, false, &any, style);
	if (s->n_over_slow > 0)
		buffer_printf(out, ", %zu slow", s->n_over_slow);
	buffer_printf(out, any ? " in %.2fs" : "no tests ran in %.2fs", s->end);
	if (interrupted[0] != '\0') {
		buffer_puts(out, ", interrupted: ");
		put_safe(out, style, interrupted);
	}
	buffer_putc(out, '\n');
}

void summary_put(struct buffer *out, struct summary *s, const struct text_style *style,
		 const struct terminal_options *options)
{
	bool quiet = options->verbosity < 0, list;

	put_failures(out, s, style, options->width);
	put_durations(out, s, style, options->durations);
	if (!quiet)
		put_warnings(out, s, style);
	list = !quiet && s->tally.n_kept > 0;
	if (list || tally_bad(&s->tally) > 0)
		buffer_putc(out, '\n');
	if (!quiet)
		put_reasons(out, s, style);
	for (size_t i = 0; !quiet && i < s->tally.n_kept; i++)
		put_short(out, s, s->tally.kept[i], style);
	put_sum(out, s, style);
}

void summary_free(struct summary *s)
{
	for (size_t i = 0; i < s->n_slow; i++)
		free(s->slow[i].id);
	for (size_t i = 0; i < s->n_warnings; i++)
		free(s->warnings[i]);
	free(s->slow);
	free(s->warnings);
	free(s->interrupted);
	retries_free(&s->retries);
	tally_free(&s->tally);
}
