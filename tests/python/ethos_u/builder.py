# SPDX-License-Identifier: Apache-2.0
"""Builds a TOSA 1.0 graph an operator at a time and knows what each value is.

Every operator is also run, alone, by the TOSA reference model on seeded inputs.
So `Graph.requant` can choose a scale that spreads the result over the output type
instead of saturating it, and a case can say how many distinct values it has. The
expected outputs of a test do not come from these values: reference.py runs the
finished file once more, as a whole.

Shapes and layouts are TOSA's: feature maps [N,H,W,C], weights [O,H,W,I],
depthwise weights [H,W,C,M].
"""

from dataclasses import dataclass

import numpy as np
import tosa_serializer as ts

from . import reference

DTYPES = {
    "int4": (ts.DType.INT4, np.int8),
    "int8": (ts.DType.INT8, np.int8),
    "int16": (ts.DType.INT16, np.int16),
    "int32": (ts.DType.INT32, np.int32),
    "int48": (ts.DType.INT48, np.int64),
    "bool": (ts.DType.BOOL, np.bool_),
}
BITS = {"int4": 4, "int8": 8, "int16": 16, "int32": 32, "int48": 48}
ROUNDING = {
    "single": ts.RoundingMode.SINGLE_ROUND,
    "double": ts.RoundingMode.DOUBLE_ROUND,
}
# A requantized value's standard deviation, as a part of its type's range: six of
# them cover the range, so few values saturate and some do.
SPREAD = 1 / 6
# int48 sums are known to a multiple of 2^12; 43 bits of them fit in int32 then.
ROUGH_BITS = 12
PROPAGATE = ts.NanPropagationMode.PROPAGATE


@dataclass
class Value:
    """A tensor of the graph and what it holds for the seeded inputs."""
    name: str
    dtype: str
    data: np.ndarray
    constant: bool = False
    maker: tuple = None  # int48 only: the operator, to be run with its reader

    @property
    def shape(self):
        return list(self.data.shape)


def limits(dtype):
    """The least and the greatest number of an integer type."""
    half = 1 << (BITS[dtype] - 1)
    return -half, half - 1


def scale_of(real, shift=None, bits=31):
    """(multiplier, shift) with multiplier / 2^shift near `real`.

    shift None: the one that uses all bits of the multiplier (2^30..2^31 for 31).
    TOSA wants 2 <= shift <= 62.
    """
    if shift is None:
        shift = bits - 1 - int(np.floor(np.log2(real)))
        if round(real * 2.0 ** shift) >= 1 << bits:
            shift -= 1
    shift = min(max(shift, 2), 62)
    multiplier = min(max(round(real * 2.0 ** shift), 1), (1 << bits) - 1)
    return int(multiplier), int(shift)


