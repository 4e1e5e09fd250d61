#!/bin/sh
# header.t - ptpar.h compiles without a warning: in C11 and later, C++11 and later, with GCC and Clang.
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"
suites=$abs_top_srcdir/tests/suites
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

warnings='-Wall -Wextra -Wpedantic -Wshadow -Wunused -Werror'
how_else='-O2 -fvisibility=hidden -ffunction-sections -fdata-sections -Wl,--gc-sections'
n=0

result() { # STATUS DESCRIPTION
	n=$((n + 1))
	[ "$1" -eq 0 ] && echo "ok $n - $2" && return
	echo "not ok $n - $2"
	sed 's/^/# /' "$dir/log"
}

skip() { # DESCRIPTION WHY
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# COMPILER WRAPPER STANDARD FILE FLAGS...: with all tests of the file in the suite afterwards
compiles() {
	compiler=$1 wrapper=$2 standard=$3 file=$4
	shift 4
	what="$compiler -std=$standard $* $file"
	if ! command -v "$compiler" >"$dir/log" 2>&1; then
		skip "$what" "no $compiler here"
		return
	fi
	OMPI_CC=$compiler OMPI_CXX=$compiler $wrapper -std="$standard" $warnings "$@" -I"$abs_top_srcdir/include" \
		-shared -fPIC -o "$dir/suite.so" "$suites/$file" >"$dir/log" 2>&1
	result $? "$what"
}

# Unused functions and sections are collected: the tests stay, whatever the linker.
keeps_tests() { # COMPILER LINKER
	what="$1 -fuse-ld=$2 --gc-sections keeps all tests"
	if ! command -v "$1" >/dev/null 2>&1 || ! command -v "ld.$2" >/dev/null 2>&1; then
		skip "$what" "no $1 or no ld.$2 here"
		return
	fi
	OMPI_CC=$1 mpicc -std=c11 $how_else -fuse-ld="$2" -I"$abs_top_srcdir/include" -shared -fPIC \
		-o "$dir/suite.so" "$suites/two_files_a.c" >"$dir/log" 2>&1 &&
		[ "$(nm "$dir/suite.so" | grep -c ' d ptpar_listed_a_')" -eq 3 ]
	result $? "$what"
}

echo 1..40
for compiler in gcc clang; do
	for standard in c11 c17; do
		compiles $compiler mpicc $standard api.c -Wstrict-prototypes
		compiles $compiler mpicc $standard api.c -Wstrict-prototypes $how_else
		compiles $compiler mpicc $standard bad_np.c -Wstrict-prototypes -Wconversion -Wsign-conversion
		compiles $compiler mpicc $standard no_tests.c -Wstrict-prototypes -Wmissing-prototypes
	done
	for linker in bfd gold lld; do
		keeps_tests $compiler $linker
	done
done
for compiler in g++ clang++; do
	for standard in c++11 c++14 c++17 c++20; do
		compiles $compiler mpicxx $standard api_cxx.cpp
	done
	compiles $compiler mpicxx c++11 api_cxx.cpp -Wold-style-cast -Wconversion -Wsign-conversion
	compiles $compiler mpicxx c++17 two_files_c.cpp $how_else
	compiles $compiler mpicxx c++11 two_files_c.cpp -fno-exceptions
	compiles $compiler mpicxx c++11 two_files_c.cpp -fno-rtti
done

# A wrong format is still told.
cat >"$dir/format.c" <<'EOT'
#include <ptpar.h>
PTPAR_TEST(format) { ptpar_log("%d", "text"); }
EOT
for compiler in gcc clang; do
	if ! command -v $compiler >/dev/null 2>&1; then
		skip "$compiler checks formats" "no $compiler here"
		continue
	fi
	! OMPI_CC=$compiler mpicc -Wall -Werror -isystem "$abs_top_srcdir/include" -c -o "$dir/format.o" "$dir/format.c" \
		>"$dir/log" 2>&1
	result $? "$compiler checks formats"
done
