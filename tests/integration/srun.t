#!/usr/bin/env bash
# srun.t - ranks that Slurm starts: the launcher srun in allocations of one node and of two, which are emulated.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"
. "$abs_top_srcdir/tests/integration/slurm.sh"

PROGRAMS=$abs_top_builddir/tests/programs

# allocate NODES TASKS ARGUMENT...: runs ptpar by salloc, which leaves it on this machine.
allocate() {
	local nodes=$1 tasks=$2

	shift 2
	run salloc -Q --no-kill -N "$nodes" -n "$tasks" "$PTPAR" "$@"
}

# begin NODES TASKS ARGUMENT...: the same in the background.
begin() {
	local nodes=$1 tasks=$2

	shift 2
	start salloc -Q --no-kill -N "$nodes" -n "$tasks" "$PTPAR" "$@"
}

cat >programs.ini <<EOF
[command:finalizes]
command = $PROGRAMS/mpi_end finalize
np = 1 2
[command:crashes]
command = $PROGRAMS/mpi_end crash
np = 2
[command:aborts]
command = $PROGRAMS/mpi_end abort
np = 2
[command:plain]
command = sh -c 'echo "\${SLURM_STEP_NUM_TASKS-no step}" >where'
EOF
cat >hang.ini <<EOF
[command:hangs]
command = sh -c 'touch began; exec $PROGRAMS/mpi_end hang'
np = 2
timeout = 60
EOF

# Other sruns: one of a Slurm without PMIx, and one that starts nothing.
mkdir no-pmix refuses
cat >no-pmix/srun <<'EOF'
#!/bin/sh
[ "$1" = --mpi=list ] || { echo "srun: error: nobody is to call me" >&2; exit 1; }
printf 'MPI plugin types are...\n\tnone\n\tpmi2\n'
EOF
cat >refuses/srun <<'EOF'
#!/bin/sh
[ "$1" != --mpi=list ] || { printf 'MPI plugin types are...\n\tpmix\n'; exit; }
echo "srun: error: Unable to create step for job 1: Memory required by task is not available" >&2
exit 1
EOF
chmod +x ./*/srun

# said_once TEXT NAME: on the screen, and not of each test.
said_once() {
	is "$status" 4 "$2: status 4"
	is "$(grep -c "^ptpar: no test can be run: .*$1" <<<"$err")" 1 "$2: why is said once"
	ok "$2: no test is blamed for it but those that were tried" \
		[ "$(outcomes | grep -cv '^\(not-run\|skipped\) ')" -le 2 ]
}

# --- one node ---------------------------------------------------------------------------------------------------------

begin_slurm 1 4

run "$PTPAR" --launcher=srun "$SUITES/outcomes.so"
is "$status" 4 "without an allocation: status 4"
like "$err" 'no allocation of Slurm.*by salloc or sbatch' "and what to do is said"

allocate 1 3 --scheduler=dynamic "$SUITES/outcomes.so"
is "$status" 1 "a pool: it runs"
like "$out" ' 3 workers on 3 cores' "a pool: without -n, it has as many workers as the allocation has tasks"
is "$(misnamed 3)" "" "a pool: outcomes are as they should be"
allocate 1 4 -n 4 --scheduler=dynamic --timeout=10 "$SUITES/faults.so"
is "$(misnamed 4)" "" "a pool with faults: outcomes are as they should be"
like "$out" 'SIGSEGV.*faults\.c:' "a crash: where it was is told"
unlike "$out" 'job step' "and the ranks of other tests have lived on"
allocate 1 2 -n 4 --scheduler=dynamic "$SUITES/outcomes.so"
is "$(misnamed 4)" "" "more workers than CPUs: outcomes are as they should be"

allocate 1 2 --scheduler=shell --timeout=10 -k 'not crashes_by_closing_descriptors' "$SUITES/faults.so"
is "$(misnamed 2)" "" "isolated tests with faults: outcomes are as they should be"
allocate 1 2 --scheduler=shell -c programs.ini
is "$(outcomes | sort)" "crashed aborts[2]
crashed crashes[2]
passed finalizes[1]
passed finalizes[2]
passed plain" "programs: outcomes are as they should be"
is "$(cat where)" 1 "a program that is not of MPI is a step as well"
like "$out" 'killed by signal 11' "a program that crashes: the signal is told"
like "$out" 'its process is lost with its job step: .*srun: error: node1' \
	"MPI_Abort, for which Slurm kills the step: how it ended is told in srun's words"
allocate 1 2 --scheduler=dynamic -c programs.ini -k 'finalizes or passes' "$SUITES/outcomes.so" command:finalizes
is "$(outcomes | grep -v ^skipped | sed 's/ .*//' | sort -u)" passed "isolated tests beside a pool: all pass"

