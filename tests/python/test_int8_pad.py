# SPDX-License-Identifier: Apache-2.0
"""int8 padding against numpy: images lie in NHWC, pads are told in NCHW."""

import numpy as np
import pytest

ROW = "{q -1 [0.5] [3] -128 127}"

# shape, pads as torch tells them (last dimension first)
CASES = {
    "one_channel": ((1, 1, 4, 5), (1, 2, 3, 0)),
    "rows_only": ((1, 3, 4, 5), (0, 0, 2, 1)),
    "columns_only": ((2, 3, 4, 5), (2, 1)),
    "channels_too": ((1, 3, 2, 2), (1, 1, 1, 1, 2, 1)),
    "channels_only": ((1, 3, 2, 2), (0, 0, 0, 0, 0, 2)),
    "batch_too": ((2, 2, 3, 1), (0, 1, 1, 0, 0, 0, 1, 1)),
    "nothing": ((1, 2, 3, 4), (0, 0)),
    "vector": ((2, 7), (3, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_pad_of_int8_places_every_element(sconce, tmp_path, name):
    shape, pads = CASES[name]
    both = [(0, 0)] * len(shape)
    for i in range(len(pads) // 2):
        both[-1 - i] = (pads[2 * i], pads[2 * i + 1])
    x = np.random.default_rng(1).integers(-128, 128, shape).astype(np.int8)
    want = np.pad(x, both, constant_values=3)  # 0.0 is the zero point
    layout = "nhwc" if len(shape) == 4 else ""
    sizes = [",".join(map(str, s)) for s in (shape, want.shape)]
    (tmp_path / "p.scg").write_text(
        f"graph p\ninput %x : i8[{sizes[0]}]{layout}{ROW}\n"
        f"%y : i8[{sizes[1]}]{layout}{ROW} = aten.constant_pad_nd.default(%x, "
        f"i[{','.join(map(str, pads))}], 0.0)\noutput \"y\" %y\nend\n")
    np.save(tmp_path / "x.npy", x)
    sconce("compile", tmp_path / "p.scg", "--target", "cortex-m33", "-o",
           tmp_path / "p.pte", check=True)
    got = sconce.run(tmp_path / "p.pte", [tmp_path / "x.npy"], tmp_path / "out")
    assert np.array_equal(got[0], want)
