# SPDX-License-Identifier: Apache-2.0
"""Models with control flow, in three dialects, and as stock's .pte where stock can.

`python flow.py FOLDER`; use cache.py. Written for what may go wrong: both ways
through each branch, loops of no turn, values swapped by a loop, results that are
copies of inputs and constants, or views, bodies in bodies, layers in branches.
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch._higher_order_ops.map import map as map_op
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop


class Cond(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: self.a(x).relu(), lambda x: self.b(x) * 2,
                          (x,))


class CondLayers(nn.Module):
    """Convolution and batch norm in the branches: weights must show as constants."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.deep = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4),
                                  nn.ReLU(), nn.Conv2d(4, 4, 1))
        self.flat = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        y = torch.cond(x.mean((0, 1, 2, 3)) > 0.45, self.deep, self.flat, (x,))
        return y.mean((2, 3)), x


class CondOutputs(nn.Module):
    """A branch gives its operand, a constant, a view (torch wants copies of each)."""

    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.arange(6.0).reshape(2, 3))

    def forward(self, x):
        def yes(x):
            y = torch.exp(x)
            return x.clone(), self.table.clone(), y.reshape(3, 2).clone(), y, y * 1

        def no(x):
            y = torch.tanh(x).reshape(3, 2)
            return y.reshape(2, 3) + 1, x.clone(), y, self.table + x, x * 2
        return torch.cond(x[0, 0] > 0, yes, no, (x,))


class CondNested(nn.Module):
    def forward(self, x):
        def inner(x):
            return torch.cond(x.max() > 1, lambda x: x * 3, lambda x: x - 3, (x,))
        y = torch.cond(x.sum() > 0, inner, lambda x: torch.sin(x), (x,))
        return y + torch.cond(y.min() > 0, lambda y: y * y, lambda y: y / 2, (y,))


class While(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x, n):
        return while_loop(lambda i, y: i < n,
                          lambda i, y: (i + 1, torch.tanh(self.layer(y))),
                          (torch.zeros((), dtype=torch.int64), x))


class WhileSwap(nn.Module):
    """What is carried changes places; a third is passed on."""

    def forward(self, a, b):
        return while_loop(lambda a, b, c: a.sum() < 100,
                          lambda a, b, c: (b.clone(), a + b, c.clone()), (a, b, a + 0.5))


class WhileCond(nn.Module):
    """Collatz: a branch in a loop."""

    def forward(self, n):
        steps = torch.zeros((), dtype=torch.int64)
        return while_loop(
            lambda n, steps: n > 1,
            lambda n, steps: (torch.cond(n % 2 == 0, lambda n: n // 2, lambda n: 3 * n + 1,
                                         (n,)), steps + 1), (n.clone(), steps))


class CondWhile(nn.Module):
    """A loop in a branch, and its result used behind it."""

    def forward(self, x):
        def loop(x):
            return while_loop(lambda y: y.abs().max() > 0.5, lambda y: (y * 0.5,), (x,))[0]
        return torch.cond(x.sum() > 0, loop, lambda x: x + 1, (x,)) * 2


class ScanGru(nn.Module):
    """What a recurrent network of one's own exports to."""

    def __init__(self):
        super().__init__()
        self.w_x, self.w_h = nn.Linear(3, 12), nn.Linear(4, 12)
        self.head = nn.Linear(4, 2)

    def forward(self, h, xs):
        def step(h, x):
            r_x, z_x, n_x = self.w_x(x).chunk(3, -1)
            r_h, z_h, n_h = self.w_h(h).chunk(3, -1)
            r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
            h = torch.tanh(n_x + r * n_h) * (1 - z) + z * h
            return h, h.clone()
        h, ys = scan(step, h, xs)
        return h, self.head(ys)


class ScanMany(nn.Module):
    """Two carried, two stacked, two gone through, backwards; what it got is stacked."""

    def forward(self, a, xs, ys):
        def step(carry, xy):
            a, n = carry
            x, y = xy
            return (a * x + 1, n + 1), (a.clone(), (x + y).sum(-1))
        return scan(step, (a, torch.zeros((), dtype=torch.int64)), (xs, ys), reverse=True)


class Map(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 4))

    def forward(self, xs, y):
        return map_op(lambda x, y: torch.relu(x @ self.w) + y, xs, y)


