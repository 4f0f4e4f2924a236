# SPDX-License-Identifier: Apache-2.0
"""`sconce inspect --npu`: what it says of an Ethos-U payload.

The disassembly is held against Vela's own (--verbose-register-command-stream), every
command of every graph: offset, words, name, fields. Only the spelling of values is made
equal: Vela repeats the type's name in front, ROUND_MODE_NATURAL is our NATURAL. MACs are
held against nn_macs of Vela's summary. Needs the packages
of tests/requirements-npu.txt, in an environment of their own: `make ethos-u`; `-s` shows
the coverage.
"""

import csv
import io
import json
import os
import re
import struct
import subprocess
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tosa_serializer", reason="runs by itself: make ethos-u")

from ethosu.vela import vela as arm_vela  # noqa: E402

from ethos_u import graphs, quiet, vela  # noqa: E402
from support import ROOT  # noqa: E402

COMMAND = Path(os.environ.get("ETHOS_U_INSPECT", ROOT / "build" / "ethos_u_inspect"))
WORKERS = 2
# One command of Vela's listing: offset: [second word] parameter code - name number, fields
LISTED = re.compile(r"0x(?P<offset>[0-9a-f]{6}): (?P<value>[0-9a-f]{8}|\s{8}) "
                    r"(?P<param>[0-9a-f]{4}) (?P<code>[0-9a-f]{4}) - (?P<name>\w+)\s+\d+"
                    r"(?:, (?P<fields>.*))?$")
TYPES = ("ACC_FORMAT", "ACTIVATION_CLIP_RANGE", "ACTIVATION_FORMAT", "ACTIVATION_FUNCTION",
         "ACTIVATION_PRECISION", "ACTIVATION_TYPE", "BROADCAST_MODE", "DMA_REGION_MODE",
         "DMA_STRIDE_MODE", "ELEMENTWISE_MODE", "IFM2_OPERAND_ORDER", "IFM_SCALE_MODE",
         "IFM_UPSCALE_MODE", "KERNEL_DECOMPOSITION", "KERNEL_DILATION", "OFM_SCALE_MODE",
         "PARALLEL_MODE", "POOLING_MODE", "ROUND_MODE", "WEIGHT_ORDER")
# Cases with operators that Vela builds of several operations and counts otherwise, see
# backends/ethos_u/host/summary.h. Random graphs may hold some of them.
COUNTED_OTHERWISE = ("transpose-", "matmul-", "attention-", "reduce-sum-", "random-",
                     "concat-int32", "conv-dilation-3x3", "conv-dilation-4x4",
                     "conv-dilation-8x1-1d")


@dataclass
class Found:
    """What the graphs of one case showed."""
    case: str
    problems: list = field(default_factory=list)
    commands: Counter = field(default_factory=Counter)
    fields: Counter = field(default_factory=Counter)   # (command, field)
    values: Counter = field(default_factory=Counter)   # (command, field, value's name)
    streams: int = 0
    macs: dict = field(default_factory=dict)           # target -> (ours, Vela's)


# -- Vela's side


def compile_loudly(tosa, target):
    """(Compiled, the listed commands, MACs) of a graph; None when Vela says no."""
    with tempfile.TemporaryDirectory() as folder, quiet.captured() as text:
        source = Path(folder) / "graph.tosa"
        source.write_bytes(tosa)
        try:
            arm_vela.main(target.arguments() + ["--verbose-register-command-stream",
                                                f"--output-dir={folder}", str(source)])
        except (Exception, SystemExit):
            return None
        made = Path(folder) / "graph_vela.npz"
        summaries = list(Path(folder).glob("*summary*.csv"))
        if not made.exists() or not summaries:
            return None
        compiled = vela.unpack(made.read_bytes())
        (row,) = csv.DictReader(io.StringIO(summaries[0].read_text()))
        return compiled, list(listed(text())), int(float(row["nn_macs"]))


def listed(text):
    """{word, raw, name, fields} of each command in Vela's listing."""
    for line in text.splitlines():
        match = LISTED.match(line.rstrip())
        if match:
            raw = [int(match["param"] + match["code"], 16)]
            if match["value"].strip():
                raw.append(int(match["value"], 16))
            pairs = (pair.split(" = ") for pair in (match["fields"] or "").split(", ") if pair)
            yield {"word": int(match["offset"], 16) // 4, "raw": raw, "name": match["name"],
                   "fields": {name: plain(value) for name, value in pairs}}


def plain(value):
    """The number, or the name without its type: ROUND_MODE_DBL is DBL."""
    if re.fullmatch(r"0x[0-9a-f]+|-?\d+", value):
        return int(value, 0)
    for kind in TYPES:
        if value.startswith(kind + "_"):
            return value[len(kind) + 1:]
    return value


