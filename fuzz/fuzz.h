/* fuzz.h - what a fuzz target is: one function, called with any bytes, that must come back.
 *
 * The same function is driven by libFuzzer (`make fuzz`) and by replay.c, which runs the kept corpus (`make
 * check`).
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Always returns 0. Whatever is wrong ends the process: by a sanitizer, or by MUST. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has to hold for any input. */
#define MUST(condition)                                                                                            \
	do {                                                                                                       \
		if (!(condition)) {                                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);             \
			abort();                                                                                   \
		}                                                                                                  \
	} while (0)

#endif
