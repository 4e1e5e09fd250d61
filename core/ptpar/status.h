/* status.h - what runs now, on which workers, since when, and where each rank is: for a user who asks. */
#ifndef CORE_PTPAR_STATUS_H
#define CORE_PTPAR_STATUS_H

#include "core/ptpar/slot.h"

/* One question. */
struct status {
	bool is_asked;
	uint32_t missing; /* answers */
	double due;       /* when it is told though answers are missing, seconds of the run */
};

/* Asks the agents of all slots that run something. */
void status_ask(struct status *status, struct slot *slots, uint32_t n, double now);
/* An answer. */
void status_answer(struct status *status, struct attempt *a, uint32_t rank, const struct wire_seen *m);
/* Can it be told? Then it is not asked any more. */
bool status_is_ready(struct status *status, double now);
/* Appends a paragraph for each attempt that runs, each beginning with a newline. */
void status_put(struct slot *slots, uint32_t n, double now, struct buffer *out);

#endif