# -- our side


def inspect(paths, *options):
    """The text about each payload, in order; no crash, nothing on standard error."""
    done = subprocess.run([str(COMMAND), *options, "-"], text=True, capture_output=True,
                          input="".join(f"{path}\n" for path in paths), timeout=300)
    assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr[-2000:])
    texts = done.stdout.split("\n\x1e\n")
    assert texts.pop() == "" and len(texts) == len(paths)
    return texts


def inspect_json(paths):
    return [json.loads(text) for text in inspect(paths, "--json")]


@pytest.fixture
def payload(tmp_path):
    """callable(case, target) -> path of its payload."""
    def make(case, target):
        tosa = graphs.build(case).serialize()
        path = tmp_path / f"{case}-{target}.bin"
        path.write_bytes(vela.compile(tosa, vela.TARGETS[target]).payload)
        return path
    return make


# -- the comparison


def examine(case):
    """Found for a case on all targets; runs in a worker."""
    found = Found(case)
    tosa = graphs.build(case).serialize()
    with tempfile.TemporaryDirectory() as folder:
        made = {}
        for name, target in vela.TARGETS.items():
            answer = compile_loudly(tosa, target)
            if answer:
                path = Path(folder) / f"{name}.bin"
                path.write_bytes(answer[0].payload)
                made[name] = (path, *answer)
        seen = inspect_json([path for path, *_ in made.values()]) if made else []
    for (name, (_, compiled, commands, macs)), ours in zip(made.items(), seen):
        found.problems += [f"{case}@{name}: {text}"
                           for text in differences(compiled, commands, ours)]
        found.macs[name] = ours["totals"]["macs"], macs
        found.streams += 1
        count(found, ours)
    return found


def differences(compiled, commands, ours):
    if ours["damage"] or ours["fault"]:
        yield f"damage {ours['damage']}, fault {ours['fault']}"
    if not commands:
        yield "Vela listed nothing"
    if len(commands) != len(ours["commands"]):
        yield f"{len(ours['commands'])} commands, Vela has {len(commands)}"
    for theirs, mine in zip(commands, ours["commands"]):
        if mine != theirs:
            yield f"{mine}, Vela has {theirs}"
            return
    borders = [[memory.shape, memory.element_size, memory.region, memory.offset]
               for memory in compiled.inputs + compiled.outputs]
    if borders != [[io["shape"], io["element_bytes"], io["region"], io["offset"]]
                   for io in ours["inputs"] + ours["outputs"]]:
        yield "inputs or outputs differ"


def count(found, ours):
    for command in ours["commands"]:
        found.commands[command["name"]] += 1
        for name, value in command["fields"].items():
            found.fields[command["name"], name] += 1
            if isinstance(value, str):
                found.values[command["name"], name, value] += 1


