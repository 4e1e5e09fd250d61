/* ini_file.c - inih takes the lines apart; the reader that feeds it counts them, and keeps from it what it would
 * cut in silence: lines beyond its buffer, and headings, which it ends at the first ] (ids contain some) and at 49
 * bytes. */
#include "core/ptpar/ini_file.h"

#include <ctype.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/error.h"

#define MAX_KEY 49 /* inih keeps so much of a key for the lines that continue it */

struct reader {
	FILE *in;
	struct ini_file *file;
	struct ptpar_error *err;
	char *section;   /* NULL before the first heading */
	const char *key; /* the last one in this section, for lines that continue it; NULL: none */
	size_t bytes;
	unsigned line;
	bool indented; /* this line is */
	int rc;        /* the first error, after which nothing is read */
};

#define FAIL(r, format, ...)                                                                                       \
	((r)->rc = ptpar_fail((r)->err, -EINVAL, "%s:%u: " format, (r)->file->name, (r)->line, __VA_ARGS__))

static void add(struct reader *r, const char *key, const char *value, bool continues)
{
	struct ini_file *file = r->file;

	GROW(file->lines, file->n, file->cap);
	file->lines[file->n++] = (struct ini_line){
		.section = xstrdup(r->section),
		.key = key == NULL ? NULL : xstrdup(key),
		.value = value == NULL ? NULL : xstrdup(value),
		.line = r->line,
		.continues = continues,
	};
	r->key = file->lines[file->n - 1].key;
}

/* Not every version of inih takes comments off lines that continue a value. */
static void strip_comment(char *s)
{
	size_t end = 0;

	while (s[end] != '\0' && !(s[end] == ';' && end > 0 && isspace((unsigned char)s[end - 1])))
		end++;
	while (end > 0 && isspace((unsigned char)s[end - 1]))
		end--;
	s[end] = '\0';
}

/* Bytes of a line go to buf, without its end, as long as there is room. Returns their true number, or -1 at the end
 * of the file or an error. */
static int take_line(struct reader *r, char *buf, int room)
{
	int c, n = 0, kept;

	while ((c = getc(r->in)) != EOF && c != '\n') {
		if (++r->bytes > INI_MAX_FILE)
			return FAIL(r, "larger than %d bytes: not a configuration", INI_MAX_FILE), -1;
		if (n > 0 && n <= room && buf[n - 1] == '\r')
			c = '\v'; /* a carriage return that ends no line: as bad as other control characters */
		if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
			return FAIL(r, "contains a %s: not a text file", c == 0 ? "NUL byte" : "control character"),
			       -1;
		if (n < room)
			buf[n] = (char)c;
		n++;
	}
	if (ferror(r->in))
		return FAIL(r, "cannot be read: %s", strerror(errno)), -1;
	if (c == EOF && n == 0)
		return -1;
	kept = n < room ? n : room;
	if (kept == n && n > 0 && buf[n - 1] == '\r')
		kept = --n;
	buf[kept] = '\0';
	return n;
}

static void take_heading(struct reader *r, char *text)
{
	size_t len;

	strip_comment(text);
	len = strlen(text);
	if (len < 3 || text[len - 1] != ']') {
		FAIL(r, "'%s': not a section: write [name]", text);
		return;
	}
	text[len - 1] = '\0';
	free(r->section);
	r->section = xstrdup(text + 1);
	add(r, NULL, NULL, false);
}

/* inih's fgets: one line for each call, so that both count alike. */
static char *read_line(char *buf, int size, void *context)
{
	struct reader *r = context;
	int room = size - 3; /* inih wants room for \r, \n and NUL */
	int n;
	char *start = buf;

	if (r->rc != 0)
		return NULL;
	r->line++;
	n = take_line(r, buf, room);
	if (n < 0)
		return NULL;
	if (r->line == 1 && strncmp(buf, "\xef\xbb\xbf", 3) == 0)
		memset(buf, ' ', 3);
	start += strspn(start, " \t");
	r->indented = start > buf;
	if (*start == ';' || *start == '#')
		return strcpy(buf, "\n"); /* comments may be as long as they like */
	if (n > room) {
		FAIL(r, "longer than %d bytes: continue the value on the next line, indented", room);
		return NULL;
	}
	if (*start == '[' && !(r->indented && r->key != NULL)) {
		take_heading(r, start);
		return strcpy(buf, "[x]\n"); /* so that inih forgets the last key, too */
	}
	return strcat(buf, "\n");
}

static int take_value(struct reader *r, const char *key, const char *value)
{
	bool continues = r->indented && r->key != NULL && strcmp(key, r->key) == 0;
	char *text;

	if (r->rc != 0)
		return r->rc;
	if (*key == '\0')
		return FAIL(r, "no key before '=': write %s", "key = value");
	if (strlen(key) > MAX_KEY)
		return FAIL(r, "'%s': a key of more than %d characters", key, MAX_KEY);
	if (r->section == NULL)
		return FAIL(r, "'%s' stands before the first section: write [ptpar] above it", key);
	text = xstrdup(value == NULL ? "" : value);
	strip_comment(text);
	add(r, key, text, continues);
	free(text);
	return 0;
}

/* inih's handler: nonzero is success. */
#if INI_HANDLER_LINENO
static int handle(void *context, const char *section, const char *name, const char *value, int line)
{
	(void)line;
#else
static int handle(void *context, const char *section, const char *name, const char *value)
{
#endif
	(void)section;
	return take_value(context, name, value) == 0;
}

int ini_file_read(struct ini_file *file, FILE *in, const char *name, struct ptpar_error *err)
{
	struct reader r = { .in = in, .file = file, .err = err };
	int rc;

	*file = (struct ini_file){ .name = xstrdup(name) };
	rc = ini_parse_stream(read_line, &r, handle, &r);
	free(r.section);
	if (rc < 0)
		return ptpar_fail(err, -ENOMEM, "%s: out of memory", name);
	/* inih goes on after a line that it does not understand, so ours may be the later error. */
	if (rc > 0 && (r.rc == 0 || (unsigned)rc < r.line))
		return ptpar_fail(err, -EINVAL,
				  "%s:%d: not understood: write 'key = value' or '[section]', or indent the line "
				  "if it continues a value",
				  name, rc);
	return r.rc;
}

void ini_file_free(struct ini_file *file)
{
	for (size_t i = 0; i < file->n; i++) {
		free(file->lines[i].section);
		free(file->lines[i].key);
		free(file->lines[i].value);
	}
	free(file->lines);
	free(file->name);
	*file = (struct ini_file){ 0 };
}
