#!/usr/bin/env bash
# soak.t - many tests on 4 workers, 2 % of them faulty at random by seed: they end as the seed says. A short form in
# make check; 2,000 tests in each of the six ways by make soak (or with the argument `full`; SEED=N repeats a run).
. "${abs_top_srcdir:?}/tests/integration/lib.sh"
. "$abs_top_srcdir/tests/integration/ways.sh"

if [ "${1:-part}" = full ]; then
	: "${SEED:=$((SRANDOM % 1000000))}"
	n=2000
	ways=({sequential,static,dynamic}" "{alone,mpirun})
	TIMEOUT=600
else
	SEED=1
	n=300
	ways=("dynamic alone" "static mpirun")
fi

soak() {
	python3 "$abs_top_srcdir/tests/integration/soak.py" "$@"
}

printf '[ptpar]\ngrace = 0.5\n' >ptpar.ini
soak write "$SEED" $n soak.c want
ok "a suite of $n tests is built, by SEED=$SEED" mpicc -shared -fPIC -I"$abs_top_srcdir/include" -o soak.so soak.c
for way in "${ways[@]}"; do
	read -r scheduler start <<<"$way"
	began=$SECONDS
	with_workers "$start" 4 -q --scheduler="$scheduler" soak.so
	diag "$way: $(tail -n 1 <<<"$out"), $((SECONDS - began)) s"
	is "$(soak judge want .ptpar/runs/"$(cat .ptpar/last)"/events.jsonl)" "" "$way, SEED=$SEED: as the seed says"
	is "$status" 1 "$way: status 1"
	no_leftovers "$way: nothing is left behind"
done
done_testing
[ "$n" != 2000 ] || echo "$((tests_run - tests_failed)) passed, $tests_failed failed"
