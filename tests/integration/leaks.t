#!/usr/bin/env bash
# leaks.t - what a test leaves behind on its communicator does not reach the next.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

for way in alone mpirun; do
	for n in 2 4; do
		for round in 1 2 3; do
			with_workers $way $n "$SUITES/leaks.so"
			is "$status" 0 "$way, $n workers, round $round: nothing leaks"
		done
	done
done
with_workers alone 4 --scheduler=sequential "$SUITES/leaks.so"
like "$out" '^19 passed, 1 xfailed in' "all of them ran"
# The way that messages take between nodes.
PTPAR_TRANSPORT=tcp OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo \
	with_workers alone 4 "$SUITES/leaks.so"
is "$status" 0 "nor by TCP"
no_leftovers
done_testing
