#!/usr/bin/env python3
"""What a run in a job of Slurm costs, in a private Slurm of one node with 8 CPUs, against a job script by hand.

  by hand   one job script that starts an srun for each test in the background and waits for all (as pytest_parallel
            makes it): srun finds out by trying when there is room.
  isolated  ptpar --scheduler=slurm: a job step for each test.
  pool      the same with [slurm] reuse = yes.

TESTS (40) tests of 1, 2, 3 and 4 ranks in turn, which do a barrier. Seconds from the submission to the end, and how
many times those of the job by hand; for ptpar also from the submission to the first result. The ways are
interleaved, and the medians of the rounds printed.

Run by `make bench-slurm`, as root; environment: PTPAR, MPICC, TOP_SRCDIR, ROUNDS (5), TESTS.
"""
import glob
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from bench import ENV, MPICC, PTPAR, TOP, timed

ROUNDS = int(os.environ.get("ROUNDS", "5"))
TESTS = int(os.environ.get("TESTS", "40"))
CPUS = 8
SLURM = f"{TOP}/tests/slurm/slurm"

PROGRAM = """#include <mpi.h>
int main(int argc, char **argv) { MPI_Init(&argc, &argv); MPI_Barrier(MPI_COMM_WORLD); return MPI_Finalize(); }
"""


def np(i):
    return i % 4 + 1


def build(where):
    with open(f"{where}/program.c", "w") as f:
        f.write(PROGRAM)
    subprocess.run([MPICC, "-o", f"{where}/program", f"{where}/program.c"], check=True)
    with open(f"{where}/suite.c", "w") as f:
        f.write("#include <ptpar.h>\n")
        f.writelines(f"PTPAR_TEST(test_{i}, {np(i)}) {{ MPI_Barrier(comm); }}\n" for i in range(TESTS))
    subprocess.run([MPICC, "-shared", "-fPIC", f"-I{TOP}/include", "-o", f"{where}/suite.so", f"{where}/suite.c"],
                   check=True)
    with open(f"{where}/by_hand", "w") as f:
        f.write("#!/bin/bash\n#SBATCH --output=by_hand.out\n")
        f.writelines(f"srun --exact --mpi=pmix --ntasks={np(i)} ./program || touch failed &\n" for i in range(TESTS))
        f.write("wait\ntouch done\n")
    with open(f"{where}/pool.ini", "w") as f:
        f.write("[slurm]\nreuse = yes\n")


def by_hand(where, env):
    for name in "done", "failed":
        if os.path.exists(f"{where}/{name}"):
            os.remove(f"{where}/{name}")
    start = time.monotonic()
    timed(["sbatch", "--quiet", f"--ntasks={CPUS}", "by_hand"], where, env)
    while not os.path.exists(f"{where}/done"):
        time.sleep(0.01)
    seconds = time.monotonic() - start
    if os.path.exists(f"{where}/failed"):
        sys.exit("bench: a test of the job by hand has failed:\n" + open(f"{where}/by_hand.out").read())
    return seconds


def first_result(where):
    with open(glob.glob(f"{where}/.ptpar/runs/*/events.jsonl")[0]) as f:
        return next(e["time"] for e in map(json.loads, f) if e["event"] == "finished")


def ptpar(where, env, *arguments):
    shutil.rmtree(f"{where}/.ptpar", ignore_errors=True)
    seconds = timed([PTPAR, "-n", str(CPUS), "--scheduler=slurm", "-q", *arguments, "suite.so"], where, env)[0]
    return seconds, first_result(where)


def measure(where, env):
    hand, isolated, pool = [], [], []
    for _ in range(ROUNDS):
        hand.append(by_hand(where, env))
        isolated.append(ptpar(where, env))
        pool.append(ptpar(where, env, "-c", "pool.ini"))
    floor = statistics.median(hand)
    print(f"{TESTS} tests of 1 to 4 ranks in a job of {CPUS} CPUs, median of {ROUNDS} rounds")
    print(f"  {'by hand: an srun for each':30} {floor:7.2f} s  1.00")
    for name, runs in ("ptpar, isolated", isolated), ("ptpar, pool", pool):
        seconds, first = (statistics.median(r[i] for r in runs) for i in (0, 1))
        print(f"  {name:30} {seconds:7.2f} s  {seconds / floor:4.2f}  first result after {first:.2f} s")


def main():
    with tempfile.TemporaryDirectory(prefix="ptpar-bench-") as where:
        build(where)
        settings = timed([SLURM, "start", f"{where}/slurm", "1", str(CPUS)], where, ENV)[1]
        # "export SLURM_CONF=...", for a shell.
        env = dict(ENV, SLURM_CONF=shlex.split(settings)[1].split("=", 1)[1], OMPI_MCA_mpi_yield_when_idle="1")
        try:
            measure(where, env)
        finally:
            subprocess.run([SLURM, "stop", f"{where}/slurm"], check=True)


main()
