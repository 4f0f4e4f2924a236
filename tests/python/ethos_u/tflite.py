# SPDX-License-Identifier: Apache-2.0
"""One-operator TensorFlow Lite models, and what their reference kernels make of them.

They reach what no TOSA graph makes Vela use: the sigmoid and tanh units, tables of 32
bits, 32-bit products, LRELU.
"""

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

TYPES = {"int8": schema.TensorType.INT8, "int16": schema.TensorType.INT16,
         "int32": schema.TensorType.INT32}


@dataclass
class Value:
    shape: tuple
    dtype: str
    scale: float
    zero_point: int = 0
    data: object = None   # of a constant


@dataclass
class Model:
    operator: str         # of BuiltinOperator: "LOGISTIC"
    inputs: list
    output: Value
    options: object = None
    options_type: int = 0
    version: int = 1
    arrays: list = field(default_factory=list)


def pack(model):
    """The bytes of a .tflite file."""
    graph, file = schema.SubGraphT(), schema.ModelT()
    file.buffers = [schema.BufferT()]
    graph.tensors = []
    values = [*model.inputs, model.output]
    for i, value in enumerate(values):
        graph.tensors.append(_tensor(file, f"t{i}", value))
    operator, code = schema.OperatorT(), schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, model.operator)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = model.version
    operator.opcodeIndex = 0
    operator.inputs = list(range(len(model.inputs)))
    operator.outputs = [len(model.inputs)]
    operator.builtinOptions = model.options
    operator.builtinOptionsType = model.options_type
    graph.operators = [operator]
    graph.inputs = [i for i, v in enumerate(model.inputs) if v.data is None]
    graph.outputs = operator.outputs
    file.version, file.operatorCodes, file.subgraphs = 3, [code], [graph]
    file.description = "test"
    builder = flatbuffers.Builder(1024)
    builder.Finish(file.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(file, name, value):
    tensor, quantization = schema.TensorT(), schema.QuantizationParametersT()
    buffer = schema.BufferT()
    if value.data is not None:
        buffer.data = np.frombuffer(np.asarray(value.data, value.dtype).tobytes(), np.uint8)
    tensor.name, tensor.shape, tensor.type = name, list(value.shape), TYPES[value.dtype]
    quantization.scale, quantization.zeroPoint = [value.scale], [value.zero_point]
    tensor.quantization = quantization if value.scale else None
    tensor.buffer = len(file.buffers)
    file.buffers.append(buffer)
    return tensor


def reference(tflite, arrays):
    """Outputs by the interpreter's plain C++ kernels."""
    interpreter = Interpreter(model_content=tflite,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), arrays):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


# ---- cases ---------------------------------------------------------------------------------

def _every_int16():
    return np.arange(-32768, 32768, dtype=np.int16).reshape(1, 256, 256, 1)


def _random(shape, dtype, seed):
    limits = np.iinfo(dtype)
    return np.random.default_rng(seed).integers(limits.min, limits.max + 1, shape, dtype)


def curve(operator, scale):
    """LOGISTIC or TANH of every 16-bit number."""
    value = Value((1, 256, 256, 1), "int16", scale)
    return Model(operator, [value], Value(value.shape, "int16", 1 / 32768), version=3,
                 arrays=[_every_int16()])


def leaky_relu(dtype, alpha, scales, zero_points=(0, 0)):
    shape = (1, 7, 9, 33)
    options = schema.LeakyReluOptionsT()
    options.alpha = alpha
    return Model("LEAKY_RELU", [Value(shape, dtype, scales[0], zero_points[0])],
                 Value(shape, dtype, scales[1], zero_points[1]), options,
                 schema.BuiltinOptions.LeakyReluOptions, 2, [_random(shape, dtype, 3)])


