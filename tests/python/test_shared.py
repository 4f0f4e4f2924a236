# SPDX-License-Identifier: Apache-2.0
"""Trained networks and foreign files from a folder beside the repository.

They are too big to commit; without ../shared/models these tests are skipped and
test_zoo.py, test_stock_programs.py and test_quantized.py prove the same with
models made on the spot. $SCONCE_SAMPLES names another folder.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from support import ROOT, WORST, assert_close, relative_error

SAMPLES = Path(os.environ.get("SCONCE_SAMPLES", ROOT.parent / "shared" / "models"))

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample models here")

TRAINED = ("kws_dscnn_bn", "resnet8", "vww_mbv1", "ad_autoenc")
PT2 = sorted(p.name[:-4] for p in (SAMPLES / "pt2").glob("*.pt2"))
CLAIM = "trained networks against their recorded outputs"
N_EVAL = 8      # of the 32 recorded inputs; all of them by SCONCE_ALL=1


@pytest.mark.parametrize("name", TRAINED)
def test_trained_network_reproduces_its_recorded_outputs(sconce, tmp_path, name):
    folder = SAMPLES / "mlperf"
    inputs = np.load(folder / f"{name}_eval_inputs.npy")
    wanted = np.load(folder / f"{name}_eval_float_outputs.npy")
    assert len(inputs) == len(wanted) == 32
    sconce.compile(folder / f"{name}.pt2", tmp_path / "m.pte")
    scale = np.abs(wanted).max()
    for i in range(32 if os.environ.get("SCONCE_ALL") else N_EVAL):
        np.save(tmp_path / "in.npy", inputs[i:i + 1])
        for model in (folder / f"{name}.pt2", tmp_path / "m.pte"):
            got, = sconce.run(model, [tmp_path / "in.npy"], tmp_path)
            # relative to the largest of all 32 outputs
            error = float(np.abs(got[0] - wanted[i]).max() / scale)
            assert error <= 1e-5
            worst, count = WORST.get(CLAIM, (0.0, 0))
            WORST[CLAIM] = max(worst, error), count + 1


def sample_outputs(stem):
    return [np.load(SAMPLES / "pt2" / f"{stem}.out{i}.npy")
            for i in range(len(list((SAMPLES / "pt2").glob(f"{stem}.out*.npy"))))]


@pytest.mark.parametrize("name", PT2)
def test_sample_archive_runs_as_recorded(sconce, tmp_path, name):
    stem = name.split(".")[0]
    inputs = sorted((SAMPLES / "pt2").glob(f"{stem}.in*.npy"))
    got = sconce.run(SAMPLES / "pt2" / f"{name}.pt2", inputs, tmp_path)
    if not stem.startswith("q_"):
        assert_close(got, sample_outputs(stem))
        return
    # softmax outputs behind int8 logits whose scale is about 0.02: one LSB of a
    # logit moves a probability by at most a quarter of that
    for a, b in zip(got, sample_outputs(stem), strict=True):
        assert np.abs(a - b).max() <= 0.0063


# name -> shapes of the inputs
STOCK = {"dscnn_float": [(1, 1, 49, 10)], "handmade_add": None, "nhwc_add": None}


@pytest.mark.parametrize("name", STOCK)
def test_stock_sample_runs_as_stock_runs_it(sconce, stock, tmp_path, name):
    path = SAMPLES / "pte" / f"{name}.pte"
    if name == "dscnn_float":
        x = np.fromfile(path.with_suffix(".in"), np.float32).reshape(STOCK[name][0])
        np.save(tmp_path / "in.npy", x)
        got, = sconce.run(path, [tmp_path / "in.npy"], tmp_path)
        wanted = np.fromfile(path.with_suffix(".ref"), np.float32)
        assert relative_error(got.reshape(-1), wanted) <= 1e-5
        return
    from executorch.runtime import Runtime
    meta = Runtime.get().load_program(path).load_method("forward").metadata
    shape = tuple(meta.input_tensor_meta(0).sizes())
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    np.save(tmp_path / "in.npy", x)
    got = sconce.run(path, [tmp_path / "in.npy"], tmp_path)
    if name == "nhwc_add":
        # stock copies the bytes without looking at the layout: give it what it means
        import torch
        x = torch.from_numpy(x).to(memory_format=torch.channels_last)
        wanted = Runtime.get().load_program(path).load_method("forward").execute([x])
        assert_close(got, [np.ascontiguousarray(y.numpy()) for y in wanted])
    else:
        assert_close(got, stock(path, [x]))


@pytest.mark.parametrize("name", ("dscnn_m33", "dscnn_m55"))
def test_int8_program_of_stock_gives_the_bytes_of_stock(sconce, tmp_path, name):
    """Recorded with stock's runtime and CMSIS-NN on the simulated core."""
    path = SAMPLES / "pte" / f"{name}.pte"
    x = np.fromfile(SAMPLES / "pte" / "dscnn.in", np.float32).reshape(1, 1, 49, 10)
    np.save(tmp_path / "in.npy", x)
    got, = sconce.run(path, [tmp_path / "in.npy"], tmp_path)
    assert got.tobytes() == path.with_suffix(".ref").read_bytes()


def test_int8_mobilenets_of_stock_for_two_cores_give_the_same_bytes(sconce, tmp_path):
    """One network; the files differ in scratch and in where a bias is kept."""
    np.save(tmp_path / "in.npy",
            np.random.default_rng(1).standard_normal((1, 3, 64, 64)).astype(np.float32))
    m33, m55 = (sconce.run(SAMPLES / "pte" / f"mv2_cm_{core}_nhwc.pte", [tmp_path / "in.npy"],
                           tmp_path / core)[0] for core in ("cortexm33", "cortexm55"))
    assert m33.shape == (1, 1000) and len(np.unique(m33)) > 20
    assert m33.tobytes() == m55.tobytes()