cat >batch <<EOF
#!/bin/sh
"$PTPAR" -c programs.ini --scheduler=shell -k 'not aborts' >batch.out 2>&1
cp where where.auto
"$PTPAR" -c programs.ini --scheduler=shell --launcher=srun -k 'not aborts' >>batch.out 2>&1
EOF
run sbatch -Q --wait -N1 -n2 -o batch.log batch
is "$(cat where.auto), $(cat where)" "no step, 1" "on the node itself, ranks are its own, unless srun is asked for"
is "$(grep -c '^1 crashed, 3 passed' batch.out)" 2 "and both work in a batch script"

run salloc -Q -N1 -n2 srun -n2 --mpi=pmix "$PTPAR" --scheduler=dynamic --timeout=10 "$SUITES/faults.so"
is "$(misnamed 2)" "" "ptpar as a job step, as under mpirun: outcomes are as they should be"

# --- Slurm ends a step ------------------------------------------------------------------------------------------------

began() {
	[ -e began ]
}

begin 1 2 --scheduler=shell -c hang.ini
ok "a test runs" wait_for 20 began
for process in $(our_processes); do
	cat "/proc/$process/cmdline" 2>/dev/null
done >commands
like "$(tr '\0' ' ' <commands)" 'srun .*ptpar-agent' "it is srun that has started it"
unlike "$(tr '\0' '\n' <commands)" 'PTPAR_TOKEN|[0-9a-f]{64}' "the token is on no command line"
is "$(scontrol show job -d | grep -ciE 'PTPAR_TOKEN|[0-9a-f]{64}')" 0 "nor does Slurm show it"
scancel "$(steps)"
finish
is "$(outcomes)" "crashed hangs[2]" "its step is cancelled: it has crashed"
like "$out" 'lost with its job step: .*srun: error: node1' "and the reason is what srun says"

rm -f began
begin 1 2 --scheduler=shell -c hang.ini
ok "a test runs" wait_for 20 began
kill -KILL "$(pgrep -P "$pid" -x ptpar)"
finish
ok "ptpar is killed: its job and its steps end" wait_for 20 no_job

# --- it cannot be done ------------------------------------------------------------------------------------------------

for scheduler in dynamic shell; do
	SLURM_MPI_TYPE=none allocate 1 2 --scheduler="$scheduler" "$SUITES/outcomes.so"
	said_once 'srun --mpi=none; srun --mpi=list offers .*pmix' "$scheduler, MPI cannot be started"
	SLURM_MPI_TYPE=fax allocate 1 2 --scheduler="$scheduler" "$SUITES/outcomes.so"
	said_once 'SLURM_MPI_TYPE is fax, and srun --mpi=list offers' "$scheduler, there is no such plugin"
	PATH=$DIR/no-pmix:$PATH allocate 1 2 --scheduler="$scheduler" "$SUITES/outcomes.so"
	said_once 'needs the plugin pmix, and srun --mpi=list offers none, pmi2' "$scheduler, there is none for PMIx"
	PATH=$DIR/refuses:$PATH allocate 1 2 --scheduler="$scheduler" -k 'passes' "$SUITES/outcomes.so"
	like "$out$err" 'srun: error: Unable to create step for job 1: Memory' "$scheduler, srun refuses: its words are told"
	unlike "$(outcomes)" '^passed' "$scheduler, srun refuses: nothing has passed"
done

end_slurm
no_leftovers "one node: nothing is left behind"

# --- two nodes --------------------------------------------------------------------------------------------------------

begin_slurm 2 2

allocate 2 4 --scheduler=dynamic -k on_one_node "$SUITES/nodes.so"
is "$(outcomes | sort)" "passed passes_on_one_node[2]
passed passes_on_one_node_too[2]" "two nodes: a test is on as few of them as can be"
allocate 2 4 --scheduler=dynamic -k on_all_nodes "$SUITES/nodes.so"
is "$(outcomes)" "passed passes_on_all_nodes[4]" "and a wide one is on both"
allocate 2 4 --scheduler=dynamic --timeout=10 "$SUITES/faults.so"
is "$(misnamed 4)" "" "two nodes, a pool with faults: outcomes are as they should be"
allocate 2 4 --scheduler=shell "$SUITES/outcomes.so"
is "$(misnamed 4)" "" "two nodes, isolated tests: outcomes are as they should be"

rm -f began
begin 2 4 --scheduler=shell -c hang.ini
ok "a test runs on node1" wait_for 20 began
scontrol update nodename=node1 state=down reason=test
finish
is "$(outcomes)" "crashed hangs[2]" "its node fails: it has crashed"
like "$out" 'lost with its job step: .*Node failure on node1' "and the reason is what srun says"
node1_is_back() {
	scontrol update nodename=node1 state=resume >/dev/null 2>&1
	[ "$(sinfo -h -n node1 -o %T)" = idle ]
}
ok "the node comes back" wait_for 20 node1_is_back

end_slurm
no_leftovers "two nodes: nothing is left behind"
done_testing
