/* confirm.c - a queue of events that wait for a sentence. */
#include "core/ptpar/confirm.h"

#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/kept.h"

/* So many tests are named that ran before. */
enum { MAX_BEFORE = 6 };

static bool is_named(const struct test *const *named, unsigned n, const struct test *t)
{
	for (unsigned i = 0; i < n; i++)
		if (named[i] == t)
			return true;
	return false;
}

/* The last tests of each of its processes, the last first. */
static char *name_those_before(const struct attempt *a, const struct slot *slots)
{
	const struct test *named[MAX_BEFORE + 1] = { a->test };
	unsigned n = 1;
	struct buffer text = { 0 };

	for (uint32_t back = 1; back <= SLOT_HISTORY; back++)
		for (uint32_t i = 0; i < a->np && n <= MAX_BEFORE; i++) {
			const struct test *t = slot_history(&slots[a->slots[i]], back);

			if (t == NULL || is_named(named, n, t))
				continue;
			named[n++] = t;
			buffer_printf(&text, "%s%s", text.len > 0 ? ", " : "", t->id);
		}
	buffer_putc(&text, '\0');
	return text.data;
}

void confirm_hold(struct confirm *c, const struct attempt *a, const struct slot *slots,
		  const struct event_finished *finished)
{
	GROW(c->items, c->n, c->cap);
	c->items[c->n++] = (struct held){ .test = a->test,
					  .finished = kept_copy(finished, false),
					  .before = name_those_before(a, slots) };
}

struct held *confirm_next(struct confirm *c)
{
	return c->next < c->n ? &c->items[c->next] : NULL;
}

size_t confirm_count(const struct confirm *c)
{
	return c->n - c->next;
}

static void put_verdict(struct buffer *out, const struct held *h, enum outcome outcome, const char *why)
{
	if (outcome == OUTCOME_NOT_RUN)
		buffer_puts(out, "not tried alone");
	else if (outcome != OUTCOME_PASSED && outcome != OUTCOME_SKIPPED)
		buffer_printf(out, "also fails alone (%s)", outcome_word(outcome));
	else if (h->before[0] == '\0')
		buffer_puts(out, "passes alone; nothing ran before it in the same processes");
	else
		buffer_printf(out, "passes alone: suspect what ran before it in the same processes: %s", h->before);
	if (why[0] != '\0')
		buffer_printf(out, ": %s", why);
}

void confirm_tell(struct confirm *c, enum outcome outcome, const char *why, double now,
		  void (*emit)(void *ctx, const struct event *e), void *ctx)
{
	struct held *h = &c->items[c->next++];
	struct event e = { .kind = EVENT_FINISHED, .time = now, .finished = *h->finished };
	struct buffer reason = { 0 };

	buffer_puts(&reason, h->finished->reason);
	if (reason.len > 0)
		buffer_puts(&reason, "; ");
	put_verdict(&reason, h, outcome, why);
	buffer_putc(&reason, '\0');
	e.finished.reason = reason.data;
	emit(ctx, &e);
	buffer_free(&reason);
}

void confirm_free(struct confirm *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].finished);
		free(c->items[i].before);
	}
	free(c->items);
}
