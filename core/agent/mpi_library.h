/* mpi_library.h - which MPI library is a program linked with? */
#ifndef CORE_AGENT_MPI_LIBRARY_H
#define CORE_AGENT_MPI_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* The name of the MPI library that the dynamic linker loads for this file ("libmpi.so.40"). False: none, the file
 * is no ELF file, or ptpar was built without elfutils. Libraries that it needs by way of others are not seen. */
bool mpi_library_of(const char *path, char *name, size_t size);

#endif
