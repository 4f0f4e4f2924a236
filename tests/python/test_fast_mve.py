# SPDX-License-Identifier: Apache-2.0
"""Layers packed for Helium have the bits of the plain int8 kernels.

Random typed layers, one graph for each kind, compiled twice: for cortex-m55, and for
a core without a vector unit, whose kernels define the bits. Compared byte for byte:
both on this computer (is the packing right?), and the packed one on the simulated
Cortex-M55 (is the assembly right?).
"""

import json
import os
import subprocess

import numpy as np
import pytest

from support import read_outputs

SEED = 20250107
PLAIN = """name: plain
summary: int8 kernels in plain C
engines: [cortex_m, portable]
core: cortex-m3
isa: c
"""


class Graph:
    """Text of a graph and the arrays of its inputs; every layer is an output."""

    def __init__(self, rng):
        self.rng = rng
        self.lines, self.inputs, self.n = [], [], 0

    def name(self):
        self.n += 1
        return f"v{self.n}"

    def input(self, shape, scale, zero):
        """int8 with many values at the ends of the range."""
        name = self.name()
        x = self.rng.integers(-128, 128, shape)
        ends = self.rng.random(shape)
        x = np.where(ends < 0.1, -128, np.where(ends > 0.9, 127, x))
        self.inputs.append(x.astype(np.int8))
        self.lines.append(f"input %{name} : {int8(shape, scale, zero)}")
        return name

    def const(self, dtype, values, scales, low, high):
        name = self.name()
        shape = ",".join(map(str, values.shape))
        zeros = ", ".join("0" for _ in scales)
        numbers = ", ".join(map(str, values.ravel().tolist()))
        self.lines.append(f"const %{name} : {dtype}[{shape}]{{q 0 {listed(scales)} "
                          f"[{zeros}] {low} {high}}} = {{{numbers}}}")
        return name

    def weights(self, shape, axis_size, scales):
        """Random, with channels of zeros, of 127 and of -127."""
        w = np.clip(np.rint(self.rng.normal(0, 45, shape)), -127, 127).astype(int)
        for value in (0, 127, -127):
            w[self.rng.random(axis_size) < 0.08] = value
        return self.const("i8", w, scales, -127, 127)

    def bias(self, n, x_scale, scales):
        b = self.rng.integers(-3000, 3000, n)
        return self.const("i32", b, [x_scale * s for s in scales], -2147483647, 2147483647)

    def result(self, shape, expression, scale, zero, relu):
        kind = int8(shape, scale, zero)
        name = self.name()
        if relu:
            plain = kind.replace("i8", "f32").split("{")[0]
            self.lines.append(f"%{name}a : {plain} = {expression}")
            expression = f"aten.relu.default(%{name}a)"
        self.lines.append(f"%{name} : {kind} = {expression}")
        self.lines.append(f'output "{name}" %{name}')

    def text(self):
        kinds = ("input", "const", "%", "output")
        ordered = [line for kind in kinds for line in self.lines if line.startswith(kind)]
        return "\n".join(["graph layers", *ordered, "end", ""])


def listed(scales):
    return "[" + ", ".join(repr(float(np.float32(s))) for s in scales) + "]"


def int8(shape, scale, zero):
    layout = "nhwc" if len(shape) == 4 else ""
    return (f"i8[{','.join(map(str, shape))}]{layout}"
            f"{{q -1 {listed([scale])} [{zero}] -128 127}}")


def scales_of(rng, n, spread=0.9):
    return 0.01 * np.exp(rng.uniform(-spread, spread, n))


def output_type(rng, scales, k, relu, factor=1.0):
    """A scale at which results fill the range and some are clamped. Below a zero
    point of -128 nothing is left for a ReLU to clamp; above it, it does."""
    scale = 0.05 * float(np.median(scales)) * 45 * 70 * np.sqrt(k) / 60 * factor
    return scale, relu if relu else int(rng.integers(-60, 60))


