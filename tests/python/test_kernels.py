# SPDX-License-Identifier: Apache-2.0
"""Portable kernels against torch eager, operator by operator.

A family is one module whose outputs are the cases, so that torch.export runs
once a family. Floats within 1e-5 relative (of the largest element) because sums
run in another order and torch's vectorised functions err by an ulp or two;
integers and bools exactly.
"""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import kernel_cases
import support

SEED = 20


class Family(torch.nn.Module):
    """The cases as one module; a tensor that several cases share is one input."""

    def __init__(self, cases):
        super().__init__()
        self.cases = cases
        self.inputs = list({id(t): t for _, _, args in cases for t in args}.values())
        place = {id(t): index for index, t in enumerate(self.inputs)}
        self.places = [[place[id(t)] for t in args] for _, _, args in cases]

    def forward(self, *inputs):
        # The copy keeps torch from making outputs that are views of inputs.
        return tuple(
            fn(*[inputs[i] for i in places]).clone()
            for (_, fn, _), places in zip(self.cases, self.places)
        )


def make(family, folder):
    """Exports a family unless an equal one is there; gives names, inputs, outputs."""
    torch.manual_seed(SEED)
    module = Family(family()).eval()
    with torch.no_grad():
        outputs = module(*module.inputs)
    if not (folder / "model.pt2").exists():
        folder.mkdir(parents=True, exist_ok=True)
        program = torch.export.export(module, tuple(module.inputs))
        torch.export.save(program, folder / "part.pt2")
        for index, tensor in enumerate(module.inputs):
            np.save(folder / f"in{index}.npy", tensor.numpy())
        (folder / "part.pt2").rename(folder / "model.pt2")
    paths = [folder / f"in{index}.npy" for index in range(len(module.inputs))]
    return [name for name, _, _ in module.cases], paths, [out.numpy() for out in outputs]


@pytest.mark.parametrize("family", kernel_cases.FAMILIES, ids=lambda family: family.__name__)
def test_family_matches_eager(family, sconce, cache_dir, tmp_path):
    digest = hashlib.sha256(torch.__version__.encode())
    for source in (__file__, kernel_cases.__file__):
        digest.update(Path(source).read_bytes())
    folder = cache_dir / "kernels" / f"{family.__name__}-{digest.hexdigest()[:12]}"
    names, inputs, want = make(family, folder)
    sconce.compile(folder / "model.pt2", tmp_path / "model.pte")
    got = sconce.run(tmp_path / "model.pte", inputs, tmp_path / "out")
    assert len(got) == len(want)
    wrong = [
        f"{name}: {problem}"
        for name, a, b in zip(names, got, want)
        if (problem := support.output_mismatch(a, b))
    ]
    assert not wrong, f"{len(wrong)} of {len(names)} cases, seed {SEED}:\n" + "\n".join(wrong)


LETTERS = {
    "Tensor": "T",
    "int": "i",
    "bool": "b",
    "float": "f",
    "str": "s",
    "number": "S",
    "List[Tensor]": "V",
    "List[int]": "I",
    "List[float]": "F",
    "List[bool]": "B",
}


def signature_of(schema):
    """The letters of include/sconce/runtime.h for one of torch's schemas."""
    letters = ""
    for argument in schema.arguments:
        name, optional = re.subn(r"^Optional\[(.*)\]$", r"\1", str(argument.type))
        name, holes = re.subn(r"^List\[Optional\[Tensor\]\]$", "List[Tensor]", name)
        letter = LETTERS[name]
        if argument.is_out:
            letter = {"T": "O", "V": "P"}[letter]
        letters += letter + ("?" if optional or holes else "")
    return letters


def table_rows():
    """(name, signature, symbol, dtype class) of every row of the host's table."""
    source = (support.ROOT / "backends" / "portable" / "host" / "kernels.c").read_text()
    return re.findall(r'\{"([^"]+)", "([^"]*)",\s+(\w+),\s+\'(.)\'\}', source)


# ExecuTorch's custom operators in the namespace aten: not torch's.
NOT_TORCHS = {"aten::allclose.out", "aten::allclose.Tensor"}


def test_signatures_match_torch():
    rows = [row for row in table_rows()
            if row[0].startswith("aten::") and row[0] not in NOT_TORCHS]
    assert len(rows) > 200
    wrong = []
    for name, signature, _, _ in rows:
        base, _, overload = name.partition(".")
        want = signature_of(torch._C._get_schema(base, overload))
        if want != signature:
            wrong.append(f"{name}: {signature}, torch says {want}")
    assert not wrong, "\n".join(wrong)


def test_symbols_follow_the_rule_of_the_generated_table():
    for name, _, symbol, dtype_class in table_rows():
        plain = name.replace("::", "_").replace(".", "_")
        assert symbol == f"sc_{plain}_{dtype_class.replace('*', 'x')}"
