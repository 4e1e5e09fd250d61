# lib.sh - what the integration tests are written with: TAP, commands with a bound on time, a directory of its
# own for each test, and a look at what a test leaves behind.
#
#	#!/usr/bin/env bash
#	. "${abs_top_srcdir:?}/tests/integration/lib.sh"
#
#	run "$PTPAR" -n 2 "$SUITES/passes.so"
#	is "$status" 0 "a suite that passes gives status 0"
#	like "$out" '^2 passed' "its summary says so"
#	no_leftovers
#	done_testing
#
# The test runs in $DIR, which is empty at first, and removed at the end if all went well. $TMPDIR is in there too, so
# that what ptpar and MPI put into it is this test's. Bash.

: "${abs_top_srcdir:?run me by make check, or with abs_top_srcdir and abs_top_builddir set}"
: "${abs_top_builddir:?run me by make check, or with abs_top_srcdir and abs_top_builddir set}"

PTPAR=$abs_top_builddir/ptpar
SUITES=$abs_top_builddir/tests/suites
EXAMPLES=$abs_top_builddir/examples

# --- TAP ------------------------------------------------------------------------------------------------------------

tests_run=0
tests_failed=0

# plan N: so many checks will follow. Either this first, or done_testing last.
plan() {
	echo "1..$1"
}

done_testing() {
	echo "1..$tests_run"
}

# skip_all REASON: nothing here can be tested on this machine.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# diag TEXT: every line of it, for whoever reads why a check has failed.
diag() {
	printf '%s\n' "$1" | sed 's/^/# /'
}

pass() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1"
}

fail() {
	tests_run=$((tests_run + 1))
	tests_failed=$((tests_failed + 1))
	echo "not ok $tests_run - $1"
}

# skip NAME REASON: one check that cannot be made here.
skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

# ok NAME COMMAND [ARGUMENT]...: the command succeeds; with `!` before it: it fails.
ok() {
	local name=$1 wanted=0 got=0

	shift
	if [ "$1" = ! ]; then
		wanted=1
		shift
	fi
	"$@" || got=1
	if [ "$got" = "$wanted" ]; then
		pass "$name"
	else
		fail "$name"
		diag "this $([ "$got" = 0 ] && echo succeeded || echo failed): $*"
	fi
}

# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "     got: $1"
		diag "expected: $2"
		diag_last_run
	fi
}

# like GOT REGEX NAME: a line of it matches the extended regular expression.
like() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		fail "$3"
		diag "no line matches $2 in:"
		diag "$1"
		diag_last_run
	fi
}

# unlike GOT REGEX NAME: no line does.
unlike() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		fail "$3"
		diag "a line matches $2 in:"
		diag "$1"
		diag_last_run
	else
		pass "$3"
	fi
}

# --- running --------------------------------------------------------------------------------------------------------

# Seconds after which a command is taken for hung. On slow machines PTPAR_TEST_SLOWNESS=4 makes all bounds four times
# as long.
TIMEOUT=60

scaled() {
	echo $(($1 * ${PTPAR_TEST_SLOWNESS:-1}))
}

# run COMMAND [ARGUMENT]...: sets $status (124 when it took longer than $TIMEOUT), and $out and $err: what it wrote.
run() {
	last_command="$*"
	timeout --kill-after=5 "$(scaled "$TIMEOUT")" "$@" </dev/null >"$DIR/.out" 2>"$DIR/.err"
	note_end $? "$TIMEOUT"
}

# start COMMAND [ARGUMENT]...: starts it in the background and sets $pid; finish is to follow. It leads a process
# group of its own, so that `kill -INT -- -$pid` is what Ctrl-C does.
start() {
	last_command="$*"
	set -m
	"$@" </dev/null >"$DIR/.out" 2>"$DIR/.err" &
	pid=$!
	set +m
	# Until it has become the command it is this shell, which would lose a signal.
	wait_for 10 has_begun "$pid"
}

has_begun() {
	has_ended "$1" || grep -qszxF "PTPAR_TEST_TAG=$tag" "/proc/$1/environ"
}

# finish [SECONDS]: waits for what was started, ends it if that takes longer, and sets the same as run.
finish() {
	local late=no result

	if ! wait_for "${1:-$TIMEOUT}" has_ended "$pid"; then
		late=yes
		kill -KILL -- "-$pid" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
	result=$?
	[ "$late" = no ] || result=124
	note_end "$result" "${1:-$TIMEOUT}"
}

has_ended() {
	! kill -0 "$1" 2>/dev/null
}

note_end() {
	status=$1
	out=$(tr -d '\0' <"$DIR/.out")
	err=$(tr -d '\0' <"$DIR/.err")
	[ "$status" != 124 ] || diag "took longer than $(scaled "$2") seconds: $last_command"
}

