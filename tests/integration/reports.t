#!/usr/bin/env bash
# reports.t - the terminal, JUnit and the event log of a real run; and all of it again from the log.
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

cp "$SUITES/api.so" .
run "$PTPAR" -n 4 --junit report.xml -k 'not passes_isolated and not fails_every_field' api.so
is "$status" 1 "status 1"
first=$out
ok "JUnit is well-formed" xmllint --noout report.xml
is "$(xmllint --xpath 'string(//testcase[@name="fails_on_rank_1[2]"]/@classname)' report.xml)" api.so "classname is the source"
like "$(xmllint --xpath 'string(//testcase[@name="fails_on_rank_1[2]"]/failure)' report.xml)" 'On rank 1 of 2' \
	"the failure says which rank"
is "$(xmllint --xpath 'count(//testcase)' report.xml)" "$(outcomes | wc -l)" "as many cases as outcomes"
for kind in failure:failed error:error skipped:skipped; do
	is "$(xmllint --xpath "count(//testcase/${kind%:*}[not(@type=\"xfailed\")][not(@type=\"xpassed\")])" report.xml)" \
		"$(outcomes | grep -c "^${kind#*:} ")" "${kind%:*} for ${kind#*:}"
done
like "$(xmllint --xpath 'string(//testcase[@name="fails_printing"]/system-out)' report.xml)" . "captured output is in it"
run "$PTPAR" --report last --junit again.xml
is "$status" 1 "--report: the status of the run"
is "$out" "$first" "--report: the same on the terminal"
ok "--report: the same JUnit" cmp report.xml again.xml

run "$PTPAR" -n 2 -s -k fails_printing api.so
unlike "$out" 'captured output' "-s: nothing is captured"
run "$PTPAR" -n 2 -v -k passes_assert api.so
like "$out" '^PASSED +api.so::passes_assert' "-v: a line per test"
run "$PTPAR" -n 2 -q -k passes_assert api.so
is "$(wc -l <<<"$out")" 1 "-q: the summary only"
run "$PTPAR" -n 2 --durations 2 -k passes_ api.so
like "$out" 'slowest tests' "--durations"
run "$PTPAR" -n 2 --color always -k passes_assert api.so
like "$out" $'\033' "--color always"
run "$PTPAR" -n 2 -k passes_assert api.so
unlike "$out" $'\033' "no colour where nobody looks"
run "$PTPAR" -n 2 --junit - -q -k passes_assert api.so
like "$out" '<testsuites' "JUnit on standard output"

cat >hostile.c <<'EOF'
#include <ptpar.h>
PTPAR_TEST(hostile)
{
	printf("\033[2J\a]]> <&\"' \xff\xfe \x01 \xc2\x9b" "2J\n::error::no\n  ::error::no\n##vso[task.complete]no\n");
	ptpar_fail("\033[31m]]>&<\x02 \xc3\x28\n::error::no\n##[error]no");
}
static const char *const hostile_names[] = { "\033[2J\n::error::no", "##[error]no\xc2\x9b", NULL };
PTPAR_TEST_WITH(named, .params = hostile_names) { ptpar_skip("::error::no\n##[error]"); }
EOF
mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o hostile.so hostile.c
run "$PTPAR" -n 1 --junit report.xml hostile.so
unlike "$out" $'\033' "no escape sequence of a test reaches the terminal"
unlike "$out$err" $'\302\233' "in none of its forms"
unlike "$out" '^[[:space:]]*::error|##vso\[|##\[' "nor a command to a CI service"
ok "nor harms JUnit" xmllint --noout report.xml
ok "nor the log" python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' \
	.ptpar/runs/"$(cat .ptpar/last)"/events.jsonl
for list in --list --list=json; do
	run "$PTPAR" -n 1 "$list" hostile.so
	is "$status" 0 "$list: status 0"
	unlike "$out$err" $'\033|\302\233|^[[:space:]]*::error|##\[' "$list: harmless as well"
done
no_leftovers
done_testing
