/* scheduler-common.c - sorted slots; binary heaps of jobs, one for each np. */
#include "plugins/scheduler-common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int scheduler_fail(struct ptpar_error *err, int code, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

int scheduler_no_memory(struct ptpar_error *err)
{
	return scheduler_fail(err, -ENOMEM, "scheduler: out of memory");
}

int scheduler_refused(struct ptpar_error *err, int code, uint32_t job)
{
	return scheduler_fail(err, code, "scheduler: job %u could not be started: %s", (unsigned)job,
			      strerror(-code));
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_slots(const void *left, const void *right)
{
	const struct ptpar_slot *a = left, *b = right;

	if (a->node != b->node)
		return compare_u32(a->node, b->node);
	if (a->numa != b->numa)
		return compare_u32(a->numa, b->numa);
	if (a->core != b->core)
		return compare_u32(a->core, b->core);
	return compare_u32(a->slot, b->slot);
}

int slot_list_set(struct slot_list *list, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err)
{
	struct slot_list new = { .n = n };

	new.slot = calloc(n + 1, sizeof(*new.slot));
	new.number = calloc(n + 1, sizeof(*new.number));
	if (new.slot == NULL || new.number == NULL) {
		slot_list_free(&new);
		return scheduler_no_memory(err);
	}
	if (n > 0)
		memcpy(new.slot, slots, n * sizeof(*slots));
	qsort(new.slot, n, sizeof(*new.slot), compare_slots);
	for (uint32_t i = 0; i < n; i++)
		new.number[i] = new.slot[i].slot;
	slot_list_free(list);
	*list = new;
	return 0;
}

void slot_list_free(struct slot_list *list)
{
	free(list->slot);
	free(list->number);
	*list = (struct slot_list){ 0 };
}

/* The bucket for np; made, in its place, if there was none. NULL: out of memory. */
static struct bucket *find_bucket(struct job_queue *q, uint32_t np)
{
	struct bucket *buckets;
	uint32_t i = 0;

	while (i < q->n_buckets && q->buckets[i].np > np)
		i++;
	if (i < q->n_buckets && q->buckets[i].np == np)
		return &q->buckets[i];
	buckets = realloc(q->buckets, (q->n_buckets + 1) * sizeof(*buckets));
	if (buckets == NULL)
		return NULL;
	memmove(buckets + i + 1, buckets + i, (q->n_buckets - i) * sizeof(*buckets));
	buckets[i] = (struct bucket){ .np = np };
	q->buckets = buckets;
	q->n_buckets++;
	return &buckets[i];
}

static bool is_better(const struct waiting_job *a, const struct waiting_job *b)
{
	return a->key != b->key ? a->key > b->key : a->order < b->order;
}

int job_queue_add(struct job_queue *q, uint32_t job, uint32_t np, double key, struct ptpar_error *err)
{
	struct waiting_job new = { .key = key, .order = q->next_order++, .job = job };
	struct bucket *b = find_bucket(q, np);
	struct waiting_job *heap;
	uint32_t i;

	if (b == NULL)
		return scheduler_no_memory(err);
	if (b->n == b->cap) {
		uint32_t cap = b->cap == 0 ? 16 : 2 * b->cap;

		heap = realloc(b->heap, cap * sizeof(*heap));
		if (heap == NULL)
			return scheduler_no_memory(err);
		b->heap = heap;
		b->cap = cap;
	}
	heap = b->heap;
	for (i = b->n++; i > 0 && is_better(&new, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = new;
	return 0;
}

struct bucket *job_queue_best(struct job_queue *q, uint32_t max_np)
{
	struct bucket *best = NULL;

	/* Widest first, so that the first of equal keys is the wider one. */
	for (uint32_t i = 0; i < q->n_buckets; i++) {
		struct bucket *b = &q->buckets[i];

		if (b->np <= max_np && b->n > 0 && (best == NULL || b->heap[0].key > best->heap[0].key))
			best = b;
	}
	return best;
}

void bucket_pop(struct bucket *b)
{
	struct waiting_job last = b->heap[--b->n];
	uint32_t i = 0, child;

	while ((child = 2 * i + 1) < b->n) {
		if (child + 1 < b->n && is_better(&b->heap[child + 1], &b->heap[child]))
			child++;
		if (!is_better(&b->heap[child], &last))
			break;
		b->heap[i] = b->heap[child];
		i = child;
	}
	b->heap[i] = last;
}

void job_queue_free(struct job_queue *q)
{
	for (uint32_t i = 0; i < q->n_buckets; i++)
		free(q->buckets[i].heap);
	free(q->buckets);
	*q = (struct job_queue){ 0 };
}
