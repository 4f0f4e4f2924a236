# SPDX-License-Identifier: Apache-2.0
"""Every operator that the host has kernels for: compiled and run, against torch eager.

The cases are those of tests/unit/graph/op_cases.h, with seeded inputs.
"""

import numpy as np
import pytest

import op_cases
import support

CASES = op_cases.cases()

# Imported, but no engine has a kernel yet; once one has, the numbers count.
NO_KERNEL = {"aten.sort.default"}
NO_KERNEL_DTYPES = ("f64",)  # the host computes in float32
# torch leaves the numbers of empty() undefined.
NO_NUMBERS = {"aten.empty.memory_format", "aten.empty_like.default",
              "aten.new_empty.default"}


def may_be_refused(case):
    types = [*case.input_types.values(), *case.result_types]
    return (case.name in NO_KERNEL or
            any(text.startswith(NO_KERNEL_DTYPES) for text in types))


def test_table_has_torchs_types():
    wrong = []
    for case in CASES:
        types = [op_cases.type_of(x) for x in case.eager(case.inputs())]
        if types != case.result_types:
            wrong.append(f"{case.call}: {case.result_types}, torch gives {types}")
    assert not wrong, "\n".join(wrong)


def runnable():
    """numpy has no bfloat16, and the host no kernels for either half type."""
    for case in CASES:
        types = [*case.input_types.values(), *case.result_types]
        if case.result_types and not any("f16[" in text for text in types):
            yield pytest.param(case, id=case.call)


@pytest.mark.parametrize("case", runnable())
def test_op_gives_what_torch_gives(sconce, tmp_path, case):
    graph = tmp_path / "case.scg"
    graph.write_text(case.graph_text())
    done = sconce("compile", graph, "-o", tmp_path / "case.pte")
    if done.returncode and may_be_refused(case):
        assert "no engine" in done.stderr or "unsupported" in done.stderr
        pytest.skip("no engine has a kernel")
    assert done.returncode == 0, done.stderr
    inputs = case.inputs()
    want = [x.numpy() for x in case.eager(inputs)]
    paths = [tmp_path / f"{name}.npy" for name in inputs]
    for path, tensor in zip(paths, inputs.values()):
        np.save(path, tensor.numpy())
    got = sconce.run(tmp_path / "case.pte", paths, tmp_path / "out")
    if case.name in NO_NUMBERS:
        assert [(x.shape, x.dtype) for x in got] == [(x.shape, x.dtype) for x in want]
    else:
        support.assert_close(got, want)
