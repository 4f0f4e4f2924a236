# SPDX-License-Identifier: Apache-2.0
"""Seven networks in three dialects: torch, our runtime and stock's agree.

The limit is 1e-5 relative to the largest output: sums of up to 1,280 float32
products are added in another order than torch adds them.
"""

import re
import shutil

import pytest

from support import DIALECTS, assert_close

NAMES = ("mobilenetv2_64", "dscnn", "resnet8", "mobilenetv1_025", "autoencoder",
         "denoiser", "tinyvit")
SMALL = ("dscnn", "resnet8", "autoencoder", "denoiser", "tinyvit")

each_model = pytest.mark.parametrize("name", NAMES)
each_dialect = pytest.mark.parametrize("dialect", DIALECTS)


@pytest.fixture(scope="session")
def compiled(sconce, zoo, tmp_path_factory):
    """callable(name, dialect, *options) -> (.pte, report); compiles once each."""
    folder = tmp_path_factory.mktemp("compiled")
    done = {}

    def compile_once(name, dialect, *options):
        key = (name, dialect, *options)
        if key not in done:
            path = folder / ("_".join(key).replace("--", "") + ".pte")
            report = sconce.compile(zoo[name].pt2[dialect], path, *options)
            done[key] = path, report
        return done[key]

    return compile_once


def test_zoo_holds_the_seven_networks(zoo):
    assert sorted(zoo) == sorted(NAMES)


@each_dialect
@each_model
def test_pt2_runs_as_torch_does(sconce, zoo, tmp_path, name, dialect):
    for case in zoo[name].cases:
        got = sconce.run(zoo[name].pt2[dialect], case.inputs, tmp_path)
        assert_close(got, case.outputs, claim="our runtime, .pt2, against torch")


@each_dialect
@each_model
def test_pte_runs_as_torch_does(sconce, zoo, compiled, tmp_path, name, dialect):
    path, _ = compiled(name, dialect)
    for case in zoo[name].cases:
        assert_close(sconce.run(path, case.inputs, tmp_path), case.outputs,
                     claim="our runtime, our .pte, against torch")


@each_dialect
@each_model
def test_stock_runs_our_pte(zoo, compiled, stock, name, dialect):
    path, _ = compiled(name, dialect, "--ops", "stock")
    for case in zoo[name].cases:
        assert_close(stock(path, case.inputs), case.outputs,
                     claim="stock's runtime, our .pte, against torch")


@each_dialect
@each_model
def test_default_pte_passes_stocks_structure_check(compiled, stock, name, dialect):
    from executorch.runtime import Runtime, Verification
    path, _ = compiled(name, dialect)
    program = Runtime.get().load_program(path,
                                         verification=Verification.InternalConsistency)
    assert program.method_names == {"forward"}


@each_model
def test_same_input_compiles_to_same_bytes(sconce, zoo, compiled, tmp_path, name):
    first, _ = compiled(name, "plain")
    # neither the name nor the folder of the input may show in the output
    renamed = tmp_path / "elsewhere.pt2"
    shutil.copy(zoo[name].pt2["plain"], renamed)
    sconce("compile", renamed, "-o", "b.pte", cwd=tmp_path, check=True)
    assert (tmp_path / "b.pte").read_bytes() == first.read_bytes()


def pass_names(sconce, model):
    """As the command itself lists them when it doesn't know one."""
    line = sconce("compile", model, "--skip-pass", "?").stderr
    return re.search(r"choose one of: (.*)", line)[1].split(", ")


@pytest.mark.parametrize("name", SMALL)
def test_each_pass_left_out_gives_the_same_answer(sconce, zoo, compiled, tmp_path, name):
    names = pass_names(sconce, zoo[name].pt2["func"])
    assert len(names) >= 3
    case = zoo[name].cases[0]
    for skipped in names:
        path, _ = compiled(name, "func", "--skip-pass", skipped)
        assert_close(sconce.run(path, case.inputs, tmp_path), case.outputs)
