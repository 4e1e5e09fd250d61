#!/usr/bin/env bash
# commands.t - sections [command:NAME] of the configuration, beside other tests; what the configuration says of programs.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

mkdir -p tree/tests tree/below
printf '#!/bin/sh\necho 1..1\necho ok 1\n' >tree/tests/plain.t
printf '#!/bin/sh\n# ptpar: np=1\necho 1..1\necho ok 1\n' >tree/tests/one.t
chmod +x tree/tests/*.t
cat >tree/ptpar.ini <<'END'
[ptpar]
paths = tests/*.t
n-workers = 2

[match:tests/*.t::*]
np = 1 2

[command:hello]
command = /bin/echo 'hello  world' again
np = 1 2
expect = output ^hello  world again$

[command:dir/where]
command = pwd
cwd = below
expect = output /tree/below$

[command:env]
sh = yes
command = echo "$ONE-$TWO-$THREE"
env = ONE=1
  TWO=2
env = THREE='3 3'
expect = output ^1-2-3 3$

[command:wrong]
command = ./nowhere
np = 0
END

cd tree || exit 99
run "$PTPAR" --list
is "$(sort <<<"$out" | xargs)" "command:dir/where::dir/where command:env::env command:hello::hello[1] \
command:hello::hello[2] tests/one.t::one[1] tests/plain.t::plain[1] tests/plain.t::plain[2]" \
	"sections run beside the paths; np of the configuration is for programs that declare none"
run "$PTPAR" -v
is "$status" 1 "a section that is wrong: status 1"
like "$out" '^ERROR command:wrong - ptpar.ini:26: np = 0: give one or more numbers' "it is told with file and line"
like "$out" '^1 error, 7 passed in' "the others run"
is "$(sed -n 's/^PASSED *\([^ ]*\).*/\1/p' <<<"$out" | tail -n 1)" "command:env::env" "sections run behind the paths"
run "$PTPAR" --rerun failed
like "$out" '^1 error in' "what was wrong can be run again"
run "$PTPAR" command:hello
like "$out" '^2 passed in' "one section"
run "$PTPAR" 'command:hello::hello[2]' tests/one.t
like "$out" '^2 passed in' "an id of a section, and a path"
run "$PTPAR" tests/one.t
like "$out" '^1 passed in' "paths on the command line: no sections but those that are named"
run "$PTPAR" -k 'source:command:dir/*'
like "$out" '^1 error, 1 passed in' "sections by an expression; what could not be collected is told"
run "$PTPAR" command:helo
is "$status" 4 "a section that is not there: status 4"
is "$err" "ptpar: command:helo: no such section in ptpar.ini: did you mean command:hello?" "and the nearest one"
cd below || exit 99
run "$PTPAR" command:dir/where
like "$out" '^1 passed in' "from elsewhere: cwd is relative to the configuration"

# What does not succeed.
cat >other.ini <<'END'
[command:fails]
command = false
[command:no-such-program]
command = no-such-program-at-all
[command:expected]
command = false
xfail = issue 12
[command:no-such-directory]
command = true
cwd = nowhere
[command:not-executable]
command = ./tool
cwd = bin
[command:no-interpreter]
command = ./script
cwd = bin
END
mkdir bin
echo true >bin/tool
printf '#!/no/such/shell\n' >bin/script
chmod +x bin/script
run "$PTPAR" -c other.ini -n 2
is "$status" 1 "commands that fail: status 1"
like "$out" '^FAILED command:fails::fails - exited with status 1, expected 0' "a status that was not expected"
like "$out" '^ERROR command:no-such-program::.* - no-such-program-at-all is not found' "no such program"
like "$out" '^ERROR command:no-such-directory::.* - its working directory nowhere cannot be entered' "no such directory"
like "$out" '^ERROR command:not-executable::.* - bin/./tool is not executable: chmod' "a program that is not executable"
like "$out" '^ERROR command:no-interpreter::.* - bin/./script: there is no /no/such/shell' "no interpreter"
like "$out" '^1 failed, 4 error, 1 xfailed in' "the sum"

# One process ends as it is to, and the other would go on for ever.
cat >stuck.ini <<'END'
[command:stuck]
sh = yes
command = [ "${PMIX_RANK-$PMI_RANK}" = 0 ] || exec sleep 1000; exit 3
np = 2
expect = fail
[match:*]
timeout = 60
END
run "$PTPAR" -c stuck.ini -n 2
like "$out" '^1 passed in' "a process that waits for one that was to fail is ended, and nobody is blamed"
# Programs that are linked with MPICH, started by its mpiexec.
if command -v mpiexec.mpich >/dev/null && command -v mpicc.mpich >/dev/null; then
	mkdir hydra
	printf '#!/bin/sh\nexec mpiexec.mpich "$@"\n' >hydra/mpiexec && chmod +x hydra/mpiexec
	cat >mpich.c <<'END'
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	int rank, size;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (argc > 1 && rank == 1)
		raise(SIGKILL);
	MPI_Barrier(MPI_COMM_WORLD);
	printf("1..1\n%s 1 - rank %d of %d\n", size == 2 ? "ok" : "not ok", rank, size);
	return MPI_Finalize();
}
END
	mpicc.mpich -o mpich mpich.c
	printf '%s\n' '[command:passes]' 'command = ./mpich' 'np = 2' 'expect = tap' '[command:crashes]' 'command = ./mpich now' 'np = 2' >mpich.ini
	PATH=$PWD/hydra:$PATH run "$PTPAR" -n 2 --launcher=mpiexec -c mpich.ini
	is "$(outcomes | sort | tr '\n' ';')" "crashed crashes[2];passed passes[2];" "MPICH: each outcome"
	like "$out" 'killed by signal 9 \(SIGKILL' "MPICH: a crash"
else
	skip "MPICH" "there is none here"
fi
no_leftovers
done_testing
