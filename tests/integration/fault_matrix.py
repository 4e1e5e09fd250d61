#!/usr/bin/env python3
"""The fault matrix: what is run, how it must end, and the table.

  fault_matrix.py ids WAY full|part          the tests to run, one id a line
  fault_matrix.py judge WAY EVENTS TABLE     compares the run's event log with what must be; adds its verdicts to TABLE
  fault_matrix.py table TABLE                prints the table; status 1 if a cell is not ok

A cell of the table is a fault under one way (scheduler, and alone or under mpirun), struck on the first, the other, and
both ranks of a test, in each of its phases. Outcome, blame, phase and the line of the fault are compared.
"""
import collections
import json
import os
import re
import sys

SUITES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "suites")
WAYS = [f"{scheduler}-{start}" for start in ("alone", "mpirun") for scheduler in ("sequential", "static", "dynamic")]
RANKS = {"first": [0], "other": [1], "all": [0, 1]}
PHASES = ("setup", "call", "teardown")
ENDED = r"still running|waits for ever"

# How a rank ends that is struck (failed: in a setup or teardown it is an error), what is said of it (a regular
# expression for one of its notes), and what it must have printed.
Fault = collections.namedtuple("Fault", "outcome says prints suite")


def fault(outcome, says, prints="", suite="fault_matrix.c"):
    return Fault(outcome, says, prints, suite)


def by_signal(number, name, **more):
    return fault("crashed", rf"its process was killed by signal {number} \(SIG{name}\b", **more)


CXX = "fault_matrix_cxx.cpp"
FAULTS = {
    "segmentation_fault": by_signal(11, "SEGV"),
    "division_by_zero": by_signal(8, "FPE"),
    "bus_error": by_signal(7, "BUS"),
    "illegal_instruction": by_signal(4, "ILL"),
    "assertion": by_signal(6, "ABRT", prints=r"Assertion .zero == 1. failed"),
    "double_free": by_signal(6, "ABRT", prints=r"double.free"),
    "stack_overflow": by_signal(11, "SEGV"),
    "exits": fault("crashed", "its process exited with status 0"),
    "exits_at_once": fault("crashed", "its process exited with status 0"),
    "aborts": by_signal(6, "ABRT"),
    "mpi_abort": fault("crashed", "MPI_Abort was called, with error code 3"),
    "mpi_finalize": fault("failed", "MPI_Finalize was called"),
    "killed": by_signal(9, "KILL"),
    "agent_killed": fault("crashed", "its process is lost: the agent"),
    "descriptors_closed": fault("crashed", "its process has closed its connection to ptpar"),
    "child_lives_on": fault("passed", ""),
    "crash_with_child": by_signal(6, "ABRT"),
    "deaf": fault("timeout", "still running.*after 0.5 s: ended by ptpar"),
    "endless_output": fault("timeout", "still running.*after 0.5 s: ended by ptpar", prints="What I tell you three times"),
    "uncaught_exception": fault("failed", "uncaught exception std::runtime_error", suite=CXX),
    "exception_in_thread": by_signal(6, "ABRT", prints="nobody wants me", suite=CXX),
    "exception_in_noexcept": by_signal(6, "ABRT", prints="nobody wants me", suite=CXX),
}
# Only an agent knows the phase.
AGENT_FAULTS = {"agent_killed"}
# What cannot be compared: under mpirun the agents are the user's job, which ends with any of them.
NOT_UNDER_MPIRUN = {"agent_killed"}


def faults_of(way):
    return [f for f in FAULTS if not (way.endswith("mpirun") and f in NOT_UNDER_MPIRUN)]


def suite_of(name):
    return f"{os.environ['SUITES']}/{FAULTS[name].suite.split('.')[0]}.so"


