#!/usr/bin/env bash
# outcomes.t - every outcome is the right one, for each scheduler, both ways to start, with too few processes, just
# enough, and too many.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

for way in alone mpirun; do
	for scheduler in sequential static dynamic; do
		for n in 1 2 4; do
			with_workers $way $n --scheduler=$scheduler -q "$SUITES/outcomes.so"
			is "$status" 1 "$way, $scheduler, $n workers: status 1"
			is "$(misnamed $n)" "" "$way, $scheduler, $n workers: each outcome is that of its name"
			is "$(outcomes | sort -k2 | uniq -d -f1)" "" "$way, $scheduler, $n workers: one outcome each"
			is "$(outcomes | wc -l)" 21 "$way, $scheduler, $n workers: all of them"
		done
	done
	# A suite with every function of the API; isolated tests come with a later version.
	with_workers $way 4 -q -k 'not passes_isolated and not fails_every_field' "$SUITES/api.so" "$SUITES/api_cxx.so"
	is "$(misnamed 4)" "" "$way: api.so and api_cxx.so end as their names say"
	with_workers $way 2 -k passes_on "$SUITES/outcomes.so"
	is "$status" 0 "$way: status 0 if all pass or are skipped"
	like "$out" '^3 passed, 1 skipped in' "$way: the summary says so"
done
no_leftovers
done_testing
