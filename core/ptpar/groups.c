/* groups.c - a small array, searched by hash: groups repeat, so the one that was used last is looked at first. */
#include "core/ptpar/groups.h"

#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

/* FNV-1a over the numbers. */
static uint32_t hash_of(const uint32_t *slots, uint32_t n)
{
	uint32_t hash = 2166136261u;

	for (uint32_t i = 0; i < n; i++)
		hash = (hash ^ slots[i]) * 16777619u;
	return hash;
}

static void remove_at(struct groups *groups, uint32_t i)
{
	groups->entries[i] = groups->entries[--groups->n];
}

/* The one without users that was used longest ago; NULL if all have users. */
static struct group_entry *evict(struct groups *groups)
{
	struct group_entry *oldest = NULL;
	uint32_t at = 0;

	for (uint32_t i = 0; i < groups->n; i++) {
		struct group_entry *e = groups->entries[i];

		if (e->users == 0 && (oldest == NULL || e->used < oldest->used)) {
			oldest = e;
			at = i;
		}
	}
	if (oldest != NULL)
		remove_at(groups, at);
	return oldest;
}

struct group_entry *groups_use(struct groups *groups, const uint32_t *slots, uint32_t n, bool *is_new,
			       struct group_entry **evicted)
{
	uint32_t hash = hash_of(slots, n);
	struct group_entry *e = NULL;

	*is_new = false;
	*evicted = NULL;
	for (uint32_t i = 0; i < groups->n && e == NULL; i++) {
		struct group_entry *other = groups->entries[i];

		if (other->hash == hash && other->n == n && memcmp(other->slots, slots, n * sizeof(*slots)) == 0)
			e = other;
	}
	if (e == NULL) {
		if (groups->n == GROUPS_MAX)
			*evicted = evict(groups);
		if (groups->n == GROUPS_MAX)
			return NULL; /* all are in use: the caller tries again later */
		e = xcalloc(1, sizeof(*e));
		e->id = ++groups->next_id;
		e->hash = hash;
		e->n = n;
		e->slots = xcalloc(n, sizeof(*slots));
		memcpy(e->slots, slots, n * sizeof(*slots));
		groups->entries[groups->n++] = e;
		*is_new = true;
	}
	e->users++;
	e->used = ++groups->clock;
	return e;
}

void groups_release(struct groups *groups, uint64_t id)
{
	for (uint32_t i = 0; i < groups->n; i++)
		if (groups->entries[i]->id == id)
			groups->entries[i]->users--;
}

void groups_drop(struct groups *groups, uint64_t id)
{
	for (uint32_t i = 0; i < groups->n; i++) {
		if (groups->entries[i]->id != id)
			continue;
		groups_forget(groups->entries[i]);
		remove_at(groups, i);
		return;
	}
}

static bool contains(const struct group_entry *e, uint32_t slot)
{
	for (uint32_t i = 0; i < e->n; i++)
		if (e->slots[i] == slot)
			return true;
	return false;
}

void groups_drop_slot(struct groups *groups, uint32_t slot)
{
	for (uint32_t i = groups->n; i > 0; i--)
		if (contains(groups->entries[i - 1], slot)) {
			groups_forget(groups->entries[i - 1]);
			remove_at(groups, i - 1);
		}
}

void groups_forget(struct group_entry *entry)
{
	if (entry == NULL)
		return;
	free(entry->slots);
	free(entry);
}

void groups_clear(struct groups *groups)
{
	while (groups->n > 0)
		groups_forget(groups->entries[--groups->n]);
}
