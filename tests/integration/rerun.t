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
is "$(names)" "fails_always passes_at_the_third_attempt[2] " "--rerun failed, of what is named nowhere"
run "$PTPAR" -n 2 --scheduler=sequential --failed-first "$suite"
is "$(outcomes | grep -v skips | head -n 1)" "failed fails_always" "--failed-first"
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
no_leftovers
done_testing
