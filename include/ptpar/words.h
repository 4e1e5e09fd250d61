/* ptpar/words.h - splitting a command line into words, for plugins and ptpar itself. Nothing to link. */
#ifndef PTPAR_WORDS_H
#define PTPAR_WORDS_H

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ptpar/plugin.h>

/* To be freed as a whole by free(v). */
struct ptpar_words {
	char **v; /* ended by NULL */
	size_t n;
};

/* --- how it is done: not to be called */

static inline int ptpar_words_fail(struct ptpar_error *err, int code, const char *how, const char *what)
{
	if (err != NULL)
		snprintf(err->text, sizeof(err->text), "%s%s%s%s", how, what[0] != 0 ? " '" : "", what,
			 what[0] != 0 ? "'" : "");
	return code;
}

struct ptpar_splitter {
	const char *from;
	char *to;
	struct ptpar_error *err;
};

static inline bool ptpar_words_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Would a shell put a value or the output of a command in place of what begins here? */
static inline bool ptpar_words_begins_expansion(const char *s)
{
	return *s == '`' || (*s == '$' && (isalnum((unsigned char)s[1]) || (s[1] != '\0' && strchr("_{(", s[1]))));
}

static inline int ptpar_words_refuse_character(const struct ptpar_splitter *s, const char *how)
{
	char what[3] = { s->from[0], s->from[0] == '$' ? s->from[1] : '\0', '\0' };

	return ptpar_words_fail(s->err, -EINVAL, how, what);
}

/* From the opening quote to behind the closing one. */
static inline int ptpar_words_take_single_quoted(struct ptpar_splitter *s)
{
	const char *end = strchr(s->from + 1, '\'');
	size_t n;

	if (end == NULL)
		return ptpar_words_refuse_character(s, "an unclosed");
	n = (size_t)(end - s->from) - 1;
	memcpy(s->to, s->from + 1, n);
	s->to += n;
	s->from = end + 1;
	return 0;
}

static inline int ptpar_words_take_double_quoted(struct ptpar_splitter *s)
{
	const char *open = s->from;

	for (s->from++; *s->from != '"'; s->from++) {
		if (*s->from == '\0') {
			s->from = open;
			return ptpar_words_refuse_character(s, "an unclosed");
		}
		if (ptpar_words_begins_expansion(s->from))
			return ptpar_words_refuse_character(s, "in \"\" a");
		if (*s->from == '\\' && s->from[1] != '\0' && strchr("$`\"\\\n", s->from[1]) != NULL &&
		    *++s->from == '\n')
			continue;
		*s->to++ = *s->from;
	}
	s->from++;
	return 0;
}

/* What is neither a blank nor in quotes. */
static inline int ptpar_words_take_plain(struct ptpar_splitter *s)
{
	if (*s->from == '\\') {
		if (s->from[1] == '\0')
			return ptpar_words_fail(s->err, -EINVAL, "a backslash at the end", "");
		if (s->from[1] != '\n')
			*s->to++ = s->from[1];
		s->from += 2;
		return 0;
	}
	if (strchr(";|&<>()", *s->from) != NULL || ptpar_words_begins_expansion(s->from))
		return ptpar_words_refuse_character(s, "an unquoted");
	*s->to++ = *s->from++;
	return 0;
}

static inline int ptpar_words_take_word(struct ptpar_splitter *s)
{
	int r = 0;

	while (r == 0 && *s->from != '\0' && !ptpar_words_is_blank(*s->from))
		r = *s->from == '\''  ? ptpar_words_take_single_quoted(s)
		    : *s->from == '"' ? ptpar_words_take_double_quoted(s)
				      : ptpar_words_take_plain(s);
	*s->to++ = '\0';
	return r;
}

/* Splits text as a shell does: at blanks and newlines, with '', "" and \. Nothing is expanded: what a shell would
 * expand or obey (but globs, which stay as they are) is an error, err's text one like "an unquoted ';'". Returns 0,
 * or a negative errno. */
static inline int ptpar_words_split(struct ptpar_words *words, const char *text, struct ptpar_error *err)
{
	size_t length = strlen(text), most = length / 2 + 2;
	char **v = calloc(1, most * sizeof(*v) + length + 1);
	struct ptpar_splitter s = { .from = text, .err = err };
	int r = 0;

	*words = (struct ptpar_words){ 0 };
	if (v == NULL)
		return ptpar_words_fail(err, -ENOMEM, "out of memory", "");
	s.to = (char *)(v + most);
	while (r == 0) {
		while (ptpar_words_is_blank(*s.from) || (s.from[0] == '\\' && s.from[1] == '\n'))
			s.from += *s.from == '\\' ? 2 : 1;
		if (*s.from == '\0')
			break;
		v[words->n++] = s.to;
		r = ptpar_words_take_word(&s);
	}
	words->v = v;
	if (r == 0)
		return 0;
	free(v);
	*words = (struct ptpar_words){ 0 };
	return r;
}

#endif
