#!/bin/sh
# run.sh FUZZER... - runs each for FUZZ_SECONDS (default 10), beginning with its kept corpus. What it finds stays in
# fuzz/found of the build directory. FUZZ_MERGE=yes keeps what is new in the corpus of the source tree.
set -u
corpus=${abs_top_srcdir:?run me by make fuzz}/fuzz/corpus
passed=0
failed=0

# At an end by a signal libFuzzer leaves the input in its artifact directory, and says where.
fuzz() {
	"$1" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-dict="$abs_top_srcdir/fuzz/$name.dict" -artifact_prefix="$found/" "$work" "$corpus/$name"
}

# The inputs of the corpus that libFuzzer has named: by the SHA-1 of what is in them.
generated() {
	find "$corpus/$name" -type f | grep -E '/[0-9a-f]{40}$'
}

# As few inputs as reach the same code. Those that people have named stay.
merge() {
	rm -rf "$work.merged" && mkdir -p "$work.merged" || return
	"$1" -merge=1 -use_counters=0 "$work.merged" "$corpus/$name" "$work" || return
	generated | xargs -r rm -f
	cp "$work.merged"/* "$corpus/$name/"
	rm -rf "$work.merged"
	find "$corpus/$name" -type f | grep -vE '/[0-9a-f]{40}$' | xargs -r sha1sum | cut -d' ' -f1 |
		sed "s,^,$corpus/$name/," | xargs -r rm -f
}

for fuzzer in "$@"; do
	name=$(basename "$fuzzer" -fuzzer)
	work=fuzz/work/$name
	found=fuzz/found/$name
	log=fuzz/work/$name.log
	mkdir -p "$work" "$found"
	if fuzz "$fuzzer" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in ${FUZZ_SECONDS:-10} s"
	else
		failed=$((failed + 1))
		echo "not ok - $name: see $PWD/$log and $PWD/$found"
		tail -n 60 "$log" | sed 's/^/# /'
	fi
	[ "${FUZZ_MERGE:-no}" != yes ] || merge "$fuzzer" >>"$log" 2>&1
done
echo "# PASS: $passed"
echo "# FAIL: $failed"
[ "$failed" -eq 0 ]
