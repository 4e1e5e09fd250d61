#!/usr/bin/env bash
# blame.t - what crashes outside of any test's body is named as what it is, and fails no test that has nothing to do with it.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

# Between tests: something that an earlier test has left ends the process, while another test runs elsewhere.
for start in alone mpirun; do
	while read -r what how; do
		with_workers $start 2 --scheduler=dynamic "$SUITES/late.so" -k "leaves_*$what or takes_longer"
		is "$(outcomes | sort | tr '\n' ';')" "passed leaves_$what;passed takes_longer;" "$start, $what: both tests pass"
		like "$out" "^worker [01] has ended outside of any test: its process $how" "$start, $what: the end is told"
		# mpirun says so if a process of its job has died.
		[ $start = mpirun ] || is "$status" 0 "$start, $what: status 0"
	done <<-'EOT'
		a_timer was killed by signal 14 \(SIGALRM
		an_abort was killed by signal 6 \(SIGABRT
		an_exit exited with status 3
	EOT
done

# While a worker loads the suite, which could be listed.
for start in alone mpirun; do
	with_workers $start 2 "$SUITES/loaded_late.so" "$SUITES/late.so" -k 'never_reached or takes_longer'
	is "$status" 1 "$start, a suite that crashes in a worker: status 1"
	is "$(outcomes | sort | tr '\n' ';')" "crashed never_reached;passed takes_longer;" \
		"$start, a suite that crashes in a worker: its test has crashed, another suite's passes"
	like "$out" 'signal 6 \(SIGABRT, Aborted\) while its suite was loaded, .*crash_among_workers' \
		"$start, a suite that crashes in a worker: says when and where"
done

# While MPI is initialised: nothing can run.
for start in alone mpirun; do
	OMPI_MCA_pml=nonsense with_workers $start 2 "$SUITES/late.so" -k takes_longer
	is "$(outcomes)" "not-run takes_longer" "$start, MPI cannot be initialised: the test was not run"
	[ $start = mpirun ] || is "$status" 3 "$start, MPI cannot be initialised: status 3"
	like "$err" 'ptpar: .*rank [01] ended .*MPI was initialised' "$start, MPI cannot be initialised: says so"
done
no_leftovers
done_testing
