/* points.c - what TAP says, without what is its own. */
#include "core/ptpar/points.h"

#include <inttypes.h>
#include <string.h>

#include "core/common/alloc.h"

enum {
	MAX_DEPTH = 16,       /* as in the source tap; what is deeper is told as if it were not */
	DETAIL_MAX = 1 << 20, /* of one point, bytes */
};

const char *const point_words[PTPAR_POINT_XPASSED + 1] = {
	[PTPAR_POINT_PASSED] = "passed",   [PTPAR_POINT_FAILED] = "failed",   [PTPAR_POINT_SKIPPED] = "skipped",
	[PTPAR_POINT_XFAILED] = "xfailed", [PTPAR_POINT_XPASSED] = "xpassed",
};

static bool same_string(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool points_are_same(const struct event_rank *a, const struct event_rank *b)
{
	if (a->n_points != b->n_points)
		return false;
	for (size_t i = 0; i < a->n_points; i++) {
		const struct ptpar_point *p = &a->points[i], *q = &b->points[i];

		if (p->outcome != q->outcome || p->number != q->number || p->depth != q->depth ||
		    p->line != q->line || strcmp(p->name, q->name) != 0 || !same_string(p->reason, q->reason) ||
		    !same_string(p->detail, q->detail))
			return false;
	}
	return true;
}

/* Each line of the text, indented. */
static void put_indented(struct buffer *out, const char *text, size_t n, const struct text_style *style,
			 unsigned indent)
{
	while (n > 0) {
		const char *end = memchr(text, '\n', n);
		size_t length = end == NULL ? n : (size_t)(end - text);

		buffer_printf(out, "%*s", (int)indent, "");
		style->put(out, text, length);
		buffer_putc(out, '\n');
		length += end != NULL;
		text += length;
		n -= length;
	}
}

static void put_line(struct buffer *out, const char *text, const struct text_style *style)
{
	style->put(out, text, strcspn(text, "\n"));
}

static void put_point(struct buffer *out, const struct ptpar_point *p, const struct text_style *style)
{
	static const char *const words[] = {
		[PTPAR_POINT_PASSED] = "ok",
		[PTPAR_POINT_FAILED] = "not ok",
		[PTPAR_POINT_SKIPPED] = "skip",
		[PTPAR_POINT_XFAILED] = "todo",
		[PTPAR_POINT_XPASSED] = "todo, but ok",
	};
	unsigned indent = 2 + 4 * (p->depth < MAX_DEPTH ? p->depth : MAX_DEPTH);

	buffer_printf(out, "%*s%s %" PRIu32, (int)indent, "", words[p->outcome], p->number);
	if (p->name[0] != '\0') {
		buffer_puts(out, " - ");
		put_line(out, p->name, style);
	}
	if (p->reason != NULL && p->reason[0] != '\0') {
		buffer_puts(out, ": ");
		put_line(out, p->reason, style);
	}
	if (p->outcome == PTPAR_POINT_FAILED)
		buffer_printf(out, " (line %" PRIu32 ")", p->line);
	buffer_putc(out, '\n');
	if (p->detail != NULL && p->outcome == PTPAR_POINT_FAILED)
		put_indented(out, p->detail, strnlen(p->detail, DETAIL_MAX), style, indent + 4);
}

void points_put_failed(struct buffer *out, const struct event_rank *r, const struct text_style *style)
{
	size_t begin = out->len, n = 0, left_out = 0;

	for (size_t i = 0; i < r->n_points; i++) {
		if (r->points[i].outcome != PTPAR_POINT_FAILED)
			continue;
		if ((style->max_lines > 0 && n >= style->max_lines) ||
		    (style->max_bytes > 0 && out->len - begin > style->max_bytes)) {
			left_out++;
			continue;
		}
		put_point(out, &r->points[i], style);
		n++;
	}
	if (left_out > 0)
		buffer_printf(out, "  … %zu more failed%s\n", left_out, style->hint);
}

void points_put_all(struct buffer *out, const struct event_rank *r, const struct text_style *style)
{
	for (size_t i = 0; i < r->n_points; i++)
		put_point(out, &r->points[i], style);
}

unsigned points_count_ranks(const struct event_finished *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->n_ranks; i++)
		n += f->ranks[i].n_points > 0;
	return n;
}

/* The point of a subtest stands behind those in it: so this goes backwards. */
size_t *points_parents(const struct event_rank *r)
{
	size_t *parents = xcalloc(r->n_points, sizeof(*parents)), open[MAX_DEPTH + 1];

	for (size_t depth = 0; depth <= MAX_DEPTH; depth++)
		open[depth] = POINTS_NONE;
	for (size_t i = r->n_points; i-- > 0;) {
		size_t depth = r->points[i].depth < MAX_DEPTH ? r->points[i].depth : MAX_DEPTH;

		parents[i] = POINTS_NONE;
		for (size_t d = depth; d-- > 0 && parents[i] == POINTS_NONE;)
			parents[i] = open[d];
		open[depth] = i;
		for (size_t d = depth + 1; d <= MAX_DEPTH; d++)
			open[d] = POINTS_NONE;
	}
	return parents;
}

void points_put_number(struct buffer *out, const struct event_rank *r, const size_t *parents, size_t i)
{
	size_t path[MAX_DEPTH + 1], n = 0;

	for (; i != POINTS_NONE && n <= MAX_DEPTH; i = parents[i])
		path[n++] = i;
	while (n-- > 0)
		buffer_printf(out, "%" PRIu32 "%s", r->points[path[n]].number, n > 0 ? "." : "");
}
