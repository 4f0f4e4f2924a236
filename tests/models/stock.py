# SPDX-License-Identifier: Apache-2.0
"""Makes .pte files with stock ExecuTorch, for our runtime to run.

`python stock.py FOLDER`; use cache.py. Only portable operators, as stock's own
flow leaves them: export -> to_edge -> to_executorch. The recorded outputs are
those of stock's runtime, so that both runtimes answer for the same file.
"""

import json
import sys
from pathlib import Path

import torch
from executorch.exir import EdgeCompileConfig, to_edge
from executorch.runtime import Runtime, Verification
from torch import nn

import export
import zoo


class ConvReluLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, 2, 1)
        self.head = nn.Linear(4 * 3 * 4, 5)

    def forward(self, x):
        return self.head(torch.flatten(torch.relu(self.conv(x)), 1))


class Mlp(nn.Module):
    """Two inputs and two outputs, one of them used twice."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(7, 9), nn.Linear(9, 3)

    def forward(self, x, y):
        h = torch.tanh(self.first(x)) * y
        return torch.sigmoid(self.second(h)), h


class Counter(nn.Module):
    """State: a buffer that every run changes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(1, 4))

    def forward(self, x):
        self.total.add_(x)
        return self.total * 2.0


class AddNhwc(nn.Module):
    def forward(self, x, y):
        return nn.functional.hardtanh(x + y)


def random_inputs(shapes):
    cases = []
    for number in range(export.N_CASES):
        gen = torch.Generator().manual_seed(2000 + number)
        cases.append(tuple(torch.randn(shape, generator=gen) for shape in shapes))
    return cases


def zoo_inputs(name):
    return [zoo.inputs(name, number) for number in range(export.N_CASES)]


def programs():
    """name -> (module, input cases)"""
    torch.manual_seed(7)
    nhwc = [tuple(x.to(memory_format=torch.channels_last) for x in case)
            for case in random_inputs([(1, 3, 4, 5)] * 2)]
    return {
        "conv_relu_linear": (ConvReluLinear(), random_inputs([(1, 2, 6, 8)])),
        "mlp": (Mlp(), random_inputs([(2, 7), (2, 9)])),
        "add_nhwc": (AddNhwc(), nhwc),
        "counter": (Counter(), random_inputs([(1, 4)])),
        "dscnn": (zoo.make("dscnn"), zoo_inputs("dscnn")),
        "resnet8": (zoo.make("resnet8"), zoo_inputs("resnet8")),
    }


def stock_runner(path):
    def run(*inputs):
        program = Runtime.get().load_program(
            path, verification=Verification.InternalConsistency)
        outputs = program.load_method("forward").execute(list(inputs))
        return tuple(x.clone() for x in outputs)
    return run


def make_program(folder, name, model, cases):
    exported = torch.export.export(model.eval(), cases[0])
    edge = to_edge(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    path = folder / f"{name}.pte"
    path.write_bytes(edge.to_executorch().buffer)
    return {"pte": path.name,
            "cases": export.save_cases(folder, name, stock_runner(path), cases)}


def main(folder):
    manifest = {name: make_program(folder, name, *what) for name, what in programs().items()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
