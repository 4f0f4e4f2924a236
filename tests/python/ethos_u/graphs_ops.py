# SPDX-License-Identifier: Apache-2.0
"""Cases: pools, elementwise operators, scaling, tables, reductions."""

import numpy as np

from .builder import scale_of
from .graphs_base import case, pair, same_pads
from .graphs_conv import conv_block, depthwise_block


def pool(name, kind, size, kernel, stride=1, pad=(0, 0, 0, 0), dtype="int8", zps=(0, 0),
         batch=1):
    def make(g):
        x = g.input([batch, *size], dtype)
        if kind == "max":
            x.data[:] = pebbles(g, x)
            g.output(g.max_pool(x, pair(kernel), pair(stride), pad))
        else:
            g.output(g.avg_pool(x, pair(kernel), pair(stride), pad, *zps))
    case(f"pool-{kind}-{name}", make)


def pebbles(g, x):
    """Rarely large numbers, around another mean a channel: maxima that differ."""
    size = np.iinfo(x.data.dtype).max
    means = g.rng.uniform(-0.5, 0.3, x.shape[3])
    numbers = (means + g.rng.normal(0, 0.2, x.shape)) * size
    return np.clip(numbers, -size - 1, size)


def pools():
    for k in range(1, 9):
        pads = same_pads(11, 9, (k, k))
        pool(f"{k}x{k}-valid", "avg", (11, 9, 8), k)
        pool(f"{k}x{k}-padded", "avg", (11, 9, 5), k, pad=pads)
    for k in (2, 3, 5, 8):
        pool(f"{k}x{k}-valid", "max", (11, 9, 8), k)
        pool(f"{k}x{k}-padded", "max", (11, 9, 5), k, pad=same_pads(11, 9, (k, k)))
    for kind in ("avg", "max"):
        pool("2x2-stride-2x2", kind, (8, 10, 16), 2, 2)
        pool("3x3-stride-2x2", kind, (9, 11, 16), 3, 2)
        pool("3x3-stride-2x2-padded", kind, (9, 11, 7), 3, 2, (1, 1, 1, 1))
        pool("3x3-stride-3x3", kind, (9, 12, 7), 3, 3)
        pool("2x3-stride-1x2", kind, (6, 9, 7), (2, 3), (1, 2))
        pool("5x2-pad-uneven", kind, (7, 9, 20), (5, 2), 1, (3, 1, 0, 1))
        pool("3x3-int16", kind, (7, 7, 9), 3, dtype="int16")
        pool("3x3-int16-padded", kind, (7, 7, 9), 3, 1, (1, 1, 1, 1), "int16")
        pool("whole-7x7", kind, (7, 7, 33), 7)
        pool("whole-16x16", kind, (16, 16, 17), 16)
        pool("whole-1x40", kind, (1, 40, 8), (1, 40))
        pool("whole-40x1", kind, (40, 1, 8), (40, 1))
        pool("depth-130", kind, (5, 5, 130), 2)
        pool("map-1x1", kind, (1, 1, 100), 1)
    pool("3x3-batch-2", "max", (5, 6, 8), 3, batch=2)
    for zp in (-128, 5, 127):
        pool(f"zp-same{zp:+}", "avg", (7, 8, 6), 3, 1, (1, 1, 1, 1), zps=(zp, zp))
    for a, b in [(-128, 0), (0, -128), (127, 100), (3, -9), (-9, 3)]:
        pool(f"zp{a:+}{b:+}", "avg", (7, 8, 6), 3, zps=(a, b))
        pool(f"zp{a:+}{b:+}-padded", "avg", (7, 8, 6), 3, 1, (1, 1, 1, 1), zps=(a, b))
    pool("whole-120x100", "avg", (120, 100, 3), (120, 100))


# -- elementwise


SHAPES = {
    "same": ([1, 5, 6, 7], [1, 5, 6, 7]),
    "channel": ([1, 5, 6, 7], [1, 1, 1, 7]),
    "width": ([1, 5, 6, 7], [1, 1, 6, 1]),
    "height": ([1, 5, 6, 7], [1, 5, 1, 1]),
    "plane": ([1, 5, 6, 7], [1, 5, 6, 1]),
    "row": ([1, 5, 6, 7], [1, 1, 6, 7]),
    "column": ([1, 5, 6, 7], [1, 5, 1, 7]),
    "scalar": ([1, 5, 6, 7], [1, 1, 1, 1]),
    "cross": ([1, 5, 1, 7], [1, 1, 6, 7]),
    "outer": ([1, 5, 1, 1], [1, 1, 1, 7]),
}


