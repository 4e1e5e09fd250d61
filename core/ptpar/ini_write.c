/* ini_write.c - the rules are those of ini_file.c, and for words those of plugins/source-common.c. */
#include "core/ptpar/ini_write.h"

#include <errno.h>
#include <string.h>

/* Quotes from the first character on that needs it. */
static void put_quoted(struct buffer *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
	size_t n = strspn(word, plain);

	buffer_append(out, word, n);
	if (n > 0 && word[n] == '\0')
		return;
	buffer_putc(out, '\'');
	for (const char *c = word + n; *c != '\0'; c++) {
		if (*c == '\'')
			buffer_puts(out, "'\\''");
		else if (*c == ';' && c > word && (c[-1] == ' ' || c[-1] == '\t'))
			buffer_puts(out, "'';"); /* behind a blank it would begin a comment */
		else
			buffer_putc(out, *c);
	}
	buffer_putc(out, '\'');
}

int ini_put_words(struct buffer *out, const char *key, char *const *words, size_t n, bool quoted)
{
	size_t begin = out->len;
	struct buffer word = { 0 };
	int rc = 0;

	buffer_printf(out, "%s =", key);
	for (size_t i = 0; i < n; i++) {
		word.len = 0;
		if (quoted)
			put_quoted(&word, words[i]);
		else
			buffer_puts(&word, words[i]);
		if (out->len - begin + 1 + word.len > INI_MAX_LINE) {
			buffer_puts(out, "\n ");
			begin = out->len - 1;
		}
		if (out->len - begin + 1 + word.len > INI_MAX_LINE)
			rc = -E2BIG;
		buffer_putc(out, ' ');
		buffer_append(out, word.data, word.len);
	}
	buffer_putc(out, '\n');
	buffer_free(&word);
	return rc;
}

bool ini_is_value(const char *key, const char *value)
{
	static const char blanks[] = " \t";
	size_t n = strlen(value);

	if (n == 0 || strlen(key) + 3 + n > INI_MAX_LINE || strchr(blanks, value[0]) != NULL ||
	    strchr(blanks, value[n - 1]) != NULL || value[0] == ';')
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)value[i];

		if ((c < ' ' && c != '\t') || c == 0x7f || (c == ';' && strchr(blanks, value[i - 1]) != NULL))
			return false;
	}
	return true;
}
