/* kept.c - counts the bytes first, then copies into one block: structs, then notes, then strings. */
#include "core/ptpar/kept.h"

#include <string.h>

#include "core/common/alloc.h"

static size_t size_of(const char *s)
{
	return s == NULL ? 0 : strlen(s) + 1;
}

static const char *copy(char **strings, const char *s)
{
	char *place = *strings;

	if (s == NULL)
		return NULL;
	memcpy(place, s, strlen(s) + 1);
	*strings += strlen(s) + 1;
	return place;
}

struct event_finished *kept_copy(const struct event_finished *f, bool without_output)
{
	size_t n_notes = 0, n_points = 0, bytes;
	struct event_finished *k;
	struct event_rank *ranks;
	struct event_note *notes;
	struct ptpar_point *points;
	char *strings;

	bytes = size_of(f->test.id) + size_of(f->test.source) + size_of(f->test.name) + size_of(f->reason);
	for (size_t i = 0; i < f->n_ranks; i++) {
		n_notes += f->ranks[i].n_notes;
		bytes += without_output ? 0 : f->ranks[i].n_output;
		for (size_t n = 0; n < f->ranks[i].n_notes; n++)
			bytes += size_of(f->ranks[i].notes[n].file) + size_of(f->ranks[i].notes[n].text);
		n_points += f->ranks[i].n_points;
		for (size_t n = 0; n < f->ranks[i].n_points; n++)
			bytes += size_of(f->ranks[i].points[n].name) + size_of(f->ranks[i].points[n].reason) +
				 size_of(f->ranks[i].points[n].detail);
	}
	k = xmalloc(sizeof(*k) + f->n_ranks * sizeof(*ranks) + n_notes * sizeof(*notes) +
		    n_points * sizeof(*points) + bytes);
	ranks = (struct event_rank *)(k + 1);
	notes = (struct event_note *)(ranks + f->n_ranks);
	points = (struct ptpar_point *)(notes + n_notes);
	strings = (char *)(points + n_points);
	*k = *f;
	k->test.id = copy(&strings, f->test.id);
	k->test.source = copy(&strings, f->test.source);
	k->test.name = copy(&strings, f->test.name);
	k->reason = copy(&strings, f->reason);
	k->ranks = ranks;
	for (size_t i = 0; i < f->n_ranks; i++) {
		ranks[i] = f->ranks[i];
		ranks[i].notes = notes;
		for (size_t n = 0; n < f->ranks[i].n_notes; n++, notes++) {
			*notes = f->ranks[i].notes[n];
			notes->file = copy(&strings, notes->file);
			notes->text = copy(&strings, notes->text);
		}
		ranks[i].points = points;
		for (size_t n = 0; n < f->ranks[i].n_points; n++, points++) {
			*points = f->ranks[i].points[n];
			points->name = copy(&strings, points->name);
			points->reason = copy(&strings, points->reason);
			points->detail = copy(&strings, points->detail);
		}
		if (without_output)
			ranks[i].n_output = 0;
		ranks[i].output = strings;
		if (ranks[i].n_output > 0)
			memcpy(strings, f->ranks[i].output, ranks[i].n_output);
		strings += ranks[i].n_output;
	}
	return k;
}