def cells(way, amount):
    """(fault, ranks, phase) of what is run. A part: every fault twice, spread over ways, ranks and phases."""
    for i, f in enumerate(faults_of(way)):
        for r, ranks in enumerate(RANKS):
            for p, phase in enumerate(PHASES):
                w = WAYS.index(way)
                if amount == "full" or (i % 3 == w % 3 and r == (i + w) % 3 and p == (i // 3 + w // 3) % 3):
                    yield f, ranks, phase


def ids(way, amount):
    for f, ranks, phase in cells(way, amount):
        yield f"{suite_of(f)}::{f}_on_{ranks}[2-{phase}]"
        if amount == "full" and phase != "setup":
            continue  # the healthy ones stand once for the three
        sizes = (1, 2, 3, 4) if amount == "full" else (1, 2)
        yield from (f"{suite_of(f)}::passes_after_{f}_on_{ranks}[{np}]" for np in sizes)
        yield f"{suite_of(f)}::fails_after_{f}_on_{ranks}"
    if amount != "full":
        yield f"{suite_of('exits')}::passes_after_endless_output_on_all[4]"


def line_of(name):
    with open(os.path.join(SUITES, FAULTS[name].suite)) as f:
        for number, line in enumerate(f, 1):
            if line.rstrip(" */\n").endswith(f"strikes: {name}"):
                return number
    return None


def wrong_place(name, rank, note):
    """The line of the fault is marked in the suite; faults without a mark have no line of their own."""
    line, where = line_of(name), f"{os.path.basename(note['file'] or 'nowhere')}:{note['line']}"
    if line is None or where == f"{FAULTS[name].suite}:{line}":
        return None
    return f"rank {rank['rank']} at {where} instead of line {line}"


def wrong_rank(name, outcome, phase, rank):
    """What is wrong with what is said of a rank that was struck."""
    want, r = FAULTS[name], rank["rank"]
    if rank["outcome"] != outcome:
        return f"rank {r} is {rank['outcome']}"
    told = [n for n in rank["notes"] if n["kind"] == "failure" and re.search(want.says, n["text"])]
    if not told:
        return f"rank {r} says {[n['text'] for n in rank['notes']]}"
    if told[0]["phase"] != ("" if name in AGENT_FAULTS else phase):
        return f"rank {r} is said to be in {told[0]['phase'] or 'no phase'}"
    if not re.search(want.prints, rank["output"]):
        return f"rank {r} printed {rank['output'][:80]!r}"
    return wrong_place(name, rank, told[0])


def is_lost(rank):
    """When a test kills an agent, the launcher ends the whole pool: of others that crash just then that is seen."""
    return any(re.search(FAULTS["agent_killed"].says, n["text"]) for n in rank["notes"])


def wrong_bystander(rank):
    """The others may only have waited."""
    if is_lost(rank):
        return None
    blamed = [n for n in rank["notes"] if n["kind"] == "failure" and not re.search(ENDED, n["text"])]
    if rank["outcome"] in ("passed", "timeout") and not blamed:
        return None
    return f"rank {rank['rank']} is blamed: {rank['outcome']} {[n['text'] for n in blamed]}"


def wrong_cell(name, ranks, phase, events):
    want = FAULTS[name]
    outcome = "error" if want.outcome == "failed" and phase != "call" else want.outcome
    if len(events) != 1:
        return f"{len(events)} outcomes"
    e = events[0]
    if e["outcome"] != outcome:
        return f"{e['outcome']} instead of {outcome} ({e.get('reason', '')})"
    told = {r["rank"]: r for r in e.get("ranks", [])}
    struck = RANKS[ranks] if outcome != "passed" else []
    wrongs = [wrong_rank(name, outcome, phase, told[r]) if r in told else f"rank {r} is not told of" for r in struck]
    wrongs += [wrong_bystander(told[r]) for r in told if r not in struck]
    # Of two that are to crash, one may be ended because of the other before it has come to it.
    if ranks == "all" and outcome == "crashed" and None in wrongs:
        wrongs = [w and (w if r not in told or wrong_bystander(told[r]) else None) for r, w in enumerate(wrongs)]
    return next(filter(None, wrongs), None)


def read(events):
    with open(events) as f:
        return [json.loads(line) for line in f]


def healthy(name):
    return "passed" if name.startswith("passes") else "failed" if name.startswith("fails") else None


def judge(way, events):
    """What is wrong, as (row, text); text is empty where nothing is."""
    log = read(events)
    finished = collections.defaultdict(list)
    for e in log:
        if e["event"] == "finished":
            finished[e["name"]].append(e)
    for name in sorted(e["name"] for e in log if e["event"] == "selected"):
        found = [e["outcome"] for e in finished[name]]
        if healthy(name):
            row, wrong = "healthy tests", "" if found == [healthy(name)] else f"{name}: {found}"
        else:
            row, ranks, phase = re.fullmatch(r"(\w+)_on_(\w+)\[2-(\w+)\]", name).groups()
            wrong = wrong_cell(row, ranks, phase, finished[name])
            wrong = f"on {ranks} in {phase}: {wrong}" if wrong else ""
        yield row, wrong
    warnings = [e["text"] for e in log if e["event"] == "warning"]
    yield "no warning", "; ".join(warnings)
    ends = [e for e in log if e["event"] == "run-end"]
    yield "ends with status 1", "" if len(ends) == 1 and ends[0]["status"] == 1 else f"run-end: {ends}"


def put(table, way, verdicts):
    with open(table, "a") as f:
        for row, wrong in verdicts:
            print(json.dumps([way, row, wrong]), file=f)


def show(table):
    with open(table) as f:
        lines = [json.loads(line) for line in f]
    wrongs = collections.defaultdict(list)
    for way, row, wrong in lines:
        wrongs[row, way].append(wrong)
    rows = list(dict.fromkeys([*FAULTS, *(row for _, row, _ in lines)]))
    print(f"{'':24}" + "".join(f"{way:>20}" for way in WAYS))
    for row in rows:
        texts = []
        for way in WAYS:
            cell = wrongs.get((row, way))
            bad = sum(1 for w in cell or [] if w)
            texts.append("-" if cell is None else "ok" if bad == 0 else f"{bad} of {len(cell)} wrong")
        print(f"{row:24}" + "".join(f"{text:>20}" for text in texts))
    for (row, way), cell in sorted(wrongs.items()):
        for wrong in filter(None, cell):
            print(f"{row}, {way}: {wrong}")
    failed = sum(1 for _, _, wrong in lines if wrong)
    print(f"{len(lines) - failed} passed, {failed} failed")
    return failed > 0


def main():
    what = sys.argv[1]
    if what == "ids":
        print("\n".join(ids(*sys.argv[2:4])))
    elif what == "judge":
        verdicts = list(judge(*sys.argv[2:4]))
        put(sys.argv[4], sys.argv[2], verdicts)
        for row, wrong in verdicts:
            if wrong:
                print(f"{row}: {wrong}")
    elif what == "note":  # WAY TABLE ROW WRONG
        put(sys.argv[3], sys.argv[2], [(sys.argv[4], sys.argv[5])])
    elif what == "table":
        sys.exit(show(sys.argv[2]))


if __name__ == "__main__":
    main()
