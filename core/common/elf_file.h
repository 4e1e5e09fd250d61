/* elf_file.h - can the dynamic linker map this file? */
#ifndef CORE_COMMON_ELF_FILE_H
#define CORE_COMMON_ELF_FILE_H

#include <ptpar/plugin.h>

/* Is this a shared library for this machine, and all of it there? Looks at the file's headers, loads nothing.
 * dlopen() is no good for asking: of a library for another machine it says that there is no such file, and a
 * library that was cut short (a full disk, a copy under way) kills the process by SIGBUS.
 * Returns 0, or a negative errno with the reason, in which the path is not named. */
int elf_check_library(const char *path, struct ptpar_error *err);

#endif
