/* suggest.h - "did you mean ...?" */
#ifndef CORE_PTPAR_SUGGEST_H
#define CORE_PTPAR_SUGGEST_H

#include <stddef.h>

/* The one of the n known words that `word` is most likely a slip of, or NULL if none is near. Entries that are NULL
 * are passed over. */
const char *suggest(const char *word, const char *const *known, size_t n);

#endif
