#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The most bytes of stack that an image can use, from its call graph.

    tools/stack_bound.py firmware.elf [--su BUILD_FOLDER] [--entry sc_start] [--json]

Frames are read off the instructions that lower sp; with --su they are at least what
gcc -fstack-usage wrote (*.su), and a frame without bound is an error. Calls through
pointers: from the interpreter to each kernel (functions named sc_..._i, _f, _d, _h, _x
whose address the image holds), from what loads a program to the one that runs
delegates, from elsewhere to any other function whose address it holds. Recursion is an error. Interrupts come on top: 32 bytes, or 104 with
floating-point registers, and what the handler uses. Needs arm-none-eabi-objdump.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

FUNCTION = re.compile(r"^([0-9a-f]{8}) <([^>]+)>:$")
LINE = re.compile(r"^\s*([0-9a-f]+):\t([0-9a-f ]+)\t(\S+)\s*(.*)$")
TARGET = re.compile(r"\b([0-9a-f]+) <([^>+]+)>")
KERNEL = re.compile(r"^sc_\w+_[ifhdx]$")
INTERPRETER = {"sc_run", "instruction_run", "kernel_run"}
LOADER = {"sc_init", "sc_init_bound", "kernels_bind", "delegate_bind", "delegate_prepare"}
DELEGATE_RUNNER = "sc_sconce_delegate_x"
REGISTERS = {f"r{i}": i for i in range(13)} | {"sl": 10, "fp": 11, "ip": 12, "lr": 14, "pc": 15}


def fail(what):
    sys.exit(f"stack_bound: error: {what}")


class Function:
    def __init__(self, name, address):
        self.name, self.address = name, address
        self.frame = 0
        self.calls, self.jumps = set(), set()  # addresses; a jump comes after the frame's end
        self.by_pointer = False


def registers_count(text):
    """Of "{r4, r5, r7-r9, lr}" or "{d8-d15}"."""
    n = 0
    for part in re.search(r"\{(.*)\}", text)[1].split(","):
        first, _, last = part.strip().partition("-")
        if not last:
            n += 1
        elif first[0] in "ds" and first[1:].isdigit():
            n += int(last[1:]) - int(first[1:]) + 1
        else:
            n += REGISTERS[last] - REGISTERS[first] + 1
    return n


def lowers_sp(op, args, where):
    """Bytes by which an instruction moves sp down."""
    op = op.removesuffix(".w").removesuffix(".n")
    if op == "push" or (op in ("stmdb", "stmfd") and args.startswith("sp!")):
        return 4 * registers_count(args)
    if op == "vpush" or (op.startswith("vstmdb") and args.startswith("sp!")):
        return (8 if "{d" in args else 4) * registers_count(args)
    pre = re.search(r"\[sp, #-(\d+)\]!", args)
    if pre:
        return int(pre[1])
    if op in ("sub", "subw") and re.match(r"sp,", args):
        number = re.search(r"#(\d+)", args)
        if not number:
            fail(f"{where} lowers sp by a register: its frame has no bound here")
        return int(number[1])
    return 0


def disassemble(elf):
    """address -> Function, and the addresses of functions that instructions load."""
    text = subprocess.run(["arm-none-eabi-objdump", "-d", "-j", ".text", elf], text=True,
                          capture_output=True, check=True).stdout
    functions, loaded, low, here = {}, set(), {}, None
    for line in text.splitlines():
        start = FUNCTION.match(line)
        if start:
            here = Function(start[2], int(start[1], 16))
            functions[here.address] = here
            continue
        found = LINE.match(line)
        if not found or not here:
            continue
        op, args = found[3], found[4]
        here.frame += lowers_sp(op, args, here.name)
        if op.startswith("movw") or op.startswith("movt"):
            register, number = re.match(r"(\w+), #(\d+)", args).groups()
            if op.startswith("movw"):
                low[register] = int(number)
            else:
                loaded.add(int(number) << 16 | low.get(register, 0))
        elif op == ".word":
            loaded.add(int(args.split()[0], 16))
        elif op.startswith("blx") and not TARGET.search(args):
            here.by_pointer = True
        elif op[0] == "b" or op.startswith("cb"):
            target = TARGET.search(args)
            if not target:
                continue
            address = int(target[1], 16)
            if op.startswith("bl") and op[:3] not in ("ble", "blt", "bls"):
                here.calls.add(address)
            elif address != here.address:  # that is a loop
                here.jumps.add(address)
    return functions, loaded


