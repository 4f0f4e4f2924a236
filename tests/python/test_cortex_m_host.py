# SPDX-License-Identifier: Apache-2.0
"""What the compiler writes beside stock's Cortex-M operators: tables and scratch.

Tables are held against the same functions of Python's, rounded halves away from zero,
as stock's table builder has them; scratch against stock's planning functions.
"""

import importlib
import math
import re

import numpy as np
import pytest

from test_cortex_m import out_size

SEED = 20261127


# ---- tables ------------------------------------------------------------------------------------

def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def relu6(x):
    return min(max(x, 0.0), 6.0)


# graph text behind the operand, function
TABLES = [
    ("aten.relu.default(%x)", lambda x: max(x, 0.0)),
    ("aten.hardtanh.default(%x, 0, 6)", relu6),
    ("aten.sigmoid.default(%x)", sigmoid),
    ("aten.tanh.default(%x)", math.tanh),
    ("aten.silu.default(%x)", lambda x: x * sigmoid(x)),
    ('aten.gelu.default(%x, "none")', lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2)))),
    ("aten.hardswish.default(%x)", lambda x: x * relu6(x + 3) / 6),
    ("aten.hardsigmoid.default(%x)", lambda x: relu6(x + 3) / 6),
    ("aten.leaky_relu.default(%x, 0.1)", lambda x: x if x > 0 else 0.1 * x),
    ("aten.elu.default(%x, 1, 1, 1)", lambda x: x if x > 0 else math.expm1(x)),
    ("aten.exp.default(%x)", np.exp),
    ("aten.log.default(%x)", np.log),
    ("aten.log1p.default(%x)", np.log1p),
    ("aten.sqrt.default(%x)", np.sqrt),
    ("aten.rsqrt.default(%x)", lambda x: 1 / np.sqrt(x)),
    ("aten.abs.default(%x)", abs),
    ("aten.neg.default(%x)", lambda x: -x),
    ("aten.square.default(%x)", lambda x: x * x),
    ("aten.mul.Scalar(%x, 0.5)", lambda x: x * 0.5),
    ("aten.add.Scalar(%x, 3, 2)", lambda x: x + 6),
    ("aten.sub.Scalar(%x, 1.5, 1)", lambda x: x - 1.5),
    ("aten.rsub.Scalar(%x, 1, 2)", lambda x: 1 - 2 * x),
    ("aten.div.Scalar(%x, 3)", lambda x: x / 3),
    ("aten.mul.Tensor(%x, %c)", lambda x: x * -0.75),
    ("aten.sub.Tensor(%c, %x, 1)", lambda x: -0.75 - x),
    ("aten.maximum.default(%x, %c)", lambda x: max(x, -0.75)),
]


def table(f, scale, zero, out_scale, out_zero):
    """All 256 results; where there is none, that of the nearest entry with one."""
    with np.errstate(all="ignore"):     # infinite at a pole, no number beyond it
        reals = [float(f(np.float64((q - zero) * scale))) for q in range(-128, 128)]
    known = [i for i, y in enumerate(reals) if not math.isnan(y)]

    def entry(y):
        if math.isinf(y):
            return 127 if y > 0 else -128
        y = y / out_scale + out_zero
        return max(-128, min(127, int(math.copysign(math.floor(abs(y) + 0.5), y))))
    nearest = [min(known, key=lambda k: (abs(k - i), k)) for i in range(256)]
    return np.array([entry(reals[i]) for i in nearest], np.int8)


@pytest.mark.parametrize("call, f", TABLES, ids=[t[0].split("(")[0] for t in TABLES])
def test_table_has_the_entries_of_the_function(sconce, tmp_path, call, f):
    np.save(tmp_path / "x.npy", np.arange(-128, 128).astype(np.int8))
    # float32 numbers, as scales are kept
    for scale, zero, out_scale, out_zero in ((0.0625, 0, 0.03125, -5), (0.046875, -100, 0.125, 7)):
        (tmp_path / "g.scg").write_text(
            f"graph g\ninput %x : i8[256]{{q -1 [{scale}] [{zero}] -128 127}}\n"
            'const %c : f32[1] "c" = {-0.75}\n'
            f"%y : i8[256]{{q -1 [{out_scale}] [{out_zero}] -128 127}} = {call}\n"
            'output "y" %y\nend\n')
        done = sconce("compile", tmp_path / "g.scg", "--target", "cortex-m33", "-o",
                      tmp_path / "g.pte", check=True)
        assert "quantized_activation" in done.stdout, done.stdout
        got, = sconce.run(tmp_path / "g.pte", [tmp_path / "x.npy"], tmp_path)
        want = table(f, scale, zero, out_scale, out_zero)
        assert np.array_equal(got, want), np.flatnonzero(got != want)


# ---- scratch -----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def cmsis():
    """Stock's planning functions: bytes that CMSIS-NN's kernels ask for."""
    return importlib.import_module("executorch.backends.cortex_m.library._cmsis_nn.cmsis_nn")


