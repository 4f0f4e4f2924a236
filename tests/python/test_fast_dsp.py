# SPDX-License-Identifier: Apache-2.0
"""Layers packed for the DSP extension give the bits of profile cortex_m.

Random layers with chosen shifts, zero points and limits are written as typed graphs.
Three things must agree, byte for byte: the formula of docs/numerics.md written here
in numpy, the plain kernels on this computer, and the kernels with DSP instructions
on the simulated core.
"""

import json
import os
from fractions import Fraction

import numpy as np
import pytest

SEED = 20261124
DSP_CORES = ("cortex-m4", "cortex-m7", "cortex-m33")


# ---- the formula -----------------------------------------------------------------------

def fixed(scale):
    """(multiplier, shift) as the compiler rounds them: ties to even."""
    if scale == 0.0:
        return 0, 0
    mantissa, exponent = np.frexp(scale)
    q = round(Fraction(float(mantissa)) * 2**31)
    return (q // 2, int(exponent) + 1) if q == 2**31 else (q, int(exponent))


def requantize(acc, multiplier, shift):
    """Doubling high multiply, halves up; right shift, halves away from zero."""
    acc = ((acc.astype(np.int64) << max(shift, 0)) & 0xFFFFFFFF).astype(np.uint32)
    high = (acc.astype(np.int32).astype(np.int64) * multiplier + 2**30) >> 31
    n = max(-shift, 0)
    if n == 0:
        return high
    return np.sign(high) * ((np.abs(high) + 2 ** (n - 1)) >> n)


def wrap(acc):
    return (acc & 0xFFFFFFFF).astype(np.uint32).astype(np.int32).astype(np.int64)


def finish(acc, scales, zero, limits):
    """acc [..., channel]"""
    out = np.empty(acc.shape, np.int64)
    for c, scale in enumerate(scales):
        out[..., c] = requantize(wrap(acc[..., c]), *fixed(scale))
    return np.clip(out + zero, *limits).astype(np.int8)


def window_sums(x, w, stride, pad, dilation, depthwise):
    """x [N,H,W,C] less its zero point, w [O,I,KH,KW]."""
    kh, kw = w.shape[2:]
    x = np.pad(x, ((0, 0), (pad[0], pad[0]), (pad[1], pad[1]), (0, 0)))
    oh = (x.shape[1] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    ow = (x.shape[2] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    acc = np.zeros((x.shape[0], oh, ow, w.shape[0]), np.int64)
    for i in range(kh):
        for j in range(kw):
            y0, x0 = i * dilation[0], j * dilation[1]
            part = x[:, y0:y0 + (oh - 1) * stride[0] + 1:stride[0],
                     x0:x0 + (ow - 1) * stride[1] + 1:stride[1]]
            acc += part * w[:, 0, i, j] if depthwise else part @ w[:, :, i, j].T
    return acc


# ---- layers ------------------------------------------------------------------------------

class Graph:
    def __init__(self):
        self.lines, self.ends, self.inputs, self.wanted = [], [], [], []

    def input(self, array, zero, scale=1.0):
        name = f"x{len(self.inputs)}"
        self.inputs.append(array)
        self.lines.insert(0, f"input %{name} : {of_type(array.shape, scale, zero)}")
        return f"%{name}"

    def layer(self, call, consts, want, zero, clamp, scale=1.0):
        """want [..., channel]; consts: (type, numbers)."""
        names = []
        for dtype, array in consts:
            name = f"%c{len(self.lines)}"
            names.append(name)
            numbers = ", ".join(map(str, array.ravel().tolist()))
            self.lines.append(f'const {name} : {dtype} "{name[1:]}" = {{{numbers}}}')
        index = len(self.wanted)
        want = want.transpose(0, 3, 1, 2) if want.ndim == 4 else want
        made = of_type(want.shape, scale, zero)
        shape = made.split("{")[0].replace("i8", "f32")
        text = call.format(*names)
        if clamp:
            self.ends.append(f"%s{index} : {shape} = {text}")
            text = clamp.format(f"%s{index}")
        self.ends.append(f"%y{index} : {made} = {text}")
        self.wanted.append(want)

    def text(self):
        outputs = [f'output "y{i}" %y{i}' for i in range(len(self.wanted))]
        inputs = sorted((x for x in self.lines if x.startswith("input")),
                        key=lambda x: int(x.split()[1][2:]))
        consts = [x for x in self.lines if x.startswith("const")]
        return "\n".join(["graph layers", *inputs, *consts, *self.ends, *outputs, "end", ""])


def of_type(shape, scale, zero):
    layout = "nhwc" if len(shape) == 4 else ""
    return (f"i8[{','.join(map(str, shape))}]{layout}"
            f"{{q -1 [{scale!r}] [{zero}] -128 127}}")


# What follows a layer, and the limits it sets for a result with scale 1.
CLAMPS = {
    "none": (None, lambda zero: (-128, 127)),
    "relu": ("aten.relu.default({})", lambda zero: (zero, 127)),
    "relu6": ("aten.hardtanh.default({}, 0.0, 6.0)", lambda zero: (zero, min(zero + 6, 127))),
}


def activations(rng, shape, kind):
    x = rng.integers(-128, 128, shape)
    return np.full(shape, -128) if kind == "least" else x


def weights_of(rng, shape, kind):
    """One scale a channel; `kind` says which corner of the formula is meant."""
    w = np.clip(np.rint(rng.standard_normal(shape) * 40), -127, 127).astype(np.int64)
    n = shape[0]
    k = int(np.prod(shape[1:]))
    base = 60.0 / (40 * 70 * k ** 0.5)
    scales = base * np.exp(rng.uniform(-1.5, 1.5, n))
    if kind == "least":  # the largest sums there are
        w[:] = np.where(rng.integers(0, 2, (n,) + (1,) * (len(shape) - 1)), 127, -127)
        scales = rng.uniform(0.5, 1.5, n) * 100 / (127 * 128 * k)
    if kind == "dead":  # channels without weights
        w[::2] = 0
        scales[0] = 1e-8
    if kind == "small shifts":  # n = 2, 1, 0 and shifts to the left
        w = np.sign(w)
        scales = np.array([0.2, 0.3, 0.49, 0.6, 0.9, 1.5, 3.0])[np.arange(n) % 7]
    if kind == "n = 2":
        w = np.sign(w)
        scales = rng.uniform(0.125, 0.25, n)
    return w, scales


def bias_of(rng, scales, kind):
    limit = np.minimum(50 / scales, 2.0**27).astype(np.int64)
    bias = rng.integers(-limit, limit + 1)
    return np.full(len(scales), 2**31 - 1) if kind == "huge bias" else bias


KINDS = ("plain", "least", "dead", "small shifts", "n = 2", "huge bias")


def weight_consts(w, scales, bias):
    q = f"{{q 0 [{', '.join(repr(float(s)) for s in scales)}] " \
        f"[{', '.join('0' for _ in scales)}] "
    return [(f"i8[{','.join(map(str, w.shape))}]{q}-127 127}}", w),
            (f"i32[{len(bias)}]{q}-2147483647 2147483647}}", bias)]


def add_conv(graph, rng, case, kind, clamp):
    n, h, wid, cin, cout, kernel, stride, pad, dilation = case[:9]
    depthwise = len(case) > 9
    x = activations(rng, (n, h, wid, cin), kind)
    zero, out_zero = int(rng.integers(-128, 128)), int(rng.integers(-128, 100))
    w, scales = weights_of(rng, (cout, 1 if depthwise else cin, *kernel), kind)
    bias = bias_of(rng, scales, kind)
    call, limits = CLAMPS[clamp]
    acc = window_sums(x - zero, w, stride, pad, dilation, depthwise) + bias
    want = finish(acc, scales, out_zero, limits(out_zero))
    name = graph.input(x.transpose(0, 3, 1, 2).astype(np.int8), zero)
    geometry = ", ".join(f"i[{a},{b}]" for a, b in (stride, pad, dilation))
    graph.layer(f"aten.convolution.default({name}, {{}}, {{}}, {geometry}, false, i[0,0], "
                f"{cin if depthwise else 1})", weight_consts(w, scales, bias), want,
                out_zero, call)


def add_linear(graph, rng, case, kind, clamp):
    rows, k, n = case
    x = activations(rng, (rows, k), kind)
    zero, out_zero = int(rng.integers(-128, 128)), int(rng.integers(-128, 100))
    w, scales = weights_of(rng, (n, k), kind)
    bias = bias_of(rng, scales, kind)
    call, limits = CLAMPS[clamp]
    want = finish((x - zero) @ w.T + bias, scales, out_zero, limits(out_zero))
    name = graph.input(x.astype(np.int8), zero)
    graph.layer(f"aten.linear.default({name}, {{}}, {{}})", weight_consts(w, scales, bias),
                want, out_zero, call)


def add_sum(graph, rng, ratios, clamp):
    """All 65,536 pairs of operands."""
    a, b = np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    zeros = [int(z) for z in rng.integers(-128, 128, 3)]
    unit = 2.0 * max(ratios)
    terms = [requantize((v - z) << 20, *fixed(r / unit))
             for v, z, r in zip((a, b), zeros, ratios)]
    call, limits = CLAMPS[clamp]
    want = requantize(wrap(terms[0] + terms[1]), *fixed(unit / 2.0**20)) + zeros[2]
    want = np.clip(want, *limits(zeros[2])).astype(np.int8)
    names = [graph.input(v.astype(np.int8), z, r)
             for v, z, r in zip((a, b), zeros, ratios)]
    graph.layer(f"aten.add.Tensor({names[0]}, {names[1]}, 1)", [], want, zeros[2], call)


one, two, none = (1, 1), (2, 2), (0, 0)
# n, height, width, channels in, out, kernel, stride, padding, dilation
CONVOLUTIONS = [
    (1, 4, 4, 16, 8, one, one, none, one),            # the plain matrix product
    (1, 5, 3, 24, 6, one, one, none, one),            # pixels that aren't in fours
    (1, 1, 1, 8, 5, one, one, none, one),             # one pixel, uneven channels
    (2, 3, 3, 20, 4, one, two, none, one),            # batch, strides
    (1, 3, 4, 6, 3, one, one, none, one),             # channels that aren't in fours
    (1, 4, 4, 4, 2, one, one, one, one),              # 1x1 with padding
    (1, 9, 7, 3, 8, (3, 3), two, one, one),           # a first layer
    (1, 6, 6, 8, 4, (3, 3), one, one, one),           # whole rows and taps
    (1, 7, 5, 4, 6, (3, 3), two, one, one),
    (1, 8, 8, 4, 4, (3, 3), one, two, two),           # dilation
    (1, 13, 6, 1, 8, (10, 4), two, (5, 1), one),      # one channel, a tall window
    (1, 5, 9, 2, 3, (2, 5), (1, 2), (0, 2), one),     # unequal in both directions
    (1, 2, 2, 132, 10, one, one, none, one),          # more k than one unrolled loop
    (1, 2, 2, 288, 4, one, one, none, one),           # "least": beyond the joined form
]
DEPTHWISE = [
    (1, 6, 8, 8, 8, (3, 3), one, one, one, True),
    (1, 5, 5, 4, 4, (3, 3), one, one, one, True),     # an odd width
    (1, 8, 8, 12, 12, (3, 3), two, one, one, True),
    (1, 7, 9, 4, 4, (3, 3), two, one, one, True),
    (1, 6, 7, 4, 4, (3, 3), one, none, one, True),    # no padding
    (1, 7, 6, 8, 8, (3, 3), (2, 1), (1, 0), one, True),
    (1, 6, 7, 4, 4, (3, 3), (1, 2), (0, 1), one, True),
    (1, 2, 2, 16, 16, (3, 3), one, one, one, True),
    (1, 1, 1, 4, 4, (3, 3), one, one, one, True),
    (1, 40, 33, 4, 4, (3, 3), one, one, one, True),   # in stripes
    (1, 40, 34, 4, 4, (3, 3), two, one, one, True),
]
LINEAR = [(1, 64, 10), (1, 7, 3), (3, 33, 16), (1, 128, 8), (2, 4, 9), (1, 1, 1),
          (1, 288, 8)]
# Scales of the operands in that of the result.
SUMS = [(1.0, 1.0), (0.31, 0.77), (0.013, 1.2), (0.9, 0.0007), (2.7, 3.1), (0.5, 0.25),
        (40.0, 1.0), (0.618, 0.382)]


def cases():
    for kind in KINDS:
        for family, add, table in (("conv2d_s8", add_conv, CONVOLUTIONS),
                                   ("depthwise3x3_s8", add_conv, DEPTHWISE),
                                   ("linear_s8", add_linear, LINEAR)):
            yield pytest.param(family, add, table, kind, id=f"{family} {kind}")


def check(sconce, tmp_path, graph, operator, others=()):
    """Host and core give what the formula wants; the operator is really used."""
    (tmp_path / "m.scg").write_text(graph.text())
    done = sconce("compile", tmp_path / "m.scg", "--target", "cortex-m33", "-o",
                  tmp_path / "m.pte", "--json", check=True)
    report = json.loads(done.stdout)
    used = {row["name"]: row["calls"] for row in report["operators"]}
    names = {f"sconce::{operator}.dsp_out", *others}
    assert sum(used.get(n, 0) for n in names) == len(graph.wanted), used
    inputs = []
    for i, array in enumerate(graph.inputs):
        inputs.append(tmp_path / f"x{i}.npy")
        np.save(inputs[-1], array)
    got = sconce.run(tmp_path / "m.pte", inputs, tmp_path / "host")
    for i, (a, b) in enumerate(zip(got, graph.wanted, strict=True)):
        bad = np.argwhere(a != b)
        assert len(bad) == 0, f"layer {i}: {len(bad)} of {b.size} differ, first {bad[0]}: " \
                              f"{a[tuple(bad[0])]} instead of {b[tuple(bad[0])]}"
    for core in DSP_CORES:
        options = [x for path in inputs for x in ("--input", path)]
        done = sconce("run", tmp_path / "m.pte", *options, "-o", tmp_path / core, "--on",
                      "qemu", "--target", core, check=True, timeout=300)
        assert "equal to this computer's" in done.stdout, f"{core}\n{done.stdout}"
    return used


@pytest.fixture(scope="module", autouse=True)
def boards(sconce):
    folder = os.environ.get("SCONCE_BOARDS") or sconce.path.parent / "boards"
    for core in DSP_CORES:
        assert os.path.exists(f"{folder}/{core}.elf"), "no images: run `make boards`"


@pytest.mark.parametrize("family, add, table, kind", cases())
def test_layers_give_the_bits_of_the_formula(sconce, tmp_path, family, add, table, kind):
    rng = np.random.default_rng([SEED, KINDS.index(kind), len(table)])
    graph = Graph()
    for i, case in enumerate(table):
        add(graph, rng, case, kind, tuple(CLAMPS)[i % 3])
        if kind == "plain":
            add(graph, rng, case, kind, tuple(CLAMPS)[(i + 1) % 3])
    check(sconce, tmp_path, graph, family)


@pytest.mark.parametrize("index", range(len(DEPTHWISE)))
def test_depthwise_alone_does_without_scratch(sconce, tmp_path, index):
    """A layer that makes the peak of RAM by itself has no planes."""
    rng = np.random.default_rng([SEED, index])
    graph = Graph()
    add_conv(graph, rng, DEPTHWISE[index], KINDS[index % 5], "none")
    check(sconce, tmp_path, graph, "depthwise3x3_s8")
    done = sconce("compile", tmp_path / "m.scg", "--target", "cortex-m33", check=True)
    assert "scratch" not in done.stdout


def test_sums_of_every_pair_of_operands_give_the_bits_of_the_formula(sconce, tmp_path):
    rng = np.random.default_rng(SEED)
    graph = Graph()
    for i, ratios in enumerate(SUMS):
        add_sum(graph, rng, ratios, tuple(CLAMPS)[i % 3])
    used = check(sconce, tmp_path, graph, "add_s8", ("cortex_m::quantized_add.out",))
    assert used["sconce::add_s8.dsp_out"] >= len(SUMS) - 2


# channels, height, width, window, stride
AVERAGES = [(8, 4, 5, (4, 5), one), (6, 5, 7, (2, 3), two), (4, 17, 17, (17, 17), one),
            (5, 16, 15, (16, 15), one), (4, 3, 3, (1, 1), one)]


def test_averages_give_the_bits_of_the_formula(sconce, tmp_path):
    """Also windows whose sums need more than 16 bits."""
    rng = np.random.default_rng(SEED)
    graph = Graph()
    for i, (channels, h, w, window, stride) in enumerate(AVERAGES):
        x = activations(rng, (1, h, w, channels), "least" if i == 3 else "plain")
        zero, out_zero = (int(z) for z in rng.integers(-128, 128, 2))
        ones = np.ones((channels, 1, *window), np.int64)
        acc = window_sums(x - zero, ones, stride, none, one, True)
        scale = 3.0 / (window[0] * window[1])
        want = finish(acc, [scale] * channels, out_zero, (-128, 127))
        name = graph.input(x.transpose(0, 3, 1, 2).astype(np.int8), zero, 3.0)
        lists = ", ".join(f"i[{a},{b}]" for a, b in (window, stride, none))
        graph.layer(f"aten.avg_pool2d.default({name}, {lists}, false, true, none)", [], want,
                    out_zero, None)
    check(sconce, tmp_path, graph, "", ("sconce::avg_pool_s8.out",))


def test_refused_shapes_take_the_stock_kernels(sconce, tmp_path):
    """5x5 depthwise, channels not in fours, groups: other rows of the table."""
    rng = np.random.default_rng(SEED)
    for case in ((1, 6, 6, 4, 4, (5, 5), one, two, one, True),
                 (1, 6, 6, 6, 6, (3, 3), one, one, one, True)):
        graph = Graph()
        add_conv(graph, rng, case, "plain", "none")
        check(sconce, tmp_path, graph, "", ("cortex_m::quantized_depthwise_conv2d.out",))


CONVERSIONS = [(0.05, 3, -128, 127), (1.0, -128, -128, 127), (0.5, 0, -100, 90),
               (1e-6, 100000, -128, 127), (3.0, 2**31 - 1, -128, 127)]


def test_conversions_give_the_bytes_of_this_computer(sconce, tmp_path):
    """Halves, numbers beyond 2^22, infinities, NaN; and back from every int8."""
    rng = np.random.default_rng(SEED)
    x = np.concatenate([
        np.arange(-600, 600) * 0.25, rng.standard_normal(999) * 10,
        2.0 ** np.arange(-140, 128), -(2.0 ** np.arange(-140, 128)),
        [0.0, -0.0, np.inf, -np.inf, np.nan, 2**22 - 0.5, 2**22, -(2**22) - 1],
    ]).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "q.npy", np.arange(-128, 128).astype(np.int8))
    lines = ["graph conversions", f"input %x : f32[{len(x)}]"]
    back = []
    for i, (scale, zero, low, high) in enumerate(CONVERSIONS):
        kind = f"{{q -1 [{scale!r}] [{zero}] {low} {high}}}"
        lines.append(f"%y{i} : i8[{len(x)}]{kind} = quantized_decomposed."
                     f"quantize_per_tensor.default(%x, {scale!r}, {zero}, {low}, {high}, "
                     "dtype:i8)")
        back.append(f"%z{i} : f32[256] = quantized_decomposed.dequantize_per_tensor.default("
                    f"%q, {scale!r}, {zero}, {low}, {high}, dtype:i8, none)")
    lines.append("input %q : i8[256]{q -1 [1.0] [0] -128 127}")
    names = [f"{name}{i}" for name in "yz" for i in range(len(CONVERSIONS))]
    text = sorted(lines[1:], key=lambda line: not line.startswith("input")) + back
    outputs = [f'output "{name}" %{name}' for name in names]
    (tmp_path / "m.scg").write_text("\n".join([lines[0], *text, *outputs, "end", ""]))
    sconce("compile", tmp_path / "m.scg", "--target", "cortex-m33", "-o", tmp_path / "m.pte",
           check=True)
    for core in DSP_CORES:
        done = sconce("run", tmp_path / "m.pte", "--input", tmp_path / "x.npy", "--input",
                      tmp_path / "q.npy", "-o", tmp_path / core, "--on", "qemu", "--target",
                      core, check=True, timeout=300)
        assert "equal to this computer's" in done.stdout, f"{core}\n{done.stdout}"
