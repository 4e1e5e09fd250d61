/* place.h - where a path leads that may go through directories which others can write to.
 *
 * Linux guards links and pipes of other users in such directories (/tmp), but as a setting of the system
 * (fs.protected_symlinks, fs.protected_fifos) that some do not have, and not for who resolves a path first and
 * opens the result. The rule here is the same: in a directory that is sticky and that everybody can write to, what
 * belongs neither to us nor to the owner of the directory is not followed.
 */
#ifndef CORE_COMMON_PLACE_H
#define CORE_COMMON_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include <ptpar/plugin.h>

struct place {
	int dir;                 /* descriptor (O_PATH) of the directory */
	char name[NAME_MAX + 1]; /* in it: no symbolic link, or nothing yet */
	bool exists;
	bool is_magic;    /* of /proc: an open file, to be followed when it is opened */
	struct stat stat; /* if it exists */
};

/* Follows all symbolic links. Returns 0 or a negative errno with err's text, which begins with the path: -EACCES
 * also if a link belongs to another user. */
int place_find(struct place *place, const char *path, struct ptpar_error *err);
void place_close(struct place *place);

/* May what is in this directory have been put there by another user, to lead us astray? Both from stat(2). */
bool place_is_foreign(const struct stat *directory, const struct stat *entry);

#endif
