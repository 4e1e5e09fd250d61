/* roster.c - the selected tests in order, found by a binary search over their ids once all are known. */
#include "core/ptpar/roster.h"

#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

/* Of a core that was killed. */
static const struct roster_end killed = { .outcome = OUTCOME_NOT_RUN,
					  .running = "was running when ptpar was killed",
					  .waiting = "ptpar was killed before it ended" };

enum state { SELECTED, STARTED, FINISHED };

struct entry {
	struct event_test test; /* owns its strings */
	enum state state;
	size_t place; /* in the order of selection */
};

struct roster {
	void (*emit)(void *ctx, const struct event *e);
	void *ctx;
	struct entry *entries;
	size_t n, cap;
	bool sorted, ended;
	double time; /* s; of the last event */
};

struct roster *roster_new(void (*emit)(void *ctx, const struct event *e), void *ctx)
{
	struct roster *r = xcalloc(1, sizeof(*r));

	r->emit = emit;
	r->ctx = ctx;
	return r;
}

static int compare_ids(const void *a, const void *b)
{
	const struct entry *s = a, *t = b;

	return strcmp(s->test.id, t->test.id);
}

static int compare_places(const void *a, const void *b)
{
	const struct entry *s = a, *t = b;

	return s->place < t->place ? -1 : s->place > t->place;
}

static void add(struct roster *r, const struct event_test *t)
{
	GROW(r->entries, r->n, r->cap);
	r->entries[r->n] = (struct entry){ .test = { .id = xstrdup(t->id),
						     .source = xstrdup(t->source),
						     .name = xstrdup(t->name),
						     .np = t->np },
					   .place = r->n };
	r->n++;
	r->sorted = false;
}

static void mark(struct roster *r, const char *id, enum state state)
{
	struct entry key = { .test = { .id = id } }, *found;

	if (r->n == 0)
		return;
	if (!r->sorted)
		qsort(r->entries, r->n, sizeof(*r->entries), compare_ids);
	r->sorted = true;
	found = bsearch(&key, r->entries, r->n, sizeof(*r->entries), compare_ids);
	if (found != NULL && found->state != FINISHED)
		found->state = state;
}

static void tell_missing(struct roster *r, const struct roster_end *end)
{
	struct event e = { .kind = EVENT_FINISHED, .time = r->time };

	if (r->n > 0)
		qsort(r->entries, r->n, sizeof(*r->entries), compare_places);
	r->sorted = false;
	for (size_t i = 0; i < r->n; i++) {
		struct entry *entry = &r->entries[i];

		if (entry->state == FINISHED)
			continue;
		e.finished =
			(struct event_finished){ .test = entry->test,
						 .outcome =
							 entry->state == STARTED ? end->outcome : OUTCOME_NOT_RUN,
						 .attempt = 1,
						 .reason = entry->state == STARTED ? end->running : end->waiting };
		entry->state = FINISHED;
		r->emit(r->ctx, &e);
	}
}

void roster_event(void *roster, const struct event *e)
{
	struct roster *r = roster;

	r->time = e->time;
	if (e->kind == EVENT_SELECTED)
		add(r, &e->selected);
	else if (e->kind == EVENT_STARTED)
		mark(r, e->started.id, STARTED);
	else if (e->kind == EVENT_FINISHED)
		mark(r, e->finished.test.id, FINISHED);
	else if (e->kind == EVENT_RETRIED)
		mark(r, e->finished.test.id, SELECTED);
	else if (e->kind == EVENT_RUN_END)
		tell_missing(r, &killed);
	r->ended = r->ended || e->kind == EVENT_RUN_END;
	r->emit(r->ctx, e);
}

bool roster_finish(struct roster *r, const struct roster_end *end)
{
	bool ended = r->ended;

	if (!ended)
		tell_missing(r, end != NULL ? end : &killed);
	for (size_t i = 0; i < r->n; i++) {
		free((char *)r->entries[i].test.id);
		free((char *)r->entries[i].test.source);
		free((char *)r->entries[i].test.name);
	}
	free(r->entries);
	free(r);
	return ended;
}
