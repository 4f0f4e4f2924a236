# SPDX-License-Identifier: Apache-2.0
"""PT2E-quantized archives are imported with their types and run as torch runs them.

The limit is one LSB of the last quantized value: torch multiplies by a float32
reciprocal of the scale made in double, and adds products in another order, so a
value on a tie may round to the neighbour. Behind a softmax that is less still.
"""

import numpy as np
import pytest

from support import DIALECTS

NAMES = ("q_dscnn", "q_dscnn_per_channel", "q_resnet8_per_channel", "q_autoencoder")

each_model = pytest.mark.parametrize("name", NAMES)
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def test_every_quantized_model_is_listed(quantized):
    assert sorted(quantized) == sorted(NAMES)


def assert_within_lsb(got, want, scale):
    assert len(got) == len(want)
    for a, b in zip(got, want):
        assert a.dtype == b.dtype and a.shape == b.shape
        worst = float(np.max(np.abs(a - b)))
        assert worst <= 1.001 * scale, f"{worst / scale:.2f} LSB"


@each_dialect
@each_model
def test_quantized_pt2_runs_as_torch_does(sconce, quantized, tmp_path, name, dialect):
    model = quantized[name]
    for case in model.cases:
        got = sconce.run(model.pt2[dialect], case.inputs, tmp_path)
        assert_within_lsb(got, case.outputs, model.scale)


@each_model
def test_quantized_pte_runs_as_torch_does(sconce, quantized, tmp_path, name):
    model = quantized[name]
    sconce.compile(model.pt2["func"], tmp_path / "m.pte")
    for case in model.cases:
        got = sconce.run(tmp_path / "m.pte", case.inputs, tmp_path)
        assert_within_lsb(got, case.outputs, model.scale)


@each_model
def test_stock_runs_our_quantized_pte(sconce, quantized, stock, tmp_path, name):
    model = quantized[name]
    sconce.compile(model.pt2["func"], tmp_path / "m.pte", "--ops", "stock")
    for case in model.cases:
        assert_within_lsb(stock(tmp_path / "m.pte", case.inputs), case.outputs, model.scale)
