/* kept.h - copies of events, for reporters that need them after the call. */
#ifndef CORE_PTPAR_KEPT_H
#define CORE_PTPAR_KEPT_H

#include <stdbool.h>

#include "core/ptpar/event.h"

/* A deep copy, in one piece of memory: to be given to free(). without_output: what ranks printed is left out. */
struct event_finished *kept_copy(const struct event_finished *f, bool without_output);

#endif
