/* replace.c - beside the file: rename() does not cross file systems. */
#include "core/common/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/alloc.h"
#include "core/common/error.h"
#include "core/common/output.h"
#include "core/common/place.h"

/* Writes and closes. Some file systems tell only at the close that there was no room. */
static int write_and_close(int fd, const void *data, size_t n)
{
	int status = output_write(fd, data, n);

	if (close(fd) != 0 && status == 0)
		status = -errno;
	return status;
}

/* Not if it has become a file meanwhile: that one may be somebody's. */
static int write_in_place(const struct place *place, const void *data, size_t n)
{
	int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | (place->is_magic ? 0 : O_NOFOLLOW);
	int fd = openat(place->dir, place->name, flags);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!place->is_magic && (fstat(fd, &st) != 0 || S_ISREG(st.st_mode))) {
		close(fd);
		return -ESTALE;
	}
	return write_and_close(fd, data, n);
}

static int write_and_rename(const struct place *place, const void *data, size_t n)
{
	char *temporary = xasprintf("%s.%d.tmp", place->name, (int)getpid());
	int fd, status;

	unlinkat(place->dir, temporary, 0);
	fd = openat(place->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0) {
		status = -errno;
		free(temporary);
		return status;
	}
	/* Who may write to what another user has put there is not for that user to say. */
	if (place->exists && place->stat.st_uid == geteuid())
		(void)!fchmod(fd, place->stat.st_mode & 0777);
	status = write_and_close(fd, data, n);
	if (status == 0 && renameat(place->dir, temporary, place->dir, place->name) != 0)
		status = -errno;
	if (status < 0)
		unlinkat(place->dir, temporary, 0);
	free(temporary);
	return status;
}

/* Is it a pipe, say, that another user has put where reports are awaited? */
static bool is_foreign(const struct place *place)
{
	struct stat directory;

	return fstat(place->dir, &directory) != 0 || place_is_foreign(&directory, &place->stat);
}

int file_replace(const char *name, const void *data, size_t n, struct ptpar_error *err)
{
	struct place place;
	bool regular;
	int status = place_find(&place, name, err);

	if (status < 0)
		return status;
	regular = !place.exists || S_ISREG(place.stat.st_mode);
	if (!regular && is_foreign(&place)) {
		place_close(&place);
		return ptpar_fail(
			err, -EACCES,
			"%s: no regular file, and of another user, in a directory that everybody can write "
			"to: name another file",
			name);
	}
	status = regular ? write_and_rename(&place, data, n) : write_in_place(&place, data, n);
	place_close(&place);
	return status < 0 ? ptpar_fail(err, status, "%s: %s", name, strerror(-status)) : 0;
}
