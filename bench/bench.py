#!/usr/bin/env python3
"""What ptpar costs, as ratios to floors that run beside it.

  cost per test   1,000 and 10,000 empty tests of 1 process, and of 2 processes with a barrier, on 2 workers, under
                  each scheduler, against a hand-written MPI loop over the same functions (floor.c). The cost of one
                  test is the difference of the two runs divided by 9,000: start-up cancels out.
  start-up        `ptpar -n 2` with one test and `mpirun -np 2 ptpar`, against `mpirun -np 2` of a program that only
                  initialises MPI.

The runs of a round are interleaved, since machines are noisy; medians of the rounds are printed.
  noting          what the worker's notes of MPI calls cost, by calls.c.
  bad tests       time lost by one that crashes or hangs, against the same run without that (faults.c).

Run by `make bench`; environment: PTPAR, MPICC, TOP_SRCDIR, ROUNDS (5).
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

PTPAR = os.environ.get("PTPAR", "./ptpar")
MPICC = os.environ.get("MPICC", "mpicc")
TOP = os.environ.get("TOP_SRCDIR", ".")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SCHEDULERS = ("sequential", "static", "dynamic")
SIZES = (1000, 10000)
BODY = {1: "(void)comm;", 2: "MPI_Barrier(comm);"}
ENV = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
           OMPI_MCA_rmaps_base_oversubscribe="1")
# The transports that ptpar chooses on one node: the floor must not lose for lack of them.
FAST = dict(ENV, OMPI_MCA_pml="ob1", OMPI_MCA_btl="self,vader")


def build(directory, np, n):
    """A suite of n tests of np processes, and the floor with the same bodies; returns their paths."""
    where = os.path.join(directory, f"np{np}-{n}")
    os.mkdir(where)
    names = [f"test_{i}" for i in range(n)]
    with open(os.path.join(where, "bodies.h"), "w") as f:
        f.writelines(f"TEST({name}, {np}) {{ {BODY[np]} }}\n" for name in names)
    with open(os.path.join(where, "names.h"), "w") as f:
        f.writelines(f"TEST_NAME({name})\n" for name in names)
    with open(os.path.join(where, "suite.c"), "w") as f:
        f.write('#include <ptpar.h>\n#define TEST(name, np) PTPAR_TEST(name, np)\n#include "bodies.h"\n')
    suite, floor = os.path.join(where, "suite.so"), os.path.join(where, "floor")
    subprocess.run([MPICC, "-O1", "-g0", "-shared", "-fPIC", f"-I{TOP}/include", f"-I{where}", "-o", suite,
                    os.path.join(where, "suite.c")], check=True)
    subprocess.run([MPICC, "-O1", "-g0", f"-I{where}", "-o", floor, f"{TOP}/bench/floor.c"], check=True)
    return suite, floor


def timed(command, cwd, env, statuses=(0,)):
    start = time.monotonic()
    done = subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    seconds = time.monotonic() - start
    if done.returncode not in statuses:
        sys.exit(f"bench: {' '.join(command)}: status {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}")
    return seconds, done.stdout.decode(), done.returncode


def per_test(small, large):
    return (large - small) / (SIZES[1] - SIZES[0])


def cost_per_test(directory):
    print(f"cost per test on 2 workers, median of {ROUNDS} rounds (microseconds; ratio to the hand-written MPI loop)")
    for np in (1, 2):
        built = [build(directory, np, n) for n in SIZES]
        # The loop on one process is the floor of sequential, which runs tests of one process on one worker.
        floor, costs = {1: [], 2: []}, {s: [] for s in SCHEDULERS}
        for _ in range(ROUNDS):
            for processes in (1, 2) if np == 1 else (2,):
                loops = [float(timed(["mpirun", "-np", str(processes), b[1], str(np)], directory, FAST)[1])
                         for b in built]
                floor[processes].append(per_test(*loops))
            for s in SCHEDULERS:
                runs = [timed([PTPAR, "-n", "2", "-q", f"--scheduler={s}", b[0]], directory, ENV)[0] for b in built]
                costs[s].append(per_test(*runs))
        print("  1 process, empty" if np == 1 else "  2 processes, a barrier")
        for processes, times in floor.items():
            if times:
                print(f"    loop on {processes} process{'es' if processes > 1 else '  '}  {1e6 * statistics.median(times):8.2f}")
        for s in SCHEDULERS:
            cost = statistics.median(costs[s])
            base = statistics.median(floor[1 if np == 1 and s == "sequential" else 2])
            print(f"    {s:19} {1e6 * cost:8.2f}   {cost / base:6.2f} x")


def start_up(directory):
    init, suite = os.path.join(directory, "init"), os.path.join(directory, "one.so")
    subprocess.run([MPICC, "-O1", "-o", init, f"{TOP}/bench/init.c"], check=True)
    with open(os.path.join(directory, "one.c"), "w") as f:
        f.write("#include <ptpar.h>\nPTPAR_TEST(test_one, 2) { MPI_Barrier(comm); }\n")
    subprocess.run([MPICC, "-shared", "-fPIC", f"-I{TOP}/include", "-o", suite, os.path.join(directory, "one.c")],
                   check=True)
    commands = {
        "mpirun -np 2 init": (["mpirun", "-np", "2", init], ENV),
        "the same, ob1 + vader": (["mpirun", "-np", "2", init], FAST),
        "ptpar -n 2 one.so": ([PTPAR, "-n", "2", "-q", suite], ENV),
        "mpirun -np 2 ptpar one.so": (["mpirun", "-np", "2", PTPAR, "-q", suite], ENV),
    }
    times = {name: [] for name in commands}
    for _ in range(2 * ROUNDS):
        for name, (command, env) in commands.items():
            times[name].append(timed(command, directory, env)[0])
    base = statistics.median(times["mpirun -np 2 init"])
    print(f"start-up, median of {2 * ROUNDS} rounds (milliseconds; ratio to mpirun's default)")
    for name in commands:
        median = statistics.median(times[name])
        print(f"  {name:36} {1e3 * median:8.1f}   {median / base:6.2f} x")


def noted_calls(directory):
    """calls.c: MPI calls that do next to nothing, noted by the worker or not."""
    suite = os.path.join(directory, "calls.so")
    subprocess.run([MPICC, "-O2", "-shared", "-fPIC", f"-I{TOP}/include", "-o", suite, f"{TOP}/bench/calls.c"], check=True)
    out = timed([PTPAR, "-n", "1", "-s", "-q", suite], directory, ENV)[1]
    print("noting an MPI call (nanoseconds; a call, the same by its PMPI name, the difference: target below 50)")
    for line in out.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].startswith("MPI_"):
            noted, bare = float(words[1]), float(words[2])
            print(f"  {words[0]:16} {noted:6.1f} {bare:6.1f} {noted - bare:6.1f}")


def fault_suite(directory, *flags):
    suite = os.path.join(directory, "faults" + "".join(flags) + ".so")
    subprocess.run([MPICC, "-O1", "-shared", "-fPIC", f"-I{TOP}/include", *(f"-D{flag}" for flag in flags), "-o", suite,
                    f"{TOP}/bench/faults.c"], check=True)
    return suite


def cost_of_faults(directory):
    """faults.c: what one bad test costs, against the same run in which it is good."""
    faults = {
        "one crash": (("CRASH",), (), 0.5),
        "one crash, and a new pool": (("CRASH", "WIDE"), ("WIDE",), 0.5),
        "one hang, with a timeout of 1 s": (("HANG",), (), 2.0),
    }
    starts = {"alone": [PTPAR, "-n", "4"], "under mpirun": ["mpirun", "-np", "4", PTPAR]}
    lost = {(name, start): [] for name in faults for start in starts}
    suites = {flags: fault_suite(directory, *flags) for bad, good, _ in faults.values() for flags in (bad, good)}
    for _ in range(ROUNDS):
        for name, start in lost:
            bad, good, _ = faults[name]
            command = [*starts[start], "-q", "--scheduler=dynamic"]
            lost[name, start].append(timed([*command, suites[bad]], directory, ENV, (1,))[0] -
                                     timed([*command, suites[good]], directory, ENV)[0])
    print(f"time lost by a bad test on 4 workers, median of {ROUNDS} rounds (seconds; target)")
    for (name, start), times in lost.items():
        median, target = statistics.median(times), faults[name][2]
        print(f"  {name + ', ' + start:46} {median:6.2f}   {target:4.1f}{'' if median <= target else '   MISSED'}")


def main():
    global PTPAR
    PTPAR = os.path.abspath(PTPAR)
    with tempfile.TemporaryDirectory(prefix="ptpar-bench-") as directory:
        cost_per_test(directory)
        start_up(directory)
        noted_calls(directory)
        cost_of_faults(directory)


if __name__ == "__main__":
    main()
