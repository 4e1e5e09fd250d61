/* dynamic.c - decides whenever a slot has room: the widest job that fits goes first.
 *
 * Wide jobs leave the largest holes, and the small ones that are still there fill them. Of the same np the longest
 * goes first, and a job that is expected to take longer than all that waits would take on all slots goes before any
 * other: later, the others would wait for it at the end. In simulation (P = 4 to 64, np uniform or mostly small)
 * this comes to 1.00 to 1.01 of the lower bound on the average; largest np * seconds first to 1.12 where np is
 * uniform. Jobs of unknown duration count as the longest of their np.
 */
#include "plugins/dynamic.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "plugins/scheduler-common.h"

enum { ROOM_MAX = 64 }; /* more room than that is as good as that */

struct dynamic {
	const struct ptpar_scheduler_host *host;
	struct slot_list slots;
	struct job_queue queue; /* key: seconds; infinite when unknown */
	double work;            /* of the jobs that wait, as far as it is known: sum of np * seconds */

	uint32_t *place; /* [slots.n]: how many slots of the same node come before it */

	/* Used while advancing. */
	uint32_t *room;                   /* [slots.n] */
	uint32_t with_room[ROOM_MAX + 1]; /* with_room[r]: slots that have room for at least r jobs */
	uint32_t *candidates;             /* [slots.n]: indices into slots, growing */
	uint32_t *chosen;                 /* [slots.n]: numbers of slots */
};

int dynamic_create(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	struct dynamic *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return scheduler_no_memory(err);
	d->host = host;
	*state = d;
	return 0;
}

static void free_arrays(struct dynamic *d)
{
	free(d->place);
	free(d->room);
	free(d->candidates);
	free(d->chosen);
	d->place = d->room = d->candidates = d->chosen = NULL;
}

int dynamic_slots_changed(void *state, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	struct dynamic *d = state;
	int rc = slot_list_set(&d->slots, slots, n, err);

	if (rc < 0)
		return rc;
	free_arrays(d);
	d->place = calloc(n + (size_t)1, sizeof(*d->place));
	d->room = calloc(n + (size_t)1, sizeof(*d->room));
	d->candidates = calloc(n + (size_t)1, sizeof(*d->candidates));
	d->chosen = calloc(n + (size_t)1, sizeof(*d->chosen));
	if (d->place == NULL || d->room == NULL || d->candidates == NULL || d->chosen == NULL)
		return scheduler_no_memory(err);
	for (uint32_t i = 1; i < n; i++)
		d->place[i] = d->slots.slot[i].node == d->slots.slot[i - 1].node ? d->place[i - 1] + 1 : 0;
	return 0;
}

int dynamic_submit(void *state, const struct ptpar_job *jobs, uint32_t n, struct ptpar_error *err)
{
	struct dynamic *d = state;
	int rc = 0;

	for (uint32_t i = 0; i < n && rc == 0; i++) {
		double seconds = isnan(jobs[i].expected) ? INFINITY : jobs[i].expected;

		rc = job_queue_add(&d->queue, jobs[i].job, jobs[i].np, seconds, err);
		if (isfinite(seconds))
			d->work += jobs[i].np * seconds;
	}
	return rc;
}

static void read_room(struct dynamic *d)
{
	for (uint32_t r = 0; r <= ROOM_MAX; r++)
		d->with_room[r] = 0;
	for (uint32_t i = 0; i < d->slots.n; i++) {
		uint32_t room = d->host->room(d->host->ctx, d->slots.number[i]);

		d->room[i] = room < ROOM_MAX ? room : ROOM_MAX;
		d->with_room[d->room[i]]++;
	}
	for (uint32_t r = ROOM_MAX; r > 0; r--)
		d->with_room[r - 1] += d->with_room[r];
}

static void set_room(struct dynamic *d, uint32_t slot, uint32_t room)
{
	while (d->room[slot] > room)
		d->with_room[d->room[slot]--]--;
}

