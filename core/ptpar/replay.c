/* replay.c - notes which tests were selected and crosses out those that have finished. */
#include "core/ptpar/replay.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/eventlog.h"
#include "core/ptpar/session.h"

struct entry {
	char *id, *source, *name;
	uint32_t np;
	uint32_t attempt; /* 0: not started */
	bool finished;
	struct entry *next; /* of the same bucket */
};

enum { BUCKETS = 4096 };

struct state {
	void (*emit)(void *ctx, const struct event *e);
	void *ctx;
	struct entry **entries;
	size_t n, cap;
	struct entry *buckets[BUCKETS];
	double time; /* of the last event */
	int status;  /* of the run; -1 while it has not ended */
};

/* FNV-1a. */
static unsigned bucket_of(const char *id)
{
	unsigned hash = 2166136261u;

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return hash % BUCKETS;
}

static struct entry *find(struct state *s, const char *id)
{
	struct entry *e = s->buckets[bucket_of(id)];

	while (e != NULL && strcmp(e->id, id) != 0)
		e = e->next;
	return e;
}

static void add(struct state *s, const struct event_test *t)
{
	struct entry *e = xcalloc(1, sizeof(*e)), **bucket = &s->buckets[bucket_of(t->id)];

	*e = (struct entry){ .id = xstrdup(t->id),
			     .source = xstrdup(t->source),
			     .name = xstrdup(t->name),
			     .np = t->np,
			     .next = *bucket };
	*bucket = e;
	GROW(s->entries, s->n, s->cap);
	s->entries[s->n++] = e;
}

static void on_event(void *ctx, const struct event *e)
{
	struct state *s = ctx;
	struct entry *entry = NULL;

	s->time = e->time;
	if (e->kind == EVENT_SELECTED)
		add(s, &e->selected);
	else if (e->kind == EVENT_STARTED)
		entry = find(s, e->started.id);
	else if (e->kind == EVENT_FINISHED)
		entry = find(s, e->finished.test.id);
	else if (e->kind == EVENT_RUN_END)
		s->status = e->run_end.status;
	if (entry != NULL && e->kind == EVENT_STARTED)
		entry->attempt = e->started.attempt;
	else if (entry != NULL)
		entry->finished = true;
	s->emit(s->ctx, e);
}

/* What the core would have said if it had not been killed. */
static void complete(struct state *s)
{
	struct event e = { .kind = EVENT_FINISHED, .time = s->time };

	for (size_t i = 0; i < s->n; i++) {
		const struct entry *entry = s->entries[i];

		if (entry->finished)
			continue;
		e.finished = (struct event_finished){
			.test = { .id = entry->id, .source = entry->source, .name = entry->name, .np = entry->np },
			.outcome = OUTCOME_NOT_RUN,
			.attempt = entry->attempt,
			.reason = entry->attempt > 0 ? "ptpar was killed while it ran"
						     : "ptpar was killed before it ran",
		};
		s->emit(s->ctx, &e);
	}
	e = (struct event){ .kind = EVENT_RUN_END, .time = s->time };
	e.run_end = (struct event_run_end){ .status = STATUS_INTERRUPTED, .interrupted = "ptpar was killed" };
	s->emit(s->ctx, &e);
}

int replay(FILE *log, void (*emit)(void *ctx, const struct event *e), void *ctx, struct ptpar_error *err)
{
	struct state *s = xcalloc(1, sizeof(*s));
	int status;

	s->emit = emit;
	s->ctx = ctx;
	s->status = -1;
	status = eventlog_read(log, on_event, s, err);
	if (status == 0 && s->status < 0)
		complete(s);
	if (status == 0)
		status = s->status < 0 ? STATUS_INTERRUPTED : s->status;
	for (size_t i = 0; i < s->n; i++) {
		free(s->entries[i]->id);
		free(s->entries[i]->source);
		free(s->entries[i]->name);
		free(s->entries[i]);
	}
	free(s->entries);
	free(s);
	return status;
}
