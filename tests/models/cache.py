# SPDX-License-Identifier: Apache-2.0
"""Runs a model-making script once and keeps what it wrote.

`ensure("export")` gives the folder that `export.py FOLDER` filled. The folder's
name holds a hash of every script here and of the package versions, so a changed
script or another torch is another folder. A lock keeps two test runs from doing
the same minute of work; a folder appears whole or not at all.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = {"export": ["torch"], "traps": ["torch", "torchao"],
            "stock": ["torch", "executorch"],
            "flow": ["torch", "executorch"], "methods": ["torch", "executorch"],
            "quantized": ["torch", "torchao", "executorch"]}
SCRIPTS = {"export": ["zoo"], "traps": [], "stock": ["zoo", "export"],
           "flow": [], "methods": [], "quantized": ["zoo", "export"]}


def cache_root():
    """Where model folders are kept: $SCONCE_CACHE or .cache/models."""
    root = Path(os.environ.get("SCONCE_CACHE", ROOT / ".cache" / "models"))
    root.mkdir(parents=True, exist_ok=True)
    return root


def folder_name(script):
    digest = hashlib.sha256()
    for name in [script] + SCRIPTS[script]:
        digest.update((HERE / f"{name}.py").read_bytes())
    for package in PACKAGES[script]:
        digest.update(f"{package} {version(package)}\n".encode())
    return f"{script}-{digest.hexdigest()[:12]}"


def ensure(script):
    """The folder that `script` filled; fills it now when it isn't there."""
    root = cache_root()
    folder = root / folder_name(script)
    with open(root / f"{script}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        part = root / f"{folder.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        done = subprocess.run([sys.executable, str(HERE / f"{script}.py"), str(part)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{script}.py failed:\n{done.stdout[-4000:]}\n"
                               f"{done.stderr[-8000:]}")
        part.rename(folder)
    return folder


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SCRIPTS:
        print(ensure(wanted))
