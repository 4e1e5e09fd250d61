/* text.c - one loop over code points, three ways to write one. */
#include "core/common/text.h"

#include <ctype.h>
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

/* --- commands of CI services, which look for them in what a job prints ------------------------------------- */

/* "##vso[" (Azure), "##[" (GitHub and Azure), "##teamcity[": anywhere in a line. */
static bool begins_hash_command(const char *s, size_t n)
{
	size_t i = 2;

	if (n < 3 || s[0] != '#' || s[1] != '#')
		return false;
	while (i < n && isalpha((unsigned char)s[i]))
		i++;
	return i < n && s[i] == '[';
}

/* "::error" (GitHub): at the start of a line. */
static bool begins_colon_command(const char *s, size_t n)
{
	return n > 2 && s[0] == ':' && s[1] == ':' && isalpha((unsigned char)s[2]);
}

/* Does text that stands behind this byte still count as the start of a line? GitHub skips all that Unicode calls
 * blank; here all that is no ASCII may be. */
static bool keeps_start(bool at_start, unsigned char c)
{
	return c == '\n' || (at_start && (c <= ' ' || c >= 0x7f));
}

/* Puts text by `put`, where no command begins in it; of one, the second character is replaced. */
static void put_guarded(struct buffer *out, const char *s, size_t n,
			void (*put)(struct buffer *out, const char *s, size_t n), const char *hash,
			const char *colon)
{
	bool at_start = true; /* whatever stands before it: the caller's blanks do not count */
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		bool colons = at_start && begins_colon_command(s + i, n - i);

		at_start = keeps_start(at_start, (unsigned char)s[i]);
		if (!colons && !begins_hash_command(s + i, n - i))
			continue;
		put(out, s + done, i + 1 - done);
		buffer_puts(out, colons ? colon : hash);
		done = i + 2;
	}
	if (done < n)
		put(out, s + done, n - done);
}

/* --- three ways to write ----------------------------------------------------------------------------------- */

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

static void put_all_visible(struct buffer *out, const char *s, size_t n)
{
	for_each(out, s, n, is_printable, put_visible);
}

void text_put_visible(struct buffer *out, const char *s, size_t n)
{
	put_guarded(out, s, n, put_all_visible, " #", " :");
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

static void put_all_xml(struct buffer *out, const char *s, size_t n)
{
	for_each(out, s, n, is_plain_xml, put_xml);
}

void text_put_xml(struct buffer *out, const char *s, size_t n)
{
	put_guarded(out, s, n, put_all_xml, "&#35;", "&#58;");
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