def softmax(dtype, shape, scale):
    options = schema.SoftmaxOptionsT()
    options.beta = 1.0
    out = Value(shape, dtype, 1 / 256 if dtype == "int8" else 1 / 32768,
                -128 if dtype == "int8" else 0)
    return Model("SOFTMAX", [Value(shape, dtype, scale)], out, options,
                 schema.BuiltinOptions.SoftmaxOptions, 2 if dtype == "int8" else 3,
                 [_random(shape, dtype, 5)])


def hard_swish(scales, zero_points):
    shape = (1, 8, 8, 20)
    return Model("HARD_SWISH", [Value(shape, "int8", scales[0], zero_points[0])],
                 Value(shape, "int8", scales[1], zero_points[1]), schema.HardSwishOptionsT(),
                 schema.BuiltinOptions.HardSwishOptions, 1, [_random(shape, "int8", 6)])


def mean(shape, out_shape, axes, zero_points=(0, 0), scales=(0.05, 0.05)):
    options = schema.ReducerOptionsT()
    options.keepDims = len(shape) == len(out_shape)
    axis = Value((len(axes),), "int32", 0, data=np.array(axes))
    return Model("MEAN", [Value(shape, "int8", scales[0], zero_points[0]), axis],
                 Value(out_shape, "int8", scales[1], zero_points[1]), options,
                 schema.BuiltinOptions.ReducerOptions, 2, [_random(shape, "int8", 7)])


def resize_bilinear(size, out_size, align=False, half=False, dtype="int8"):
    shape, out_shape = (1, *size, 6), (1, *out_size, 6)
    options = schema.ResizeBilinearOptionsT()
    options.alignCorners, options.halfPixelCenters = align, half
    sizes = Value((2,), "int32", 0, data=np.array(out_size))
    return Model("RESIZE_BILINEAR", [Value(shape, dtype, 0.1), sizes],
                 Value(out_shape, dtype, 0.1), options,
                 schema.BuiltinOptions.ResizeBilinearOptions, 3,
                 [_random(shape, dtype, 8)])


def cases():
    """name -> Model."""
    made = {}
    for word in ("LOGISTIC", "TANH"):
        for scale in (1 / 4096, 1 / 2048, 0.00031):
            made[f"{word.lower()}-int16-{scale:.6f}"] = curve(word, scale)
    for dtype in ("int8", "int16"):
        for alpha in (0.1, 0.5, 0.01):
            made[f"leaky-relu-{dtype}-{alpha}"] = leaky_relu(dtype, alpha, (0.02, 0.02))
    made["leaky-relu-int8-rescaled"] = leaky_relu("int8", 0.2, (0.02, 0.03), (5, -7))
    for shape in ((1, 10), (1, 4, 4, 12), (3, 100)):
        for scale in (0.1, 0.02):
            made[f"softmax-int8-{'x'.join(map(str, shape))}-{scale}"] = softmax(
                "int8", shape, scale)
    made["softmax-int16-1x10"] = softmax("int16", (1, 10), 0.0001)
    made["softmax-int16-4x50"] = softmax("int16", (4, 50), 0.0003)
    made["hard-swish"] = hard_swish((0.05, 0.04), (-3, 7))
    made["hard-swish-wide"] = hard_swish((0.1, 0.09), (0, 0))
    made["mean-rows-columns"] = mean((1, 7, 7, 30), (1, 1, 1, 30), (1, 2), (3, 3))
    made["mean-rescaled"] = mean((1, 9, 5, 17), (1, 1, 1, 17), (1, 2), (3, -9), (0.05, 0.03))
    made["mean-rows"] = mean((1, 6, 5, 8), (1, 1, 5, 8), (1,))
    made["resize-bilinear-2x"] = resize_bilinear((5, 6), (10, 12))
    made["resize-bilinear-2x-half-pixel"] = resize_bilinear((5, 6), (10, 12), half=True)
    made["resize-bilinear-corners"] = resize_bilinear((5, 6), (9, 11), align=True)
    made["resize-bilinear-4x"] = resize_bilinear((3, 4), (12, 16))
    made["resize-bilinear-int16"] = resize_bilinear((5, 6), (10, 12), dtype="int16")
    return made