def operands(g, shapes, dtype, flip=False, low=None, high=None):
    """Two inputs of a broadcast; flip: the small one first."""
    a = g.input(shapes[0], dtype, low=low, high=high)
    b = g.input(shapes[1], dtype, low=low, high=high)
    return (b, a) if flip else (a, b)


def added(g, shapes, flip=False, dtype="int8", scales=(0.7, 0.4, 0.9),
          zps=(0, 0, 0), **options):
    a, b = operands(g, shapes, dtype, flip)
    g.output(g.fused_add(a, b, *scales, dtype=dtype, zps=zps, **options))


def general_add(g, shapes, dtype="int8", minus=False, rounding="single"):
    """Both sides scaled: Vela makes several passes with int32 between them."""
    a, b = operands(g, shapes, dtype)
    x = g.rescale(a, "int32", *scale_of(700.0), 3 if dtype == "int8" else 0,
                  rounding=rounding)
    y = g.rescale(b, "int32", *scale_of(431.7), -5 if dtype == "int8" else 0,
                  rounding=rounding)
    total = g.sub(x, y) if minus else g.add(x, y)
    g.output(g.requant(total, dtype, rounding=rounding))


def multiplied(g, shapes, flip=False, dtype="int8", zps=(0, 0, 0), rounding="single",
               out=None):
    a, b = operands(g, shapes, dtype, flip)
    x = g.rescale(a, "int32", 1 << 30, 30, zps[0])
    y = g.rescale(b, "int32", 1 << 30, 30, zps[1])
    g.output(g.requant(g.mul(x, y), out or dtype, zps[2], rounding=rounding))


def plain(g, method, shapes, dtype="int32", flip=False, low=None, high=None):
    a, b = operands(g, shapes, dtype, flip, low=low, high=high)
    g.output(getattr(g, method)(a, b))


