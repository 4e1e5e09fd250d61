/* text.h - making bytes from outside (what tests print, names, messages) safe to show.
 *
 * All three take any bytes, and append valid UTF-8: what is none becomes U+FFFD.
 */
#ifndef CORE_COMMON_TEXT_H
#define CORE_COMMON_TEXT_H

#include <stddef.h>

#include "core/common/buffer.h"

/* For a terminal: control characters but newline and tab are shown instead of acting (ESC as ^[). Where a command
 * of a CI service would begin (::error, ##vso[), a blank breaks it: ": :error", "# #vso[". */
void text_put_visible(struct buffer *out, const char *s, size_t n);
/* For XML 1.0, as text and inside "" of an attribute; characters that XML does not allow become U+FFFD. Where a
 * command of a CI service would begin, a reference breaks it: &#58; for a colon. */
void text_put_xml(struct buffer *out, const char *s, size_t n);
/* For JSON, without the "" around it. */
void text_put_json(struct buffer *out, const char *s, size_t n);

/* Length of the valid UTF-8 sequence that s begins with, n bytes at most; 0 if there is none (overlong forms,
 * surrogates, above U+10FFFF are not valid). *code: its code point. */
size_t text_decode(const char *s, size_t n, unsigned *code);

/* The path as a user in the working directory would name it: relative if it lies below. To be freed. */
char *text_short_path(const char *path);

#endif
