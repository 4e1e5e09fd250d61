/* watch.h - watches an attempt that takes long: does it wait for ever? The proof is in deadlock.h. */
#ifndef CORE_PTPAR_WATCH_H
#define CORE_PTPAR_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/common/wire.h"
#include "core/ptpar/deadlock.h"

struct attempt;
struct slot;

struct watch {
	double next;                          /* when to look again; NAN: not yet */
	double asked;                         /* when this look was begun */
	double still;                         /* since when all are where `before` says */
	uint32_t missing;                     /* answers */
	bool has_before;                      /* `before` is filled */
	struct deadlock_rank *before, *ranks; /* np of each, or NULL */
};

/* Looks at all ranks if it is time. Returns when to come again, seconds of the run. */
double watch_step(struct slot *slots, struct attempt *a, double now);

/* An answer to such a look. Returns whether all have answered, and it is a deadlock. grace: seconds that nothing
 * must move. */
bool watch_answer(struct attempt *a, uint32_t rank, const struct wire_seen *m, double now, double grace);

#endif
