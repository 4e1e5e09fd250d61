#!/usr/bin/env bash
# confirm.t - [ptpar] confirm = isolated: does a test that crashed or hung also fail alone?
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

cat >confirm.ini <<'EOF'
[ptpar]
confirm = isolated
EOF
for way in alone mpirun; do
	for scheduler in sequential static dynamic; do
		with_workers $way 2 --config confirm.ini --scheduler=$scheduler "$SUITES/confirmed.so" -k 'not leftovers'
		is "$status" 1 "$way, $scheduler: status 1"
		is "$(misnamed 2)" "" "$way, $scheduler: each outcome is that of its name"
		is "$(outcomes | wc -l)" 5 "$way, $scheduler: all have one"
		like "$out" 'rank 1 in abort, called by crashes_by_itself .*; also fails alone \(crashed\)$' \
			"$way, $scheduler: a crash that also happens alone"
		like "$out" 'timeout after 0.3 s: .*; also fails alone \(timeout\)$' "$way, $scheduler: a hang that also happens alone"
	done
done
# With one worker, all of them run in one process, in order.
run "$PTPAR" --config confirm.ini -n 1 "$SUITES/confirmed.so" -k 'not itself'
like "$out" '^passes alone: suspect what ran before it in the same processes: .*passes_in_between, .*passes_and_leaves_dirt$' \
	"a crash by another test's leftovers: those that ran before are named"
is "$(misnamed 1)" "" "and it is a crash all the same"
run "$PTPAR" --config confirm.ini -n 1 "$SUITES/confirmed.so" -k leftovers
is "$status" 0 "alone it passes"

# With retries: first these, then the confirmation.
run "$PTPAR" --config confirm.ini -n 2 --retries 1 "$SUITES/confirmed.so" -k crashes_by_itself
like "$out" '^RRC ' "after two attempts"
is "$(misnamed 2)" "" "a crash"
run "$PTPAR" --config confirm.ini -n 2 -x "$SUITES/confirmed.so" -k 'by_itself or at_the_end'
is "$(outcomes | sort | xargs)" "crashed crashes_by_itself[2] not-run passes_at_the_end[2] not-run timeouts_by_itself" \
	"--fail-fast stops at a crash, and does not try it alone"
like "$out" '; not tried alone$' "which is said"
no_leftovers
done_testing
