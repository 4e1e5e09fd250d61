/* ending.c - three steps, each with its time. */
#include "core/ptpar/ending.h"

#include <math.h>

/* When one rank is dead: then nothing that the others do can save the test, and most wait for it inside MPI;
 * seconds. */
static const double GRACE_AFTER_DEATH = 0.2;
/* A rank that is to be ended is asked where it is, gets a SIGTERM when all have answered or after the first of
 * these, and a SIGKILL after the second, seconds. */
static const double ANSWER_GRACE = ENDING_ANSWER_GRACE, TERM_GRACE = 0.3;

void ending_begin(struct slot *slots, struct attempt *a, enum calloff why, double now)
{
	a->calloff = why;
	a->ending = ENDING_ASKED;
	a->ending_since = now;
	for (uint32_t i = 0; i < a->np; i++) {
		struct slot *s = slot_of_rank(slots, a, i);

		if (!slot_runs(s, a))
			continue;
		if (why == CALLOFF_INTERRUPT)
			slot_kill(s);
		else if (!s->exited && slot_ask_where(s, a, true))
			a->unanswered++;
	}
}

double ending_go_on(struct slot *slots, struct attempt *a, double now)
{
	double due = a->ending == ENDING_ASKED    ? a->ending_since + (a->unanswered > 0 ? ANSWER_GRACE : 0)
		     : a->ending == ENDING_TERMED ? a->ending_since + TERM_GRACE
						  : INFINITY;

	if (due > now)
		return due;
	for (uint32_t i = 0; i < a->np; i++) {
		struct slot *s = slot_of_rank(slots, a, i);

		if (!slot_runs(s, a))
			continue;
		if (a->ending == ENDING_TERMED)
			slot_kill(s);
		else
			slot_terminate(s);
	}
	a->ending_since = now;
	a->ending = a->ending == ENDING_ASKED ? ENDING_TERMED : ENDING_KILLED;
	return a->ending == ENDING_TERMED ? now + TERM_GRACE : INFINITY;
}

double ending_deadline(const struct attempt *a, double grace_after_failure, enum calloff *why)
{
	double timeout = a->test->timeout > 0 && !isnan(a->began) ? a->began + a->test->timeout : INFINITY;
	double grace = a->broken          ? a->died + GRACE_AFTER_DEATH
		       : isnan(a->failed) ? INFINITY
					  : a->failed + grace_after_failure;

	*why = grace >= timeout               ? CALLOFF_TIMEOUT
	       : a->is_expected && !a->broken ? CALLOFF_ENOUGH
					      : CALLOFF_STRAGGLER;
	return fmin(grace, timeout);
}
