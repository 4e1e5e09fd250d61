#!/usr/bin/env bash
# slurm.t - a run in a job that ptpar has submitted itself: the scheduler slurm, on one node and on two, which are emulated.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"
. "$abs_top_srcdir/tests/integration/slurm.sh"

PROGRAMS=$abs_top_builddir/tests/programs

# in_a_job N ARGUMENT...: runs ptpar with a job of its own.
in_a_job() {
	local n=$1

	shift
	run "$PTPAR" -n "$n" --scheduler=slurm "$@"
}

# begin N ARGUMENT...: the same in the background.
begin() {
	local n=$1

	shift
	start "$PTPAR" -n "$n" --scheduler=slurm "$@"
}

cat >reuse.ini <<EOF
[slurm]
reuse = yes
EOF
cat >env.ini <<'EOF'
[command:tells]
command = sh -c 'echo "${FROM_USER-unset} ${FROM_INIT-unset} ${FROM_SRUN-unset}" >told'
EOF
cat >hang.ini <<EOF
[ptpar]
timeout = 300
[command:first]
command = true
np = 2
[command:hangs]
command = sh -c 'touch began; exec $PROGRAMS/mpi_end hang'
np = 2
[command:never]
command = true
EOF

began() {
	[ -e began ]
}

has_said() {
	grep -Eq "$1" .out
}

job_of_ptpar() {
	squeue -h -n ptpar -t PENDING,RUNNING -o %i
}

job_runs() {
	[ "$(squeue -h -n ptpar -t PENDING,RUNNING -o %T)" = RUNNING ]
}

# refused TEXT NAME: no job was needed to find that out.
refused() {
	is "$status" 4 "$2: status 4"
	like "$err" "^ptpar: $1" "$2: why is said"
	is "$(wc -l <<<"$err")" 1 "$2: in a line"
}

begin_slurm 1 4

# --- what one asks for ------------------------------------------------------------------------------------------------

run "$PTPAR" --scheduler=slurm "$SUITES/outcomes.so"
refused '--scheduler=slurm: for how many processes\? Give -n N' "no -n"
for option in -n8 "-n 8" --ntasks=8 "--time=1 --ntasks 8"; do
	in_a_job 4 --slurm-options="$option" "$SUITES/outcomes.so"
	refused '--scheduler=slurm: options: (-n|--ntasks).* is not for here: the number of tasks is that of ptpar.s -n' \
		"tasks among the options ($option)"
done
in_a_job 4 --slurm-options=--partition=moon "$SUITES/outcomes.so"
is "$status" 4 "a bad partition: status 4"
like "$err" 'sbatch: error: .*[Ii]nvalid partition' "a bad partition: in the words of sbatch"
in_a_job 4 --slurm-options=--nodes=50 "$SUITES/outcomes.so"
is "$status" 4 "more nodes than there are: status 4"
like "$err" 'sbatch: error: .*[Nn]ode' "more nodes than there are: in the words of sbatch"
printf '#!/bin/sh\n#SBATCH --comment=from-a-file\n' >header
in_a_job 4 --slurm-file=header --slurm-options=--time=1 "$SUITES/outcomes.so"
refused '--scheduler=slurm: both options and a file are given' "options and a file"
in_a_job 4 --slurm-file=nowhere "$SUITES/outcomes.so"
refused '--scheduler=slurm: file nowhere cannot be read' "no such file"
in_a_job 4 --host=no.such.host.invalid "$SUITES/outcomes.so"
refused '--host: ' "a host that nobody knows"
in_a_job 4 --launcher=pmix "$SUITES/outcomes.so"
refused '--scheduler=slurm: --launcher=pmix' "a launcher for one node"
run mpirun -np 2 "$PTPAR" --scheduler=slurm "$SUITES/outcomes.so"
is "$status" 4 "under mpirun: status 4"
like "$err" 'its job starts the processes: start ptpar by itself' "under mpirun: what to do is said"
in_a_job 4 --slurm-init-cmds='echo "no such module" >&2; exit 3' "$SUITES/outcomes.so"
is "$status" 4 "a command that ends the script: status 4"
like "$err" 'script has ended with status 3 .*no such module' "and what it has said is told"
cp "$SUITES/outcomes.so" here.so
in_a_job 4 --slurm-options=--chdir=/ here.so
is "$status" 4 "the suite is not there on the node: status 4"
like "$err" 'on node1 there is no here\.so \(in /\)' "and where it was looked for is said"
ok "nothing of all that has left a job" wait_for 10 no_job

# --- it runs ----------------------------------------------------------------------------------------------------------

in_a_job 4 "$SUITES/outcomes.so"
is "$(misnamed 4)" "" "job steps: outcomes are as they should be"
in_a_job 4 -c reuse.ini --timeout=10 "$SUITES/faults.so"
is "$(misnamed 4)" "" "one pool, with faults: outcomes are as they should be"
like "$out" 'SIGSEGV.*faults\.c:' "a crash: where it was is told"

