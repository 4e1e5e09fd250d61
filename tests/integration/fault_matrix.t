#!/usr/bin/env bash
# fault_matrix.t - all that a test may do to its process, on one rank or on all, in each phase, under each scheduler, by
# itself and under mpirun: it ends as it must and is explained, and nobody else notices. A part of it in make check; all of
# it, with a table in the end, by make fault-matrix (or with the argument `full`). See fault_matrix.py.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

amount=${1:-part}
table=$DIR/table
export SUITES

matrix() {
	python3 "$abs_top_srcdir/tests/integration/fault_matrix.py" "$@"
}

# what_is_left: some seconds are given; what is alive then is ended, so that it is counted once.
what_is_left() {
	wait_for 15 nothing_left || leftovers
	end_all
}

# Then standard output is for the table.
if [ "$amount" = full ]; then
	TIMEOUT=900
	exec 3>&1 >&2
fi

# What a rank that has failed leaves to the others: stragglers need not be waited for long here.
printf '[ptpar]\ngrace = 0.5\n' >ptpar.ini
for start in alone mpirun; do
	for scheduler in sequential static dynamic; do
		way=$scheduler-$start
		mapfile -t ids < <(matrix ids "$way" "$amount")
		with_workers $start 4 -q --scheduler=$scheduler "${ids[@]}"
		is "$(matrix judge "$way" .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl "$table")" "" \
			"$scheduler, $start: ${#ids[@]} tests end as they must"
		left=$(what_is_left)
		is "$left" "" "$scheduler, $start: nothing is left behind"
		matrix note "$way" "$table" "nothing is left" "$left"
		rm -rf .ptpar
	done
done
done_testing
[ "$amount" = part ] || matrix table "$table" >&3
