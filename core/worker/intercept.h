/* intercept.h - MPI functions that the worker puts before the library's own.
 *
 * A suite is loaded into the worker, so its calls find the worker's functions first; they call the library's PMPI_
 * ones.
 */
#ifndef CORE_WORKER_INTERCEPT_H
#define CORE_WORKER_INTERCEPT_H

#include <mpi.h>

/* The error handler of a test's communicators: an MPI error is a failure of the test, which ends. */
MPI_Errhandler intercept_errhandler(void);

#endif
