/* replay.h - reports that are made from the event log of a run, which has ended, or is still going on. */
#ifndef CORE_PTPAR_REPLAY_H
#define CORE_PTPAR_REPLAY_H

#include <stdbool.h>
#include <stdio.h>

#include "core/ptpar/event.h"
#include "core/ptpar/roster.h"
#include "core/ptpar/settings.h"

struct replay;

struct replay *replay_new(const struct settings *settings);
/* Tells what the log has got since the last call. 0, or a negative errno. */
int replay_read(struct replay *r, FILE *log, struct ptpar_error *err);
/* Tells something that no log has; its time is set. */
void replay_tell(struct replay *r, struct event *e);
/* Whether the run has begun, and ended, as far as was read. */
bool replay_has_begun(const struct replay *r);
bool replay_has_ended(const struct replay *r);
/* Nothing more will come. If the run has not ended in the log, it is told why: `interrupted`, and what that means
 * for its tests (as roster_finish). Writes the reports and frees; returns the exit status of the run, or that of a
 * failure to write. */
int replay_finish(struct replay *r, const char *interrupted, const struct roster_end *end);

/* --report: the reports of an earlier run once more. Returns the exit status. */
int replay_again(const struct settings *settings);

#endif
