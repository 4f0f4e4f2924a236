# SPDX-License-Identifier: Apache-2.0
"""Cases: convolutions of all kinds, their scales, linear layers, matrix products."""

import numpy as np

from .builder import scale_of
from .graphs_base import case, pair, same_pads


def conv_block(g, x, out, kernel=1, stride=1, pad="same", dilation=1, zp=0,
               weight_zp=0, dtype=None, weights=None, **scaling):
    """conv2d and its requantization, as one value."""
    kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)
    if pad == "same":
        pad = same_pads(x.shape[1], x.shape[2], kernel, stride, dilation)
    weights = weights or g.weights([out, *kernel, x.shape[3]])
    sums = g.conv2d(x, weights, stride=stride, pad=pad, dilation=dilation, zp=zp,
                    weight_zp=weight_zp)
    return g.requant(sums, dtype or x.dtype, **scaling)


def depthwise_block(g, x, kernel=3, stride=1, pad="same", dilation=1, zp=0, times=1,
                    dtype=None, weight_zp=0, **scaling):
    kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)
    if pad == "same":
        pad = same_pads(x.shape[1], x.shape[2], kernel, stride, dilation)
    weights = g.weights([*kernel, x.shape[3], times])
    sums = g.depthwise(x, weights, stride=stride, pad=pad, dilation=dilation, zp=zp,
                       weight_zp=weight_zp)
    return g.requant(sums, dtype or x.dtype, **scaling)


def conv(name, size, out, kernel, x_dtype="int8", batch=1, **options):
    """A case of one convolution."""
    case(f"conv-{name}", lambda g: g.output(conv_block(
        g, g.input([batch, *size], x_dtype), out, kernel, **options)))


def depthwise(name, size, kernel, x_dtype="int8", **options):
    case(f"depthwise-{name}", lambda g: g.output(depthwise_block(
        g, g.input([1, *size], x_dtype), kernel, **options)))


