/* output.h - writing all of it, to descriptors that others may have closed or made non-blocking. */
#ifndef CORE_COMMON_OUTPUT_H
#define CORE_COMMON_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Writes n bytes, waiting where the descriptor would block. Returns 0 or a negative errno; a reader that has gone
 * is -EPIPE, never SIGPIPE. */
int output_write(int fd, const void *data, size_t n);
/* Does this error mean that nobody wants to read (`ptpar | head`, `ptpar >&-`)? */
bool output_is_closed(int error);

#endif