def elementwise():
    for name, shapes in SHAPES.items():
        case(f"add-{name}", lambda g, s=shapes: added(g, s))
        case(f"add-{name}-flipped", lambda g, s=shapes: added(g, s, flip=True))
        case(f"add-{name}-b-larger", lambda g, s=shapes: added(
            g, s, scales=(0.3, 0.7, 0.8), zps=(9, -7, 4)))
        case(f"mul-{name}", lambda g, s=shapes: multiplied(g, s, zps=(3, -4, 5)))
        case(f"sub-{name}", lambda g, s=shapes: added(g, s, minus=True))
        case(f"max-{name}", lambda g, s=shapes: plain(g, "maximum", s, "int32"))
    same_shape = SHAPES["same"]
    for flip in ("channel", "scalar", "cross"):
        case(f"mul-{flip}-flipped", lambda g, s=SHAPES[flip]: multiplied(g, s, True))
        case(f"sub-{flip}-flipped", lambda g, s=SHAPES[flip]: added(
            g, s, True, minus=True))
    for left in "ab":
        for rounding in ("single", "double"):
            for minus in (False, True):
                word = "sub" if minus else "add"
                for fused in (True, False):
                    scales = (0.7, 0.4, 0.9) if (left == "a") == fused else (0.3, 0.7, 0.8)
                    label = "fused" if fused else "six-passes"
                    case(f"{word}-left-{left}-{rounding}-{label}",
                         lambda g, o=(left, rounding, minus), s=scales: added(
                             g, same_shape, scales=s, zps=(-8, 17, 4), left=o[0],
                             rounding=o[1], minus=o[2]))
    for ratio in (0.001, 0.1, 0.5, 0.999, 1.0):
        case(f"add-ratio-{ratio}", lambda g, r=ratio: added(
            g, same_shape, scales=(r, 1.0, 1.3)))
        case(f"add-int16-ratio-{ratio}", lambda g, r=ratio: added(
            g, same_shape, scales=(r, 1.0, 1.3), dtype="int16"))
    for zps in [(-128, -128, -128), (127, 127, -128), (-128, 127, 127),
                (127, -128, 127), (-128, 127, 0)]:
        label = "".join(f"{z:+}" for z in zps)
        if zps != (127, 127, -128):  # would be -128 everywhere
            case(f"add-zp{label}", lambda g, z=zps: added(
                g, same_shape, zps=z, scales=(0.5, 0.49, 1.5)))
        case(f"mul-zp{label}", lambda g, z=zps: multiplied(g, same_shape, zps=z))
    case("add-saturated", lambda g: added(g, same_shape, scales=(0.9, 0.8, 0.3)))
    case("add-same-input-twice", same_twice)
    case("add-constant", add_constant)
    case("add-scalar-sized-map", lambda g: added(g, ([1, 1, 1, 9], [1, 1, 1, 9])))
    for rank in (1, 2, 3):
        shapes = ([5, 6, 7][3 - rank:], [5, 6, 7][3 - rank:])
        case(f"add-rank-{rank}", lambda g, s=shapes: added(g, s))
        case(f"mul-rank-{rank}", lambda g, s=shapes: multiplied(g, s))
    case("add-big", lambda g: added(g, ([1, 50, 60, 32], [1, 50, 60, 32])))
    case("mul-big-channel", lambda g: multiplied(g, ([1, 40, 40, 48], [1, 1, 1, 48])))
    for name in ("same", "channel", "scalar"):
        shapes = SHAPES[name]
        case(f"add-int16-{name}", lambda g, s=shapes: added(g, s, dtype="int16"))
        case(f"sub-int16-{name}", lambda g, s=shapes: added(
            g, s, dtype="int16", minus=True))
        case(f"mul-int16-{name}", lambda g, s=shapes: multiplied(g, s, dtype="int16"))
        case(f"add-general-{name}", lambda g, s=shapes: general_add(g, s))
        case(f"add-int32-{name}", lambda g, s=shapes: plain(
            g, "add", s, low=-(1 << 29), high=1 << 29))
        case(f"sub-int32-{name}", lambda g, s=shapes: plain(
            g, "sub", s, low=-(1 << 29), high=1 << 29))
        case(f"mul-int32-{name}", lambda g, s=shapes: plain(
            g, "mul", s, low=-(1 << 15), high=1 << 15))
        case(f"min-int32-{name}", lambda g, s=shapes: plain(g, "minimum", s))
        case(f"shift-right-{name}", lambda g, s=shapes: shifted(g, "shift_right", s))
        case(f"shift-left-{name}", lambda g, s=shapes: shifted(g, "shift_left", s))
    case("add-int16-left-a", lambda g: added(g, same_shape, dtype="int16", left="a"))
    case("add-int16-single", lambda g: added(
        g, same_shape, dtype="int16", rounding="single"))
    case("add-int16-saturated", lambda g: added(
        g, same_shape, dtype="int16", scales=(0.9, 0.8, 0.3)))
    case("add-general-int16", lambda g: general_add(g, same_shape, "int16"))
    case("sub-general", lambda g: general_add(g, same_shape, minus=True))
    case("add-general-double", lambda g: general_add(g, same_shape, rounding="double"))
    case("mul-double", lambda g: multiplied(g, same_shape, rounding="double"))
    case("mul-to-int16", lambda g: multiplied(g, same_shape, out="int16"))
    case("mul-int16-to-int8", lambda g: multiplied(
        g, same_shape, dtype="int16", out="int8"))
    case("mul-int32-shift", mul_int32_shift)
    case("min-max-int8", lambda g: through_int32(g, "minimum", "maximum"))
    for name in ("abs", "clz"):
        case(f"{name}-int32", lambda g, n=name: g.output(getattr(g, n)(
            g.input([1, 5, 6, 7], "int32", low=-(1 << 30)))))
    case("abs-int8", lambda g: unary(g, "abs", "int8"))
    case("abs-int16", lambda g: unary(g, "abs", "int16"))
    for dtype in ("int8", "int16", "int32"):
        case(f"negate-{dtype}", lambda g, d=dtype: g.output(g.negate(
            g.input([1, 5, 6, 7], d, low=-100, high=100))))
    case("negate-zp", lambda g: g.output(g.negate(g.input([1, 5, 6, 7]), -3, 8)))


def same_twice(g):
    x = g.input([1, 5, 6, 7])
    g.output(g.fused_add(x, x, 0.6, 0.6, 1.2))


def add_constant(g):
    x = g.input([1, 5, 6, 7])
    g.output(g.fused_add(x, g.weights([1, 1, 1, 7]), 0.6, 0.5, 0.9, zps=(1, 0, 2)))


def shifted(g, method, shapes):
    a = g.input(shapes[0], "int32", low=-(1 << 20), high=1 << 20)
    b = g.input(shapes[1], "int32", low=1, high=9)
    g.output(getattr(g, method)(a, b))


def mul_int32_shift(g):
    a = g.input([1, 5, 6, 7], "int32", low=-(1 << 28), high=1 << 28)
    b = g.input([1, 5, 6, 7], "int32", low=-(1 << 20), high=1 << 20)
    g.output(g.mul(a, b, shift=24))


