# SPDX-License-Identifier: Apache-2.0
"""Programs whose outputs or methods are out of the ordinary.

`python methods.py FOLDER`; use cache.py. "outputs" repeats one, passes an input
through, and returns a constant and numbers; "methods" is a .pte of stock's with two
methods that share a weight, and three that only give a number.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from executorch.exir import to_edge
from torch import nn


class Outputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.arange(3.0))

    def forward(self, x, y):
        z = torch.relu(x)
        return z, y, z, self.table, 3, x, 2.5, True, y


class OnlyInputs(nn.Module):
    """Nothing is computed."""

    def forward(self, x, y):
        return y, x, y


class Encode(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x):
        return torch.tanh(x @ self.weight)


class Decode(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, x, gain):
        return x @ self.weight.t() * gain, x


def save_case(folder, stem, module, inputs):
    outputs = torch.utils._pytree.tree_leaves(module(*inputs))
    entry = {"inputs": [], "outputs": []}
    for kind, values in (("inputs", inputs), ("outputs", outputs)):
        for i, value in enumerate(values):
            array = value.detach().numpy() if hasattr(value, "numpy") else np.array(value)
            entry[kind].append(f"{stem}.{kind[:-1]}{i}.npy")
            np.save(folder / entry[kind][-1], np.array(array, order="C"))
    return entry


def export_dialects(folder, name, module, inputs):
    plain = torch.export.export(module, inputs)
    files = {}
    for dialect, program in {"plain": plain, "func": plain.run_decompositions({}),
                             "core": plain.run_decompositions()}.items():
        files[dialect] = f"{name}.{dialect}.pt2"
        torch.export.save(program, folder / files[dialect])
    (folder / f"{name}.pte").write_bytes(to_edge(plain).to_executorch().buffer)
    return {"pt2": files, "pte": f"{name}.pte",
            "cases": [save_case(folder, name, module, inputs)]}


def main(folder):
    torch.manual_seed(5)
    manifest = {
        "outputs": export_dialects(folder, "outputs", Outputs(),
                                   (torch.randn(2, 3), torch.randn(4))),
        "only_inputs": export_dialects(folder, "only_inputs", OnlyInputs(),
                                       (torch.randn(2, 3), torch.randn(2, 3)))}
    weight = nn.Parameter(torch.randn(6, 4))
    encode, decode = Encode(weight), Decode(weight)
    x, y, gain = torch.randn(2, 6), torch.randn(2, 4), torch.randn(())
    programs = {"encode": torch.export.export(encode, (x,)),
                "decode": torch.export.export(decode, (y, gain))}
    edge = to_edge(programs, constant_methods={"rate": 16000, "scale": 0.25, "ready": True})
    (folder / "methods.pte").write_bytes(edge.to_executorch().buffer)
    for name, program in programs.items():
        torch.export.save(program, folder / f"{name}.pt2")
    for name, module, inputs in (("encode", encode, (x,)), ("decode", decode, (y, gain))):
        manifest[name] = {"pt2": {"plain": f"{name}.pt2"}, "pte": "methods.pte",
                          "cases": [save_case(folder, name, module, inputs)]}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
