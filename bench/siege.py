#!/usr/bin/env python3
"""How much a run is slowed by those who try to get in (tests/integration/intruder.py), as ratios to undisturbed runs.

400 tests of 2 processes that sleep 5 ms, on 2 workers: about 2 s. Meanwhile, from the moment when the socket is there:
a crowd of 10,000 connections; one connection after the other that shows a wrong token; 100 that send a byte now and
then. What all that costs the machine is no fault of ptpar: beside each there is a run with the same done to another
socket, which closes what connects. The runs of a round are interleaved; medians of the rounds are printed.
Run by `make bench-siege`; environment: PTPAR, MPICC, TOP_SRCDIR, ROUNDS (5).
"""
import glob
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time

PTPAR = os.path.abspath(os.environ.get("PTPAR", "./ptpar"))
MPICC = os.environ.get("MPICC", "mpicc")
TOP = os.environ.get("TOP_SRCDIR", ".")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
WRONG = b"ptpar/\0\2" + b"w" * 32


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


def crowd(path, _):
    """10,000 of them, 500 at once."""
    held = []
    for _ in range(10000):
        held.append(connect(path))
        if len(held) > 500:
            held.pop(0).close()
    for s in held:
        s.close()


def wrong_token(path, over):
    while not over.is_set():
        with connect(path) as s:
            try:
                s.sendall(WRONG)
                s.recv(1)
            except (BrokenPipeError, ConnectionResetError):
                pass  # closed already
        time.sleep(0.001)


def drip(path, over):
    held = [connect(path) for _ in range(100)]
    while not over.is_set():
        for i, s in enumerate(held):
            try:
                s.send(b"p")
            except OSError:
                held[i] = connect(path)
        over.wait(0.5)
    for s in held:
        s.close()


def serve(path, over):
    """A socket that is none of ptpar's."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(4096)
        listener.settimeout(0.1)
        while not over.is_set():
            try:
                listener.accept()[0].close()
            except OSError:
                pass


def besiege(way, tmp, decoy, over):
    """Waits for the socket, then goes on until the run is over, when whatever it does fails."""
    while not over.is_set():
        for path in glob.glob(f"{tmp}/ptpar-*/core"):
            try:
                return way(decoy or path, over)
            except OSError:
                return None
        time.sleep(0.001)
    return None


def timed(directory, suite, way, elsewhere=False):
    tmp = tempfile.mkdtemp(dir=directory)
    env = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
               OMPI_MCA_rmaps_base_oversubscribe="1", TMPDIR=tmp)
    env.pop("XDG_RUNTIME_DIR", None)
    over = threading.Event()
    decoy = os.path.join(tmp, "decoy") if elsewhere else None
    threads = [threading.Thread(target=besiege, args=(way, tmp, decoy, over))] if way else []
    if elsewhere:
        threads.append(threading.Thread(target=serve, args=(decoy, over)))
    for thread in threads:
        thread.start()
    start = time.monotonic()
    subprocess.run([PTPAR, "-n", "2", "-q", suite], cwd=tmp, env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - start
    over.set()
    for thread in threads:
        thread.join()
    return seconds


def main():
    ways = {"10,000 connections": crowd, "a wrong token, always": wrong_token, "100 that drip": drip}
    # Short paths: a socket's has 107 bytes.
    with tempfile.TemporaryDirectory(prefix="ptpar-siege-", dir="/tmp") as directory:
        source, suite = os.path.join(directory, "suite.c"), os.path.join(directory, "suite.so")
        with open(source, "w") as f:
            f.write("#include <unistd.h>\n#include <ptpar.h>\n")
            f.writelines(f"PTPAR_TEST(test_{i}, 2) {{ usleep(5000); MPI_Barrier(comm); }}\n" for i in range(400))
        subprocess.run([MPICC, "-O1", "-shared", "-fPIC", f"-I{TOP}/include", "-o", suite, source], check=True)
        free, hit, spared = [], {name: [] for name in ways}, {name: [] for name in ways}
        for _ in range(ROUNDS):
            free.append(timed(directory, suite, None))
            for name, way in ways.items():
                hit[name].append(timed(directory, suite, way))
                spared[name].append(timed(directory, suite, way, elsewhere=True))
    print(f"a run under siege, median of {ROUNDS} rounds (seconds; the same to another socket; ratio)")
    print(f"  {'undisturbed':24} {statistics.median(free):6.3f}")
    for name in ways:
        ptpar, other = statistics.median(hit[name]), statistics.median(spared[name])
        print(f"  {name:24} {ptpar:6.3f}  {other:6.3f}  {ptpar / other:5.2f} x")


if __name__ == "__main__":
    main()
