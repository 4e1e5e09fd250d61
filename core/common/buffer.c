/* buffer.c - grows by doubling. */
#include "core/common/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"

char *buffer_reserve(struct buffer *b, size_t n)
{
	if (b->cap - b->len < n) {
		size_t cap = b->cap == 0 ? 256 : b->cap;

		while (cap - b->len < n)
			cap *= 2;
		b->data = xreallocarray(b->data, cap, 1);
		b->cap = cap;
	}
	return b->data + b->len;
}

void buffer_append(struct buffer *b, const void *data, size_t n)
{
	if (n == 0)
		return;
	memcpy(buffer_reserve(b, n), data, n);
	b->len += n;
}

void buffer_puts(struct buffer *b, const char *s)
{
	buffer_append(b, s, strlen(s));
}

void buffer_putc(struct buffer *b, char c)
{
	*buffer_reserve(b, 1) = c;
	b->len++;
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		vsnprintf(buffer_reserve(b, (size_t)n + 1), (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buffer_consume(struct buffer *b, size_t n)
{
	if (n == 0)
		return; /* an empty buffer has no memory */
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
}

const char *buffer_string(struct buffer *b)
{
	*buffer_reserve(b, 1) = '\0';
	return b->data;
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ 0 };
}