export FROM_USER=user
in_a_job 2 -c env.ini --slurm-init-cmds='export FROM_INIT=init' --slurm-srun-options='--export=ALL,FROM_SRUN=srun'
is "$(cat told)" "user init srun" "the environment, commands and srun's options arrive in a step"
in_a_job 2 -c env.ini --no-slurm-export-env --slurm-additional-cmds='export FROM_INIT=init'
is "$(cat told)" "unset init unset" "without the environment, only what is needed"
in_a_job 2 -c env.ini --slurm-file=header
is "$(cat told)" "user unset unset" "a header of one's own: it runs"
like "$(scontrol show job)" 'Comment=from-a-file' "a header of one's own: what it says counts"

# Each of them waits for the other: they pass if they run side by side.
for name in one two; do
	other=$([ "$name" = one ] && echo two || echo one)
	echo "[command:$name]"
	echo "command = sh -c 'touch $name; for i in \$(seq 300); do [ ! -e $other ] || exit 0; sleep 0.1; done; exit 1'"
done >meet.ini
in_a_job 2 -c meet.ini --slurm-options=--mem=100
is "$(outcomes | sort)" "passed one
passed two" "steps share the memory that the job was given"
rm -f one two

SLURM_MPI_TYPE=none in_a_job 4 "$SUITES/outcomes.so"
is "$status" 4 "MPI cannot be started: status 4"
is "$(grep -c 'no test can be run: .*srun --mpi=none' <<<"$err")" 1 "MPI cannot be started: why is said once"

# --- it waits ---------------------------------------------------------------------------------------------------------

sbatch -Q -n4 -o /dev/null --wrap 'sleep 300'
begin 4 "$SUITES/outcomes.so"
ok "there is no room: why is told" wait_for 20 has_said '^job [0-9]+ pending \((Resources|Priority)\), 0:0'
kill -INT -- "-$pid"
finish
is "$status" 2 "Ctrl-C while it waits: status 2"
like "$out" 'job [0-9]+ was cancelled' "Ctrl-C while it waits: it is said"
is "$(job_of_ptpar)" "" "Ctrl-C while it waits: the job has gone"
is "$(outcomes | sed 's/ .*//' | sort -u)" "not-run" "Ctrl-C while it waits: no test has run"
scancel -n wrap

# --- it ends too early ------------------------------------------------------------------------------------------------

rm -f began
begin 2 -c hang.ini
ok "a test runs" wait_for 20 began
for process in $(our_processes); do
	cat "/proc/$process/cmdline" 2>/dev/null
done >commands
unlike "$(tr '\0' '\n' <commands)" 'PTPAR_TOKEN|[0-9a-f]{64}' "the token is on no command line"
scontrol show job -d >shown
scontrol write batch_script "$(job_of_ptpar)" - >>shown
unlike "$(cat shown)" 'PTPAR_TOKEN|[0-9a-f]{64}' "nor does Slurm show it"
kill -INT -- "-$pid"
finish
is "$status" 2 "Ctrl-C while a test runs: status 2"
like "$out" 'job [0-9]+ was cancelled' "Ctrl-C while a test runs: it is said"

rm -f began
begin 2 -c hang.ini
ok "a test runs" wait_for 20 began
scancel "$(job_of_ptpar)"
finish
is "$status" 2 "somebody cancels it: status 2"
is "$(outcomes | sort)" "crashed hangs[2]
not-run never
passed first[2]" "somebody cancels it: what ran has crashed"
like "$out" 'hangs.*job [0-9]+ has ended: CANCELLED' "somebody cancels it: the reason is told"

# Slurm looks for jobs whose time is up twice in a minute.
rm -f began
begin 2 -c hang.ini
ok "a test runs" wait_for 20 began
scontrol update JobId="$(job_of_ptpar)" EndTime=now >/dev/null 2>&1 || scontrol update JobId="$(job_of_ptpar)" TimeLimit=1
finish 120
is "$(outcomes | sort)" "not-run never
passed first[2]
timeout hangs[2]" "its time is up: what ran has, too"
like "$out" 'the time of job [0-9]+ was up: .*(TIMEOUT|TimeLimit)' "its time is up: the reason is told"

# --- nobody answers ---------------------------------------------------------------------------------------------------

cat >slow.ini <<'EOF'
[command:waits]
command = sh -c 'touch began; for i in $(seq 600); do [ ! -e goes-on ] || exit 0; sleep 0.1; done; exit 1'
np = 2
[command:after]
command = true
EOF
rm -f began
begin 2 -c slow.ini
ok "a test runs" wait_for 20 began
"$SLURM" pause "$DIR/slurm"
ok "the controller is away" ! timeout 2 squeue -h
touch goes-on
ok "that the next step waits is told" wait_for 60 has_said "^Slurm's controller does not answer: .*srun: error: Unable to"
"$SLURM" resume "$DIR/slurm"
# Where the controller has not found the node again, srun waits for a minute or two.
finish 200
is "$(outcomes | sort)" "passed after
passed waits[2]" "the controller was away: the run went on"

