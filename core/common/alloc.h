/* alloc.h - memory that is there: when it runs out, these say so on stderr and abort(). */
#ifndef CORE_COMMON_ALLOC_H
#define CORE_COMMON_ALLOC_H

#include <stddef.h>

/* All return memory to be given to free(). n * size is checked for overflow; a size of 0 gives a valid pointer. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *format, ...);

/* Makes room for one more element behind the n that array has: doubles *cap when it is full.
 * `array` is an lvalue of pointer type. */
#define GROW(array, n, cap)                                                                                        \
	do {                                                                                                       \
		if ((n) == (cap)) {                                                                                \
			(cap) = (cap) == 0 ? 8 : (cap)*2;                                                          \
			(array) = xreallocarray((array), (cap), sizeof(*(array)));                                 \
		}                                                                                                  \
	} while (0)

#endif
