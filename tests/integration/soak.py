#!/usr/bin/env python3
"""A suite of many tests, some of them faulty at random, and whether a run of it ended as its seed says.

  soak.py write SEED N SUITE WANT     writes N tests as C to SUITE, and to WANT how they must end
  soak.py judge WANT EVENTS           prints what differs in the run's event log: nothing, if all is well
"""
import json
import random
import sys

FAULTY = 0.02
FAULTS = {
    "raise(SIGSEGV);": "crashed",
    "abort();": "crashed",
    "_exit(0);": "crashed",
    "exit(0);": "crashed",
    "MPI_Abort(comm, 2);": "crashed",
    "kill(getpid(), SIGKILL);": "crashed",
    "ptpar_fail(\"by seed\");": "failed",
    "MPI_Finalize();": "failed",
}
HEAD = """#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <ptpar.h>

"""


def write(seed, n, suite, want):
    random.seed(seed)
    faulty = set(random.sample(range(n), round(n * FAULTY)))
    outcomes = {}
    with open(suite, "w") as f:
        f.write(HEAD)
        for i in range(n):
            np = random.choice([1, 1, 1, 2, 2, 3, 4])
            body, outcome = "", "passed"
            if i in faulty:
                fault, outcome = random.choice(sorted(FAULTS.items()))
                body = f"if (ptpar_rank(test) == {random.randrange(np)}) {{ {fault} }} "
            elif random.random() < 0.1:
                body = f"nanosleep(&(struct timespec){{ .tv_nsec = {random.randrange(3000000)} }}, NULL); "
            f.write(f"PTPAR_TEST(t{i}, {np}) {{ {body}MPI_Barrier(comm); }}\n")
            outcomes[f"t{i}[{np}]"] = outcome
    with open(want, "w") as f:
        json.dump(outcomes, f)


def judge(want, events):
    with open(want) as f:
        outcomes = json.load(f)
    got = {}
    with open(events) as f:
        for line in f:
            e = json.loads(line)
            if e["event"] == "finished":
                got.setdefault(e["name"], []).append(e["outcome"])
            elif e["event"] == "warning":
                print("warning:", e["text"])
    for name in sorted({*outcomes, *got}):
        if got.get(name) != [outcomes.get(name)]:
            print(f"{name}: {got.get(name)} instead of {outcomes.get(name)}")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])
    else:
        judge(sys.argv[2], sys.argv[3])