# --- alone ------------------------------------------------------------------------------------------------------------

run "$PTPAR" -n 4 --scheduler=dynamic --detach "$SUITES/outcomes.so"
refused '--detach: --scheduler=dynamic has no job' "nothing to leave it to"
in_a_job 4 --detach nowhere.so
is "$status" 4 "--detach, no such suite: status 4, and no job"
in_a_job 4 --detach --slurm-options=--partition=moon "$SUITES/outcomes.so"
is "$status" 4 "--detach, a bad partition: status 4"
like "$err" 'sbatch: error: .*[Ii]nvalid partition' "--detach, a bad partition: in the words of sbatch"
run "$PTPAR" --attach last
is "$status" 4 "--attach, there is none: status 4"

# It waits, which is no part of the run.
sbatch -Q -n4 -o /dev/null --wrap 'sleep 6'
in_a_job 4 --detach --junit=job.xml "$SUITES/outcomes.so"
is "$status" 0 "--detach: status 0"
like "$out" '^job [0-9]+ was submitted: [0-9]+ tests, run [0-9-]+' "--detach: job and run are told"
is "$(find .ptpar -name 'job.out' -perm -040)" "" "--detach: what the job prints is for nobody else"
detached=$(sed -n 's/^  ptpar --attach //p' <<<"$out")
like "$detached" '^[0-9-]+$' "--detach: how to collect is told"
run "$PTPAR" --attach "$detached" --junit=here.xml
is "$status" 1 "--attach: the status of the run"
is "$(misnamed 4)" "" "--attach: outcomes are as they should be"
like "$out" '[0-9]+ failed.* [0-9]+ passed' "--attach: the summary is shown"
ok "--attach: JUnit is made, the same as in the job" cmp here.xml job.xml
run "$PTPAR" --attach last --junit=again.xml
is "$status" 1 "--attach after the end: the same once more"
ok "--attach after the end: JUnit as well" cmp here.xml again.xml
run "$PTPAR" --report=last
is "$status" 1 "and --report knows the run"

rm -f began
in_a_job 2 --detach -c hang.ini
start "$PTPAR" --attach last
ok "a test runs, and nobody is there" wait_for 20 began
kill -INT -- "-$pid"
finish
is "$status" 2 "Ctrl-C of --attach: status 2"
like "$err" 'the run goes on in job [0-9]+: ptpar --attach [0-9-]+ shows it again, and .scancel [0-9]+. ends it' \
	"Ctrl-C of --attach: what goes on is said"
ok "Ctrl-C of --attach: the job runs" job_runs
start "$PTPAR" --attach last
scancel "$(job_of_ptpar)"
finish
is "$status" 2 "its job is cancelled: status 2"
is "$(outcomes | sort)" "crashed hangs[2]
not-run never
passed first[2]" "its job is cancelled: what ran has crashed"
like "$out" 'hangs.*job [0-9]+ (has ended|is about to end)' "its job is cancelled: the reason is told"

sbatch -Q -n4 -o /dev/null --wrap 'sleep 300'
in_a_job 4 --detach "$SUITES/outcomes.so"
start "$PTPAR" --attach last
ok "--attach: why it waits is told" wait_for 20 has_said '^job [0-9]+ pending \((Resources|Priority)\), '
scancel "$(job_of_ptpar)"
finish
is "$status" 2 "it is cancelled before it began: status 2"
like "$err" 'job [0-9]+ has ended: CANCELLED.*, before a test had begun' "it is cancelled before it began: that is told"
scancel -n wrap

end_slurm
no_leftovers "one node: nothing is left behind"

# --- two nodes --------------------------------------------------------------------------------------------------------

begin_slurm 2 2

in_a_job 4 "$SUITES/outcomes.so"
is "$(misnamed 4)" "" "two nodes, job steps: outcomes are as they should be"
in_a_job 4 -c reuse.ini --timeout=10 "$SUITES/faults.so"
is "$(misnamed 4)" "" "two nodes, one pool with faults: outcomes are as they should be"
in_a_job 4 -c reuse.ini -k on_one_node "$SUITES/nodes.so"
is "$(outcomes | sort)" "passed passes_on_one_node[2]
passed passes_on_one_node_too[2]" "two nodes: a test is on as few of them as can be"

rm -f began
begin 2 -c hang.ini
ok "a test runs" wait_for 20 began
scontrol update nodename=node1 state=down reason=test
finish
is "$(outcomes | sort)" "crashed hangs[2]
not-run never
passed first[2]" "its node fails: what ran has crashed"
like "$out" 'hangs.*job [0-9]+ has ended: NODE_FAIL' "its node fails: the reason is told"

end_slurm
no_leftovers "two nodes: nothing is left behind"
done_testing
