# Plugins: schedulers for the core, sources for the workers. Each exports its descriptor and nothing else.
pkglib_LTLIBRARIES +=

LDFLAGS_OF_A_PLUGIN = $(AM_LDFLAGS) -module -avoid-version -no-undefined -shared -Wl,-z,now
LDFLAGS_OF_A_SCHEDULER = $(LDFLAGS_OF_A_PLUGIN) -export-symbols-regex '^ptpar_scheduler$$'
LDFLAGS_OF_A_SOURCE = $(LDFLAGS_OF_A_PLUGIN) -export-symbols-regex '^ptpar_source$$'

pkglib_LTLIBRARIES += plugins/source-suite.la
plugins_source_suite_la_SOURCES = plugins/source-suite.c
# mpi.h gives it the type MPI_Comm, no more. Exceptions of suites in C++ pass through it.
plugins_source_suite_la_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS) -fexceptions
plugins_source_suite_la_LDFLAGS = $(LDFLAGS_OF_A_SOURCE)
plugins_source_suite_la_LIBADD = -ldl -lpthread
