#!/usr/bin/env bash
# import.t - a list of tests as that of MPICH's suite, imported and run: MPI programs and scripts.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

mkdir -p suite/below
cp "$abs_top_builddir/tests/programs/list_program" suite/list_program
ln -s ../list_program suite/below/linked
printf '#!/bin/sh\necho No errors\n' >suite/below/script
printf '#!/bin/sh\necho "  Test Skipped  "\n' >suite/below/skipped
printf '#!/bin/sh\nkill -SEGV $$\n' >suite/below/crashes
printf '#!/bin/sh\nexec sleep 1000\n' >suite/below/hangs
printf '#!/bin/sh\n[ "$(pwd -P)" = "$HERE/suite/below" ] && [ "$#" = 2 ] && [ "$2" = "a;b" ] && echo No Errors\n' \
	>suite/below/careful
chmod +x suite/below/{script,skipped,crashes,hangs,careful}
cat >suite/testlist <<'END'
# What passes.
list_program 2 arg=sum
list_program 3 arg=sum
list_program 2 arg=env arg=one LIST=x env=LIST_PROGRAM=one
list_program 2 arg=nonzero resultTest=TestStatusNoErrors
list_program 2 arg=abort resultTest=TestErrFatal
below
END
cat >suite/below/testlist <<END
linked 1 arg=sum timeLimit=100
script 1
skipped 1
careful 1 arg=-x arg=a;b env=HERE=$PWD mpiversion=3.0
crashes 1 resultTest=TestStatus strict=false
# What does not.
linked 2 arg=wrong
linked 1 arg=wrong xfail=ticket12
linked 1 arg=nonzero
crashes 2
hangs 1 timeLimit=1
missing 1
END
run "$PTPAR" --import testlist suite/testlist
is "$status" 0 "a list is imported"
is "$err" "ptpar: warning: suite/testlist:4: unknown key 'LIST': kept as a comment" "what is not known is told"
printf '%s\n' "$out" >ptpar.ini
run "$PTPAR" --list
is "$(wc -l <<<"$out")" 16 "there is a test for each line"
is "$(grep -c 'command:list_program::' <<<"$out")" 2 "those that differ in np alone are of one section"
TIMEOUT=$(scaled 100)
run "$PTPAR" -n 3 --scheduler=shell -v
is "$status" 1 "the list is run"
passed=$(sed -n 's/^PASSED *command:\([^ ]*\)::.*\(\[[0-9]\]\) .*/\1\2/p' <<<"$out" | sort | xargs)
is "$passed" "below/careful[1] below/crashes[1] below/linked[1] below/script[1] below/skipped[1] list_program.2[2] \
list_program.3[2] list_program.4[2] list_program[2] list_program[3]" "programs, arguments, environment, directories"
like "$out" '^XFAILED command:below/linked.3::' "an expected failure"
like "$out" '^FAILED command:below/linked.2::.* - none of its ranks has printed' "a program that does not say No Errors"
like "$out" '^FAILED command:below/linked.4::.*status 1' "one that says so, and exits with another status"
like "$out" '^CRASHED command:below/crashes.2::.*SEGV' "one that crashes"
like "$out" '^TIMEOUT command:below/hangs::' "one that takes longer than its limit"
like "$out" '^ERROR command:below/missing::.*missing' "one that is not there"
run "$PTPAR" -n 2 -k 'not tag:non-strict and tag:mpi-3.0'
like "$out" '^1 passed in' "versions and strictness are tags"

run "$PTPAR" --import testlist
is "$status" 4 "without a file: status 4"
is "$err" "ptpar: --import: no FILE given: write --import testlist FILE [DIRECTORY]" "and why"
run "$PTPAR" --import ctest suite/testlist
is "$err" "ptpar: --import ctest: no such value: give one of testlist" "no such format"
run "$PTPAR" --import testlist nowhere
is "$status" 4 "a list that is not there: status 4"
is "$err" "ptpar: nowhere: cannot be read: No such file or directory" "and why"
run "$PTPAR" --import testlist "$PTPAR"
is "$status" 4 "a file that is no list: status 4"
is "$out" "" "nothing is printed"
: >empty
run "$PTPAR" --import testlist empty
is "$status" 5 "an empty list: status 5"
run bash -c '"$1" --import testlist suite/testlist >/dev/full' - "$PTPAR"
is "$status" 3 "a full disk: status 3"
run mpirun -np 2 "$PTPAR" --import testlist suite/testlist
is "$(grep -c '^\[command:list_program\]' <<<"$out")" 1 "under mpirun: once"
no_leftovers
done_testing