# batch, channels, height, width, outputs, kernel, stride, padding. The first four have
# thousands of results each: the rarest difference, a negative half that is rounded the
# wrong way, is one result in 2^shift.
CONVOLUTIONS = [
    (1, 16, 20, 21, 32, (1, 1), (1, 1), (0, 0)),
    (1, 24, 20, 21, 32, (1, 1), (1, 1), (0, 0)),
    (1, 64, 20, 21, 32, (1, 1), (1, 1), (0, 0)),
    (1, 64, 1, 1, 512, (1, 1), (1, 1), (0, 0)),
    (1, 16, 5, 5, 8, (1, 1), (1, 1), (0, 0)),
    (1, 16, 3, 3, 6, (1, 1), (1, 1), (0, 0)),
    (1, 24, 4, 5, 12, (1, 1), (1, 1), (0, 0)),
    (1, 32, 3, 3, 16, (1, 1), (1, 1), (0, 0)),
    (1, 40, 3, 5, 7, (1, 1), (1, 1), (0, 0)),
    (2, 64, 3, 3, 20, (1, 1), (1, 1), (0, 0)),
    (1, 200, 2, 2, 4, (1, 1), (1, 1), (0, 0)),
    (1, 320, 1, 1, 9, (1, 1), (1, 1), (0, 0)),
    (1, 5, 4, 4, 3, (1, 1), (1, 1), (0, 0)),
    (1, 16, 5, 5, 8, (1, 1), (2, 2), (0, 0)),
    (1, 3, 9, 8, 16, (3, 3), (2, 2), (1, 1)),
    (1, 1, 20, 10, 8, (10, 4), (2, 2), (5, 1)),
    (2, 16, 6, 5, 8, (3, 3), (1, 1), (1, 1)),
    (1, 16, 6, 6, 4, (3, 3), (2, 2), (1, 1)),
    (1, 32, 5, 7, 4, (2, 3), (3, 2), (2, 3)),
    (1, 16, 3, 3, 4, (1, 2), (1, 3), (0, 0)),
    (1, 32, 4, 4, 2, (3, 3), (1, 1), (0, 0)),
    (1, 7, 5, 6, 5, (5, 3), (1, 2), (2, 2)),
    (1, 4, 2, 2, 1, (3, 3), (1, 1), (2, 2)),
]


