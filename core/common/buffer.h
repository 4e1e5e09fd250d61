/* buffer.h - a growing run of bytes. `struct buffer b = { 0 };` is an empty one. */
#ifndef CORE_COMMON_BUFFER_H
#define CORE_COMMON_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data; /* not NUL-terminated but by buffer_string */
	size_t len; /* bytes in use */
	size_t cap; /* bytes there are */
};

/* Makes room for n more bytes and returns where they go; the caller adds to len what it has written. */
char *buffer_reserve(struct buffer *b, size_t n);
void buffer_append(struct buffer *b, const void *data, size_t n);
void buffer_puts(struct buffer *b, const char *s);
void buffer_putc(struct buffer *b, char c);
__attribute__((format(printf, 2, 3))) void buffer_printf(struct buffer *b, const char *format, ...);
/* Removes the first n bytes. */
void buffer_consume(struct buffer *b, size_t n);
/* The bytes as a C string, valid until the next change. */
const char *buffer_string(struct buffer *b);
/* Frees the memory; the buffer is empty and usable afterwards. */
void buffer_free(struct buffer *b);

#endif
