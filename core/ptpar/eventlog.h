/* eventlog.h - the event log: one JSON object a line, written as it happens, so that it survives the core.
 *
 * docs/reports.md describes the fields.
 */
#ifndef CORE_PTPAR_EVENTLOG_H
#define CORE_PTPAR_EVENTLOG_H

#include <stdio.h>

#include "core/ptpar/event.h"

/* A reporter that writes to the descriptor, which it owns. What cannot be written (disk full) is told by finish. */
struct reporter *eventlog_new(int fd);

/* Reads a log and calls emit for each event. Of a log whose last line was cut off (the core was killed), that line
 * is left out, and stays to be read when there is more of it. *line: the number of the line that was read last, 0
 * at first. Returns 0, or a negative errno with the number of the line that is no event. */
int eventlog_read(FILE *file, unsigned long *line, void (*emit)(void *ctx, const struct event *e), void *ctx,
		  struct ptpar_error *err);

#endif
