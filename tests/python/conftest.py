# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the Python tests.

sconce          callable(*args) -> CompletedProcess; .run(), .compile() (support.Sconce)
cache_dir       folder that outlives the test run, for what is slow to make
zoo             name -> support.Model: seven networks, three dialects, two inputs each
stock_programs  name -> support.Model with .pte made by stock ExecuTorch
flow            name -> support.Model with control flow; .pte where stock can write one
methods         name -> support.Model with odd outputs, or one method of methods.pte
quantized       name -> support.Model with PT2E-quantized .pt2
stock           callable(path, inputs) -> outputs of stock ExecuTorch's own runtime
"""

from pathlib import Path

import numpy as np
import pytest

import support


@pytest.fixture(scope="session")
def sconce():
    command = support.Sconce()
    if not command.path.exists():
        pytest.exit(f"{command.path} isn't there: run `make build` or set SCONCE", 2)
    return command


@pytest.fixture(scope="session")
def cache_dir():
    import cache
    return cache.cache_root()


def models_of(script):
    import cache
    return support.load_models(cache.ensure(script))


@pytest.fixture(scope="session")
def zoo():
    return models_of("export")


@pytest.fixture(scope="session")
def stock_programs():
    return models_of("stock")


@pytest.fixture(scope="session")
def flow():
    return models_of("flow")


@pytest.fixture(scope="session")
def methods():
    return models_of("methods")


@pytest.fixture(scope="session")
def quantized():
    return models_of("quantized")


@pytest.fixture(scope="session")
def stock():
    """Runs a .pte in stock ExecuTorch after its own full structure check."""
    import torch
    import executorch.kernels.quantized  # noqa: F401  registers q/dq kernels
    from executorch.runtime import Runtime, Verification

    def run(path, inputs, method="forward"):
        """inputs: arrays or .npy paths; gives arrays. Raises what stock raises."""
        program = Runtime.get().load_program(
            Path(path), verification=Verification.InternalConsistency)
        arrays = [np.load(x) if isinstance(x, (str, Path)) else np.asarray(x)
                  for x in inputs]
        tensors = [torch.from_numpy(np.array(a, order="C")) for a in arrays]
        outputs = program.load_method(method).execute(tensors)
        return [np.array(x.numpy()) if hasattr(x, "numpy") else np.asarray(x)
                for x in outputs]

    return run


def pytest_terminal_summary(terminalreporter):
    for claim, (worst, count) in support.WORST.items():
        terminalreporter.write_line(
            f"{claim}: {count} outputs, worst relative error {worst:.1e}")
    for note in support.NOTES:
        terminalreporter.write_line(note)
