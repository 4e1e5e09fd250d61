#!/usr/bin/env bash
# sockets.t - whoever tries to get into a running core, by either of its sockets, is turned away, and the run does not
# mind: the same outcomes, one line for the user.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

cat >guarded.c <<'EOF2'
#include <unistd.h>
#include <ptpar.h>
PTPAR_TEST(waits, 2)
{
	MPI_Barrier(comm);
	while (access("go", F_OK) != 0)
		usleep(10000);
	ptpar_assert(ptpar_rank(test) == 0);
}
PTPAR_TEST(passes, 3) { MPI_Barrier(comm); }
PTPAR_TEST(fails) { ptpar_fail("as it should"); }
PTPAR_TEST(skips, 2) { ptpar_skip("as it should"); }
EOF2
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o guarded.so guarded.c
WIRE_VERSION=$(sed -n 's/^#define WIRE_VERSION \([0-9]*\)$/\1/p' "$abs_top_srcdir/core/common/wire.h")
export WIRE_VERSION

# intrude ADDRESS KIND [TOKEN]
intrude() {
	python3 "$abs_top_srcdir/tests/integration/intruder.py" "$@"
}

# guarded_run: in the background, by TCP, so that both sockets are there.
guarded_run() {
	rm -rf .ptpar go
	PTPAR_TRANSPORT=tcp start "$PTPAR" -n 3 guarded.so
}

has_started() {
	grep -qs '"started"' .ptpar/runs/*/events.jsonl
}

# of_agents NAME: what a variable of the environment is for the agents.
of_agents() {
	local process

	for process in $(our_processes); do
		tr '\0' '\n' 2>/dev/null </proc/"$process"/environ | sed -n "s/^$1=//p"
	done 2>/dev/null | head -n 1
}

turned_away() {
	grep -c 'turned away' "$1"
}

touch go
run "$PTPAR" -n 3 guarded.so
expected=$(outcomes | sort)
is "$(wc -l <<<"$expected")" 4 "four outcomes when nobody disturbs"

guarded_run
ok "a test runs" wait_for 20 has_started
unix=unix:$(find "$TMPDIR" -name core -type s)
tcp=$(of_agents PTPAR_ADDRESS | grep -o 'tcp:127[^ ]*')
token=$(of_agents PTPAR_TOKEN)
ok "there are two sockets" test -S "${unix#unix:}" -a -n "$tcp" -a "${#token}" = 64
# Those that take their time: all at once, since each is borne for some seconds.
patient=
for address in "$unix" "$tcp"; do
	for kind in silent half-preface drip; do
		intrude "$address" "$kind" &
		patient="$patient $!:$kind:${address%%:*}"
	done
	intrude "$address" half-frame "$token" &
	patient="$patient $!:half-frame:${address%%:*}"
done
for address in "$unix" "$tcp"; do
	for kind in nothing-right wrong-token flood oversized-early; do
		ok "$kind is turned away (${address%%:*})" intrude "$address" "$kind"
	done
	for kind in wrong-version oversized boasting no-hello; do
		ok "$kind is turned away, with the right token (${address%%:*})" intrude "$address" "$kind" "$token"
	done
done
for one in $patient; do
	wait "${one%%:*}"
	is "$?" 0 "${one#*:} is turned away in time"
done
for address in "$unix" "$tcp"; do
	ok "10,000 connections are turned away (${address%%:*})" intrude "$address" crowd
done
touch go
finish
is "$status" 1 "the run goes on"
is "$(outcomes | sort)" "$expected" "with the outcomes that it would have had"
is "$(turned_away .ptpar/runs/*/events.jsonl)" 1 "one line in the log"
is "$(printf '%s\n' "$out$err" | grep -c 'turned away')" 1 "one line for the user"
unlike "$out$err" "$token" "without the token"

# From the first moment on: those who are let in still find the door.
guarded_run
has_socket() {
	[ -n "$(find "$TMPDIR" -name core -type s)" ]
}
touch go
ok "a socket is there" wait_for 10 has_socket
intrude "unix:$(find "$TMPDIR" -name core -type s)" crowd 2>/dev/null &
crowd=$!
finish
kill "$crowd" 2>/dev/null
wait "$crowd" 2>/dev/null
is "$(outcomes | sort)" "$expected" "a crowd from the start: the same outcomes"
no_leftovers
done_testing