/* The slots that have so much room. */
static uint32_t find_candidates(struct dynamic *d, uint32_t np, uint32_t room)
{
	uint32_t n = 0;

	/* A single process has no neighbours to be near to: the first will do. */
	for (uint32_t i = 0; i < d->slots.n && (np > 1 || n == 0); i++)
		if (d->room[i] >= room)
			d->candidates[n++] = i;
	return n;
}

/* How far apart np slots are that begin and end with these; the smaller, the better. Nodes count most, then NUMA
 * domains, then the distance; of equals those that begin at a multiple of np in their node, so that the same groups
 * come again (the workers keep a communicator for each). */
static uint64_t spread(const struct dynamic *d, uint32_t first, uint32_t last, uint32_t np)
{
	const struct ptpar_slot *a = &d->slots.slot[first], *b = &d->slots.slot[last];
	bool other_node = a->node != b->node, other_numa = other_node || a->numa != b->numa;

	return (uint64_t)other_node << 62 | (uint64_t)other_numa << 61 | (uint64_t)(last - first) << 1 |
	       (d->place[first] % np != 0);
}

/* Chooses np of the slots that have so much room, and returns the first of them in d->candidates. */
static const uint32_t *choose_slots(struct dynamic *d, uint32_t np, uint32_t room)
{
	uint32_t n = find_candidates(d, np, room), best = 0;
	uint64_t best_spread = UINT64_MAX;

	for (uint32_t i = 0; i + np <= n; i++) {
		uint64_t s = spread(d, d->candidates[i], d->candidates[i + np - 1], np);

		if (s < best_spread) {
			best_spread = s;
			best = i;
		}
	}
	return d->candidates + best;
}

/* The job to start next on at most that many slots, as the first of its bucket; NULL if there is none. */
static struct bucket *choose_job(struct dynamic *d, uint32_t max_np)
{
	struct bucket *widest = NULL, *urgent = NULL;
	double left;

	if (max_np == 0)
		return NULL;
	left = d->work / d->slots.n;
	for (struct bucket *b = d->queue.buckets; b < d->queue.buckets + d->queue.n_buckets; b++) {
		if (b->np > max_np || b->n == 0)
			continue;
		if (widest == NULL)
			widest = b;
		if (isfinite(b->heap[0].key) && b->heap[0].key > left) {
			left = b->heap[0].key;
			urgent = b;
		}
	}
	return urgent != NULL ? urgent : widest;
}

static int start(struct dynamic *d, struct bucket *b, uint32_t room, struct ptpar_error *err)
{
	const uint32_t *slots = choose_slots(d, b->np, room);
	int rc;

	for (uint32_t i = 0; i < b->np; i++)
		d->chosen[i] = d->slots.number[slots[i]];
	rc = d->host->start(d->host->ctx, b->heap[0].job, d->chosen, b->np);
	if (rc < 0 && rc != -EAGAIN)
		return scheduler_refused(err, rc, b->heap[0].job);
	/* Refused for now: leave these slots alone until the next time. */
	for (uint32_t i = 0; i < b->np; i++)
		set_room(d, slots[i], rc == 0 ? d->room[slots[i]] - 1 : 0);
	if (rc == 0) {
		if (isfinite(b->heap[0].key))
			d->work -= b->np * b->heap[0].key;
		bucket_pop(b);
	}
	return 0;
}

/* The shortest queues are filled first, with what fits there, and longer ones are looked at only then: else a wide
 * job would be queued behind another while a slot beside it has nothing to do, and keep that from the narrow ones.
 */
int dynamic_advance(void *state, struct ptpar_error *err)
{
	struct dynamic *d = state;
	struct bucket *b;
	int rc = 0;

	read_room(d);
	for (uint32_t room = ROOM_MAX; room > 0 && rc == 0; room--)
		while (rc == 0 && (b = choose_job(d, d->with_room[room])) != NULL)
			rc = start(d, b, room, err);
	return rc;
}

void dynamic_finished(void *state, uint32_t job)
{
	(void)state; /* room tells all that matters */
	(void)job;
}

void dynamic_destroy(void *state)
{
	struct dynamic *d = state;

	if (d == NULL)
		return;
	free_arrays(d);
	slot_list_free(&d->slots);
	job_queue_free(&d->queue);
	free(d);
}
