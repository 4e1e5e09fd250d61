/* place.h - from an address to file and line. */
#ifndef CORE_WORKER_PLACE_H
#define CORE_WORKER_PLACE_H

#include <stdint.h>

struct place {
	const char *file; /* NULL when it is not known: built without debug information, or ptpar without libdw */
	uint32_t line;
};

/* Where the innermost function of the shared object `suite` on the call stack is. Takes some milliseconds: for
 * failures only. The strings live as long as the process. */
struct place place_of_caller(const char *suite);

#endif
