/* where.c - ranks at the same place are told together. */
#include "core/ptpar/where.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

/* So many places are told in a line. */
enum { MAX_PLACES = 8 };

static char *copy(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

void where_set(struct where *w, const struct wire_seen *m)
{
	where_free(w);
	w->text = copy(m->text);
	w->comm_size = m->call != 0 ? (uint32_t)m->comm_size : 0;
	w->file = copy(m->file);
	w->line = (uint32_t)m->line;
	w->frames = xcalloc(m->frames.n, sizeof(*w->frames));
	for (; w->n_frames < m->frames.n; w->n_frames++)
		w->frames[w->n_frames] = xstrdup(m->frames.items[w->n_frames]);
}

void where_free(struct where *w)
{
	for (size_t i = 0; i < w->n_frames; i++)
		free(w->frames[i]);
	free(w->frames);
	free(w->text);
	free(w->file);
	*w = (struct where){ 0 };
}

void where_put_call(struct buffer *out, const struct where *w)
{
	if (w->text == NULL)
		return;
	buffer_printf(out, ", %s", w->text);
	if (w->comm_size > 0)
		buffer_printf(out, " on a communicator of size %u", w->comm_size);
}

void where_put_frames(struct buffer *out, const struct where *w)
{
	for (size_t i = 0; i < w->n_frames; i++)
		buffer_printf(out, "\n    %s%s", strncmp(w->frames[i], "…", 3) == 0 ? "" : "at ", w->frames[i]);
}

static bool is_known(const struct where *w)
{
	return w != NULL && w->text != NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_place(const struct where *a, const struct where *b)
{
	return same(a->text, b->text) && same(a->file, b->file) && a->line == b->line;
}

static void put_place(struct buffer *out, const struct where *w)
{
	const char *slash = w->file == NULL ? NULL : strrchr(w->file, '/');

	buffer_printf(out, " %s", w->text);
	if (w->file != NULL)
		buffer_printf(out, " (%s:%u)", slash == NULL ? w->file : slash + 1, w->line);
}

/* "ranks 0,1,3" or "ranks 0-2,5" for all that are where `first` is: ranges only from three on. */
static void put_ranks(struct buffer *out, const bool *chosen, uint32_t n)
{
	const char *comma = "";
	uint32_t total = 0;

	for (uint32_t i = 0; i < n; i++)
		total += chosen[i];
	buffer_puts(out, total == 1 ? "rank " : "ranks ");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t last = i;

		if (!chosen[i])
			continue;
		while (last + 1 < n && chosen[last + 1])
			last++;
		if (last < i + 2)
			last = i;
		buffer_printf(out, "%s%u", comma, i);
		if (last > i)
			buffer_printf(out, "-%u", last);
		comma = ",";
		i = last;
	}
}

void where_put_groups(struct buffer *out, uint32_t n, const struct where *(*where)(const void *ctx, uint32_t rank),
		      const void *ctx)
{
	bool *told = xcalloc(n, sizeof(*told)), *chosen = xcalloc(n, sizeof(*chosen));
	unsigned places = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct where *w = where(ctx, i);

		if (told[i] || !is_known(w))
			continue;
		if (places++ == MAX_PLACES) {
			buffer_puts(out, "; …");
			break;
		}
		for (uint32_t k = 0; k < n; k++) {
			const struct where *other = where(ctx, k);

			chosen[k] = k >= i && !told[k] && is_known(other) && is_same_place(w, other);
			told[k] = told[k] || chosen[k];
		}
		if (places > 1)
			buffer_puts(out, "; ");
		put_ranks(out, chosen, n);
		put_place(out, w);
	}
	free(told);
	free(chosen);
}
