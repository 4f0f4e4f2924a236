# SPDX-License-Identifier: Apache-2.0
"""Cases: operators that move data, and graphs of several operators."""

import numpy as np

from .graphs_base import case
from .graphs_conv import conv_block, depthwise_block
from .graphs_ops import int16_table, int8_table, sigmoid


def layouts():
    for axis, sizes in [(1, (2, 3)), (2, (1, 4)), (3, (3, 5)), (3, (16, 16)),
                        (3, (1, 2, 3, 4, 5)), (3, (17, 31))]:
        label = "-".join(map(str, sizes))
        for dtype in ("int8", "int16"):
            case(f"concat-{dtype}-axis-{axis}-{label}",
                 lambda g, a=axis, s=sizes, d=dtype: concatenated(g, a, s, d))
    case("concat-int32", lambda g: concatenated(g, 3, (4, 5), "int32"))
    case("concat-rank-2", lambda g: g.output(g.concat(
        [g.input([4, 5]), g.input([4, 6])], 1)))
    case("concat-of-convs", concat_of_convs)
    rows = {"rows": ([0, 2, 0, 0], [1, 3, 6, 20]),
            "columns": ([0, 0, 1, 0], [1, 5, 4, 20]),
            "channels": ([0, 0, 0, 5], [1, 5, 6, 9]), "all": ([0, 1, 2, 3], [1, 3, 3, 11]),
            "aligned": ([0, 0, 0, 16], [1, 5, 6, 4])}
    for name, (start, size) in rows.items():
        case(f"slice-{name}", lambda g, a=start, b=size: g.output(g.slice(
            g.input([1, 5, 6, 20]), a, b)))
    case("slice-int16", lambda g: g.output(g.slice(
        g.input([1, 5, 6, 20], "int16"), [0, 1, 2, 3], [1, 3, 3, 11])))
    case("slice-conv-slice", sliced_conv)
    case("pad-spatial", lambda g: g.output(g.pad(
        g.input([1, 5, 6, 7]), [0, 1, 2, 0], [0, 3, 1, 0], -7)))
    case("pad-channels", lambda g: g.output(g.pad(
        g.input([1, 5, 6, 7]), [0, 0, 0, 2], [0, 0, 0, 3], 9)))
    case("pad-all-int16", lambda g: g.output(g.pad(
        g.input([1, 5, 6, 7], "int16"), [0, 1, 1, 1], [0, 2, 2, 2], 777)))
    case("pad-then-conv", lambda g: g.output(conv_block(
        g, g.pad(g.input([1, 8, 8, 4]), [0, 0, 0, 0], [0, 1, 1, 0], -3), 8, 3,
        stride=2, pad=(0, 0, 0, 0), zp=-3)))
    for order in [(0, 2, 1, 3), (0, 1, 3, 2), (0, 3, 1, 2), (0, 2, 3, 1), (0, 3, 2, 1)]:
        label = "".join(map(str, order))
        for dtype in ("int8", "int16"):
            case(f"transpose-{label}-{dtype}", lambda g, o=order, d=dtype: g.output(
                g.transpose(g.input([1, 5, 6, 7], d), o)))
    for order in [(1, 0), (1, 0, 2), (0, 2, 1), (2, 1, 0), (2, 0, 1)]:
        label = "".join(map(str, order))
        case(f"transpose-{label}", lambda g, o=order: g.output(
            g.transpose(g.input([9, 6, 7][:len(o)]), o)))
    case("transpose-0213-int32", lambda g: g.output(g.transpose(
        g.input([1, 5, 6, 7], "int32"), (0, 2, 1, 3))))
    case("transpose-nchw-conv", nchw_conv)
    case("reshape-flatten", lambda g: g.output(g.reshape(
        g.input([1, 5, 6, 7]), [1, 210])))
    case("reshape-conv-linear", conv_linear)
    for axis in (1, 2):
        for dtype in ("int8", "int16"):
            case(f"reverse-{dtype}-axis-{axis}", lambda g, a=axis, d=dtype: g.output(
                g.reverse(g.input([1, 5, 6, 7], d), a)))
    for times in [(1, 2, 1, 1), (1, 1, 3, 1), (1, 1, 1, 2), (1, 2, 2, 3)]:
        label = "x".join(map(str, times))
        case(f"tile-{label}", lambda g, t=times: g.output(g.tile(
            g.input([1, 3, 4, 5]), t)))
    case("tile-int16", lambda g: g.output(g.tile(
        g.input([1, 3, 4, 5], "int16"), (1, 2, 2, 1))))


