/* scheduler-size.c - the right ABI number, but a descriptor of another size. */
#include "tests/plugins/scheduler.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = { PTPAR_PLUGIN_MAGIC, PTPAR_PLUGIN_SCHEDULER, PTPAR_SCHEDULER_ABI,
		  sizeof(struct ptpar_scheduler) + 8, "size", "wrong size" },
	FUNCTIONS,
};
