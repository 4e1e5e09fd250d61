/* session.h - one run, from collection to the exit status. */
#ifndef CORE_PTPAR_SESSION_H
#define CORE_PTPAR_SESSION_H

#include "core/common/mpienv.h"
#include "core/ptpar/settings.h"

/* Exit statuses of ptpar (fixed). */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_INTERRUPTED = 2,
	STATUS_INTERNAL = 3,
	STATUS_USAGE = 4,
	STATUS_NO_TESTS = 5,
};

/* mpi: who this process is if mpirun has started it: rank 0 then. Returns an exit status; errors were told on
 * stderr. */
int session_run(const struct settings *settings, const struct mpienv *mpi, int argc, char **argv);

#endif
