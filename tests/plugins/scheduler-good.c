/* scheduler-good.c - nothing is wrong with it. Copied, it is a plugin of the same name in another file. */
#include "tests/plugins/scheduler.h"

const struct ptpar_scheduler ptpar_scheduler = {
	.head = PTPAR_SCHEDULER_HEAD("good", "starts nothing"),
	FUNCTIONS,
};
