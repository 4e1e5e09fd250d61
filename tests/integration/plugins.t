#!/usr/bin/env bash
# plugins.t - bad plugins are refused when asked for, and a warning else.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"

built=$abs_top_builddir/tests/plugins/.libs
cp "$EXAMPLES/quickstart.so" .
mkdir plugins other
export PTPAR_PLUGIN_PATH=$DIR/plugins
plugin() { # FILE AS: puts a plugin there under that name
	rm -f plugins/*
	cp "$built/$1.so" "plugins/$2.so"
}

plugin scheduler-abi scheduler-abi
run "$PTPAR" -n 2 quickstart.so::test_B
is "$status" 0 "a bad plugin that nobody asked for: the run goes on"
like "$out$err" 'scheduler-abi.so: it was built for ABI' "a bad plugin that nobody asked for: a warning"
run "$PTPAR" -n 2 --scheduler=abi quickstart.so::test_B
is "$status" 4 "a wrong ABI, asked for: status 4"
like "$err" '^ptpar: .*scheduler-abi.so.*ABI' "a wrong ABI, asked for: says so"
plugin scheduler-unwilling scheduler-unwilling
run "$PTPAR" -n 2 --scheduler=unwilling quickstart.so::test_B
is "$status" 4 "create fails: status 4"
like "$err" '^ptpar: scheduler unwilling cannot be used: .' "create fails: says why"
plugin scheduler-good scheduler-good
mkdir -p other && cp plugins/scheduler-good.so other
run env PTPAR_PLUGIN_PATH="$DIR/plugins:$DIR/other" "$PTPAR" -n 2 --scheduler=good quickstart.so::test_B
is "$status" 4 "two plugins of one name: status 4"
like "$err" 'plugins/scheduler-good.so.*other/scheduler-good.so|other/scheduler-good.so.*plugins/scheduler-good.so' \
	"two plugins of one name: both are named"
echo text >plugins/source-text.so
run "$PTPAR" -n 2 quickstart.so::test_B
is "$status" 0 "a bad source: the run goes on"
like "$out$err" 'source-text.so: it is not a shared library' "a bad source: a warning"
no_leftovers
done_testing
