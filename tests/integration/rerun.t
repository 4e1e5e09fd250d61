#!/usr/bin/env bash
# rerun.t - from the record of the last run: what failed, and what did not run.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

suite=$SUITES/retried.so
names() {
	outcomes | cut -d' ' -f2 | sort | tr '\n' ' '
}

logged() {
	grep -Eqs "$1" .ptpar/runs/*/events.jsonl
}

run "$PTPAR" -n 2 "$suite" --rerun failed
is "$status" 4 "no run before: status 4"
like "$err" '^ptpar: --rerun: no runs are recorded here' "and why"
run "$PTPAR" -n 2 "$suite" --failed-first -k 'passes and not attempt and not unexpectedly'
is "$status" 0 "--failed-first does without one"
run "$PTPAR" -n 2 "$suite" --rerun faild
is "$status" 4 "another word: status 4"
like "$err" '^ptpar: --rerun faild: no such value: give failed, not-run, or failed,not-run$' "and the remedy"

rm -f second third always skips xfail xpass
run "$PTPAR" -n 2 "$suite"
is "$status" 1 "a run with failures"
run "$PTPAR" -n 2 --list "$suite" --rerun failed
is "$(sed 's/.*:://' <<<"$out" | tr '\n' ' ')" \
	"passes_at_the_second_attempt passes_at_the_third_attempt[2] fails_always passes_unexpectedly " "--list --rerun"
run "$PTPAR" -n 2 "$suite" --rerun failed -k 'not unexpectedly'
is "$(names)" "fails_always passes_at_the_second_attempt passes_at_the_third_attempt[2] " "--rerun failed, with -k"
# Without a path: those of the last run. The first word of a line of outcomes is the outcome.
run "$PTPAR" -n 2 --rerun failed
is "$(names)" "fails_always passes_at_the_third_attempt[2] passes_unexpectedly " \
	"--rerun failed, of what is named nowhere: also what the last rerun left out"
for scheduler in sequential static dynamic; do
	run "$PTPAR" -n 2 --scheduler=$scheduler --failed-first "$suite"
	is "$(grep '"event":"started"' .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl | head -n 2 | grep -o '::[a-z_]*' | sort | xargs)" \
		"::fails_always ::passes_unexpectedly" "--failed-first, $scheduler"
done
run "$PTPAR" -n 2 "$suite" -k 'passes and not attempt and not unexpectedly'
run "$PTPAR" -n 2 --rerun failed
is "$status" 5 "nothing has failed: status 5"
like "$err" '^ptpar: no tests: there is nothing of that kind in the last run$' "and it is said"

# What did not run, after a failure that stopped the run, and after the core was killed.
run "$PTPAR" -n 1 -x "$suite"
run "$PTPAR" -n 1 --rerun not-run
like "$(names)" 'skips ' "--rerun not-run goes on from there"
unlike "$(names)" 'fails_always' "what had run does not run again"
rm -rf .ptpar
start "$PTPAR" -n 2 --scheduler=sequential "$SUITES/explained.so" "$SUITES/patient.so" -k 'by_abort or by__exit or one_sleeps'
wait_for 20 logged '"event":"started".*one_sleeps'
kill -KILL "$pid"
finish 20
run "$PTPAR" --report last
like "$out" 'one_sleeps' "the killed run: --report tells of the test that ran"
run "$PTPAR" -n 2 --list --rerun not-run
is "$(sed 's/.*:://' <<<"$out" | tr '\n' ' ')" "passes_while_one_sleeps[2] " "the killed run: --rerun not-run"
run "$PTPAR" -n 2 --list --rerun failed,not-run
is "$(sed 's/.*:://' <<<"$out" | wc -l)" 3 "both"
run "$PTPAR" -n 2 --scheduler=sequential --rerun not-run
is "$(names)" "passes_while_one_sleeps[2] " "it goes on from there"
run "$PTPAR" -n 2 --rerun not-run
is "$status" 5 "then there is nothing left of that kind"
run "$PTPAR" -n 2 --list --rerun failed
is "$(sed 's/.*:://' <<<"$out" | tr '\n' ' ')" "crashes_by_abort crashes_by__exit " "and what the killed run told of failures is not forgotten"

# Tests that are no longer there.
for name in a b; do
	echo "#include <ptpar.h>
PTPAR_TEST(stays) { ptpar_fail(\"\"); }
PTPAR_TEST(goes) { ptpar_fail(\"\"); }" >$name.c
	mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o $name.so $name.c
done
echo 'no shared object' >c.so
run "$PTPAR" -n 1 a.so b.so c.so
is "$(outcomes | grep -v passed | wc -l)" 5 "tests fail, and a file cannot be read"
sed -i /goes/d a.c
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o a.so a.c
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o c.so a.c
rm b.so
run "$PTPAR" -n 1 --rerun failed
is "$(outcomes | sort | xargs)" "failed stays failed stays" "what is there is run, also all of a file that can be read now"
like "$out" '^--rerun: 3 tests of the last run are gone: a.so::goes, b.so::goes, b.so::stays$' "what is gone is told"
run "$PTPAR" -n 1 --rerun failed a.so::stays
unlike "$out" 'gone' "what was not asked for is not"
rm a.so c.so
run "$PTPAR" -n 1 --rerun failed
is "$status" 5 "all is gone: status 5"
like "$out" 'are gone: a.so::goes, a.so::stays, b.so::goes, b.so::stays, c.so::stays' "and it is said"
no_leftovers
done_testing
