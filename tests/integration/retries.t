#!/usr/bin/env bash
# retries.t - tests that end badly are tried again; those that pass in the end are flaky.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

suite=$SUITES/retried.so
times() {
	wc -c <"$1" 2>/dev/null || echo 0
}

for way in alone mpirun; do
	for scheduler in sequential static dynamic; do
		rm -f second third always skips xfail xpass
		with_workers $way 2 --scheduler=$scheduler --retries 2 --junit j.xml "$suite"
		is "$status" 1 "$way, $scheduler: status 1"
		is "$(misnamed 2)" "" "$way, $scheduler: each outcome is that of its name"
		is "$(outcomes | wc -l)" 7 "$way, $scheduler: all have one"
		is "$(times second) $(times third) $(times always)" "2 3 3" "$way, $scheduler: so often they were tried"
		is "$(times skips) $(times xfail) $(times xpass)" "1 1 1" "$way, $scheduler: these are not tried again"
	done
done
like "$out" '1 failed, .*3 passed \(2 flaky\)' "the sum counts the flaky ones"
like "$out" 'FLAKY .*passes_at_the_second_attempt - passed at attempt 2; attempt 1 failed: count\("second"\) >= 1 \(retried\.c:[0-9]+\)' \
	"each is told, and what was wrong before"
like "$out" 'FLAKY .*passes_at_the_third_attempt\[2\] - passed at attempt 3; attempt 1 crashed: .*; attempt 2 crashed: ' \
	"each attempt is told"
like "$out" 'FAILED  .*fails_always .*attempt 3' "how often one was tried that fails"
like "$(cat j.xml)" '<flakyFailure type="failed"' "JUnit: a flaky failure"
like "$(cat j.xml)" '<flakyError type="crashed"' "JUnit: a flaky crash"
is "$(grep -c '<rerunFailure' j.xml)" 2 "JUnit: the attempts of one that fails"
xmllint --noout j.xml
is $? 0 "JUnit: it is XML"
first=$out
run "$PTPAR" --report last
is "$(tail -n 4 <<<"$out")" "$(tail -n 4 <<<"$first")" "--report tells the same"

rm -f second third always
run "$PTPAR" -n 2 "$suite" -k 'second or always' --retries 1 -x
is "$(times second)" 2 "--fail-fast counts what has failed in the end"
cat >match.ini <<'EOF'
[ptpar]
retries = 0
[match:*always]
retries = 3
EOF
rm -f second always
run "$PTPAR" -c match.ini -n 1 "$suite" -k 'second or always'
is "$(times second) $(times always)" "1 4" "[match] retries"

# A slow test is marked.
cat >slow.ini <<'EOF'
[ptpar]
slow = 0.05
EOF
run "$PTPAR" -c slow.ini -v -n 3 "$SUITES/sleeps.so" -k 'long_2 or short_3'
like "$out" 'SLOW +.*long_2\[2\]' "a test that takes long is told while it runs"
like "$out" 'PASSED +.*long_2\[2\] .*\(slow\)' "and marked when it has ended"
unlike "$out" 'short_3.*slow' "another one is not"
like "$out" '3 passed, 2 slow in' "the sum counts them"

# The grace time for stragglers.
cat >grace.ini <<'EOF'
[ptpar]
grace = 0.2
EOF
run "$PTPAR" -c grace.ini -n 2 "$SUITES/explained.so" -k fails_straggler
like "$out" '1 failed in [01]\.[0-9]+s' "grace: stragglers have less time"
no_leftovers
done_testing