def through_int32(g, *methods):
    """int8 to int32, two operators, and back."""
    value = g.rescale(g.input([1, 5, 6, 7]), "int32", 1 << 30, 30, 4)
    for method in methods:
        other = g.rescale(g.input([1, 5, 6, 7]), "int32", 1 << 30, 30, -3)
        value = getattr(g, method)(value, other)
    g.output(g.rescale(value, "int8", 1 << 30, 30, 0, 1))


def unary(g, method, dtype):
    x = g.rescale(g.input([1, 5, 6, 7], dtype), "int32", 1 << 30, 30,
                  6 if dtype == "int8" else 0)
    g.output(g.requant(getattr(g, method)(x), dtype, rounding="single"))


# -- rescale, clamp, table, cast


def rescaled(g, source, target, real, zps=(0, 0), rounding="single", shape=(1, 5, 6, 7),
             **ranges):
    x = g.input(list(shape), source, **ranges)
    g.output(g.rescale(x, target, *scale_of(real), *zps, rounding=rounding))


def int8_table(g, function, scale=1 / 32):
    """256 entries of function(x * scale), int8 with a scale of 1/127."""
    x = np.arange(-128, 128) * scale
    y = function(x)
    return np.clip(np.round(y / np.max(np.abs(y)) * 127), -128, 127)


