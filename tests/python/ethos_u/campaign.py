# SPDX-License-Identifier: Apache-2.0
"""Prepares many graphs for many targets, runs the simulator, compares every byte.

    prepare(folder, {"pool-max-2x2": ["u55-128", "u65-512"], ...})
        builds, asks the reference model, compiles; in workers, since the tools are
        native code that may end its process
    simulate(folder, runs)   our command, many runs a process
    differences(runs)        what isn't equal

By hand, in tests/python: `python -m ethos_u.campaign [NAME-START ...]`, on all targets.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import graphs, networks, reference, stream, vela

WORKERS = 2
TIMEOUT = 300  # seconds for thousands of runs that take milliseconds
COMMAND = Path(os.environ.get(
    "ETHOS_U_RUN", Path(__file__).parents[3] / "build" / "ethos_u_run")).resolve()


@dataclass
class Run:
    """One payload with one set of inputs, and what must come out."""
    case: str
    target: str
    payload: Path
    inputs: list     # of Path: raw bytes in row-major order
    expected: list   # of Path, alike
    features: frozenset
    output: Path = None  # folder of the simulator's out0.bin ...

    @property
    def name(self):
        return f"{self.case}@{self.target}"


@dataclass
class Prepared:
    """What became of one case: its runs, or why there are none."""
    case: str
    runs: list = field(default_factory=list)
    problem: str = ""
    values: list = field(default_factory=list)  # distinct ones of each output
    sizes: list = field(default_factory=list)   # elements of each output


@dataclass
class Difference:
    run: Run
    output: int
    n_bytes: int   # that differ; -1: there is no output or it has another size
    first: int
    text: str = ""

    def __str__(self):
        if self.n_bytes < 0:
            return f"{self.run.name}: {self.text}"
        return (f"{self.run.name}: output {self.output}: {self.n_bytes} bytes differ, "
                f"the first is {self.first}")


# -- building, reference, compiling


def prepare(folder, wanted, extra_inputs=0):
    """A Prepared for each of wanted: case -> names of targets.

    extra_inputs: further sets of inputs, for networks.
    """
    jobs = [(Path(folder), case, tuple(targets), extra_inputs)
            for case, targets in wanted.items()]
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
            return list(pool.map(_prepare, jobs, chunksize=8))
    except BrokenProcessPool:
        return [_alone(context, job) for job in jobs]


def _alone(context, job):
    """One case a process: finds the one that ends it."""
    try:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(_prepare, job).result()
    except BrokenProcessPool:
        return Prepared(job[1], problem="the process ended while preparing it")


def _prepare(job):
    folder, case, targets, extra_inputs = job
    made = Prepared(case)
    try:
        graph = graphs.build(case)
        tosa = graph.serialize()
        sets = [[value.data for value in graph.inputs]]
        if extra_inputs:
            sets += networks.more_inputs(case, extra_inputs)
        results = [reference.run(tosa, inputs) for inputs in sets]
    except reference.NotValid as error:
        made.problem = f"not a defined result: {error}"
        return made
    made.values = [len(np.unique(output)) for output in results[0]]
    made.sizes = [output.size for output in results[0]]
    for target in targets:
        try:
            compiled = vela.compile(tosa, vela.TARGETS[target])
            payload = _write(folder / target / f"{case}.bin", compiled.payload)
            _check_borders(compiled, sets[0], results[0])
        except (vela.Refused, ValueError) as error:
            made.problem = f"{target}: {error}"
            return made
        used = stream.features(compiled.commands)
        for index, (inputs, outputs) in enumerate(zip(sets, results)):
            made.runs.append(Run(
                case, target, payload, _write_all(folder, case, index, "in", inputs),
                _write_all(folder, case, index, "out", outputs), used))
    return made


def _check_borders(compiled, inputs, outputs):
    """Vela's inputs and outputs are the graph's, in its order."""
    for kind, memories, arrays in (("input", compiled.inputs, inputs),
                                   ("output", compiled.outputs, outputs)):
        sizes = [memory.n_bytes for memory in memories]
        if sizes != [array.nbytes for array in arrays]:
            raise ValueError(f"{kind}s of {sizes} bytes")


def _write_all(folder, case, index, kind, arrays):
    return [_write(folder / "data" / f"{case}-{index}-{kind}{n}.bin", array.tobytes())
            for n, array in enumerate(arrays)]


def _write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(data)
    return path


# -- our simulator


def simulate(folder, runs, *options, command=COMMAND):
    """Runs the command for all and fills in Run.output.

    Gives what it printed, name of the run -> text; a run that failed has some.
    """
    folder = Path(folder)
    for index, run in enumerate(runs):
        run.output = folder / f"{index:05}"
        run.output.mkdir(parents=True, exist_ok=True)
    said = {}
    halves = [runs[n::WORKERS] for n in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = [pool.submit(_batch, command, folder / f"list{n}", half, options)
                for n, half in enumerate(halves) if half]
        for job in jobs:
            said.update(job.result())
    return said


def _batch(command, path, runs, options):
    """Runs of one process; those behind one that ends it get a process of their own."""
    said = {}
    while runs:
        path.write_text("".join(" ".join(_words(run)) + "\n" for run in runs))
        done = subprocess.run([command, *options, f"@{path}"], capture_output=True,
                              text=True, timeout=TIMEOUT)
        lines = _by_payload(done.stdout + done.stderr)
        said.update({run.name: lines[str(run.payload)] for run in runs
                     if str(run.payload) in lines})
        if done.returncode in (0, 1):
            break
        left = [run for run in runs if not has_outputs(run) and run.name not in said]
        if not left:
            break
        said[left[0].name] = f"exit {done.returncode}: {done.stderr.strip()[-200:]}"
        runs = left[1:]
    return said


def _words(run):
    return [str(run.payload), str(run.output), *map(str, run.inputs)]


def _by_payload(text):
    """What was printed, by the payload that each line starts with."""
    lines = {}
    for line in text.splitlines():
        payload, _, rest = line.partition(": ")
        lines[payload] = f"{lines[payload]}; {rest}" if payload in lines else rest
    return lines


def has_outputs(run):
    return all((run.output / f"out{n}.bin").exists() for n in range(len(run.expected)))


def differences(runs, said):
    """A Difference for each output that isn't the reference's, byte for byte.

    said: what simulate() gave.
    """
    found = []
    for run in runs:
        if not has_outputs(run):
            found.append(Difference(run, 0, -1, 0, said.get(run.name, "no output")))
            continue
        for index, path in enumerate(run.expected):
            want = np.fromfile(path, np.uint8)
            got = np.fromfile(run.output / f"out{index}.bin", np.uint8)
            if want.size != got.size:
                found.append(Difference(run, index, -1, 0, f"output {index} has "
                                        f"{got.size} bytes, {want.size} expected"))
            elif (where := np.flatnonzero(want != got)).size:
                found.append(Difference(run, index, where.size, int(where[0])))
    return found


def compared_bytes(runs):
    return sum(path.stat().st_size for run in runs for path in run.expected)


def summary(runs, found):
    """The line that a test prints."""
    bytes_off = sum(d.n_bytes for d in found if d.n_bytes > 0)
    return (f"ethos-u: {len({r.case for r in runs})} cases, "
            f"{len({r.target for r in runs})} configurations, {len(runs)} runs, "
            f"{compared_bytes(runs)} bytes compared, {bytes_off} differ, "
            f"{len({d.run.name for d in found if d.n_bytes < 0})} runs without output")


def main(starts):
    """Cases and networks whose names start so (all if none): prints what differs."""
    names = [name for name in [*graphs.CASES, *graphs.NETWORKS]
             if not starts or name.startswith(tuple(starts))]
    with tempfile.TemporaryDirectory() as folder:
        cases = prepare(folder, {name: list(vela.TARGETS) for name in names})
        runs = [run for case in cases for run in case.runs]
        found = differences(runs, simulate(Path(folder) / "runs", runs))
        for case in cases:
            if case.problem:
                print(f"{case.case}: {case.problem}")
        print(*found, summary(runs, found), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
