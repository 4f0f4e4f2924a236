# SPDX-License-Identifier: Apache-2.0
"""Cases: seeded random graphs of two to seven operators, int8 or int16.

They meet what nobody thought of: a pool's output read through a slice, a concatenation
whose part is also an output. What Vela 5.2.0 is known to get wrong (graphs_vela.py) is
kept out: `solid` puts a convolution between.
"""

import numpy as np

from .graphs_base import case, same_pads
from .graphs_conv import conv_block, depthwise_block

LARGEST = 40000  # elements of a value; keeps a case to some milliseconds


def exact(x, kernel, stride):
    """TOSA's demand that no row or column is left over, with same_pads()."""
    pads = same_pads(x.shape[1], x.shape[2], kernel, stride)
    rests = [(x.shape[1] + pads[0] + pads[1] - kernel[0]) % stride[0],
             (x.shape[2] + pads[2] + pads[3] - kernel[1]) % stride[1]]
    return rests == [0, 0]


def pick_window(g, x, largest):
    kernel = tuple(int(n) for n in g.rng.integers(1, largest + 1, 2))
    stride = tuple(int(n) for n in g.rng.integers(1, 4, 2))
    return kernel, stride if exact(x, kernel, stride) else (1, 1)


def zero_point(g, x):
    return int(g.rng.integers(-128, 128)) if x.dtype == "int8" else 0


def any_rounding(g):
    return str(g.rng.choice(["single", "double"]))


def solid(g, x):
    return conv_block(g, x, int(g.rng.integers(1, 20)), 1, zp=zero_point(g, x))


def convolution(g, x, values):
    kernel, stride = pick_window(g, x, 5)
    return conv_block(g, x, int(g.rng.integers(1, 40)), kernel, stride,
                      zp=zero_point(g, x), zp_out=zero_point(g, x) // 3,
                      rounding=any_rounding(g) if x.dtype == "int8" else "single",
                      per_channel=bool(g.rng.integers(2)))


def dilated(g, x, values):
    return conv_block(g, solid(g, x), int(g.rng.integers(1, 20)), 3,
                      dilation=tuple(int(n) for n in g.rng.integers(1, 4, 2)),
                      zp=zero_point(g, x))


def depthwise(g, x, values):
    kernel, stride = pick_window(g, x, 4)
    return depthwise_block(g, x, kernel, stride, zp=zero_point(g, x),
                           per_channel=bool(g.rng.integers(2)))


def transposed(g, x, values):
    if x.dtype != "int8":
        return convolution(g, x, values)
    x = solid(g, x)
    kernel = [int(n) for n in g.rng.integers(2, 5, 2)]
    weights = g.weights([int(g.rng.integers(1, 16)), *kernel, x.shape[3]])
    sums = g.transpose_conv2d(x, weights, stride=(2, 2), zp=zero_point(g, x))
    return solid(g, g.requant(sums, rounding=any_rounding(g)))


def pool(g, x, values):
    kernel, stride = pick_window(g, x, 4)
    pads = same_pads(x.shape[1], x.shape[2], kernel, stride)
    if g.rng.integers(2):
        return g.max_pool(x, kernel, stride, pads)
    zp = zero_point(g, x)
    return g.avg_pool(x, kernel, stride, pads, zp, zp)


def partner(g, x, values):
    """Another value of x's shape or one that broadcasts to it; else x's convolution."""
    fits = [v for v in values if v is not x and v.dtype == x.dtype
            and all(n in (m, 1) for n, m in zip(v.shape, x.shape))]
    if fits:
        return fits[int(g.rng.integers(len(fits)))]
    return conv_block(g, x, x.shape[3], 1, zp=zero_point(g, x))


