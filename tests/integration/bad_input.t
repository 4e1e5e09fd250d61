#!/usr/bin/env bash
# bad_input.t - one clear line, the right exit status, nothing lost that was known.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

# refused STATUS REGEX NAME ARGUMENT...: ptpar says one line that matches on stderr and exits so.
refused() {
	local wanted=$1 regex=$2 name=$3

	shift 3
	run "$PTPAR" "$@"
	is "$status" "$wanted" "$name: status $wanted"
	like "$err" "^ptpar: .*$regex" "$name: says why"
	is "$(printf '%s\n' "$err" | wc -l)" 1 "$name: in one line"
	[ "$wanted" != 4 ] || is "$out" "" "$name: and nothing else"
}

echo "some text" >notes.txt
echo "some text" >fake.so
cp "$EXAMPLES/quickstart.so" .
refused 4 'nowhere\.so: No such file' "no such file" nowhere.so
refused 4 'notes\.txt: it is neither a suite .* nor a TAP program' "a file that is no suite" notes.txt
refused 4 "no such scheduler.*dynamic.*sequential.*static" "an unknown scheduler" --scheduler=dynamite quickstart.so
refused 4 "-n 0: too small" "no workers" -n 0 quickstart.so
refused 4 "-n many: not a number" "workers that are no number" -n many quickstart.so
refused 4 "unknown option '--schedular'.*--scheduler" "an unknown option" --schedular=static quickstart.so
refused 4 "-k 'a and'.*column" "a broken expression" -k 'a and' quickstart.so
refused 4 "nothing to run" "no suite at all"
refused 5 "no tests: none of those found was selected" "nothing selected" -k nothing quickstart.so
refused 5 "no tests: none of those found was selected" "an id that is not there" quickstart.so::test_Z
printf '[ptpar]\nschedular = dynamic\n' >bad.ini
refused 4 "bad.ini:2: unknown key 'schedular'.*scheduler" "an unknown key" --config bad.ini quickstart.so
printf '[ptpar]\nn-workers = 0\n' >bad.ini
refused 4 "bad.ini:2: n-workers" "a bad value" --config bad.ini quickstart.so
refused 4 "no such run: 1999" "a run that is not recorded" --report 1999
run mpirun -np 2 "$PTPAR" nowhere.so
is "$status" 4 "under mpirun the status is the same"
is "$(grep -c 'ptpar: nowhere.so' <<<"$err")" 1 "and it is said once"

# What cannot be collected is an error, and the others run.
run "$PTPAR" -n 2 fake.so quickstart.so::test_B
is "$status" 1 "a file that is no shared object: status 1"
like "$out" 'fake.so: not a shared library' "a file that is no shared object: says so"
like "$out" '^1 error, 1 passed in' "a file that is no shared object: the others run"
run "$PTPAR" -n 2 "$SUITES/undefined.so" quickstart.so::test_B
like "$out" 'undefined symbol' "an unresolved symbol is named"
like "$out" '^1 error, 1 passed in' "an unresolved symbol: the others run"
run "$PTPAR" -n 2 "$SUITES/old_abi.so" quickstart.so::test_B
like "$out" 'ABI' "another ABI: says so"
run "$PTPAR" -n 2 "$SUITES/constructor.so" quickstart.so::test_B
is "$status" 1 "a suite that crashes when loaded: status 1"
like "$out" 'killed by signal 6.*built at night' "a suite that crashes when loaded: says how"
like "$out" '^1 error, 1 passed in' "a suite that crashes when loaded: the others run"
run "$PTPAR" -n 2 "$SUITES/bad_np.so"
is "$status" 1 "bad numbers of processes: status 1"
like "$out" '0 processes: a test needs 1 to 1048576' "zero processes"
like "$out" '-[0-9]+ processes: a test needs' "less than none"
run "$PTPAR" -n 2 "$SUITES/twins.so"
like "$out" 'an earlier test has the same id' "two tests of one id"
like "$out" '^1 error, 2 passed in' "two tests of one id: the first runs"

# The record of a run.
rm -rf .ptpar
touch .ptpar
run "$PTPAR" -n 2 quickstart.so::test_B
is "$status" 0 ".ptpar cannot be made: the run goes on"
like "$out$err" 'cannot write to .ptpar here' ".ptpar cannot be made: a warning says so"
rm -rf .ptpar
run "$PTPAR" -n 2 --junit /dev/full quickstart.so::test_B
is "$status" 3 "a report that cannot be written: status 3"
like "$err" '^ptpar: /dev/full: No space left' "a report that cannot be written: says why"
like "$out" '^1 passed in' "a report that cannot be written: the others are"
bash -c "\"$PTPAR\" -n 2 quickstart.so --junit report.xml; echo \$? >status" | head -n 1 >/dev/null
is "$(cat status)" 1 "a closed stdout: status as ever"
ok "a closed stdout: the other reports are whole" xmllint --noout report.xml
bash -c "\"$PTPAR\" -n 2 quickstart.so --junit report.xml >&- 2>&- <&-"
is "$?" 1 "no standard streams at all: status as ever"
ok "no standard streams at all: the other reports are whole" xmllint --noout report.xml
bash -c "ulimit -n 40; exec \"$PTPAR\" -n 40 quickstart.so" >limited 2>&1
is "$?" 4 "too few open files: status 4"
like "$(cat limited)" '^ptpar: 40 workers need 232 open files, the limit is 40: raise it with ulimit -n' "too few open files: says so"
no_leftovers
done_testing
