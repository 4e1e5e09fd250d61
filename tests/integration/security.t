#!/usr/bin/env bash
# security.t - the token is not shown, the socket is private, and the way across nodes works as well.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

cat >look.c <<'EOF'
#include <stdlib.h>
#include <unistd.h>
#include <ptpar.h>
PTPAR_TEST(look, 2)
{
	ptpar_expect(getenv("PTPAR_TOKEN") == NULL); /* nor do the processes that tests start see it */
	MPI_Barrier(comm);
	while (access("go", F_OK) != 0)
		usleep(10000);
}
EOF
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o look.so look.c
runs() {
	grep -qs '"started"' .ptpar/runs/*/events.jsonl
}
start "$PTPAR" -n 2 look.so
ok "a test runs" wait_for 20 runs
socket=$(find "$TMPDIR" -name core -type s)
ok "there is a socket" test -S "$socket"
is "$(stat -c %a "$(dirname "$socket")")" 700 "its directory is private"
token=$(tr '\0' '\n' </proc/"$pid"/environ | sed -n 's/^PTPAR_TOKEN=//p')
is "$token" "" "the core has no token in its environment"
token=
for process in $(our_processes); do
	[ -n "$token" ] || token=$(tr '\0' '\n' </proc/"$process"/environ | sed -n 's/^PTPAR_TOKEN=//p')
done
is "${#token}" 64 "its agents have one"
ok "it is on no command line" ! grep -qs "$token" /proc/[0-9]*/cmdline
printf 'GET / HTTP/1.1\r\n\r\n                            ' | timeout 5 python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.stdin.buffer.read())
s.settimeout(4); sys.exit(s.recv(1) != b"")' "$socket"
is "$?" 0 "a stranger is turned away"
touch go
finish
is "$status" 0 "the run does not mind"
PTPAR_TRANSPORT=tcp run "$PTPAR" -n 2 look.so
is "$status" 0 "by TCP: status 0"
PTPAR_TRANSPORT=tcp run mpirun -np 2 "$PTPAR" look.so
is "$status" 0 "by TCP under mpirun: status 0"
no_leftovers
done_testing
