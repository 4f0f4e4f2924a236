# SPDX-License-Identifier: Apache-2.0
"""The table tests/unit/graph/op_cases.h, and its calls computed by torch.

`cases()` gives Case objects; `Case.inputs()` makes seeded tensors of the types
in the table and `Case.eager()` calls torch's operator with them.
"""

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401 registers its operators

TABLE = Path(__file__).resolve().parents[1] / "unit" / "graph" / "op_cases.h"
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32,
          "f64": torch.float64, "bool": torch.bool, "u8": torch.uint8, "i8": torch.int8,
          "i16": torch.int16, "i32": torch.int32, "i64": torch.int64}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def operator(name):
    """torch.ops.aten.relu.default from "aten.relu.default"."""
    op = torch.ops
    for part in name.split("."):
        op = getattr(op, part)
    return op


def type_of(tensor):
    return f"{NAMES[tensor.dtype]}[{','.join(map(str, tensor.shape))}]"


def make_tensor(text, generator):
    """Floats of both signs; integers 1..3: valid as divisors and as indices; a
    bool without dimensions is True: what is asserted holds."""
    dtype, dims = re.fullmatch(r"(\w+)\[([\d,]*)\]", text).groups()
    shape = [int(d) for d in dims.split(",") if d]
    if dtype == "bool":
        return torch.rand(shape, generator=generator) > (0.3 if shape else -1)
    if "f" in dtype:
        return (2 * torch.randn(shape, generator=generator)).to(DTYPES[dtype])
    numel = torch.Size(shape).numel()
    return (torch.arange(numel) % 3 + 1).reshape(shape).to(DTYPES[dtype])


def split_arguments(text):
    """At commas outside brackets and quotes."""
    return [part.strip() for part in
            re.findall(r'(?:\w?\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^,\[\]"])+', text)]


def read_argument(text, values):
    """The grammar is in compiler/graph/print.c."""
    constants = {"none": None, "true": True, "false": False}
    if text in constants:
        return constants[text]
    if text.startswith("%"):
        return values[text[1:]]
    if text.startswith('"'):
        return json.loads(text)
    kind, _, rest = text.partition(":")
    if rest:
        return {"dtype": DTYPES.get(rest), "layout": torch.strided,
                "memory_format": torch.contiguous_format,
                "device": torch.device("cpu")}[kind]
    items = re.fullmatch(r"[vifb]\[(.*)\]", text)
    if items:
        return [read_argument(item, values) for item in items[1].split(",") if item]
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


@dataclass
class Case:
    input_types: dict    # name -> "f32[2,3]"
    result_types: list
    call: str

    @property
    def name(self):
        return self.call.partition("(")[0]

    def inputs(self):
        generator = torch.Generator().manual_seed(zlib.crc32(self.call.encode()))
        return {name: make_tensor(text, generator)
                for name, text in self.input_types.items()}

    def eager(self, inputs):
        op = operator(self.name)
        arguments = split_arguments(self.call[len(self.name) + 1:-1])
        positional, named = [], {}
        for parameter, text in zip(op._schema.arguments, arguments):
            value = read_argument(text, inputs)
            if parameter.kwarg_only:
                named[parameter.name] = value
            else:
                positional.append(value)
        results = op(*positional, **named)
        if results is None:
            return []
        return list(results) if isinstance(results, (tuple, list)) else [results]

    def graph_text(self):
        lines = ["graph case"]
        lines += [f"input %{name} : {text}" for name, text in self.input_types.items()]
        results = [f"%r{i} : {text}" for i, text in enumerate(self.result_types)]
        lines.append(f"{', '.join(results)}{' = ' if results else ''}{self.call}")
        lines += [f'output "y{i}" %r{i}' for i in range(len(results))]
        return "\n".join(lines + ["end", ""])


def cases():
    found = []
    body = TABLE.read_text().partition("op_cases[] = {")[2]
    strings = [json.loads(f'"{s}"') for s in STRING.findall(body)]
    for inputs, results, call in zip(*[iter(strings)] * 3):
        named = dict(x[1:].split(":") for x in inputs.split())
        found.append(Case(named, results.split(), call))
    return found
