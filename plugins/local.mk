# Plugins: schedulers for the core, sources for the workers. Each exports its descriptor and nothing else.
pkglib_LTLIBRARIES +=

LDFLAGS_OF_A_PLUGIN = $(AM_LDFLAGS) -module -avoid-version -no-undefined -shared -Wl,-z,now
LDFLAGS_OF_A_SCHEDULER = $(LDFLAGS_OF_A_PLUGIN) -export-symbols-regex '^ptpar_scheduler$$'
LDFLAGS_OF_A_SOURCE = $(LDFLAGS_OF_A_PLUGIN) -export-symbols-regex '^ptpar_source$$'

# The schedulers. Nothing may be left for the core to resolve: a plugin with a hole in it is
# "file not found" to libltdl. (AddressSanitizer leaves its own holes.)
pkglib_LTLIBRARIES += plugins/scheduler-sequential.la plugins/scheduler-static.la plugins/scheduler-dynamic.la \
	plugins/scheduler-shell.la plugins/scheduler-slurm.la

if !SANITIZERS
NO_HOLES = -Wl,-z,defs
endif
SCHEDULER_COMMON = plugins/scheduler-common.c plugins/scheduler-common.h
DYNAMIC = plugins/dynamic.c plugins/dynamic.h $(SCHEDULER_COMMON)

plugins_scheduler_sequential_la_SOURCES = plugins/scheduler-sequential.c $(SCHEDULER_COMMON)
plugins_scheduler_sequential_la_LDFLAGS = $(LDFLAGS_OF_A_SCHEDULER) $(NO_HOLES)
plugins_scheduler_static_la_SOURCES = plugins/scheduler-static.c $(SCHEDULER_COMMON)
plugins_scheduler_static_la_LDFLAGS = $(LDFLAGS_OF_A_SCHEDULER) $(NO_HOLES)
plugins_scheduler_dynamic_la_SOURCES = plugins/scheduler-dynamic.c $(DYNAMIC)
plugins_scheduler_dynamic_la_LDFLAGS = $(LDFLAGS_OF_A_SCHEDULER) $(NO_HOLES)
plugins_scheduler_shell_la_SOURCES = plugins/scheduler-shell.c $(DYNAMIC)
plugins_scheduler_shell_la_LDFLAGS = $(LDFLAGS_OF_A_SCHEDULER) $(NO_HOLES)
BATCH_SLURM = plugins/batch-slurm.c plugins/batch-slurm.h plugins/slurm-script.c plugins/slurm-script.h
plugins_scheduler_slurm_la_SOURCES = plugins/scheduler-slurm.c $(BATCH_SLURM) $(DYNAMIC)
plugins_scheduler_slurm_la_LDFLAGS = $(LDFLAGS_OF_A_SCHEDULER) $(NO_HOLES)

pkglib_LTLIBRARIES += plugins/source-suite.la
plugins_source_suite_la_SOURCES = plugins/source-suite.c
# mpi.h gives it the type MPI_Comm, no more. Exceptions of suites in C++ pass through it.
plugins_source_suite_la_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS) -fexceptions
plugins_source_suite_la_LDFLAGS = $(LDFLAGS_OF_A_SOURCE) $(NO_HOLES)
plugins_source_suite_la_LIBADD = -ldl -lpthread

# The sources of programs.
pkglib_LTLIBRARIES += plugins/source-tap.la plugins/source-command.la
SOURCE_COMMON = plugins/source-common.c plugins/source-common.h plugins/tap.c plugins/tap.h
plugins_source_tap_la_SOURCES = plugins/source-tap.c $(SOURCE_COMMON)
plugins_source_tap_la_LDFLAGS = $(LDFLAGS_OF_A_SOURCE) $(NO_HOLES)
plugins_source_command_la_SOURCES = plugins/source-command.c $(SOURCE_COMMON)
plugins_source_command_la_LDFLAGS = $(LDFLAGS_OF_A_SOURCE) $(NO_HOLES)
