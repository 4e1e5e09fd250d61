/* ending.h - when an attempt must be ended, and how: every rank that still runs it is asked where it is, then gets
 * a SIGTERM, then a SIGKILL. */
#ifndef CORE_PTPAR_ENDING_H
#define CORE_PTPAR_ENDING_H

#include "core/ptpar/slot.h"

/* So long an agent is waited for that does not answer, seconds: on a loaded machine, reading the debug information
 * of a large program for the first time may take one or two. */
#define ENDING_ANSWER_GRACE 5.0

/* When the attempt is to be ended, seconds of the run, and why; INFINITY: not at all. grace_after_failure: for the
 * others when one rank has failed, seconds. */
double ending_deadline(const struct attempt *a, double grace_after_failure, enum calloff *why);

/* Begins to end the ranks that have not ended by themselves; at once and unasked if the run is interrupted. */
void ending_begin(struct slot *slots, struct attempt *a, enum calloff why, double now);
/* Takes the next step if it is due. Returns when the next one is. */
double ending_go_on(struct slot *slots, struct attempt *a, double now);

#endif