def convolution(g, case, relu, factor=1.0):
    n, c, h, w, o, kernel, stride, pad = case
    scales = scales_of(g.rng, o)
    x = g.input((n, c, h, w), 0.05, int(g.rng.integers(-128, 128)))
    weights = g.weights((o, c, *kernel), o, scales)
    bias = g.bias(o, 0.05, scales)
    out = [(i + 2 * p - k) // s + 1 for i, p, k, s in zip((h, w), pad, kernel, stride)]
    y = output_type(g.rng, scales, c * kernel[0] * kernel[1], relu, factor)
    g.result((n, o, *out), f"aten.convolution.default(%{x}, %{weights}, %{bias}, "
             f"i[{stride[0]},{stride[1]}], i[{pad[0]},{pad[1]}], i[1,1], false, i[0,0], 1)",
             *y, relu)


# Zero point of the output of a layer with ReLU; 0 = a layer without.
RELUS = (0, -128, -100)


def convolutions(g):
    for case in CONVOLUTIONS:
        for relu in RELUS:
            convolution(g, case, relu)
    for case in CONVOLUTIONS[::3]:  # factors between 1/2 and 1: nothing is shifted
        for relu in RELUS:
            c, kernel = case[1], case[5]
            unit = output_type(g.rng, [0.01], c * kernel[0] * kernel[1], 0)[0]
            convolution(g, case, relu, 0.05 * 0.01 * 3.4 / unit)


# channels, height, width, stride, padding, dilation
DEPTHWISE = [
    (16, 5, 5, 1, 1, 1), (32, 6, 4, 1, 1, 1), (48, 7, 7, 2, 1, 1), (16, 4, 9, 2, 0, 1),
    (16, 2, 2, 1, 1, 1), (32, 1, 1, 1, 1, 1), (16, 8, 7, 1, 2, 2), (16, 3, 3, 1, 3, 1),
    (64, 5, 25, 1, 1, 1), (8, 6, 6, 1, 1, 1), (24, 5, 7, 2, 1, 1), (3, 9, 4, 1, 3, 2),
    (17, 1, 1, 1, 1, 1), (40, 4, 12, 3, 0, 1), (8, 5, 7, 1, 0, 1), (24, 3, 9, 1, 2, 1),
    (5, 4, 17, 1, 1, 1), (4, 6, 7, 1, 2, 2), (72, 3, 4, 1, 1, 1),
]


def depthwise(g):
    for c, h, w, stride, pad, dilation in DEPTHWISE:
        for relu in RELUS[:2]:
            scales = scales_of(g.rng, c)
            x = g.input((1, c, h, w), 0.05, int(g.rng.integers(-128, 128)))
            weights = g.weights((c, 1, 3, 3), c, scales)
            bias = g.bias(c, 0.05, scales)
            out = [(i + 2 * pad - 2 * dilation - 1) // stride + 1 for i in (h, w)]
            g.result((1, c, *out), f"aten.convolution.default(%{x}, %{weights}, %{bias}, "
                     f"i[{stride},{stride}], i[{pad},{pad}], i[{dilation},{dilation}], "
                     f"false, i[0,0], {c})", *output_type(g.rng, scales, 9, relu), relu)


LINEAR = [(1, 1, 1), (1, 5, 2), (1, 16, 3), (1, 17, 10), (1, 64, 12), (2, 64, 12),
          (3, 100, 8), (7, 33, 5), (1, 640, 9), (1, 208, 30), (5, 3, 4), (4, 192, 4)]


def linear(g):
    for m, k, n in LINEAR:
        for relu in RELUS:
            scales = scales_of(g.rng, n)
            x = g.input((m, k), 0.05, int(g.rng.integers(-128, 128)))
            weights = g.weights((n, k), n, scales)
            bias = g.bias(n, 0.05, scales)
            g.result((m, n), f"aten.linear.default(%{x}, %{weights}, %{bias})",
                     *output_type(g.rng, scales, k, relu), relu)


def sums(g):
    for n in (1, 15, 16, 17, 100, 4096):
        for relu in RELUS[:2] * 2:
            a, b = np.exp(g.rng.uniform(-3, -1, 2))
            x = g.input((1, n), a, int(g.rng.integers(-128, 128)))
            y = g.input((1, n), b, int(g.rng.integers(-128, 128)))
            scale = float(a + b) * g.rng.uniform(0.15, 1.1)
            g.result((1, n), f"aten.add.Tensor(%{x}, %{y}, 1)", scale,
                     relu if relu else int(g.rng.integers(-60, 60)), relu)


def means(g):
    for c, h, w in ((16, 2, 2), (37, 3, 5), (64, 25, 5), (32, 8, 8), (16, 17, 17)):
        x = g.input((1, c, h, w), 0.05, int(g.rng.integers(-128, 128)))
        g.result((1, c, 1, 1), f"aten.mean.dim(%{x}, i[2,3], true, none)",
                 0.05 * g.rng.uniform(0.2, 1.0), int(g.rng.integers(-60, 60)), False)


def pads(g):
    for c, h, w, pad in ((1, 9, 5, (1, 2, 3, 0)), (16, 4, 4, (0, 1, 0, 1)),
                         (20, 3, 30, (2, 2)), (5, 2, 3, (1, 0, 0, 0, 2, 1))):
        zero = int(g.rng.integers(-128, 128))
        x = g.input((1, c, h, w), 0.05, zero)
        both = list(pad) + [0] * (8 - len(pad))
        out = [size + both[6 - 2 * i] + both[7 - 2 * i]
               for i, size in enumerate((1, c, h, w))]
        g.result(out, f"aten.constant_pad_nd.default(%{x}, "
                 f"i[{','.join(map(str, pad))}], 0.0)", 0.05, zero, False)


# kind -> (builder, kernel that must be there, outputs that have it at least)
KINDS = {
    "convolutions": (convolutions, "sconce::conv2d_s8.mve_out", 3 * len(CONVOLUTIONS)),
    "depthwise": (depthwise, "sconce::depthwise3x3_s8.mve_out", 2 * len(DEPTHWISE)),
    "linear": (linear, "sconce::linear_s8.mve_out", 3 * len(LINEAR)),
    "sums": (sums, "sconce::add_s8.mve_out", 20),
    "means": (means, "sconce::avg_pool_s8.out", 5),
    "pads": (pads, "cortex_m::pad.out", 4),
}


@pytest.fixture(scope="session", params=KINDS)
def layers(request, sconce, tmp_path_factory):
    """(folder with mve.pte and plain.pte, inputs, kernel, how many, report)."""
    build, kernel, count = KINDS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    g = Graph(np.random.default_rng(SEED))
    build(g)
    (folder / "layers.scg").write_text(g.text())
    (folder / "plain.yaml").write_text(PLAIN)
    inputs = []
    for array in g.inputs:
        inputs.append(folder / f"x{len(inputs)}.npy")
        np.save(inputs[-1], array)
    for name, target in (("mve", "cortex-m55"), ("plain", folder / "plain.yaml")):
        done = sconce("compile", folder / "layers.scg", "--target", target, "-o",
                      folder / f"{name}.pte", "--json", check=True)
        if name == "mve":
            report = done.stdout
    return folder, inputs, kernel, count, report


def assert_equal(got, want):
    assert len(got) == len(want) > 0
    wrong = [i for i, (a, b) in enumerate(zip(got, want)) if not np.array_equal(a, b)]
    assert not wrong, f"outputs {wrong} of {len(want)} differ (seed {SEED})"
    varied = sum(len(np.unique(b)) > 2 for b in want)
    assert varied >= 0.6 * len(want), "most outputs are constant: the test shows nothing"


def test_packed_layers_are_chosen_for_helium(layers):
    _, _, kernel, count, report = layers
    names = json.dumps(json.loads(report))
    assert kernel in names, f"{kernel} isn't in the program"
    calls = [o["calls"] for o in json.loads(report)["operators"] if o["name"] == kernel]
    assert calls and calls[0] >= count, f"{kernel}: {calls}, expected {count}"


def test_packed_layers_on_the_host_have_the_bits_of_plain_kernels(sconce, layers):
    folder, inputs = layers[:2]
    want = sconce.run(folder / "plain.pte", inputs, folder / "plain")
    assert_equal(sconce.run(folder / "mve.pte", inputs, folder / "mve"), want)


def test_packed_layers_on_cortex_m55_have_the_bits_of_plain_kernels(sconce, layers):
    folder, inputs = layers[:2]
    want = sconce.run(folder / "plain.pte", inputs, folder / "plain")
    run_on_board(sconce, folder / "mve.pte", folder / "board", inputs)
    assert_equal(read_outputs(folder / "board" / "0"), want)


def run_on_board(sconce, pte, out_dir, inputs):
    """The command qemu_run lies beside `sconce`, the images in its folder boards."""
    boards = os.environ.get("SCONCE_BOARDS", sconce.path.parent / "boards")
    done = subprocess.run([sconce.path.parent / "qemu_run", "cortex-m55", pte, out_dir,
                           *inputs], text=True, capture_output=True, timeout=300,
                          env={**os.environ, "SCONCE_BOARDS": str(boards)})
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


CONVERT = """graph convert
input %x : f32[1,NUMBERS]
%q : i8[1,NUMBERS]{q -1 [0.0625] [ZERO] -128 127} = \
quantized_decomposed.quantize_per_tensor.default(%x, 0.0625, ZERO, -128, 127, dtype:i8)
%d : f32[1,NUMBERS] = \
quantized_decomposed.dequantize_per_tensor.default(%q, 0.0625, ZERO, -128, 127, dtype:i8, none)
output "q" %q
output "d" %d
end
"""


@pytest.mark.parametrize("zero", (-128, 3))
def test_conversions_on_cortex_m55_have_the_bits_of_the_host(sconce, tmp_path, zero):
    rng = np.random.default_rng(SEED)
    special = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e-42, -1e-42, 3e38, -3e38, 1e10, -1e10]
    halves = (np.arange(-300, 300) + 0.5) * 0.0625
    x = np.concatenate([special, halves, rng.normal(0, 6, 400)]).astype(np.float32)[None]
    (tmp_path / "c.scg").write_text(CONVERT.replace("NUMBERS", str(x.size))
                                    .replace("ZERO", str(zero)))
    np.save(tmp_path / "x.npy", x)
    sconce("compile", tmp_path / "c.scg", "--target", "cortex-m55", "-o",
           tmp_path / "c.pte", check=True)
    want = sconce.run(tmp_path / "c.pte", [tmp_path / "x.npy"], tmp_path / "host")
    run_on_board(sconce, tmp_path / "c.pte", tmp_path / "board", [tmp_path / "x.npy"])
    assert_equal(read_outputs(tmp_path / "board" / "0"), want)
