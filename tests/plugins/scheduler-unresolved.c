/* scheduler-unresolved.c - calls a function that nobody has. Bound lazily, it would die in the middle of a run. */
#include "tests/plugins/scheduler.h"

int nobody_has_this(void);

static int call_it(void *state, struct ptpar_error *err)
{
	(void)state;
	(void)err;
	return nobody_has_this();
}

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("unresolved", "calls what is not there"),
	.create = create,
	.slots_changed = slots_changed,
	.submit = submit,
	.advance = call_it,
	.finished = finished,
	.destroy = destroy,
};
