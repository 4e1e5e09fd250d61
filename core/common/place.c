/* place.c - one component after the other, each from the descriptor of the directory before it. */
#include "core/common/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"

enum { MAX_LINKS = 40 }; /* as in the kernel */

struct walk {
	struct place *place;
	char *rest; /* what is still to go */
	int links;
	bool foreign;     /* a link that is not followed, which err tells */
	const char *path; /* as it was given, for messages */
	struct ptpar_error *err;
};

bool place_is_foreign(const struct stat *directory, const struct stat *entry)
{
	return (directory->st_mode & S_ISVTX) != 0 && (directory->st_mode & S_IWOTH) != 0 &&
	       entry->st_uid != geteuid() && entry->st_uid != directory->st_uid;
}

static int enter(struct place *place, int at, const char *name)
{
	int fd = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (place->dir >= 0)
		close(place->dir);
	place->dir = fd;
	return 0;
}

/* Puts what the link says before the rest. */
static int follow(struct walk *w)
{
	struct place *place = w->place;
	char target[PATH_MAX], *longer;
	struct stat directory;
	ssize_t n;

	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (fstat(place->dir, &directory) != 0)
		return -errno;
	w->foreign = place_is_foreign(&directory, &place->stat);
	if (w->foreign)
		return ptpar_fail(
			w->err, -EACCES,
			"%s: the link '%s' on the way belongs to another user, in a directory that everybody "
			"can write to: name the file that is meant",
			w->path, place->name);
	n = readlinkat(place->dir, place->name, target, sizeof(target) - 1);
	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	target[n] = '\0';
	longer = xasprintf("%s%s%s", target, w->rest[0] == '\0' ? "" : "/", w->rest);
	free(w->rest);
	w->rest = longer;
	return target[0] == '/' ? enter(place, AT_FDCWD, "/") : 0;
}

static bool is_in_proc(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* Takes the next name off the rest. */
static int take_name(struct walk *w)
{
	char *start = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(start, "/");

	if (n >= sizeof(w->place->name))
		return -ENAMETOOLONG;
	memcpy(w->place->name, start, n);
	w->place->name[n] = '\0';
	memmove(w->rest, start + n, strlen(start + n) + 1);
	return n == 0 ? -EISDIR : 0; /* "/", or a slash at the end */
}

/* One step. Returns 1 when the place is found. */
static int step(struct walk *w)
{
	struct place *place = w->place;
	int status = take_name(w);

	if (status < 0)
		return status;
	place->exists = fstatat(place->dir, place->name, &place->stat, AT_SYMLINK_NOFOLLOW) == 0;
	if (!place->exists)
		return errno == ENOENT && w->rest[0] == '\0' ? 1 : -errno;
	if (S_ISLNK(place->stat.st_mode)) {
		place->is_magic = w->rest[0] == '\0' && is_in_proc(place->dir);
		return place->is_magic ? 1 : follow(w);
	}
	return w->rest[0] == '\0' ? 1 : enter(place, place->dir, place->name);
}

int place_find(struct place *place, const char *path, struct ptpar_error *err)
{
	struct walk w = { .place = place, .rest = xstrdup(path), .path = path, .err = err };
	int status;

	*place = (struct place){ .dir = -1 };
	status = enter(place, AT_FDCWD, path[0] == '/' ? "/" : ".");
	while (status == 0)
		status = step(&w);
	free(w.rest);
	if (status >= 0)
		return 0;
	place_close(place);
	if (status == -ENOENT)
		return ptpar_fail(err, status, "%s: its directory does not exist: make it first", path);
	return w.foreign ? status : ptpar_fail(err, status, "%s: %s", path, strerror(-status));
}

void place_close(struct place *place)
{
	if (place->dir >= 0)
		close(place->dir);
	place->dir = -1;
}