# operator, input C,H,W, outputs, kernel, stride, padding, dilation, groups
LAYERS = [
    ("conv", (3, 9, 9), 8, (3, 3), (2, 2), (1, 1), (1, 1), 1),
    ("conv", (17, 6, 6), 5, (3, 2), (1, 1), (0, 0), (2, 1), 1),
    ("conv", (8, 6, 6), 8, (1, 1), (2, 2), (0, 0), (1, 1), 1),
    ("conv", (8, 6, 6), 8, (1, 1), (1, 1), (1, 1), (1, 1), 1),
    ("conv", (8, 6, 6), 8, (3, 3), (1, 1), (1, 1), (1, 1), 2),
    ("conv", (4, 1, 16), 6, (1, 5), (1, 1), (0, 0), (1, 1), 1),
    ("depthwise", (8, 6, 6), 8, (3, 3), (1, 1), (1, 1), (1, 1), 8),
    ("depthwise", (8, 9, 9), 8, (5, 5), (2, 2), (2, 2), (1, 1), 8),
    ("depthwise", (6, 9, 9), 12, (3, 3), (1, 1), (1, 1), (1, 1), 6),
    ("depthwise", (6, 9, 9), 6, (3, 3), (1, 1), (2, 2), (2, 2), 6),
    ("depthwise", (1, 10, 6), 16, (4, 3), (2, 2), (1, 1), (1, 1), 1),
    ("transposed", (8, 4, 4), 4, (3, 3), (2, 2), (1, 1), (1, 1), 1),
    ("transposed", (20, 4, 5), 4, (2, 3), (2, 1), (0, 1), (1, 1), 1),
]
BACKENDS = {"cortex-m3": "SCALAR", "cortex-m33": "DSP", "cortex-m55": "MVE"}


def layer_graph(kind, shape, o, kernel, stride, pad, dilation, groups):
    """A typed layer as graph text, and the sizes of its output."""
    c, h, w = shape
    transposed = kind == "transposed"
    if transposed:
        out = [(n - 1) * s - 2 * p + k for n, s, p, k in zip((h, w), stride, pad, kernel)]
        weights = (c, o, *kernel)
    else:
        out = [out_size(*a) for a in zip((h, w), kernel, stride, pad, dilation)]
        weights = (o, c // groups, *kernel)
    rng = np.random.default_rng(SEED)
    values = ", ".join(map(str, rng.integers(-127, 128, weights).ravel()))
    bias = ", ".join(map(str, rng.integers(-500, 500, o)))
    pairs = ", ".join(f"i[{p[0]},{p[1]}]" for p in (stride, pad, dilation))
    dims = ",".join(map(str, weights))
    act = "nhwc{q -1 [0.1] [3] -128 127}"
    return out, f"""graph layer
input %x : i8[1,{c},{h},{w}]{act}
const %w : i8[{dims}]{{q -1 [0.01] [0] -127 127}} "w" = {{{values}}}
const %b : i32[{o}] "b" = {{{bias}}}
%y : i8[1,{o},{out[0]},{out[1]}]{act} = aten.convolution.default(%x, %w, %b, {pairs}, \
{str(transposed).lower()}, i[0,0], {groups})
output "y" %y
end
"""


def asked(cmsis, kind, backend, shape, out, o, kernel, stride, pad, dilation, groups):
    c, h, w = shape
    common = {"input_nhwc": [1, h, w, c], "padding_hw": pad, "stride_hw": stride,
              "dilation_hw": dilation}
    output = {"output_nhwc": [1, *out, o]}
    args = (getattr(cmsis.Backend, backend), cmsis.DataType.A8W8)
    if kind == "depthwise":
        return [cmsis.depthwise_conv_wrapper_buffer_size(
            *args, **common, **output, filter_nhwc=[1, *kernel, o], ch_mult=o // c)]
    if kind == "conv":
        return [cmsis.convolve_wrapper_buffer_size(*args, **common, **output,
                                                   filter_nhwc=[o, *kernel, c // groups])]
    common.update(filter_nhwc=[o, *kernel, c], padding_offsets_hw=[0, 0])
    return [cmsis.transpose_conv_buffer_size(*args, **common, **output),
            cmsis.transpose_conv_reverse_conv_buffer_size(*args, **common)]


@pytest.mark.parametrize("target", BACKENDS)
def test_scratch_is_what_the_kernels_of_stock_ask_for(sconce, cmsis, tmp_path, target):
    for kind, shape, o, *geometry in LAYERS:
        out, text = layer_graph(kind, shape, o, *geometry)
        (tmp_path / "layer.scg").write_text(text)
        sconce("compile", tmp_path / "layer.scg", "--target", target, "--ops", "stock", "-o",
               tmp_path / "layer.pte", "--dump", tmp_path, check=True)
        program = (tmp_path / "5-plan.scp").read_text()
        name = {"conv": "quantized_conv2d", "depthwise": "quantized_depthwise_conv2d",
                "transposed": "quantized_transpose_conv2d"}[kind]
        assert f"cortex_m::{name}.out" in program, program
        got = [int(n) for n in re.findall(r'"scratch" = u8\[(\d+)\]', program)]
        assert got == asked(cmsis, kind, BACKENDS[target], shape, out, o, *geometry), (
            kind, shape, o, geometry)
