/* points.c - what TAP says, without what is its own. */
#include "core/ptpar/points.h"

#include <string.h>

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

static void put_indented(struct buffer *out, const char *text, const struct text_style *style, unsigned indent)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		buffer_printf(out, "%*s", (int)indent, "");
		style->put(out, text, n);
		buffer_putc(out, '\n');
		text += n + (text[n] == '\n');
	}
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
	unsigned indent = 2 + 4 * (p->depth < 16 ? p->depth : 16);

	buffer_printf(out, "%*s%s %u", (int)indent, "", words[p->outcome], (unsigned)p->number);
	if (p->name[0] != '\0') {
		buffer_puts(out, " - ");
		style->put(out, p->name, strlen(p->name));
	}
	if (p->reason != NULL && p->reason[0] != '\0') {
		buffer_puts(out, ": ");
		style->put(out, p->reason, strlen(p->reason));
	}
	if (p->outcome == PTPAR_POINT_FAILED)
		buffer_printf(out, " (line %u)", (unsigned)p->line);
	buffer_putc(out, '\n');
	if (p->detail != NULL && p->outcome == PTPAR_POINT_FAILED)
		put_indented(out, p->detail, style, indent + 4);
}

void points_put(struct buffer *out, const struct event_rank *r, const struct text_style *style, bool bad_only)
{
	for (size_t i = 0; i < r->n_points; i++)
		if (!bad_only || r->points[i].outcome == PTPAR_POINT_FAILED)
			put_point(out, &r->points[i], style);
}

unsigned points_count_ranks(const struct event_finished *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->n_ranks; i++)
		n += f->ranks[i].n_points > 0;
	return n;
}
