/* import_testlist.h - sections [command:NAME] for the tests of a list as MPICH's own suite has them.
 *
 * A line of a list is
 *
 *	NAME [NP] [KEY=VALUE]...
 *
 * where NAME is a program, beside the list or below, or a directory with another list of that name; # begins a
 * comment. docs/tests-that-are-programs.md tells what becomes of which key.
 */
#ifndef CORE_PTPAR_IMPORT_TESTLIST_H
#define CORE_PTPAR_IMPORT_TESTLIST_H

#include <stddef.h>

#include <ptpar/plugin.h>

#include "core/common/buffer.h"
#include "core/ptpar/settings.h"

/* Appends the sections of the tests of `file`. Programs, and before those beside `file` the lists of directories,
 * are looked for in the directory `built`, if that is not NULL. What cannot be told in a section is told to `warn`.
 * Returns how many tests there are, or a negative errno with err's text; then *out is not to be used. */
int import_testlist(const char *file, const char *built, struct buffer *out,
		    void (*warn)(void *ctx, const char *text), void *ctx, struct ptpar_error *err);

/* --import testlist FILE [DIRECTORY]: prints them. Returns the exit status. */
int import_testlist_print(const struct settings *settings);

#endif
