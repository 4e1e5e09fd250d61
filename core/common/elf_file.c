/* elf_file.c - compares the ELF header with that of the running program, and the segments with the file's size. */
#include "core/common/elf_file.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/common/error.h"

/* The header of the program that runs, as the linker has placed it. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static int open_regular(const char *path, struct stat *status, struct ptpar_error *err)
{
	/* O_NONBLOCK: a pipe of that name must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code;

	if (fd < 0) {
		code = -errno;
		if (code == -ENOENT && lstat(path, status) == 0)
			return ptpar_fail(err, code, "it is a link to a file that is not there");
		return ptpar_fail(err, code, "cannot be read: %s", strerror(-code));
	}
	code = fstat(fd, status) < 0 ? -errno : 0;
	if (code == 0 && S_ISREG(status->st_mode))
		return fd;
	close(fd);
	if (code < 0)
		return ptpar_fail(err, code, "cannot be read: %s", strerror(-code));
	return ptpar_fail(err, -EINVAL, "it is no file%s", S_ISDIR(status->st_mode) ? " but a directory" : "");
}

static int check_header(const ElfW(Ehdr) * header, size_t n, struct ptpar_error *err)
{
	const unsigned char *theirs = header->e_ident, *ours = __ehdr_start.e_ident;

	if (n == 0)
		return ptpar_fail(err, -ENOEXEC, "it is empty: build or copy it again");
	if (n < EI_NIDENT || memcmp(theirs, ELFMAG, SELFMAG) != 0)
		return ptpar_fail(err, -ENOEXEC, "it is not a shared library");
	if (theirs[EI_CLASS] != ours[EI_CLASS] || theirs[EI_DATA] != ours[EI_DATA] ||
	    (n == sizeof(*header) && header->e_machine != __ehdr_start.e_machine))
		return ptpar_fail(err, -ENOEXEC,
				  "it was built for another kind of machine: rebuild it on this one");
	if (n < sizeof(*header))
		return ptpar_fail(err, -ENOEXEC, "it was cut short: build or copy it again");
	if (header->e_type != ET_DYN)
		return ptpar_fail(err, -ENOEXEC, "it is not a shared library: link it with -shared");
	return 0;
}

static int check_segments(int fd, const ElfW(Ehdr) * header, uint64_t size, struct ptpar_error *err)
{
	for (unsigned i = 0; i < header->e_phnum; i++) {
		ElfW(Phdr) segment;
		uint64_t at = (uint64_t)header->e_phoff + (uint64_t)i * header->e_phentsize;

		if (at > size || size - at < sizeof(segment) ||
		    pread(fd, &segment, sizeof(segment), (off_t)at) != sizeof(segment) ||
		    (segment.p_type == PT_LOAD &&
		     (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)))
			return ptpar_fail(err, -ENOEXEC, "it was cut short: build or copy it again");
	}
	return 0;
}

int elf_check_library(const char *path, struct ptpar_error *err)
{
	ElfW(Ehdr) header = { 0 };
	struct stat file;
	int fd = open_regular(path, &file, err), status;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = pread(fd, &header, sizeof(header), 0);
	if (n < 0)
		status = ptpar_fail(err, -errno, "cannot be read: %s", strerror(errno));
	else
		status = check_header(&header, (size_t)n, err);
	if (status == 0)
		status = check_segments(fd, &header, (uint64_t)file.st_size, err);
	close(fd);
	return status;
}
