# SPDX-License-Identifier: Apache-2.0
"""Programs that stock ExecuTorch's Ethos-U flow made run here, bit for bit.

tests/models/ethos_u/README.md says what each file holds and where the expected
outputs come from: TOSA's reference model inside the delegates, stock's own C
kernels outside. Both are exact, so not one byte may differ, floats included.
"""

import re

import numpy as np
import pytest

from support import ROOT, assert_refused, load_models

FOLDER = ROOT / "tests" / "models" / "ethos_u"
RUN = (
    "conv_u55_128", "conv_u55_256_nhwc", "conv_u65_256", "conv_u65_256_shared",
    "conv_u65_512", "conv_u65_512_shared_nhwc", "two_u55_128", "tables_u55_128",
    "wide_u55_128", "wide_u65_256", "partial_u55_128", "partial_u55_128_nhwc",
    "conv_u55_128_int8", "conv_u55_128_segment", "conv_u55_128_external",
)
# name -> what the error has to say: the engine that isn't simulated, the block
# of the payload that lies in another file.
REFUSED = {"conv_u85_256": "U85", "conv_u55_128_ptd": "weight_data"}

N_CASES = 3
N_BYTES_LIMIT = 300_000   # of everything in the folder: it is part of every clone


@pytest.fixture(scope="module")
def fixtures():
    return load_models(FOLDER)


def test_every_fixture_is_listed(fixtures):
    assert sorted(fixtures) == sorted([*RUN, *REFUSED])


def test_every_file_is_used_and_described(fixtures):
    readme = (FOLDER / "README.md").read_text()
    used = {"README.md", "manifest.json"}
    for name, model in fixtures.items():
        assert f"`{name}`" in readme, f"README.md doesn't tell of {name}"
        used.add(model.pte.name)
        for number, case in enumerate(model.cases):
            used.update(path.name for path in case.inputs)
            used.update(f"{name}.case{number}.output{i}.npy"
                        for i in range(len(case.outputs)))
    assert {path.name for path in FOLDER.iterdir()} == used
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < N_BYTES_LIMIT


def test_no_file_holds_a_path_of_a_machine():
    """Stock writes the folder for intermediate files into the program, if asked."""
    path = re.compile(rb"/(home|root|tmp|usr|opt|work|var|mnt|Users)/|[A-Z]:\\|site-packages")
    for file in FOLDER.iterdir():
        found = path.search(file.read_bytes())
        assert not found, f"{file.name}: {found.group(0)}"


@pytest.mark.parametrize("name", RUN)
def test_expected_outputs_can_tell_right_from_wrong(fixtures, name):
    """Every output changes with the input and has more than a few values."""
    cases = fixtures[name].cases
    assert len(cases) == N_CASES
    for index in range(len(cases[0].outputs)):
        a, b, c = (case.outputs[index] for case in cases)
        for x, y in ((a, b), (b, c), (a, c)):
            assert np.mean(x != y) > 0.3
        assert np.unique(np.stack([a, b, c])).size >= 20


@pytest.mark.parametrize("name", RUN)
def test_stock_program_gives_the_reference_bytes(sconce, fixtures, tmp_path, name):
    for number, case in enumerate(fixtures[name].cases):
        got = sconce.run(fixtures[name].pte, case.inputs, tmp_path / str(number))
        assert len(got) == len(case.outputs)
        for index, (a, b) in enumerate(zip(got, case.outputs)):
            where = f"{name}, case {number}, output {index}"
            assert (a.dtype, a.shape) == (b.dtype, b.shape), where
            assert a.tobytes() == b.tobytes(), (
                f"{where}: {np.count_nonzero(a != b)} of {a.size} values differ, "
                f"by {np.abs(a.astype(float) - b).max():g} at most")


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_run_is_refused_with_the_reason(sconce, fixtures, tmp_path, name):
    case = fixtures[name].cases[0]
    options = [x for path in case.inputs for x in ("--input", path)]
    done = sconce("run", fixtures[name].pte, *options, "-o", tmp_path)
    assert_refused(done, mentions=[REFUSED[name]])
