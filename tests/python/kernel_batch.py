# SPDX-License-Identifier: Apache-2.0
"""Calls kernels by name, thousands in one process: tests/tools/kernel_batch.c.

    batch = Batch(sconce, folder)
    batch.add("aten::add.out", [a, b, 1], [Out(torch.float32, (2, 3))])
    for result in batch.run(): result.status, result.outputs (arrays)

Arguments stand in schema order without outputs; how each is written follows from the
kernel's signature in backends/portable/host/kernels.c.
"""

import functools
import math
import re
import struct
import subprocess
from dataclasses import dataclass, field

import numpy as np
import torch

import support

DTYPES = {torch.uint8: ("u8", 0), torch.int8: ("i8", 1), torch.int16: ("i16", 2),
          torch.int32: ("i32", 3), torch.int64: ("i64", 4), torch.float16: ("f16", 5),
          torch.float32: ("f32", 6), torch.float64: ("f64", 7), torch.bool: ("bool", 11),
          torch.bfloat16: ("bf16", 15)}
NUMPY = {torch.uint8: np.uint8, torch.int8: np.int8, torch.int16: np.int16,
         torch.int32: np.int32, torch.int64: np.int64, torch.float32: np.float32,
         torch.float64: np.float64, torch.bool: np.bool_}
STATUS = {0: "ok", 1: "not a program", -2: "format", -4: "unsupported", -5: "no kernel",
          -7: "memory", -8: "shape", -9: "range"}
NHWC = (0, 2, 3, 1)


@functools.cache
def signatures():
    """name -> signature of every portable kernel."""
    source = (support.ROOT / "backends" / "portable" / "host" / "kernels.c").read_text()
    return dict(re.findall(r'\{"([^"]+)", "([^"]*)",', source))


@functools.cache
def classes():
    """name -> dtype classes of every portable kernel, "fi" or "*"."""
    source = (support.ROOT / "backends" / "portable" / "host" / "kernels.c").read_text()
    found = {}
    for name, letter in re.findall(r'\{"([^"]+)", "[^"]*",\s+\w+,\s+\'(.)\'\}', source):
        found[name] = found.get(name, "") + letter
    return found


@dataclass
class Out:
    dtype: torch.dtype
    shape: tuple
    bound: tuple = None   # sizes may change up to these
    order: tuple = None   # dim order, outermost first


@dataclass
class Result:
    status: int
    outputs: list = field(default_factory=list)

    @property
    def word(self):
        return STATUS.get(self.status, str(self.status))


def number(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "inf" if value == math.inf else "-inf" if value == -math.inf else repr(value)
    return str(int(value))


class Text:
    """One program of one call."""

    def __init__(self):
        self.buffers, self.tensors, self.inputs, self.data = [], [], [], []
        self.known = {}

    def place(self, dtype, shape, order, dynamic=False):
        n = len(self.tensors)
        n_bytes = max(math.prod(shape) * torch.empty((), dtype=dtype).element_size(), 1)
        self.buffers.append(f"buffer {n} = {n_bytes} live -1..100")
        dims = ",".join(map(str, shape))
        order = "{" + ",".join(map(str, order)) + "}" if order else ""
        self.tensors.append(f"%{n} = {DTYPES[dtype][0]}[{dims}]{order} buffer {n}"
                            + (" dynamic 1" if dynamic else ""))
        return f"%{n}"

    def tensor(self, value, order):
        if id(value) in self.known:
            return self.known[id(value)]
        if value.dim() != 4:
            order = None
        name = self.place(value.dtype, tuple(value.shape), order)
        self.inputs.append(f"input {name}")
        self.data.append(value.detach().contiguous().numpy().tobytes())
        self.known[id(value)] = name
        return name

    def word(self, letter, value, order):
        if value is None:
            return "null"
        if letter == "T":
            return self.tensor(value, order)
        if letter == "V":
            items = ["none" if x is None else self.tensor(x, order) for x in value]
            return ("o" if None in list(map(type_none, value)) else "t") + \
                "[" + ", ".join(items) + "]"
        if letter in "IFB":
            kind = {"I": "", "F": "d", "B": "b"}[letter]
            convert = {"I": int, "F": float, "B": bool}[letter]
            items = value if isinstance(value, (list, tuple, torch.Size)) else [value]
            return kind + "[" + ", ".join(number(convert(x)) for x in items) + "]"
        if letter == "s":
            return f'"{value}"'
        if isinstance(value, torch.dtype):
            return str(DTYPES[value][1])
        if not isinstance(value, (bool, int, float)):
            return "null"  # memory formats, layouts: the output says it
        convert = {"i": int, "f": float, "b": bool, "S": lambda x: x}[letter]
        return number(convert(value))


def type_none(value):
    return None if value is None else 1


def split_signature(signature):
    return [(letter, bool(optional)) for letter, optional in
            re.findall(r"(\w)(\?)?", signature)]


def call_text(kernel, args, outs, order=None):
    """(text, input bytes). order: dim order of every tensor of rank 4."""
    text = Text()
    letters = split_signature(signatures()[kernel])
    words = [text.word(letter, value, order)
             for (letter, _), value in zip(letters, args)]
    names = [text.place(out.dtype, out.bound or out.shape,
                        order if len(out.bound or out.shape) == 4 else None, out.bound is not None)
             for out in outs]
    lists = any(letter == "P" for letter, _ in letters)
    shown = f"t[{', '.join(names)}]" if lists else ", ".join(names)
    if lists:
        call = f"call {kernel} raw({', '.join(words + [shown, shown])}) outputs 1"
    else:
        call = f"call {kernel}({', '.join(words)} -> {shown})"
    lines = ['program "forward"', *text.buffers, *text.tensors, *text.inputs,
             *[f"output {name}" for name in names], call, ""]
    return "\n".join(lines), text.data


class Batch:
    def __init__(self, sconce, folder):
        self.tool = sconce.path.parent / "kernel_batch"
        assert self.tool.exists(), "kernel_batch isn't there: run `make unit`"
        self.folder, self.jobs, self.dtypes = folder, [], []

    def add_text(self, text, data, dtypes):
        self.jobs.append((text, data))
        self.dtypes.append(dtypes)

    def add(self, kernel, args, outs, order=None):
        text, data = call_text(kernel, args, outs, order)
        self.add_text(text, data, [out.dtype for out in outs])

    def run(self):
        path, results = self.folder / "jobs", self.folder / "results"
        with open(path, "wb") as file:
            for text, data in self.jobs:
                file.write(struct.pack("<I", len(text.encode())) + text.encode())
                file.write(struct.pack("<I", len(data)))
                for item in data:
                    file.write(struct.pack("<I", len(item)) + item)
        done = subprocess.run([self.tool, path, results], capture_output=True, text=True,
                              timeout=600)
        assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}"
        self.errors = done.stderr
        found = self.read(results.read_bytes())
        assert len(found) == len(self.jobs)
        return found

    def read(self, data):
        at, found = 0, []

        def take(n):
            nonlocal at
            at += n
            return data[at - n:at]

        while at < len(data):
            status, count = struct.unpack("<iI", take(8))
            result = Result(status)
            dtypes = self.dtypes[len(found)]
            for i in range(count):
                rank, = struct.unpack("<I", take(4))
                shape = struct.unpack(f"<{rank}i", take(4 * rank))
                size, = struct.unpack("<I", take(4))
                array = np.frombuffer(take(size), NUMPY[dtypes[i]])
                result.outputs.append(array.reshape(shape))
            found.append(result)
        return found