def concatenated(g, axis, sizes, dtype):
    parts = []
    for size in sizes:
        shape = [1, 4, 5, 6]
        shape[axis] = size
        parts.append(g.input(shape, dtype))
    g.output(g.concat(parts, axis))


def concat_of_convs(g):
    x = g.input([1, 8, 8, 8])
    parts = [conv_block(g, x, out, k, zp=2) for out, k in ((8, 1), (12, 3), (5, 5))]
    parts.append(g.max_pool(x, (3, 3), (1, 1), (1, 1, 1, 1)))
    g.output(g.concat(parts, 3))


def sliced_conv(g):
    x = conv_block(g, g.input([1, 8, 8, 8]), 32, 3)
    part = g.slice(x, [0, 1, 2, 16], [1, 6, 5, 16])
    g.output(g.slice(conv_block(g, part, 16, 3), [0, 0, 0, 3], [1, 6, 5, 10]))


def nchw_conv(g):
    """What a network in PyTorch's layout becomes: transposes around it."""
    x = g.transpose(g.input([1, 3, 12, 10]), (0, 2, 3, 1))
    g.output(g.transpose(conv_block(g, x, 9, 3, zp=-6), (0, 3, 1, 2)))


def conv_linear(g):
    x = conv_block(g, g.input([1, 6, 6, 4]), 10, 3)
    flat = g.reshape(x, [1, 1, 1, 360])
    g.output(g.reshape(conv_block(g, flat, 20, 1, per_channel=True), [1, 20]))


def resizes():
    for times in (2, 4, 8):
        case(f"resize-nearest-{times}x", lambda g, t=times: g.output(half_pixel(
            g, g.input([1, 4, 5, 7]), t)))
        case(f"resize-nearest-corners-{times}x", lambda g, t=times: g.output(corners(
            g, g.input([1, 4, 5, 7]), t)))
    case("resize-nearest-2x-int16", lambda g: g.output(half_pixel(
        g, g.input([1, 4, 5, 7], "int16"), 2)))
    case("resize-nearest-conv", lambda g: g.output(conv_block(g, half_pixel(
        g, conv_block(g, g.input([1, 5, 4, 8]), 8, 3), 2), 8, 3)))
    case("resize-nearest-3-rows", lambda g: g.output(half_pixel(
        g, g.input([1, 3, 17, 33]), 2)))


def half_pixel(g, x, times, mode="nearest"):
    """Pixel centers at one half: nearest repeats every pixel `times` times."""
    return g.resize(x, [2 * times, 2] * 2, [1 - times] * 2, [times - 1] * 2, mode)


def corners(g, x, times, mode="nearest"):
    """First and last pixels stay: (n - 1) * times + 1 rows."""
    return g.resize(x, [times, 1] * 2, [0, 0], [0, 0], mode)


def bilinear(g, x, unit):
    g.output(g.rescale(x, "int8", 1, int(np.log2(unit)), scale32=False))


# -- several operators: fused, tiled, in rolling buffers, with more than one end


def conv_chain(g, size, widths, kernel=3, dtype="int8"):
    x = g.input([1, *size], dtype)
    for width in widths:
        x = conv_block(g, x, width, kernel, zp_out=2 if dtype == "int8" else 0,
                       zp=2 if dtype == "int8" else 0)
    g.output(x)


def residual(g, size, kernel=3, relu=True):
    x = g.input([1, *size])
    y = conv_block(g, x, size[2], kernel, zp=-3, zp_out=-128 if relu else 5,
                   per_channel=True)
    y = conv_block(g, y, size[2], kernel, zp=-128 if relu else 5, zp_out=7,
                   per_channel=True)
    g.output(g.clamp(g.fused_add(x, y, 0.4, 0.5, 0.7, zps=(-3, 7, -20)), -20, 127))


def inverted_residual(g, size, times=6, stride=1):
    x = g.input([1, *size])
    y = conv_block(g, x, size[2] * times, 1, zp=1, zp_out=-128, spread=0.3)
    y = depthwise_block(g, y, 3, stride, zp=-128, zp_out=-128, spread=0.3,
                        per_channel=True)
    y = conv_block(g, y, size[2], 1, zp=-128, zp_out=-4)
    g.output(g.fused_add(x, y, 0.5, 0.4, 0.8, zps=(1, -4, 3)) if stride == 1 else y)


