/* install.c - starts from /proc/self/exe; a moved tree is known by the end of the path that has stayed the same. */
#include "core/common/install.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/worker_env.h"

/* The directory of the running program; "" if /proc does not tell. */
static const char *own_directory(void)
{
	static char directory[PATH_MAX];
	char *slash;
	ssize_t n;

	if (directory[0] == '\0') {
		n = readlink("/proc/self/exe", directory, sizeof(directory) - 1);
		directory[n < 0 ? 0 : n] = '\0';
		slash = strrchr(directory, '/');
		if (slash != NULL)
			*slash = '\0';
	}
	return directory;
}

/* Is there NAME in the directory? */
static bool has(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

/* If the running program was installed in `home` but now is where the path only ends alike, then `place` (compiled
 * in like home) has moved the same way: returns where to, or NULL. To be freed. /usr/local/bin, run from
 * /opt/x/bin: /usr/local/lib/ptpar is /opt/x/lib/ptpar now. */
static char *moved(const char *place, const char *home)
{
	const char *here = own_directory();
	size_t i = strlen(home), j = strlen(here), old_prefix = i, new_prefix = j;

	while (i > 0 && j > 0 && home[i - 1] == here[j - 1]) {
		i--;
		j--;
		if (home[i] == '/') {
			old_prefix = i;
			new_prefix = j;
		}
	}
	if (home[old_prefix] != '/' || strncmp(place, home, old_prefix) != 0 || place[old_prefix] != '/')
		return NULL;
	return xasprintf("%.*s%s", (int)new_prefix, here, place + old_prefix);
}

/* Where a directory of the installed tree is, known by something that must be in it. To be freed. */
static char *installed(const char *place, const char *content)
{
	static const char *const homes[] = { PTPAR_BINDIR, PTPAR_LIBEXECDIR };

	for (size_t i = 0; i < sizeof(homes) / sizeof(*homes); i++) {
		char *candidate = moved(place, homes[i]);

		if (candidate != NULL && has(candidate, content))
			return candidate;
		free(candidate);
	}
	return xstrdup(place);
}

const char *install_helper(const char *name)
{
	static struct {
		const char *name;
		char *path;
	} helpers[] = {
		{ "ptpar", NULL }, { "ptpar-agent", NULL }, { "ptpar-worker", NULL }, { "valgrind.supp", NULL }
	};

	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++) {
		if (strcmp(helpers[i].name, name) != 0)
			continue;
		if (helpers[i].path == NULL) {
			/* Beside us: a build tree, or we are a helper ourselves. */
			char *directory = has(own_directory(), name) ? xstrdup(own_directory())
								     : installed(PTPAR_LIBEXECDIR, name);

			helpers[i].path = xasprintf("%s/%s", directory, name);
			free(directory);
		}
		return helpers[i].path;
	}
	abort(); /* no such helper: a slip in our own code */
}

char *install_plugin_path(const char *configured)
{
	const char *from_user = getenv(ENV_PLUGIN_PATH), *here = own_directory();
	bool is_build_tree = has(here, "ptpar-agent") && has(here, "plugins/.libs");
	char *own = is_build_tree ? xasprintf("%s/plugins/.libs", here) : installed(PTPAR_PLUGINDIR, ".");
	char *path = xasprintf("%s:%s:%s", from_user == NULL ? "" : from_user, configured == NULL ? "" : configured,
			       own);

	free(own);
	return path;
}
