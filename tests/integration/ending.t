#!/usr/bin/env bash
# ending.t - a run that is interrupted, limited, or killed.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

cat >sleepy.c <<'EOF'
#include <unistd.h>
#include <ptpar.h>
PTPAR_TEST(quick, 2) {}
PTPAR_TEST(slow, 2) { sleep(100); }
PTPAR_TEST(later) {}
EOF
ok "a suite is built" mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o sleepy.so sleepy.c
for np in 1 2; do
	sed "s/, 2)/, $np)/" sleepy.c >sleepy_$np.c
	mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o sleepy_$np.so sleepy_$np.c
done

slow_runs() {
	grep -qs '"started".*slow' .ptpar/runs/*/events.jsonl
}

for signal in INT TERM HUP; do
	rm -rf .ptpar
	start "$PTPAR" -n 2 --junit report.xml sleepy.so
	ok "SIG$signal: the slow test runs" wait_for 20 slow_runs
	kill -$signal "$pid"
	finish 10
	is "$status" 2 "SIG$signal: status 2"
	like "$out" "1 passed, 2 not-run in .*SIG$signal" "SIG$signal: the summary"
	ok "SIG$signal: JUnit is whole" xmllint --noout report.xml
done

rm -rf .ptpar
start "$PTPAR" -n 2 sleepy.so
ok "kill -9: the slow test runs" wait_for 20 slow_runs
kill -KILL "$pid"
finish 10
no_leftovers "kill -9: all processes end"
run "$PTPAR" --report last
is "$status" 2 "kill -9: the report of the run has status 2"
like "$out" '1 passed, 2 not-run in .*killed' "kill -9: what was known is told"

# mpirun ends its processes, and gives them little time for that.
for signal in INT TERM; do
	rm -rf .ptpar report.xml
	start mpirun -np 2 "$PTPAR" --junit report.xml sleepy.so
	ok "SIG$signal to mpirun: the slow test runs" wait_for 20 slow_runs
	kill -$signal "$pid"
	finish 10
	is "$(outcomes | sort | xargs)" "not-run later not-run slow[2] passed quick[2]" "SIG$signal to mpirun: the outcomes"
	ok "SIG$signal to mpirun: JUnit is whole" xmllint --noout report.xml
	no_leftovers "SIG$signal to mpirun: nothing is left behind"
done

# mpirun dies: nobody is there to see the run, nor to clear up after it.
for np in 1 2; do
	rm -rf .ptpar
	start mpirun -np $np "$PTPAR" --junit report.xml sleepy_$np.so
	ok "kill -9 of mpirun -np $np: the slow test runs" wait_for 20 slow_runs
	kill -KILL "$pid"
	finish 10
	ok "kill -9 of mpirun -np $np: all processes end within 2 s" wait_for 2 no_process
	no_leftovers "kill -9 of mpirun -np $np: nothing is left behind"
	like "$(tail -n 1 .ptpar/runs/*/events.jsonl)" '"run-end".*mpirun was killed' "kill -9 of mpirun -np $np: the log says why"
	is "$(outcomes | sort | xargs)" "not-run later not-run slow[$np] passed quick[$np]" "kill -9 of mpirun -np $np: no test is blamed"
	ok "kill -9 of mpirun -np $np: JUnit is whole" xmllint --noout report.xml
done

rm -rf .ptpar
run "$PTPAR" -n 2 --run-timeout 1 sleepy.so
is "$status" 2 "--run-timeout: status 2"
like "$out" '1 passed, 2 not-run in' "--run-timeout: the summary"
run "$PTPAR" -n 2 --timeout 0.5 sleepy.so
is "$status" 1 "--timeout: status 1"
like "$out" '1 timeout, 2 passed in' "--timeout: the others run"
printf '[match:*::slow*]\ntimeout = 0.4\n' >ptpar.ini
run "$PTPAR" -n 2 sleepy.so
like "$out" 'timeout after 0.4 s' "[match] timeout"
rm ptpar.ini
run "$PTPAR" -n 2 -x "$SUITES/outcomes.so"
is "$status" 1 "--fail-fast: status 1"
like "$out" '^1 failed, 1 passed, 2 skipped, 17 not-run in' "--fail-fast: the rest is not-run"
run "$PTPAR" -n 2 --max-fail 2 "$SUITES/outcomes.so"
like "$out" '^2 failed, .* not-run in' "--max-fail"

# The first Ctrl-C waits until all is cleared up, which takes until its launcher has ended; the second one does not.
rm -rf .ptpar
start "$PTPAR" --launcher=mpiexec -n 2 sleepy.so
ok "twice: the slow test runs" wait_for 20 slow_runs
launcher=$(our_processes | while read -r process; do ps -o pid=,comm= -p "$process"; done | awk '$2 ~ /mpiexec|prterun/ { print $1 }')
kill -STOP "$launcher"
kill -INT "$pid"
ok "twice: the first one ends the run" wait_for 10 grep -q 'SIGINT' .out
ok "twice: the launcher is waited for" kill -0 "$pid"
kill -INT "$pid"
ok "twice: the second one does not wait" wait_for 1 has_ended "$pid"
finish 10
is "$status" 2 "twice: status 2"
kill -CONT "$launcher"
no_leftovers "twice: the rest is cleared up nevertheless"

# The terminal closes.
cat >closing.py <<'EOF'
import glob, os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
end = time.time() + 60
def runs():
    return any('"started"' in line and "slow" in line for f in glob.glob(".ptpar/runs/*/events.jsonl") for line in open(f))
while time.time() < end and not runs():
    if select.select([fd], [], [], 0.05)[0]:
        os.read(fd, 65536)
os.close(fd)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF
for way in alone mpirun; do
	rm -rf .ptpar report.xml
	if [ $way = alone ]; then
		run python3 closing.py "$PTPAR" -n 2 --junit report.xml sleepy.so
		is "$status" 2 "the terminal closes: status 2"
	else
		run python3 closing.py mpirun -np 2 "$PTPAR" --junit report.xml sleepy.so
	fi
	is "$(outcomes | sort | xargs)" "not-run later not-run slow[2] passed quick[2]" "the terminal closes, $way: the outcomes"
	ok "the terminal closes, $way: JUnit is whole" xmllint --noout report.xml
	no_leftovers "the terminal closes, $way: nothing is left behind"
done

rm -rf .ptpar
start nohup "$PTPAR" -n 2 sleepy.so
ok "nohup: the slow test runs" wait_for 20 slow_runs
kill -HUP "$pid"
kill -USR1 "$pid"
ok "nohup: SIGHUP does nothing" wait_for 10 grep -qs '"event":"status"' .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl
unlike "$(cat .ptpar/runs/*/events.jsonl)" 'SIGHUP' "nohup: the run goes on"
kill -TERM "$pid"
finish 10
like "$out" 'SIGTERM' "nohup: SIGTERM ends it"
no_leftovers
done_testing