def convolutions():
    for k in range(1, 10):
        conv(f"{k}x{k}", (11, 13, 5), 7, k, zp=-k, zp_out=k)
    for k in [(1, 7), (7, 1), (3, 5), (2, 3), (4, 2), (1, 9), (9, 1), (2, 9)]:
        conv(f"{k[0]}x{k[1]}", (10, 12, 6), 9, k, zp=3, per_channel=True)
    conv("1x64", (3, 70, 3), 5, (1, 64), pad=(0, 0, 0, 0))
    conv("64x1", (70, 3, 3), 5, (64, 1), pad=(0, 0, 0, 0))
    conv("12x12", (15, 14, 4), 6, 12)
    conv("17x10", (20, 14, 3), 4, (17, 10), pad=(0, 0, 0, 0))
    for s in [(1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (3, 2), (2, 3), (3, 3)]:
        conv(f"3x3-stride-{s[0]}x{s[1]}", (13, 13, 4), 8, 3, stride=s, zp=7)
    conv("1x1-stride-2x2", (9, 9, 16), 16, 1, stride=2)
    conv("1x1-stride-3x3", (10, 10, 16), 8, 1, stride=3)
    conv("2x2-stride-2x2", (8, 10, 3), 8, 2, stride=2)
    conv("2x2-stride-3x3", (8, 11, 3), 8, 2, stride=3, pad=(0, 0, 0, 0))
    conv("5x5-stride-2x2", (17, 15, 3), 16, 5, stride=2, per_channel=True)
    conv("7x7-stride-2x2", (21, 21, 3), 16, 7, stride=2, zp=-128)
    conv("7x5-stride-3x2", (22, 21, 3), 8, (7, 5), stride=(3, 2))
    for index, side in enumerate(("top", "bottom", "left", "right")):
        pad = [0, 0, 0, 0]
        pad[index] = 2
        conv(f"pad-{side}", (8, 9, 4), 6, 3, pad=tuple(pad), zp=-100)
    conv("pad-uneven", (8, 9, 4), 6, 5, pad=(3, 1, 0, 4), zp=100)
    conv("pad-4-each", (3, 4, 8), 8, 5, pad=(4, 4, 4, 4), zp=-50)
    conv("pad-stride", (9, 10, 4), 6, 4, stride=2, pad=(1, 2, 3, 1), zp=50)
    conv("pad-larger-than-map", (1, 2, 4), 6, 5, pad=(2, 2, 2, 2), zp=20)
    conv("dilation-2x2", (13, 12, 5), 8, 3, dilation=2, zp=11)
    conv("dilation-1x2", (9, 12, 5), 8, 3, dilation=(1, 2))
    conv("dilation-2x1", (12, 9, 5), 8, 3, dilation=(2, 1))
    conv("dilation-3x3", (14, 13, 4), 8, 3, dilation=3)
    conv("dilation-2x3-stride", (15, 16, 4), 8, 3, dilation=(2, 3), pad=(0, 0, 0, 0),
         stride=(2, 3))
    conv("dilation-4x4", (14, 15, 8), 8, 3, dilation=4, zp=1)
    conv("dilation-2x2-5x5", (14, 15, 8), 8, 5, dilation=2, zp=1)
    conv("dilation-8x1-1d", (40, 1, 16), 16, (3, 1), dilation=(8, 1), zp=1)
    for depth in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 129, 200]:
        conv(f"depth-{depth}-to-12", (5, 6, depth), 12, 3, per_channel=True, zp=-9)
    for depth in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 129, 200]:
        conv(f"depth-12-to-{depth}", (5, 6, 12), depth, 3, per_channel=True, zp=-9)
    conv("depth-300-to-130-1x1", (4, 4, 300), 130, 1, per_channel=True)
    conv("depth-64-to-64-5x5", (7, 7, 64), 64, 5)
    conv("map-1x1", (1, 1, 40), 24, 1)
    conv("map-1x33", (1, 33, 16), 8, (1, 3))
    conv("map-33x1", (33, 1, 16), 8, (3, 1))
    conv("map-2x2-batch-3", (2, 2, 16), 8, 1, batch=3)
    conv("map-64x64", (64, 64, 3), 8, 3, stride=2, pad=(0, 1, 0, 1), zp=-128)
    conv("map-90x90", (90, 90, 4), 4, 3, zp=2)
    for zp in (-128, -127, 127, 126):
        conv(f"zp-in{zp:+}", (6, 7, 8), 8, 3, zp=zp)
    for zp in (-128, -1, 127):
        conv(f"zp-out{zp:+}", (6, 7, 8), 8, 3, zp_out=zp, spread=0.1)
    for zp in (-128, -5, 127):
        conv(f"zp-weight{zp:+}", (6, 7, 8), 8, 3, zp=4, weight_zp=zp)
    conv("saturated", (8, 8, 8), 8, 3, spread=1.0, zp_out=3)
    conv("saturated-double", (8, 8, 8), 8, 3, spread=1.0, rounding="double")
    case("conv-no-rescale", lambda g: g.output(g.conv2d(
        g.input([1, 6, 7, 8]), g.weights([9, 3, 3, 8]), pad=(1, 1, 1, 1), zp=5)))
    case("conv-to-int32", lambda g: g.output(g.requant(g.conv2d(
        g.input([1, 6, 7, 8]), g.weights([9, 3, 3, 8])), "int32", spread=0.01)))
    case("conv-two-readers", two_readers)
    for name, (stride, dtype) in {"1": (1, "int8"), "2": (2, "int8"),
                                  "int16": (1, "int16")}.items():
        case(f"conv3d-depth-stride-{name}", lambda g, s=stride, d=dtype: conv3d(g, s, d))
    case("conv-int4-weights", lambda g: g.output(conv_block(
        g, g.input([1, 7, 7, 8]), 8, 3, weights=g.weights([8, 3, 3, 8], -7, 7, "int4"))))
    case("conv-weights-all-zero", lambda g: g.output(conv_block(
        g, g.input([1, 5, 5, 8]), 24, 3, weights=g.weights([24, 3, 3, 8], 0, 0))))
    case("conv-weights-one-number", lambda g: g.output(conv_block(
        g, g.input([1, 5, 5, 8]), 8, 3, weights=g.weights([8, 3, 3, 8], 77, 77))))
    case("conv-weights-sparse", sparse_weights)
    case("conv-weights-palette", palette_weights)
    case("conv-weights-extreme", lambda g: g.output(conv_block(
        g, g.input([1, 5, 5, 16]), 16, 3, weights=g.const(
            np.where(g.rng.random([16, 3, 3, 16]) < 0.5, -128, 127), "int8"))))
    case("conv-weights-small", lambda g: g.output(conv_block(
        g, g.input([1, 5, 5, 16]), 16, 3, weights=g.weights([16, 3, 3, 16], -2, 2))))


