/* rundir.h - the directory .ptpar, where runs leave their traces.
 *
 *   .ptpar/runs/ID/events.jsonl   the event log of a run
 *   .ptpar/last                   the ID of the run that was started last
 *
 * Nothing here follows a symbolic link. IDs sort by time.
 */
#ifndef CORE_PTPAR_RUNDIR_H
#define CORE_PTPAR_RUNDIR_H

#include <stdio.h>
#include <time.h>

#include <ptpar/plugin.h>

enum {
	RUN_ID_SIZE = 48,
	RUNS_KEPT = 20, /* older ones are removed when a new one is made */
};

/* Makes the directory of a new run below the working directory and opens its event log. Writes the id
 * (NUL-terminated) and returns a descriptor, or a negative errno. */
int rundir_create(char id[RUN_ID_SIZE], time_t now, struct ptpar_error *err);

/* Opens the event log of an earlier run: its id, a beginning of it that is no other's, or "last". Writes the whole
 * id. */
FILE *rundir_open(const char *run, char id[RUN_ID_SIZE], struct ptpar_error *err);

#endif
