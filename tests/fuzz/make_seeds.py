# SPDX-License-Identifier: Apache-2.0
"""Makes the seed corpus: `python make_seeds.py [corpus [kind ...]]`. The result is
committed.

Every seed is a few kilobytes and ours: nothing in it but what this file says (of
exports, the metadata that holds paths of the machine is dropped). Findings of the
fuzzers are added to the same folders by hand, named after what they broke.
Needs what tests/requirements.txt lists, and $SCONCE: the command, for pte/.
pte/toy_*.pte are written by `build/tests/unit/test_compiler_delegates tests/fuzz/corpus/pte`.
"""

import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# ---- zip, npy, json ----------------------------------------------------------------


class Unseekable(io.RawIOBase):
    """Makes zipfile write data descriptors, as torch does."""

    def __init__(self):
        super().__init__()
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def zip_of(members, method=zipfile.ZIP_STORED, stream=None, wide=False, comment=b""):
    out = stream if stream is not None else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=wide) as member:
                member.write(data)
        archive.comment = comment
    return bytes(out.data) if stream is not None else out.getvalue()


def zip_seeds():
    members = [("m/version", b"0\n"), ("m/data/weight_0", bytes(range(40))), ("m/empty", b"")]
    written = io.BytesIO()
    archive = torch._C.PyTorchFileWriter(written)
    archive.write_record("weight_0", bytes(range(16)), 16)
    archive.write_end_of_file()
    yield "stored.zip", zip_of(members)
    yield "descriptors.zip", zip_of(members, stream=Unseekable())
    yield "wide.zip", zip_of(members, wide=True)
    yield "comment.zip", zip_of(members, comment=b"PK\5\6 a comment")
    yield "deflated.zip", zip_of(members, zipfile.ZIP_DEFLATED)
    yield "empty.zip", zip_of([])
    yield "torch.zip", written.getvalue()


def npy_of(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version, allow_pickle=False)
    return out.getvalue()


def npy_seeds():
    for code in "|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 >f4 <c8".split():
        name = code.replace("|", "").replace("<", "").replace(">", "big_")
        yield f"{name}.npy", npy_of(np.array([[1, 0, 1]]).astype(np.dtype(code)))
    yield "scalar.npy", npy_of(np.float32(1.5)[()].reshape(()))
    yield "empty.npy", npy_of(np.zeros((2, 0, 3), np.int8))
    yield "fortran.npy", npy_of(np.asfortranarray(np.arange(24, dtype=np.int16).reshape(2, 3, 4)))
    yield "version2.npy", npy_of(np.arange(3, dtype=np.int8), (2, 0))
    yield "version3.npy", npy_of(np.arange(3, dtype=np.int8), (3, 0))
    header = b"{'descr': '<V2', 'fortran_order': False, 'shape': (2,), }\n"
    yield "bf16.npy", b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + b"\0\0\0\0"


def json_seeds():
    yield "kinds.json", b'{"a": [1, -2.5e-3, true, null, "x\\u00e9\\n"], "b": {"c": []}}'
    yield "numbers.json", b'[9223372036854775807, -9223372036854775808, 1e308, 0.1, -0.0]'
    yield "nested.json", b"[" * 64 + b"]" * 64


# ---- models --------------------------------------------------------------------------


class Convs(nn.Module):
    """Convolution, batch norm, in-place activation, pooling, linear."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(2)
        self.head = nn.Linear(2, 3)

    def forward(self, x):
        x = F.relu6(self.norm(self.conv(x)), inplace=True)
        x = F.max_pool2d(x, 2) + F.avg_pool2d(x, 2)
        return F.softmax(self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)), -1)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 2, batch_first=True)

    def forward(self, x, h):
        return self.gru(x, h)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.norm = nn.Linear(4, 12), nn.LayerNorm(4)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        return F.gelu(F.scaled_dot_product_attention(q, k, v)) + x


class State(nn.Module):
    """A buffer that every run changes, a view that is written to, a constant."""

    def __init__(self):
        super().__init__()
        self.register_buffer("total", torch.zeros(2, 3))
        self.register_buffer("mask", torch.ones(3), persistent=False)

    def forward(self, x):
        self.total.add_(x)
        y = x.clone()
        y[0] = self.mask * 2
        y[:, 1:].mul_(3.0)
        return self.total + y, x


class Integers(nn.Module):
    """Indices, comparisons, dtypes, scalars of every Python type."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 3)

    def forward(self, i, scale: float, flag: bool):
        x = self.table(i)
        y = torch.where(x > 0, x * 2, float("-inf")) if flag else x
        return y.to(torch.float16), (i * 9007199254740993).clamp(max=3), x.argmax(-1), scale


