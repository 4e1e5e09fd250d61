/* report_text.c - groups the ranks that say the same, then tells each group's notes and output. */
#include "core/ptpar/report_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/points.h"

static const char *const colour_codes[TEXT_COLOURS] = {
	[TEXT_BOLD] = "\033[1m",   [TEXT_DIM] = "\033[2m",     [TEXT_RED] = "\033[31m",
	[TEXT_GREEN] = "\033[32m", [TEXT_YELLOW] = "\033[33m",
};

void text_begin(struct buffer *out, const struct text_style *style, enum text_colour colour)
{
	if (style->colour)
		buffer_puts(out, colour_codes[colour]);
}

void text_end(struct buffer *out, const struct text_style *style)
{
	if (style->colour)
		buffer_puts(out, "\033[0m");
}

enum text_colour text_colour_of(enum outcome outcome)
{
	return outcome_is_bad(outcome) ? TEXT_RED : outcome == OUTCOME_PASSED ? TEXT_GREEN : TEXT_YELLOW;
}

static void put_string(struct buffer *out, const struct text_style *style, const char *s)
{
	style->put(out, s, strlen(s));
}

/* --- ranks that say the same ----------------------------------------------------------------------------- */

static bool same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_notes(const struct event_rank *a, const struct event_rank *b)
{
	if (a->n_notes != b->n_notes)
		return false;
	for (size_t i = 0; i < a->n_notes; i++) {
		const struct event_note *m = &a->notes[i], *n = &b->notes[i];

		if (m->kind != n->kind || m->phase != n->phase || m->line != n->line ||
		    !same_string(m->file, n->file) || strcmp(m->text, n->text) != 0)
			return false;
	}
	return true;
}

static bool same_output(const struct event_rank *a, const struct event_rank *b)
{
	return a->n_output == b->n_output && (a->n_output == 0 || memcmp(a->output, b->output, a->n_output) == 0);
}

/* What is told of a rank, and so must be the same within a group. */
enum { TELL_NOTES = 1, TELL_OUTPUT = 2 };

static bool same(const struct event_rank *a, const struct event_rank *b, int tell)
{
	return (!(tell & TELL_NOTES) || (a->outcome == b->outcome && same_notes(a, b) && points_are_same(a, b))) &&
	       (!(tell & TELL_OUTPUT) || same_output(a, b));
}

/* Ranks `first` to `last` of a group, as one part of its heading. */
static void put_range(struct buffer *out, uint32_t first, uint32_t last, bool more)
{
	buffer_printf(out, more ? ", %" PRIu32 : "%" PRIu32, first);
	if (last != first)
		buffer_printf(out, "-%" PRIu32, last);
}

/* "On rank 1 of 2" or "On ranks 0, 2-3 of 4": those of which group[i] is `leader`. */
static void put_ranks(struct buffer *out, const struct event_finished *f, const size_t *group, size_t leader)
{
	uint32_t first = f->ranks[leader].rank, last = first;
	size_t n = 0, ranges = 0;

	for (size_t i = leader; i < f->n_ranks; i++)
		n += group[i] == leader;
	buffer_puts(out, n == 1 ? "On rank " : "On ranks ");
	for (size_t i = leader + 1; i < f->n_ranks; i++) {
		if (group[i] != leader)
			continue;
		if (f->ranks[i].rank != last + 1) {
			put_range(out, first, last, ranges++ > 0);
			first = f->ranks[i].rank;
		}
		last = f->ranks[i].rank;
	}
	put_range(out, first, last, ranges > 0);
	buffer_printf(out, " of %" PRIu32, f->test.np);
}

/* For each rank the index of the first that says the same. Groups are few where ranks are many: a rank is compared
 * with the leaders only, and after that many different ones each rank stands alone. */
static size_t *make_groups(const struct event_finished *f, int tell)
{
	enum { LEADERS_MAX = 64 };
	size_t *group = xcalloc(f->n_ranks, sizeof(*group)), leaders[LEADERS_MAX], n = 0, k;

	for (size_t i = 0; i < f->n_ranks; i++) {
		for (k = 0; k < n && !same(&f->ranks[leaders[k]], &f->ranks[i], tell); k++)
			;
		group[i] = k < n ? leaders[k] : i;
		if (k == n && n < LEADERS_MAX)
			leaders[n++] = i;
	}
	return group;
}

/* --- what a rank says ------------------------------------------------------------------------------------ */