def add(g, x, values):
    scales = [float(s) for s in g.rng.uniform(0.1, 1.0, 2)]
    zps = tuple(zero_point(g, x) // 2 for _ in range(3))
    return g.fused_add(x, partner(g, x, values), *scales, sum(scales), dtype=x.dtype,
                       zps=zps, minus=bool(g.rng.integers(2)),
                       rounding=any_rounding(g))


def multiply(g, x, values):
    y = partner(g, x, values)
    a, b = (g.rescale(v, "int32", 1 << 30, 30, zero_point(g, x)) for v in (x, y))
    return g.requant(g.mul(a, b), x.dtype, rounding=any_rounding(g))


def join(g, x, values):
    fits = [v for v in values if v.dtype == x.dtype and v.shape[:3] == x.shape[:3]]
    parts = [solid(g, v) for v in ([x] + fits)[:3]]
    return g.concat(parts, 3) if len(parts) > 1 else parts[0]


def cut(g, x, values):
    start = [0] + [int(g.rng.integers(0, (n + 1) // 2)) for n in x.shape[1:]]
    size = [1] + [int(g.rng.integers((n - s + 1) // 2, n - s + 1)) or 1
                  for n, s in zip(x.shape[1:], start[1:])]
    return g.slice(x, start, size)


def border(g, x, values):
    before, after = ([0] + [int(n) for n in g.rng.integers(0, 3, 3)] for _ in "ab")
    return g.pad(x, before, after, int(g.rng.integers(-100, 100)))


def turn(g, x, values):
    orders = [(0, 2, 1, 3), (0, 1, 3, 2), (0, 3, 1, 2), (0, 2, 3, 1)]
    return g.transpose(x, orders[int(g.rng.integers(len(orders)))])


def mirror(g, x, values):
    return g.reverse(x, int(g.rng.integers(1, 3)))


def repeat(g, x, values):
    return g.tile(x, [1] + [int(n) for n in g.rng.integers(1, 3, 3)])


def enlarge(g, x, values):
    if 1 in x.shape[1:3]:
        return x
    return g.resize(x, [4, 2, 4, 2], [-1, -1], [1, 1])


def look_up(g, x, values):
    if x.dtype == "int16":
        steps = g.rng.integers(-3000, 3001, [513])
        entries = np.clip(np.cumsum(steps), -32768, 32767)
        return solid(g, g.requant(g.table(x, entries), "int16"))
    return g.table(x, g.rng.integers(-128, 128, [256]))


def limit(g, x, values):
    half = 100 if x.dtype == "int8" else 20000
    low, high = sorted(int(n) for n in g.rng.integers(-half, half, 2))
    return g.clamp(x, low, high + half // 4)


def scale(g, x, values):
    return g.requant(x, x.dtype, zp_in=zero_point(g, x), rounding=any_rounding(g))


def largest(g, x, values):
    return solid(g, g.reduce_max(solid(g, x), int(g.rng.integers(1, 4))))


STEPS = [convolution, convolution, convolution, dilated, depthwise, depthwise, transposed,
         pool, pool, add, add, multiply, join, join, cut, border, turn, mirror, repeat,
         enlarge, look_up, limit, scale, largest]


def random_graph(g):
    dtype = "int16" if g.rng.random() < 0.25 else "int8"
    size = [1] + [int(n) for n in g.rng.integers(1, 20, 3)]
    values, ends = [g.input(size, dtype)], []
    for _ in range(int(g.rng.integers(2, 8))):
        recent = max(len(values) - 3, 0)
        x = values[int(g.rng.integers(recent, len(values)))]
        step = STEPS[int(g.rng.integers(len(STEPS)))]
        y = step(g, x, values)
        if y.data.size <= LARGEST and y is not x:
            values.append(y)
            ends += [y] if step is not turn else []
    if len(np.unique(values[-1].data)) <= 20:
        values.append(depthwise(g, convolution(g, values[0], values), values))
    g.output(values[-1])
    if len(ends) > 1 and ends[0] is not values[-1] and g.rng.random() < 0.3:
        g.output(ends[0])


def add_cases():
    for index in range(150):
        case(f"random-{index:03}", random_graph)
