/* scheduler-incomplete.c - one of its mandatory functions is missing. */
#include "tests/plugins/scheduler.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("incomplete", "has no advance"),
	.create = create,
	.slots_changed = slots_changed,
	.submit = submit,
	.finished = finished,
	.destroy = destroy,
};
