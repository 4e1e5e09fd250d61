/* scheduler-magic.c - what it exports under ptpar's name begins with something else. */
#include "tests/plugins/scheduler.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = { 0x12345678, PTPAR_PLUGIN_SCHEDULER, PTPAR_SCHEDULER_ABI, sizeof(struct ptpar_scheduler), "magic",
		  "wrong magic" },
	FUNCTIONS,
};
