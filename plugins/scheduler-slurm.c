/* scheduler-slurm.c - in a job of Slurm, submitted for the run: a job step for each test, or one pool ([slurm]
 * reuse). What is started when is decided as by `dynamic`; where, by Slurm. */
#include "plugins/batch-slurm.h"
#include "plugins/dynamic.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("slurm", "in a job of Slurm that it submits"),
	.flags = PTPAR_SCHEDULER_ISOLATES,
	.create = dynamic_create,
	.slots_changed = dynamic_slots_changed,
	.submit = dynamic_submit,
	.advance = dynamic_advance,
	.finished = dynamic_finished,
	.destroy = dynamic_destroy,
	.batch = &batch_slurm,
};