def squeeze_excite(g):
    x = conv_block(g, g.input([1, 8, 8, 16]), 24, 3, zp_out=-20)
    y = g.avg_pool(x, (8, 8), zp_in=-20, zp_out=-20)
    y = conv_block(g, y, 6, 1, zp=-20, zp_out=-128, spread=0.4)
    y = g.table(conv_block(g, y, 24, 1, zp=-128), int8_table(g, sigmoid))
    product = g.mul(g.rescale(x, "int32", 1 << 30, 30, -20),
                    g.rescale(y, "int32", 1 << 30, 30))
    g.output(g.requant(product, zp_out=-20))


def softmax(g, rows, classes):
    """exp(x - max) / sum, by tables: int8 in, int8 out."""
    x = g.input([1, rows, 1, classes])
    top = g.reduce_max(x, 3)
    less = g.fused_add(x, top, 1.0, 1.0, 2.0, minus=True, zps=(0, 0, 127))
    powers = g.table(less, int8_table(g, lambda v: np.exp(v - 8), 1 / 16))
    total = g.reduce_sum(g.rescale(powers, "int32", 1 << 30, 30), 3)
    half = g.requant(total, "int8", spread=0.2, rounding="single")
    one = g.table(half, int8_table(g, lambda v: 1 / (v + 9), 1 / 16))
    product = g.mul(g.rescale(powers, "int32", 1 << 30, 30),
                    g.rescale(one, "int32", 1 << 30, 30))
    g.output(g.requant(product, zp_out=-30, rounding="single"))


def gated_cell(g):
    """A step of a gated recurrent cell in int16: linears, tables, products."""
    x, state = g.input([1, 1, 1, 24], "int16"), g.input([1, 1, 1, 32], "int16")
    joined = g.concat([x, state], 3)
    gate = conv_block(g, joined, 32, 1, per_channel=True)
    gate = g.requant(g.table(gate, int16_table(sigmoid)), "int16")
    fresh = conv_block(g, joined, 32, 1)
    fresh = g.requant(g.table(fresh, int16_table(np.tanh)), "int16")
    product = g.mul(g.rescale(gate, "int32", 1 << 30, 30),
                    g.rescale(fresh, "int32", 1 << 30, 30))
    kept = g.requant(product, "int16", rounding="single")
    g.output(g.fused_add(kept, state, 0.5, 0.7, 0.9, dtype="int16"))
    g.output(gate)


def attention(g, length, depth):
    """softmax left out: two matrix products with a table between them."""
    q, k, v = (g.input([1, length, depth]) for _ in range(3))
    scores = g.requant(g.matmul(q, g.transpose(k, (0, 2, 1)), 1, 2))
    weights = g.table(scores, int8_table(g, sigmoid))
    g.output(g.requant(g.matmul(weights, v, 0, 3)))


def u_net(g):
    x = g.input([1, 16, 16, 4])
    left = conv_block(g, x, 8, 3, zp_out=-9)
    down = conv_block(g, g.max_pool(left, (2, 2), (2, 2)), 16, 3, zp=-9)
    sums = g.transpose_conv2d(down, g.weights([8, 2, 2, 16]), stride=(2, 2))
    joined = g.concat([g.requant(sums), left], 3)  # the other order: wrong_in_vela()
    g.output(conv_block(g, joined, 5, 3, zp=1))


def several_ends(g):
    a, b = g.input([1, 6, 6, 8]), g.input([1, 6, 6, 8])
    total = g.fused_add(a, b, 0.5, 0.6, 0.8, zps=(1, 2, 3))
    g.output(conv_block(g, total, 8, 3, zp=3))
    g.output(total)
    g.output(g.max_pool(b, (2, 2), (2, 2)))


def three_inputs(g):
    a, b, c = g.input([1, 5, 5, 6]), g.input([1, 5, 5, 6], "int16"), g.input([1, 1, 1, 6])
    g.output(g.requant(b, "int8"))
    g.output(g.fused_add(a, c, 0.5, 0.4, 0.7))


