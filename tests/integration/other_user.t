#!/usr/bin/env bash
# other_user.t - another user of the machine does not get at a run, nor leads it astray.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

readonly OTHER=65534
as_other() {
	setpriv --reuid=$OTHER --regid=$OTHER --clear-groups "$@"
}
[ "$(id -u)" = 0 ] || skip_all "only root can act as another user"
as_other true 2>/dev/null || skip_all "setpriv is missing or may not change the user"
umask 022
chmod 755 "$DIR"
mkdir -m 1777 shared
TMPDIR=$DIR/shared
export TMPDIR
as_other test -w shared || skip_all "the other user cannot reach $DIR"

cat >look.c <<'EOF2'
#include <unistd.h>
#include <ptpar.h>
PTPAR_TEST(look, 2)
{
	FILE *file;
	char name[512];

	snprintf(name, sizeof(name), "%s/rank", ptpar_tmpdir());
	if (ptpar_rank(test) == 0) {
		file = fopen(name, "w");
		ptpar_assert(file != NULL && fputs("secret", file) > 0 && fclose(file) == 0);
		printf("the secret of a test\n");
	}
	MPI_Barrier(comm);
	while (access("go", F_OK) != 0)
		usleep(10000);
}
EOF2
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o look.so look.c

# --- what another user sees of a run ------------------------------------------------------------------------------------
has_begun_to_write() {
	[ -n "$(find "$TMPDIR" -path '*ptpar-test-*' -name rank -size +0)" ]
}
PTPAR_TRANSPORT=tcp start "$PTPAR" -n 2 --junit report.xml look.so
ok "a test runs" wait_for 20 has_begun_to_write
socket=$(find "$TMPDIR" -name core -type s)
ok "the socket is there" test -S "$socket"
ok "another user cannot connect" ! as_other python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$socket" 2>/dev/null
ok "nor see it" ! as_other test -e "$socket"
tmpdir=$(dirname "$(find "$TMPDIR" -path '*ptpar-test-*' -name rank)")
is "$(stat -c %a "$tmpdir")" 700 "nor read the temporary directory of a test"
token=
readable=0
for process in $(our_processes); do
	{ own=$(tr '\0' '\n' <"/proc/$process/environ" | sed -n 's/^PTPAR_TOKEN=//p'); } 2>/dev/null
	token=${token:-$own}
	as_other cat "/proc/$process/environ" >/dev/null 2>&1 && readable=$((readable + 1))
	as_other cat "/proc/$process/mem" >/dev/null 2>&1 && readable=$((readable + 1))
	as_other ls "/proc/$process/fd/" >/dev/null 2>&1 && readable=$((readable + 1))
done
is "$readable" 0 "nor the environment, memory or descriptors of our processes"
is "${#token}" 64 "which have the token"
is "$(grep -rlsF "$token" "$DIR" /dev/shm)" "" "it is in no file"
ok "nor on a command line" ! grep -qsF "$token" /proc/[0-9]*/cmdline
as_other grep -rlsF 'the secret of a test' .ptpar >found
is "$(cat found)" "" "nor read what tests print"
touch go
finish
is "$status" 0 "the run passes"
log=$(ls .ptpar/runs/*/events.jsonl)
is "$(stat -c %a "$log")" 600 "the event log is private"
ok "another user cannot write into .ptpar" ! as_other sh -c 'echo x >.ptpar/runs/x || echo x >.ptpar/last' 2>/dev/null
is "$(find .ptpar report.xml -perm /022)" "" "nor to anything that a run leaves"

# --- astray -------------------------------------------------------------------------------------------------------------
mkdir victim
echo mine >victim/file
unharmed() {
	[ "$(cat "$DIR/victim/file")" = mine ] && [ "$(ls -A "$DIR/victim")" = file ]
}
cd shared || exit 99
cp ../look.so .
touch go
as_other ln -s ../victim/file report.xml
as_other ln -s ../victim directory
run "$PTPAR" -n 2 --junit report.xml look.so
is "$status" 3 "a report is not written through a link of another user"
like "$err" '^ptpar: report.xml: the link .* belongs to another user' "which is said"
like "$out" '1 passed' "the run is none the worse"
run "$PTPAR" -n 2 --junit directory/file look.so
is "$status" 3 "nor through one to a directory"
as_other mkfifo pipe
run "$PTPAR" -n 2 --junit pipe look.so
is "$status" 3 "nor into a pipe of another user"
ok "nothing of ours was written to" unharmed

rm -rf .ptpar
as_other ln -s ../victim .ptpar
run "$PTPAR" -n 2 look.so
is "$status" 0 ".ptpar is a link of another user: the run goes on"
like "$out$err" 'no record of this run' "without a record"
ok "nothing of ours was written to" unharmed
rm .ptpar
as_other sh -c 'umask 0; mkdir .ptpar && ln -s ../../victim .ptpar/runs && ln -s ../../victim/file .ptpar/last'
run "$PTPAR" -n 2 look.so
is "$status" 0 ".ptpar is a directory of another user with links in it: the run goes on"
ok "nothing of ours was written to" unharmed
as_other sh -c 'rm .ptpar/runs; umask 0; mkdir .ptpar/runs'
run "$PTPAR" -n 2 look.so
is "$status" 0 "and with a link for what was last"
ok "nothing of ours was written to" unharmed
run "$PTPAR" --report last
is "$status" 0 "and it is a record"
# What --rerun finds in a record, it loads.
chown $OTHER .ptpar/runs/*/events.jsonl
run "$PTPAR" -n 2 --rerun not-run
is "$status" 4 "--rerun does not obey a record of another user"
like "$err" 'events.jsonl belongs to another user, and may name anything: name the tests' "which is said"
rm -rf .ptpar

# Who may rename in TMPDIR could have the token shown to a socket of its own.
mkdir -m 777 ../open
rm go
TMPDIR=$DIR/open start "$PTPAR" -n 2 look.so
has_started() {
	grep -qs '"started"' .ptpar/runs/*/events.jsonl
}
ok "a test runs" wait_for 20 has_started
is "$(find "$DIR/open" -type s)" "" "its socket is elsewhere"
touch go
finish
is "$status" 0 "everybody may rename in TMPDIR: the run passes"
rm -rf "$DIR/open"

# A configuration is obeyed: plugins, paths, everything.
cd "$DIR" || exit 99
mkdir shared/work
cp look.so shared/work/
cd shared/work || exit 99
touch go
as_other sh -c 'printf "[ptpar]\nscheduler = theirs\nplugin-path = ../evil\n" >../ptpar.ini'
run "$PTPAR" -n 2 look.so
is "$status" 0 "the configuration of another user above is not read"
like "$err" '^ptpar: warning: ../ptpar.ini is not read: it belongs to another user' "which is said"
run "$PTPAR" -n 2 --config ../ptpar.ini look.so
is "$status" 4 "unless it is asked for"
chown 0 ../ptpar.ini
run "$PTPAR" -n 2 look.so
is "$status" 4 "that of root is"
rm ../ptpar.ini
no_leftovers
done_testing
