/* select.h - which tests are meant: the language of -k, and ids on the command line. Both may come from
 * hostile hands: what they cost is bounded. */
#ifndef CORE_PTPAR_SELECT_H
#define CORE_PTPAR_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ptpar/plugin.h>

/* What an expression can ask about a test. */
struct selectable {
	const char *id;     /* SOURCE::NAME[NP] */
	const char *source; /* SOURCE */
	const char *name;   /* NAME */
	uint32_t np;
	const char *tags; /* separated by spaces; may be NULL */
};

/* The tests that an expression selects:
 *
 *   WORD             part of the id, in whatever case; or as a glob the whole name or id, in whatever case
 *   tag:GLOB         one of the tags
 *   source:GLOB      the source, with or without its directories
 *   np:4 np=4 np>2   also >= < <=
 *   not, and, or     bind in this order; ( )
 *
 * Quotes ('' or "") around a word, or a part of it, take the meaning from blanks and ( ); a word that begins with a
 * quote is a plain WORD, whatever it says. At most 4096 bytes, ( ) at most 64 deep.
 */
struct selection;

/* Returns NULL with a text that says -k, the expression and the column if it is no expression. To be given to
 * selection_free. */
struct selection *selection_parse(const char *expr, struct ptpar_error *err);
bool selection_matches(const struct selection *selection, const struct selectable *test);
void selection_free(struct selection *selection); /* NULL is fine */

/* Is `id` one of those that `wanted` names? An id itself; SOURCE::NAME for all of its numbers of processes and
 * parameters; SOURCE for everything of it. */
bool select_id_matches(const char *wanted, const char *id);

/* Is `id` matched by the glob, as in [match:GLOB]? An id itself is matched as well, in spite of its [ ]. */
bool select_glob_matches(const char *glob, const char *id);

/* How many bytes of `arg` are the path: all of it, or up to the "::" of an id. A path may contain "::" if there is
 * such a file, relative to the directory `dir` (a descriptor, or AT_FDCWD). */
size_t select_path_length(int dir, const char *arg);

#endif
