/* rundir.h - the directory .ptpar, where runs leave their traces.
 *
 *   .ptpar/runs/ID/events.jsonl   the event log of a run
 *   .ptpar/runs/ID/job            of a run that was left to a job of a batch system (--detach): which one
 *   .ptpar/runs/ID/job.out        and what that has printed
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

/* The same for a run that begins later, in a job, and is the last one only then. Returns 0, or a negative errno. */
int rundir_reserve(char id[RUN_ID_SIZE], time_t now, struct ptpar_error *err);

/* In the job: opens the event log of the run in that directory, which was made for it. The same. */
int rundir_enter(const char *path, char id[RUN_ID_SIZE], struct ptpar_error *err);

/* The absolute path of a run that was made here; to be freed. NULL with the reason. */
char *rundir_path(const char *id, struct ptpar_error *err);

/* Writes down which job a run was left to: the scheduler's name, and the job's as that calls it. 0, or a negative
 * errno. */
int rundir_put_job(const char *id, const char *scheduler, const char *job, struct ptpar_error *err);

enum { JOB_NAME_SIZE = 64 };

/* That of a run (as rundir_open; "last": the last that has one, here), and when it was submitted. Writes the whole
 * id. */
struct rundir_job {
	char id[RUN_ID_SIZE];
	char scheduler[JOB_NAME_SIZE], job[JOB_NAME_SIZE];
	time_t submitted;
};
int rundir_get_job(const char *run, struct rundir_job *job, struct ptpar_error *err);
/* The same of the run in that directory, without its id. 0, or a negative errno. */
int rundir_read_job(const char *path, struct rundir_job *job);
/* What it has printed, or NULL. */
FILE *rundir_open_output(const char *id);

/* Takes a run away to which nothing has happened. */
void rundir_remove(const char *id);

/* Opens the event log of an earlier run: its id, a beginning of it that is no other's, or "last". Writes the whole
 * id. */
FILE *rundir_open(const char *run, char id[RUN_ID_SIZE], struct ptpar_error *err);

#endif
