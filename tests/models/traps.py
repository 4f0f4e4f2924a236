# SPDX-License-Identifier: Apache-2.0
"""Small models, each with one thing that makes reading a .pt2 hard.

`python traps.py FOLDER`; use cache.py, which keeps the result. FOLDER gets
NAME.plain.pt2, NAME.func.pt2 and NAME.core.pt2 as far as torch can make them,
NAME.inputK.npy, NAME.runR.outputK.npy (eager, R-th call with the same inputs) and
manifest.json.
"""

import copy
import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

N_RUNS = 3      # calls with the same inputs: state shows from the second on


# ---- writes to memory ----------------------------------------------------------


class BufferWrites(nn.Module):
    """A counter and a hidden state, changed in place and read before and after."""

    def __init__(self):
        super().__init__()
        self.register_buffer("n", torch.tensor(7.0))
        self.register_buffer("h", torch.randn(2, 3))
        self.register_buffer("never_written", torch.randn(3))

    def forward(self, x):
        before = self.h.sum()
        self.n.add_(1)
        self.h.copy_(torch.tanh(self.h + x))
        return self.h + self.never_written + before, self.n * 1


class KeyValueCache(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("cache", torch.randn(2, 4, 3))

    def forward(self, x, pos):
        self.cache.index_copy_(1, pos, x.unsqueeze(1))
        return self.cache.sum(1)


class Swap(nn.Module):
    """Two buffers change places: both must be read before either is written."""

    def __init__(self):
        super().__init__()
        self.register_buffer("a", torch.tensor([1.0, 2.0]))
        self.register_buffer("b", torch.tensor([10.0, 20.0]))

    def forward(self, x):
        old = self.a.clone()
        self.a.copy_(self.b)
        self.b.copy_(old + 1)
        return self.a + x, self.b * x


class SlidingWindow(nn.Module):
    """A streaming model's history: shifted by one through slices of a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("past", torch.zeros(1, 2, 4))
        self.conv = nn.Conv1d(2, 3, 4)

    def forward(self, x):
        self.past[:, :, :-1] = self.past[:, :, 1:].clone()
        self.past[:, :, -1] = x
        return self.conv(self.past)


class ViewWrites(nn.Module):
    """Writes through nearly every kind of view, and views made before a write."""

    def forward(self, x):
        y = x.clone()
        before = y[0]
        y[:, 0] = 5.0
        y[1:3, ::2].add_(1)
        y.t()[1].mul_(2)
        y.view(-1)[3:5] = -1.0
        y.permute(1, 0)[2:, 1].neg_()
        y.chunk(2, 0)[1].relu_()
        y.unbind(1)[3].add_(0.5)
        y.unsqueeze(0)[:, 3].clamp_(max=0.25)
        y[0, :2] = torch.tensor([7, 8])     # integers into floats
        y[2] = 1.5                          # a number into a row
        y.reshape(2, 8)[0].mul_(-1)
        y.t().reshape(-1).zero_()           # a copy: y stays
        y.t().contiguous().add_(9)          # another
        y.contiguous()[3].add_(3)           # y itself
        y.to(torch.float32)[1].add_(2)      # y itself
        return y, before * 1


class MetadataWrites(nn.Module):
    """In-place operators that change only the shape."""

    def forward(self, x):
        y = x * 2
        y.unsqueeze_(0)
        y.transpose_(1, 2)
        z = y + 1
        z.squeeze_(0)
        return y.sum(0), z.detach_()


class InplaceActivations(nn.Module):
    """relu_ on a value that is read again under its old name."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        z = nn.functional.relu(y, inplace=True)
        return nn.functional.hardtanh(y + z, 0.0, 6.0, inplace=True), y


class InputWrite(nn.Module):
    def forward(self, x):
        x.add_(1)
        return x * 2


class TrainMode(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.Dropout(0.5))

    def forward(self, x):
        return self.body(x)


# ---- weights ---------------------------------------------------------------------


class SharedStorage(nn.Module):
    """Tied weights, two halves of one buffer, and one seen as integers."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.b.weight = self.a.weight
        both = torch.randn(8)
        self.register_buffer("lo", both[:4])
        self.register_buffer("hi", both[4:])
        self.register_buffer("bits", both.view(torch.int32))

    def forward(self, x):
        return self.b(self.a(x)) + self.lo - self.hi + (self.bits[:4] > 0).float()


class Strides(nn.Module):
    """Weights that aren't dense: transposed, sliced, expanded, channels_last."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(6, 4).t())
        self.register_buffer("slice", torch.randn(8, 10)[2:5, 1:7])
        self.register_buffer("expanded", torch.randn(6).expand(4, 6))
        self.register_buffer("offset", torch.randn(30)[17:23])
        self.register_buffer("single", torch.randn(1, 6).t().unsqueeze(0)[0].t())
        self.conv = nn.Conv2d(3, 4, (2, 3)).to(memory_format=torch.channels_last)

    def forward(self, x, image):
        y = (x @ self.w) + self.expanded.sum(0) + self.slice.sum(0) + self.offset
        return y + self.single, self.conv(image)


class Constants(nn.Module):
    """Non-persistent buffers, literals, no dimensions, no elements, extremes."""

    def __init__(self):
        super().__init__()
        self.k = nn.Parameter(torch.tensor(0.5))
        self.register_buffer("np", torch.tensor([1.0, 2.0]), persistent=False)
        self.register_buffer("empty", torch.zeros(0, 3))
        self.register_buffer("i64", torch.tensor([2**53 + 1, -2**63, 2**63 - 1]))
        self.register_buffer("flags", torch.tensor([True, False]))
        self.const = torch.tensor([3.0, 4.0])

    def forward(self, x):
        c = torch.tensor([10.0, 20.0])
        y = x * self.k + self.np + self.const + c + self.empty.sum()
        return (y, self.i64 * 1, x * math.inf, x.masked_fill(x > 0, -math.inf),
                torch.full_like(x, math.nan), self.i64.clamp(max=2**62 + 3),
                torch.where(self.flags, x, -x))


class Unused(nn.Module):
    """A layer that nothing calls, and one of a dtype that can't be imported."""

    def __init__(self):
        super().__init__()
        self.used = nn.Linear(4, 2)
        self.unused = nn.Linear(4, 999)
        self.register_buffer("rotation", torch.ones(3, dtype=torch.complex64))

    def forward(self, x):
        return self.used(x)


class ComplexBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("rotation", torch.ones(3, dtype=torch.complex64))

    def forward(self, x):
        return (x * self.rotation).real


class Dtypes(nn.Module):
    """Every dtype that a device may have; types only, nothing is computed."""
    KINDS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
             torch.float16, torch.float32, torch.float64, torch.bool, torch.bfloat16)

    def __init__(self):
        super().__init__()
        for i, kind in enumerate(self.KINDS):
            self.register_buffer(f"b{i}", torch.ones(2, i + 1).to(kind))

    def forward(self, x):
        return [x] + [getattr(self, f"b{i}").clone() for i in range(len(self.KINDS))]


