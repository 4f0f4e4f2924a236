#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who may include whom, which names may appear where, and licence lines.

The rooms and their walls are those of docs/architecture.md; this file is their
precise form. Prints `file:line: rule: what` for every breach and exits 1 when
there is one, 2 on bad use. Needs nothing but Python.

    tools/check_includes.py [root]
"""

import os
import re
import sys
from fnmatch import fnmatchcase

FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}
ARM = {"arm_acle.h", "arm_mve.h"}
ANY = None  # any system header

PUBLIC = ["include/sconce/*"]
DEVICE = ["include/sconce/runtime.h", "runtime/*", "kernels/*"]
BASE = PUBLIC + ["compiler/base/*"]
OPS = BASE + ["compiler/graph/*", "compiler/ops/*"]
PROGRAM = BASE + ["compiler/program/*", "compiler/emit/*", "runtime/*"]
ENGINES = ["backends/*/device/*", "backends/*/sim/*"]  # delegates that firmware links
BACKEND = OPS + PROGRAM + ["compiler/backend.h"]

# (files, project headers that they may include, system headers); the first row
# whose pattern fits decides (see fits()). {engine} is the folder below backends/.
ROOMS = [
    ("include/sconce/runtime.h", [], FREESTANDING),
    ("include/sconce/*", PUBLIC, FREESTANDING),
    ("runtime/*", ["include/sconce/runtime.h", "runtime/*"], FREESTANDING),
    ("kernels/*", DEVICE, FREESTANDING),
    ("backends/*/device/*", DEVICE + ["backends/{engine}/device/*"], FREESTANDING),
    ("backends/*/sim/*", DEVICE + ["backends/{engine}/device/*", "backends/{engine}/sim/*"],
     FREESTANDING),
    ("backends/*/host/*", BACKEND + DEVICE + ["compiler/lower/*", "backends/{engine}/*"], ANY),
    ("compiler/base/*", BASE, ANY),
    # Nodes are made and printed from rows of the registry: graph knows the row.
    ("compiler/graph/*", BASE + ["compiler/graph/*", "compiler/ops/ops.h"], ANY),
    ("compiler/ops/*", OPS, ANY),
    ("compiler/import/*", OPS + ["compiler/import/*"], ANY),
    ("compiler/program/*", BASE + ["compiler/program/*", "runtime/*"], ANY),
    ("compiler/emit/*", PROGRAM, ANY),
    ("compiler/lower/*", BACKEND + ["compiler/lower/*"], ANY),
    ("compiler/passes/*", OPS + ["compiler/backend.h", "compiler/passes/*"], ANY),
    ("compiler/place/*", OPS + ["compiler/backend.h", "compiler/place/*"], ANY),
    ("compiler/quantize/*", OPS + ["compiler/backend.h", "compiler/quantize/*"], ANY),
    ("compiler/onboard/*", BACKEND + ["compiler/onboard/*", "compiler/execute.h",
                                      "boards/qemu/job.h"], ANY),
    ("compiler/backend.h", OPS + PROGRAM, ANY),
    ("compiler/*.[ch]", PUBLIC + ["compiler/*", "runtime/*"], ANY),
    ("cli/*", PUBLIC + ["cli/*"], ANY),
    ("python/*", PUBLIC + ["python/*"], ANY),
    ("boards/*", DEVICE + ["boards/*", *ENGINES], ANY),
    ("examples/*", PUBLIC + ["examples/*", "boards/common/board.h", *ENGINES], ANY),
    ("bench/*", ["**"], ANY),
    ("tests/*", ["**"], ANY),
    ("tools/*", ["**"], ANY),
]

# Headers that `sconce` writes for whoever builds the example.
GENERATED = {"model.h"}

# Names that may not be in the code (comments may give examples) of these rooms.
NAMES = [
    ("engine or chip name",
     re.compile(r"cortex|cadence|ethos|neutron|cmsis|hifi\d|xtensa|helium|nnlib|\bvela\b|"
                r"stm32|imxrt|mcxn|\bnrf5|\balif\b", re.I),
     ["include/*", "runtime/*", "kernels/*", "compiler/*", "cli/*", "python/*"], []),
    ("aten outside import, ops and backends",
     re.compile(r"(?<![A-Za-z0-9])aten(?![A-Za-z0-9])", re.I),
     ["include/*", "runtime/*", "kernels/*", "compiler/*", "cli/*", "python/*"],
     ["compiler/import/*", "compiler/ops/*"]),
]

CODE = (".c", ".h")
LICENSED = CODE + (".py", ".sh", ".cmake", ".in", ".yaml", ".toml", ".S", ".ld")
LICENSED_NAMES = {"CMakeLists.txt", "Makefile"}
DATA = ["tests/fuzz/corpus/*"]  # inputs, not sources
SPDX = "SPDX-License-Identifier: Apache-2.0"
TOPS = ["include", "runtime", "kernels", "compiler", "backends", "targets", "recipes", "cli",
        "python", "boards", "tests", "bench", "examples", "tools", "cmake"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
DIRECTIVE = re.compile(r"^\s*#\s*include\b")


def fits(path, pattern):
    """Part by part; a last part "*" is everything below, "**" alone is anything."""
    parts, wanted = path.split("/"), pattern.split("/")
    if pattern == "**":
        return True
    if wanted[-1] == "*":
        wanted.pop()
        parts, rest = parts[:len(wanted)], parts[len(wanted):]
        if not rest:
            return False
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def files_below(root):
    """Paths of the source files, relative to root, sorted."""
    found = [name for name in os.listdir(root) if os.path.isfile(os.path.join(root, name))]
    for top in TOPS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if not f.startswith((".", "__pycache__"))]
            found += [os.path.relpath(os.path.join(folder, n), root) for n in names]
    return sorted(path.replace(os.sep, "/") for path in found)


def without_comments(text):
    """Comments become spaces, line breaks stay; strings stay."""
    pattern = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*',
                         re.S)

    def blank(match):
        piece = match.group(0)
        return re.sub(r"[^\n]", " ", piece) if piece.startswith("/") else piece

    return pattern.sub(blank, text)


def room_of(path):
    for pattern, headers, system in ROOMS:
        if fits(path, pattern):
            engine = path.split("/")[1] if path.startswith("backends/") else ""
            return [h.replace("{engine}", engine) for h in headers], system
    return None


def resolve(root, path, name):
    """The project file that an include names, or None."""
    for folder in (os.path.dirname(path), "", "include"):
        candidate = os.path.normpath(os.path.join(folder, name)).replace(os.sep, "/")
        if os.path.isfile(os.path.join(root, candidate)):
            return candidate
    return None


def check_include(root, path, bracket, name):
    """The breach that one include line is, or None."""
    room = room_of(path)
    if room is None:
        return "room: this folder is no room of docs/architecture.md"
    headers, system = room
    target = resolve(root, path, name)
    if target is None and path.startswith(("examples/", "tests/")) and name in GENERATED:
        return None
    if target is None and bracket == '"':
        return f'include: "{name}" is no file here'
    if target is None:
        arm_file = path.endswith(("_dsp.c", "_mve.c"))
        if system is ANY or name in system or (arm_file and name in ARM):
            return None
        return f"include: <{name}> isn't freestanding"
    if target == path or any(fits(target, pattern) for pattern in headers):
        return None
    return f"include: this room may not see {target}"


def check_code(root, path, text):
    breaches = []
    code = without_comments(text).split("\n")
    for number, line in enumerate(code, 1):
        match = INCLUDE.match(line)
        if match:
            breach = check_include(root, path, match.group(1), match.group(2))
            if breach:
                breaches.append((number, breach))
        elif DIRECTIVE.match(line):
            breaches.append((number, "include: through a macro can't be checked"))
    return breaches


def check_names(path, text):
    breaches = []
    code = without_comments(text).split("\n") if path.endswith(CODE) else text.split("\n")
    for rule, pattern, where, exempt in NAMES:
        if not any(fits(path, w) for w in where) or any(fits(path, e) for e in exempt):
            continue
        for number, line in enumerate(code, 1):
            match = pattern.search(line)
            if match:
                breaches.append((number, f"{rule}: '{match.group(0)}'"))
    return breaches


def check_licence(text):
    lines = text.split("\n", 2)[:2]
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    return [] if SPDX in first else [(1, f"licence: the first line must say {SPDX}")]


def check(root):
    """(All breaches of a tree, as `path:line: rule: what`; how many files were read.)"""
    out, n_files = [], 0
    for path in files_below(root):
        name = os.path.basename(path)
        if not (path.endswith(LICENSED) or name in LICENSED_NAMES) or \
                any(fits(path, pattern) for pattern in DATA):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            text = file.read()
        n_files += 1
        breaches = check_licence(text)
        if path.endswith(CODE):
            breaches += check_code(root, path, text)
        if path.endswith(CODE + (".py",)):
            breaches += check_names(path, text)
        out += [f"{path}:{number}: {breach}" for number, breach in sorted(breaches)]
    return out, n_files


def main(arguments):
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        print(__doc__)
        return 2
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    root = arguments[0] if arguments else here
    if not os.path.isdir(root):
        print(f"check_includes: error: {root} is no folder", file=sys.stderr)
        return 2
    breaches, n_files = check(root)
    for breach in breaches:
        print(breach)
    if not breaches:
        print(f"includes: {n_files} files keep to their rooms")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
