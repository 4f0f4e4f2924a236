# SPDX-License-Identifier: Apache-2.0
"""Golden vectors of the stock Cortex-M operators: one call, every byte.

Each case is one operator with its arguments. Three things give its result: our
kernel (`sconce run` of a program of one call), integer arithmetic written here in
numpy from the operator's published meaning, and, where stock's own Python reference
computes the same (not averages, not softmax: docs/numerics.md), that reference.
All of them must agree in every byte.
"""

import importlib.util
import math
import subprocess
import sys
from dataclasses import dataclass
from unittest.mock import MagicMock

import numpy as np
import pytest

from support import read_outputs
from test_boards import Board

SEED = 20261125
NHWC = (0, 2, 3, 1)
DTYPES = {np.int8: "i8", np.int32: "i32", np.float32: "f32", np.uint8: "u8"}


# ---- cases ---------------------------------------------------------------------------------

@dataclass
class Case:
    op: str            # "quantized_conv2d"
    args: list         # arrays, None, numbers, bools, lists of ints; output left out
    want: np.ndarray
    image: bool = True  # rank-4 int8 activations lie in NHWC
    stock: bool = True  # stock's Python reference computes it


SCRATCH = np.zeros(16, np.uint8)


def literal(arg):
    if arg is None:
        return "null"
    if isinstance(arg, bool):
        return str(arg).lower()
    if isinstance(arg, (list, tuple)):
        return "[" + ", ".join(str(int(x)) for x in arg) + "]"
    return repr(float(arg)) if isinstance(arg, float) else str(int(arg))


class Runner:
    """Writes a program of one call, with every tensor an input, and runs it."""

    def __init__(self, sconce, folder):
        self.sconce, self.folder = sconce, folder
        self.text_to_pte = sconce.path.parent / "text_to_pte"
        assert self.text_to_pte.exists(), "text_to_pte isn't there: run `make unit`"

    def tensor(self, array, image):
        n = len(self.tensors)
        order = "{0,2,3,1}" if image and array.ndim == 4 else ""
        dims = ",".join(map(str, array.shape))
        self.tensors.append(f"buffer {n} = {max(array.nbytes, 1)}\n"
                            f"%{n} = {DTYPES[array.dtype.type]}[{dims}]{order} buffer {n}\n")
        return f"%{n}"

    def __call__(self, case):
        self.tensors, words, files, inputs = [], [], [], ""
        for i, arg in enumerate(case.args):
            if not isinstance(arg, np.ndarray):
                words.append(literal(arg))
                continue
            # weights are OHWI or 1HWC by their sizes, activations by their order
            words.append(self.tensor(arg, case.image and is_activation(case, i)))
            inputs += f"input {words[-1]}\n"
            files.append(self.folder / f"in{len(files)}.npy")
            np.save(files[-1], arg)
        out = self.tensor(case.want, case.image)
        text = ('program "forward"\n' + "".join(sorted(self.tensors, key=is_tensor)) + inputs
                + f"call cortex_m::{case.op}.out({', '.join(words)} -> {out})\noutput {out}\n")
        text = in_order(text)
        (self.folder / "call.txt").write_text(text)
        done = subprocess.run([self.text_to_pte, self.folder / "call.txt",
                               self.folder / "call.pte"], text=True, capture_output=True)
        assert done.returncode == 0, text + done.stderr
        got, = self.sconce.run(self.folder / "call.pte", files, self.folder / "out")
        return got


def is_tensor(line):
    return line.startswith("%")


def in_order(text):
    """Buffers before the tensors on them."""
    lines = text.splitlines(keepends=True)
    rank = {"p": 0, "b": 1, "%": 2}
    return "".join(sorted(lines, key=lambda line: rank.get(line[0], 3)))


def is_activation(case, index):
    return not (index == 1 and ("conv" in case.op or "activation" in case.op))


@pytest.fixture
def check(sconce, tmp_path):
    """check(cases): our kernels against the numpy results, every byte."""
    runner = Runner(sconce, tmp_path)

    def run(cases):
        cases = list(cases)
        for number, case in enumerate(cases):
            got = runner(case)
            assert got.dtype == case.want.dtype and got.shape == case.want.shape
            differ = int(np.sum(got.view(np.uint8) != case.want.view(np.uint8)))
            shown = [a if not isinstance(a, np.ndarray) else a.shape for a in case.args]
            assert differ == 0, f"case {number} {case.op}{shown}: {differ} bytes differ"
        return cases
    return run


