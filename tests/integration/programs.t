#!/usr/bin/env bash
# programs.t - tests that are programs: TAP, in several languages and from several ranks, and command lines.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

# script NAME: what follows on standard input becomes an executable file.
script() {
	cat >"$1"
	chmod +x "$1"
}

mkdir tap
script tap/passes_in_shell.t <<'EOF'
#!/bin/sh
echo "a line that is no TAP"
echo "ok 1 - first"
echo "ok 2 - second # SKIP not here"
echo "not ok 3 - third # TODO some day"
echo "1..3"
echo "to standard error" >/dev/stderr
EOF
script tap/passes_in_perl.t <<'EOF'
#!/usr/bin/perl
use Test::More tests => 2;
ok(1, 'one');
subtest 'inner' => sub { plan tests => 1; ok(1, 'within'); };
EOF
cat >c.c <<'EOF'
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	int rank, size;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	printf("1..1\n%s 1 - rank %d of %d\n", size == 2 ? "ok" : "not ok", rank, size);
	MPI_Finalize();
	return 0;
}
EOF
mpicc -o passes_in_c c.c
script tap/passes_on_two.t <<EOF
#!/bin/sh
# ptpar: np=2
exec "$DIR/passes_in_c"
EOF
script tap/fails_a_point.t <<'EOF'
#!/bin/sh
echo "TAP version 14"
echo "1..3"
echo "ok 1 - good"
echo "not ok 2 - bad"
echo "  ---"
echo "  message: it is 3"
echo "  ..."
echo "ok 3 - good again"
EOF
script tap/fails_too_few.t <<'EOF'
#!/bin/sh
echo 1..5
echo ok 1
EOF
script tap/fails_order.t <<'EOF'
#!/bin/sh
echo 1..2
echo ok 2
echo ok 1
EOF
script tap/fails_status.t <<'EOF'
#!/bin/sh
echo 1..1
echo ok 1
exit 3
EOF
script tap/fails_silent.t <<'EOF'
#!/bin/sh
exit 0
EOF
script tap/errors_bail.t <<'EOF'
#!/bin/sh
echo 1..2
echo "Bail out! no database"
EOF
script tap/errors_interpreter.t <<'EOF'
#!/no/such/interpreter
EOF
script tap/crashes.t <<'EOF'
#!/bin/sh
echo 1..2
echo ok 1
kill -SEGV $$
EOF
script tap/timeouts.t <<'EOF'
#!/bin/sh
echo 1..1
sleep 1000
EOF
script tap/skips.t <<'EOF'
#!/bin/sh
echo "1..0 # SKIP no network"
EOF
echo 'echo ok' >tap/errors_mode.t
cat >tap.ini <<'EOF'
[match:*timeouts*]
timeout = 0.5
EOF

for scheduler in dynamic shell; do
	run "$PTPAR" -c tap.ini -n 2 --scheduler=$scheduler --junit $scheduler.xml tap
	is "$status" 1 "$scheduler: status 1"
	is "$(misnamed 2)" "" "$scheduler: each outcome is that of its name"
	is "$(outcomes | wc -l)" 14 "$scheduler: each program has one"
done
like "$out" '^  not ok 2 - bad \(line 4\)' "the point that failed, and its line"
like "$out" '^ +message: it is 3' "what it says of it"
like "$out" 'planned 5 test points' "too few points"
like "$out" 'tap/fails_order.t::fails_order - .*line 2' "points out of order, and the line"
like "$out" 'exited with status 3' "a bad status with good points"
like "$out" 'no database' "Bail out"
like "$out" 'there is no /no/such/interpreter' "no interpreter"
like "$out" 'errors_mode.t is not executable: chmod \+x' "not executable"
like "$out" 'SIGSEGV' "killed by a signal"
like "$out" 'rank 0 in `sleep 1000`, which' "where a program hung"
like "$(cat shell.xml)" 'name="fails_a_point: 2 - bad"' "JUnit: a case for each point"
like "$(cat shell.xml)" 'name="passes_on_two\[2\] rank 1: 1 - rank 1 of 2"' "JUnit: with the rank, where several print"
like "$(cat shell.xml)" '<skipped type="xfailed" message="some day"' "JUnit: a todo is skipped, with the reason"
ok "JUnit: well-formed" xmllint --noout shell.xml

run "$PTPAR" -v tap/passes_in_shell.t
is "$status" 0 "-v: status 0"
like "$out" '^  skip 2 - second: not here' "-v: every point"
cat >np.ini <<'EOF'
[match:*passes_in_shell*]
np = 1 2
EOF
run "$PTPAR" -c np.ini -n 2 --list tap/passes_in_shell.t
is "$out" "$(printf '%s\n' 'tap/passes_in_shell.t::passes_in_shell[1]' 'tap/passes_in_shell.t::passes_in_shell[2]')" "np by [match]"

# Under mpirun, beside its pool.
run mpirun -np 2 "$PTPAR" --scheduler=dynamic tap/passes_on_two.t tap/passes_in_perl.t "$EXAMPLES/quickstart.so::test_B"
is "$status" 0 "under mpirun: status 0"
like "$out" '^3 passed in' "under mpirun: programs beside a suite"

# A program's processes end with it, and with its time.
script family.t <<'EOF'
#!/bin/sh
sleep 1000 &
(setsid sleep 1000 &)
sleep 1000
EOF
run "$PTPAR" --timeout 0.5 family.t
like "$out" '^1 timeout in' "a family of processes: a timeout"

