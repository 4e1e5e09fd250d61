/* scheduler-kind.c - its head says that it is a source. */
#include "tests/plugins/scheduler.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = { PTPAR_PLUGIN_MAGIC, PTPAR_PLUGIN_SOURCE, PTPAR_SCHEDULER_ABI, sizeof(struct ptpar_scheduler),
		  "kind", "wrong kind" },
	FUNCTIONS,
};
