/* listing.h - what --list prints. */
#ifndef CORE_PTPAR_LISTING_H
#define CORE_PTPAR_LISTING_H

#include "core/ptpar/settings.h"
#include "core/ptpar/tests.h"

/* On standard output: an id a line, or an array of objects. What could not be collected goes to standard error. */
void listing_print(const struct tests *tests, enum list_mode mode);

#endif
