# Unit tests (cmocka, one program per file of the core) and integration tests (TAP scripts), run by `make check`.
TEST_EXTENSIONS = .t
LOG_DRIVER = env CMOCKA_MESSAGE_OUTPUT=TAP $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
# A script that fails says so in TAP, and one that dies leaves its plan unfulfilled: its status would count twice.
T_LOG_DRIVER = $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh --ignore-exit
AM_TESTS_ENVIRONMENT = \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	LSAN_OPTIONS='suppressions=$(abs_top_srcdir)/tests/lsan.supp:print_suppressions=0'; export LSAN_OPTIONS; \
	UBSAN_OPTIONS=print_stacktrace=1; export UBSAN_OPTIONS;
EXTRA_DIST += tests/lsan.supp

UNIT_CFLAGS = $(libcore_a_CFLAGS) $(CMOCKA_CFLAGS) -Wno-missing-prototypes
UNIT_LIBS = $(CORE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS =

# The source plugin, compiled into its test.
UNIT_TESTS += tests/unit/test_source_suite
tests_unit_test_source_suite_SOURCES = tests/unit/test_source_suite.c plugins/source-suite.c
tests_unit_test_source_suite_CFLAGS = $(UNIT_CFLAGS) $(MPI_CFLAGS) -fexceptions
tests_unit_test_source_suite_LDADD = $(UNIT_LIBS) $(MPI_LIBS) -ldl -lpthread

# The sources of programs, likewise; and the reader of TAP that they share.
MOCK_READER = tests/unit/mock_reader.c tests/unit/mock_reader.h
UNIT_TESTS += tests/unit/test_tap tests/unit/test_source_tap tests/unit/test_source_command
tests_unit_test_tap_SOURCES = tests/unit/test_tap.c $(MOCK_READER) $(SOURCE_COMMON)
tests_unit_test_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_tap_LDADD = $(UNIT_LIBS)
tests_unit_test_source_tap_SOURCES = tests/unit/test_source_tap.c plugins/source-tap.c $(MOCK_READER) $(SOURCE_COMMON)
tests_unit_test_source_tap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_source_tap_LDADD = $(UNIT_LIBS)
tests_unit_test_source_command_SOURCES = tests/unit/test_source_command.c plugins/source-command.c $(MOCK_READER) \
	$(SOURCE_COMMON)
tests_unit_test_source_command_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_source_command_LDADD = $(UNIT_LIBS)

# And the example of a third party's.
UNIT_TESTS += tests/unit/test_source_lines
tests_unit_test_source_lines_SOURCES = tests/unit/test_source_lines.c examples/source-lines/source-lines.c $(MOCK_READER)
tests_unit_test_source_lines_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_source_lines_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_settings
tests_unit_test_settings_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_settings_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_settings_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_tests
tests_unit_test_tests_SOURCES = tests/unit/test_tests.c $(SAMPLE)
tests_unit_test_tests_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_tests_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_import_testlist
tests_unit_test_import_testlist_SOURCES = tests/unit/test_import_testlist.c $(SAMPLE)
tests_unit_test_import_testlist_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_import_testlist_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_select
tests_unit_test_select_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_select_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_wire
tests_unit_test_wire_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_wire_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_mpienv
tests_unit_test_mpienv_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_mpienv_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_slurm
tests_unit_test_slurm_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_slurm_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_launched
tests_unit_test_launched_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_launched_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_link
tests_unit_test_link_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_link_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_deadlock
tests_unit_test_deadlock_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_deadlock_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_dispatch
tests_unit_test_dispatch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_dispatch_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_wrap
tests_unit_test_wrap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_wrap_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_run_clock
tests_unit_test_run_clock_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_run_clock_LDADD = $(UNIT_LIBS)

# The schedulers, loaded as built, against a mock host.
UNIT_TESTS += tests/unit/test_schedulers
tests_unit_test_schedulers_SOURCES = tests/unit/test_schedulers.c tests/unit/mock_host.c tests/unit/mock_host.h
tests_unit_test_schedulers_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_schedulers_LDADD = $(UNIT_LIBS) -ldl

UNIT_TESTS += tests/unit/test_batch_slurm
tests_unit_test_batch_slurm_SOURCES = tests/unit/test_batch_slurm.c $(BATCH_SLURM) $(SCHEDULER_COMMON)
tests_unit_test_batch_slurm_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_batch_slurm_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_batch
tests_unit_test_batch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_batch_LDADD = $(UNIT_LIBS)

# The example of a third party's scheduler goes through the same tests. (-rpath: else libtool makes no shared object.)
check_LTLIBRARIES += tests/plugins/scheduler-shuffle.la
tests_plugins_scheduler_shuffle_la_SOURCES = examples/scheduler-shuffle/scheduler-shuffle.c
tests_plugins_scheduler_shuffle_la_LDFLAGS = $(LDFLAGS_OF_A_SCHEDULER) -rpath '$(abs_builddir)/tests/plugins'

# What is made of the events of a run, each with the same small run.
SAMPLE = tests/unit/sample_run.c tests/unit/sample_run.h

UNIT_TESTS += tests/unit/test_text
tests_unit_test_text_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_text_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_rundir
tests_unit_test_rundir_SOURCES = tests/unit/test_rundir.c $(SAMPLE)
tests_unit_test_rundir_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rundir_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_previous
tests_unit_test_previous_SOURCES = tests/unit/test_previous.c $(SAMPLE)
tests_unit_test_previous_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_previous_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_eventlog
tests_unit_test_eventlog_SOURCES = tests/unit/test_eventlog.c $(SAMPLE)
tests_unit_test_eventlog_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_eventlog_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_report_terminal
tests_unit_test_report_terminal_SOURCES = tests/unit/test_report_terminal.c $(SAMPLE)
tests_unit_test_report_terminal_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_report_terminal_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_report_junit
tests_unit_test_report_junit_SOURCES = tests/unit/test_report_junit.c $(SAMPLE)
tests_unit_test_report_junit_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_report_junit_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_plugin
tests_unit_test_plugin_SOURCES = tests/unit/test_plugin.c
tests_unit_test_plugin_CPPFLAGS = $(AM_CPPFLAGS) -DTEST_PLUGINS='"$(abs_top_builddir)/tests/plugins/.libs"'
tests_unit_test_plugin_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_plugin_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_install
tests_unit_test_install_SOURCES = tests/unit/test_install.c
tests_unit_test_install_CPPFLAGS = $(AM_CPPFLAGS) $(DIR_CPPFLAGS)
tests_unit_test_install_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_install_LDADD = $(UNIT_LIBS)

# Starts MPI programs by the agent's PMIx server, for tests/integration/pmix.t.
check_PROGRAMS += tests/unit/pmix_launch
tests_unit_pmix_launch_SOURCES = tests/unit/pmix_launch.c core/agent/pmix_server.c core/agent/pmix_server.h
if HAVE_PMIX
tests_unit_pmix_launch_SOURCES += core/agent/pmix_process.c core/agent/pmix_process.h
endif
tests_unit_pmix_launch_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(HWLOC_CFLAGS) $(PMIX_CFLAGS)
tests_unit_pmix_launch_LDADD = $(COMMON_LIBS) $(UV_LIBS) $(HWLOC_LIBS) $(PMIX_LIBS) -lpthread

# MPI programs for it.
check_PROGRAMS += tests/programs/mpi_world tests/programs/mpi_end tests/programs/list_program
tests_programs_mpi_world_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS)
tests_programs_mpi_world_LDADD = $(MPI_LIBS)
tests_programs_mpi_end_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS)
tests_programs_mpi_end_LDADD = $(MPI_LIBS)
# One as those of an MPI library's suite, for tests/integration/import.t.
tests_programs_list_program_CFLAGS = $(AM_CFLAGS) $(MPI_CFLAGS)
tests_programs_list_program_LDADD = $(MPI_LIBS)
if HAVE_PMIX
check_PROGRAMS += tests/programs/pmix_calls
tests_programs_pmix_calls_CFLAGS = $(AM_CFLAGS) $(PMIX_CFLAGS)
tests_programs_pmix_calls_LDADD = $(PMIX_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

include tests/plugins/local.mk

# Suites for the tests. Those of one file are built by the suffix rules of examples/local.mk.
ONE_FILE_SUITES = \
	tests/suites/api.so \
	tests/suites/bad_np.so \
	tests/suites/empty_params.so \
	tests/suites/late.so \
	tests/suites/leaks.so \
	tests/suites/loaded_late.so \
	tests/suites/confirmed.so \
	tests/suites/constructor.so \
	tests/suites/explained.so \
	tests/suites/isolated.so \
	tests/suites/fault_matrix.so \
	tests/suites/fault_matrix_cxx.so \
	tests/suites/faults.so \
	tests/suites/outcomes.so \
	tests/suites/patient.so \
	tests/suites/retried.so \
	tests/suites/sleeps.so \
	tests/suites/slow_to_load.so \
	tests/suites/twins.so \
	tests/suites/no_tests.so \
	tests/suites/nodes.so \
	tests/suites/old_abi.so \
	tests/suites/threads.so \
	tests/suites/undefined.so
SUITES = $(ONE_FILE_SUITES) tests/suites/api_cxx.so tests/suites/mixed.so tests/suites/two_files.so
FILES_OF_SUITES = \
	tests/suites/api.c \
	tests/suites/api_cxx.cpp \
	tests/suites/api_cxx_helper.c \
	tests/suites/bad_np.c \
	tests/suites/empty_params.c \
	tests/suites/late.c \
	tests/suites/leaks.c \
	tests/suites/loaded_late.c \
	tests/suites/confirmed.c \
	tests/suites/constructor.c \
	tests/suites/explained.c \
	tests/suites/isolated.c \
	tests/suites/fault_matrix.c \
	tests/suites/fault_matrix.h \
	tests/suites/fault_matrix_cxx.cpp \
	tests/suites/faults.c \
	tests/suites/from_fortran.c \
	tests/suites/from_fortran.f90 \
	tests/suites/outcomes.c \
	tests/suites/patient.c \
	tests/suites/retried.c \
	tests/suites/sleeps.c \
	tests/suites/slow_to_load.c \
	tests/suites/twins.c \
	tests/suites/no_tests.c \
	tests/suites/nodes.c \
	tests/suites/old_abi.c \
	tests/suites/threads.c \
	tests/suites/two_files_a.c \
	tests/suites/two_files_b.c \
	tests/suites/two_files_c.cpp \
	tests/suites/undefined.c
check_DATA += $(SUITES)
CLEANFILES += $(SUITES)
EXTRA_DIST += $(FILES_OF_SUITES)

# Of more files, in both languages.
SUITES_DIR = $(top_srcdir)/tests/suites
tests/suites/api_cxx.so: $(SUITES_DIR)/api_cxx.cpp $(SUITES_DIR)/api_cxx_helper.c
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MPICXX) $(SUITE_CFLAGS) -o $@ \
		$(SUITES_DIR)/api_cxx.cpp -x c $(SUITES_DIR)/api_cxx_helper.c