@pytest.fixture(scope="module")
def found():
    """Found for every case; Vela may end its process, so it runs in workers."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return list(pool.map(examine, graphs.CASES, chunksize=4))


def test_every_command_is_named_as_vela_names_it(found):
    problems = [text for one in found for text in one.problems]
    assert not problems, f"{len(problems)} streams differ\n" + "\n".join(problems[:10])
    commands = sum((one.commands for one in found), Counter())
    fields = sum((one.fields for one in found), Counter())
    values = sum((one.values for one in found), Counter())
    print(f"\nethos_u disassembly: {sum(one.streams for one in found)} streams, "
          f"{commands.total()} commands; distinct: {len(commands)} commands, "
          f"{len(fields)} fields, {len(values)} named values")
    # All that these graphs make Vela emit; IRQ, PMU_MASK and strided DMA are not among it.
    assert len(commands) >= 91 and len(fields) >= 111


def test_macs_are_velas(found):
    equal = total = 0
    wrong = []
    for one in found:
        for target, (ours, velas) in one.macs.items():
            total += 1
            equal += ours == velas
            if ours != velas and not one.case.startswith(COUNTED_OTHERWISE):
                wrong.append(f"{one.case}@{target}: {ours}, Vela has {velas}")
    print(f"\nethos_u MACs: {equal} of {total} streams as Vela counts them")
    assert not wrong, "\n".join(wrong[:20])
    assert equal > 0.9 * total


# -- what people read


def test_text_fits_and_says_what_json_says(payload):
    path = payload("table-after-conv", "u55-128")
    (text,), (told,) = inspect([path]), inspect_json([path])
    assert max(map(len, text.splitlines())) <= 100
    assert text.startswith("NPU       Ethos-U55, 128 MACs a cycle, 1 core, 24 KiB of SHRAM")
    assert "every address is inside of its region" in text
    assert told["schema"] == "sconce.ethos_u/1"
    assert f"MACs{told['totals']['macs']:>25,}" in text
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ +\d+ [A-Z]", line)]
    assert [int(row[1]) for row in rows] == [op["word"] for op in told["operations"]]
    kinds = [op["kind"] for op in told["operations"]]
    assert "CONV" in kinds and "DMA" in kinds and " table 0" in text
    for command in told["commands"]:
        assert re.search(rf"^ +{command['word']}  {command['raw'][0]:08x} .*{command['name']}",
                         text, re.M), command


def test_two_cores_and_both_scratches_are_told(payload):
    (told,) = inspect_json([payload("chain-48x48", "u65-512-32k")])
    assert told["npu"] == {"product": "Ethos-U65", "macs_per_cycle": 512, "cores": 2,
                           "shram_bytes": 49152, "architecture": "1.0.6"}
    assert {"weights", "scratch", "fast scratch"} <= {r["name"] for r in told["regions"]}


def test_u85_is_named_and_sized_not_disassembled(tmp_path):
    target = vela.Target("u85", "ethos-u85-256", "Ethos_U85_SYS_DRAM_Mid", "Sram_Only")
    made = vela.compile(graphs.build("conv-3x3").serialize(), target)
    path = tmp_path / "u85.bin"
    path.write_bytes(made.payload)
    (text,), (told,) = inspect([path]), inspect_json([path])
    assert "Ethos-U85, 256 MACs a cycle" in text and "NPU_" not in text
    assert "not disassembled: another instruction set" in text
    assert not told["stream"]["decoded"] and "commands" not in told and not told["damage"]
    assert told["regions"][0]["bytes"] == len(made.weights)


# -- damage


def changed(path, name, data, offset):
    """A copy of a payload with `data` at `offset`."""
    whole = bytearray(path.read_bytes())
    whole[offset:offset + len(data)] = data
    copy = path.with_name(f"{name}.bin")
    copy.write_bytes(whole)
    return copy


def word_of(path, name):
    """Where in the file the command of that name stands first."""
    (told,) = inspect_json([path])
    words = path.read_bytes().index(struct.pack("<I", told["commands"][0]["raw"][0]))
    at = next(c["word"] for c in told["commands"] if c["name"] == name)
    return words + 4 * at, at


def test_damage_is_told_with_its_place_and_the_rest_is_shown(payload, tmp_path):
    path = payload("conv-3x3", "u55-128")
    offset, at = word_of(path, "NPU_SET_IFM_BASE0")
    (text,) = inspect([changed(path, "address", b"\0\0\1\0", offset + 4)])
    stop = word_of(path, "NPU_OP_CONV")[1]
    assert f"refused: word {stop} of the stream: an address range outside" in text
    assert "reads region 1, bytes 65536 to 66251, for its IFM" in text
    assert "addr=0x10000" in text and "NPU_OP_STOP" in text

    (text,) = inspect([changed(path, "command", b"\xff\xff\0\0", offset + 8)])
    assert f"refused: word {at + 2} of the stream: no command" in text
    assert "no command of this NPU; the rest isn't shown" in text
    assert "NPU_SET_IFM_BASE0" in text and "NPU_OP_CONV" not in text

    cut = tmp_path / "cut.bin"
    cut.write_bytes(path.read_bytes()[:-32])
    (text,) = inspect([cut])
    assert text.startswith("damaged: the payload: a block header is cut off\n")
    assert "NPU_OP_CONV" in text and "inside of its region" not in text


def test_no_damage_ends_the_command(payload, tmp_path):
    """Every length of a payload, and 600 with random bytes changed; also with
    ETHOS_U_INSPECT=build-asan/ethos_u_inspect."""
    whole = payload("table-after-conv", "u55-128").read_bytes()
    random = np.random.default_rng(20)
    paths = []

    def keep(data):
        paths.append(tmp_path / f"{len(paths)}.bin")
        paths[-1].write_bytes(data)

    for n in range(0, len(whole), 7):
        keep(whole[:n])
    for _ in range(600):
        data = bytearray(whole)
        for at in random.integers(0, len(data), random.integers(1, 9)):
            data[at] = random.integers(256)
        keep(bytes(data))
    told = [json.loads(text) for text in inspect(paths, "--json")]
    assert len(inspect(paths)) == len(told)
    assert all(one["damage"] for one in told[:len(told) - 600])
    assert sum(1 for one in told if one["fault"]) > 50
