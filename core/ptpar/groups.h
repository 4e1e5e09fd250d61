/* groups.h - which groups of slots have a communicator in the workers, so that tests on the same slots can share
 * it.
 *
 * Decided in one place, since all ranks of a group must agree. At most GROUPS_MAX at a time; the one that was used
 * longest ago makes room, when no test of it is queued.
 */
#ifndef CORE_PTPAR_GROUPS_H
#define CORE_PTPAR_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

enum { GROUPS_MAX = 256 };

struct group_entry {
	uint64_t id;
	uint32_t hash;
	uint32_t n;
	uint32_t *slots;
	uint32_t users; /* attempts in queues */
	uint64_t used;  /* when last: a counter */
};

struct groups {
	struct group_entry *entries[GROUPS_MAX];
	uint32_t n;
	uint64_t next_id; /* 0 is for single processes */
	uint64_t clock;
};

/* The group of these slots in this order, one more user of it. *is_new: the workers must be told. *evicted: a group
 * that had to go, to be freed with groups_forget after the workers were told; or NULL. */
struct group_entry *groups_use(struct groups *groups, const uint32_t *slots, uint32_t n, bool *is_new,
			       struct group_entry **evicted);
/* One user less. */
void groups_release(struct groups *groups, uint64_t id);
/* Takes a group out, since one of its members is dead; nothing if it is not there. */
void groups_drop(struct groups *groups, uint64_t id);
/* Drops all groups that the slot is in. */
void groups_drop_slot(struct groups *groups, uint32_t slot);
void groups_forget(struct group_entry *entry);
void groups_clear(struct groups *groups);

#endif
