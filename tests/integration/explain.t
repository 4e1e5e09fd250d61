#!/usr/bin/env bash
# explain.t - where the ranks of a test were that crashed, hung, or waited for each other; and that nobody who will go on is
# taken for one who waits for ever.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"
SUITES_SRC=$abs_top_srcdir/tests/suites

# at MARK [FILE]: (file:line) of the comment `here: MARK`, as a pattern.
at() {
	local file=${2:-explained.c}

	printf '\\(%s:%s\\)' "${file//./\\.}" "$(grep -n "here: $1" "$SUITES_SRC/$file" | cut -d: -f1)"
}

for way in alone mpirun; do
	with_workers $way 4 --scheduler=dynamic "$SUITES/explained.so"
	is "$status" 1 "$way: status 1"
	is "$(misnamed 4)" "" "$way: each outcome is that of its name"
	like "$out" "timeout after 0.5 s: ranks 0,1,3 in MPI_Barrier $(at 'the others'); rank 2 in MPI_Recv\(source=1, tag=7\) $(at 'odd one')" \
		"$way: a timeout: ranks at the same place are told together"
	like "$out" "deadlock: its ranks wait for each other: ranks 0,1,3 in MPI_Barrier $(at 'the others'); rank 2 in MPI_Recv" \
		"$way: a deadlock"
	like "$out" "deadlock: .*; rank 2 in MPI_Ssend\(dest=0, tag=4\) $(at ring)" "$way: a deadlock on a communicator of the test's own"
	like "$out" "rank 1 in MPI_Probe\(source=0, tag=MPI_ANY_TAG\) $(at probe)" "$way: a rank that waits for one that has ended"
	like "$out" "rank 0 in MPI_Recv\(source=MPI_ANY_SOURCE, tag=MPI_ANY_TAG\) $(at straggler)" "$way: a straggler"
	like "$out" "FAILED +.*explained.so::fails_straggler\[2\] - .*$(at assertion)" "$way: it is the assertion that failed"
	like "$out" "rank 0 in MPI_Allreduce\(count=1\) $(at allreduce); rank 1 in write_to $(at 'segmentation fault')" \
		"$way: a crash, and who waited for it"
	like "$out" '^      at crashes_in_a_helper \(.*explained\.c:[0-9]+\)' "$way: who has called the function that crashed"
	like "$out" "in abort, called by crashes_by_abort $(at abort)" "$way: abort"
	like "$out" "its process exited with status 0, in exit, called by say_goodbye $(at exit)" "$way: exit"
	like "$out" "its process exited with status 0, in crashes_by__exit $(at _exit)" "$way: _exit"
	like "$out" "SIGSEGV.*in depth_of \(explained\.c:[0-9]+\)" "$way: endless recursion"
	like "$out" "SIGKILL.*in MPI_Recv\(source=0, tag=9\) on a communicator of size 2 ?$" "$way: a rank that was killed"
	like "$out" "explained.so::crashes_by_SIGKILL.*$(at killed)" "$way: and its line"
	like "$out" "timeout after 0.5 s: rank 0 in spin $(at spin)" "$way: a rank that spins with all signals blocked"
	like "$out" "timeout after 0.5 s: rank 0 in sleep, called by timeouts_in_sleep $(at sleep)" "$way: a rank that sleeps"
	like "$out" "in its setup, in MPI_Bcast\(count=1, root=1\)" "$way: a rank that waits in its setup"
	unlike "$out" 'Process received signal' "$way: Open MPI does not print a stack of its own"
done

# What looks like a deadlock and is none. All at once: they mostly wait.
run "$PTPAR" -n 18 --scheduler=dynamic "$SUITES/patient.so"
is "$status" 0 "nobody is ended who will go on"
is "$(outcomes | sort | uniq -c | sed 's/ *//')" "$(printf '%s passed passes_%s\n' 1 "after_being_stopped[2]" \
	1 "by_a_thread[2]" 1 "by_testing[2]" 1 "in_a_users_operation[2]" 1 "in_halves[4]" 1 "while_one_computes[2]" \
	1 "while_one_reads[2]" 1 "while_one_sleeps[2]")" "all of them have passed"

# Without debug information: function and module.
mpicc -O0 -shared -fPIC -I"$abs_top_srcdir/include" -o bare.so "$SUITES_SRC/explained.c"
strip --strip-debug bare.so
run "$PTPAR" -n 2 bare.so -k 'crashes_in_a_helper or timeouts_deaf'
like "$out" 'rank 0 in MPI_Allreduce\(count=1\); rank 1 in write_to$' "without debug information: the functions"
like "$out" '^      at write_to \(bare\.so\)' "without debug information: the modules"

# Fortran: seen by the stack.
if [ -n "$(command -v gfortran)" ]; then
	gfortran -g -c -fPIC $(mpifort --showme:compile) -o f.o "$SUITES_SRC/from_fortran.f90"
	mpicc -g -shared -fPIC -I"$abs_top_srcdir/include" -o fortran.so "$SUITES_SRC/from_fortran.c" f.o $(mpifort --showme:link)
	run "$PTPAR" -n 1 fortran.so
	like "$out" "timeout after 0.5 s: rank 0 in MPI_Recv $(at fortran from_fortran.f90)" "Fortran: the call and its line"
else
	skip "no gfortran" "Fortran: the call and its line"
fi
no_leftovers
done_testing