def words_of(elf, section):
    """32-bit words of a section's bytes; none when it has none."""
    dump = subprocess.run(["arm-none-eabi-objdump", "-s", "-j", section, elf], text=True,
                          capture_output=True).stdout
    data = "".join("".join(re.match(r" [0-9a-f]+ ((?:[0-9a-f]{1,8} ?){1,4})", line)[1].split())
                   for line in dump.splitlines() if re.match(r" [0-9a-f]+ [0-9a-f]", line))
    blob = bytes.fromhex(data[:len(data) // 8 * 8])
    return {int.from_bytes(blob[i:i + 4], "little") for i in range(0, len(blob), 4)}


def usage_read(folder):
    """function name -> the largest frame that gcc tells of one of that name."""
    usage = {}
    for path in Path(folder).rglob("*.su"):
        for line in path.read_text().splitlines():
            where, n_bytes, kind = line.split("\t")
            name = where.rsplit(":", 1)[1]
            if "dynamic" in kind and "bounded" not in kind:
                fail(f"{where}: a frame without bound")
            usage[name] = max(usage.get(name, 0), int(n_bytes))
    return usage


def frames_raise(functions, usage):
    names = {}
    for f in functions.values():
        names.setdefault(f.name.split(".")[0], []).append(f)
    for name, same in names.items():
        if len(same) == 1:  # else the instructions know better which is which
            same[0].frame = max(same[0].frame, usage.get(name, 0))


def pointer_targets(functions, loaded, elf):
    held = {w & ~1 for w in loaded | words_of(elf, ".rodata") | words_of(elf, ".data") if w & 1}
    taken = {a for a in held if a in functions}
    kernels = {a for a in taken if KERNEL.match(functions[a].name)}
    return kernels, taken - kernels


class Bound:
    def __init__(self, functions, kernels, others):
        self.functions, self.kernels, self.others = functions, kernels, others
        self.done, self.path = {}, []

    def callees(self, f):
        calls = set(f.calls)
        if f.by_pointer:
            calls |= self.pointed(f.name.split(".")[0])
        return calls

    def pointed(self, name):
        if name in LOADER:
            return {a for a in self.kernels if self.functions[a].name == DELEGATE_RUNNER}
        return self.kernels if name in INTERPRETER else self.others

    def of(self, address):
        """(bytes, chain of names) of a function and what it calls."""
        f = self.functions.get(address)
        if f is None:
            return 0, []
        if address in self.done:
            return self.done[address]
        if address in self.path:
            chain = [self.functions[a].name for a in self.path] + [f.name]
            fail("recursion, so no bound: " + " -> ".join(chain))
        self.path.append(address)
        best = (f.frame, [])
        for callee in sorted(self.callees(f)):
            n_bytes, chain = self.of(callee)
            best = max(best, (f.frame + n_bytes, chain))
        for target in sorted(f.jumps):
            # the frame has gone, but for parts that gcc set apart
            n_bytes, chain = self.of(target)
            same = self.functions.get(target)
            kept = f.frame if same and same.name.startswith(f.name + ".") else 0
            best = max(best, (kept + n_bytes, chain))
        self.path.pop()
        self.done[address] = (best[0], [f"{f.name} {f.frame}"] + best[1])
        return self.done[address]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("elf", type=Path)
    parser.add_argument("--su", type=Path, help="folder with the .su files of its objects")
    parser.add_argument("--entry", default="sc_start")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    functions, loaded = disassemble(options.elf)
    if options.su:
        usage = usage_read(options.su)
        if not usage:
            fail(f"{options.su} has no .su files; build with -fstack-usage")
        frames_raise(functions, usage)
    entry = [a for a, f in functions.items() if f.name == options.entry]
    if len(entry) != 1:
        fail(f"{options.elf} has no function {options.entry}")
    n_bytes, chain = Bound(functions, *pointer_targets(functions, loaded, options.elf)).of(entry[0])
    if options.json:
        print(json.dumps({"stack_bytes": n_bytes, "chain": chain}))
    else:
        print(f"{options.elf}: at most {n_bytes} bytes of stack\n  " + "\n  ".join(chain))


if __name__ == "__main__":
    main()