# wait_for SECONDS COMMAND [ARGUMENT]...: until the command succeeds; fails if it has not by then.
wait_for() {
	local end

	end=$((SECONDS + 1 + $(scaled "$1")))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

diag_last_run() {
	[ -n "${last_command:-}" ] || return 0
	diag "after: $last_command"
	diag "its stderr: $(tail -n 20 "$DIR/.err")"
}

# --- what a test leaves behind --------------------------------------------------------------------------------------

# Processes that this test has started, directly or not, and that still live, one pid a line: those with our tag in
# their environment or our directory on their command line. What looks for them shows neither.
our_processes() (
	unset PTPAR_TEST_TAG
	{
		grep -lszxF "PTPAR_TEST_TAG=$tag" /proc/[0-9]*/environ
		grep -lszF -f - /proc/[0-9]*/cmdline <<<"$DIR/"
	} | cut -d/ -f3 | sort -u
)

no_process() {
	[ -z "$(our_processes)" ]
}

# Shared memory of ours that was not there at the start, and that no living process has open or mapped (else it is
# that of a test beside this one). MPI_Init makes a file and removes it at once, to see whether that works: what a
# second look does not find any more was such a one of another test.
shared_memory() {
	find /dev/shm -mindepth 1 -newer "$DIR/.started" -user "$(id -u)" -printf '%i %p\n' 2>/dev/null
}
# ptpar's agents have directories /dev/shm/ptpar-…/PID, which nobody need have open.
is_of_living_agent() {
	local top agent

	top=$(grep -o '^/dev/shm/ptpar-[^/]*' <<<"$1") || return 1
	for agent in "$top"/*/; do
		[ ! -d "/proc/$(basename "$agent")" ] || return 0
	done
	return 1
}
our_shared_memory() {
	local before

	before=$(shared_memory)
	[ -n "$before" ] || return 0
	sleep 0.2
	shared_memory | grep -xF -- "$before" | cut -d' ' -f2- | while read -r file; do
		is_of_living_agent "$file" || grep -qsF -- "$file" /proc/[0-9]*/maps ||
			find /proc/[0-9]*/fd -lname "$file" 2>/dev/null | grep -q . || echo "$file"
	done
}

# Sockets of ptpar and session directories of Open MPI. (Directories of tests that failed are kept for the user.)
our_directories() {
	find "$TMPDIR" -mindepth 1 -maxdepth 1 ! -name 'ptpar-test-*' \
		\( -name 'ptpar-*' -o -name 'ompi.*' -o -name 'openmpi-*' -o -name 'prte*' -o -name 'pmix*' \)
}

living() {
	local process

	for process in $(our_processes); do
		echo "process $(ps -o pid=,stat=,args= -p "$process")"
	done
}

# Processes, files and directories, as one sees them now.
leftovers() {
	unset lasting
	living
	our_shared_memory
	our_directories
}

# To be asked again and again; $found: what there was. $lasting: the shared memory that every look has found since the last of our processes has
# ended. That of other tests comes and goes, and may look like a leftover in the moment in which it goes.
nothing_left() {
	local present

	found=$(living)
	if [ -n "$found" ]; then
		unset lasting
		return 1
	fi
	present=$(our_shared_memory | sort)
	[ -z "${lasting+set}" ] || present=$(comm -12 <(echo "$lasting") <(echo "$present"))
	lasting=$present
	found=$lasting$(our_directories)
	[ -z "$found" ] || return 1
	unset lasting
}

# no_leftovers [NAME]: nothing that was started here is alive, and no file of it lies about (some seconds are given).
# What is alive nevertheless is ended, so that it harms no other test.
no_leftovers() {
	if wait_for 15 nothing_left; then
		pass "${1:-nothing is left behind}"
	else
		fail "${1:-nothing is left behind}"
		diag "$found"
		unset lasting
		end_all
	fi
}

end_all() {
	local process

	for process in $(our_processes); do
		kill -KILL "$process" 2>/dev/null
	done
}

# --- the place ------------------------------------------------------------------------------------------------------

# Sockets have short paths (107 bytes), which must not end in the middle of a long $TMPDIR.
make_directory() {
	local base=${TMPDIR:-/tmp}

	[ ${#base} -le 40 ] || base=/tmp
	DIR=$(mktemp -d "$base/ptpar-t.XXXXXX") || exit 99
	TMPDIR=$DIR/tmp
	mkdir "$TMPDIR"
	touch "$DIR/.started"
	cd "$DIR" || exit 99
}

at_exit() {
	local result=$?

	# What is started in the background is this shell as well for a moment, and may be killed in it.
	[ "$BASHPID" = $$ ] || return
	trap - EXIT
	end_all
	cd / || exit 99
	if [ "$tests_failed" = 0 ] && [ "$result" = 0 ]; then
		rm -rf "$DIR"
		exit 0
	fi
	diag "kept: $DIR"
	[ "$result" != 0 ] || result=1
	exit "$result"
}

# Nothing of the user's settings, language or terminal shows in a test.
set_environment() {
	local name

	for name in $(compgen -e PTPAR_ | grep -vx -e PTPAR_TEST_SLOWNESS); do
		unset "$name"
	done
	unset XDG_RUNTIME_DIR NO_COLOR CLICOLOR_FORCE MAKEFLAGS MFLAGS
	tag=$(basename "$0").$$.$RANDOM
	PTPAR_TEST_TAG=$tag
	LC_ALL=C.UTF-8
	export PTPAR_TEST_TAG LC_ALL TMPDIR
	# Sanitizers: libraries of MPI leak, and a crash is ptpar's to handle and a test's to see.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0
	ASAN_OPTIONS=$ASAN_OPTIONS:handle_sigill=0:handle_abort=0:abort_on_error=1
	# Core dumps are what a test is about, and so is what another one preloads.
	ASAN_OPTIONS=$ASAN_OPTIONS:disable_coredump=0:verify_asan_link_order=0
	export ASAN_OPTIONS
	. "$abs_top_srcdir/build-aux/mpi-env.sh"
}

make_directory
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
set_environment
