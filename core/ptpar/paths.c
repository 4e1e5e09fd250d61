/* paths.c - globs are made absolute, expanded by glob(3), and the results shortened. */
#include "core/ptpar/paths.h"

#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/error.h"
#include "core/ptpar/select.h"

/* The directory that the "." and ".." in front of *path lead to; *path loses them. Those further on are left alone:
 * what is before them may be a symbolic link. The caller frees it. */
static char *anchor(const char *base, const char **path)
{
	char *dir = xstrdup(**path == '/' ? "" : base);

	if (strcmp(dir, "/") == 0)
		*dir = '\0';
	while (**path == '.') {
		size_t dots = strspn(*path, ".");
		char *slash = strrchr(dir, '/');

		if (dots > 2 || ((*path)[dots] != '/' && (*path)[dots] != '\0'))
			break;
		if (dots == 2 && slash != NULL)
			*slash = '\0';
		*path += dots;
		*path += strspn(*path, "/");
	}
	*path += strspn(*path, "/");
	return dir;
}

/* dir/rest, where either may be empty. */
static char *join(const char *dir, const char *rest)
{
	if (*rest == '\0')
		return xstrdup(*dir == '\0' ? "/" : dir);
	return xasprintf("%s/%s", dir, rest);
}

static char *escape_for_glob(const char *s)
{
	struct buffer escaped = { 0 };

	for (; *s != '\0'; s++) {
		if (strchr("*?[]\\", *s) != NULL)
			buffer_putc(&escaped, '\\');
		buffer_putc(&escaped, *s);
	}
	buffer_putc(&escaped, '\0');
	return escaped.data;
}

/* How many bytes of path are `dir` or something in it: its length, or 0. */
static size_t inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0') ? len : 0;
}

static char *shorten(const char *path)
{
	char *dir = getcwd(NULL, 0);
	struct buffer up = { 0 };
	char *slash, *shortest = NULL;
	size_t len;

	/* Up from here until the path is below; the root is above everything, which makes nothing shorter. */
	while (dir != NULL && (len = inside(path, dir)) == 0 && (slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		buffer_puts(&up, up.len == 0 ? ".." : "/..");
	}
	if (dir != NULL && len > 0) {
		const char *below = path + len + strspn(path + len, "/");

		if (*below != '\0')
			buffer_printf(&up, "%s%s", up.len == 0 ? "" : "/", below);
		else if (up.len == 0)
			buffer_putc(&up, '.');
		if (up.len <= strlen(path))
			shortest = xstrdup(buffer_string(&up));
	}
	buffer_free(&up);
	free(dir);
	return shortest != NULL ? shortest : xstrdup(path);
}

char *paths_from_here(const char *base, const char *path)
{
	char *dir = anchor(base, &path);
	char *whole = join(dir, path);
	char *result = shorten(whole);

	free(whole);
	free(dir);
	return result;
}

static void add_take(struct path_list *list, char *path)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->items[i], path) == 0) {
			free(path);
			return;
		}
	}
	GROW(list->items, list->n, list->cap);
	list->items[list->n++] = path;
}

static void add_match(struct path_list *list, const char *path, const char *id)
{
	char *file = shorten(path);

	add_take(list, xasprintf("%s%s", file, id));
	free(file);
}

/* `pattern` is relative to dir, `id` is empty or begins with "::". A file of just that name goes before what it
 * means as a glob. Returns 0 or -ENOENT. */
static int expand_in(struct path_list *list, const char *dir, const char *pattern, const char *id)
{
	char *whole = join(dir, pattern);
	char *escaped = escape_for_glob(dir);
	char *absolute = join(escaped, pattern);
	glob_t found = { 0 };
	int rc = 0;

	if (access(whole, F_OK) == 0)
		add_match(list, whole, id);
	else if (glob(absolute, 0, NULL, &found) != 0)
		rc = -ENOENT;
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		add_match(list, found.gl_pathv[i], id);
	globfree(&found);
	free(absolute);
	free(escaped);
	free(whole);
	return rc;
}

static int expand_word(struct path_list *list, const char *base, const char *word, const char *where,
		       struct ptpar_error *err)
{
	int at = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t len = select_path_length(at, word);
	char *path = xstrndup(word, len);
	const char *rest = path;
	char *dir = anchor(base, &rest);
	int rc = expand_in(list, dir, rest, word + len);

	if (rc != 0 && strpbrk(path, "*?[") != NULL)
		ptpar_fail(err, rc, "%s: '%s': matches nothing in %s; build the tests, or correct it", where, path,
			   base);
	else if (rc != 0)
		ptpar_fail(err, rc, "%s: '%s': no such file in %s; build the tests, or correct it", where, path,
			   base);
	free(dir);
	free(path);
	if (at >= 0)
		close(at);
	return rc;
}

int paths_expand(struct path_list *list, const char *base, const char *words, const char *where,
		 struct ptpar_error *err)
{
	char *copy = xstrdup(words), *state = NULL;
	int rc = 0;

	for (char *word = strtok_r(copy, " \t", &state); word != NULL && rc == 0;
	     word = strtok_r(NULL, " \t", &state))
		rc = expand_word(list, base, word, where, err);
	free(copy);
	return rc;
}

/* Who has put it there: us, root, or in a directory that everybody can write to somebody else? */
static bool is_foreign(const char *path)
{
	char *directory =
		xasprintf("%.*s.", (int)(strrchr(path, '/') == NULL ? 0 : strrchr(path, '/') - path + 1), path);
	struct stat in, link, file;
	bool foreign = stat(directory, &in) != 0 || lstat(path, &link) != 0 || stat(path, &file) != 0;

	free(directory);
	if (foreign || (in.st_mode & S_IWOTH) == 0)
		return foreign;
	return (link.st_uid != geteuid() && link.st_uid != 0) || (file.st_uid != geteuid() && file.st_uid != 0);
}

char *paths_find_above(const char *name, char **foreign)
{
	char *above = getcwd(NULL, 0);
	char *path = xstrdup(name);

	*foreign = NULL;
	while (above != NULL) {
		char *slash = strrchr(above, '/'), *higher;
		struct stat st;

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			if (!is_foreign(path))
				break;
			if (*foreign == NULL)
				*foreign = xstrdup(path);
		}
		/* The last name taken off is the root's own, which is empty. */
		if (slash == NULL || strcmp(above, "/") == 0) {
			free(above);
			above = NULL;
			break;
		}
		*slash = '\0';
		higher = xasprintf("../%s", path);
		free(path);
		path = higher;
	}
	if (above == NULL) {
		free(path);
		return NULL;
	}
	free(above);
	return path;
}
