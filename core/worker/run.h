/* run.h - running one test on this rank: the worker's side of ptpar/source.h. */
#ifndef CORE_WORKER_RUN_H
#define CORE_WORKER_RUN_H

#include <mpi.h>

#include "core/common/page.h"
#include "core/common/wire.h"

/* Once, after MPI_Init. page: shared with the agent. */
void run_init(struct page *page);
/* Notes a suite by its number; it is opened when its first test runs. */
void run_add_suite(const struct wire_suite *m);
/* Runs a test, if it was not recalled; reports; waits until it has ended on all of its ranks. */
void run_test(const struct wire_run *m);
/* What was recalled has come to an end: run tests again. */
void run_resume(void);

/* For what the worker intercepts (intercept.c) and MPI's error handler. */

/* Is this the communicator of the test that runs? */
bool run_is_test_comm(MPI_Comm comm);
/* Has a test been begun here that has not been left? */
bool run_has_test(void);
/* Is a test running here, in one of its phases? */
bool run_in_test(void);
/* Notes a failure at the line of the suite that called into MPI. */
void run_note_failure(const char *text);
/* Ends the phase that runs; returns only if there is none. */
void run_stop(void);

#endif
