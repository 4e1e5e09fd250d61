/* replace.c - the directory must be the file's own: rename() does not cross file systems. */
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

/* Writes and closes. Some file systems tell only at the close that there was no room. */
static int write_and_close(int fd, const void *data, size_t n)
{
	int status = output_write(fd, data, n);

	if (close(fd) != 0 && status == 0)
		status = -errno;
	return status;
}

static int write_in_place(const char *name, const void *data, size_t n)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : write_and_close(fd, data, n);
}

/* mode: of the file that is replaced, or 0. */
static int write_and_rename(const char *name, mode_t mode, const void *data, size_t n)
{
	char *temporary = xasprintf("%s.%d.tmp", name, (int)getpid());
	int fd, status;

	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0) {
		status = -errno;
		free(temporary);
		return status;
	}
	if (mode != 0)
		(void)!fchmod(fd, mode & 0777);
	status = write_and_close(fd, data, n);
	if (status == 0 && rename(temporary, name) != 0)
		status = -errno;
	if (status < 0)
		unlink(temporary);
	free(temporary);
	return status;
}

int file_replace(const char *name, const void *data, size_t n, struct ptpar_error *err)
{
	char *real = realpath(name, NULL); /* NULL: there is none yet */
	const char *target = real != NULL ? real : name;
	struct stat st;
	int status;

	if (stat(target, &st) != 0)
		status = write_and_rename(target, 0, data, n);
	else if (S_ISREG(st.st_mode))
		status = write_and_rename(target, st.st_mode, data, n);
	else
		status = write_in_place(target, data, n);
	free(real);
	if (status == -ENOENT)
		return ptpar_fail(err, status, "%s: its directory does not exist: make it first", name);
	if (status < 0)
		return ptpar_fail(err, status, "%s: %s", name, strerror(-status));
	return 0;
}
