/* paths.h - what paths in a configuration file mean from the working directory. */
#ifndef CORE_PTPAR_PATHS_H
#define CORE_PTPAR_PATHS_H

#include <stddef.h>

#include <ptpar/plugin.h>

struct path_list {
	char **items; /* each owned */
	size_t n, cap;
};

/* Appends the files of `words` (separated by white space; each a path or a glob, maybe with ::ID behind it), which
 * are relative to the directory `base`, an absolute path. What is in the list already is not added again. Returns
 * 0, or -ENOENT for one that matches nothing, with a text that begins with `where`. */
int paths_expand(struct path_list *list, const char *base, const char *words, const char *where,
		 struct ptpar_error *err);

/* `path`, relative to the directory `base` (absolute), as the shortest name of it from here: below the working
 * directory, or through a directory above both, or absolute. The caller frees it. */
char *paths_from_here(const char *base, const char *path);

/* The file of this name here, or in the nearest directory above, or NULL. One that another user has put into a
 * directory that everybody can write to is passed over, and *foreign is the first of those, or NULL. The caller
 * frees both. */
char *paths_find_above(const char *name, char **foreign);

#endif
