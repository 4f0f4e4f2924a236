# SPDX-License-Identifier: Apache-2.0
"""What the Python tests share; the fixtures in conftest.py hand most of it out."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "models"))

DIALECTS = ("plain", "func", "core")

# `where: error: what; why; what to do`, one line; STYLE rule 6 and compiler.h.
ERROR_LINE = re.compile(r"^(?P<where>\S.*?): error: (?P<what>[^;]+)(; .+)?$")


@dataclass
class Case:
    """One set of inputs and what torch eager makes of it."""
    inputs: list      # of Path, .npy
    outputs: list     # of numpy arrays


@dataclass
class Model:
    name: str
    pt2: dict         # dialect -> Path
    pte: Path         # made by stock ExecuTorch, or None
    cases: list       # of Case
    scale: float = 0  # quantized models: of the last quantized value


def load_models(folder):
    """The models a script of tests/models left in `folder`, by name."""
    models = {}
    for name, entry in json.loads((folder / "manifest.json").read_text()).items():
        cases = [Case([folder / f for f in case["inputs"]],
                      [np.load(folder / f) for f in case["outputs"]])
                 for case in entry["cases"]]
        pt2 = {dialect: folder / f for dialect, f in entry.get("pt2", {}).items()}
        pte = folder / entry["pte"] if "pte" in entry else None
        models[name] = Model(name, pt2, pte, cases, entry.get("scale", 0))
    return models


def relative_error(got, want):
    """max|got - want| / max|want|; equal infinities and NaNs count as equal."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    assert got.dtype == want.dtype, f"dtype {got.dtype}, expected {want.dtype}"
    if want.size == 0:
        return 0.0
    got, want = got.astype(np.float64), want.astype(np.float64)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    finite = np.isfinite(want) & np.isfinite(got)
    if not np.all(same | finite):
        return float("inf")
    difference = np.zeros(want.shape)
    np.subtract(got, want, out=difference, where=finite & ~same)
    difference = np.abs(difference)
    scale = np.max(np.abs(want[np.isfinite(want)]), initial=0.0)
    worst = float(difference.max())
    return worst if scale == 0.0 else worst / float(scale)


# lines that a test wants printed behind the results, whether it passes or not
NOTES = []

# claim -> worst relative error and number of comparisons; printed after the tests
WORST = {}


def assert_close(got, want, limit=1e-5, claim=None):
    """Each output within `limit` of the expected one, relative."""
    assert len(got) == len(want), f"{len(got)} outputs, expected {len(want)}"
    for index, (a, b) in enumerate(zip(got, want)):
        error = relative_error(a, b)
        if claim:
            worst, count = WORST.get(claim, (0.0, 0))
            WORST[claim] = max(worst, error), count + 1
        assert error <= limit, f"output {index}: relative error {error:.3g} > {limit:g}"


class Sconce:
    """Calls the built command; `SCONCE` names another binary than build/sconce."""

    def __init__(self):
        self.path = Path(os.environ.get("SCONCE", ROOT / "build" / "sconce")).resolve()

    def __call__(self, *args, cwd=None, timeout=120, check=False):
        """A CompletedProcess with text stdout and stderr. check: must exit 0."""
        done = subprocess.run([str(self.path), *map(str, args)], cwd=cwd, text=True,
                              capture_output=True, timeout=timeout)
        if check:
            assert done.returncode == 0, (
                f"sconce {' '.join(map(str, args))}\nexit {done.returncode}\n"
                f"{done.stdout}{done.stderr}")
        return done

    def run(self, model, inputs, out_dir, *more):
        """Outputs of `sconce run`; inputs are .npy paths."""
        options = [x for path in inputs for x in ("--input", path)]
        self("run", model, *options, "-o", out_dir, *more, check=True)
        return read_outputs(out_dir)

    def compile(self, model, output, *more):
        """Compiles for the host and gives the report as parsed JSON."""
        done = self("compile", model, "--target", "host", "-o", output, "--json", *more,
                    check=True)
        return json.loads(done.stdout)


def output_mismatch(got, want):
    """What is wrong with one output, or None."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{got.shape}, expected {want.dtype}{want.shape}"
    if want.dtype.kind != "f":
        return None if np.array_equal(got, want) else f"\n{got}\nexpected\n{want}"
    finite = np.abs(want[np.isfinite(want)])
    scale = float(finite.max()) if finite.size else 0.0
    close = np.isclose(got, want, rtol=1e-5, atol=max(1e-6, 1e-6 * scale), equal_nan=True)
    if close.all():
        return None
    at = np.unravel_index(np.argmin(close), want.shape)
    return f"at {at}: {got[at]!r}, expected {want[at]!r}"


def read_outputs(out_dir):
    outputs = []
    while (Path(out_dir) / f"out{len(outputs)}.npy").exists():
        outputs.append(np.load(Path(out_dir) / f"out{len(outputs)}.npy"))
    return outputs


def assert_refused(done, exit_code=2, mentions=()):
    """Exactly one `where: error: what; why; what to do` line and that exit code."""
    shown = f"exit {done.returncode}\nstdout: {done.stdout}\nstderr: {done.stderr}"
    assert done.returncode == exit_code, shown
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and ERROR_LINE.match(lines[0]), shown
    for word in mentions:
        assert word in lines[0], f"{word!r} isn't mentioned\n{shown}"
    return lines[0]
