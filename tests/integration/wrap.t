#!/usr/bin/env bash
# wrap.t - tests whose processes are started in something: --wrap, --gdb.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"
unset DISPLAY TMUX

cat >suite.c <<'END'
#include <ptpar.h>
#include <stdlib.h>
PTPAR_TEST(passes, 2)
{
	MPI_Barrier(comm);
}
PTPAR_TEST(fails_in_valgrind, 2)
{
	char *p = malloc(10);
	volatile char c = p[ptpar_rank(test) == 1 ? 10 : 0];
	(void)c;
	free(p);
}
PTPAR_TEST(crashes, 2)
{
	if (ptpar_rank(test) == 1)
		abort();
	MPI_Barrier(comm);
}
END
mpicc -g -shared -fPIC -I"$abs_top_srcdir/include" -o suite.so suite.c
cat >program.c <<'END'
#include <mpi.h>
int main(int argc, char **argv)
{
	MPI_Init(&argc, &argv);
	return MPI_Finalize();
}
END
mpicc -g -o program program.c
printf '%s\n' '[command:program]' 'command = ./program' 'np = 2' >program.ini

# A wrapper that only leaves a trace: by every launcher, and under mpirun.
cat >trace <<'END'
#!/bin/sh
echo "$1" >"$1.trace"
shift
exec "$@"
END
chmod +x trace
for launcher in auto mpiexec; do
	rm -f -- *.trace
	run "$PTPAR" -n 2 --launcher=$launcher -c program.ini --wrap './trace {test}.{rank}.{np}' suite.so::passes suite.so::crashes command:program
	is "$(outcomes | sort | tr '\n' ';')" 'crashed crashes[2];passed passes[2];passed program[2];' "$launcher: outcomes are those without it"
	is "$(echo *.trace)" 'command_program__program_2_.0.2.trace command_program__program_2_.1.2.trace suite.so__crashes_2_.0.2.trace suite.so__crashes_2_.1.2.trace suite.so__passes_2_.0.2.trace suite.so__passes_2_.1.2.trace' \
		"$launcher: {test}, {rank} and {np}"
	like "$out" 'rank 1 in abort, called by crashes' "$launcher: where the crash was"
done
rm -f -- *.trace
run mpirun -np 2 "$PTPAR" --scheduler=dynamic --wrap './trace {test}.{rank}' suite.so::passes
is "$status" 0 "under mpirun: it passes"
is "$(echo *.trace)" 'suite.so__passes_2_.0.trace suite.so__passes_2_.1.trace' "under mpirun: wrapped"

run "$PTPAR" --wrap 'no-such-program -q' suite.so
is "$status" 4 "no such program: status 4"
like "$err" '^ptpar: --wrap: there is no program no-such-program in PATH: install it, or give its path$' "no such program: says so"
run "$PTPAR" --wrap 'a | b' suite.so
is "$status" 4 "no words: status 4"
run "$PTPAR" -n 2 --wrap 'echo nothing is started of' suite.so::passes
is "$status" 1 "a wrapper that starts nothing: status 1"
like "$out" 'rank [01] ended with status 0 while MPI was initialised. It said: nothing is started of' "a wrapper that starts nothing: says so"

if command -v valgrind >/dev/null && ! grep -q 'fsanitize=address' "$abs_top_builddir/config.log"; then
	run "$PTPAR" -n 2 -c program.ini --wrap 'valgrind -q --error-exitcode=9' suite.so::passes suite.so::fails_in_valgrind suite.so::crashes command:program
	is "$(outcomes | sort | tr '\n' ';')" 'crashed crashes[2];failed fails_in_valgrind[2];passed passes[2];passed program[2];' "valgrind: each outcome"
	like "$out" 'exited with status 9 when the test was over' "valgrind: its status"
	like "$out" 'Invalid read of size 1' "valgrind: what it found"
	like "$out" 'rank 0 in MPI_Barrier \(suite.c:18\)' "valgrind: where the other rank was"
else
	skip "valgrind" "there is none, or the address sanitizer is in"
fi

# says FILE REGEX: a line of it matches.
says() {
	grep -Eq -e "$2" "$1" 2>/dev/null
}

run "$PTPAR" --gdb=x suite.so
is "$status" 4 "--gdb x: status 4"
like "$err" "^ptpar: --gdb 'x': no ranks: give numbers, such as 0,2 or 0-3$" "--gdb x: says so"
mkdir empty
run env PATH="$DIR/empty" "$PTPAR" --gdb suite.so
like "$err" '^ptpar: --gdb: there is no gdbserver in PATH: install it' "no gdbserver: says so"

# What is said on the screen can be typed.
if command -v gdb >/dev/null && command -v gdbserver >/dev/null; then
	start "$PTPAR" -n 2 --gdb 1 --timeout 1 suite.so::passes
	ok "gdb: says what to type" wait_for 30 says "$DIR/.out" "^rank 1 of suite.so::passes\[2\] waits for a debugger: gdb .*-ex continue "
	unlike "$(cat "$DIR/.out")" '^rank 0' "gdb: the other rank is not debugged"
	command=$(grep -o "gdb -ex .*" "$DIR/.out")
	longer="-batch -ex continue -ex bt -ex 'shell sleep 2' -ex continue"
	eval "timeout $(scaled 60) ${command/-ex continue/"$longer"}" >gdb.log 2>&1
	finish
	is "$status" 0 "gdb: the test passes, though it took longer than its time"
	like "$(cat gdb.log)" '^#0 .*ptpar_call_passes .*suite.c:5' "gdb: stops in the test"
else
	skip "gdb" "there is no gdb or gdbserver"
fi

# In tmux, each gets a pane.
if command -v gdb >/dev/null && command -v gdbserver >/dev/null && command -v tmux >/dev/null; then
	mux() {
		tmux -S "$DIR/tmux" "$@"
	}
	mux -f /dev/null new-session -d -x 200 -y 50 "$PTPAR -n 2 --gdb --color=never suite.so::passes >mux.out 2>&1; echo status \$? >>mux.out; sleep 60"
	panes() {
		[ "$(mux list-panes 2>/dev/null | wc -l)" = 3 ]
	}
	stopped() {
		mux capture-pane -p -t "$1" 2>/dev/null | grep -q 'ptpar_call_passes ('
	}
	ok "tmux: a pane for each rank" wait_for 30 panes
	for pane in 1 2; do
		ok "tmux: pane $pane stops in the test" wait_for 30 stopped ".$pane"
	done
	for pane in 1 2; do
		mux send-keys -t ".$pane" continue Enter
	done
	ok "tmux: the run goes on" wait_for 30 says mux.out '^1 passed'
	ok "tmux: and ends well" wait_for 30 says mux.out '^status 0'
	mux kill-server
else
	skip "tmux" "there is no gdb, gdbserver or tmux"
fi
no_leftovers
done_testing
