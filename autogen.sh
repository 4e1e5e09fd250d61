#!/bin/sh
# autogen.sh - from a fresh checkout to a build system, a first run, or all tests.
#
# Everything that is needed stands in build-aux/packages.txt. What the steps print goes to autogen.log.
set -eu
cd "$(dirname "$0")"
log=autogen.log

usage() {
	cat <<EOF
Usage: ./autogen.sh [demo | check]

  (nothing)  make the configure script, as after every change of configure.ac or m4/
  demo       install what is missing, build here, and run examples/quickstart.so on 4 processes
  check      install what is missing, build here, and run all tests

demo and check install packages on Debian and Ubuntu, as root or with sudo if it asks for no password; else
they say which ones are missing. What the steps print goes to $log.
EOF
}

say() {
	printf '%s\n' "$*"
}

die() {
	printf 'autogen.sh: %s\n' "$*" >&2
	exit 1
}

# step NAME COMMAND [ARGUMENT]...: one line for the user, the rest for the log. If it fails, its end is shown.
step() {
	step_name=$1
	shift
	printf '%s ... ' "$step_name"
	printf '\n== %s: %s\n' "$step_name" "$*" >>"$log"
	status=0
	"$@" >>"$log" 2>&1 </dev/null || status=$?
	if [ "$status" -ne 0 ]; then
		say "failed (status $status)"
		say "The end of $PWD/$log:"
		tail -n 30 "$log" | sed 's/^/  /'
		exit "$status"
	fi
	say "done"
}

# --- packages --------------------------------------------------------------------------------------------------------

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The packages that COLUMN ("build", or "build|check") needs and that are not there, one a line: names of one package
# in several releases as a|b.
missing_packages() {
	sed -e 's/#.*//' build-aux/packages.txt | while read -r names who; do
		case "|$1|" in *"|${who:-none}|"*) ;; *) continue ;; esac
		found=no
		for name in $(echo "$names" | tr '|' ' '); do
			if is_installed "$name"; then found=yes; fi
		done
		[ "$found" = yes ] || echo "$names"
	done
}

# Of each a|b on stdin the first that this release has.
choose_packages() {
	while read -r names; do
		chosen=
		for name in $(echo "$names" | tr '|' ' '); do
			if [ -z "$chosen" ] && apt-cache show "$name" >/dev/null 2>&1; then chosen=$name; fi
		done
		echo "${chosen:-${names%%|*}}"
	done
}

install_packages() {
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "This is neither Debian nor Ubuntu. What is needed is called there:"
		sed -e 's/#.*//' build-aux/packages.txt | awk -v who="$1" '
			$2 ~ "^(" who ")$" { line = line " " $1 } END { print " " line }'
		return
	fi
	missing=$(missing_packages "$1")
	if [ -z "$missing" ]; then
		say "packages ... all there"
		return
	fi
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		as_root="sudo -n"
		sudo -n true 2>/dev/null ||
			die "packages are missing, and this is not root. Please run:
  sudo apt-get install $(echo "$missing" | choose_packages | tr '\n' ' ')"
	fi
	step "updating the list of packages" $as_root apt-get update
	missing=$(echo "$missing" | choose_packages | tr '\n' ' ')
	step "installing $missing" $as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}

# --- building --------------------------------------------------------------------------------------------------------

bootstrap() {
	autoreconf -fi
	# configure's exit trap removes files named core, and makes noise about our directory of that name.
	sed -i 's/rm -f core \*/rm -f */; s/rm -f core conftest/rm -f conftest/' configure
}

build() {
	if [ ! -e configure ] || [ -n "$(find configure.ac m4/ptpar.m4 -newer configure)" ]; then
		step "bootstrapping" bootstrap
	fi
	if [ ! -e config.status ] || [ -n "$(find configure -newer config.status)" ]; then
		step "configuring" ./configure
	fi
	step "building" make -j "$(getconf _NPROCESSORS_ONLN)" "$@"
}

# --- what one can ask for -----------------------------------------------------------------------------------------------

demo() {
	install_packages build
	build all
	. ./build-aux/mpi-env.sh
	say
	say "\$ mpirun -np 4 ./ptpar examples/quickstart.so"
	status=0
	mpirun -np 4 ./ptpar examples/quickstart.so || status=$?
	say
	[ "$status" -eq 1 ] || die "status $status, which is not what this suite should give: 1"
	say "Two tests of this suite fail on purpose, to show what that looks like; hence status 1, as expected, and"
	say "what mpirun says about it."
	say "Its source is examples/quickstart.c."
}

check() {
	install_packages "build|check"
	# By all cores, but all of it before the first test starts, and then two tests at a time: they watch the clock.
	build check TESTS=
	printf 'testing ... '
	printf '\n== testing\n' >>"$log"
	status=0
	make -j 2 check >>"$log" 2>&1 </dev/null || status=$?
	say "done (status $status)"
	if [ "$status" -ne 0 ]; then
		grep -E '^(FAIL|ERROR|XPASS): ' "$log" | sed 's/^/  /' || true
		say "See $PWD/test-suite.log; its end:"
		tail -n 60 test-suite.log | sed 's/^/  /'
	fi
	sed -n '/^# [A-Z]*: /p' test-suite.log | sed 's/^# /  /'
	exit "$status"
}

case "${1-}" in
"")
	bootstrap
	;;
demo | check)
	: >"$log"
	"$1"
	;;
-h | --help)
	usage
	;;
*)
	printf "autogen.sh: %s: no such word: see ./autogen.sh --help\n" "$1" >&2
	exit 2
	;;
esac