class MapScan(nn.Module):
    """A loop in a loop: the inner one counts from 0 in every turn."""

    def forward(self, xs):
        def inner(x):
            total, sums = scan(lambda t, v: (t + v, (t + v).clone()), x[0] * 0, x)
            return sums + total
        return map_op(inner, xs)


class CondState(nn.Module):
    """A buffer that a branch decides on."""

    def __init__(self):
        super().__init__()
        self.register_buffer("level", torch.zeros(3))

    def forward(self, x):
        new = torch.cond(x.sum() > 0, lambda x, s: s + x, lambda x, s: s * 0.5,
                         (x, self.level))
        self.level.copy_(new)
        return new * 2


def draw(*shape):
    return torch.randn(*shape)


def whole(n):
    return torch.tensor(n, dtype=torch.int64)


def models():
    """name -> (module, cases, whether stock's emitter can: one without while_loop)"""
    torch.manual_seed(11)
    up, down = torch.rand(2, 4) + 0.1, -torch.rand(2, 4) - 0.1
    table = [torch.full((2, 3), v) + 0.1 * draw(2, 3) for v in (1.0, -1.0)]
    images = [torch.rand(1, 2, 6, 6) * scale for scale in (4.0, 0.1)]
    found = {
        "cond": (Cond(), [(up,), (down,)], True),
        "cond_layers": (CondLayers(), [(x,) for x in images], True),
        "cond_outputs": (CondOutputs(), [(x,) for x in table], True),
        "cond_nested": (CondNested(), [(up,), (up + 2,), (down,), (down + 0.6,)], True),
        "while": (While(), [(up, whole(3)), (down, whole(0)), (up, whole(9))], False),
        "while_swap": (WhileSwap(), [(up, up * 2), (up + 90, up)], False),
        "while_cond": (WhileCond(), [(whole(27),), (whole(1),), (whole(6),)], False),
        "cond_while": (CondWhile(), [(up * 9,), (up * 0.1,), (down,)], False),
        "scan_gru": (ScanGru(), [(draw(2, 4), draw(7, 2, 3)) for _ in range(2)], True),
        "scan_many": (ScanMany(), [(draw(3), draw(5, 3), draw(5, 3)) for _ in range(2)],
                      True),
        "map": (Map(), [(draw(5, 2, 4), draw(2, 4)) for _ in range(2)], True),
        "map_scan": (MapScan(), [(draw(3, 4, 2),) for _ in range(2)], True),
        "cond_state": (CondState(), [(draw(3).abs(),), (-draw(3).abs(),)], True),
    }
    for module, _, _ in found.values():
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean.normal_(0.0, 0.1)
                layer.running_var.uniform_(0.5, 1.5)
        module.eval()
    return found


def flat(result):
    """The leaves of what a model gives, as an export has them."""
    return list(torch.utils._pytree.tree_leaves(result))


def save_case(folder, stem, module, inputs):
    with torch.no_grad():  # a copy: every case starts from the stored state
        outputs = flat(copy.deepcopy(module)(*inputs))
    entry = {"inputs": [], "outputs": []}
    for kind, values in (("inputs", inputs), ("outputs", outputs)):
        for i, value in enumerate(values):
            entry[kind].append(f"{stem}.{kind[:-1]}{i}.npy")
            np.save(folder / entry[kind][-1], np.array(value.numpy(), order="C"))
    return entry


def stock_file(program, path):
    from executorch.exir import EdgeCompileConfig, to_edge
    edge = to_edge(program, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    path.write_bytes(edge.to_executorch().buffer)


def main(folder):
    manifest, refused = {}, {}
    for name, (module, cases, stock) in models().items():
        plain = torch.export.export(module, cases[0])
        dialects = {"plain": plain, "func": plain.run_decompositions({}),
                    "core": plain.run_decompositions()}
        entry = {"pt2": {}}
        for dialect, program in dialects.items():
            entry["pt2"][dialect] = f"{name}.{dialect}.pt2"
            torch.export.save(program, folder / entry["pt2"][dialect])
        if stock:
            try:
                stock_file(plain, folder / f"{name}.pte")
                entry["pte"] = f"{name}.pte"
            except Exception as error:  # noqa: BLE001  what it says is kept
                refused[name] = f"{type(error).__name__}: {error}"[:400]
        entry["cases"] = [save_case(folder, f"{name}.case{i}", module, case)
                          for i, case in enumerate(cases)]
        manifest[name] = entry
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    (folder / "stock_refused.json").write_text(json.dumps(refused, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
