# Fuzz targets (docs/fuzzing.md): each with libFuzzer by `make fuzz`, and over its kept corpus by `make check`.
FUZZ_TARGETS = eventlog ini select tap wire

check_PROGRAMS += fuzz/eventlog-replay fuzz/ini-replay fuzz/select-replay fuzz/tap-replay fuzz/wire-replay
TESTS += fuzz/eventlog-replay fuzz/ini-replay fuzz/select-replay fuzz/tap-replay fuzz/wire-replay
REPLAY = fuzz/replay.c fuzz/fuzz.h
REPLAY_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"$(abs_top_srcdir)/fuzz/corpus"'

fuzz_eventlog_replay_SOURCES = fuzz/eventlog.c $(REPLAY)
fuzz_eventlog_replay_CPPFLAGS = $(REPLAY_CPPFLAGS)
fuzz_eventlog_replay_CFLAGS = $(libcore_a_CFLAGS)
fuzz_eventlog_replay_LDADD = $(CORE_LIBS)
fuzz_ini_replay_SOURCES = fuzz/ini.c $(REPLAY)
fuzz_ini_replay_CPPFLAGS = $(REPLAY_CPPFLAGS)
fuzz_ini_replay_CFLAGS = $(libcore_a_CFLAGS)
fuzz_ini_replay_LDADD = $(CORE_LIBS)
fuzz_select_replay_SOURCES = fuzz/select.c $(REPLAY)
fuzz_select_replay_CPPFLAGS = $(REPLAY_CPPFLAGS)
fuzz_select_replay_CFLAGS = $(libcore_a_CFLAGS)
fuzz_select_replay_LDADD = $(CORE_LIBS)
fuzz_tap_replay_SOURCES = fuzz/tap.c $(REPLAY) $(SOURCE_COMMON)
fuzz_tap_replay_CPPFLAGS = $(REPLAY_CPPFLAGS)
fuzz_tap_replay_CFLAGS = $(libcore_a_CFLAGS)
fuzz_tap_replay_LDADD = $(CORE_LIBS)
fuzz_wire_replay_SOURCES = fuzz/wire.c $(REPLAY)
fuzz_wire_replay_CPPFLAGS = $(REPLAY_CPPFLAGS)
fuzz_wire_replay_CFLAGS = $(libcore_a_CFLAGS)
fuzz_wire_replay_LDADD = $(CORE_LIBS)

# With libFuzzer all of the code is built once more, by clang: $(MAKE) CC=clang, with names of their own.
FUZZERS = fuzz/eventlog-fuzzer fuzz/ini-fuzzer fuzz/select-fuzzer fuzz/tap-fuzzer fuzz/wire-fuzzer
EXTRA_LIBRARIES = fuzz/libfuzzed.a
EXTRA_PROGRAMS = $(FUZZERS)
FUZZ_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_CFLAGS = $(PTPAR_CFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link $(MSGPACK_CFLAGS) $(UV_CFLAGS) $(INIH_CFLAGS) \
	$(JANSSON_CFLAGS) $(HWLOC_CFLAGS) $(MPI_CFLAGS)
LDFLAGS_OF_A_FUZZER = $(FUZZ_FLAGS) -fsanitize=fuzzer
FUZZ_LIBS = fuzz/libfuzzed.a $(MSGPACK_LIBS) $(LTDL_LIBS) $(UV_LIBS) $(INIH_LIBS) $(JANSSON_LIBS) $(HWLOC_LIBS) -lm

fuzz_libfuzzed_a_SOURCES = $(libcommon_a_SOURCES) $(libcore_a_SOURCES)
fuzz_libfuzzed_a_CPPFLAGS = $(AM_CPPFLAGS) $(DIR_CPPFLAGS)
fuzz_libfuzzed_a_CFLAGS = $(FUZZ_CFLAGS)
fuzz_eventlog_fuzzer_SOURCES = fuzz/eventlog.c fuzz/fuzz.h
fuzz_eventlog_fuzzer_CFLAGS = $(FUZZ_CFLAGS)
fuzz_eventlog_fuzzer_LDFLAGS = $(LDFLAGS_OF_A_FUZZER)
fuzz_eventlog_fuzzer_LDADD = $(FUZZ_LIBS)
fuzz_ini_fuzzer_SOURCES = fuzz/ini.c fuzz/fuzz.h
fuzz_ini_fuzzer_CFLAGS = $(FUZZ_CFLAGS)
fuzz_ini_fuzzer_LDFLAGS = $(LDFLAGS_OF_A_FUZZER)
fuzz_ini_fuzzer_LDADD = $(FUZZ_LIBS)
fuzz_select_fuzzer_SOURCES = fuzz/select.c fuzz/fuzz.h
fuzz_select_fuzzer_CFLAGS = $(FUZZ_CFLAGS)
fuzz_select_fuzzer_LDFLAGS = $(LDFLAGS_OF_A_FUZZER)
fuzz_select_fuzzer_LDADD = $(FUZZ_LIBS)
fuzz_tap_fuzzer_SOURCES = fuzz/tap.c fuzz/fuzz.h $(SOURCE_COMMON)
fuzz_tap_fuzzer_CFLAGS = $(FUZZ_CFLAGS)
fuzz_tap_fuzzer_LDFLAGS = $(LDFLAGS_OF_A_FUZZER)
fuzz_wire_fuzzer_SOURCES = fuzz/wire.c fuzz/fuzz.h
fuzz_wire_fuzzer_CFLAGS = $(FUZZ_CFLAGS)
fuzz_wire_fuzzer_LDFLAGS = $(LDFLAGS_OF_A_FUZZER)
fuzz_wire_fuzzer_LDADD = $(FUZZ_LIBS)

# make fuzz [FUZZ_SECONDS=600] [FUZZ_TARGETS=wire] [FUZZ_MERGE=yes]
fuzz:
	@test -n '$(FUZZ_CC)' || { echo 'make fuzz: $(FUZZ_MISSING)' >&2; exit 1; }
	$(MAKE) CC='$(FUZZ_CC)' $(FUZZ_TARGETS:%=fuzz/%-fuzzer)
	abs_top_srcdir=$(abs_top_srcdir) FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_MERGE='$(FUZZ_MERGE)' \
		UBSAN_OPTIONS=print_stacktrace=1 $(SHELL) $(srcdir)/fuzz/run.sh $(FUZZ_TARGETS:%=fuzz/%-fuzzer)
.PHONY: fuzz

CLEANFILES += $(FUZZERS) fuzz/libfuzzed.a
clean-local:
	rm -rf fuzz/work fuzz/found
EXTRA_DIST += fuzz/run.sh fuzz/corpus fuzz/eventlog.dict fuzz/ini.dict fuzz/select.dict \
	fuzz/tap.dict fuzz/wire.dict
