/* ini_file.h - a configuration file as a list of lines that say something, in their order; what they mean is not
 * looked at here. The syntax is inih's: key = value, ; comments, a value may go on over indented lines. */
#ifndef CORE_PTPAR_INI_FILE_H
#define CORE_PTPAR_INI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <ptpar/plugin.h>

/* The longest file, bytes. */
#define INI_MAX_FILE (1 << 20)

struct ini_line {
	char *section;  /* what stands between [ and ] */
	char *key;      /* NULL: the heading of the section itself */
	char *value;    /* NULL in a heading */
	unsigned line;  /* counted from 1 */
	bool continues; /* an indented line: another piece of the value of the line before */
};

struct ini_file {
	char *name; /* as in messages */
	struct ini_line *lines;
	size_t n, cap;
};

/* Reads `in` to its end; `name` is for messages. Returns 0, or a negative errno with a text that begins with
 * NAME:LINE. ini_file_free in either case. */
int ini_file_read(struct ini_file *file, FILE *in, const char *name, struct ptpar_error *err);
void ini_file_free(struct ini_file *file);

#endif