def one_reader_later(g):
    """A value that is needed again after the memory was reused in between."""
    x = conv_block(g, g.input([1, 10, 10, 8]), 16, 3)
    y = x
    for _ in range(3):
        y = conv_block(g, y, 16, 3)
    g.output(g.concat([x, g.fused_add(x, y, 0.5, 0.4, 0.8)], 3))


def separable(g, size, n):
    x = g.input([1, *size])
    for _ in range(n):
        x = depthwise_block(g, x, 3, zp=-5, zp_out=-5, per_channel=True)
        x = conv_block(g, x, size[2], 1, zp=-5, zp_out=-5, per_channel=True)
    g.output(x)


def chains():
    case("chain-two-convs", lambda g: conv_chain(g, (9, 9, 8), (16, 8)))
    case("chain-five-convs", lambda g: conv_chain(g, (12, 12, 8), (16, 24, 17, 32, 5)))
    case("chain-1x1", lambda g: conv_chain(g, (6, 6, 40), (64, 33, 64), 1))
    case("chain-int16", lambda g: conv_chain(g, (8, 8, 8), (16, 9, 8), dtype="int16"))
    case("chain-48x48", lambda g: conv_chain(g, (48, 48, 16), (16, 16, 16)))
    case("chain-96x32-5x5", lambda g: conv_chain(g, (96, 32, 8), (16, 8, 16), 5))
    case("chain-80x80-strided", strided_chain)
    case("chain-tall", lambda g: conv_chain(g, (200, 12, 8), (16, 16, 8)))
    case("chain-tall-int16", lambda g: conv_chain(g, (90, 12, 8), (16, 16, 8),
                                                  dtype="int16"))
    case("chain-wide-7x7", lambda g: conv_chain(g, (40, 80, 4), (8, 8), 7))
    case("chain-pools", pool_chain)
    case("chain-transposed", transposed_chain)
    case("chain-separable", lambda g: separable(g, (40, 40, 16), 3))
    case("chain-separable-odd", lambda g: separable(g, (21, 37, 19), 2))
    case("residual-8x8x16", lambda g: residual(g, (8, 8, 16)))
    case("residual-7x9x21", lambda g: residual(g, (7, 9, 21), relu=False))
    case("residual-48x48x16", lambda g: residual(g, (48, 48, 16)))
    case("inverted-residual", lambda g: inverted_residual(g, (10, 10, 12)))
    case("inverted-residual-stride-2", lambda g: inverted_residual(
        g, (16, 16, 8), stride=2))
    case("inverted-residual-32x32", lambda g: inverted_residual(g, (32, 32, 16), 4))
    case("squeeze-excite", squeeze_excite)
    case("softmax-1x10", lambda g: softmax(g, 1, 10))
    case("softmax-9x33", lambda g: softmax(g, 9, 33))
    case("gated-cell", gated_cell)
    case("attention-12x16", lambda g: attention(g, 12, 16))
    case("u-net", u_net)
    case("ends-several", several_ends)
    case("ends-three-inputs", three_inputs)
    case("reader-later", one_reader_later)


def pool_chain(g):
    x = conv_block(g, g.input([1, 72, 40, 4]), 16, 3, zp_out=5)
    x = g.max_pool(x, (3, 3), (1, 1), (1, 1, 1, 1))
    x = conv_block(g, x, 24, 3, zp=5, zp_out=-9)
    x = g.avg_pool(x, (2, 2), (2, 2), zp_in=-9, zp_out=-9)
    g.output(depthwise_block(g, x, 3, zp=-9))


def transposed_chain(g):
    x = conv_block(g, g.input([1, 24, 20, 8]), 16, 3, zp_out=5)
    sums = g.transpose_conv2d(x, g.weights([12, 3, 3, 16]), stride=(2, 2),
                              out_pad=(0, -1, 0, -1), zp=5)
    g.output(conv_block(g, g.requant(sums, zp_out=-5), 8, 3, zp=-5))


def strided_chain(g):
    x = g.input([1, 80, 80, 3])
    x = conv_block(g, x, 8, 3, stride=2, zp=-128, zp_out=-128, spread=0.3)
    x = depthwise_block(g, x, 3, zp=-128, zp_out=-128, spread=0.3)
    x = conv_block(g, x, 16, 1, zp=-128, zp_out=1)
    g.output(depthwise_block(g, x, 5, stride=2, zp=1))


def add_cases():
    layouts()
    resizes()
    chains()
