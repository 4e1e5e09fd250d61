#!/usr/bin/env bash
# faults.t - no test takes the run down: crashes, hangs, exits and aborts among healthy tests, under each scheduler, in both
# ways.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

for way in alone mpirun; do
	for scheduler in sequential static dynamic; do
		with_workers $way 4 --scheduler=$scheduler "$SUITES/faults.so"
		is "$status" 1 "$way, $scheduler: status 1"
		is "$(misnamed 4)" "" "$way, $scheduler: each outcome is that of its name"
		is "$(outcomes | wc -l)" 15 "$way, $scheduler: all have one"
	done
	like "$out" 'signal 11 \(SIGSEGV' "$way: the signal is named"
	like "$out" 'famous last words' "$way: what the process printed before it died"
	like "$out" 'MPI_Abort was called, with error code 3' "$way: MPI_Abort"
	like "$out" 'MPI_Send: MPI_ERR_RANK' "$way: an MPI error names call and class"
	like "$out" 'faults\.c:[0-9]+: MPI_Send' "$way: and its line"
	like "$out" 'timeout after 0.5 s' "$way: a timeout"
done
no_leftovers
done_testing
