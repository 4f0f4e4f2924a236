# SPDX-License-Identifier: Apache-2.0
"""Programs that stock ExecuTorch made run in our runtime with stock's results.

Stock's layout differs from ours in everything the format leaves open: batch norm
left in, weights transposed at run time, memory shared by views, NHWC inputs.
1e-5 relative: other order of float additions.
"""

import pytest

from support import assert_close

NAMES = ("conv_relu_linear", "mlp", "add_nhwc", "counter", "dscnn", "resnet8")


def test_every_stock_program_is_listed(stock_programs):
    assert sorted(stock_programs) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_stock_program_runs_in_our_runtime(sconce, stock_programs, tmp_path, name):
    for case in stock_programs[name].cases:
        got = sconce.run(stock_programs[name].pte, case.inputs, tmp_path)
        assert_close(got, case.outputs, claim="our runtime, stock's .pte, against stock")


@pytest.mark.parametrize("name", NAMES)
def test_stock_program_can_be_inspected(sconce, stock_programs, name):
    text = sconce("inspect", stock_programs[name].pte, check=True).stdout
    assert "aten::" in text
