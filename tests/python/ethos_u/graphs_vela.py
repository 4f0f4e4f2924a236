# SPDX-License-Identifier: Apache-2.0
"""What Vela 5.2.0 refuses and what it compiles wrongly. Tests hold it to both, so a
better Vela is noticed; then the graph moves to the cases.

WRONG was found by the simulator giving other bytes than the reference model. Each
comment says what the stream does, read from its registers: these are no rules of the
NPU that the simulator lacks.
"""

import numpy as np

from .builder import scale_of
from .graphs_conv import conv_block, depthwise_block, matmul, transposed
from .graphs_layout import bilinear, corners, half_pixel
from .graphs_ops import int16_table


def base(g):
    return conv_block(g, g.input([1, 8, 8, 8]), 8, 1)


def concat_after(make):
    """A concatenation whose second part is what `make` gives."""
    def build(g):
        part = make(g)
        g.output(g.concat([g.input([*part.shape[:3], 8]), part], 3))
    return build


def pad_after(make):
    def build(g):
        part = make(g)
        g.output(g.pad(part, [0, 2, 1, 0], [0, 1, 1, 0], 9))
    return build


def slice_before(make):
    def build(g):
        part = g.slice(g.input([1, 9, 12, 8]), [0, 0, 3, 0], [1, 9, 8, 8])
        g.output(make(g, part))
    return build


def from_int32(g):
    return g.requant(g.input([1, 8, 8, 8], "int32", low=-9999, high=9999))


def from_transposed(g, x=None):
    sums = g.transpose_conv2d(x or base(g), g.weights([8, 3, 3, 8]), stride=(2, 2))
    return g.requant(sums)


def from_int16_table(g):
    x = g.table(g.input([1, 8, 8, 8], "int16"), int16_table(np.sin))
    return g.requant(x, "int8")


def from_maximum(g, x=None):
    return g.reduce_max(x or base(g), 3)


def two_transposes(g):
    x = g.transpose(g.input([1, 2, 5, 6]), (0, 2, 1, 3))
    g.output(g.transpose(x, (0, 1, 3, 2)))
    g.output(x)


def transpose_table(g):
    x = g.transpose(g.input([1, 12, 6, 4]), (0, 1, 3, 2))
    g.output(g.table(x, g.rng.integers(-128, 128, [256])))


def add_of_whole_scales(g):
    x = g.rescale(g.input([1, 8, 8, 8]), "int32", *scale_of(700.0), 3)
    y = g.rescale(g.input([1, 8, 8, 8]), "int32", *scale_of(431.0), 3)
    g.output(g.requant(g.add(x, y), rounding="single"))


WRONG = {
    # Written to the start of the concatenation or the padded map: the offset of the
    # part is lost. All of these end in an operation that Vela makes of a RESCALE from
    # int32 or of a reduction.
    "wrong-concat-int32": concat_after(from_int32),
    "wrong-concat-transposed": concat_after(from_transposed),
    "wrong-concat-int16-table": concat_after(from_int16_table),
    "wrong-concat-reduce-max": concat_after(from_maximum),
    "wrong-pad-transposed": pad_after(from_transposed),
    "wrong-pad-reduce-max": pad_after(from_maximum),
    # The same for a slice that is read: by a reduction, by a transposed convolution
    # (whose padding is lost as well), by a dilation above 2, which is done in steps
    # that each read every third pixel.
    "wrong-slice-reduce-max": slice_before(from_maximum),
    "wrong-slice-transposed": slice_before(from_transposed),
    "wrong-slice-dilated": slice_before(
        lambda g, x: conv_block(g, x, 12, 3, dilation=3)),
    "wrong-slice-dilated-depthwise": slice_before(
        lambda g, x: depthwise_block(g, x, 3, dilation=3)),
    # Both scales are whole numbers, 700 and 431. The stream asks for the mode in which
    # one operand is scaled and the other shifted by 19 bits, and writes 700 where that
    # mode takes no number.
    "wrong-add-whole-scales": add_of_whole_scales,
}
# Wrong on U55-32 only: the table is loaded behind the end of the NPU's memory, whose
# banks for tables aren't counted in. The simulator refuses it.
WRONG_SMALLEST = {
    "wrong-transpose-table": transpose_table,
}
# Compiled to a payload that has another number of inputs or outputs.
LOST = {
    "lost-output-two-transposes": two_transposes,
}

REFUSED = {
    "refused-transposed-int16": lambda g: transposed(
        g, (5, 5, 8), 8, (3, 3), (2, 2), (0, -1, 0, -1), "int16"),
    "refused-matmul-int16": lambda g: matmul(g, 1, 5, 6, 7, dtype="int16"),
    "refused-reverse-channels": lambda g: g.output(
        g.reverse(g.input([1, 5, 6, 7]), 3)),
    # With the scale 1 >> n that Vela's list of operators asks for.
    "refused-resize-bilinear-corners": lambda g: bilinear(
        g, corners(g, g.input([1, 4, 5, 7]), 2, "bilinear"), 4),
    "refused-resize-bilinear-half-pixel": lambda g: bilinear(
        g, half_pixel(g, g.input([1, 4, 5, 7]), 2, "bilinear"), 16),
}
