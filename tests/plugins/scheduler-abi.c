/* scheduler-abi.c - compiled with the headers of another ptpar. Its functions would crash. */
#include "tests/plugins/scheduler.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = { PTPAR_PLUGIN_MAGIC, PTPAR_PLUGIN_SCHEDULER, PTPAR_SCHEDULER_ABI + 99,
		  sizeof(struct ptpar_scheduler), "abi", "wrong ABI" },
	.create = (int (*)(const struct ptpar_scheduler_host *, void **, struct ptpar_error *))1,
};