def conv3d(g, stride, dtype):
    """A kernel of depth 1: what Vela takes."""
    x = g.input([1, 5, 7, 6, 4], dtype)
    sums = g.conv3d(x, g.weights([9, 1, 3, 3, 4]), stride=(stride, 1, 1),
                    pad=(0, 0, 1, 1, 1, 1), zp=4 if dtype == "int8" else 0)
    g.output(g.requant(sums, dtype, per_channel=True))


def two_readers(g):
    """Sums that two rescales read: Vela can't fuse both."""
    sums = g.conv2d(g.input([1, 6, 6, 8]), g.weights([8, 3, 3, 8]), pad=(1, 1, 1, 1))
    g.output(g.requant(sums, rounding="single"))
    g.output(g.requant(sums, rounding="double", spread=0.05, zp_out=9))


def sparse_weights(g):
    numbers = g.rng.integers(-127, 128, [16, 3, 3, 16])
    numbers[g.rng.random(numbers.shape) < 0.9] = 0
    g.output(conv_block(g, g.input([1, 6, 6, 16]), 16, 3,
                        weights=g.const(numbers, "int8")))


def palette_weights(g):
    numbers = g.rng.choice([-120, -31, 0, 5, 66, 127], [16, 3, 3, 16])
    g.output(conv_block(g, g.input([1, 6, 6, 16]), 16, 3,
                        weights=g.const(numbers, "int8")))


# -- scales of a convolution


