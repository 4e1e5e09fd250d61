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

# Nothing moves before the answer was written, so the bound of the test is what ends a run that does not answer.
suite="$SUITES/explained.so"
for way in alone mpirun; do
	rm -rf .ptpar
	if [ $way = alone ]; then
		start "$PTPAR" -n 2 "$suite" -k timeouts_in_sleep --timeout 30
	else
		start mpirun -np 2 "$PTPAR" "$suite" -k timeouts_in_sleep --timeout 30
	fi
	wait_for 20 logged '"event":"started"'
	kill -USR1 "$pid"
	wait_for 10 logged '"event":"status"'
	like "$(log)" '"status".*1 running, 0 waiting.*timeouts_in_sleep' "$way: SIGUSR1 tells what runs"
	kill -TERM "$pid"
	finish 20
	like "$out" 'timeouts_in_sleep  [0-9.]+ s  on worker 0$' "$way: it is told on the terminal: since when, and where"
done

# A key at a terminal of its own.
cat >press.py <<'EOF'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, pressed, end = b"", False, time.time() + 60
while time.time() < end:
    if select.select([fd], [], [], 0.1)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        seen += data
    if not pressed and os.path.exists(".ptpar/last") and b"timeouts_in_sleep" in seen:
        os.write(fd, b"t")
        pressed = True
    if pressed and b"on worker 0" in seen:
        os.write(fd, b"\x03")
        pressed = None
print(seen.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
EOF
run python3 press.py "$PTPAR" -n 1 "$suite" -k timeouts_in_sleep --timeout 30
like "$out" 'in sleep, called by timeouts_in_sleep \(explained\.c:[0-9]+\)' "t at the terminal: where the rank is"
is "$status" 2 "Ctrl-C still interrupts"
no_leftovers
done_testing
