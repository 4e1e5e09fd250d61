#!/usr/bin/env bash
# third_party.t - ptpar installed into a prefix; a suite, a scheduler and a source built outside of its
# tree, with what is installed.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

prefix=$DIR/prefix
TIMEOUT=300 run make -s -C "$abs_top_builddir" install prefix="$prefix" exec_prefix="$prefix" \
	libdir="$prefix/lib" libexecdir="$prefix/libexec" bindir="$prefix/bin" includedir="$prefix/include" \
	datarootdir="$prefix/share" docdir="$prefix/share/doc/ptpar" pkglibdir="$prefix/lib/ptpar" \
	pkglibexecdir="$prefix/libexec/ptpar" pkgincludedir="$prefix/include/ptpar" pkgconfigdir="$prefix/lib/pkgconfig"
is "$status" 0 "make install"
# The .pc file names the prefix that configure was told; here it is another.
sed -i -e "s|^prefix=.*|prefix=$prefix|" -e "s|^exec_prefix=.*|exec_prefix=$prefix|" \
	-e "s|^includedir=.*|includedir=$prefix/include|" -e "s|^libdir=.*|libdir=$prefix/lib|" "$prefix/lib/pkgconfig/ptpar.pc"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
cp "$abs_top_srcdir/examples/quickstart.c" .
cp -r "$abs_top_srcdir/examples/scheduler-shuffle" shuffle
cp -r "$abs_top_srcdir/examples/scheduler-spool" spool
cp -r "$abs_top_srcdir/examples/source-lines" lines
chmod -R u+w shuffle spool lines
# shellcheck disable=SC2046
run mpicc -shared -fPIC -o quickstart.so quickstart.c $(pkg-config --cflags ptpar)
is "$status" 0 "a suite is built with pkg-config --cflags ptpar"
run "$prefix/bin/ptpar" -n 4 quickstart.so
is "$status" 1 "the installed ptpar runs it"
like "$out" '^2 failed, 2 passed in' "with the outcomes that it has"
run make -C shuffle
is "$status" 0 "the scheduler is built with the installed headers alone"
run make -C shuffle install
is "$status" 0 "and installed"
run "$prefix/bin/ptpar" -n 4 --scheduler=shuffle quickstart.so
is "$status" 1 "--scheduler=shuffle"
like "$out" 'scheduler shuffle' "it is the one in the header"
like "$out" '^2 failed, 2 passed in' "and the outcomes are the same"
run mpirun -np 4 "$prefix/bin/ptpar" --scheduler=shuffle quickstart.so
like "$out" '^2 failed, 2 passed in' "under mpirun too"
run make -C spool install
is "$status" 0 "a scheduler with a batch system is built and installed"
run "$prefix/bin/ptpar" -n 4 --scheduler=spool quickstart.so
is "$status" 4 "it refuses what it does not like"
like "$err" '^ptpar: --scheduler=spool: spool: where does spoold look\?' "and that is told"
mkdir jobs
spool/spoold jobs &
spoold=$!
export SPOOL_DIRECTORY=$DIR/jobs
run "$prefix/bin/ptpar" -n 4 --scheduler=spool quickstart.so
like "$out" '^2 failed, 2 passed in' "its job runs the tests"
run "$prefix/bin/ptpar" -n 4 --scheduler=spool --detach quickstart.so
is "$status" 0 "or runs all by itself"
run "$prefix/bin/ptpar" --attach last
like "$out" '^2 failed, 2 passed in' "which is seen from here"
printf '[command:hangs]\ncommand = sh -c "touch began; exec sleep 300"\n' >hang.ini
start "$prefix/bin/ptpar" -n 1 --scheduler=spool -c hang.ini
ok "a test runs in a job" wait_for 20 test -e began
kill -INT -- "-$pid"
finish
like "$out" 'job [A-Za-z0-9]+ was cancelled' "Ctrl-C cancels it"
is "$status" 2 "with status 2"
kill "$spoold"
run make -C lines
is "$status" 0 "the source is built with the installed headers alone"
run make -C lines install
is "$status" 0 "and installed"
printf '# name command\nyes true\n\nno false a b\n' >some.tests
run "$prefix/bin/ptpar" --list some.tests
is "$out" "some.tests::yes
some.tests::no" "its tests are listed"
run "$prefix/bin/ptpar" -n 2 some.tests
is "$status" 1 "and run"
like "$out" '^FAILED some.tests::no - exited with status 1$' "what the source says of one that fails is told"
like "$out" '^1 failed, 1 passed in' "the other one passes"
echo alone >>some.tests
run "$prefix/bin/ptpar" --list some.tests
is "$status" 1 "a mistake in its file"
like "$err" "some.tests:5: 'alone' has no command: write NAME COMMAND" "is told as the source tells it"
mv "$prefix" "$DIR/moved"
run "$DIR/moved/bin/ptpar" -n 4 quickstart.so
like "$out" '^2 failed, 2 passed in' "the installed tree may be moved"
no_leftovers
done_testing
