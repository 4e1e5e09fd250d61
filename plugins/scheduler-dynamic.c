/* scheduler-dynamic.c - see dynamic.c. */
#include "plugins/dynamic.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("dynamic", "decides whenever a slot has room; widest first, then longest"),
	.create = dynamic_create,
	.slots_changed = dynamic_slots_changed,
	.submit = dynamic_submit,
	.advance = dynamic_advance,
	.finished = dynamic_finished,
	.destroy = dynamic_destroy,
};
