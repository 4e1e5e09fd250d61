#!/usr/bin/env bash
# order.t - what each scheduler makes of eight tests that sleep, and of many short ones before them.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

# makespan: seconds from the first start to the last end of the last run.
makespan() {
	python3 - .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl <<'EOF'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
started = [e["time"] for e in events if e["event"] == "started"]
print(max(e["time"] for e in events if e["event"] == "finished") - min(started))
EOF
}
less() {
	python3 -c "import sys; sys.exit(not $1 < $2)"
}

for way in alone mpirun; do
	with_workers $way 4 --scheduler=sequential "$SUITES/sleeps.so"
	is "$status" 0 "$way, sequential: all pass"
	one_by_one=$(makespan)
	is "$(outcomes | cut -d' ' -f2 | xargs)" \
		"short_1 long_1 long_2[2] short_3[3] long_1_again long_1_once_more long_2_again[2] short_2[2]" \
		"$way, sequential: in the order of the file"
	with_workers $way 4 --scheduler=dynamic "$SUITES/sleeps.so"
	at_once=$(makespan)
	diag "$way: sequential $one_by_one s, dynamic $at_once s"
	ok "$way: dynamic beats sequential clearly" less "$at_once" "0.75 * $one_by_one"
	ok "$way: sequential runs one test at a time" less 0.5 "$one_by_one"
	with_workers $way 4 --scheduler=static "$SUITES/sleeps.so"
	is "$status" 0 "$way, static: all pass"
done
no_leftovers
done_testing