# ---- numbers and arguments ---------------------------------------------------------


class Promotion(nn.Module):
    """Result dtypes that only promotion rules explain."""

    def __init__(self):
        super().__init__()
        self.register_buffer("i", torch.tensor([1, 2, 3], dtype=torch.int32))
        self.register_buffer("b", torch.tensor([True, False, True]))

    def forward(self, x):
        return (self.i * 2.5, self.i * 2, self.b + self.i, self.i / 2,
                torch.add(x, self.i, alpha=3), x + True, x - self.i * 2,
                torch.sub(2, x), self.i // 2, x.clamp(max=1), self.b * 1)


class Double64(nn.Module):
    """float64 comes in through a buffer; types only."""

    def __init__(self):
        super().__init__()
        self.register_buffer("d", torch.randn(3, dtype=torch.float64))

    def forward(self, x):
        return x + self.d, x.double() * 2, torch.sub(2.5, self.d)


class Defaults(nn.Module):
    """Arguments that are left out, lists from one number, padding as a string."""

    def __init__(self):
        super().__init__()
        self.same = nn.Conv2d(2, 3, 3, padding="same")
        self.valid = nn.Conv1d(4, 2, 3, padding="valid")

    def forward(self, x):
        pooled = nn.functional.avg_pool2d(x, 2)
        highest, _ = torch.max(x, dim=-1)
        return (self.same(x), self.valid(x[0]), pooled, highest,
                nn.functional.max_pool2d(x, 2, padding=1),
                torch.split(x, 3, dim=3)[1] * 1, nn.functional.pad(x, (1, 2)))


class Index(nn.Module):
    """index.Tensor with all and with some indices."""

    def __init__(self):
        super().__init__()
        self.register_buffer("rows", torch.tensor([2, 0]))

    def forward(self, x):
        return x[self.rows], x[:, self.rows], x[self.rows, self.rows]


class Upsample(nn.Module):
    def forward(self, x):
        return (nn.functional.interpolate(x, scale_factor=2),
                nn.functional.interpolate(x, size=(6, 6), mode="bilinear"))


# ---- names, inputs and outputs --------------------------------------------------------


class Names(nn.Module):
    """Names that aren't identifiers, and a user's input called like a weight."""

    def __init__(self):
        super().__init__()
        inner = nn.Module()
        inner.add_module("a b", nn.Linear(3, 3))
        self.add_module("m", inner)
        self.register_parameter("p_x", nn.Parameter(torch.randn(3)))
        self.register_parameter("é-x", nn.Parameter(torch.randn(3)))
        self.register_buffer("int", torch.randn(3))

    def forward(self, p_p_x, b_int):
        linear = getattr(self.m, "a b")
        return linear(p_p_x) * self.p_x + getattr(self, "é-x") - self.int * b_int


class Inputs(nn.Module):
    """A dictionary, keywords in another order than forward()'s, frozen inputs."""

    def forward(self, d, none, flag, factor, scale=None, mask=None):
        y = d["b"] - d["a"] * 2
        y = y * factor if flag and none is None else y
        return {"z": y * scale, "y": y + mask}


class Outputs(nn.Module):
    """One output twice, an input, a view of an input."""

    def forward(self, x):
        y = x + 1
        return y, y, x, x.view(-1)


class LiteralOutputs(nn.Module):
    def forward(self, x):
        return x + 1, None, 7, 0.5, True


# ---- what is refused ---------------------------------------------------------------------


class Double(nn.Module):
    def forward(self, x):
        return x * 2


class NonZero(nn.Module):
    def forward(self, x):
        return torch.nonzero(x)


class NoGrad(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            y = x * 2
        return y + 1


class Cond(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x - 1, (x,))


class Inverse(nn.Module):
    """No operator of the registry."""

    def forward(self, x):
        return torch.linalg.inv(x)


# ---- the list ----------------------------------------------------------------------------


@dataclass
class Trap:
    model: nn.Module
    args: tuple
    kwargs: dict = field(default_factory=dict)
    export: dict = field(default_factory=dict)   # more options of torch.export.export()
    train: bool = False


def x(*shape):
    return torch.randn(*shape)


def traps():
    batch = torch.export.Dim("batch", min=2, max=8)
    return {
        "buffer_writes": Trap(BufferWrites(), (x(2, 3),)),
        "key_value_cache": Trap(KeyValueCache(), (x(2, 3), torch.tensor([2]))),
        "swap": Trap(Swap(), (x(2),)),
        "sliding_window": Trap(SlidingWindow(), (x(1, 2),)),
        "view_writes": Trap(ViewWrites(), (x(4, 4),)),
        "metadata_writes": Trap(MetadataWrites(), (x(2, 3),)),
        "inplace_activations": Trap(InplaceActivations(), (x(1, 2, 4, 4),)),
        "input_write": Trap(InputWrite(), (x(3),)),
        "train_mode": Trap(TrainMode(), (x(2, 2, 3, 3),), train=True),
        "shared_storage": Trap(SharedStorage(), (x(2, 4),)),
        "strides": Trap(Strides(), (x(4, 4), x(1, 3, 5, 6))),
        "channels_last": Trap(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3, groups=4))
            .to(memory_format=torch.channels_last),
            (x(1, 3, 6, 6).to(memory_format=torch.channels_last),)),
        "constants": Trap(Constants(), (x(3, 2),)),
        "unused": Trap(Unused(), (x(2, 4),)),
        "complex_buffer": Trap(ComplexBuffer(), (x(3),)),
        "dtypes": Trap(Dtypes(), (x(2),)),
        "promotion": Trap(Promotion(), (x(3),)),
        "double64": Trap(Double64(), (x(3),)),
        "defaults": Trap(Defaults(), (x(1, 2, 4, 6),)),
        "index": Trap(Index(), (x(3, 3),)),
        "upsample": Trap(Upsample(), (x(1, 2, 3, 3),)),
        "names": Trap(Names(), (x(2, 3), x(3))),
        "inputs": Trap(Inputs(), ({"b": x(2, 3), "a": x(2, 3)}, None, True, 3.0),
                       {"mask": x(3), "scale": x(1)}),
        "outputs": Trap(Outputs(), (x(2, 3),)),
        "literal_outputs": Trap(LiteralOutputs(), (x(2, 3),)),
        "dynamic": Trap(Double(), (x(3, 4),), export={"dynamic_shapes": {"x": {0: batch}}}),
        "nonzero": Trap(NonZero(), (x(4),)),
        "no_grad": Trap(NoGrad(), (x(3),)),
        "cond": Trap(Cond(), (x(3),)),
        "unknown_op": Trap(Inverse(), (x(3, 3),)),
        "plain_good": Trap(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (x(2, 3),)),
    }


