#!/usr/bin/env bash
# status.t - what runs now: by SIGUSR1, and by a key at the terminal.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

log() {
	cat .ptpar/runs/*/events.jsonl 2>/dev/null
}

logged() {
	log | grep -Eq "$1"
}

suite="$SUITES/patient.so"
for way in alone mpirun; do
	rm -rf .ptpar
	if [ $way = alone ]; then
		start "$PTPAR" -n 2 "$suite" -k one_sleeps
	else
		start mpirun -np 2 "$PTPAR" "$suite" -k one_sleeps
	fi
	wait_for 20 logged '"event":"started"'
	kill -USR1 "$pid"
	wait_for 10 logged '"event":"status"'
	like "$(log)" '"status".*1 running, 0 waiting.*passes_while_one_sleeps' "$way: SIGUSR1 tells what runs"
	kill -TERM "$pid"
	finish 20
	like "$out" 'passes_while_one_sleeps\[2\]  [0-9.]+ s  on workers 0,1$' "$way: it is told on the terminal: since when, and where"
done

# A key at a terminal of its own.
cat >press.py <<'EOF'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, next_press, interrupted, end = b"", 0.0, False, time.time() + 60
while time.time() < end:
    if select.select([fd], [], [], 0.1)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        seen += data
    if not interrupted and b"called by nap" in seen:
        os.write(fd, b"\x03")
        interrupted = True
    elif not interrupted and b"running" in seen and time.time() > next_press:
        os.write(fd, b"t")
        next_press = time.time() + 0.5
print(seen.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF
run python3 press.py "$PTPAR" -n 2 "$suite" -k one_sleeps
like "$out" 'in sleep, called by nap \(patient\.c:[0-9]+\)' "t at the terminal: where the rank is"
is "$status" 2 "Ctrl-C still interrupts"
no_leftovers
done_testing
