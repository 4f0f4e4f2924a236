# SPDX-License-Identifier: Apache-2.0
"""Compiles a TOSA file with Arm's compiler Vela and packs what ExecuTorch packs.

The payload is the byte stream that an ExecuTorch `EthosUBackend` delegate holds:
blocks of {name, 16 bytes; size, u32; external, u8; 11 zero bytes} and data padded
with zeros to 16 bytes (executorch/backends/arm/arm_vela.py describes it).

Vela runs inside the calling process, a few milliseconds a graph: as a process of
its own it needs 0.3 s only to start. It may end the process, so callers use workers.
"""

import io
import os
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ethosu.vela import vela

from .quiet import captured


@dataclass(frozen=True)
class Target:
    """One Ethos-U and the memories around it; system and mode name vela.ini's."""
    name: str
    accelerator: str
    system: str
    mode: str
    more: tuple = ()

    def arguments(self):
        return [f"--accelerator-config={self.accelerator}", "--config=Arm/vela.ini",
                f"--system-config={self.system}", f"--memory-mode={self.mode}",
                "--output-format=raw", *self.more]


def _u55(macs, name=None, mode="Shared_Sram", more=()):
    return Target(name or f"u55-{macs}", f"ethos-u55-{macs}",
                  "Ethos_U55_High_End_Embedded", mode, more)


def _u65(macs, name=None, mode="Dedicated_Sram_384KB", more=()):
    return Target(name or f"u65-{macs}", f"ethos-u65-{macs}", "Ethos_U65_High_End",
                  mode, more)


# The NPUs, with ExecuTorch's defaults for each.
NPUS = {target.name: target for target in [
    _u55(32), _u55(64), _u55(128), _u55(256), _u65(256), _u65(512)]}
# What small graphs don't do by themselves: feature maps in rolling buffers, because
# memory is short, and copies between memories.
MEMORIES = {target.name: target for target in [
    _u55(128, "u55-128-size", more=("--optimise=Size",)),
    _u55(128, "u55-128-16k", more=("--arena-cache-size=16384",)),
    _u55(256, "u55-256-64k", more=("--arena-cache-size=65536",)),
    _u55(128, "u55-128-sram", mode="Sram_Only"),
    _u65(512, "u65-512-shared", mode="Shared_Sram"),
    _u65(512, "u65-512-32k", mode="Dedicated_Sram",
         more=("--arena-cache-size=32768",)),
    _u65(256, "u65-256-16k", mode="Dedicated_Sram",
         more=("--arena-cache-size=16384",)),
]}
TARGETS = {**NPUS, **MEMORIES}


PAIR = ("u55-128", "u65-512")


def targets_of(index, often=False):
    """Names of the targets of the case of that number: PAIR, and one in four others (one
    in two if `often`).

    ETHOS_U_ALL=1 in the environment: all, which takes four times as long.
    """
    others = [name for name in TARGETS if name not in PAIR]
    if os.environ.get("ETHOS_U_ALL"):
        return [*PAIR, *others]
    return [*PAIR, *(name for n, name in enumerate(others) if (index + n) % (2 if often else 4) == 0)]


class Refused(Exception):
    """Vela doesn't compile the graph; the text is its own."""


@dataclass
class Memory:
    """A tensor at the payload's border, as Vela placed it."""
    shape: list       # six numbers, ones in front
    element_size: int
    region: int
    offset: int

    @property
    def n_bytes(self):
        return int(np.prod(self.shape)) * self.element_size


@dataclass
class Compiled:
    payload: bytes
    commands: bytes
    weights: bytes
    scratch_bytes: int
    fast_bytes: int   # of region 2 when it isn't region 1; the payload has no such field
    regions: dict     # of "weight", "scratch", "scratch_fast"
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)


def compile(tosa, target):
    """Compiled for the bytes of a .tosa file. Refused when Vela says no.

    Nothing is cached: most graphs take Vela less time than reading the answer back.
    """
    return unpack(_run(tosa, target.arguments()))


def compile_tflite(file, target):
    """Compiled for the bytes of a .tflite file; Vela keeps its own objects in the answer."""
    return unpack(_run(file, target.arguments(), "graph.tflite"), allow_pickle=True)


def _run(graph, arguments, name="graph.tosa"):
    with tempfile.TemporaryDirectory() as folder, captured() as text:
        source = Path(folder) / name
        source.write_bytes(graph)
        try:
            vela.main(arguments + [f"--output-dir={folder}", str(source)])
        except (Exception, SystemExit) as error:
            raise Refused(f"{error} {text()[-600:]}") from None
        made = Path(folder) / "graph_vela.npz"
        if not made.exists():
            raise Refused(text()[-600:])
        return made.read_bytes()


def unpack(npz, allow_pickle=False):
    """Compiled for the bytes of Vela's raw output."""
    with np.load(io.BytesIO(npz), allow_pickle=allow_pickle) as data:
        def border(kind):
            rows = zip(data[f"{kind}_shape"].reshape(-1, 6), data[f"{kind}_elem_size"],
                       data[f"{kind}_region"], data[f"{kind}_offset"])
            return [Memory([int(n) for n in shape], int(size), int(region), int(offset))
                    for shape, size, region, offset in rows]

        # The stream is a numpy string of bytes: reading an item drops its last zeros.
        made = Compiled(
            payload=b"", commands=data["cmd_data"].tobytes(),
            weights=data["weight_data"].tobytes(),
            scratch_bytes=int(data["scratch_size"]),
            fast_bytes=int(data["scratch_fast_size"]),
            regions={kind: int(data[f"{kind}_region"])
                     for kind in ("weight", "scratch", "scratch_fast")},
            inputs=border("input"), outputs=border("output"))
    made.payload = b"".join([
        _block("vela_bin_stream", b""),
        _block("cmd_data", made.commands),
        _block("weight_data", made.weights),
        _block("scratch_size", struct.pack("<I", made.scratch_bytes)),
        _block("inputs", _borders(made.inputs)),
        _block("outputs", _borders(made.outputs)),
        _block("vela_end_stream", b"")])
    return made


def _block(name, data):
    header = struct.pack("<16sIB11x", name.encode(), len(data), 0)
    return header + data + bytes(-len(data) % 16)


def _borders(memories):
    rows = [struct.pack("<9i", *m.shape, m.element_size, m.offset, m.region)
            for m in memories]
    return struct.pack("<i", len(rows)) + b"".join(rows)
