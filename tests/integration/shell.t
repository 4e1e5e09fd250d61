#!/usr/bin/env bash
# shell.t - isolated tests: in the scheduler shell, and beside a pool; by each launcher that is here; bound to cores of
# their own; when the agent that holds them dies.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

launchers=mpiexec
if grep -q '^#define HAVE_PMIX 1' "$abs_top_builddir/config.h"; then
	launchers="pmix mpiexec"
fi
cores=$(nproc)

# Of tests that need their own MPI_COMM_WORLD, but no fresh processes.
cat >world.ini <<'EOF'
[match:*::passes_world_*]
isolated = world
EOF

# Every outcome, however the processes are started.
for launcher in $launchers; do
	run "$PTPAR" -n 4 --scheduler=shell --launcher=$launcher -c world.ini "$SUITES/isolated.so"
	is "$status" 1 "shell, $launcher: status 1"
	is "$(misnamed 4)" "" "shell, $launcher: each outcome is that of its name"
	like "$out" "rank 0 in MPI_Barrier .*; rank 1 in abort, called by crashes_by_abort" "shell, $launcher: where a crash was"
	like "$out" 'MPI_Abort was called, with error code 5' "shell, $launcher: MPI_Abort"
	like "$out" 'deadlock: its ranks wait for each other: rank 0 in MPI_Recv\(source=1, tag=3\)' "shell, $launcher: a deadlock"
	like "$out" 'timeout after 0.5 s: ranks 0,1 in sleep, called by timeouts_in_a_sleep' "shell, $launcher: a timeout"
done

# Beside the pool, in each scheduler that reuses processes.
for scheduler in sequential static dynamic; do
	run "$PTPAR" -n 4 --scheduler=$scheduler -c world.ini "$SUITES/isolated.so"
	is "$(misnamed 4)" "" "$scheduler: each outcome is that of its name"
done
for scheduler in dynamic shell; do
	run mpirun -np 4 "$PTPAR" --scheduler=$scheduler -c world.ini "$SUITES/isolated.so"
	is "$(misnamed 4)" "" "mpirun, $scheduler: each outcome is that of its name"
done
run mpirun -np 1 "$PTPAR" --scheduler=shell -n 2 -v "$SUITES/isolated.so::passes_in_its_own_world[2]"
is "$status" 0 "mpirun -np 1, shell -n 2: status 0"
like "$out" '^PASSED +.*passes_in_its_own_world\[2\]' "mpirun -np 1, shell -n 2: a test on 2 processes"

# In steps.
cat >steps.ini <<'EOF'
[ptpar]
scheduler = shell
n-workers = 2
[shell]
order = static
EOF
run "$PTPAR" -c steps.ini -k 'passes*' "$SUITES/isolated.so"
is "$status" 0 "in steps: status 0"
sed -i 's/static/sideways/' steps.ini
run "$PTPAR" -c steps.ini "$SUITES/isolated.so"
is "$status" 4 "a bad order: status 4"
like "$err" 'steps.ini:5: order = sideways: .*dynamic, static' "a bad order: what, where, and what else"

# Processes that are shared by those that may share them.
run "$PTPAR" -c world.ini -n 2 --scheduler=sequential "$SUITES/isolated.so::passes_world_first[2]" \
	"$SUITES/isolated.so::passes_world_second[2]"
is "$status" 0 "isolated = world: status 0"
like "$(cat .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl)" 'run 2 in pid' "isolated = world: the second runs in the processes of the first"

# Cores of their own, if there are enough.
cat >threads.ini <<'EOF'
[match:*::passes_threads]
threads = 2
EOF
cat >two.c <<'EOF'
#include <ptpar.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
/* Both run at the same time. */
static void tell(const char *mine, const char *other)
{
	cpu_set_t cpus;
	FILE *f;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	f = fopen("cpus.new", "a");
	if (f != NULL) {
		for (int i = 0; i < CPU_SETSIZE; i++)
			if (CPU_ISSET(i, &cpus))
				fprintf(f, "%d ", i);
		fprintf(f, "\n");
		fclose(f);
	}
	f = fopen(mine, "w");
	if (f != NULL)
		fclose(f);
	while (access(other, F_OK) != 0)
		usleep(10000);
}
PTPAR_TEST(one)
{
	tell("one.here", "other.here");
}
PTPAR_TEST(other)
{
	tell("other.here", "one.here");
}
EOF
mpicc -D_GNU_SOURCE -shared -fPIC -I"$abs_top_srcdir/include" -o two.so two.c
for launcher in auto mpiexec; do
	if [ "$cores" -lt 2 ]; then
		skip "$launcher: cores" "there is one"
		continue
	fi
	run "$PTPAR" -n 2 --scheduler=shell --launcher=$launcher --junit bound.xml "$SUITES/isolated.so::passes_bound[2]"
	is "$(grep -c '^cpus 1$' bound.xml)" 1 "$launcher: each process has a core of its own (both say so, told together)"
	rm -f cpus.new -- *.here
	run "$PTPAR" -n 2 --scheduler=shell --launcher=$launcher --timeout 30 two.so
	is "$status" 0 "$launcher: two tests at once"
	is "$(sort -u cpus.new | wc -l) $(wc -w <cpus.new)" "2 2" "$launcher: on two cores"
	run "$PTPAR" -c threads.ini -n 2 --launcher=$launcher --junit threads.xml "$SUITES/isolated.so::passes_threads"
	like "$(cat threads.xml)" '^ *(<system-out>)?threads 2 cpus 2' "$launcher: threads = 2: two cores, and OMP_NUM_THREADS"
	run "$PTPAR" -n $((2 * cores)) --scheduler=shell --launcher=$launcher --junit bound.xml "$SUITES/isolated.so::passes_threads"
	like "$(cat bound.xml)" "cpus $cores" "$launcher: with more slots than cores, bound to none"
done
run "$PTPAR" -c threads.ini -n 1 -v "$SUITES/isolated.so::passes_threads"
like "$out" 'SKIPPED .*Not enough cores: 2 required, 2 for each of its processes, but only 1 available' "threads = 2 on one slot"

# The agent is killed while it holds tests: they are run again.
cat >slow.c <<'EOF'
#include <ptpar.h>
#include <stdio.h>
#include <unistd.h>
/* Hangs at first; the next time it passes. */
static void hang_once(ptpar_test *test, const char *mark)
{
	char file[200];

	snprintf(file, sizeof(file), "%s.%d", mark, ptpar_rank(test));
	if (access(file, F_OK) == 0)
		return;
	fclose(fopen(file, "w"));
	sleep(1000);
}
PTPAR_TEST_WITH(passes_slowly, .np = {2}, .isolated = true) { hang_once(test, "a"); MPI_Barrier(comm); }
PTPAR_TEST_WITH(passes_slowly_too, .np = {2}, .isolated = true) { hang_once(test, "b"); MPI_Barrier(comm); }
EOF
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o slow.so slow.c
all_hang() {
	[ -e a.0 ] && [ -e a.1 ] && [ -e b.0 ] && [ -e b.1 ]
}
for launcher in $launchers; do
	rm -rf .ptpar a.? b.?
	start "$PTPAR" -n 4 --scheduler=shell --launcher=$launcher slow.so
	ok "$launcher: both tests run" wait_for 20 all_hang
	ok "$launcher: the agent is killed" pkill -KILL -P "$pid" -x ptpar-agent
	finish 40
	is "$status" 0 "$launcher: status 0 nevertheless"
	is "$(misnamed 4)" "" "$launcher: the tests that it held were run again"
done
no_leftovers
done_testing
