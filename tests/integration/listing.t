#!/usr/bin/env bash
# listing.t - --list, selection, directories.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

mkdir -p tree/below tree/.hidden
cp "$EXAMPLES/quickstart.so" tree/below
cp "$EXAMPLES/quickstart.so" tree/.hidden
cp "$SUITES/twins.so" tree
cp "$abs_top_builddir"/plugins/.libs/scheduler-static.so tree/other.so
run "$PTPAR" --list tree
is "$status" 0 "a directory: status 0"
is "$(sort <<<"$out" | xargs)" "tree/below/quickstart.so::test_A[2] tree/below/quickstart.so::test_B \
tree/below/quickstart.so::test_C[3] tree/below/quickstart.so::test_D tree/twins.so::single tree/twins.so::twin[1] \
tree/twins.so::twin[1]" "a directory: its suites, and those below it, but no hidden ones and no other libraries"
run "$PTPAR" --list tree tree/below/quickstart.so
is "$(wc -l <<<"$out")" 7 "a file that is named twice is listed once"
cd tree/below || exit 99
run "$PTPAR" --list ./quickstart.so
is "$(head -n 1 <<<"$out")" "quickstart.so::test_A[2]" "./ is no part of an id"
run "$PTPAR" --list 'quickstart.so::test_A' 'quickstart.so::test_C[3]'
is "$(xargs <<<"$out")" "quickstart.so::test_A[2] quickstart.so::test_C[3]" "ids, with and without np"
run "$PTPAR" --list -k 'np>1 and not test_C' quickstart.so
is "$out" "quickstart.so::test_A[2]" "an expression"
run "$PTPAR" --list=json quickstart.so
is "$(python3 -c 'import json,sys; print([t["np"] for t in json.load(sys.stdin)])' <<<"$out")" "[2, 1, 3, 1]" "JSON"
run "$PTPAR" --list -n 7 -k np_all "$SUITES/api.so"
like "$out" 'passes_np_all\[7\]' "PTPAR_NP_ALL is the number of slots"
run mpirun -np 2 "$PTPAR" --list quickstart.so
is "$status" 0 "under mpirun: status 0"
is "$(grep -c test_A <<<"$out")" 1 "under mpirun: once"
run mpirun -np 2 "$PTPAR" --list "$SUITES/slow_to_load.so"
is "$status" 0 "under mpirun, a suite that loads slowly: status 0: no rank is in MPI_Init meanwhile"
run mpirun -np 2 "$PTPAR" --version
is "$out" "$("$PTPAR" --version)" "--version under mpirun: once"
no_leftovers
done_testing
