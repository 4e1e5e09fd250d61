/* calls.h - notes in the page which MPI call the test's thread is in, by standing before the MPI library: the
 * worker defines MPI_Recv and so on, and calls PMPI_Recv. A call costs some ten nanoseconds more (make bench). */
#ifndef CORE_WORKER_CALLS_H
#define CORE_WORKER_CALLS_H

#include <mpi.h>

#include "core/common/page.h"

/* The calling thread is the one that runs tests. After MPI_Init. */
void calls_init(struct page *page);

/* The communicator of the test that begins; MPI_COMM_NULL: it has none yet. */
void calls_begin_test(MPI_Comm comm);

/* It is in no call, whatever was noted: a failure may leave a call by longjmp. */
void calls_reset(void);

/* A call of ptpar's own that waits for all n ranks of the test, e.g. CALL_ENTER. */
void calls_enter_own(enum call number, int n);
void calls_leave_own(void);

#endif