tests/suites/two_files.so: $(SUITES_DIR)/two_files_a.c $(SUITES_DIR)/two_files_b.c
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MPICC) $(SUITE_CFLAGS) -o $@ \
		$(SUITES_DIR)/two_files_a.c $(SUITES_DIR)/two_files_b.c
tests/suites/mixed.so: $(SUITES_DIR)/two_files_a.c $(SUITES_DIR)/two_files_b.c $(SUITES_DIR)/two_files_c.cpp
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MPICXX) $(SUITE_CFLAGS) -o $@ \
		$(SUITES_DIR)/two_files_c.cpp -x c $(SUITES_DIR)/two_files_b.c $(SUITES_DIR)/two_files_a.c
$(SUITES): $(API_OF_SUITES)
tests/suites/fault_matrix.so tests/suites/fault_matrix_cxx.so: $(SUITES_DIR)/fault_matrix.h

# Integration tests, and what they are written with.
INTEGRATION_TESTS = \
	tests/integration/bad_input.t \
	tests/integration/blame.t \
	tests/integration/commands.t \
	tests/integration/confirm.t \
	tests/integration/doctor.t \
	tests/integration/ending.t \
	tests/integration/explain.t \
	tests/integration/fault_matrix.t \
	tests/integration/faults.t \
	tests/integration/full_disk.t \
	tests/integration/header.t \
	tests/integration/import.t \
	tests/integration/leaks.t \
	tests/integration/lib.t \
	tests/integration/listing.t \
	tests/integration/order.t \
	tests/integration/other_user.t \
	tests/integration/outcomes.t \
	tests/integration/plugins.t \
	tests/integration/pmix.t \
	tests/integration/programs.t \
	tests/integration/quickstart.t \
	tests/integration/reports.t \
	tests/integration/rerun.t \
	tests/integration/shell.t \
	tests/integration/retries.t \
	tests/integration/security.t \
	tests/integration/soak.t \
	tests/integration/sockets.t \
	tests/integration/slurm.t \
	tests/integration/srun.t \
	tests/integration/status.t \
	tests/integration/stopping.t \
	tests/integration/third_party.t \
	tests/integration/wrap.t
TESTS += $(INTEGRATION_TESTS)
dist_check_SCRIPTS += $(INTEGRATION_TESTS)
EXTRA_DIST += tests/integration/intruder.py tests/integration/lib.sh tests/integration/ways.sh build-aux/mpi-env.sh
EXTRA_DIST += tests/integration/fault_matrix.py tests/integration/soak.py
# A Slurm of our own for those that need one.
EXTRA_DIST += tests/integration/slurm.sh
dist_check_SCRIPTS += tests/slurm/slurm

# In full, which takes minutes: every fault in every way, as a table; and thousands of tests with faults at random.
fault-matrix: all $(SUITES)
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/integration/fault_matrix.t full
soak: all
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/integration/soak.t full
# 10,000 jobs by the launcher pmix.
soak-pmix: all $(check_PROGRAMS)
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/integration/pmix.t full
.PHONY: fault-matrix soak soak-pmix
