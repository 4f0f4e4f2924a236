# SPDX-License-Identifier: Apache-2.0
"""int8 maximum pools against numpy, on this computer and on two simulated cores."""

import os
import subprocess

import numpy as np
import pytest

from support import read_outputs

TYPE = "nhwc{q -1 [0.5] [3] -128 127}"

# channels, height, width, kernel, stride, padding
CASES = [(16, 4, 6, (2, 2), (2, 2), (0, 0)), (3, 5, 5, (3, 3), (1, 1), (1, 1)),
         (37, 7, 4, (3, 2), (2, 1), (1, 1)), (8, 1, 9, (1, 3), (1, 3), (0, 1)),
         (100, 2, 2, (2, 2), (1, 1), (0, 0))]


def pooled(x, kernel, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2), constant_values=-128)
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return windows[:, :, ::stride[0], ::stride[1]].max(axis=(4, 5))


@pytest.fixture(scope="session")
def pools(tmp_path_factory):
    """(graph, inputs, what numpy makes of them)"""
    folder = tmp_path_factory.mktemp("pools")
    rng = np.random.default_rng(3)
    inputs, want, heads, lines = [], [], [], []
    for i, (c, h, w, kernel, stride, pad) in enumerate(CASES):
        x = rng.integers(-128, 128, (2, c, h, w)).astype(np.int8)
        want.append(pooled(x, kernel, stride, pad))
        inputs.append(folder / f"x{i}.npy")
        np.save(inputs[-1], x)
        pairs = ", ".join(f"i[{a},{b}]" for a, b in (kernel, stride, pad))
        heads.append(f"input %x{i} : i8[2,{c},{h},{w}]{TYPE}")
        lines.append(f"%y{i} : i8[{','.join(map(str, want[-1].shape))}]{TYPE}, _ = "
                     f"aten.max_pool2d_with_indices.default(%x{i}, {pairs}, i[1,1], false)")
    outputs = [f'output "y{i}" %y{i}' for i in range(len(CASES))]
    (folder / "pools.scg").write_text("\n".join(["graph pools", *heads, *lines, *outputs,
                                                 "end", ""]))
    return folder / "pools.scg", inputs, want


@pytest.mark.parametrize("core", ("cortex-m33", "cortex-m55"))
def test_max_pool_of_int8_takes_the_largest_of_each_window(sconce, pools, tmp_path, core):
    graph, inputs, want = pools
    sconce("compile", graph, "--target", core, "-o", tmp_path / "p.pte", check=True)
    got = sconce.run(tmp_path / "p.pte", inputs, tmp_path / "host")
    assert [a.tolist() for a in got] == [a.tolist() for a in want]
    boards = os.environ.get("SCONCE_BOARDS", sconce.path.parent / "boards")
    done = subprocess.run([sconce.path.parent / "qemu_run", core, tmp_path / "p.pte",
                           tmp_path / "board", *inputs], text=True, capture_output=True,
                          timeout=300, env={**os.environ, "SCONCE_BOARDS": str(boards)})
    assert done.returncode == 0, done.stdout + done.stderr
    got = read_outputs(tmp_path / "board" / "0")
    assert [a.tolist() for a in got] == [a.tolist() for a in want]
