/* text.c - one loop over code points, three ways to write one. */
#include "core/common/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

size_t text_decode(const char *s, size_t n, unsigned *code)
{
	static const unsigned smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)s[0];
	size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;

	if (length == 0 || length > n)
		return 0;
	*code = length == 1 ? first : first & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (*code < smallest[length] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return length;
}

/* Calls put for each code point, with the bytes that it stands for. Runs of plain ASCII are copied at once. */
static void for_each(struct buffer *out, const char *s, size_t n, bool (*is_plain)(unsigned char c),
		     void (*put)(struct buffer *out, unsigned code, const char *bytes, size_t length))
{
	size_t i = 0, run, length;
	unsigned code;

	while (i < n) {
		for (run = i; run < n && is_plain((unsigned char)s[run]); run++)
			;
		buffer_append(out, s + i, run - i);
		i = run;
		if (i == n)
			break;
		length = text_decode(s + i, n - i, &code);
		if (length == 0) {
			buffer_puts(out, replacement);
			i++;
			continue;
		}
		put(out, code, s + i, length);
		i += length;
	}
}

static bool is_printable(unsigned char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t';
}

static void put_visible(struct buffer *out, unsigned code, const char *bytes, size_t length)
{
	if (code < ' ' || code == 0x7f) {
		buffer_putc(out, '^');
		buffer_putc(out, (char)(code ^ 0x40));
	} else if (code >= 0x80 && code < 0xa0) {
		buffer_puts(out, replacement); /* C1: some terminals take them for the beginning of a sequence */
	} else {
		buffer_append(out, bytes, length);
	}
}

void text_put_visible(struct buffer *out, const char *s, size_t n)
{
	for_each(out, s, n, is_printable, put_visible);
}

static bool is_plain_xml(unsigned char c)
{
	return is_printable(c) && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'' && c != '\n' &&
	       c != '\t';
}

static void put_xml(struct buffer *out, unsigned code, const char *bytes, size_t length)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = { { '<', "&lt;" },    { '>', "&gt;" }, { '&', "&amp;" }, { '"', "&quot;" },
			 { '\'', "&apos;" }, { '\n', "\n" },  { '\t', "\t" } };

	for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++)
		if (code == (unsigned char)entities[i].c) {
			buffer_puts(out, entities[i].entity);
			return;
		}
	if (code < ' ' || code == 0xfffe || code == 0xffff)
		buffer_puts(out, replacement);
	else if (code >= 0x7f && code < 0xa0)
		buffer_printf(out, "&#%u;", code); /* allowed, but a terminal may be what shows the file */
	else
		buffer_append(out, bytes, length);
}

void text_put_xml(struct buffer *out, const char *s, size_t n)
{
	for_each(out, s, n, is_plain_xml, put_xml);
}

static bool is_plain_json(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static void put_json(struct buffer *out, unsigned code, const char *bytes, size_t length)
{
	if (code == 0)
		buffer_puts(out, replacement); /* many readers of JSON do not bear it */
	else if (code == '"' || code == '\\')
		buffer_printf(out, "\\%c", (char)code);
	else if (code == '\n')
		buffer_append(out, "\\n", 2);
	else if (code == '\t')
		buffer_append(out, "\\t", 2);
	else if (code < ' ' || code == 0x7f)
		buffer_printf(out, "\\u%04x", code);
	else
		buffer_append(out, bytes, length);
}

void text_put_json(struct buffer *out, const char *s, size_t n)
{
	for_each(out, s, n, is_plain_json, put_json);
}

char *text_short_path(const char *path)
{
	char *cwd = getcwd(NULL, 0);
	size_t n = cwd == NULL ? 0 : strlen(cwd);
	bool below = n > 1 && strncmp(path, cwd, n) == 0 && path[n] == '/';

	free(cwd);
	return xstrdup(below ? path + n + 1 : path);
}