class Graph:
    """One graph; methods named after TOSA's operators add one and give its value."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)
        self.inputs = []
        self.outputs = []
        self._file = _new_file()
        self._count = 0

    # -- what goes in and what comes out

    def input(self, shape, dtype="int8", data=None, low=None, high=None):
        """An input with seeded uniform numbers of its type (or low..high, or data)."""
        if data is None:
            least, most = limits(dtype)
            low = least if low is None else low
            high = most if high is None else high
            data = self.rng.integers(low, high + 1, shape)
        value = Value(f"in{len(self.inputs)}", dtype, _array(data, dtype))
        self._file.addInputTensor(_tensor(value))
        self.inputs.append(value)
        return value

    def output(self, value):
        """Makes `value` the next output of the graph."""
        self._file.currRegion.currBasicBlock.addOutput(value.name)
        self.outputs.append(value)
        return value

    def const(self, data, dtype):
        data = _array(data, dtype)
        made = self._file.addConst(list(data.shape), DTYPES[dtype][0], data)
        return Value(made.name, dtype, data, constant=True)

    def shape(self, numbers):
        """A constant of the shape type: what reshape, pad, slice and tile take."""
        numbers = [int(n) for n in numbers]
        made = self._file.addConst([len(numbers)], ts.DType.SHAPE, numbers)
        return Value(made.name, "shape", np.array(numbers, np.int64),
                     constant=True)

    def serialize(self):
        """The bytes of the .tosa file."""
        return bytes(self._file.serialize())

    def op(self, name, operands, shape, dtype, *attributes):
        """Adds operator `name` (TOSA's, upper case) and runs it alone."""
        out = self._file.addIntermediate(list(shape), DTYPES[dtype][0])
        _add_operator(self._file, name, operands, out.name, attributes)
        if dtype == "int48":
            maker = (name, operands, list(shape), dtype, attributes)
            return Value(out.name, dtype, _rough(maker), maker=maker)
        return Value(out.name, dtype, _run_alone(name, operands, shape, dtype, attributes))

    # -- weights

    def weights(self, shape, low=-127, high=127, dtype="int8"):
        return self.const(self.rng.integers(low, high + 1, shape), dtype)

    def bias(self, n, dtype, size):
        """n numbers, uniform in -size..size."""
        return self.const(self.rng.integers(-size, size + 1, [n]), dtype)

    # -- operators with accumulators; their results go through requant()

    def conv2d(self, x, weight, bias=None, stride=(1, 1), pad=(0, 0, 0, 0),
               dilation=(1, 1), zp=0, weight_zp=0):
        """pad: top, bottom, left, right; zp: of x. int8: int32 sums, int16: int48."""
        n, h, w, _ = x.shape
        o, kh, kw, _ = weight.shape
        shape = [n, _swept(h, kh, pad[:2], stride[0], dilation[0]),
                 _swept(w, kw, pad[2:], stride[1], dilation[1]), o]
        return self._convolution("CONV2D", x, weight, bias, (zp, weight_zp), shape,
                                 list(pad), list(stride), list(dilation))

    def depthwise(self, x, weight, bias=None, stride=(1, 1), pad=(0, 0, 0, 0),
                  dilation=(1, 1), zp=0, weight_zp=0):
        n, h, w, c = x.shape
        kh, kw, _, m = weight.shape
        shape = [n, _swept(h, kh, pad[:2], stride[0], dilation[0]),
                 _swept(w, kw, pad[2:], stride[1], dilation[1]), c * m]
        return self._convolution("DEPTHWISE_CONV2D", x, weight, bias, (zp, weight_zp),
                                 shape, list(pad), list(stride), list(dilation))

    def conv3d(self, x, weight, bias=None, stride=(1, 1, 1), pad=(0,) * 6,
               dilation=(1, 1, 1), zp=0, weight_zp=0):
        """x: [N,D,H,W,C], weight: [O,D,H,W,I]; pad: front, back, top, bottom, ..."""
        sizes = [_swept(x.shape[1 + i], weight.shape[1 + i], pad[2 * i:2 * i + 2],
                        stride[i], dilation[i]) for i in range(3)]
        shape = [x.shape[0], *sizes, weight.shape[0]]
        return self._convolution("CONV3D", x, weight, bias, (zp, weight_zp), shape,
                                 list(pad), list(stride), list(dilation))

    def transpose_conv2d(self, x, weight, bias=None, stride=(1, 1),
                         out_pad=(0, 0, 0, 0), zp=0, weight_zp=0):
        """out_pad: what is added to (below 0: cut off) top, bottom, left, right."""
        n, h, w, _ = x.shape
        o, kh, kw, _ = weight.shape
        shape = [n, (h - 1) * stride[0] + kh + out_pad[0] + out_pad[1],
                 (w - 1) * stride[1] + kw + out_pad[2] + out_pad[3], o]
        return self._convolution("TRANSPOSE_CONV2D", x, weight, bias, (zp, weight_zp),
                                 shape, list(out_pad), list(stride))

    def _convolution(self, name, x, weight, bias, zps, shape, *attributes):
        sums = "int48" if x.dtype == "int16" else "int32"
        if bias is None:
            spread = max(int(np.std(x.data)) * 128, 1)
            bias = self.bias(shape[-1], sums, spread)
        operands = [x, weight, bias, self.const([zps[0]], x.dtype),
                    self.const([zps[1]], weight.dtype)]
        return self.op(name, operands, shape, sums, *attributes, False,
                       DTYPES[sums][0])

    def matmul(self, a, b, zp_a=0, zp_b=0):
        """[N,H,C] x [N,C,W] -> [N,H,W]"""
        sums = "int48" if a.dtype == "int16" else "int32"
        shape = [a.shape[0], a.shape[1], b.shape[2]]
        return self.op("MATMUL", [a, b, self.const([zp_a], a.dtype),
                                  self.const([zp_b], b.dtype)], shape, sums)

    # -- scaling

    def rescale(self, x, dtype, multiplier, shift, zp_in=0, zp_out=0,
                rounding="single", scale32=True):
        """multiplier and shift: one number for all, or one a channel (last axis)."""
        multiplier, shift = np.atleast_1d(multiplier), np.atleast_1d(shift)
        operands = [x, self.const(multiplier, "int32" if scale32 else "int16"),
                    self.const(shift, "int8"), self.const([zp_in], x.dtype),
                    self.const([zp_out], dtype)]
        return self.op("RESCALE", operands, x.shape, dtype, scale32,
                       ROUNDING[rounding], len(multiplier) > 1, False, False)

    def requant(self, x, dtype="int8", zp_out=0, zp_in=0, rounding="single",
                per_channel=False, shift=None, spread=None):
        """Rescales to `dtype` so that the result fills its range.

        shift: instead of the largest multiplier's; one a channel with a list.
        An int48 input takes 15 bit multipliers, as TOSA demands.
        """
        low, high = limits(dtype)
        wide = x.dtype == "int48"
        centred = x.data.astype(np.float64) - zp_in
        real = (spread or SPREAD) * (high - low) / max(float(np.std(centred)), 1.0)
        if spread is None:  # sums of one sign: their mean counts, not their deviation
            most = max(high - zp_out, zp_out - low)
            real = min(real, most / max(float(np.quantile(np.abs(centred), 0.98)), 1.0))
        n = x.shape[-1] if per_channel or isinstance(shift, list) else 1
        reals = real * (self.rng.uniform(0.5, 1.5, n) if n > 1 else np.ones(1))
        shifts = shift if isinstance(shift, list) else [shift] * n
        pairs = [scale_of(r, s, 15 if wide else 31) for r, s in zip(reals, shifts)]
        return self.rescale(x, dtype, [m for m, _ in pairs], [s for _, s in pairs],
                            zp_in, zp_out, rounding, scale32=not wide)

    # -- pools

    def avg_pool(self, x, kernel, stride=(1, 1), pad=(0, 0, 0, 0), zp_in=0, zp_out=0):
        shape = _pooled(x, kernel, stride, pad)
        operands = [x, self.const([zp_in], x.dtype), self.const([zp_out], x.dtype)]
        return self.op("AVG_POOL2D", operands, shape, x.dtype, list(kernel),
                       list(stride), list(pad), ts.DType.INT32)

    def max_pool(self, x, kernel, stride=(1, 1), pad=(0, 0, 0, 0)):
        shape = _pooled(x, kernel, stride, pad)
        return self.op("MAX_POOL2D", [x], shape, x.dtype, list(kernel), list(stride),
                       list(pad), PROPAGATE)

    # -- elementwise; shapes broadcast

    def add(self, a, b):
        return self.op("ADD", [a, b], _broadcast(a, b), a.dtype)

    def sub(self, a, b):
        return self.op("SUB", [a, b], _broadcast(a, b), a.dtype)

    def mul(self, a, b, shift=0):
        """int32 result; shift only for int32 operands."""
        return self.op("MUL", [a, b, self.const([shift], "int8")], _broadcast(a, b),
                       "int32")

    def minimum(self, a, b):
        return self.op("MINIMUM", [a, b], _broadcast(a, b), a.dtype, PROPAGATE)

    def maximum(self, a, b):
        return self.op("MAXIMUM", [a, b], _broadcast(a, b), a.dtype, PROPAGATE)

    def shift_right(self, a, b, rounding=True):
        return self.op("ARITHMETIC_RIGHT_SHIFT", [a, b], _broadcast(a, b), a.dtype,
                       rounding)

    def shift_left(self, a, b):
        return self.op("LOGICAL_LEFT_SHIFT", [a, b], _broadcast(a, b), a.dtype)

    def abs(self, x):
        return self.op("ABS", [x], x.shape, x.dtype)

    def clz(self, x):
        return self.op("CLZ", [x], x.shape, x.dtype)

    def negate(self, x, zp_in=0, zp_out=0):
        operands = [x, self.const([zp_in], x.dtype), self.const([zp_out], x.dtype)]
        return self.op("NEGATE", operands, x.shape, x.dtype)

    def clamp(self, x, low, high):
        kind = DTYPES[x.dtype][1]
        bounds = [list(kind(limit).tobytes()) for limit in (low, high)]
        return self.op("CLAMP", [x], x.shape, x.dtype, *bounds, PROPAGATE)

    def table(self, x, entries):
        """int8: 256 int8 entries; int16: 513 int16 entries, int32 result."""
        table = self.const(entries, x.dtype)
        result = {"int8": "int8", "int16": "int32"}[x.dtype]
        return self.op("TABLE", [x, table], x.shape, result)

    def cast(self, x, dtype):
        return self.op("CAST", [x], x.shape, dtype)

    def identity(self, x):
        return self.op("IDENTITY", [x], x.shape, x.dtype)

    def fused_add(self, a, b, scale_a, scale_b, scale_out, dtype="int8",
                  zps=(0, 0, 0), minus=False, left=None, rounding="double"):
        """out = a*scale_a + b*scale_b (or -), the way a TFLite ADD is written.

        The operand named by `left` is only shifted left (19 bits for int8, 14 for
        int16), the other is scaled to the same unit. If the shifted one has the larger
        scale, as in TFLite and by default, Vela makes one pass of it, otherwise six.
        """
        left = left or ("a" if scale_a > scale_b else "b")
        bits = {"int8": 19, "int16": 14}[dtype]
        shifted, scaled = (b, a) if left == "b" else (a, b)
        ratio = scale_a / scale_b if left == "b" else scale_b / scale_a
        whole = self._shifted(shifted, bits, zps[1] if left == "b" else zps[0],
                              rounding)
        part = self.rescale(scaled, "int32", *scale_of(ratio * 2.0 ** bits),
                            zps[0] if left == "b" else zps[1], 0, rounding)
        x, y = (part, whole) if left == "b" else (whole, part)
        total = self.sub(x, y) if minus else self.add(x, y)
        unit = (scale_b if left == "b" else scale_a) / 2.0 ** bits / scale_out
        return self.rescale(total, dtype, *scale_of(unit), 0, zps[2], rounding)

    def _shifted(self, x, bits, zp, rounding):
        """x << bits, as the rescale 2^30 >> (30 - bits)."""
        return self.rescale(x, "int32", 1 << 30, 30 - bits, zp, 0, rounding)

    # -- reductions

    def reduce_sum(self, x, axis):
        return self._reduce("REDUCE_SUM", x, axis, axis)

    def reduce_max(self, x, axis):
        return self._reduce("REDUCE_MAX", x, axis, axis, PROPAGATE)

    def reduce_min(self, x, axis):
        return self._reduce("REDUCE_MIN", x, axis, axis, PROPAGATE)

    def _reduce(self, name, x, axis, *attributes):
        shape = x.shape
        shape[axis] = 1
        return self.op(name, [x], shape, x.dtype, *attributes)

    def argmax(self, x, axis):
        shape = [n for i, n in enumerate(x.shape) if i != axis]
        return self.op("ARGMAX", [x], shape, "int32", axis, PROPAGATE)

    # -- data layout

    def concat(self, values, axis):
        shape = values[0].shape
        shape[axis] = sum(v.shape[axis] for v in values)
        return self.op("CONCAT", values, shape, values[0].dtype, axis)

    def slice(self, x, start, size):
        return self.op("SLICE", [x, self.shape(start), self.shape(size)], size, x.dtype)

    def pad(self, x, before, after, number=0):
        amounts = [n for pair in zip(before, after) for n in pair]
        shape = [a + n + b for a, n, b in zip(before, x.shape, after)]
        operands = [x, self.shape(amounts), self.const([number], x.dtype)]
        return self.op("PAD", operands, shape, x.dtype)

    def transpose(self, x, order):
        return self.op("TRANSPOSE", [x], [x.shape[i] for i in order], x.dtype,
                       list(order))

    def reshape(self, x, shape):
        return self.op("RESHAPE", [x, self.shape(shape)], shape, x.dtype)

    def reverse(self, x, axis):
        return self.op("REVERSE", [x], x.shape, x.dtype, axis)

    def tile(self, x, times):
        shape = [n * t for n, t in zip(x.shape, times)]
        return self.op("TILE", [x, self.shape(times)], shape, x.dtype)

    def resize(self, x, scale, offset, border, mode="nearest"):
        """scale: y numerator, y denominator, x numerator, x denominator."""
        n, h, w, c = x.shape
        size = [((h - 1) * scale[0] - offset[0] + border[0]) // scale[1] + 1,
                ((w - 1) * scale[2] - offset[1] + border[1]) // scale[3] + 1]
        result = x.dtype
        if mode == "bilinear":
            result = {"int8": "int32", "int16": "int48"}[x.dtype]
        operands = [x, self.shape(scale), self.shape(offset), self.shape(border)]
        modes = {"nearest": ts.ResizeMode.NEAREST, "bilinear": ts.ResizeMode.BILINEAR}
        return self.op("RESIZE", operands, [n] + size + [c], result, modes[mode])


def _new_file():
    # Draft versions are the serializer's default; Vela and the payloads use 1.0.
    return ts.TosaSerializer("", targetMajor=1, targetMinor=0, targetDraft=False)


def _array(data, dtype):
    data = np.asarray(data)
    low, high = limits(dtype)
    assert data.size == 0 or (data.min() >= low and data.max() <= high), dtype
    return np.ascontiguousarray(data.astype(DTYPES[dtype][1]))


def _tensor(value):
    return ts.TosaSerializerTensor(value.name, value.shape, DTYPES[value.dtype][0], None)


def _add_operator(file, name, operands, out, attributes):
    attribute = ts.TosaSerializerAttribute()
    operator = getattr(ts.Op, name)
    attribute.setAttribute(operator, *attributes)
    file.addOperator(operator, [v.name for v in operands], [out], attribute)


def _run_alone(name, operands, shape, dtype, attributes):
    """What the reference model makes of one operator, on the data of its operands."""
    file = _new_file()
    inputs = []
    names = [_operand(file, inputs, value) for value in operands]
    out = file.addIntermediate(list(shape), DTYPES[dtype][0])
    _add_operator(file, name, names, out.name, attributes)
    file.currRegion.currBasicBlock.addOutput(out.name)
    (result,) = reference.run(bytes(file.serialize()), inputs)
    assert list(result.shape) == list(shape), (name, result.shape, shape)
    return result


def _operand(file, inputs, value):
    """The operand in a graph of one operator: a constant, an input, or its maker."""
    if value.maker:
        name, operands, shape, dtype, attributes = value.maker
        names = [_operand(file, inputs, v) for v in operands]
        made = file.addIntermediate(shape, DTYPES[dtype][0])
        _add_operator(file, name, names, made.name, attributes)
        return made
    if value.constant:
        kind = ts.DType.SHAPE if value.dtype == "shape" else DTYPES[value.dtype][0]
        return file.addConst(value.shape, kind, value.data)
    made = Value(f"arg{len(inputs)}", value.dtype, value.data)
    file.addInputTensor(_tensor(made))
    inputs.append(value.data)
    return made


def _rough(maker):
    """An int48 result, rounded to ROUGH units: the model can't hand out int48."""
    shape = maker[2]
    value = Value("", "int48", np.zeros(shape, np.int64), maker=maker)
    constants = [Value("", dtype, np.array([number], DTYPES[dtype][1]), constant=True)
                 for dtype, number in (("int16", 1 << 14), ("int8", 14 + ROUGH_BITS),
                                       ("int48", 0), ("int32", 0))]
    rounded = _run_alone("RESCALE", [value] + constants, shape, "int32",
                         (False, ROUNDING["single"], False, False, False))
    return rounded.astype(np.int64) << ROUGH_BITS


def _swept(size, kernel, pad, stride, dilation):
    """Output rows of a window; TOSA wants the division to leave nothing."""
    rest = size - 1 + pad[0] + pad[1] - (kernel - 1) * dilation
    assert rest >= 0 and rest % stride == 0, f"{size=} {kernel=} {pad=} {stride=}"
    return rest // stride + 1


def _pooled(x, kernel, stride, pad):
    n, h, w, c = x.shape
    return [n, _swept(h, kernel[0], pad[:2], stride[0], 1),
            _swept(w, kernel[1], pad[2:], stride[1], 1), c]


def _broadcast(a, b):
    return list(np.broadcast_shapes(a.data.shape, b.data.shape))
