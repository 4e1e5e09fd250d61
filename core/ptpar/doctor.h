/* doctor.h - `ptpar --doctor`: what of this machine ptpar can use, and what is in its way. */
#ifndef CORE_PTPAR_DOCTOR_H
#define CORE_PTPAR_DOCTOR_H

#include "core/common/mpienv.h"
#include "core/ptpar/settings.h"

/* Prints a line for each check on standard output, and the remedy below what is not as it should be.
 * config_error: what is wrong with the configuration, then the settings are not complete; NULL: nothing. Returns
 * STATUS_USAGE if tests can't be run as they should, else STATUS_OK. */
int doctor_run(const struct settings *settings, const struct mpienv *mpi, const char *config_error);

#endif
