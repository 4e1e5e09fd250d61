#!/usr/bin/env bash
# quickstart.t - the first thing that a user sees: the README's example, in both ways, under each scheduler.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

cp "$EXAMPLES/quickstart.so" .
for way in alone mpirun; do
	for scheduler in sequential static dynamic; do
		with_workers $way 4 --scheduler=$scheduler quickstart.so
		is "$status" 1 "$way, $scheduler: status 1"
		like "$out" '^2 failed, 2 passed in [0-9.]+s' "$way, $scheduler: the summary"
		like "$out" '^On rank 1 of 2' "$way, $scheduler: the rank that failed is named"
		unlike "$out" '^On rank 0 of 2' "$way, $scheduler: the other one is not"
		like "$out" 'quickstart\.c:[0-9]+: rank != 1' "$way, $scheduler: file, line and expression"
		like "$out" 'left: +1 +\(rank\)' "$way, $scheduler: the values"
	done
done

run mpirun -np 1 "$PTPAR" -v quickstart.so
is "$status" 1 "one process: status 1"
like "$out" '^1 failed, 1 passed, 2 skipped in' "one process: the summary"
like "$out" 'SKIPPED +quickstart.so::test_A\[2\] +Not enough processes: 2 required but only 1 available' "one process: A"
like "$out" 'SKIPPED +quickstart.so::test_C\[3\] +Not enough processes: 3 required but only 1 available' "one process: C"

cat >ptpar.ini <<'EOF'
[ptpar]
scheduler = dynamic
n-workers = 4
paths = quickstart.so
EOF
run "$PTPAR"
is "$status" 1 "ptpar.ini here: status 1"
like "$out" 'scheduler dynamic · 4 workers' "ptpar.ini here: it is read"
mkdir elsewhere && mv ptpar.ini quickstart.so elsewhere
run "$PTPAR" --config elsewhere/ptpar.ini
like "$out" '^2 failed, 2 passed in' "--config: paths are relative to the file"

run "$PTPAR" -n 5 elsewhere/quickstart.so
like "$out" 'oversubscribed' "more workers than cores are said in the header"
no_leftovers
done_testing