class Shapes(nn.Module):
    def forward(self, x):
        a, b = x.split(2, 1)
        c = torch.cat([a.permute(1, 0), b.T.flip(0)], 1).reshape(-1)
        return F.pad(torch.stack([c, c * 0.5]), (1, 2), value=0.25)[:, ::2].unsqueeze(0)


class Quantized(nn.Module):
    """What PT2E leaves behind, written by hand."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weight", torch.arange(-3, 3, dtype=torch.int8).reshape(2, 3))
        self.register_buffer("scales", torch.tensor([0.5, 0.25]))
        self.register_buffer("zeros", torch.zeros(2, dtype=torch.int64))

    def forward(self, x):
        q = torch.ops.quantized_decomposed
        x = q.quantize_per_tensor(x, 0.1, 3, -128, 127, torch.int8)
        x = q.dequantize_per_tensor(x, 0.1, 3, -128, 127, torch.int8)
        w = q.dequantize_per_channel(self.weight, self.scales, self.zeros, 0, -127, 127,
                                     torch.int8)
        x = q.quantize_per_tensor(F.linear(x, w), 0.2, -1, -128, 127, torch.int8)
        return q.dequantize_per_tensor(x, 0.2, -1, -128, 127, torch.int8)


def models():
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the q/dq library

    torch.manual_seed(1)
    yield "convs", Convs(), (torch.randn(1, 1, 4, 4),)
    yield "recurrent", Recurrent(), (torch.randn(1, 2, 2), torch.randn(1, 1, 2))
    yield "attention", Attention(), (torch.randn(1, 2, 4),)
    yield "state", State(), (torch.randn(2, 3),)
    yield "integers", Integers(), (torch.tensor([1, 3]), 0.5, True)
    yield "shapes", Shapes(), (torch.randn(3, 4),)
    yield "quantized", Quantized(), (torch.randn(1, 3),)


# ---- pt2: bundles (bundle.h) -----------------------------------------------------------


def strip(program):
    """Drops what is long or holds paths; keeps one of each kind that is read."""
    module = program["graph_module"]
    for node in module["graph"]["nodes"]:
        kept = {"stack_trace": '  File "model.py", line 7, in forward\n    return x\n'}
        if "nn_module_stack" in node["metadata"]:
            kept["nn_module_stack"] = node["metadata"]["nn_module_stack"]
        node["metadata"] = kept
    program["guards_code"] = []
    return program


def bundle_of(exported):
    file = io.BytesIO()
    torch.export.save(exported, file)
    archive = zipfile.ZipFile(file)
    out = b""
    for info in archive.infolist():
        name = info.filename.split("/", 1)[1]
        data = archive.read(info)
        if name.startswith(("data/sample_inputs", ".data/serialization_id")):
            continue
        if name.startswith("models/"):
            data = json.dumps(strip(json.loads(data))).encode()
        if name.endswith(".json") or data.isascii() and data:
            out += b"=== %s\n%s\n" % (name.encode(), data)
        else:
            out += b"=== %s*\n%s\n" % (name.encode(), data.hex().encode())
    return out


def pt2_seeds():
    for name, model, inputs in models():
        plain = torch.export.export(model.eval(), inputs)
        yield f"{name}_plain.bundle", bundle_of(plain)
        if name != "recurrent":  # unrolled it is 40 KB
            yield f"{name}_core.bundle", bundle_of(plain.run_decompositions())
        if name == "state":
            yield f"{name}_func.bundle", bundle_of(plain.run_decompositions({}))
    old = [("serialized_exported_program.json", b"{}"), ("version", b"8.2")]
    yield "old_layout.pt2", zip_of(old)
    yield "pickle.pt2", zip_of([("archive/data.pkl", b"\x80\2}q\0.")])


# ---- scg: every operator, from the table that the unit tests check against torch ----------


def op_cases():
    """(inputs, results, call) of each row."""
    table = Path(__file__).parents[1] / "unit" / "graph" / "op_cases.h"
    row = re.compile(r'\{"(.*?)", "(.*?)",\s*"((?:[^"\\]|\\.)*)"\}')
    for inputs, results, call in row.findall(table.read_text()):
        yield inputs, results, call.replace('\\"', '"')


def graph_of(name, cases):
    """One graph that makes all the calls and gives back what they result in."""
    inputs, nodes, outputs = [], [], []
    for n, (wanted, results, call) in enumerate(cases):
        for value, kind in (item.split(":") for item in wanted.split()):
            inputs.append(f"input {value}_{n} : {kind}")
            call = re.sub(rf"{value}\b", f"{value}_{n}", call)
        named = [f"%y{n}_{i}" for i in range(len(results.split()))]
        made = ", ".join(f"{v} : {kind}" for v, kind in zip(named, results.split()))
        nodes.append(f"{made} = {call}")
        outputs += [f'output "{v[1:]}" {v}' for v in named]
    return "\n".join([f"graph {name}", *inputs, *nodes, *outputs, "end", ""]).encode()


def scg_seeds():
    # in-place, undefined contents, and dtypes that no kernel computes in: left out
    unwanted = re.compile(r"[a-z0-9]_\.|empty|quantized_decomposed|\b(f64|f16|bf16)\b")
    cases = [c for c in op_cases() if c[1] and not unwanted.search(" ".join(c))]
    for start in range(0, len(cases), 6):
        group = cases[start:start + 6]
        yield f"ops{start // 6:02}.scg", graph_of(f"ops{start // 6:02}", group)


# ---- pte: as stock ExecuTorch and as we write them ------------------------------------------


def compiled(path):
    """What the command $SCONCE makes of a graph; None when an operator has no kernel."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "x.pte"
        done = subprocess.run([os.environ["SCONCE"], "compile", path, "-o", out],
                              capture_output=True)
        return out.read_bytes() if done.returncode == 0 else None


