# SPDX-License-Identifier: Apache-2.0
"""Does the check of the Ethos-U simulator notice a wrong rule?

Each rule of ethos_u/mutants.py is broken in a build of its own; at least one of the cases
that it names must give other bytes then. Also here: TensorFlow Lite operators against
their reference kernels, whose payloads the rules need.
"""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("tosa_serializer", reason="runs by itself: make ethos-u")

import support  # noqa: E402
from ethos_u import campaign, graphs, mutants, mutate, tflite, vela  # noqa: E402

PAIR = ("u55-128", "u65-512")
MOST = 60   # cases a rule


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ethos_u_rules")


@pytest.fixture(scope="module")
def tflite_runs(folder):
    """campaign.Run of each one-operator model on U55-128 and U65-512."""
    runs = []
    for name, model in tflite.cases().items():
        file = tflite.pack(model)
        expected = tflite.reference(file, model.arrays)
        for target in ("u55-128", "u65-512-shared"):
            made = vela.compile_tflite(file, vela.TARGETS[target])
            base = folder / "tflite" / target
            runs.append(campaign.Run(
                name, target, write(base / f"{name}.bin", made.payload),
                [write(base / f"{name}-in{i}.bin", a.tobytes())
                 for i, a in enumerate(model.arrays)],
                [write(base / f"{name}-out{i}.bin", a.tobytes())
                 for i, a in enumerate(expected)], frozenset()))
    return runs


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_tflite_operators_equal_reference_kernels(tflite_runs, folder):
    said = campaign.simulate(folder / "tflite-out", tflite_runs)
    found = campaign.differences(tflite_runs, said)
    support.NOTES.append(campaign.summary(tflite_runs, found).replace("cases", "TFLite cases"))
    assert not found, "\n".join(map(str, found))
    flat = [run.case for run in tflite_runs
            if len(np.unique(np.fromfile(run.expected[0], np.int8))) < 5]
    assert not flat, f"hardly any values: {flat}"


def wanted(pattern):
    """(names of cases, targets) of a rule's second column."""
    names, _, target = pattern.partition("@")
    cases = [name for name in graphs.CASES if re.search(names, name)]
    step = max(1, len(cases) // MOST)
    return cases[::step][:MOST], (target,) if target else PAIR


@pytest.fixture(scope="module")
def runs_of(folder, tflite_runs):
    """rule's pattern -> its runs; every case is compiled once."""
    needed = {}
    for _, pattern, *_ in mutants.MUTANTS:
        if not pattern.endswith("@tflite"):
            names, targets = wanted(pattern)
            for name in names:
                needed.setdefault(name, set()).update(targets)
    cases = campaign.prepare(folder, {name: sorted(t) for name, t in needed.items()})
    problems = [f"{case.case}: {case.problem}" for case in cases if case.problem]
    assert not problems, "\n".join(problems)
    by_name = {(run.case, run.target): run for case in cases for run in case.runs}

    def runs(pattern):
        if pattern.endswith("@tflite"):
            word = pattern.partition("@")[0]
            return [run for run in tflite_runs if word in run.case]
        names, targets = wanted(pattern)
        return [by_name[name, target] for name in names for target in targets]
    return runs


def noticed(builder, folder, index, row, runs):
    """Cases that differ with the rule of `row` broken, as names."""
    name, _, file, old, new = row
    command = builder.build(name, file, old, new)
    copies = [campaign.Run(**{**vars(run), "output": None}) for run in runs]
    said = campaign.simulate(folder / f"rule{index}", copies, command=command)
    return sorted({d.run.name for d in campaign.differences(copies, said)})


def test_each_broken_rule_is_noticed(runs_of, folder):
    builder = mutate.Builder(folder)
    rows = [(i, row, runs_of(row[1])) for i, row in enumerate(mutants.MUTANTS)]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(
            lambda r: noticed(builder, folder, r[0], r[1], r[2]), rows))
    support.NOTES.append(f"ethos-u: {len(rows)} rules broken one by one, all noticed:")
    for (_, row, runs), found in zip(rows, results):
        support.NOTES.append(f"ethos-u:   {row[0]:44} {len(found):3} of {len(runs):3} runs, "
                             f"as {' '.join(found[:2])}")
    unnoticed = [row[0] for (_, row, _), found in zip(rows, results) if not found]
    assert not unnoticed, f"no case differs with: {', '.join(unnoticed)}"


def test_unchanged_build_differs_nowhere(runs_of, folder):
    """The builds above differ by the rule, not by how they are built."""
    builder = mutate.Builder(folder)
    row = ("nothing broken", "conv-", "sim/sim.c", "memmove(to, from,", "memmove(to, from,")
    assert not noticed(builder, folder, "-none", row, runs_of("conv-"))