def int16_table(function, limit=4.0):
    """513 entries of function over -limit..limit, to full int16 range."""
    y = function(np.arange(-256, 257) / 256 * limit)
    return np.clip(np.round(y / np.max(np.abs(y)) * 32767), -32768, 32767)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def scalings():
    for source, target, real in [
            ("int8", "int8", 0.7), ("int8", "int8", 1.0), ("int8", "int8", 1.9),
            ("int8", "int16", 200.3), ("int16", "int8", 0.004), ("int16", "int16", 0.77),
            ("int8", "int32", 12345.6), ("int16", "int32", 777.7),
            ("int32", "int8", 1e-7), ("int32", "int16", 1e-5), ("int32", "int32", 0.3)]:
        for rounding in ("single", "double"):
            zps = (3 if source == "int8" else 0, -5 if target == "int8" else 0)
            ranges = {"low": -(1 << 30), "high": 1 << 30} if source == "int32" else {}
            case(f"rescale-{source}-{target}-{real:g}-{rounding}",
                 lambda g, a=(source, target, real, zps, rounding), r=ranges:
                 rescaled(g, *a, **r))
    for zps in [(-128, 0), (127, 127), (-128, -128), (0, 127)]:
        case(f"rescale-zp{zps[0]:+}{zps[1]:+}", lambda g, z=zps: rescaled(
            g, "int8", "int8", 0.4, z))
    case("rescale-per-channel", lambda g: g.output(g.requant(
        g.input([1, 5, 6, 19]), per_channel=True)))
    case("rescale-per-channel-int32", lambda g: g.output(g.requant(
        g.input([1, 5, 6, 19], "int32", low=-9999, high=9999), per_channel=True)))
    case("rescale-scale16", lambda g: g.output(g.rescale(
        g.input([1, 5, 6, 7], "int32", low=-30000, high=30000), "int8", 17000, 22,
        scale32=False)))
    for dtype in ("int8", "int16"):
        top = 127 if dtype == "int8" else 32767
        case(f"clamp-{dtype}", lambda g, d=dtype, t=top: g.output(g.clamp(
            g.input([1, 5, 6, 7], d), -t // 3, t // 2)))
    case("clamp-conv-relu", lambda g: clamped_conv(g, -128, 127, zp_out=-128))
    case("clamp-conv-relu6", lambda g: clamped_conv(g, -10, 88, zp_out=-10))
    case("clamp-narrow", lambda g: clamped_conv(g, 3, 7))
    case("clamp-conv-int16", lambda g: clamped_conv(g, 0, 12000, "int16"))
    case("clamp-add", lambda g: g.output(g.clamp(g.fused_add(
        g.input([1, 5, 6, 7]), g.input([1, 5, 6, 7]), 0.5, 0.6, 0.7), -20, 90)))
    case("clamp-depthwise", lambda g: g.output(g.clamp(depthwise_block(
        g, g.input([1, 7, 6, 8]), 3), -30, 127)))
    case("clamp-pool", lambda g: g.output(g.clamp(g.max_pool(
        g.input([1, 7, 6, 8]), (2, 2)), -30, 100)))
    for source, target in [("int8", "int16"), ("int8", "int32"), ("int16", "int32")]:
        case(f"cast-{source}-{target}", lambda g, s=source, t=target: g.output(
            g.cast(g.input([1, 5, 6, 7], s), t)))
    case("identity-int8", lambda g: g.output(g.identity(g.input([1, 5, 6, 7]))))


def clamped_conv(g, low, high, dtype="int8", **scaling):
    x = g.input([1, 6, 7, 8], dtype)
    g.output(g.clamp(conv_block(g, x, 9, 3, **scaling), low, high))


def tables():
    for name, function in [("sigmoid", sigmoid), ("tanh", np.tanh),
                           ("exp", lambda x: np.exp(x / 2)), ("square", np.square),
                           ("hardswish", lambda x: x * np.clip(x + 3, 0, 6))]:
        case(f"table-{name}", lambda g, f=function: g.output(g.table(
            g.input([1, 5, 6, 7]), int8_table(g, f))))
        case(f"table-int16-{name}", lambda g, f=function: g.output(g.requant(g.table(
            g.input([1, 5, 6, 7], "int16"), int16_table(f)), "int16")))
    case("table-random", lambda g: g.output(g.table(
        g.input([1, 8, 8, 8]), g.rng.integers(-128, 128, [256]))))
    case("table-int16-to-int32", lambda g: g.output(g.table(
        g.input([1, 8, 8, 8], "int16"), int16_table(np.tanh))))
    case("table-int16-to-int8", lambda g: g.output(g.requant(g.table(
        g.input([1, 8, 8, 8], "int16"), int16_table(np.tanh)), "int8")))
    case("table-int16-random-steps", lambda g: g.output(g.requant(g.table(
        g.input([1, 8, 8, 8], "int16"), random_walk(g)), "int16")))
    case("table-after-conv", lambda g: g.output(g.table(conv_block(
        g, g.input([1, 7, 7, 8]), 9, 3, zp_out=4), int8_table(g, sigmoid))))
    case("table-after-add", lambda g: g.output(g.table(g.fused_add(
        g.input([1, 7, 7, 8]), g.input([1, 7, 7, 8]), 0.5, 0.4, 0.7),
        int8_table(g, np.tanh))))
    case("table-three-in-a-row", three_tables)
    case("table-ten-different", many_tables)


def random_walk(g):
    return np.clip(np.cumsum(g.rng.integers(-3000, 3001, [513])), -32768, 32767)


def three_tables(g):
    x = g.input([1, 6, 6, 9])
    for function in (np.tanh, np.sin, sigmoid):
        x = g.table(x, int8_table(g, function, 1 / 40))
    g.output(x)


def many_tables(g):
    """More tables than the memory for them has slots."""
    x = g.input([1, 6, 6, 9])
    for _ in range(10):
        y = g.table(x, g.rng.permutation(np.arange(-128, 128)))
        x = g.fused_add(x, y, 0.5, 0.5, 0.9)
    g.output(x)


# -- reductions


def reductions():
    shape = [1, 5, 6, 7]
    for axis in (1, 2, 3):
        case(f"reduce-sum-axis-{axis}", lambda g, a=axis: g.output(g.reduce_sum(
            g.input(shape, "int32", low=-9999, high=9999), a)))
        case(f"reduce-sum-int8-axis-{axis}", lambda g, a=axis: g.output(g.requant(
            g.reduce_sum(g.rescale(g.input(shape), "int32", 1 << 30, 30, 3), a),
            zp_out=4, rounding="single")))
        for word in ("max", "min"):
            for dtype in ("int8", "int16"):
                case(f"reduce-{word}-{dtype}-axis-{axis}",
                     lambda g, a=axis, w=word, d=dtype: g.output(
                         getattr(g, f"reduce_{w}")(g.input(shape, d), a)))
    case("reduce-sum-depth-200", lambda g: g.output(g.reduce_sum(
        g.input([1, 4, 4, 200], "int32", low=-9999, high=9999), 3)))
    case("reduce-sum-rank-3", lambda g: g.output(g.reduce_sum(
        g.input([6, 7, 9], "int32", low=-9999, high=9999), 1)))
    case("argmax-channels", lambda g: g.output(g.argmax(g.input([1, 5, 6, 10]), 3)))
    case("argmax-channels-127", lambda g: g.output(g.argmax(
        g.input([1, 3, 4, 127]), 3)))
    case("argmax-rank-2", lambda g: g.output(g.argmax(g.input([6, 20]), 1)))


def add_cases():
    pools()
    elementwise()
    scalings()
    tables()
    reductions()
