#!/usr/bin/env bash
# lib.t - lib.sh itself: a check that fails is seen to fail, and what is left behind is found.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

# Runs the lines on stdin as a test of its own.
run_test() {
	{
		echo '. "$abs_top_srcdir/tests/integration/lib.sh"'
		cat
	} >inner.t
	run bash ./inner.t
}

# Everything in the directory that an inner test has kept.
kept() {
	printf '%s\n' "$out" | sed -n 's/^# kept: //p'
}

run_test <<'T'
ok "true is" true
ok "false is not" ! false
is "a b" "a b" "is"
like $'one\ntwo' '^tw' "like"
unlike $'one\ntwo' '^wo' "unlike"
skip "later" "not here"
done_testing
T
is "$status" 0 "a test whose checks hold ends with 0"
is "$(printf '%s\n' "$out" | grep -c '^ok')" 6 "each check is a line"
like "$out" '^1\.\.6$' "and the plan counts them"
like "$out" '^ok 6 - later # SKIP not here$' "one that is skipped says why"

for check in 'ok x false' 'ok x ! true' 'is a b x' 'like a b x' 'unlike a a x'; do
	run_test <<<"$check; done_testing"
	is "$status" 1 "'$check' fails"
	like "$out" '^not ok 1 - x$' "and says so"
	ok "and the directory is kept" test -d "$(kept)"
	rm -rf "$(kept)"
done

run_test <<'T'
skip_all "no such machine"
T
is "$status" 0 "a test that skips everything ends with 0"
is "$out" "1..0 # SKIP no such machine" "and says why"

run_test <<'T'
pwd >"$OLDPWD/place"
done_testing
T
ok "a directory of a test that went well is removed" ! test -e "$(cat place)"
is "$(sed 's,.*/,,; s/\..*//' place)" ptpar-t "its directory is its own"

run_test <<'T'
run sh -c 'echo to stdout; echo to stderr >&2; exit 7'
is "$status/$out/$err" "7/to stdout/to stderr" x
TIMEOUT=1
run sleep 60
is "$status" 124 "run is bounded"
start sleep 60
kill -TERM "$pid"
finish
is "$status" 143 "finish gives the signal"
start sleep 60
finish 1
is "$status" 124 "finish is bounded"
ok "waiting ends" ! wait_for 1 false
done_testing
T
is "$status" 0 "run, start, finish and wait_for do what they say"
diag "$out"

run_test <<'T'
PTPAR_TEST_SLOWNESS=0
setsid sleep 100 &
wait_for 5 no_process || true
no_leftovers
wait_for 5 no_process && echo "# and ended"
done_testing
T
is "$status" 1 "a process that is left behind is a failure"
like "$out" '^# process .*sleep 100' "which names it"
like "$out" '^# and ended' "and it is ended"
rm -rf "$(kept)"

run_test <<'T'
PTPAR_TEST_SLOWNESS=0
env -i sh -c 'sleep 101; : "$0"' "$DIR/x" &
no_leftovers
done_testing
T
like "$out" "^# process .*sleep 101; .*/ptpar-t" "also one without our environment"
rm -rf "$(kept)"

run_test <<'T'
PTPAR_TEST_SLOWNESS=0
mkdir "$TMPDIR/ptpar-aBcDeF" "$TMPDIR/ompi.host.0" "$TMPDIR/ptpar-test-aBcDeF"
sleep 0.02
shared=$(mktemp /dev/shm/lib.t.XXXXXX)
no_leftovers
rm "$shared"
rmdir "$TMPDIR/ptpar-aBcDeF" "$TMPDIR/ompi.host.0"
no_leftovers
done_testing
T
like "$out" '^# .*/ptpar-aBcDeF$' "directories of sockets are found"
like "$out" '^# .*/ompi.host.0$' "those of Open MPI as well"
like "$out" '^# /dev/shm/lib\.t\.' "and shared memory"
unlike "$out" '^# .*/ptpar-test-' "not what is kept for the user"
like "$out" '^ok 2 ' "nothing is left once they are gone"
rm -rf "$(kept)"

run_test <<'T'
run mpirun -np 4 sh -c 'echo "$PTPAR_TEST_TAG"'
is "$status" 0 "mpirun starts more processes than there are cores, for everyone"
is "$(printf '%s\n' "$out" | sort -u)" "$PTPAR_TEST_TAG" "and they carry the tag"
no_leftovers "mpirun leaves nothing behind"
done_testing
T
is "$status" 0 "mpirun works in a test, and cleans up"
diag "$out"

no_leftovers
done_testing
