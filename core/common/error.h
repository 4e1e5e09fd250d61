/* error.h - an error in one line.
 *
 * Functions return 0 or a negative errno, and write the text of the error into the caller's struct ptpar_error
 * (may be NULL), only on failure:   return ptpar_fail(err, -EINVAL, "%s: no such scheduler", name);
 */
#ifndef CORE_COMMON_ERROR_H
#define CORE_COMMON_ERROR_H

#include <errno.h>

#include <ptpar/plugin.h>

/* Returns `code`, so that it can stand behind `return`. Keeps errno. A text that is too long is cut. */
__attribute__((format(printf, 3, 4))) int ptpar_fail(struct ptpar_error *err, int code, const char *format, ...);

#endif
