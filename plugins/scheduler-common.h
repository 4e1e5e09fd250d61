/* scheduler-common.h - what the schedulers that reuse processes share: the slots in order, and the jobs that wait.
 *
 * Linked into each of them. Functions return 0 or a negative errno with err's text.
 */
#ifndef PLUGINS_SCHEDULER_COMMON_H
#define PLUGINS_SCHEDULER_COMMON_H

#include <ptpar/scheduler.h>

/* The live slots, neighbours next to each other: sorted by node, NUMA domain, core, number. All 0 is an empty one.
 */
struct slot_list {
	uint32_t n;
	struct ptpar_slot *slot;
	uint32_t *number; /* number[i] = slot[i].slot: what host->start wants */
};

/* Replaces the content. */
int slot_list_set(struct slot_list *list, const struct ptpar_slot *slots, uint32_t n, struct ptpar_error *err);
void slot_list_free(struct slot_list *list);

/* Jobs that wait, in a bucket for each np: there are few different ones, so that the best job that is narrow enough
 * is found without looking at the others, however many wait. Adding and taking a job cost O(log n). All 0 is empty.
 */
struct waiting_job {
	double key;
	uint32_t order; /* of arrival */
	uint32_t job;
};

struct bucket {
	uint32_t np;
	uint32_t n, cap;
	struct waiting_job *heap; /* heap[0] is the best, if n > 0 */
};

struct job_queue {
	struct bucket *buckets; /* widest first; may be empty */
	uint32_t n_buckets;
	uint32_t next_order;
};

/* The larger key (not a NAN) is the better one; of equal ones the wider, then the one that came first. */
int job_queue_add(struct job_queue *q, uint32_t job, uint32_t np, double key, struct ptpar_error *err);
/* The bucket whose first job is the best of those with np <= max_np, or NULL. Valid until the next add. */
struct bucket *job_queue_best(struct job_queue *q, uint32_t max_np);
/* Removes the first job of a bucket that is not empty. */
void bucket_pop(struct bucket *b);
void job_queue_free(struct job_queue *q);

/* Writes err's text (err may be NULL) and returns code. */
__attribute__((format(printf, 3, 4))) int scheduler_fail(struct ptpar_error *err, int code, const char *format,
							 ...);
/* The same for -ENOMEM, and for a start that the host refused with `code`. */
int scheduler_no_memory(struct ptpar_error *err);
int scheduler_refused(struct ptpar_error *err, int code, uint32_t job);

#endif
