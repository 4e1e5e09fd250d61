# Suites are built as a user builds them, with the MPI wrapper compiler.
SUITE_CFLAGS = -I$(top_srcdir)/include -Wall -Wextra -Wpedantic -g -shared -fPIC
API_OF_SUITES = $(top_srcdir)/include/ptpar.h $(top_srcdir)/include/ptpar/suite.h

.c.so:
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(MPICC) $(SUITE_CFLAGS) -std=c11 -o $@ $<

SUFFIXES = .so .cpp
.cpp.so:
	$(AM_V_CXX)$(MKDIR_P) $(@D) && $(MPICXX) $(SUITE_CFLAGS) -std=c++11 -o $@ $<

noinst_DATA += examples/quickstart.so
examples/quickstart.so: $(API_OF_SUITES)
CLEANFILES += examples/quickstart.so
EXTRA_DIST += examples/quickstart.c

# A third party's scheduler, with a build of its own; it needs the installed headers only.
EXTRA_DIST += \
	examples/scheduler-shuffle/Makefile \
	examples/scheduler-shuffle/README.md

# And one with a batch system.
EXTRA_DIST += \
	examples/scheduler-spool/Makefile \
	examples/scheduler-spool/README.md \
	examples/scheduler-spool/scheduler-spool.c \
	examples/scheduler-spool/spoold

# And a third party's source.
EXTRA_DIST += \
	examples/source-lines/Makefile \
	examples/source-lines/README.md
