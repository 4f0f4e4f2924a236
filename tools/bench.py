#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Models x cores: what an inference costs on a simulated Cortex-M, as markdown.

    tools/bench.py [--models FOLDER] [--only NAME,...] [--pt2 FILE ...] [--cores cortex-m33,...]
                   [--output docs/bench.md] [--sconce build/sconce] [--boards build/boards]
                   [--work build/bench]

FOLDER has NAME.plain.pt2 (tests/models/export.py writes them); without it, the newest one
in .cache, or else only the networks of examples/. Each is compiled with
32 random calibration inputs of fixed seed, int8 inputs and outputs, run by the runner
image (instructions, RAM, equality with this computer) and linked into
examples/firmware (load instructions, text, stack). Instructions are exact and data
are seeded: the same tree prints the same text. Needs `make build boards`, QEMU and
arm-none-eabi-gcc; nothing of Python but its standard library.
"""

import argparse
import contextlib
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEED = 20240611
N_CALIBRATE = 32

# name in FOLDER -> title
MODELS = {"mobilenetv2_64": "MobileNetV2 1.0, 64x64", "dscnn": "DS-CNN, keyword spotting",
          "resnet8": "ResNet8, 32x32", "mobilenetv1_025": "MobileNetV1 0.25, 96x96",
          "autoencoder": "FC autoencoder, 640"}

# Stock ExecuTorch with its Cortex-M backend and CMSIS-NN, measured with the same
# method (docs/bench.md tells how): instructions, arena, other RAM (method allocator and
# kernel registry), stack, load instructions, .pte bytes, text and read-only data.
STOCK = {
    ("mobilenetv2_64", "cortex-m33"):
        (72785733, 122880, 57116 + 24004, 1808, 943732, 3955744, 62144),
    ("mobilenetv2_64", "cortex-m55"):
        (14201675, 127344, 57172 + 24004, 1808, 944054, 3959744, 52452),
    ("dscnn", "cortex-m33"): (8398830, 16000, 10984 + 24004, 1808, 186700, 52912, None),
    ("dscnn", "cortex-m55"): (1803815, 20464, 11040 + 24004, 1880, 187327, 53088, None),
    ("resnet8", "cortex-m33"): (29954853, 49728, 11136 + 24004, 1808, 197603, 98776, None),
    ("resnet8", "cortex-m55"): (4815899, 49728, 11192 + 24004, 1808, 198206, 98952, None),
}
# TensorFlow Lite Micro with CMSIS-NN (-O2): instructions, arena.
TFLM = {
    ("mobilenetv2_64", "cortex-m33"): (72590332, 356420),
    ("mobilenetv2_64", "cortex-m55"): (15540366, 356484),
    ("dscnn", "cortex-m33"): (7682150, 22820), ("dscnn", "cortex-m55"): (1816273, 27300),
    ("resnet8", "cortex-m33"): (29910884, 54996), ("resnet8", "cortex-m55"): (4912038, 54996),
    ("mobilenetv1_025", "cortex-m33"): (24046658, 100708),
    ("mobilenetv1_025", "cortex-m55"): (6558274, 100756),
    ("autoencoder", "cortex-m33"): (583414, 2580), ("autoencoder", "cortex-m55"): (285299, 5172),
}

HEAD = """# What an inference costs

Written by `make bench`; not to be edited. Ours is measured by it: each network is compiled with 32
random calibration inputs of fixed seed and int8 inputs and outputs, run under QEMU, and its
bytes are compared with this computer's. Instructions are retired ones, exact and equal in
every run; they are not cycles.

Beside them stand recorded figures of two peers, measured with the same plugin and the same
compiler (gcc 12.2) on the same networks:

* stock: ExecuTorch (August 2026, models by wheel 1.5.1) with its Cortex-M backend and CMSIS-NN
  2026-07; core -Os, CMSIS-NN -Ofast, logging off. Its programs quantize and dequantize their
  inputs and outputs, 0.3 % of MobileNetV2.
* TFLM: TensorFlow Lite Micro 2026-08 with CMSIS-NN, -O2; MLPerf Tiny's files, and for
  MobileNetV2 the file of tflite-micro re-shaped to 64x64.

