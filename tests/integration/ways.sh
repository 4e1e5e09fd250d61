# ways.sh - the two ways to start ptpar, and reading outcomes from the event log. After lib.sh.

# with_workers WAY N ARGUMENT...: runs ptpar on N workers, by itself (alone) or under mpirun.
with_workers() {
	local way=$1 n=$2

	shift 2
	if [ "$way" = alone ]; then
		run "$PTPAR" -n "$n" "$@"
	else
		run mpirun -np "$n" "$PTPAR" "$@"
	fi
}

# outcomes: `OUTCOME NAME` of each test of the last run here, in the order of their ends. NAME is that of the test, without
# its source; a source that could not be collected has none.
outcomes() {
	python3 - .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl <<'EOF'
import json, sys
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["event"] == "finished":
        print(e["outcome"], e["name"] or e["source"])
EOF
}

# misnamed: the tests of the last run whose outcome is not the one that their name begins with. np above $1 is skipped.
misnamed() {
	python3 - .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl "$1" <<'EOF'
import json, sys
words = {"passes": "passed", "fails": "failed", "errors": "error", "skips": "skipped", "crashes": "crashed",
         "timeouts": "timeout", "passes_unexpectedly": "xpassed", "fails_as_expected": "xfailed"}
for line in open(sys.argv[1]):
    e = json.loads(line)
    if e["event"] != "finished":
        continue
    plain = e["name"].split("[")[0]
    wanted = words.get(plain, words.get(plain.split("_")[0]))
    if e["np"] > int(sys.argv[2]):
        wanted = "skipped"
    if e["outcome"] != wanted:
        print(e["outcome"], "instead of", wanted + ":", e["name"], e.get("reason", ""))
EOF
}
