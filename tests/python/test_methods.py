# SPDX-License-Identifier: Apache-2.0
"""Methods of one file, and outputs that repeat, pass through, or are no tensors.

Exact: nothing here adds up in another order, but for two products (1e-5 relative).
"""

import json

import numpy as np
import pytest

from support import DIALECTS, assert_close, assert_refused

METHODS = ["decode", "encode", "rate", "scale", "ready"]


def run_all(sconce, path, case, out_dir, *more):
    """Outputs as `sconce run` wrote them, numbers without dimensions."""
    return sconce.run(path, case.inputs, out_dir, *more)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ("outputs", "only_inputs"))
def test_odd_outputs_are_those_of_eager(sconce, methods, tmp_path, name, dialect):
    model, pte = methods[name], tmp_path / "m.pte"
    case = model.cases[0]
    sconce.compile(model.pt2[dialect], pte)
    for i, path in enumerate((model.pt2[dialect], pte, model.pte)):
        got = run_all(sconce, path, case, tmp_path / str(i))
        assert [x.tobytes() for x in got] == [x.tobytes() for x in case.outputs]
        assert [(x.dtype, x.shape) for x in got] == [(x.dtype, x.shape)
                                                     for x in case.outputs]


@pytest.mark.parametrize("name", ("outputs", "only_inputs"))
def test_odd_outputs_in_stock(sconce, methods, stock, tmp_path, name):
    model, pte = methods[name], tmp_path / "m.pte"
    sconce.compile(model.pt2["core"], pte, "--ops", "stock")
    for got, want in zip(stock(pte, model.cases[0].inputs), model.cases[0].outputs,
                         strict=True):
        assert np.array_equal(got, want)


@pytest.mark.parametrize("name", ("encode", "decode"))
def test_chosen_method_of_a_stock_program_runs(sconce, methods, stock, tmp_path, name):
    model = methods[name]
    got = run_all(sconce, model.pte, model.cases[0], tmp_path, "--method", name)
    assert_close(got, model.cases[0].outputs)
    assert_close(got, stock(model.pte, model.cases[0].inputs, method=name))


@pytest.mark.parametrize("name, want", (("rate", np.int64(16000)), ("scale", np.float64(0.25)),
                                        ("ready", np.bool_(True))))
def test_method_that_only_gives_a_number(sconce, methods, tmp_path, name, want):
    got, = sconce.run(methods["encode"].pte, [], tmp_path, "--method", name)
    assert got.shape == () and got.dtype == want.dtype and got == want
    shown = sconce("run", methods["encode"].pte, "--method", name, check=True).stdout
    assert f"= {str(want).lower()}" in shown


def test_inspect_lists_all_methods_and_shows_one(sconce, methods):
    path = methods["encode"].pte
    text = sconce("inspect", path, check=True).stdout
    assert ", ".join(METHODS) in text and "aten::permute_copy.out" in text
    told = json.loads(sconce("inspect", path, "--json", "--method", "encode",
                             check=True).stdout)
    assert told["methods"] == METHODS and told["method"] == "encode"
    assert "aten::tanh.out" in [op["name"] for op in told["operators"]]


@pytest.mark.parametrize("verb", ("run", "inspect"))
def test_missing_method_is_refused_with_those_that_are_there(sconce, methods, verb):
    done = sconce(verb, methods["encode"].pte, "--method", "forward")
    assert_refused(done, mentions=("'forward'", ", ".join(METHODS)))


def test_method_of_an_archive_is_refused(sconce, methods):
    model = methods["outputs"]
    options = [x for path in model.cases[0].inputs for x in ("--input", path)]
    assert_refused(sconce("run", model.pt2["core"], *options, "--method", "forward"),
                   mentions=("--method", ".pte"))
