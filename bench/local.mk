# Measurements, no part of the tests: `make bench`.
EXTRA_DIST += bench/bench.py bench/calls.c bench/faults.c bench/floor.c bench/init.c bench/isolated.py bench/siege.py \
	bench/slurm.py

bench: all
	PTPAR=$(abs_top_builddir)/ptpar MPICC=$(MPICC) TOP_SRCDIR=$(abs_top_srcdir) $(PYTHON3) $(srcdir)/bench/bench.py
.PHONY: bench

# How much a run is slowed by those who try to get in.
bench-siege: all
	PTPAR=$(abs_top_builddir)/ptpar MPICC=$(MPICC) TOP_SRCDIR=$(abs_top_srcdir) $(PYTHON3) $(srcdir)/bench/siege.py
.PHONY: bench-siege

# What isolated tests and programs cost.
bench-isolated: all
	PTPAR=$(abs_top_builddir)/ptpar MPICC=$(MPICC) TOP_SRCDIR=$(abs_top_srcdir) $(PYTHON3) $(srcdir)/bench/isolated.py
.PHONY: bench-isolated

# What a run in a job of Slurm costs.
bench-slurm: all
	PTPAR=$(abs_top_builddir)/ptpar MPICC=$(MPICC) TOP_SRCDIR=$(abs_top_srcdir) $(PYTHON3) $(srcdir)/bench/slurm.py
.PHONY: bench-slurm
