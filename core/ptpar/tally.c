/* tally.c - counters, and a list of copies. */
#include "core/ptpar/tally.h"

#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/kept.h"

bool event_is_flaky(const struct event_finished *f)
{
	return f->outcome == OUTCOME_PASSED && f->attempt > 1;
}

const char *event_reason(const struct event_finished *f, enum ptpar_note_kind kind)
{
	if (f->reason[0] != '\0')
		return f->reason;
	for (size_t i = 0; i < f->n_ranks; i++)
		for (size_t n = 0; n < f->ranks[i].n_notes; n++)
			if (f->ranks[i].notes[n].kind == kind)
				return f->ranks[i].notes[n].text;
	return "";
}

static void add(struct tally *t, const struct event_finished *f)
{
	t->n_finished++;
	t->n_uncollected += f->test.name[0] == '\0';
	t->counts[f->outcome]++;
	t->n_flaky += event_is_flaky(f);
	if (f->outcome == OUTCOME_PASSED && !event_is_flaky(f))
		return;
	GROW(t->kept, t->n_kept, t->cap_kept);
	t->kept[t->n_kept++] = kept_copy(f, !outcome_is_bad(f->outcome));
}

void tally_event(struct tally *t, const struct event *e)
{
	if (e->kind == EVENT_SELECTED)
		t->n_selected++;
	else if (e->kind == EVENT_FINISHED)
		add(t, &e->finished);
}

size_t tally_total(const struct tally *t)
{
	return t->n_selected + t->n_uncollected;
}

size_t tally_bad(const struct tally *t)
{
	size_t n = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (outcome_is_bad((enum outcome)i))
			n += t->counts[i];
	return n;
}

void tally_free(struct tally *t)
{
	for (size_t i = 0; i < t->n_kept; i++)
		free(t->kept[i]);
	free(t->kept);
	*t = (struct tally){ 0 };
}
