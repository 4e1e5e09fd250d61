# The three programs. They stand in the top build directory, so that they find each other uninstalled as well.
bin_PROGRAMS += ptpar
pkglibexec_PROGRAMS += ptpar-agent ptpar-worker
noinst_LIBRARIES += libcommon.a libcore.a

DIR_CPPFLAGS = \
	-DPTPAR_LIBEXECDIR='"$(pkglibexecdir)"' \
	-DPTPAR_PLUGINDIR='"$(pkglibdir)"'

# What the three share.
libcommon_a_SOURCES = \
	core/common/alloc.c core/common/alloc.h \
	core/common/buffer.c core/common/buffer.h \
	core/common/error.c core/common/error.h
libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(DIR_CPPFLAGS)
libcommon_a_CFLAGS = $(AM_CFLAGS) $(MSGPACK_CFLAGS)
COMMON_LIBS = libcommon.a $(MSGPACK_LIBS) $(LTDL_LIBS)

# The core without its main, so that unit tests can link it.
libcore_a_SOURCES = \
	core/ptpar/command_line.c core/ptpar/command_line.h \
	core/ptpar/event.h \
	core/ptpar/ini_file.c core/ptpar/ini_file.h \
	core/ptpar/options.c core/ptpar/options.h \
	core/ptpar/outcome.c core/ptpar/outcome.h \
	core/ptpar/paths.c core/ptpar/paths.h \
	core/ptpar/select.c core/ptpar/select.h \
	core/ptpar/settings.c core/ptpar/settings.h \
	core/ptpar/suggest.c core/ptpar/suggest.h
libcore_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(INIH_CFLAGS) $(JANSSON_CFLAGS) $(HWLOC_CFLAGS)
CORE_LIBS = libcore.a $(COMMON_LIBS) $(UV_LIBS) $(INIH_LIBS) $(JANSSON_LIBS) $(HWLOC_LIBS) -lm

ptpar_SOURCES = core/ptpar/main.c
ptpar_CFLAGS = $(libcore_a_CFLAGS)
ptpar_LDADD = $(CORE_LIBS)

ptpar_agent_SOURCES = core/agent/main.c
ptpar_agent_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(HWLOC_CFLAGS)
ptpar_agent_LDADD = $(COMMON_LIBS) $(UV_LIBS) $(HWLOC_LIBS)

ptpar_worker_SOURCES = core/worker/main.c
ptpar_worker_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS) $(DW_CFLAGS) -fexceptions
# Suites find MPI, and what the worker puts before it, in the worker.
ptpar_worker_LDFLAGS = $(AM_LDFLAGS) -rdynamic
ptpar_worker_LDADD = $(COMMON_LIBS) $(DW_LIBS) $(MPI_LIBS)
