/* sections.h - sections [command:NAME] of the configuration, in each of which a source finds tests. What their keys
 * mean, the source knows; which there are is known here, so that a slip is told with its line. */
#ifndef CORE_PTPAR_SECTIONS_H
#define CORE_PTPAR_SECTIONS_H

#include <stdbool.h>

#include "core/ptpar/ini_file.h"
#include "core/ptpar/settings.h"

/* Is this heading one of such a section? */
bool sections_is_one(const char *heading);
/* May the key be written several times in a section? Then the values are joined by blanks. */
bool sections_repeats(const char *key);
/* Takes a line of such a section, or its heading. Returns 0, or -EINVAL with a text that begins with FILE:LINE. */
int sections_apply(struct settings *settings, const struct ini_file *file, const struct ini_line *at,
		   struct ptpar_error *err);
/* Working directories are relative to that of the file, `base` (absolute): names them from here. */
void sections_rebase(struct settings *settings, const char *base);
/* That of "command:NAME", or NULL. */
const struct config_section *sections_find(const struct settings *settings, const char *path);
/* Is each section that the command line names, or a test in it, there? Returns 0 or -EINVAL. */
int sections_check_paths(const struct settings *settings, struct ptpar_error *err);
void sections_free(struct settings *settings);

#endif
