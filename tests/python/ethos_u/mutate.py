# SPDX-License-Identifier: Apache-2.0
"""Builds ethos_u_run with one text of the simulator's sources replaced."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENGINE = ROOT / "backends" / "ethos_u"
# what the command needs of the runtime
RUNTIME = [ROOT / "runtime" / f"{name}.c" for name in ("model", "flatbuf", "status", "value")]
COMMAND = ROOT / "tests" / "tools" / "ethos_u_run.c"
FLAGS = ["-std=c11", "-O1", "-w", "-D_POSIX_C_SOURCE=200809L"]


class Builder:
    """Compiles the unchanged files once; a mutant compiles what it changes."""

    def __init__(self, folder):
        self.folder = folder
        self.objects = {}
        for source in [*RUNTIME, COMMAND, *self._engine_files(ENGINE)]:
            self.objects[source.name] = self._compile(source, folder / f"{source.stem}.o", [])

    @staticmethod
    def _engine_files(root):
        # The delegate calls the rest of the runtime; the command needs neither it nor what
        # is built on it.
        return sorted(p for part in ("device", "sim") for p in (root / part).glob("*.c")
                      if p.stem not in ("delegate", "npu"))

    def _compile(self, source, target, includes):
        options = [f"-I{path}" for path in (*includes, ROOT, ROOT / "include")]
        subprocess.run(["cc", *FLAGS, *options, "-c", "-o", target, source], check=True)
        return target

    def build(self, name, file, old, new):
        """Path of the command with `old` in backends/ethos_u/`file` replaced by `new`."""
        tree = self.folder / name.replace(" ", "-").replace("'", "")
        copy = tree / "backends" / "ethos_u"
        shutil.copytree(ENGINE, copy)
        changed = copy / file
        text = changed.read_text()
        assert text.count(old) == 1, f"{name}: {file} has the text {text.count(old)} times"
        changed.write_text(text.replace(old, new))
        objects = dict(self.objects)
        sources = [changed] if changed.suffix == ".c" else self._engine_files(copy)
        for source in sources:
            objects[source.name] = self._compile(source, tree / f"{source.stem}.o", [tree])
        command = tree / "ethos_u_run"
        subprocess.run(["cc", "-o", command, *objects.values()], check=True)
        return command
