#!/usr/bin/env bash
# stopping.t - SIGTSTP and SIGCONT: the processes of tests stop as well, and no time passes meanwhile.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

# As slow as the test wants it: it ends when there is a file `go`. `ticks` grows while it runs.
cat >waits.c <<'EOF2'
#include <stdio.h>
#include <unistd.h>
#include <ptpar.h>
PTPAR_TEST(passes_when_told, 2)
{
	while (access("go", F_OK) != 0) {
		FILE *f = fopen("ticks", "a");
		fputc('.', f);
		fclose(f);
		usleep(10000);
	}
}
EOF2
ok "a suite is built" mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o waits.so waits.c

logged() {
	grep -qs "$1" .ptpar/runs/*/events.jsonl
}

state_is() {
	[ "$(ps -o stat= -p "$1" | cut -c1)" = "$2" ]
}

workers() {
	our_processes | while read -r process; do
		ps -o pid=,args= -p "$process" | grep -v -e --collect | grep -o '^ *[0-9]* .*ptpar-worker' | awk '{ print $1 }'
	done
}

all_workers_are_stopped() {
	local worker

	[ "$(workers | wc -l)" = 2 ] || return 1
	for worker in $(workers); do
		state_is "$worker" T || return 1
	done
}

ticks() {
	wc -c <ticks
}

# The test runs, and its time is nearly over while nothing moves.
LIMIT=$(scaled 3)
begin() {
	rm -rf .ptpar go ticks
	start "$@"
	wait_for 20 test -s ticks
}
pause() {
	sleep $((LIMIT + 1))
}

begin "$PTPAR" -n 2 --timeout "$LIMIT" --run-timeout $((2 * LIMIT)) waits.so
kill -TSTP "$pid"
ok "SIGTSTP: ptpar stops" wait_for 10 state_is "$pid" T
ok "and so do the workers" wait_for 10 all_workers_are_stopped
before=$(ticks)
pause
is "$(ticks)" "$before" "the test stands still"
kill -CONT "$pid"
ok "SIGCONT: it goes on" wait_for 10 logged '"event":"resumed"'
touch go
finish 20
is "$status" 0 "its time has stood still as well"
like "$out" '^1 passed in' "the summary"
is "$(python3 - .ptpar/runs/*/events.jsonl "$LIMIT" <<'EOF2'
import json, sys
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["event"] == "finished":
        print(e["duration"] < int(sys.argv[2]))
    elif e["event"] == "resumed":
        print(e["stopped"] > int(sys.argv[2]))
EOF2
)" "True
True" "the log has how long that was, and what the test took without it"

# Without a warning: tests run on, but their timers stand still.
begin "$PTPAR" -n 2 --timeout "$LIMIT" waits.so
kill -STOP "$pid"
wait_for 10 state_is "$pid" T
pause
kill -CONT "$pid"
ok "SIGSTOP, SIGCONT: ptpar goes on" wait_for 10 logged '"event":"resumed"'
touch go
finish 20
is "$status" 0 "SIGSTOP: no timeout"

begin mpirun -np 2 "$PTPAR" --timeout "$LIMIT" waits.so
kill -TSTP "$pid"
pause
kill -CONT "$pid"
ok "SIGTSTP and SIGCONT to mpirun: ptpar goes on" wait_for 10 logged '"event":"resumed"'
touch go
finish 20
is "$status" 0 "mpirun: no timeout"

# What is stopped can be ended nevertheless.
begin "$PTPAR" -n 2 waits.so
kill -TSTP "$pid"
wait_for 10 all_workers_are_stopped
kill -KILL "$pid"
finish 10
no_leftovers "kill -9 of a stopped ptpar: all processes end"
begin "$PTPAR" -n 2 --junit report.xml waits.so
kill -TSTP "$pid"
wait_for 10 state_is "$pid" T
kill -TERM "$pid"
kill -CONT "$pid"
finish 20
is "$status" 2 "SIGTERM while it is stopped: status 2 as soon as it goes on"
like "$out" '1 not-run in .*SIGTERM' "and its report"

# Ctrl-Z at a terminal, with a shell that looks after it: the terminal is the shell's meanwhile.
cat >shell.py <<'EOF2'
import os, signal, sys, termios
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
os.tcsetpgrp(0, os.getpid())
flags = termios.tcgetattr(0)[3]
print("shell: stopped", os.WIFSTOPPED(status), "echo", bool(flags & termios.ECHO), flush=True)
sys.stdin.readline()
os.tcsetpgrp(0, job)
os.kill(job, signal.SIGCONT)
_, status = os.waitpid(job, 0)
os.tcsetpgrp(0, os.getpid())
print("shell: status", os.waitstatus_to_exitcode(status), flush=True)
EOF2
cat >terminal.py <<'EOF2'
import os, pty, re, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("python3", ["python3", "shell.py"] + sys.argv[1:])
seen, step, end = b"", 0, time.time() + 60
while time.time() < end:
    if select.select([fd], [], [], 0.05)[0]:
        try:
            seen += os.read(fd, 65536)
        except OSError:
            break
    if step == 0 and b"passes_when_told" in seen and os.path.exists("ticks"):
        os.write(fd, b"\x1a")
        step = 1
    elif step == 1 and re.search(b"echo (True|False)", seen):
        os.write(fd, b"\n")
        step = 2
        mark = len(seen)
    elif step == 2 and b"passes_when_told" in seen[mark:]:
        print("drawn again")
        open("go", "w").close()
        step = 3
print(seen.decode(errors="replace"))
EOF2
rm -rf .ptpar go ticks
run python3 terminal.py "$PTPAR" -n 2 waits.so
like "$out" 'shell: stopped True echo True' "Ctrl-Z: the shell gets its terminal back as it was"
like "$out" 'drawn again' "fg: the line of progress is drawn again"
like "$out" 'shell: status 0' "and the run ends as it should"
no_leftovers
done_testing
