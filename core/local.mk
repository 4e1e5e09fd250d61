# The three programs. They stand in the top build directory, so that they find each other uninstalled as well.
bin_PROGRAMS += ptpar
pkglibexec_PROGRAMS += ptpar-agent ptpar-worker
pkglibexecdata_DATA = etc/valgrind.supp
pkglibexecdatadir = $(pkglibexecdir)
EXTRA_DIST += etc/valgrind.supp
# Beside the helpers in the build tree as well.
noinst_DATA += valgrind.supp
CLEANFILES += valgrind.supp
valgrind.supp: $(top_srcdir)/etc/valgrind.supp
	$(AM_V_GEN)cp $(top_srcdir)/etc/valgrind.supp $@
noinst_LIBRARIES += libcommon.a libcore.a

DIR_CPPFLAGS = \
	-DPTPAR_BINDIR='"$(bindir)"' \
	-DPTPAR_LIBEXECDIR='"$(pkglibexecdir)"' \
	-DPTPAR_PLUGINDIR='"$(pkglibdir)"'

# What the three share.
libcommon_a_SOURCES = \
	core/common/alloc.c core/common/alloc.h \
	core/common/buffer.c core/common/buffer.h \
	core/common/calls.c core/common/calls.h \
	core/common/channel.c core/common/channel.h \
	core/common/cores.c core/common/cores.h \
	core/common/credentials.c core/common/credentials.h \
	core/common/elf_file.c core/common/elf_file.h \
	core/common/error.c core/common/error.h \
	core/common/in_path.c core/common/in_path.h \
	core/common/install.c core/common/install.h \
	core/common/launcher.h \
	core/common/mpienv.c core/common/mpienv.h \
	core/common/orphans.c core/common/orphans.h \
	core/common/output.c core/common/output.h \
	core/common/page.h \
	core/common/place.c core/common/place.h \
	core/common/plugin.c core/common/plugin.h \
	core/common/text.c core/common/text.h \
	core/common/remains.c core/common/remains.h \
	core/common/remove_tree.c core/common/remove_tree.h \
	core/common/replace.c core/common/replace.h \
	core/common/slurm.c core/common/slurm.h \
	core/common/sources.c core/common/sources.h \
	core/common/wire.c core/common/wire.h \
	core/common/worker_env.h
libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(DIR_CPPFLAGS)
libcommon_a_CFLAGS = $(AM_CFLAGS) $(MSGPACK_CFLAGS) $(UV_CFLAGS) $(HWLOC_CFLAGS) $(MPI_CFLAGS)
COMMON_LIBS = libcommon.a $(MSGPACK_LIBS) $(LTDL_LIBS)

# The core without its main, so that unit tests can link it.
libcore_a_SOURCES = \
	core/ptpar/attempt.c core/ptpar/attempt.h \
	core/ptpar/attach.c core/ptpar/attach.h \
	core/ptpar/batch.c core/ptpar/batch.h \
	core/ptpar/batch_system.c core/ptpar/batch_system.h \
	core/ptpar/collection.c core/ptpar/collection.h \
	core/ptpar/command_line.c core/ptpar/command_line.h \
	core/ptpar/confirm.c core/ptpar/confirm.h \
	core/ptpar/crew.c core/ptpar/crew.h \
	core/ptpar/deadlock.c core/ptpar/deadlock.h \
	core/ptpar/dispatch.c core/ptpar/dispatch.h \
	core/ptpar/dispatch_death.c core/ptpar/dispatch_finish.c \
	core/ptpar/dispatch_isolated.c core/ptpar/dispatch_state.h \
	core/ptpar/dispatch_time.c \
	core/ptpar/ending.c core/ptpar/ending.h \
	core/ptpar/event.h \
	core/ptpar/doctor.c core/ptpar/doctor.h \
	core/ptpar/eventlog.c core/ptpar/eventlog.h \
	core/ptpar/groups.c core/ptpar/groups.h \
	core/ptpar/import_testlist.c core/ptpar/import_testlist.h \
	core/ptpar/ini_file.c core/ptpar/ini_file.h \
	core/ptpar/ini_write.c core/ptpar/ini_write.h \
	core/ptpar/kept.c core/ptpar/kept.h \
	core/ptpar/isolated.c core/ptpar/isolated.h \
	core/ptpar/keyboard.c core/ptpar/keyboard.h \
	core/ptpar/launched.c core/ptpar/launched.h \
	core/ptpar/link.c core/ptpar/link.h \
	core/ptpar/listing.c core/ptpar/listing.h \
	core/ptpar/options.c core/ptpar/options.h \
	core/ptpar/outcome.c core/ptpar/outcome.h \
	core/ptpar/paths.c core/ptpar/paths.h \
	core/ptpar/probe.c core/ptpar/probe.h \
	core/ptpar/points.c core/ptpar/points.h \
	core/ptpar/previous.c core/ptpar/previous.h \
	core/ptpar/report_junit.c core/ptpar/report_junit.h \
	core/ptpar/report_summary.c core/ptpar/report_summary.h \
	core/ptpar/report_terminal.c core/ptpar/report_terminal.h \
	core/ptpar/report_text.c core/ptpar/report_text.h \
	core/ptpar/replay.c core/ptpar/replay.h \
	core/ptpar/reports.c core/ptpar/reports.h \
	core/ptpar/retries.c core/ptpar/retries.h \
	core/ptpar/roster.c core/ptpar/roster.h \
	core/ptpar/run_clock.c core/ptpar/run_clock.h \
	core/ptpar/rundir.c core/ptpar/rundir.h \
	core/ptpar/sections.c core/ptpar/sections.h \
	core/ptpar/select.c core/ptpar/select.h \
	core/ptpar/session.c core/ptpar/session.h \
	core/ptpar/session_events.c core/ptpar/session_detach.c core/ptpar/session_job.c core/ptpar/session_state.h \
	core/ptpar/settings.c core/ptpar/settings.h \
	core/ptpar/slot.c core/ptpar/slot.h \
	core/ptpar/status.c core/ptpar/status.h \
	core/ptpar/suggest.c core/ptpar/suggest.h \
	core/ptpar/tally.c core/ptpar/tally.h \
	core/ptpar/terminal_detect.c \
	core/ptpar/tests.c core/ptpar/tests.h \
	core/ptpar/watch.c core/ptpar/watch.h \
	core/ptpar/where.c core/ptpar/where.h \
	core/ptpar/wrap.c core/ptpar/wrap.h
