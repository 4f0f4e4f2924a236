#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/unit/backends/ethos_u/*.bin: payloads of Vela with inputs and results,
and the smaller ones of those payloads to tests/fuzz/corpus/ethos_u/*.vela.

    python tests/python/ethos_u/make_stream_fixtures.py      with requirements-npu.txt

A file is u32 bytes of the payload, the payload (a vela_bin_stream), each input and each
output as raw little-endian bytes in the order and with the sizes that the payload tells.
The outputs are the TOSA reference model's, not our simulator's. The C tests run all of
them (tests/unit/backends/ethos_u_fixtures.c), the fuzz target starts from them.
"""

import struct
import sys
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from ethos_u import graphs, reference, stream, vela  # noqa: E402

TESTS = Path(__file__).parents[2]
FOLDER = TESTS / "unit" / "backends" / "ethos_u"
CORPUS = TESTS / "fuzz" / "corpus" / "ethos_u"
MOST_BYTES = 60000  # of all fixtures
SEED_BYTES = 1200   # of a payload that is a seed

# The other form of driver payload.
COP2 = replace(vela.TARGETS["u65-512"], name="u65-512-cop2", more=("--cop-format=COP2",))
TARGETS = {**vela.TARGETS, COP2.name: COP2}

# The smallest graphs that use a feature of the streams; "wait" is what the strict tests
# take the waits out of.
FIXTURES = [
    # convolutions: order of the weights, steps, padding, 16 bits, two cores, dilation
    ("conv-2x2-stride-3x3", "u55-128"),
    ("conv-2x2-stride-2x2", "u55-32"),
    ("conv-dilation-2x3-stride", "u55-256"),
    ("conv-pad-larger-than-map", "u65-256"),
    ("random-116", "u55-128"),
    ("random-105", "u65-256-16k"),
    ("depthwise-depth-2", "u65-512"),
    ("depthwise-one-channel-times-2", "u65-512"),
    ("linear-1-10-10", "u65-512"),
    ("random-148", "u55-128"),
    # upscaling: zeros between the elements, repeated elements
    ("transposed-4x1-stride-2x1", "u55-128"),
    ("transposed-1x4-stride-1x2", "u55-128"),
    ("resize-nearest-corners-2x", "u55-128"),
    # pools
    ("pool-avg-3x3-stride-2x2-padded", "u55-128"),
    ("pool-max-3x3-stride-2x2-padded", "u55-128"),
    ("rescale-per-channel", "u55-128"),
    # elementwise: scale modes, operand orders, broadcast, a number, 16 and 32 bits
    ("add-channel", "u55-128"),
    ("add-channel-flipped", "u55-128"),
    ("sub-outer", "u65-512"),
    ("max-outer", "u55-128"),
    ("mul-scalar-flipped", "u55-128"),
    ("add-int16-scalar", "u55-128"),
    ("mul-to-int16", "u55-128"),
    ("abs-int8", "u55-128"),
    ("min-max-int8", "u55-128"),
    ("random-063", "u55-128"),
    # tables of all three kinds, and of several slots
    ("matmul-4-8-3-1", "u55-128"),
    ("softmax-1x10", "u55-128"),
    ("random-103", "u55-128"),
    # negative strides, NHCWB16
    ("reverse-int8-axis-1", "u55-128"),
    ("reverse-int8-axis-2", "u55-128"),
    ("random-051", "u65-512"),
    # copies into memory: wait
    ("reduce-sum-int8-axis-1", "u55-128"),
    ("reduce-sum-int8-axis-1", "u65-512"),
    ("reduce-sum-int8-axis-1", "u65-512-cop2"),
]


def make(case, target):
    """(bytes of the file, the payload, what the stream makes use of)"""
    graph = graphs.build(case)
    tosa = graph.serialize()
    inputs = [value.data for value in graph.inputs]
    outputs = reference.run(tosa, inputs)
    compiled = vela.compile(tosa, TARGETS[target])
    for memories, arrays in ((compiled.inputs, inputs), (compiled.outputs, outputs)):
        assert [m.n_bytes for m in memories] == [a.nbytes for a in arrays], case
    parts = [struct.pack("<I", len(compiled.payload)), compiled.payload]
    parts += [array.tobytes() for array in [*inputs, *outputs]]
    return b"".join(parts), compiled.payload, features(compiled.commands)


def features(commands):
    if commands.startswith(b"COP2"):
        return {"cop2"}
    waits = {f"wait-{'dma' if code == 17 else 'kernel'}-{param}"
             for code, wide, param, _ in stream.read(commands)
             if not wide and code in (17, 18)}
    return stream.features(commands) | waits


def main():
    total, used = 0, set()
    FOLDER.mkdir(exist_ok=True)
    CORPUS.mkdir(exist_ok=True)
    for case, target in FIXTURES:
        data, payload, found = make(case, target)
        (FOLDER / f"{case}.{target}.bin").write_bytes(data)
        if len(payload) <= SEED_BYTES:
            (CORPUS / f"{case}.{target}.vela").write_bytes(payload)
        total += len(data)
        used |= found
        print(f"{len(data):6} {case}.{target} "
              f"{' '.join(f for f in sorted(found) if f.startswith('wait'))}")
    print(f"{total} bytes in {len(FIXTURES)} files; what they use: {' '.join(sorted(used))}")
    assert total <= MOST_BYTES, "too large to be committed"


if __name__ == "__main__":
    main()
