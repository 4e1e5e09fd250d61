/* reports.h - all reporters of a run: the event log, the terminal, and the files that the user has asked for. */
#ifndef CORE_PTPAR_REPORTS_H
#define CORE_PTPAR_REPORTS_H

#include <stdbool.h>

#include "core/ptpar/event.h"
#include "core/ptpar/settings.h"

struct reports;

/* None yet; warnings are kept. */
struct reports *reports_new(const struct settings *settings);
/* The run begins: opens the event log under .ptpar (if that cannot be made, a warning says so and the run goes on
 * without), and all other reporters. */
void reports_begin(struct reports *reports);
/* The same without a log, for the events of one. */
void reports_begin_again(struct reports *reports);
/* The id of the run ("" without a log) and when it began, seconds since 1970. */
const char *reports_run_id(const struct reports *reports);
double reports_epoch(const struct reports *reports);
/* Tells all of them. */
void reports_event(struct reports *reports, const struct event *e);
/* The core is about to sleep. */
void reports_idle(struct reports *reports);
/* Ends the run, if it has begun, and writes what is left; returns the exit status: `status`, or that of an internal
 * error if a report that the user has asked for could not be written. Frees the reports. */
int reports_close(struct reports *reports, double now, int status, const char *interrupted);
/* The same, if the end has been told. */
int reports_finish(struct reports *reports, int status);

#endif
