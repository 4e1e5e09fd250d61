/* ini_write.h - lines of a configuration, such that ini_file.h reads them as what was meant. */
#ifndef CORE_PTPAR_INI_WRITE_H
#define CORE_PTPAR_INI_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/common/buffer.h"

/* The longest line, bytes. */
#define INI_MAX_LINE 197

/* "key = word word ...", going on in further lines where one would be too long. quoted: the words are quoted as for
 * a shell, where they must be. Returns 0, or -E2BIG if a word is longer than a line. */
int ini_put_words(struct buffer *out, const char *key, char *const *words, size_t n, bool quoted);
/* Can this be a value as it stands, in one line with that key? Not if it begins or ends with a blank, or if
 * something in it would begin a comment. */
bool ini_is_value(const char *key, const char *value);

#endif
