# SPDX-License-Identifier: Apache-2.0
"""MobileNetV2 in float against stock ExecuTorch's figures for the same network.

Stock: 5.13 MB of RAM, of which 5.12 MB hold a weight that it transposes in each
run; a file of 14,130,272 bytes; half a minute to compile.
"""

import json
import time

import pytest

from support import DIALECTS

STOCK_FILE_BYTES = 14_130_272
ARENA_LIMIT = 600_000
# Wall times: about 0.1 s and 0.06 s on an idle machine. The limits are those that
# are promised; the best of three runs keeps a busy machine from failing them.
COMPILE_SECONDS, INFERENCE_SECONDS = 3.0, 0.5


@pytest.fixture(scope="module")
def mobilenet(zoo):
    return zoo["mobilenetv2_64"]


@pytest.mark.parametrize("ops", ("all", "stock"))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_mobilenet_is_smaller_than_stocks(sconce, mobilenet, tmp_path, dialect, ops):
    path = tmp_path / "m.pte"
    report = sconce.compile(mobilenet.pt2[dialect], path, "--ops", ops)
    assert report["sizes"]["file"] == path.stat().st_size <= STOCK_FILE_BYTES
    arena = sum(memory["bytes"] for memory in report["memories"])
    bound = sum(memory["bound"] for memory in report["memories"])
    assert bound <= arena <= ARENA_LIMIT
    print(f"\nmobilenetv2_64.{dialect} --ops {ops}: arena {arena:,} B (bound {bound:,}), "
          f"file {path.stat().st_size:,} B, {report['instructions']} instructions")


def test_mobilenet_has_no_dead_constants_and_no_batch_norm(sconce, mobilenet, tmp_path):
    report = sconce.compile(mobilenet.pt2["plain"], tmp_path / "m.pte")
    assert report["constants"]["dead"] == 0
    names = {operator["name"] for operator in report["operators"]}
    assert not [name for name in names if "norm" in name or "permute" in name]


def test_mobilenet_compiles_in_time(sconce, mobilenet, tmp_path):
    best = min(timed(sconce, "compile", mobilenet.pt2["plain"], "-o", tmp_path / "m.pte")
               for _ in range(3))
    print(f"\ncompile: {best:.2f} s")
    assert best < COMPILE_SECONDS


def timed(sconce, *arguments):
    started = time.perf_counter()
    sconce(*arguments, check=True)
    return time.perf_counter() - started


def test_mobilenet_infers_in_time(sconce, mobilenet, tmp_path):
    sconce.compile(mobilenet.pt2["plain"], tmp_path / "m.pte")
    for model in (tmp_path / "m.pte", mobilenet.pt2["plain"]):
        done = sconce("run", model, "--input", mobilenet.cases[0].inputs[0], "--runs", "3",
                      "--json", check=True)
        milliseconds = json.loads(done.stdout)["ms_per_run"]
        print(f"\n{model.name}: {milliseconds:.0f} ms an inference")
        assert milliseconds < 1000 * INFERENCE_SECONDS
