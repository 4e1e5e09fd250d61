# Unit tests (cmocka, one program per file of the core) and integration tests (TAP scripts), run by `make check`.
TEST_EXTENSIONS = .t
LOG_DRIVER = env CMOCKA_MESSAGE_OUTPUT=TAP $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
T_LOG_DRIVER = $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir;

UNIT_CFLAGS = $(libcore_a_CFLAGS) $(CMOCKA_CFLAGS) -Wno-missing-prototypes
UNIT_LIBS = $(CORE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS =

UNIT_TESTS += tests/unit/test_settings
tests_unit_test_settings_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_settings_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_settings_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_select
tests_unit_test_select_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_select_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_wire
tests_unit_test_wire_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_wire_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_link
tests_unit_test_link_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_link_LDADD = $(UNIT_LIBS)
# The schedulers, loaded as built, against a mock host.
UNIT_TESTS += tests/unit/test_schedulers
tests_unit_test_schedulers_SOURCES = tests/unit/test_schedulers.c tests/unit/mock_host.c tests/unit/mock_host.h
tests_unit_test_schedulers_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_schedulers_LDADD = $(UNIT_LIBS) -ldl

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

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
