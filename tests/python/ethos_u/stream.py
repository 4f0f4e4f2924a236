# SPDX-License-Identifier: Apache-2.0
"""What a command stream makes use of: names such as `conv`, `ifm-bricks`, `add-swapped`.

Only for counting what the cases cover; the registers are described in
backends/ethos_u/device/command.h and operation.h, and nothing here checks a stream.
"""

import struct

POOLS = ("pool-max", "pool-average", "pool-sum")
ELEMENTWISE = ("mul", "add", "sub", "min", "max", "lrelu", "abs", "clz", "shr", "shl")
ROUND = ("double", "truncate", "natural", "?")
CONV, DEPTHWISE, POOL, ELEMENT, DMA = 2, 3, 5, 6, 16


def features(commands):
    """The set of names for a driver payload (COP1)."""
    found = set()
    registers = {}
    for code, wide, param, value in read(commands):
        if wide:
            registers[0x4000 + code] = value | (param & 0xff) << 32
            registers[0x8000 + code] = param
        elif code >= 256:
            registers[code] = param
        elif code in (CONV, DEPTHWISE, POOL, ELEMENT):
            found |= _operation(code, param, registers)
        elif code == DMA:
            found |= _copy(registers)
    return frozenset(found)


def read(commands):
    """(code, is wide, parameter, second word) of each command of the stream."""
    words = struct.unpack(f"<{len(commands) // 4}I", commands)
    assert words[0] == int.from_bytes(b"COP1", "little"), "no driver payload"
    at = 1
    while at < len(words):
        action = words[at] & 0xff
        if action == 2:
            n_words = words[at] >> 16 | (words[at] >> 8 & 0xff) << 16
            yield from _commands(words[at + 1:at + 1 + n_words])
            at += n_words
        at += 3 if action == 1 else 1


def _commands(words):
    at = 0
    while at < len(words):
        word = words[at]
        wide = bool(word >> 14 & 1)
        yield word & 0x3ff, wide, word >> 16, words[at + 1] if wide else 0
        at += 2 if wide else 1


def _operation(code, param, registers):
    def narrow(code):
        return registers.get(code, 0)

    def wide(code):
        return registers.get(0x4000 + code, 0)

    name = {CONV: "conv", DEPTHWISE: "depthwise"}.get(code)
    name = name or (POOLS if code == POOL else ELEMENTWISE)[param]
    ifm, ofm = narrow(261), narrow(276)
    found = {name, f"acc-{narrow(292) & 3}"}
    found.add(f"{name}-{8 << (ifm >> 2 & 3)}-to-{8 << (ofm >> 1 & 3)}")
    found.add(f"{name}-round-{ROUND[ofm >> 14 & 3]}")
    found.add("ifm-bricks" if ifm >> 6 & 3 else "ifm-rows")
    found.add("ofm-bricks" if ofm >> 6 & 3 else "ofm-rows")
    found.add(f"ifm-region-{narrow(271)}")
    found.add(f"ofm-region-{narrow(287)}")
    found |= {f"ifm-tile-{n}" for n in (1, 2, 3) if wide(n)}
    found |= {f"ofm-tile-{n}" for n in (1, 2, 3) if wide(16 + n)}
    found |= {f"ofm-stride-{axis}-negative" for n, axis in ((20, "x"), (21, "y"))
              if registers.get(0x8000 + n, 0) & 0x80}
    found |= {f"upscale-{n}" for n in (1, 2) if narrow(263) == n}
    activation = narrow(293)
    if activation & 0x1f >= 16:
        found.add(f"table-{activation & 7}")
    if activation >> 12:
        found.add(f"clip-{activation >> 12}")
    if code == ELEMENT:
        found |= _elementwise(name, ifm, narrow)
    else:
        found |= _window(code, name, ofm, narrow, wide)
    return found


def _elementwise(name, ifm, narrow):
    found = set()
    if name in ("add", "sub"):
        found.add(f"{name}-scale-mode-{ifm >> 8 & 3}")
    if name not in ("lrelu", "abs", "clz"):
        broadcast = narrow(384)
        found |= {f"broadcast-{axis}" for bit, axis in enumerate("hwc")
                  if broadcast >> bit & 1}
        if broadcast >> 6 & 1:
            found.add(f"{name}-swapped")
        if broadcast >> 7 & 1:
            found.add(f"{name}-scalar")
    return found


def _window(code, name, ofm, narrow, wide):
    found = set()
    found.add(f"{name}-scale-global" if ofm >> 8 & 1 else f"{name}-scale-channel")
    stride = narrow(290)
    steps = [1 + (stride >> bit & 1) + (stride >> high & 7) * 2
             for bit, high in ((0, 6), (1, 9))]
    found |= {f"{name}-step-{axis}{n}" for axis, n in zip("xy", steps)}
    if code in (CONV, DEPTHWISE):
        found.add(f"{name}-order-{'kernel' if stride >> 2 & 1 else 'depth'}")
        found |= {f"dilation-{axis}2" for bit, axis in ((3, "x"), (4, "y"))
                  if stride >> bit & 1}
        found.add(f"weight-region-{narrow(296)}")
        if wide(145):
            found.add("two-cores")
    found |= {f"{name}-pad-{side}" for n, side in enumerate(
        ("top", "left", "right", "bottom")) if narrow(256 + n)}
    return found


def _copy(registers):
    """Source and target region; bit 8 of the target: inside the NPU."""
    source, target = registers.get(304, 0), registers.get(305, 0)
    place = "inside" if target >> 8 & 1 else f"region-{target & 7}"
    rank = (target >> 9 & 3) + 1
    return {f"dma-region-{source & 7}-to-{place}", f"dma-rank-{rank}"}
