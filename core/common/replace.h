/* replace.h - a file that is old or new, never half. */
#ifndef CORE_COMMON_REPLACE_H
#define CORE_COMMON_REPLACE_H

#include <stddef.h>

#include <ptpar/plugin.h>

/* Writes n bytes to a temporary file beside it, then renames. Symbolic links are followed; what is no regular file
 * (/dev/stdout, a pipe) is written to as it is; neither, if another user may have put it there (place.h). On
 * failure a file that was there is untouched. Returns 0 or a negative errno with err's text, which begins with the
 * name. */
int file_replace(const char *name, const void *data, size_t n, struct ptpar_error *err);

#endif
