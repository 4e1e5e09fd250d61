#!/usr/bin/env bash
# full_disk.t - what cannot be written is told in a line, and neither the run nor another report is lost.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

cat >suite.c <<'EOF'
#include <unistd.h>
#include <ptpar.h>
PTPAR_TEST(passes, 2) {}
PTPAR_TEST(passes_when_told) { while (access(getenv("GO"), F_OK) != 0) usleep(10000); }
PTPAR_TEST(passes_printing) { for (int i = 0; i < 1000; i++) printf("a line of output\n"); }
EOF
ok "a suite is built" mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o suite.so suite.c
export GO=$DIR/go
touch go

run "$PTPAR" -n 2 --junit /dev/full suite.so
is "$status" 3 "a report that cannot be written: status 3"
like "$out" '^3 passed in' "a report that cannot be written: the run is told"
is "$err" "ptpar: /dev/full: No space left on device" "and so is the report, in one line"
run bash -c '"$0" -n 2 --junit report.xml suite.so >/dev/full' "$PTPAR"
is "$status" 3 "standard output is full: status 3"
is "$err" "ptpar: standard output: No space left on device" "standard output is full: one line"
ok "standard output is full: JUnit is whole" xmllint --noout report.xml

it_waits() {
	grep -qs '"started".*when_told' .ptpar/runs/*/events.jsonl
}

# A limit of the size of files, from the middle of the run on.
rm -rf .ptpar go
echo old >report.xml
start "$PTPAR" -n 2 --junit report.xml suite.so
wait_for 20 it_waits
ok "the size of files is limited" prlimit --pid "$pid" --fsize="$(wc -c <.ptpar/runs/"$(cat .ptpar/last)"/events.jsonl)"
touch go
finish 20
is "$status" 3 "files may not grow: status 3"
like "$out" '^3 passed in' "files may not grow: the run is told"
is "$err" "ptpar: warning: the event log of this run is incomplete: File too large
ptpar: report.xml: File too large" "files may not grow: a line for each report"
is "$(cat report.xml)" old "files may not grow: the report is the old one"
run "$PTPAR" --report last
is "$status" 2 "the log is incomplete: status 2"
like "$out" '[12] not-run in' "the log is incomplete: what it has is reported"
run "$PTPAR" -n 2 --rerun not-run
is "$status" 0 "what it has not can be run again"
no_leftovers

# A full file system.
cat >full.sh <<'EOF'
mkdir -p small && mount -t tmpfs -o size=64k none small && cd small || exit 77
echo old >report.xml
cat /dev/zero >filling 2>/dev/null
"$@" --junit report.xml ../suite.so
echo "status $?"
cat report.xml
EOF
mounted=no
for namespace in -m -rm; do
	unshare $namespace bash full.sh true >mounting 2>&1
	[ $? != 77 ] && [ -s mounting ] && grep -q '^status 0' mounting || continue
	mounted=yes
	run unshare $namespace bash full.sh "$PTPAR" -n 2
	like "$out" '^3 passed in' "a full file system: the run is told"
	like "$out" '^status 3' "a full file system: status 3"
	like "$out" '^old' "a full file system: the report is the old one"
	like "$err" '^ptpar: report.xml: No space left on device' "a full file system: the report is told"
	like "$err" '^ptpar: warning: .*No space left on device' "a full file system: the log is told"
	is "$(wc -l <<<"$err")" 2 "a full file system: no more lines"
	break
done
[ $mounted = yes ] || skip "a full file system" "mounting one is not allowed here"
no_leftovers "a full file system: nothing is left behind"
done_testing
