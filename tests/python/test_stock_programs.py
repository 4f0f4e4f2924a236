# SPDX-License-Identifier: Apache-2.0
"""Programs that stock ExecuTorch made run in our runtime with stock's results.

Stock's layout differs from ours in everything the format leaves open: batch norm
left in, weights transposed at run time, memory shared by views, NHWC inputs.
1e-5 relative: other order of float additions.
"""

import json

import pytest

from support import assert_close, assert_refused

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


@pytest.mark.parametrize("name", NAMES)
def test_stock_program_planned_anew_computes_the_same(sconce, stock_programs, stock,
                                                      tmp_path, name):
    program, anew = stock_programs[name].pte, tmp_path / "anew.pte"
    report = json.loads(sconce("compile", program, "-o", anew, "--json", check=True).stdout)
    replan = report["replan"]
    assert replan["new_bytes"] <= replan["old_bytes"]
    assert replan["calls"] == 0
    for i, case in enumerate(stock_programs[name].cases):
        before = sconce.run(program, case.inputs, tmp_path / f"before{i}")
        after = sconce.run(anew, case.inputs, tmp_path / f"after{i}")
        assert [x.tobytes() for x in after] == [x.tobytes() for x in before]
        # As stock takes them: bytes as they lie, whatever layout the program has.
        want, got = stock(program, case.inputs), stock(anew, case.inputs)
        assert [x.tobytes() for x in got] == [x.tobytes() for x in want]


def test_options_of_a_pt2_are_refused_for_a_pte(sconce, stock_programs, tmp_path):
    done = sconce("compile", stock_programs["mlp"].pte, "--calibrate", "x.npy",
                  "-o", tmp_path / "x.pte")
    assert_refused(done, mentions=("--calibrate", ".pt2"))
    assert not (tmp_path / "x.pte").exists()


def test_npu_of_a_program_without_delegates(sconce, stock_programs):
    program = stock_programs["mlp"].pte
    assert "no delegate is called" in sconce("inspect", "--npu", program, check=True).stdout
    told = json.loads(sconce("inspect", "--npu", "--json", program, check=True).stdout)
    assert told["calls"] == []
