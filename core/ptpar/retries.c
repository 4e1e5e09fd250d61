/* retries.c - a list; few tests are tried again. */
#include "core/ptpar/retries.h"

#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/ptpar/kept.h"

void retries_event(struct retries *r, const struct event *e)
{
	if (e->kind != EVENT_RETRIED)
		return;
	GROW(r->items, r->n, r->cap);
	r->items[r->n++] = kept_copy(&e->finished, true);
}

const struct event_finished *retries_next(const struct retries *r, const char *id, size_t *at)
{
	while (*at < r->n && strcmp(r->items[*at]->test.id, id) != 0)
		++*at;
	return *at < r->n ? r->items[(*at)++] : NULL;
}

void retries_free(struct retries *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->items[i]);
	free(r->items);
	*r = (struct retries){ 0 };
}
