# SPDX-License-Identifier: Apache-2.0
"""int8 of trained networks: SQNR of the logits with 32 calibration samples.

The networks lie in a folder beside the repository (see test_shared.py); without it
these tests are skipped and test_eval.py holds the same for the committed classifier.
The archives end in softmax: torch takes it off, and what is compared is the output of
the compiled program with torch's own float logits.
"""

import json

import numpy as np
import pytest

from test_shared import SAMPLES

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample models here")

# name -> dB: what fake-quantization with these defaults measured (docs/quantization.md)
# less 1.5, because one SQNR is one draw of rounding noise
TARGETS = {"kws_dscnn_bn": 34 - 1.5, "ad_autoenc": 45 - 1.5, "vww_mbv1": 27 - 1.5,
           "resnet8": 32 - 1.5}


def without_softmax(torch, path):
    """The archive's module, ending in logits."""
    module = torch.export.load(path).module(check_guards=False)
    for node in list(module.graph.nodes):
        if "softmax" in str(node.target):
            node.replace_all_uses_with(node.args[0])
            module.graph.erase_node(node)
    module.graph.eliminate_dead_code()
    module.recompile()
    return module


@pytest.fixture(scope="module", params=TARGETS)
def logits(request, tmp_path_factory):
    """(name, archive, evaluation inputs, torch's float logits)."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp(request.param)
    module = without_softmax(torch, SAMPLES / "mlperf" / f"{request.param}.pt2")
    x = np.load(SAMPLES / "mlperf" / f"{request.param}_eval_inputs.npy")
    with torch.no_grad():
        want = np.concatenate([module(torch.from_numpy(x[i:i + 1])).numpy()
                               for i in range(len(x))])
        program = torch.export.export(module, (torch.from_numpy(x[:1]),), strict=False)
    torch.export.save(program, folder / "logits.pt2")
    return request.param, folder / "logits.pt2", x, want.astype(np.float64)


def test_logits_reach_the_measured_sqnr(sconce, tmp_path, logits):
    name, archive, x, want = logits
    calibration = SAMPLES / "mlperf" / f"{name}_inputs.npy"
    assert len(np.load(calibration)) == 32
    sconce("compile", archive, "--target", "cortex-m33", "--calibrate", calibration, "-o",
           tmp_path / "m.pte", check=True)
    got = []
    for image in x:
        np.save(tmp_path / "in.npy", image[None])
        got.append(sconce.run(tmp_path / "m.pte", [tmp_path / "in.npy"], tmp_path)[0])
    noise = ((np.concatenate(got) - want) ** 2).sum()
    sqnr = 10 * np.log10((want ** 2).sum() / noise)
    print(f"{name}: {sqnr:.2f} dB, at least {TARGETS[name]}")
    assert sqnr >= TARGETS[name]
    # and `eval` says the same: its own float side is within 1e-5 of torch's
    np.save(tmp_path / "x.npy", x)
    report = json.loads(sconce("eval", archive, "--data", tmp_path / "x.npy", "--calibrate",
                               calibration, "--target", "cortex-m33", "--json",
                               check=True).stdout)
    assert report["outputs"][0]["sqnr_db"] == pytest.approx(sqnr, abs=0.01)
