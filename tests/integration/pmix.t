#!/usr/bin/env bash
# pmix.t - MPI programs started by ptpar's own PMIx server (through the driver tests/unit/pmix_launch) can't tell the
# difference from mpirun; whatever they do, the server serves the next job, and nothing grows. By make soak-pmix (or with
# the argument `full`) 10,000 jobs.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

LAUNCH=$abs_top_builddir/tests/unit/pmix_launch
PROGRAMS=$abs_top_builddir/tests/programs
# As the agent's: in a directory that the leftovers of other tests are not looked for in, while this process lives.
mkdir -m 700 "/dev/shm/ptpar-test-$$" || exit 99
SERVER=/dev/shm/ptpar-test-$$/$$
cores=$(nproc)

# launch OPTIONS... NP...: as the driver takes them.
launch() {
	run "$LAUNCH" -d "$SERVER" -w 20 "$@"
}

# More ranks than cores must yield.
yields() {
	[ "$1" -le "$cores" ] || echo -o
}

# needs NAME: its value, of each of the driver's lines about what it needs.
needs() {
	sed -n "s/^after.* $1=\([0-9]*\).*/\1/p" <<<"$out"
}

finish_here() {
	ok "its directory is empty" rmdir "/dev/shm/ptpar-test-$$"
	no_leftovers
	done_testing
	exit
}

if ! grep -q '^#define HAVE_PMIX 1' "$abs_top_builddir/config.h"; then
	launch 1 true
	like "$err" 'built without PMIx.*libpmix-dev' "without PMIx: it says so, and what to install"
	finish_here
fi

soak() {
	local np=$1 jobs=$2

	TIMEOUT=7200
	launch -fx -s $((jobs / 10)) "$np" "$jobs" "$PROGRAMS/mpi_end" finalize
	diag "$out"
	is "$(tail -n 1 <<<"$out")" "$jobs jobs, $jobs in order, $((jobs * np)) ranks finalized" \
		"$jobs jobs of $np ranks: all in order"
	grows_not
}

# A process of libpmix has at most 500 jobs behind it, with 7 KB of each; two of them may overlap.
grows_not() {
	local fds memory

	fds=$(needs fds | sort -n)
	memory=$(needs memory | sort -n)
	ok "descriptors do not grow: $(head -n 1 <<<"$fds") to $(tail -n 1 <<<"$fds")" \
		[ "$(tail -n 1 <<<"$fds")" -le $(($(head -n 1 <<<"$fds") + 40)) ]
	grep -q '^SANITIZER_FLAGS = .*address' "$abs_top_builddir/Makefile" || # which frees late
		ok "memory does not grow: $(head -n 1 <<<"$memory") to $(tail -n 1 <<<"$memory") KiB" \
			[ "$(tail -n 1 <<<"$memory")" -le $(($(head -n 1 <<<"$memory") + 20000)) ]
	ok "files do not grow" [ "$(needs files | sort -n | tail -n 1)" -le 12 ]
	ok "there are at most three processes of libpmix: one is about to end, one to begin" \
		[ "$(needs servers | sort -n | tail -n 1)" -le 3 ]
}

if [ "${1:-part}" = full ]; then
	soak 1 5000
	soak 2 5000
	finish_here
fi

# --- as under mpirun --------------------------------------------------------------------------------------------------

# same_as_mpirun NAME NP OPTION...
same_as_mpirun() {
	local name=$1 np=$2 wanted

	shift 2
	run mpirun -np "$np" "$PROGRAMS/mpi_world" "$DIR/data"
	is "$status" 0 "$name: under mpirun it passes"
	wanted=$(sort <<<"$out")
	launch "$@" $(yields "$np") "$np" "$PROGRAMS/mpi_world" "$DIR/data"
	is "$status" 0 "$name: it passes"
	is "$(tail -n 1 <<<"$out")" "1 jobs, 1 in order, $np ranks finalized" "$name: all have finalized"
	is "$(grep -v ' in order' <<<"$out" | sort)" "$wanted" "$name: it finds what it finds under mpirun"
	ok "$name: nothing is left of the server" [ ! -e "$SERVER" ]
}

same_as_mpirun "1 rank" 1 -f
same_as_mpirun "2 ranks" 2 -f
same_as_mpirun "4 ranks" 4 -f
same_as_mpirun "2 ranks, transports as Open MPI chooses" 2

# What a rank inherits: nothing of the server's.
run ls /proc/self/fd
wanted=$out
launch 1 ls /proc/self/fd
is "$(grep -v ' in order' <<<"$out")" "$wanted" "ranks inherit no descriptors"
launch 1 env
like "$out" '^HWLOC_XMLFILE=' "ranks need not look at the machine"
HWLOC_SYNTHETIC=node:2 launch 1 env
unlike "$out" '^HWLOC_XMLFILE=' "unless the user has given another one"

# --- ways to end ------------------------------------------------------------------------------------------------------

# ends HOW LINE NAME: two ranks, the second one ends so; LINE is what is seen of it.
ends() {
	launch -fk 2 "$PROGRAMS/mpi_end" "$1"
	is "$status" 1 "$3: the job is not in order"
	like "$out" "^rank 1: $2\$" "$3: it is seen how the rank has ended"
	like "$out" '^rank 0: signal 9$' "$3: until it was killed, the other one waited"
	like "$out" '^1 jobs, 0 in order, 0 ranks finalized$' "$3: nobody has finalized"
}