MACs are multiplications of convolutions and linear layers; those with padding count."""


def fail(what):
    sys.exit(f"bench: error: {what}")


def run(*command, stream="stdout", **options):
    done = subprocess.run([str(c) for c in command], text=True, capture_output=True,
                          timeout=600, **options)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))}\n{done.stdout[-800:]}{done.stderr[-800:]}")
    return getattr(done, stream)


# ---- inputs ------------------------------------------------------------------------------

def npy_write(path, code, shape, items):
    """items: bytes in the order of `shape`."""
    text = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + items)


def numel(shape):
    n = 1
    for size in shape:
        n *= size
    return n


def shape_of(text):
    return [int(n) for n in re.search(r"\[([\d,]*)\]", text)[1].split(",") if n]


def inputs_write(bench, name, graph):
    """Calibration samples in float, one input in int8."""
    if len(graph["inputs"]) != 1:
        fail(f"{name} has {len(graph['inputs'])} inputs; one is what this tool feeds")
    shape = shape_of(graph["inputs"][0]["type"])
    rng = random.Random(SEED)
    n = N_CALIBRATE * numel(shape)
    samples = struct.pack(f"<{n}f", *(rng.gauss(0, 1) for _ in range(n)))
    npy_write(bench.work / f"{name}.calibrate.npy", "<f4", [N_CALIBRATE] + shape[1:], samples)
    quantized = bytes(rng.randrange(256) for _ in range(numel(shape)))
    npy_write(bench.work / f"{name}.input.npy", "|i1", shape, quantized)


def macs_of(graph):
    """Multiplications of convolutions and linear layers, padding included."""
    total = 0
    shapes = dict(re.findall(r"^const %(\S+) : (\S+)", graph["graph"], re.M))
    for out, op, args in re.findall(r"^%\S+ : (\S+) = aten\.(conv\w+|linear)\.\w+\((.*)\)",
                                    graph["graph"], re.M):
        weight = shape_of(shapes[re.findall(r"%([^,\s)]+)", args)[1]])
        total += numel(shape_of(out)) * numel(weight[1:])
    return total


# ---- one model on one core -----------------------------------------------------------------

def compile_model(bench, name, core):
    pte = bench.work / f"{name}.{core}.pte"
    run(bench.sconce, "compile", bench.pt2s[name], "--target", core,
        "--calibrate", bench.work / f"{name}.calibrate.npy", "--int8-io", "-o", pte)
    return pte


def simulate(bench, name, core, pte):
    out = run(bench.sconce, "run", pte, "--on", "qemu", "--target", core, "--profile", "--json",
              "--input", bench.work / f"{name}.input.npy",
              env={**os.environ, "SCONCE_BOARDS": str(bench.boards)})
    return json.loads(out)


def symbols(elf):
    rows = (line.split() for line in run("arm-none-eabi-nm", elf).splitlines())
    return {row[2]: int(row[0], 16) for row in rows if len(row) == 3}


def firmware(bench, core, pte):
    """Links the model's own image and runs it. One build folder a core."""
    build = bench.work / f"firmware.{core}"
    run("cmake", "-S", ROOT / "examples" / "firmware", "-B", build, f"-DSC_CPU={core}",
        f"-DMODEL={pte}", f"-DSCONCE={bench.sconce}")
    run("cmake", "--build", build, "-j2")
    elf = build / "firmware.elf"
    board = (bench.boards / f"{core}.board").read_text()
    machine = re.search(r"^machine (\S+)", board, re.M)[1]
    at = symbols(elf)
    counts = build / "counts.txt"
    said = run("qemu-system-arm", "-M", machine, "-nodefaults", "-display", "none", "-semihosting",
              "-plugin", f"{bench.boards / 'count.so'},out={counts},mark={at['sc_open']:#x},"
              f"mark={at['sc_input_count']:#x}", "-kernel", elf, stdin=subprocess.DEVNULL,
               stream="stderr")  # where semihosting prints
    return said, counts, elf


def firmware_figures(bench, core, pte):
    said, counts, elf = firmware(bench, core, pte)
    marks = {}
    for line in counts.read_text().splitlines():
        mark, count = line.split()
        marks.setdefault(mark, int(count))
    sizes = {row[0]: int(row[1]) for row in
             (line.split() for line in run("arm-none-eabi-size", "-A", elf).splitlines())
             if len(row) == 3 and row[1].isdigit()}
    bound = json.loads(run(ROOT / "tools" / "stack_bound.py", elf, "--su", elf.parent, "--json"))
    return {"load": marks["1"] - marks["0"], "text": sizes[".text"] + sizes[".rodata"],
            "model": sizes[".model"], "ram": sizes[".model_ram"],
            "other_ram": sizes[".bss"] + sizes[".data"],
            "stack_bound": bound["stack_bytes"],
            "stack": int(re.search(r"bytes of stack (\d+)", said)[1])}


def measure(bench, name, core):
    pte = compile_model(bench, name, core)
    figures = simulate(bench, name, core, pte)
    figures["firmware"] = firmware_figures(bench, core, pte)
    figures["pte"] = pte.stat().st_size
    return figures


# ---- markdown ------------------------------------------------------------------------------

def number(n):
    return "-" if n is None else f"{n:,}"


def ratio(peer, ours):
    return f"{peer / ours:.2f}x" if peer else "-"


def head(*titles):
    print("| " + " | ".join(titles) + " |")
    print("|" + "---|" * len(titles))


def row(*cells):
    print("| " + " | ".join(str(c) for c in cells) + " |")


def speed_table(results, macs):
    print("\n## Instructions of one inference\n")
    head("model", "core", "MACs", "ours", "a MAC", "stock", "a MAC", "stock / ours", "TFLM",
         "TFLM / ours", "bytes")
    for (name, core), r in results.items():
        ours, n = r["instructions"], macs[name]
        stock = STOCK.get((name, core), [None])[0]
        tflm = TFLM.get((name, core), [None])[0]
        row(MODELS.get(name, name), core, number(n), number(ours), f"{ours / n:.3f}",
            number(stock), f"{stock / n:.3f}" if stock else "-", ratio(stock, ours),
            number(tflm), ratio(tflm, ours),
            "equal" if r["bytes_equal"] else "**DIFFERENT**")


