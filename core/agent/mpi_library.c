/* mpi_library.c - reads DT_NEEDED by libelf. */
#include "core/agent/mpi_library.h"

#include <config.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_DW

#include <gelf.h>

/* Those of Open MPI, MPICH and their kin: libmpi.so, libmpich.so, libmpi_mpifh.so, libmpifort.so, libmpicxx.so, ...
 */
static bool is_mpi(const char *name)
{
	return name != NULL && strncmp(name, "libmpi", 6) == 0;
}

static bool find_needed(Elf *elf, Elf_Scn *section, char *name, size_t size)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Shdr header;
	GElf_Dyn entry;

	if (data == NULL || gelf_getshdr(section, &header) == NULL)
		return false;
	for (int i = 0; gelf_getdyn(data, i, &entry) != NULL && entry.d_tag != DT_NULL; i++) {
		const char *needed =
			entry.d_tag == DT_NEEDED ? elf_strptr(elf, header.sh_link, entry.d_un.d_val) : NULL;

		if (!is_mpi(needed))
			continue;
		snprintf(name, size, "%s", needed);
		return true;
	}
	return false;
}

bool mpi_library_of(const char *path, char *name, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	bool found = false;
	Elf *elf;

	if (fd < 0)
		return false;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf != NULL && !found && (section = elf_nextscn(elf, section)) != NULL)
		if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_DYNAMIC)
			found = find_needed(elf, section, name, size);
	elf_end(elf);
	close(fd);
	return found;
}

#else

bool mpi_library_of(const char *path, char *name, size_t size)
{
	(void)path;
	(void)name;
	(void)size;
	return false;
}

#endif