/* Each line of s with a prefix, and an end. */
static void put_lines(struct buffer *out, const struct text_style *style, const char *prefix, const char *s,
		      size_t n)
{
	const char *end;
	size_t length;

	while (n > 0) {
		end = memchr(s, '\n', n);
		length = end == NULL ? n : (size_t)(end - s);
		buffer_puts(out, prefix);
		style->put(out, s, length);
		buffer_putc(out, '\n');
		length += end != NULL;
		s += length;
		n -= length;
	}
}

static void put_note(struct buffer *out, const struct event_note *note, const struct text_style *style)
{
	size_t first = strcspn(note->text, "\n");
	const char *more;

	buffer_puts(out, note->kind == PTPAR_NOTE_LOG    ? "  log: "
			 : note->kind == PTPAR_NOTE_SKIP ? "  skip: "
							 : "  ");
	if (note->file != NULL) {
		text_begin(out, style, TEXT_BOLD);
		put_string(out, style, note->file);
		buffer_printf(out, ":%" PRIu32 ":", note->line);
		text_end(out, style);
		buffer_putc(out, ' ');
	}
	if (note->phase == PTPAR_PHASE_SETUP || note->phase == PTPAR_PHASE_TEARDOWN)
		buffer_puts(out, note->phase == PTPAR_PHASE_SETUP ? "in setup: " : "in teardown: ");
	if (note->kind == PTPAR_NOTE_FAILURE)
		text_begin(out, style, TEXT_RED);
	style->put(out, note->text, first);
	if (note->kind == PTPAR_NOTE_FAILURE)
		text_end(out, style);
	buffer_putc(out, '\n');
	if (note->text[first] == '\0')
		return;
	more = note->text + first + 1;
	/* Some texts bring an indentation of their own. */
	put_lines(out, style, more[0] == ' ' ? "  " : "    ", more, strlen(more));
}

/* Where the first so many lines of s end. */
static size_t skip_lines(const char *s, size_t n, size_t lines)
{
	size_t i = 0;

	for (const char *end; lines > 0 && i < n; lines--) {
		end = memchr(s + i, '\n', n - i);
		i = end == NULL ? n : (size_t)(end - s) + 1;
	}
	return i;
}

/* Where the last so many lines of s begin. */
static size_t skip_back(const char *s, size_t n, size_t lines)
{
	size_t i = n;

	for (const char *end; lines > 0 && i > 0; lines--) {
		end = memrchr(s, '\n', i - 1);
		i = end == NULL ? 0 : (size_t)(end - s) + 1;
	}
	return lines > 0 ? 0 : i;
}

/* s[*head] to s[*tail] is what must be left out, if they differ. */
static void cut_out(const char *s, size_t n, const struct text_style *style, size_t *head, size_t *tail)
{
	*head = *tail = n;
	if (style->max_lines > 0) {
		*head = skip_lines(s, n, style->max_lines);
		*tail = skip_back(s, n, style->max_lines);
		if (*tail <= *head)
			*head = *tail = n;
	}
	if (style->max_bytes > 0 && *head + (n - *tail) > style->max_bytes) {
		bool whole = *tail == n;
		size_t half = style->max_bytes / 2;

		*head = *head < half ? *head : half;
		*tail = whole || *tail < n - half ? n - half : *tail;
	}
}

static void put_output(struct buffer *out, const struct event_rank *r, const struct text_style *style,
		       const char *prefix)
{
	size_t head, tail, lines = 0;

	cut_out(r->output, r->n_output, style, &head, &tail);
	put_lines(out, style, prefix, r->output, head);
	if (head == tail)
		return;
	for (size_t i = head; i < tail; i++)
		lines += r->output[i] == '\n';
	buffer_printf(out, "%s… %zu lines (%zu bytes) left out%s …\n", prefix, lines, tail - head, style->hint);
	put_lines(out, style, prefix, r->output + tail, r->n_output - tail);
}

static void put_group(struct buffer *out, const struct event_rank *r, const struct text_style *style,
		      bool with_output)
{
	for (size_t i = 0; i < r->n_notes; i++)
		put_note(out, &r->notes[i], style);
	points_put_failed(out, r, style);
	if (!with_output || r->n_output == 0)
		return;
	buffer_puts(out, "  captured output:\n");
	put_output(out, r, style, "  │ ");
}

/* Passed, and nothing to tell: it is here for what it printed. */
static bool is_silent(const struct event_rank *r, bool with_output)
{
	return r->outcome == OUTCOME_PASSED && r->n_notes == 0 && (!with_output || r->n_output == 0);
}