ends abort 'exit status 7' "MPI_Abort"
like "$out" '^rank 1: MPI_Abort 7$' "MPI_Abort: it is told, with its status"
like "$err" 'MPI_ABORT was invoked' "MPI_Abort: Open MPI says what it always says"
ends crash 'signal 11' "a crash"
ends killed 'signal 9' "SIGKILL"
ends exit 'exit status 3' "exit without finalize"
ends exit-0 'exit without MPI_Finalize' "exit with 0, without finalize"
ends crash-early 'signal 11' "a crash before MPI_Init"
ends exit-early 'exit status 3' "exit before MPI_Init"
launch -f -w 2 2 "$PROGRAMS/mpi_end" hang
is "$(grep -c '^rank .: signal 9$' <<<"$out")" 2 "a hang: both are killed"

launch -f 2 "$PROGRAMS/mpi_end" spawn
like "$out" '^MPI_Comm_spawn: refused$' "MPI_Comm_spawn is refused"
is "$status" 0 "and the program goes on"
launch -f 2 "$PROGRAMS/mpi_end" publish
is "$(grep -c ': refused$' <<<"$out")" 2 "so are MPI_Publish_name and MPI_Lookup_name"

# --- what else clients do ---------------------------------------------------------------------------------------------

launch -f 1 "$PROGRAMS/pmix_calls"
is "$(grep -c '^PMIx_\(Publish\|Lookup\|Unpublish\|Spawn\|Allocation_request\|Log\): refused$' <<<"$out")" \
	6 "what the server does not serve is answered: not supported"
is "$(grep -c '^PMIx_Get .*: not found$' <<<"$out")" 3 "and data that are not there are not found"
is "$(grep -c '^PMIx_\(Fence\|Finalize\): done$' <<<"$out")" 2 "what it serves is done"
launch -f 1 5 "$PROGRAMS/pmix_calls" late
is "$(grep -c '^rank 0: exit without MPI_Finalize$' <<<"$out")" 5 "clients go without waiting for their answers"
cat >alternate <<EOF
#!/bin/sh
case \$PMIX_NAMESPACE in
*[02468]) exec "$PROGRAMS/mpi_end" finalize ;;
*) exec "$PROGRAMS/mpi_end" crash ;;
esac
EOF
chmod +x alternate
launch -fk 2 10 "$DIR/alternate"
like "$out" '^10 jobs, 5 in order, 10 ranks finalized$' "every other job crashes, the others are in order"

# What libpmix refuses. Some bytes at random crash it (4.2.2: one time in a hundred); see below for that.
cat >intrude.py <<'EOF'
import os, socket
port = int(os.environ["PMIX_SERVER_URI41"].rsplit(":", 1)[1])
packets = [b"\0" * 16, b"\xff" * 16, bytes(range(256)), b"", (16).to_bytes(4, "little") * 4 + b"\xaa" * 64,
           b"GET / HTTP/1.0\r\n\r\n" * 20]
kept = []
for i in range(60):
    s = socket.create_connection(("127.0.0.1", port))
    try:
        s.sendall(packets[i % len(packets)])
    except OSError:
        pass
    kept.append(s) if i % 2 else s.close()
EOF
launch -f 2 3 sh -c "[ \$PMIX_RANK = 0 ] && python3 $DIR/intrude.py; exec $PROGRAMS/mpi_end finalize"
is "$out" "3 jobs, 3 in order, 6 ranks finalized" "the server is told nonsense, and serves"
is "$err" "" "and does not talk about it"

# --- somebody dies ----------------------------------------------------------------------------------------------------

# The process of libpmix, killed by the first job.
cat >murderer <<EOF
#!/bin/sh
if mkdir "$DIR/murdered" 2>/dev/null; then
	for child in \$(cat "/proc/\$PPID/task/\$PPID/children"); do
		grep -qx ptpar-pmix "/proc/\$child/comm" && kill -KILL "\$child"
	done
fi
exec "$PROGRAMS/mpi_end" finalize
EOF
chmod +x murderer
launch -fk 1 3 "$DIR/murderer"
like "$out" '^the server is lost$' "libpmix dies: that is noticed"
like "$out" '^3 jobs, 2 in order, 2 ranks finalized$' "and the next jobs get another one"

start "$LAUNCH" -d "$SERVER" -f 2 "$PROGRAMS/mpi_end" hang
hangs() {
	[ "$(find "$SERVER" -name '*segment*' 2>/dev/null | wc -l)" -ge 2 ]
}
ok "two ranks run" wait_for 20 hangs
kill -KILL "$pid"
finish
no_server() {
	! our_processes | while read -r process; do grep -s ptpar-pmix "/proc/$process/comm"; done | grep -q .
}
ok "who has started them is killed: libpmix ends as well" wait_for 20 no_server
end_all # Open MPI 4 has ended them itself
ok "and leave their files" [ -e "$SERVER/topology.xml" ]
launch -f 1 "$PROGRAMS/mpi_end" finalize
is "$status" 0 "which the next server removes"
ok "all of them" [ ! -e "$SERVER" ]
echo >"$DIR/file"
run "$LAUNCH" -d "$DIR/file" 1 true
is "$err" "pmix_launch: cannot make $DIR/file: File exists" "where a file is, it makes no directory"

# --- nothing grows ----------------------------------------------------------------------------------------------------

launch -fx -s 20 2 200 "$PROGRAMS/mpi_end" finalize
is "$(tail -n 1 <<<"$out")" "200 jobs, 200 in order, 400 ranks finalized" "200 jobs in a row: all in order"
grows_not
# A process of libpmix serves 500.
launch -s 110 1 1100 true
like "$out" '^1100 jobs, 1100 in order, 0 ranks finalized$' "1,100 jobs of programs that are not of MPI"
grows_not
finish_here