def pte_seeds():
    from executorch.exir import EdgeCompileConfig, to_edge

    for name, model, inputs in models():
        if name in ("recurrent", "quantized"):  # dozens of instructions; q/dq kernels
            continue
        exported = torch.export.export(model.eval(), inputs)
        edge = to_edge(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
        yield f"stock_{name}.pte", bytes(edge.to_executorch().buffer)
    for path in sorted((Path(__file__).parent / "corpus" / "scg").glob("*.scg"))[::3]:
        program = compiled(path)
        if program:
            yield f"{path.stem}.pte", program


# ---- ptd, bpte: what stock writes beside a .pte, or around it --------------------------------


class Mixed(nn.Module):
    """Weights, a list of tensors, integers; small, since every seed is mutated whole."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        x = self.b(torch.relu(self.a(x)))
        return torch.cat([x, x * 2], 1), x.argmax(1)


class Numbers(nn.Module):
    """Inputs of every kind that a bundle can hold."""

    def forward(self, x, scale: float, flag: bool, n: int):
        return (x * scale if flag else x) + n


def edge_of(model, inputs):
    from executorch.exir import EdgeCompileConfig, to_edge

    exported = torch.export.export(model.eval(), inputs)
    return to_edge(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))


def ptd_seeds():
    """As fuzz_ptd.c takes them: bytes of the .pte, the .pte, the .ptd."""
    from executorch.exir import ExecutorchBackendConfig

    torch.manual_seed(1)
    config = ExecutorchBackendConfig(external_constants=True)
    for name, model, inputs in (("mixed", Mixed(), (torch.randn(1, 3),)),
                                ("convs", Convs(), (torch.randn(1, 1, 4, 4),))):
        made = edge_of(model, inputs).to_executorch(config)
        program = bytes(made.buffer)
        with tempfile.TemporaryDirectory() as folder:
            made.write_tensor_data_to_file(folder)
            data, = (path.read_bytes() for path in Path(folder).iterdir())
        yield f"{name}.pair", struct.pack("<I12x", len(program)) + program + data


def bpte_seeds():
    from executorch.devtools import BundledProgram
    from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
    from executorch.devtools.bundled_program.serialize import (
        serialize_from_bundled_program_to_flatbuffer)

    torch.manual_seed(1)
    for name, model, inputs in (("mixed", Mixed(), (torch.randn(1, 3),)),
                                ("numbers", Numbers(), (torch.randn(2), 0.5, True, 3))):
        wanted = model.eval()(*inputs)
        cases = [MethodTestCase(inputs=inputs, expected_outputs=wanted)] * 2
        bundled = BundledProgram(edge_of(model, inputs).to_executorch(),
                                 [MethodTestSuite("forward", cases)])
        yield f"{name}.bpte", serialize_from_bundled_program_to_flatbuffer(bundled)


def main(folder):
    kinds = {"scg": scg_seeds, "zip": zip_seeds, "npy": npy_seeds, "json": json_seeds, "pt2": pt2_seeds,
             "pte": pte_seeds, "ptd": ptd_seeds, "bpte": bpte_seeds}
    only = sys.argv[2:] or kinds
    for kind, seeds in ((kind, kinds[kind]) for kind in only):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name, data in seeds():
            for path in (b"/home", b"/work", b"/usr", b"/root", b"site-packages"):
                if path in data:
                    raise SystemExit(f"{kind}/{name} holds a path of this machine: {path}")
            (folder / kind / name).write_bytes(data)
            print(f"{kind}/{name}: {len(data)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "corpus")