libcore_a_CFLAGS = $(AM_CFLAGS) $(MSGPACK_CFLAGS) $(UV_CFLAGS) $(INIH_CFLAGS) $(JANSSON_CFLAGS) $(HWLOC_CFLAGS)
CORE_LIBS = libcore.a $(COMMON_LIBS) $(UV_LIBS) $(INIH_LIBS) $(JANSSON_LIBS) $(HWLOC_LIBS) -lm

ptpar_SOURCES = core/ptpar/main.c
ptpar_CFLAGS = $(libcore_a_CFLAGS)
ptpar_LDADD = $(CORE_LIBS)

ptpar_agent_SOURCES = \
	core/agent/child.c core/agent/child.h \
	core/agent/agent.h \
	core/agent/core_dump.c core/agent/core_dump.h \
	core/agent/launch_srun.c core/agent/launch_srun.h \
	core/agent/pmix_relay.c core/agent/pmix_relay.h \
	core/agent/join.c core/agent/join.h \
	core/agent/look.c core/agent/look.h \
	core/agent/launch.c core/agent/launch.h \
	core/agent/launch_pmix.c core/agent/launch_pmix.h \
	core/agent/main.c \
	core/agent/pmix_server.c core/agent/pmix_server.h \
	core/agent/mpi_library.c core/agent/mpi_library.h \
	core/agent/printed.c core/agent/printed.h \
	core/agent/processes.c core/agent/processes.h \
	core/agent/program.c core/agent/program.h \
	core/agent/shared_memory.c core/agent/shared_memory.h \
	core/agent/srun_steps.c core/agent/srun_steps.h \
	core/agent/stack.c core/agent/stack.h \
	core/agent/wrapper.c core/agent/wrapper.h
if HAVE_PMIX
ptpar_agent_SOURCES += core/agent/pmix_process.c core/agent/pmix_process.h
endif
ptpar_agent_CFLAGS = $(AM_CFLAGS) $(MSGPACK_CFLAGS) $(UV_CFLAGS) $(HWLOC_CFLAGS) $(DW_CFLAGS) $(PMIX_CFLAGS)
ptpar_agent_LDADD = $(COMMON_LIBS) $(UV_LIBS) $(HWLOC_LIBS) $(DW_LIBS) $(PMIX_LIBS) $(DEMANGLE_LIBS)

ptpar_worker_SOURCES = \
	core/worker/calls.c core/worker/calls.h \
	core/worker/capture.c core/worker/capture.h \
	core/worker/check.c core/worker/check.h \
	core/worker/collect.c core/worker/collect.h \
	core/worker/core_link.c core/worker/core_link.h \
	core/worker/group.c core/worker/group.h \
	core/worker/intercept.c core/worker/intercept.h \
	core/worker/last_words.c core/worker/last_words.h \
	core/worker/main.c \
	core/worker/place.c core/worker/place.h \
	core/worker/run.c core/worker/run.h
ptpar_worker_CFLAGS = $(AM_CFLAGS) $(MSGPACK_CFLAGS) $(MPI_CFLAGS) $(DW_CFLAGS) -fexceptions
# Suites find MPI, and what the worker puts before it, in the worker.
ptpar_worker_LDFLAGS = $(AM_LDFLAGS) -rdynamic
ptpar_worker_LDADD = $(COMMON_LIBS) $(DW_LIBS) $(MPI_LIBS)
