# Plugins with one fault each, for the tests of the loader. Not installed: libtool makes modules only of what has
# an -rpath.
LDFLAGS_OF_A_TEST_PLUGIN = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere

check_LTLIBRARIES += \
	tests/plugins/scheduler-abi.la \
	tests/plugins/scheduler-good.la \
	tests/plugins/scheduler-incomplete.la \
	tests/plugins/scheduler-kind.la \
	tests/plugins/scheduler-magic.la \
	tests/plugins/scheduler-number.la \
	tests/plugins/scheduler-short.la \
	tests/plugins/scheduler-size.la \
	tests/plugins/scheduler-undescribed.la \
	tests/plugins/scheduler-unresolved.la \
	tests/plugins/scheduler-unwilling.la \
	tests/plugins/source-good.la

tests_plugins_scheduler_abi_la_SOURCES = tests/plugins/scheduler-abi.c tests/plugins/scheduler.h
tests_plugins_scheduler_abi_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_good_la_SOURCES = tests/plugins/scheduler-good.c tests/plugins/scheduler.h
tests_plugins_scheduler_good_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_incomplete_la_SOURCES = tests/plugins/scheduler-incomplete.c tests/plugins/scheduler.h
tests_plugins_scheduler_incomplete_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_kind_la_SOURCES = tests/plugins/scheduler-kind.c tests/plugins/scheduler.h
tests_plugins_scheduler_kind_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_magic_la_SOURCES = tests/plugins/scheduler-magic.c tests/plugins/scheduler.h
tests_plugins_scheduler_magic_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_number_la_SOURCES = tests/plugins/scheduler-number.c
tests_plugins_scheduler_number_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_short_la_SOURCES = tests/plugins/scheduler-short.c
tests_plugins_scheduler_short_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_size_la_SOURCES = tests/plugins/scheduler-size.c tests/plugins/scheduler.h
tests_plugins_scheduler_size_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_undescribed_la_SOURCES = tests/plugins/scheduler-undescribed.c
tests_plugins_scheduler_undescribed_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_unresolved_la_SOURCES = tests/plugins/scheduler-unresolved.c tests/plugins/scheduler.h
tests_plugins_scheduler_unresolved_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_scheduler_unwilling_la_SOURCES = tests/plugins/scheduler-unwilling.c tests/plugins/scheduler.h
tests_plugins_scheduler_unwilling_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)

tests_plugins_source_good_la_SOURCES = tests/plugins/source-good.c
tests_plugins_source_good_la_LDFLAGS = $(LDFLAGS_OF_A_TEST_PLUGIN)