# Command lines.
cat >ptpar.ini <<EOF
[ptpar]
n-workers = 2
[command:passes_with_output]
command = sh -c 'echo "hello  world"'
expect = output hello +world
[command:passes_with_status]
command = sh -c 'exit 3'
expect = exit 3
[command:passes_by_failing]
command = false
expect = fail
[command:passes_in_its_place]
command = sh -c 'test "\$(basename "\$PWD")" = tap && test "\$A\$B" = 12'
cwd = tap
env = A=1
env = B=2
[command:passes_as_tap]
command = $DIR/passes_in_c
np = 2
expect = tap
[command:fails_by_status]
command = sh -c 'exit 3'
[command:fails_without_output]
command = echo something else
expect = output hello
[command:skips]
command = sh -c 'exit 77'
[command:errors_by_99]
command = sh -c 'exit 99'
[command:errors_nowhere]
command = no-such-program-anywhere
[command:timeouts]
command = sleep 1000
timeout = 0.5
[command:fails_as_expected]
command = false
xfail = issue 7
EOF
for scheduler in sequential shell; do
	run "$PTPAR" --scheduler=$scheduler
	is "$status" 1 "commands, $scheduler: status 1"
	is "$(misnamed 2)" "" "commands, $scheduler: each outcome is that of its name"
	is "$(outcomes | wc -l)" 12 "commands, $scheduler: each has one"
done
like "$out" 'exited with status 3, expected 0' "commands: a wrong status"
like "$out" 'no-such-program-anywhere is not found' "commands: no such program"
run "$PTPAR" --rerun failed --list
like "$out" '^command:fails_by_status::fails_by_status$' "commands: --rerun failed"
run "$PTPAR" 'command:passes_as_tap::passes_as_tap[2]'
is "$status" 0 "commands: one by its id"

# MPI programs that pass, but not as ranks of the test. (Their environment is that of no launcher.)
cat >alone.c <<'END'
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
extern char **environ;
int main(int argc, char **argv)
{
	if (strcmp(argv[1], "alone") == 0) {
		for (char **v = environ; *v != NULL;)
			if (strncmp(*v, "PMIX_", 5) == 0 || strncmp(*v, "OMPI_MCA_", 9) == 0)
				unsetenv(strndup(*v, strcspn(*v, "=")));
			else
				v++;
		putenv("OMPI_MCA_plm_rsh_agent=false");
	}
	MPI_Init(&argc, &argv);
	return strcmp(argv[1], "leaves") == 0 ? 0 : MPI_Finalize();
}
END
mpicc -o alone alone.c
printf '%s\n' '[command:alone]' 'command = ./alone alone' 'np = 2' '[command:leaves]' 'command = ./alone leaves' 'np = 2' \
	'[command:good]' 'command = ./alone not' 'np = 2' '[command:one]' 'command = ./alone alone' >alone.ini
if ! "$PTPAR" -c alone.ini -n 2 --launcher=pmix command:good >/dev/null; then
	skip "programs that are no ranks" "no launcher pmix here"
else
	run "$PTPAR" -c alone.ini -n 2
	like "$out" '^FAILED command:leaves.*without MPI_Finalize' "a program that leaves without MPI_Finalize fails"
	unlike "$out" 'command:one' "one of a single process may be alone"
	if grep -q '^#define HAVE_DW' "$abs_top_builddir/config.h"; then
		like "$out" '^ERROR command:alone.*MPI_COMM_WORLD of size 1' "one of two that is alone is an error"
	else
		skip "one of two that is alone is an error" "built without elfutils"
	fi
	rm -rf "$TMPDIR"/ompi.* # it was alone: its own, and killed
fi

# A program that a signal has killed leaves a core dump, if the user wants that.
cat >dumps.c <<'END'
#include <mpi.h>
static void crunch(int rank)
{
	if (rank == 1)
		*(volatile int *)0 = 1;
	MPI_Barrier(MPI_COMM_WORLD);
}
int main(int argc, char **argv)
{
	int rank;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	crunch(rank);
	return MPI_Finalize();
}
END
mkdir dumps
mpicc -g -O0 -o dumps/dumps dumps.c
printf '%s\n' '[command:dumps]' 'command = ./dumps' 'cwd = dumps' 'np = 2' >dumps.ini
pattern=$(cat /proc/sys/kernel/core_pattern)
if [[ $pattern != [!\|/]* ]] || ! (ulimit -Sc unlimited) 2>/dev/null; then
	skip "where a program crashed" "core dumps go to $pattern here, or are not allowed"
elif ! grep -q '^#define HAVE_DW' "$abs_top_builddir/config.h"; then
	skip "where a program crashed" "built without libdw"
else
	ulimit -Sc unlimited
	run "$PTPAR" -c dumps.ini -n 2
	ulimit -Sc 0
	like "$out" 'dumps.c:5: killed by signal 11 .*, in crunch$' "where a program crashed, from its core dump"
	like "$out" '^      at main \(dumps.c:13\)' "and what led there"
	like "$out" 'core dump: dumps/core' "and where that is"
	unlike "$out" 'at __libc_start' "not what calls main()"
	like "$out" 'rank 0 in MPI_Barrier \(dumps.c:6\)' "where the other rank was"
fi

refused() {
	printf '%s\n' "[command:x]" "$1" >bad.ini
	run "$PTPAR" -c bad.ini
	is "$status" "$2" "$3: status $2"
	like "$out$err" "$4" "$3: why"
}
refused 'comand = true' 4 "an unknown key" "bad.ini:2: unknown key 'comand' in \[command:x\]: did you mean 'command'"
refused 'command = a | b' 1 "a pipe without a shell" 'sh = yes'
refused 'np = 2' 1 "no command" 'no command'
no_leftovers
done_testing