/* Which group is told before which: first those with the outcome of the test, then the smaller ones. */
struct order {
	size_t leader, members;
	bool is_outcome;
};

static int compare_order(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->is_outcome != y->is_outcome)
		return x->is_outcome ? -1 : 1;
	if (x->members != y->members)
		return x->members < y->members ? -1 : 1;
	return x->leader < y->leader ? -1 : 1;
}

/* The leaders of the groups in that order. Returns their number. */
static size_t order_groups(const struct event_finished *f, const size_t *group, struct order *orders)
{
	size_t *members = xcalloc(f->n_ranks, sizeof(*members)), n = 0;

	for (size_t i = 0; i < f->n_ranks; i++)
		members[group[i]]++;
	for (size_t i = 0; i < f->n_ranks; i++)
		if (group[i] == i)
			orders[n++] = (struct order){ .leader = i,
						      .members = members[i],
						      .is_outcome = f->ranks[i].outcome == f->outcome };
	free(members);
	qsort(orders, n, sizeof(*orders), compare_order);
	return n;
}

/* A rank that waited for one that failed has not failed itself. */
static const char *word_of(const struct event_finished *f, const struct event_rank *r)
{
	return r->outcome == OUTCOME_TIMEOUT && f->outcome != OUTCOME_TIMEOUT ? "stuck" : outcome_word(r->outcome);
}

void text_put_failure(struct buffer *out, const struct event_finished *f, const struct text_style *style,
		      bool with_output)
{
	size_t *group = make_groups(f, TELL_NOTES | (with_output ? TELL_OUTPUT : 0));
	struct order *orders = xcalloc(f->n_ranks, sizeof(*orders));
	size_t n = order_groups(f, group, orders);

	if (f->reason[0] != '\0')
		put_lines(out, style, "", f->reason, strlen(f->reason));
	for (size_t k = 0; k < n; k++) {
		const struct event_rank *r = &f->ranks[orders[k].leader];

		if (is_silent(r, with_output))
			continue;
		if (f->test.np != 1) {
			put_ranks(out, f, group, orders[k].leader);
			buffer_printf(out, ": %s\n", word_of(f, r));
		}
		put_group(out, r, style, with_output);
	}
	free(orders);
	free(group);
}

void text_put_output(struct buffer *out, const struct event_finished *f, const struct text_style *style)
{
	size_t *group = make_groups(f, TELL_OUTPUT);

	for (size_t i = 0; i < f->n_ranks; i++) {
		if (group[i] != i || f->ranks[i].n_output == 0)
			continue;
		if (f->test.np != 1) {
			put_ranks(out, f, group, i);
			buffer_puts(out, ":\n");
		}
		put_output(out, &f->ranks[i], style, "");
	}
	free(group);
}

static const struct event_note *first_failure_of(const struct event_rank *r)
{
	for (size_t n = 0; n < r->n_notes; n++)
		if (r->notes[n].kind == PTPAR_NOTE_FAILURE)
			return &r->notes[n];
	return NULL;
}

const struct event_note *text_first_failure(const struct event_finished *f)
{
	const struct event_note *first = NULL, *note;
	enum outcome first_outcome = OUTCOME_PASSED;

	for (size_t i = 0; i < f->n_ranks; i++) {
		note = first_failure_of(&f->ranks[i]);
		/* Of a test that has crashed, the rank that did, and not one that waited for it. */
		if (note != NULL && f->ranks[i].outcome == f->outcome)
			return note;
		if (first == NULL || (note != NULL && first_outcome == OUTCOME_TIMEOUT)) {
			first = note;
			first_outcome = f->ranks[i].outcome;
		}
	}
	return first;
}

void text_put_brief(struct buffer *out, const struct event_finished *f, const struct text_style *style)
{
	const struct event_note *note = text_first_failure(f);
	const char *slash;

	/* That of a failure says where everybody was: what went wrong says more. */
	if (f->reason[0] != '\0' &&
	    (note == NULL || (f->outcome != OUTCOME_CRASHED && f->outcome != OUTCOME_FAILED))) {
		style->put(out, f->reason, strcspn(f->reason, "\n"));
		return;
	}
	if (note == NULL)
		return;
	style->put(out, note->text, strcspn(note->text, "\n"));
	if (note->file == NULL)
		return;
	slash = strrchr(note->file, '/');
	buffer_puts(out, " (");
	put_string(out, style, slash == NULL ? note->file : slash + 1);
	buffer_printf(out, ":%" PRIu32 ")", note->line);
}
