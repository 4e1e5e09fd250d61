#!/usr/bin/env bash
# doctor.t - ptpar --doctor: on a machine that is well, and with something broken in turn.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

run "$PTPAR" --doctor
is "$status" 0 "a machine that is well: status 0"
like "$out" '^  ok +schedulers +dynamic, sequential, shell, slurm, static$' "the schedulers"
like "$out" '^  ok +mpiexec +2 processes of .+: started, met, and ended in [0-9.]+ s$' "mpiexec starts processes"
like "$out" '^  - +auto +takes (pmix|mpiexec)$' "what auto takes"
unlike "$out" 'FAULT' "nothing is at fault"
ok "it leaves no record of a run" test ! -e .ptpar
run mpirun -np 2 "$PTPAR" --doctor
is "$status" 0 "under mpirun: status 0"
like "$out" '^  - +mpirun +has started 2 processes' "under mpirun: says so"
is "$(grep -c '^ptpar .* on ' <<<"$out")" 1 "under mpirun: one speaks"

printf '[ptpar]\nworkers = 3\n' >bad.ini
run "$PTPAR" --doctor -c bad.ini
is "$status" 4 "a bad configuration: status 4"
like "$out" "^  FAULT +configuration +bad.ini:2: unknown key 'workers'" "a bad configuration: which, and where"
like "$out" '^1 fault, ' "a bad configuration: everything else is looked at as well"

mkdir plugins
cp "$abs_top_builddir/plugins/.libs/scheduler-static.so" plugins/scheduler-other.so
PTPAR_PLUGIN_PATH=plugins run "$PTPAR" --doctor
is "$status" 4 "a bad plugin: status 4"
like "$out" '^  FAULT +plugin +plugins/scheduler-other.so: ' "a bad plugin: which"

TMPDIR=$DIR/nowhere run "$PTPAR" --doctor
is "$status" 4 "no TMPDIR: status 4"
like "$out" '^  FAULT +TMPDIR +.*/nowhere: No such file' "no TMPDIR: why"
like "$out" '^ +Set TMPDIR to ' "no TMPDIR: the remedy"

mkdir empty
run env PATH="$DIR/empty" "$PTPAR" --doctor
like "$out" '^  (warning|FAULT  ) +mpiexec +there is no mpiexec in PATH' "no mpiexec: says so"

PMIX_MCA_psec=nonsense run "$PTPAR" --doctor
is "$status" 4 "MPI cannot be started: status 4"
like "$out" '^  FAULT +mpiexec +.' "MPI cannot be started: by mpiexec"
like "$out" '^  warning +pmix +.' "MPI cannot be started: by ptpar itself"
no_leftovers
done_testing
