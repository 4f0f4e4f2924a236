# SPDX-License-Identifier: Apache-2.0
"""Programs that are loaded by the constants which `sconce kernels` writes compute what
the checked way of loading makes them compute, byte for byte."""

import subprocess

import numpy as np
import pytest

from support import ROOT

FLOAT = ("dscnn", "resnet8", "autoencoder", "denoiser", "tinyvit")

COUNTER = """graph counter
input %x : f32[2,3]
state %total : f32[2,3] "total" = {1.5, 0.0, 0.0, 0.0, 0.0, 7.0}
%sum : f32[2,3] = aten.add.Tensor(%total, %x, 1)
write %total <- %sum
output "sum" %sum
end
"""


@pytest.fixture(scope="module")
def bound_run(sconce):
    """bound_run(pte, arrays, folder, runs): the outputs' bytes."""
    libraries = [sconce.path.parent / f"libsconce_{name}.a"
                 for name in ("backends", "device", "kernels", "runtime")]

    def run(pte, arrays, folder, runs=1):
        sconce("kernels", pte, "-o", folder / "kernels.c", "--header", folder / "model.h",
               check=True)
        build = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", folder, "-I",
                 ROOT / "include", ROOT / "tests/python/bound_run.c", folder / "kernels.c",
                 "-o", folder / "bound_run", "-Wl,--start-group",
                 *(p for p in libraries if p.exists()), "-Wl,--end-group", "-lm"]
        done = subprocess.run(build, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        paths = []
        for i, array in enumerate(arrays):
            paths.append(folder / f"in{i}.bin")
            paths[-1].write_bytes(array.tobytes())
        done = subprocess.run([folder / "bound_run", pte, folder / "out.bin", str(runs), *paths],
                              text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        return (folder / "out.bin").read_bytes()

    return run


@pytest.mark.parametrize("name", FLOAT)
def test_bound_float_network_gives_the_same_bytes(sconce, zoo, bound_run, tmp_path, name):
    case = zoo[name].cases[0]
    sconce.compile(zoo[name].pt2["plain"], tmp_path / "m.pte")
    want = sconce.run(tmp_path / "m.pte", case.inputs, tmp_path / "out")
    got = bound_run(tmp_path / "m.pte", [np.load(p) for p in case.inputs], tmp_path)
    assert got == b"".join(a.tobytes() for a in want)


@pytest.mark.parametrize("core", ["cortex-m33", "cortex-m55"])
def test_bound_int8_network_gives_the_same_bytes(sconce, zoo, bound_run, tmp_path, core):
    case = zoo["dscnn"].cases[0]
    sconce("compile", zoo["dscnn"].pt2["plain"], "--target", core, "--calibrate",
           case.inputs[0], "-o", tmp_path / "m.pte", check=True)
    want = sconce.run(tmp_path / "m.pte", case.inputs, tmp_path / "out")
    got = bound_run(tmp_path / "m.pte", [np.load(case.inputs[0])], tmp_path)
    assert got == b"".join(a.tobytes() for a in want)


def test_bound_state_starts_and_counts_like_the_checked_one(sconce, bound_run, tmp_path):
    (tmp_path / "m.scg").write_text(COUNTER)
    sconce.compile(tmp_path / "m.scg", tmp_path / "m.pte")
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save(tmp_path / "x.npy", x)
    want = sconce.run(tmp_path / "m.pte", [tmp_path / "x.npy"], tmp_path / "out", "--runs", 3)
    got = np.frombuffer(bound_run(tmp_path / "m.pte", [x], tmp_path, runs=3), np.float32)
    assert np.array_equal(got, want[0].ravel())
    assert got[0] == 1.5 and got[5] == 7 + 3 * 5
