#!/usr/bin/env python3
"""What isolated tests and programs cost, against starting mpirun for each.

  isolated tests  N tests of 1, 2 and 4 ranks each, that do a barrier, on all cores: ptpar --scheduler=shell (suites),
                  the same as commands of an MPI program, mpirun for each in a loop (as it is, and with the transports
                  for one node), and ctest -j on mpirun (if there is a ctest).
  TAP programs    M shell scripts that do nothing, against prove -j (if there is one).

Seconds for all, and how many times longer than ptpar's suites (or, for TAP, ptpar). The ways are interleaved, and
the medians of the rounds printed. Tests of mpirun may fail, those of ptpar must not.

Run by `make bench-isolated`; environment: PTPAR, MPICC, TOP_SRCDIR, ROUNDS (3), TESTS (100), PROGRAMS (2000).
"""
import os
import shutil
import statistics
import subprocess
import tempfile

from bench import ENV, FAST, MPICC, PTPAR, TOP, timed

ROUNDS = int(os.environ.get("ROUNDS", "3"))
TESTS = int(os.environ.get("TESTS", "100"))
PROGRAMS = int(os.environ.get("PROGRAMS", "2000"))
CORES = len(os.sched_getaffinity(0))

PROGRAM = """#include <mpi.h>
int main(int argc, char **argv) { MPI_Init(&argc, &argv); MPI_Barrier(MPI_COMM_WORLD); return MPI_Finalize(); }
"""
SUITE = """#include <ptpar.h>
#define TEST(name, np_) PTPAR_TEST_WITH(name, .np = { np_ }, .isolated = true) { MPI_Barrier(MPI_COMM_WORLD); }
"""


def build(where, np):
    with open(f"{where}/suite.c", "w") as f:
        f.write(SUITE + "".join(f"TEST(test_{i}, {np})\n" for i in range(TESTS)))
    subprocess.run([MPICC, "-shared", "-fPIC", f"-I{TOP}/include", "-o", f"{where}/suite.so", f"{where}/suite.c"],
                   check=True)
    with open(f"{where}/commands.ini", "w") as f:
        f.write("".join(f"[command:test_{i}]\ncommand = {where}/../program\nnp = {np}\n" for i in range(TESTS)))
    with open(f"{where}/CTestTestfile.cmake", "w") as f:
        for i in range(TESTS):
            f.write(f'add_test(test_{i} mpirun -np {np} {where}/../program)\n'
                    f'set_tests_properties(test_{i} PROPERTIES PROCESSORS {np})\n')


def loop(where, np):
    return ["sh", "-c", f"for i in $(seq {TESTS}); do mpirun -np {np} {where}/../program || bad=1; done; exit $bad"]


def ways(where, np):
    slots = max(np, CORES)
    yield "ptpar, suite", [PTPAR, "-n", str(slots), "-q", "--scheduler=shell", "suite.so"], ENV
    yield "ptpar, commands", [PTPAR, "-n", str(slots), "-q", "--scheduler=shell", "-c", "commands.ini"], ENV
    yield "mpirun for each", loop(where, np), ENV
    yield "mpirun for each, fast transports", loop(where, np), FAST
    if shutil.which("ctest"):
        yield f"ctest -j{CORES}", ["ctest", f"-j{CORES}", "-Q"], ENV


def compare(title, commands, where):
    times, accidents = {}, {}
    for _ in range(ROUNDS):
        for name, command, env in commands:
            # Now and then an mpirun of Open MPI 4 does not get its program started.
            seconds, _, status = timed(command, where, env, (0,) if command[0] == PTPAR else (0, 1, 8))
            times.setdefault(name, []).append(seconds)
            accidents[name] = accidents.get(name, 0) + (status != 0)
    medians = {name: statistics.median(t) for name, t in times.items()}
    first = next(iter(medians.values()))
    print(f"\n{title}")
    for name, t in medians.items():
        print(f"  {name:34} {t:7.2f} s  {t / first:6.2f}"
              + (f"  (tests failed in {accidents[name]} of {ROUNDS} rounds)" if accidents[name] else ""))


def main():
    with tempfile.TemporaryDirectory(prefix="ptpar-bench-") as directory:
        with open(f"{directory}/program.c", "w") as f:
            f.write(PROGRAM)
        subprocess.run([MPICC, "-o", f"{directory}/program", f"{directory}/program.c"], check=True)
        for np in (1, 2, 4):
            where = f"{directory}/np{np}"
            os.mkdir(where)
            build(where, np)
            compare(f"{TESTS} isolated tests of {np} rank{'s' if np > 1 else ''} on {CORES} cores",
                    list(ways(where, np)), where)
        where = f"{directory}/tap"
        os.mkdir(where)
        for i in range(PROGRAMS):
            with open(f"{where}/t{i}.t", "w") as f:
                f.write("#!/bin/sh\necho 1..1\necho ok 1\n")
            os.chmod(f"{where}/t{i}.t", 0o755)
        commands = [("ptpar", [PTPAR, "-n", str(CORES), "-q", "--scheduler=dynamic", "."], ENV)]
        if shutil.which("prove"):
            commands.append((f"prove -j{CORES}", ["prove", f"-j{CORES}", "-Q", "."], ENV))
        compare(f"{PROGRAMS} TAP programs that do nothing", commands, where)


main()
