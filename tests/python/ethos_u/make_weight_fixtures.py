#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the fixtures of tests/unit/sim/weights.c: weights that Vela compressed.

    make_weight_fixtures.py FOLDER       (tests/unit/sim; needs ethos-u-vela, tosa-tools)

streams.bin  number sequences through ethosu.mlw_codec.encode()
blocks.bin   kernels of many shapes through ethosu.mlw_codec.reorder_encode(), which
             takes block and micro-block sizes as arguments
layers.bin   the weight streams of TOSA convolutions that Vela compiled for each
             accelerator; shapes are read from the registers of its command stream

The weights themselves aren't stored: both sides compute them, see numbers().
All numbers of the files are u32, little-endian; the layouts are `stream_record` and
`block_record` below. Nothing here is random: the same Vela gives the same files.
"""

import contextlib
import io
import struct
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import numpy as np
from ethosu import mlw_codec

M32 = np.uint64(0xFFFFFFFF)
KINDS = ("wide", "int8", "sparse", "few", "zeros", "constant", "patches", "far", "peaked",
         "gaps", "scattered7", "scattered9")


# ---- the weights ---------------------------------------------------------------

def mixed(index, seed):
    """A 32-bit hash of each index."""
    h = (index * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503)) & M32
    h ^= h >> np.uint64(16)
    h = (h * np.uint64(0x7FEB352D)) & M32
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(0x846CA68B)) & M32
    return (h ^ (h >> np.uint64(16))).astype(np.int64)


def numbers(kind, seed, first, n):
    """Numbers first .. first + n - 1 of the sequence `kind`, as number_at() in C."""
    index = np.arange(first, first + n, dtype=np.uint64)
    h = mixed(index, seed)
    if kind == "patches":
        each = [numbers(k, seed, first, n) for k in ("wide", "sparse", "few", "peaked")]
        return np.choose((index // np.uint64(300)).astype(np.int64) % 4, each)
    if kind == "wide":
        return h % 511 - 255
    if kind == "int8":
        return h % 255 - 127
    if kind == "sparse":
        return np.where(h % 10 == 0, (h >> 8) % 31 - 15, 0)
    if kind == "few":
        return np.array([-7, 3, 0, 12, 90])[h % 5]
    if kind == "zeros":
        return np.zeros(n, np.int64)
    if kind == "constant":
        return np.full(n, 77)
    if kind == "far":
        return np.where(h & 1, 1, -1) * (17 + (h >> 8) % 100)
    if kind == "peaked":  # a sum of three: most near 0, a few far out
        return (h & 63) % 43 + ((h >> 6) & 63) % 43 + ((h >> 12) & 63) % 43 - 63
    if kind == "gaps":
        return np.where(index % np.uint64(1777) == 5, 100, 0).astype(np.int64)
    if kind.startswith("scattered"):  # plain indices of so many bits, and zero runs
        top = (1 << int(kind[-1]) - 1) - 1
        return np.where(h % 7 == 0, (h >> 8) % (2 * top + 1) - top, 0)
    raise ValueError(kind)


# ---- records -------------------------------------------------------------------

def stream_record(kind, seed, n):
    """kind, seed, n, bytes of the stream, the stream (a multiple of 16 bytes)"""
    stream = bytes(mlw_codec.encode([int(v) for v in numbers(kind, seed, 0, n)]))
    return struct.pack("<4I", KINDS.index(kind), seed, n, len(stream)) + stream


Shape = namedtuple("Shape", "ofm_depth block_depth ifm_depth kernel_h kernel_w "
                            "dilation_h dilation_w ofm_ublock ifm_bits depthwise "
                            "part_kernel n_cores")


def block_record(shape, kind, seed, first, streams):
    """shape (of all cores together), kind, seed, index of the first weight, then for
    each core the bytes of its stream and the stream"""
    head = struct.pack("<15I", *shape, KINDS.index(kind), seed, first)
    return head + b"".join(struct.pack("<I", len(s)) + s for s in streams)


def share(n, n_cores, core):
    return (n + n_cores - 1 - core) // n_cores


# ---- blocks.bin ----------------------------------------------------------------

def codec_streams(shape, kind, seed):
    """What mlw_codec makes of a kernel, a stream for each core."""
    size = [shape.ofm_depth, shape.kernel_h, shape.kernel_w, shape.ifm_depth]
    weights = numbers(kind, seed, 0, int(np.prod(size))).reshape(size).astype(np.int16)
    streams = []
    for core in range(shape.n_cores):
        part = np.ascontiguousarray(weights[core::shape.n_cores])
        stream, _ = mlw_codec.reorder_encode(
            8, shape.ofm_ublock, part, share(shape.block_depth, shape.n_cores, core),
            shape.depthwise, shape.part_kernel, shape.ifm_bits, 8 // shape.dilation_h,
            8 // shape.dilation_w)
        streams.append(bytes(stream))
    return streams


# channels, block, IFM channels, kernel h, w, dilation h, w, kind
CONVOLUTIONS = [
    (8, 8, 5, 1, 1, 1, 1, "wide"), (5, 8, 3, 2, 3, 1, 1, "int8"),
    (20, 16, 17, 2, 2, 1, 1, "sparse"), (33, 16, 18, 1, 1, 1, 1, "few"),
    (9, 8, 33, 2, 3, 1, 1, "gaps"), (3, 8, 2, 9, 9, 1, 1, "few"),
    (4, 16, 5, 17, 3, 1, 1, "few"), (6, 8, 4, 5, 6, 2, 2, "sparse"),
    (6, 8, 2, 5, 6, 2, 1, "few"), (9, 8, 20, 3, 5, 1, 2, "gaps"),
    (10, 4, 9, 2, 1, 1, 1, "int8"),   # block of half a micro-block
    (21, 12, 3, 3, 1, 1, 1, "far"),   # blocks of one and a half
    (2, 8, 70, 1, 3, 1, 1, "zeros"), (1, 8, 1, 1, 1, 1, 1, "constant"),
]
# channels, block, kernel h, w, dilation h, w, kind
DEPTHWISE = [
    (8, 8, 3, 3, 1, 1, "wide"), (37, 16, 3, 3, 1, 1, "peaked"), (5, 8, 1, 1, 1, 1, "int8"),
    (12, 8, 9, 10, 1, 1, "few"), (9, 8, 5, 5, 2, 2, "int8"), (20, 4, 2, 3, 1, 2, "sparse"),
]


def codec_shapes():
    for n_cores, ublock in ((1, 4), (1, 8), (2, 8)):
        for ofm, block, ifm, h, w, dh, dw, kind in CONVOLUTIONS:
            if n_cores > ofm:
                continue
            modes = ((8, 0), (8, 1), (16, 0), (16, 1)) if ublock == 8 else ((8, 0), (8, 1))
            for bits, part in modes:
                yield Shape(ofm, block, ifm, h, w, dh, dw, ublock, bits, 0, part,
                            n_cores), kind
        for ofm, block, h, w, dh, dw, kind in DEPTHWISE:
            yield Shape(ofm, block, 1, h, w, dh, dw, ublock, 8, 1, 0, n_cores), kind


# ---- layers.bin ----------------------------------------------------------------

ACCELERATORS = ("ethos-u55-32", "ethos-u55-64", "ethos-u55-128", "ethos-u55-256",
                "ethos-u65-256", "ethos-u65-512")
CONV, DEPTHWISE_OP = 2, 3                       # operations
IFM_DEPTH, IFM_PRECISION, OFM_DEPTH, OFM_BLK_DEPTH = 0x104, 0x105, 0x113, 0x117
KERNEL_W, KERNEL_H, KERNEL_STRIDE, WEIGHT_REGION = 0x120, 0x121, 0x122, 0x128
WEIGHT_BASE, WEIGHT_LENGTH, WEIGHT1_BASE, WEIGHT1_LENGTH = 0x20, 0x21, 0x90, 0x91


def tosa_layer(depthwise, size, dilation, bits, kind, seed):
    """A TOSA file with one convolution and one rescale."""
    import tosa_serializer as ts
    ofm, h, w, ifm = size
    file = ts.TosaSerializer("", targetMajor=1, targetMinor=0, targetDraft=False)
    types = {8: ts.DType.INT8, 16: ts.DType.INT16, 32: ts.DType.INT32, 48: ts.DType.INT48}
    arrays = {8: np.int8, 16: np.int16, 32: np.int32, 48: np.int64}
    sums = 48 if bits == 16 else 32

    def const(data, n_bits):
        data = np.asarray(data, arrays[n_bits])
        return file.addConst(list(data.shape), types[n_bits], data).name

    def operator(op, operands, shape, n_bits, attributes):
        out = file.addIntermediate(shape, types[n_bits]).name
        attribute = ts.TosaSerializerAttribute()
        attribute.setAttribute(op, *attributes)
        file.addOperator(op, operands, [out], attribute)
        return out

    weights = numbers(kind, seed, 0, int(np.prod(size))).reshape(size)
    if depthwise:  # [channel, y, x, 1] to TOSA's [y, x, channel, 1]
        weights = weights.transpose(1, 2, 0, 3)
    in_h, in_w = [4 + d * (k - 1) for d, k in zip(dilation, (h, w))]
    out_shape = [1, 4, 4, ofm]
    file.addInputTensor(ts.TosaSerializerTensor(
        "in", [1, in_h, in_w, ofm if depthwise else ifm], types[bits], None))
    zero, zero8, zero_sums = const([0], bits), const([0], 8), const([0], sums)
    bias = const(np.arange(ofm), sums)
    name = ts.Op.DEPTHWISE_CONV2D if depthwise else ts.Op.CONV2D
    x = operator(name, ["in", const(weights, 8), bias, zero, zero8], out_shape, sums,
                 ([0] * 4, [1, 1], list(dilation), False, types[sums]))
    multiplier = const([1 << 14], 16) if sums == 48 else const([1 << 30], 32)
    shift = const([24 if sums == 48 else 40], 8)
    y = operator(ts.Op.RESCALE, [x, multiplier, shift, zero_sums, zero], out_shape, bits,
                 (sums == 32, ts.RoundingMode.SINGLE_ROUND, False, False, False))
    file.currRegion.currBasicBlock.addOutput(y)
    return bytes(file.serialize())


def compiled(tosa, accelerator):
    """(command words, weight bytes, weight region) that Vela makes of a TOSA file."""
    from ethosu.vela import vela
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "layer.tosa"
        source.write_bytes(tosa)
        with contextlib.redirect_stdout(io.StringIO()):
            vela.main([f"--accelerator-config={accelerator}", "--output-format=raw",
                       f"--output-dir={folder}", str(source)])
        with np.load(Path(folder) / "layer_vela.npz") as made:
            payload = made["cmd_data"].tobytes()
            payload += b"\0" * (-len(payload) % 4)
            words = np.frombuffer(payload, "<u4")
            return (commands(words), made["weight_data"].tobytes(),
                    int(made["weight_region"]))


def commands(words):
    """The command stream in a driver payload, and log2 of its MACs."""
    position, log2_macs = 1, None
    while words[position] & 0xFF != 2:
        if words[position] & 0xFF == 1:
            log2_macs = int(words[position + 1]) & 0xF
            position += 2
        position += 1
    length = int(words[position] >> 16) | int(words[position] >> 8 & 0xFF) << 16
    return [int(word) for word in words[position + 1:position + 1 + length]], log2_macs


def operations(words):
    """(operation, registers at that moment) of each convolution in a command stream."""
    registers, position = {}, 0
    while position < len(words):
        code, parameter = words[position] & 0x3FF, words[position] >> 16
        position += 1
        if words[position - 1] >> 14 & 3:
            registers[code] = words[position] | (parameter & 0xFF) << 32
            position += 1
        elif code in (CONV, DEPTHWISE_OP):
            yield code, dict(registers)
        else:
            registers[code] = parameter


def shape_from(code, registers, log2_macs):
    """The fields of a weight shape, as a simulator derives them."""
    stride = registers[KERNEL_STRIDE]
    dilation_w, dilation_h = 1 + (stride >> 3 & 1), 1 + (stride >> 4 & 1)
    return Shape(
        ofm_depth=registers[OFM_DEPTH] + 1, block_depth=registers[OFM_BLK_DEPTH] + 1,
        ifm_depth=1 if code == DEPTHWISE_OP else registers[IFM_DEPTH] + 1,
        kernel_h=registers[KERNEL_H] // dilation_h + 1,
        kernel_w=registers[KERNEL_W] // dilation_w + 1,
        dilation_h=dilation_h, dilation_w=dilation_w,
        ofm_ublock=4 if log2_macs == 5 else 8,
        ifm_bits=8 << (registers[IFM_PRECISION] >> 2 & 3),
        depthwise=int(code == DEPTHWISE_OP),
        part_kernel=stride >> 2 & 1 if code == CONV else 0,
        n_cores=2 if log2_macs == 9 else 1)


# depthwise, [channels, kernel h, w, IFM channels], dilation, IFM bits, kind
LAYERS = [
    (0, [8, 3, 3, 3], (1, 1), 8, "int8"), (0, [20, 1, 1, 33], (1, 1), 8, "peaked"),
    (0, [17, 5, 5, 9], (1, 1), 8, "sparse"), (0, [3, 9, 9, 2], (1, 1), 8, "few"),
    (0, [12, 3, 5, 8], (2, 2), 8, "few"), (0, [10, 3, 3, 20], (1, 1), 16, "few"),
    (0, [16, 1, 1, 19], (1, 1), 16, "int8"), (0, [150, 1, 1, 5], (1, 1), 8, "sparse"),
    (1, [8, 3, 3, 1], (1, 1), 8, "int8"), (1, [37, 3, 3, 1], (1, 1), 8, "peaked"),
    (1, [5, 9, 9, 1], (1, 1), 8, "few"), (1, [12, 5, 5, 1], (2, 2), 8, "sparse"),
    (0, [40, 3, 3, 48], (1, 1), 8, "gaps"), (0, [9, 4, 4, 16], (2, 1), 8, "sparse"),
]


def layer_records(accelerator, layer, seed):
    """A record for each depth slice of a layer."""
    depthwise, size, dilation, bits, kind = layer
    (words, log2_macs), data, region = compiled(
        tosa_layer(depthwise, size, dilation, bits, kind, seed), accelerator)
    seen, n_channels = set(), 0
    for code, registers in operations(words):
        assert registers[WEIGHT_REGION] == region, "weights are copied first"
        if registers[WEIGHT_BASE] in seen:  # the same slice for other rows
            continue
        seen.add(registers[WEIGHT_BASE])
        shape = shape_from(code, registers, log2_macs)
        ranges = [(WEIGHT_BASE, WEIGHT_LENGTH), (WEIGHT1_BASE, WEIGHT1_LENGTH)]
        streams = [data[registers[b]:registers[b] + registers[n]]
                   for b, n in ranges[:shape.n_cores]]
        first = n_channels * size[1] * size[2] * size[3]
        yield block_record(shape, kind, seed, first, streams)
        n_channels += shape.ofm_depth
    assert n_channels == size[0], (accelerator, layer, n_channels)


# ---- the files -----------------------------------------------------------------

def write(path, records):
    records = list(records)
    path.write_bytes(b"".join(records))
    print(f"{path.name}: {len(records)} records, {path.stat().st_size} bytes")


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    folder = Path(arguments[0])
    lengths = {"scattered7": 2000, "scattered9": 2000, "patches": 2400, "gaps": 9000,
               "zeros": 3000}
    write(folder / "streams.bin",
          [stream_record(kind, seed, n) for seed, kind in enumerate(KINDS)
           for n in (1, 13, lengths.get(kind, 700))])
    write(folder / "blocks.bin",
          (block_record(shape, kind, seed, 0, codec_streams(shape, kind, seed))
           for seed, (shape, kind) in enumerate(codec_shapes())))
    write(folder / "layers.bin",
          (record for accelerator in ACCELERATORS for seed, layer in enumerate(LAYERS)
           for record in layer_records(accelerator, layer, seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