# ---- writing them ----------------------------------------------------------------------------


def leaves(value):
    return torch.utils._pytree.tree_leaves(value)


def save_run(folder, name, outputs, run):
    """Tensor outputs as .npy; what else a model returns only as its kind."""
    files = []
    for i, value in enumerate(outputs):
        if not isinstance(value, torch.Tensor):
            files.append(None if value is None else type(value).__name__)
            continue
        if value.dtype == torch.bfloat16:       # numpy has none
            value = value.float()
        files.append(f"{name}.run{run}.output{i}.npy")
        np.save(folder / files[-1], np.array(value.detach().numpy(), order="C"))
    return files


def outputs_of(result):
    """tree_leaves() drops None, the exported program's outputs don't."""
    return list(result) if isinstance(result, (tuple, list)) else leaves(result)


def write_trap(folder, name, trap):
    trap.model.train(trap.train)
    eager = copy.deepcopy(trap.model)
    plain = torch.export.export(trap.model, copy.deepcopy(trap.args),
                                copy.deepcopy(trap.kwargs), **trap.export)
    entry = {"pt2": {}, "inputs": [], "outputs": []}
    for dialect, make in (("plain", lambda: plain),
                          ("func", lambda: plain.run_decompositions({})),
                          ("core", lambda: plain.run_decompositions())):
        torch.export.save(make(), folder / f"{name}.{dialect}.pt2")
        entry["pt2"][dialect] = f"{name}.{dialect}.pt2"
    inputs = [v for v in leaves((trap.args, trap.kwargs)) if isinstance(v, torch.Tensor)]
    for i, value in enumerate(inputs):
        entry["inputs"].append(f"{name}.input{i}.npy")
        np.save(folder / entry["inputs"][-1], np.array(value.numpy(), order="C"))
    with torch.no_grad():
        for run in range(N_RUNS):
            result = eager(*copy.deepcopy(trap.args), **copy.deepcopy(trap.kwargs))
            entry["outputs"].append(save_run(folder, name, outputs_of(result), run))
    return entry


def write_other_files(folder):
    """Files that hold a model, but no exported program as torch >= 2.8 saves it."""
    from torch.export.pt2_archive._package import package_pt2
    model = Double()
    program = torch.export.export(model, (x(2),))
    package_pt2(str(folder / "two_models.pt2"),
                exported_programs={"enc": program, "dec": program})
    torch.save({"w": x(2)}, folder / "state_dict.pt2")
    torch.jit.save(torch.jit.trace(model, x(2)), folder / "torchscript.pt2")


def write_subclass(folder):
    """torchao's quantize_() makes weights that are tensor subclasses."""
    from torchao.quantization import Int8WeightOnlyConfig, quantize_
    model = nn.Sequential(nn.Linear(64, 64)).eval()
    quantize_(model, Int8WeightOnlyConfig())
    torch.export.save(torch.export.export(model, (x(1, 64),)), folder / "subclass.pt2")


def main(folder):
    torch.manual_seed(20)
    manifest = {name: write_trap(folder, name, trap) for name, trap in traps().items()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    write_other_files(folder)
    write_subclass(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