# ---- integer arithmetic -------------------------------------------------------------------

def fixed(scale):
    """(multiplier, shift): scale = multiplier * 2^(shift - 31)."""
    if scale == 0.0:
        return 0, 0
    mantissa, exponent = math.frexp(scale)
    q = round(mantissa * 2**31)
    return (q // 2, exponent + 1) if q == 2**31 else (q, exponent)


def requantize(acc, multiplier, shift):
    """int32 times multiplier / 2^31, halves up; shifted right, halves away from zero."""
    acc = (np.asarray(acc, np.int64) << max(shift, 0)).astype(np.int32).astype(np.int64)
    high = (acc * multiplier + 2**30) >> 31
    n = max(-shift, 0)
    return high if n == 0 else np.sign(high) * ((np.abs(high) + 2 ** (n - 1)) >> n)


def finish(acc, multipliers, shifts, zero, low, high):
    """Per channel along the last axis."""
    out = np.stack([requantize(acc[..., c], int(multipliers[c]), int(shifts[c]))
                    for c in range(acc.shape[-1])], axis=-1)
    return np.clip(out + zero, low, high).astype(np.int8)


def out_size(n, k, stride, pad, dilation):
    return (n + 2 * pad - dilation * (k - 1) - 1) // stride + 1


def patches(x, kernel, stride, pad, dilation, fill):
    """x [N,H,W,C] -> for each tap (kh, kw): [N,OH,OW,C]; fill outside."""
    x = np.pad(x, ((0, 0), (pad[0], pad[0]), (pad[1], pad[1]), (0, 0)), constant_values=fill)
    oh = (x.shape[1] - dilation[0] * (kernel[0] - 1) - 1) // stride[0] + 1
    ow = (x.shape[2] - dilation[1] * (kernel[1] - 1) - 1) // stride[1] + 1
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            y, z = i * dilation[0], j * dilation[1]
            yield i, j, x[:, y:y + (oh - 1) * stride[0] + 1:stride[0],
                          z:z + (ow - 1) * stride[1] + 1:stride[1]]


def nhwc(x):
    return x.transpose(0, 2, 3, 1)


def nchw(x):
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def int8(rng, *shape):
    x = rng.integers(-128, 128, shape).astype(np.int8)
    x.reshape(-1)[:2] = (-128, 127)[:x.size]
    return x


def factors(rng, n, taps):
    """Multipliers and shifts that bring sums into int8, some beyond it."""
    scales = rng.uniform(0.2, 3.0, n) / (taps * 40.0 + 1.0)
    pairs = [fixed(float(s)) for s in scales]
    return (np.array([p[0] for p in pairs], np.int32),
            np.array([p[1] for p in pairs], np.int32))


def limits(rng):
    return [(-128, 127), (-128, 127), (-20, 100), (3, 127)][int(rng.integers(4))]


# ---- convolutions ---------------------------------------------------------------------------

# H, W, C, O, KH, KW, stride, pad, dilation, groups
CONVS = [
    (5, 6, 3, 4, 3, 3, (1, 1), (1, 1), (1, 1), 1),
    (7, 5, 8, 5, 3, 2, (2, 1), (1, 0), (1, 1), 1),
    (9, 9, 4, 6, 3, 3, (1, 2), (2, 2), (2, 2), 1),
    (6, 6, 8, 8, 1, 1, (1, 1), (0, 0), (1, 1), 1),
    (6, 7, 5, 3, 1, 1, (2, 2), (0, 0), (1, 1), 1),
    (6, 6, 8, 12, 3, 3, (1, 1), (1, 1), (1, 1), 2),
    (5, 5, 6, 6, 3, 3, (2, 2), (1, 1), (1, 1), 3),
    (1, 12, 4, 7, 1, 5, (1, 2), (0, 2), (1, 1), 1),
    (10, 4, 1, 16, 10, 4, (2, 2), (4, 1), (1, 1), 1),
    (3, 3, 17, 9, 3, 3, (1, 1), (0, 0), (1, 1), 1),
    (4, 4, 2, 3, 5, 5, (1, 1), (2, 2), (1, 1), 1),
]


def conv_sums(x, w, stride, pad, dilation, groups):
    """x [N,H,W,C] with its offset, w [O,KH,KW,C/groups]."""
    o, per_in = w.shape[0], w.shape[3]
    total = 0
    for i, j, part in patches(x, w.shape[1:3], stride, pad, dilation, 0):
        each = [part[..., g * per_in:(g + 1) * per_in] @
                w[g * o // groups:(g + 1) * o // groups, i, j].T for g in range(groups)]
        total = total + np.concatenate(each, axis=-1)
    return total


def conv_cases(rng):
    for h, w, c, o, kh, kw, stride, pad, dilation, groups in CONVS:
        n = int(rng.integers(1, 3))
        x, weight = int8(rng, n, c, h, w), int8(rng, o, kh, kw, c // groups)
        bias = rng.integers(-9000, 9000, o).astype(np.int32) if rng.random() < 0.8 else None
        zero_x, zero_y = (int(z) for z in rng.integers(-128, 128, 2))
        m, s = factors(rng, o, kh * kw * c // groups)
        low, high = limits(rng)
        acc = conv_sums(nhwc(x).astype(np.int64) - zero_x, weight.astype(np.int64), stride,
                        pad, dilation, groups) + (0 if bias is None else bias)
        want = finish(acc, m, s, zero_y, low, high)
        args = [x, weight, bias, stride, pad, dilation, -zero_x, zero_y, m, s, low, high,
                SCRATCH]
        plain = dilation == (1, 1)      # torch has no dilated convolution of integers
        yield Case("quantized_conv2d", args, nchw(want), stock=plain)
        yield Case("quantized_conv2d_nhwc", [np.ascontiguousarray(nhwc(x))] + args[1:], want,
                   image=False, stock=plain)


# H, W, C, multiplier, KH, KW, stride, pad, dilation
DEPTHWISE = [
    (5, 6, 8, 1, 3, 3, (1, 1), (1, 1), (1, 1)),
    (7, 7, 5, 1, 3, 3, (2, 2), (1, 1), (1, 1)),
    (6, 6, 4, 2, 3, 3, (1, 1), (1, 1), (1, 1)),
    (9, 8, 3, 1, 5, 2, (1, 2), (2, 0), (1, 1)),
    (9, 9, 6, 1, 3, 3, (1, 1), (2, 2), (2, 2)),
    (10, 4, 1, 16, 10, 4, (2, 2), (4, 1), (1, 1)),
]


def depthwise_cases(rng):
    for h, w, c, multiplier, kh, kw, stride, pad, dilation in DEPTHWISE:
        o = c * multiplier
        x, weight = int8(rng, 1, c, h, w), int8(rng, 1, kh, kw, o)
        bias = rng.integers(-3000, 3000, o).astype(np.int32)
        zero_x, zero_y = (int(z) for z in rng.integers(-128, 128, 2))
        m, s = factors(rng, o, kh * kw)
        low, high = limits(rng)
        offset = np.repeat(nhwc(x).astype(np.int64) - zero_x, multiplier, axis=-1)
        acc = bias + sum(part * weight[0, i, j].astype(np.int64) for i, j, part in
                         patches(offset, (kh, kw), stride, pad, dilation, 0))
        want = finish(acc, m, s, zero_y, low, high)
        args = [x, weight, bias, stride, pad, dilation, multiplier, -zero_x, zero_y, m, s, low,
                high, SCRATCH]
        plain = dilation == (1, 1)
        yield Case("quantized_depthwise_conv2d", args, nchw(want), stock=plain)
        yield Case("quantized_depthwise_conv2d_nhwc", [np.ascontiguousarray(nhwc(x))] + args[1:],
                   want, image=False, stock=plain)


# H, W, C, O, K, stride, pad, output_padding
TRANSPOSED = [
    (4, 5, 6, 3, 2, (2, 2), (0, 0), (0, 0)),
    (3, 4, 5, 4, 3, (2, 2), (1, 1), (1, 1)),
    (4, 4, 3, 5, 3, (1, 1), (1, 1), (0, 0)),
    (3, 3, 18, 4, 3, (2, 1), (1, 0), (0, 0)),
    (2, 5, 4, 2, 4, (3, 2), (1, 1), (2, 0)),
]


def transposed_cases(rng):
    for h, w, c, o, k, stride, pad, extra in TRANSPOSED:
        x, weight = int8(rng, 2, c, h, w), int8(rng, o, k, k, c)
        bias = rng.integers(-3000, 3000, o).astype(np.int32)
        zero_x, zero_y = (int(z) for z in rng.integers(-128, 128, 2))
        m, s = factors(rng, o, k * k * c)
        low, high = limits(rng)
        offset = nhwc(x).astype(np.int64) - zero_x
        # every input pixel is spread over a window of the padded result, then cut
        full = np.zeros((2, (h - 1) * stride[0] + k + extra[0],
                         (w - 1) * stride[1] + k + extra[1], o), np.int64)
        for i in range(k):
            for j in range(k):
                full[:, i:i + (h - 1) * stride[0] + 1:stride[0],
                     j:j + (w - 1) * stride[1] + 1:stride[1]] += (
                         offset @ weight[:, i, j].astype(np.int64).T)
        acc = full[:, pad[0]:full.shape[1] - pad[0], pad[1]:full.shape[2] - pad[1]] + bias
        want = finish(acc, m, s, zero_y, low, high)
        args = [x, weight, bias, stride, pad, extra, (1, 1), -zero_x, zero_y, m, s, low, high,
                SCRATCH, SCRATCH]
        yield Case("quantized_transpose_conv2d", args, nchw(want))
        yield Case("quantized_transpose_conv2d_nhwc",
                   [np.ascontiguousarray(nhwc(x))] + args[1:], want, image=False)


# ---- products, sums --------------------------------------------------------------------------

def linear_cases(rng):
    for rows, k, n in ((1, 7, 5), (3, 64, 12), (1, 33, 1), (2, 128, 10)):
        x, w = int8(rng, rows, k), int8(rng, n, k)
        bias = rng.integers(-9000, 9000, n).astype(np.int32)
        zero_x, zero_y = (int(z) for z in rng.integers(-128, 128, 2))
        m, s = (int(v[0]) for v in factors(rng, 1, k))
        low, high = limits(rng)
        acc = (x.astype(np.int64) - zero_x) @ w.T.astype(np.int64) + bias
        want = np.clip(requantize(acc, m, s) + zero_y, low, high).astype(np.int8)
        tail = [-zero_x, 0, zero_y, [m], [s], high, low]
        yield Case("quantized_linear", [x, w, bias, None] + tail, want)
        sums = (bias - zero_x * w.astype(np.int64).sum(1)).astype(np.int32)
        yield Case("quantized_linear", [x, w, None, sums.reshape(1, n)] + tail, want)
        yield Case("quantized_linear", [x, w, None, None] + tail, np.clip(
            requantize(acc - bias, m, s) + zero_y, low, high).astype(np.int8), stock=False)


def matmul_cases(rng):
    for batch, rows, k, columns in ((1, 4, 8, 5), (3, 2, 17, 6), (2, 1, 64, 1)):
        x, y = int8(rng, batch, rows, k), int8(rng, batch, columns, k)
        zero_x, zero_y, zero = (int(z) for z in rng.integers(-128, 128, 3))
        m, s = (int(v[0]) for v in factors(rng, 1, k))
        acc = np.einsum("bik,bjk->bij", x.astype(np.int64) - zero_x,
                        y.astype(np.int64) - zero_y)
        want = np.clip(requantize(acc, m, s) + zero, -128, 127).astype(np.int8)
        yield Case("quantized_batch_matmul", [x, -zero_x, y, -zero_y, zero, m, s, SCRATCH],
                   want)


SHAPES = [((2, 3, 4, 5), (2, 3, 4, 5)), ((7,), (7,)), ((3, 5), (3, 5)),
          ((2, 4, 3, 3), (1, 4, 1, 1)), ((1, 6, 1, 1), (3, 6, 2, 5))]


def add_cases(rng):
    for a_shape, b_shape in SHAPES * 2:
        a, b = int8(rng, *a_shape), int8(rng, *b_shape)
        scales = rng.uniform(0.004, 0.2, 3)
        zeros = [int(z) for z in rng.integers(-128, 128, 3)]
        unit = 2 * max(scales[:2])
        (ma, sa), (mb, sb) = fixed(scales[0] / unit), fixed(scales[1] / unit)
        my, sy = fixed(unit / (scales[2] * 2**20))
        low, high = limits(rng)
        total = (requantize((a.astype(np.int64) - zeros[0]) << 20, ma, sa) +
                 requantize((b.astype(np.int64) - zeros[1]) << 20, mb, sb))
        want = np.clip(requantize(total, my, sy) + zeros[2], low, high).astype(np.int8)
        yield Case("quantized_add", [a, zeros[0], ma, sa, b, zeros[1], mb, sb, zeros[2], my, sy,
                                     low, high], want)


def mul_cases(rng):
    for a_shape, b_shape in SHAPES * 2:
        a, b = int8(rng, *a_shape), int8(rng, *b_shape)
        zeros = [int(z) for z in rng.integers(-128, 128, 3)]
        m, s = fixed(float(rng.uniform(0.001, 0.1)))
        product = (a.astype(np.int64) - zeros[0]) * (b.astype(np.int64) - zeros[1])
        want = np.clip(requantize(product, m, s) + zeros[2], -128, 127).astype(np.int8)
        yield Case("quantized_mul", [a, zeros[0], b, zeros[1], zeros[2], m, s], want)


def div_cases(rng):
    for shape in ((2, 3, 4, 5), (400,), (3, 1, 70)):
        a, b = int8(rng, *shape), int8(rng, *shape)
        zeros = [int(z) for z in rng.integers(-128, 128, 3)]
        b.reshape(-1)[5] = zeros[1]   # a quotient by zero is zero
        scale = float(rng.uniform(1.0, 30.0))
        x = (a.astype(np.int32) - zeros[0]).astype(np.float32)
        y = (b.astype(np.int32) - zeros[1]).astype(np.float32)
        quotient = np.divide(x, y, out=np.zeros_like(x), where=y != 0)
        want = np.clip(np.rint(quotient * np.float32(scale)) + zeros[2], -128, 127)
        yield Case("quantized_div", [a, zeros[0], b, zeros[1], zeros[2], scale],
                   want.astype(np.int8))


# ---- pools ------------------------------------------------------------------------------------

# H, W, C, KH, KW, stride, pad
POOLS = [(6, 6, 5, 2, 2, (2, 2), (0, 0)), (7, 5, 3, 3, 3, (1, 2), (1, 1)),
         (8, 8, 16, 8, 8, (8, 8), (0, 0)), (25, 5, 8, 25, 5, (1, 1), (0, 0)),
         (5, 6, 4, 3, 2, (2, 2), (1, 0))]


def pool_cases(rng):
    for h, w, c, kh, kw, stride, pad in POOLS:
        x = int8(rng, 2, c, h, w)
        x_nhwc = np.ascontiguousarray(nhwc(x))
        taps = list(patches(x_nhwc.astype(np.int64), (kh, kw), stride, pad, (1, 1), -1000))
        inside = [part != -1000 for _, _, part in taps]
        count = sum(i.astype(np.int64) for i in inside)
        total = sum(np.where(i, part, 0) for i, (_, _, part) in zip(inside, taps))
        # halves away from zero, on the magnitudes
        mean = (np.sign(total) * ((np.abs(total) + count // 2) // count)).astype(np.int8)
        zero = int(rng.integers(-128, 128))
        tail = [(kh, kw), stride, pad, False, zero, 2**30, 1, SCRATCH]
        yield Case("quantized_avg_pool2d", [x] + tail, nchw(mean), stock=False)
        yield Case("quantized_avg_pool2d_nhwc", [x_nhwc] + tail, mean, False, stock=False)
        low, high = limits(rng)
        largest = np.clip(np.max([part for _, _, part in taps], axis=0), low,
                          high).astype(np.int8)
        tail = [(kh, kw), stride, pad, (1, 1), False, zero, zero, low, high]
        yield Case("quantized_max_pool2d", [x] + tail, nchw(largest))
        yield Case("quantized_max_pool2d_nhwc", [x_nhwc] + tail, largest, False)


# ---- softmax: the fixed-point algorithm with Python's unbounded integers --------------------

def rounded(numerator, denominator):
    """The nearest integer, halves away from zero."""
    q, r = divmod(abs(numerator), denominator)
    q += 2 * r >= denominator
    return q if numerator >= 0 else -q


def q31(a, b):
    return min(rounded(a * b, 2**31), 2**31 - 1)


def saturate(x):
    return max(-2**31, min(2**31 - 1, x))


def exp_q31(x):
    """exp of a Q5.26 number <= 0, as Q0.31."""
    if x == 0:
        return 2**31 - 1
    low = x % 2**24 - 2**24            # in [-1/4, 0)
    t = low * 32 + 2**28               # Q31 around -1/8
    t2 = q31(t, t)
    series = rounded(q31(t2, t2), 4) + q31(t2, t)
    half = rounded(q31(series, 715827883) + t2, 2)
    result = 1895147668 + q31(1895147668, t + half)
    for k, power in enumerate((1672461947, 1302514674, 790015084, 290630308, 39332535, 720401,
                               242)):
        if (low - x) >> (24 + k) & 1:
            result = q31(result, power)
    return result


def reciprocal_q31(x):
    """1 / (1 + x) for a Q0.31 number in [0, 1)."""
    half = rounded(x + 2**31 - 1, 2)
    guess = 1515870810 + q31(half, -1010580540)
    for _ in range(3):
        guess += saturate(q31(guess, 2**29 - q31(half, guess)) * 4)
    return saturate(guess * 2)


def softmax_row(row, multiplier, shift, diff_min):
    top = max(row)
    powers = [exp_q31(q31((q - top) * 2**shift, multiplier)) if q - top >= diff_min else None
              for q in row]
    total = sum(rounded(p, 2**12) for p in powers if p is not None)
    headroom = 32 - total.bit_length()
    scale = reciprocal_q31((total << headroom) - 2**31)
    bits = 12 - headroom + 31 - 8
    return [-128 if p is None else
            max(-128, min(127, rounded(q31(scale, p), 2**bits) - 128)) for p in powers]


def softmax_cases(rng):
    """Every int8 value against the largest, at scales from flat to sharp."""
    ramp = np.stack([np.full(256, 127), np.arange(-128, 128)], axis=1)
    for scale in (0.001, 0.0123, 0.05, 0.11, 0.4, 1.7):
        m, s = fixed(min(scale * 2**26, 2**31 - 1.0))
        diff_min = -math.floor(31 * 2**26 / 2.0**s)
        for x in (ramp, rng.integers(-128, 128, (12, 10)), rng.integers(100, 128, (3, 200))):
            x = x.astype(np.int8)
            want = np.array([softmax_row([int(q) for q in row], m, s, diff_min) for row in x])
            yield Case("softmax", [x, -1, 3, -128, m, s, diff_min], want.astype(np.int8),
                       stock=False)


# ---- moves, tables, conversions ----------------------------------------------------------------

def move_cases(rng):
    for perm in ((1, 0), (0, 2, 1), (2, 0, 1), (0, 2, 3, 1), (0, 3, 1, 2), (3, 2, 1, 0)):
        x = int8(rng, *[2, 3, 4, 5][:len(perm)])
        yield Case("transpose", [x, perm], np.ascontiguousarray(x.transpose(perm)), image=False)
    for pre, post in (((0, 1, 2, 0), (0, 2, 1, 0)), ((1, 0, 0, 2), (0, 0, 3, 1))):
        x = int8(rng, 2, 3, 4, 5)
        around = list(zip(pre, post))       # in the order of the bytes: N, H, W, C
        want = np.pad(nhwc(x), around, constant_values=-7)
        yield Case("pad", [x, pre, post, -7], nchw(want))
    x = int8(rng, 6, 5)
    yield Case("pad", [x, (0, 0, 1, 2), (0, 0, 0, 3), 11],
               np.pad(x, ((1, 0), (2, 3)), constant_values=11))
    for name, choose in (("minimum", np.minimum), ("maximum", np.maximum)):
        a, b = int8(rng, 2, 3, 4, 5), int8(rng, 2, 3, 4, 5)
        yield Case(name, [a, b], choose(a, b))
    table = int8(rng, 256)
    every = np.arange(-128, 128).astype(np.int8).reshape(4, 64)
    yield Case("quantized_activation", [every, table], table.reshape(4, 64))


def conversion_cases(rng):
    """Ties on both sides of zero, what lies beyond int8, and numbers in between."""
    for scale, zero in ((0.5, 0), (0.0625, -3), (0.02, 17), (3.7, -128)):
        ties = (np.arange(-300, 300) + 0.5) * scale
        x = np.concatenate([ties, rng.standard_normal(200) * 60 * scale,
                            [1e9, -1e9, 0.0, -0.0]]).astype(np.float32)
        scaled = np.rint(x * (np.float32(1) / np.float32(scale)))
        want = np.clip(scaled.astype(np.float64) + zero, -128, 127).astype(np.int8)
        yield Case("quantize_per_tensor", [x, scale, zero, -128, 127, 1], want, stock=False)
        q = np.arange(-128, 128).astype(np.int8)
        real = (q.astype(np.int32) - zero).astype(np.float32) * np.float32(scale)
        yield Case("dequantize_per_tensor", [q, scale, zero, -128, 127, 1], real, stock=False)


FAMILIES = {"conv": conv_cases, "depthwise": depthwise_cases, "transposed": transposed_cases,
            "linear": linear_cases, "matmul": matmul_cases, "add": add_cases, "mul": mul_cases,
            "div": div_cases, "pool": pool_cases, "softmax": softmax_cases, "move": move_cases,
            "conversion": conversion_cases}


def family(name):
    return FAMILIES[name](np.random.default_rng([SEED, sorted(FAMILIES).index(name)]))


@pytest.mark.parametrize("name", FAMILIES)
def test_kernel_gives_the_bytes_of_the_formula(check, name):
    assert len(check(family(name))) >= 3


def one_of_each():
    """The first case of every operator."""
    first = {}
    for name in FAMILIES:
        for case in family(name):
            first.setdefault(case.op, case)
    return first.values()


@pytest.mark.parametrize("core", ("cortex-m3", "cortex-m55"))
def test_kernel_on_a_core_gives_the_bytes_of_the_formula(sconce, tmp_path, core):
    runner, board = Runner(sconce, tmp_path), Board(sconce)
    for case in one_of_each():
        runner(case)
        inputs = [tmp_path / f"in{i}.npy" for i in range(len(runner.tensors) - 1)]
        board.run(core, tmp_path / "call.pte", tmp_path / "device", inputs)
        got, = read_outputs(tmp_path / "device" / "0")
        assert got.tobytes() == case.want.tobytes(), case.op


def test_every_operator_of_the_vocabulary_has_a_case():
    tested = {case.op for name in FAMILIES for case in family(name)}
    assert len(tested) == 23    # the operators of stock's operators.yaml


# ---- stock's Python reference ----------------------------------------------------------------

@pytest.fixture(scope="module")
def stock_op():
    """cortex_m operators as stock registers them with torch."""
    import torch
    # Stock's quantizer, which they import, imports a package that wants an older numpy
    # and that nothing here calls.
    if not importlib.util.find_spec("tosa_serializer"):
        sys.modules["tosa_serializer"] = MagicMock()
    import executorch.backends.cortex_m.passes          # noqa: F401  before the operators:
    import executorch.backends.cortex_m.ops.operators   # noqa: F401  they import each other

    def call(case):
        args = []
        for i, arg in enumerate(case.args):
            if isinstance(arg, np.ndarray):
                arg = torch.from_numpy(arg)
                if case.image and arg.ndim == 4 and is_activation(case, i):
                    arg = arg.to(memory_format=torch.channels_last)
            args.append(list(arg) if isinstance(arg, tuple) else arg)
        return getattr(torch.ops.cortex_m, case.op)(*args).contiguous().numpy()
    return call


def test_reference_of_stock_gives_the_bytes_of_the_formula(stock_op):
    compared = set()
    for name in FAMILIES:
        for number, case in enumerate(family(name)):
            if case.stock:
                got = stock_op(case)
                assert got.shape == case.want.shape and got.dtype == case.want.dtype
                assert np.array_equal(got, case.want), f"{name} {number}: {case.op}"
                compared.add(case.op)
    assert len(compared) >= 17
