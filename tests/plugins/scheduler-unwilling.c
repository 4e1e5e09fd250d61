/* scheduler-unwilling.c - a good plugin whose create fails. */
#include <errno.h>
#include <stdio.h>

#include "tests/plugins/scheduler.h"

static int refuse(const struct ptpar_scheduler_host *host, void **state, struct ptpar_error *err)
{
	(void)host;
	(void)state;
	snprintf(err->text, sizeof(err->text), "it is not in the mood");
	return -EINVAL;
}

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("unwilling", "its create fails"),
	.create = refuse,
	.slots_changed = slots_changed,
	.submit = submit,
	.advance = advance,
	.finished = finished,
	.destroy = destroy,
};
