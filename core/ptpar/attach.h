/* attach.h - --attach: shows a run that --detach has left to a job, as if it ran here, and makes its reports. */
#ifndef CORE_PTPAR_ATTACH_H
#define CORE_PTPAR_ATTACH_H

#include "core/ptpar/settings.h"

/* Follows the run's event log until its end, or that of its job. Returns the run's exit status. */
int attach_run(const struct settings *settings);

#endif
