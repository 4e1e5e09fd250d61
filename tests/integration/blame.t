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
# A process is killed while MPI is initialised: once is an accident.
cat >kills.c <<'END'
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* A worker that does not just collect gets a signal before it does anything: the first one, or all. */
__attribute__((constructor)) static void die(void)
{
	char line[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY);
	ssize_t n = read(fd, line, sizeof(line) - 1);

	close(fd);
	line[n < 0 ? 0 : n] = '\0';
	if (strstr(line, "ptpar-worker") == NULL || n > (ssize_t)strlen(line) + 1)
		return;
	if (getenv("KILL_ALL") != NULL || open(getenv("KILLED"), O_CREAT | O_EXCL, 0600) >= 0)
		raise(SIGSEGV);
}
END
gcc -shared -fPIC -o kills.so kills.c
preloaded() {
	rm -f killed
	run env KILLED="$DIR/killed" LD_PRELOAD="$DIR/kills.so${LD_PRELOAD:+:$LD_PRELOAD}" "$@"
}
for way in "-n 2" "-n 2 --launcher=mpiexec" "-n 2 --scheduler=shell" "-n 2 --scheduler=shell --launcher=mpiexec"; do
	# shellcheck disable=SC2086 # several words
	preloaded "$PTPAR" $way "$SUITES/late.so" -k takes_longer
	is "$(outcomes)" "passed takes_longer" "$way, a process is killed at the start, once: the test passes"
	ok "$way, a process is killed at the start, once: it was" test -e killed
done
preloaded env KILL_ALL=1 "$PTPAR" -n 2 "$SUITES/late.so" -k takes_longer
is "$status" 3 "all are killed at the start: status 3"
like "$err" 'rank [01] ended with signal 11 while MPI was initialised' "all are killed at the start: says so"
preloaded env KILL_ALL=1 "$PTPAR" -n 2 --scheduler=shell "$SUITES/late.so" -k takes_longer
is "$(outcomes)" "error takes_longer" "an isolated test, all are killed at the start: it is an error"
no_leftovers
done_testing