def channel_sums(g, dtype, tops):
    """Sums of a 1x1 convolution, those of channel c within tops[c]."""
    size = min(max(min(tops) // 8, 1), 128)
    x = g.input([1, 8, 8, 4], dtype, low=-size, high=size - 1)
    weights = [g.rng.integers(-k, k + 1, [1, 1, 4])
               for k in (min(127, (top - 1) // (8 * size)) for top in tops)]
    bias = [int(g.rng.integers(-((top - 1) // 2), (top - 1) // 2 + 1)) for top in tops]
    sums = "int32" if dtype == "int8" else "int48"
    return g.conv2d(x, g.const(weights, "int8"), g.const(bias, sums))


def shifts_of(g, dtype, shifts, target="int8", rounding="single", full=False):
    """A channel a shift. TOSA wants sums below 2^(shift-1) in magnitude.

    full: random multipliers of all sizes, otherwise those that spread the sums.
    """
    bits, most = (31, 30) if dtype == "int8" else (15, 39)
    tops = [1 << min(s - 1, most) for s in shifts]
    sums = channel_sums(g, dtype, tops)
    if full:
        multipliers = [int(g.rng.integers(1 << (bits - 1), 1 << bits)) for _ in shifts]
    else:
        multipliers = [scale_of(250 / top, s, bits)[0] for top, s in zip(tops, shifts)]
    g.output(g.rescale(sums, target, multipliers, shifts, rounding=rounding,
                       scale32=dtype == "int8"))


def convolution_scales():
    for rounding in ("single", "double"):
        for channels in (False, True):
            kind = "channel" if channels else "tensor"
            conv(f"{rounding}-per-{kind}", (9, 9, 8), 16, 3, rounding=rounding,
                 per_channel=channels, zp=-7, zp_out=11)
        for low in range(2, 60, 6):
            shifts = list(range(low, low + 6)) * 8
            case(f"conv-shift-{low:02}-{rounding}", lambda g, s=shifts, r=rounding:
                 shifts_of(g, "int8", s, rounding=r))
        case(f"conv-shift-mixed-{rounding}", lambda g, r=rounding: shifts_of(
            g, "int8", [30, 8, 31, 15, 32, 20, 33, 2, 29, 34, 11, 62, 25, 16, 9, 36],
            rounding=r))
        case(f"conv-shift-any-to-int32-{rounding}", lambda g, r=rounding: shifts_of(
            g, "int8", list(range(2, 63)), "int32", r, full=True))
        case(f"conv-shift-any-to-int16-{rounding}", lambda g, r=rounding: shifts_of(
            g, "int8", list(range(16, 63)), "int16", r, full=True))
    for low in range(2, 60, 6):
        case(f"conv-shift-{low:02}-int16", lambda g, s=list(range(low, low + 6)) * 8:
             shifts_of(g, "int16", s))
    case("conv-shift-any-int16-to-int32", lambda g: shifts_of(
        g, "int16", list(range(2, 63)), "int32", full=True))
    case("conv-ties", ties)
    case("conv-ties-double", lambda g: ties(g, "double"))


def ties(g, rounding="single"):
    """Powers of two as scales: every other sum lies half way between two results."""
    n = 8
    x = g.input([1, 9, 9, 4])
    sums = g.conv2d(x, g.weights([n, 1, 1, 4], -2, 2), g.bias(n, "int32", 100))
    shifts = [31, 32, 33, 34, 31, 32, 33, 34]
    g.output(g.rescale(sums, "int8", [1 << 30] * n, shifts, rounding=rounding))


# -- int16 feature maps


def int16_convolutions():
    for k in (1, 3, 5):
        conv(f"int16-{k}x{k}", (9, 10, 6), 7, k, "int16")
    conv("int16-per-channel", (9, 10, 16), 17, 3, "int16", per_channel=True)
    conv("int16-stride-2x2", (11, 11, 8), 8, 3, "int16", stride=2)
    conv("int16-dilation-2x2", (11, 12, 8), 8, 3, "int16", dilation=2)
    for depth in (1, 3, 8, 17, 33, 128):
        conv(f"int16-depth-{depth}", (5, 5, depth), 19, 3, "int16", per_channel=True)
    conv("int16-to-int8", (9, 10, 8), 8, 3, "int16", dtype="int8")
    conv("int8-to-int16", (9, 10, 8), 8, 3, dtype="int16")
    conv("int16-saturated", (9, 10, 8), 8, 3, "int16", spread=1.0)
    conv("int16-map-1x1", (1, 1, 64), 40, 1, "int16", per_channel=True)
    conv("int16-batch-2", (3, 3, 16), 8, 1, "int16", batch=2)
    case("conv-int16-wide-bias", wide_bias)
    depthwise("int16-3x3", (9, 9, 12), 3, "int16", per_channel=True)
    depthwise("int16-3x3-stride-2", (9, 9, 17), 3, "int16", stride=2)
    depthwise("int16-5x5", (9, 9, 8), 5, "int16")
    depthwise("int16-to-int8", (9, 9, 8), 3, "int16", dtype="int8")


def wide_bias(g):
    """Biases near the 40 bits that a scale record can hold."""
    x = g.input([1, 6, 6, 8], "int16")
    bias = g.const(g.rng.integers(-(1 << 38), 1 << 38, [16]), "int48")
    weights = g.weights([16, 3, 3, 8])
    g.output(g.requant(g.conv2d(x, weights, bias, pad=(1, 1, 1, 1)), "int16"))


def depthwise_convolutions():
    for k in range(1, 8):
        depthwise(f"{k}x{k}", (10, 9, 6), k, zp=-k)
    for k in [(1, 5), (5, 1), (3, 4), (9, 9)]:
        depthwise(f"{k[0]}x{k[1]}", (11, 12, 10), k, zp=3)
    for s in [(1, 2), (2, 1), (2, 2), (3, 3), (2, 3)]:
        depthwise(f"3x3-stride-{s[0]}x{s[1]}", (13, 13, 8), 3, stride=s, zp=1)
    for depth in (1, 2, 3, 7, 8, 9, 16, 17, 33, 64, 129):
        depthwise(f"depth-{depth}", (6, 7, depth), 3, per_channel=True, zp=-20)
    for times in (2, 3, 8):
        depthwise(f"one-channel-times-{times}", (8, 8, 1), 3, times=times, zp=5)
    depthwise("dilation-2x2", (11, 11, 8), 3, dilation=2, zp=4)
    depthwise("dilation-2x1", (11, 11, 8), 3, dilation=(2, 1))
    depthwise("pad-uneven", (8, 9, 8), 5, pad=(3, 0, 1, 4), zp=-60)
    depthwise("double-round", (8, 9, 8), 3, rounding="double", per_channel=True)
    depthwise("zp-weight", (8, 9, 8), 3, weight_zp=-11, zp=9)
    depthwise("to-int16", (8, 9, 8), 3, dtype="int16")
    depthwise("map-40x40", (40, 40, 24), 3, zp=-128, per_channel=True)
    case("conv-groups-2", lambda g: grouped(g, 2, 8, 12))
    case("conv-groups-4", lambda g: grouped(g, 4, 16, 16))
    case("conv-groups-3-odd", lambda g: grouped(g, 3, 9, 15))


def grouped(g, groups, depth, out):
    """TOSA has no groups: slices, a convolution each, concatenated."""
    x = g.input([1, 7, 6, depth])
    part = depth // groups
    parts = []
    for index in range(groups):
        piece = g.slice(x, [0, 0, 0, index * part], [1, 7, 6, part])
        sums = g.conv2d(piece, g.weights([out // groups, 3, 3, part]),
                        pad=(1, 1, 1, 1), zp=-4)
        parts.append(g.requant(sums, per_channel=True))
    g.output(g.concat(parts, 3))


def transposed(g, size, out, kernel, stride, out_pad, dtype="int8", **scaling):
    x = g.input([1, *size], dtype)
    weights = g.weights([out, *kernel, size[2]])
    sums = g.transpose_conv2d(x, weights, stride=stride, out_pad=out_pad, zp=5 if
                              dtype == "int8" else 0)
    g.output(g.requant(sums, dtype, **scaling))


def transposed_convolutions():
    rows = {
        "2x2-stride-2": ((5, 6, 8), 6, (2, 2), (2, 2), (0, 0, 0, 0)),
        "3x3-stride-2": ((5, 6, 8), 6, (3, 3), (2, 2), (0, 0, 0, 0)),
        "3x3-stride-2-same": ((5, 6, 8), 6, (3, 3), (2, 2), (0, -1, 0, -1)),
        "4x4-stride-2-same": ((5, 6, 3), 9, (4, 4), (2, 2), (-1, -1, -1, -1)),
        "5x5-stride-2": ((4, 4, 16), 16, (5, 5), (2, 2), (-2, -1, -2, -1)),
        "3x3-stride-1": ((5, 6, 8), 6, (3, 3), (1, 1), (-1, -1, -1, -1)),
        "3x3-stride-1-full": ((5, 6, 8), 6, (3, 3), (1, 1), (0, 0, 0, 0)),
        "1x4-stride-1x2": ((1, 9, 8), 6, (1, 4), (1, 2), (0, 0, -1, -1)),
        "4x1-stride-2x1": ((9, 1, 8), 6, (4, 1), (2, 1), (-1, -1, 0, 0)),
        "out-pad-1": ((5, 6, 8), 6, (3, 3), (2, 2), (0, 1, 0, 1)),
    }
    for name, row in rows.items():
        case(f"transposed-{name}", lambda g, row=row: transposed(g, *row))
    case("transposed-channels", lambda g: transposed(
        g, (5, 5, 17), 33, (3, 3), (2, 2), (0, -1, 0, -1), per_channel=True))


# -- fully connected layers and matrix products


def linear(g, n, depth, out, dtype="int8", **options):
    x = g.input([n, 1, 1, depth], dtype)
    g.output(conv_block(g, x, out, 1, **options))


def matmul(g, n, rows, inner, columns, zp_a=0, zp_b=0, dtype="int8", constant=False,
           zp_out=0):
    a = g.input([n, rows, inner], dtype)
    b = (g.weights([n, inner, columns]) if constant else
         g.input([n, inner, columns], dtype))
    g.output(g.requant(g.matmul(a, b, zp_a, zp_b), dtype, zp_out))


def linears():
    for row in [(1, 10, 10), (1, 256, 100), (1, 1280, 40), (4, 64, 33), (16, 33, 17),
                (1, 3, 200)]:
        case("linear-" + "-".join(map(str, row)), lambda g, row=row: linear(
            g, *row, zp=-128, per_channel=True))
    case("linear-double", lambda g: linear(g, 1, 64, 64, rounding="double", zp=3))
    case("linear-int16", lambda g: linear(g, 1, 64, 64, "int16", per_channel=True))
    for row in [(1, 4, 8, 5), (1, 17, 33, 9), (3, 5, 16, 7), (2, 1, 64, 16),
                (1, 40, 40, 40), (4, 8, 3, 1)]:
        case("matmul-" + "-".join(map(str, row)), lambda g, row=row: matmul(
            g, *row, 3, -7))
    case("matmul-zp-extremes", lambda g: matmul(
        g, 1, 9, 20, 11, -128, 127, zp_out=127))
    case("matmul-constant", lambda g: matmul(g, 1, 9, 20, 11, 1, 0, constant=True))


def add_cases():
    convolutions()
    convolution_scales()
    int16_convolutions()
    depthwise_convolutions()
    transposed_convolutions()
    linears()