def memory_table(results):
    print("\n## Memory and loading\n")
    print("Ours / stock / TFLM, bytes. RAM beside the arena: workspace and the runtime's\n"
          "structures, against stock's method allocator and kernel registry. TFLM's arena is\n"
          "both. Stack: the most that was in use, of what tools/stack_bound.py says that it can\n"
          "be. Text: the image of this one model.\n")
    head("model", "core", "arena", "RAM beside it", "stack", ".pte", "text and rodata")
    for (name, core), r in results.items():
        s = STOCK.get((name, core), [None] * 7)
        f = r["firmware"]
        beside = f["ram"] - (r["arena_bytes"] + 15) // 16 * 16 + f["other_ram"]
        tflm = TFLM.get((name, core), [None] * 2)[1]
        row(MODELS.get(name, name), core,
            f"{number(r['arena_bytes'])} / {number(s[1])} / {number(tflm)}",
            f"{number(beside)} / {number(s[2])}",
            f"{number(f['stack'])} of {number(f['stack_bound'])} / {number(s[3])}",
            f"{number(r['pte'])} / {number(s[5])}", f"{number(f['text'])} / {number(s[6])}")
    print("\nInstructions to load. Linked in: verified on the host and bound there\n"
          "(`sc_init_bound()`), from `sc_open()` to the first input. From outside: `sc_init()`\n"
          "with a table of all kernels, and `sc_verify()` before it, once.\n")
    head("model", "core", "linked in", "from outside", "verify", "stock", "stock / linked in")
    for (name, core), r in results.items():
        stock = STOCK.get((name, core), [None] * 7)[4]
        load = r["firmware"]["load"]
        row(MODELS.get(name, name), core, number(load), number(r["load_instructions"]),
            number(r["verify_instructions"]), number(stock),
            f"{stock / load:.0f}x" if stock else "-")


def operator_tables(results):
    print("\n## By operator\n\nThe interpreter's part is counted with the operators.")
    for (name, core), r in results.items():
        print(f"\n{MODELS.get(name, name)}, {core}\n")
        head("operator", "calls", "instructions", "share")
        for op in r["operators"]:
            row(f"`{op['operator']}`", op["calls"], number(op["instructions"]),
                f"{100 * op['instructions'] / r['instructions']:.1f} %")


def models_find(options):
    """name -> .pt2."""
    if not options.models:
        found = (ROOT / ".cache" / "models").glob("export-*/manifest.json")
        options.models = max((p.parent for p in found), key=lambda p: p.stat().st_mtime,
                             default=None)
    pt2s = {}
    if options.models:
        pt2s = {name: options.models / f"{name}.plain.pt2" for name in options.only.split(",")}
    elif not options.pt2:
        print("bench: no networks in .cache (`python tests/models/cache.py export` makes them, "
              "with torch): those of examples/ instead", file=sys.stderr)
        options.pt2 = sorted((ROOT / "examples").glob("*/*.pt2"))
        options.output = None  # it would lack most
    pt2s |= {f"{path.parent.name}.{path.stem}": path for path in options.pt2}
    return {name: path.resolve() for name, path in pt2s.items()}


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", type=Path)
    parser.add_argument("--only", default=",".join(MODELS))
    parser.add_argument("--pt2", type=Path, nargs="+", default=[], help="more networks")
    parser.add_argument("--cores", default="cortex-m33,cortex-m55")
    parser.add_argument("--sconce", type=Path, default=ROOT / "build" / "sconce")
    parser.add_argument("--boards", type=Path, default=ROOT / "build" / "boards")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--output", type=Path, help="a file that gets the text too")
    options = parser.parse_args()
    options.pt2s = models_find(options)
    for path, todo in ((options.sconce, "make build"),
                       (options.boards / "count.so", "make boards"),
                       *((path, "name another one") for path in options.pt2s.values())):
        if not path.exists():
            fail(f"{path} isn't there; {todo}")
    for path in ("sconce", "boards", "work"):
        setattr(options, path, getattr(options, path).resolve())
    options.work.mkdir(parents=True, exist_ok=True)
    return options


def main():
    bench = options_parse()
    results, macs = {}, {}
    for name in bench.pt2s:
        graph = json.loads(run(bench.sconce, "inspect", bench.pt2s[name], "--json"))
        macs[name] = macs_of(graph)
        inputs_write(bench, name, graph)
        for core in bench.cores.split(","):
            print(f"bench: {name} on {core}", file=sys.stderr)
            results[name, core] = measure(bench, name, core)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        print(HEAD)
        speed_table(results, macs)
        memory_table(results)
        operator_tables(results)
    print(text.getvalue(), end="")
    if bench.output:
        bench.output.write_text(text.getvalue())


if __name__ == "__main__":
    main()
