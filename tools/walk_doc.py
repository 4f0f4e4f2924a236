#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows a document to the letter: walk_doc.py [--keep] docs/adding-an-op.md

Copies the source tree to a temporary folder, then goes through the fenced code
blocks from top to bottom:

  ```sh                           runs in the copy (bash -eu)
  ```c file=PATH create           the block is the file
  ```c file=PATH append           the block is added at its end
  ```c file=PATH before=TEXT      ... before the first line that starts with TEXT
  ```c file=PATH after=TEXT       ... behind it (TEXT goes to the end of the line;
                                  blanks at the start of lines don't count)

The language before file= is free. Blocks of another kind are only read by people.
`python3` in a block is the one that runs this script. Exits 1 at the first block
that fails, with its line; --keep leaves the copy and prints where it is.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(\S*)[ \t]*(.*)$")
FILE = re.compile(r"file=(\S+) (create|append|before=(.+)|after=(.+))$")


class Failed(Exception):
    pass


def read_blocks(text):
    """(line, language, info, body) of each fenced block."""
    blocks, start, body = [], None, []
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if start is None and fence:
            start, body = (number, fence[1], fence[2].strip()), []
        elif start is not None and line.rstrip() == "```":
            blocks.append((*start, "".join(body)))
            start = None
        elif start is not None:
            body.append(line + "\n")
    if start is not None:
        raise Failed(f"{start[0]}: the block isn't closed")
    return blocks


def copy_tree(target):
    """What git tracks or would track, as it is in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout
    for name in set(listed.decode().split("\0")) - {""}:
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def insert(path, anchor, behind, body):
    lines = path.read_text().splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.strip().startswith(anchor.strip()):
            lines.insert(index + behind, body)
            path.write_text("".join(lines))
            return
    raise Failed(f"no line of {path.name} starts with '{anchor.strip()}'")


def apply_file(tree, info, body):
    match = FILE.match(info)
    if not match:
        raise Failed(f"'{info}' isn't file=PATH create, append, before=TEXT or after=TEXT")
    path = (tree / match[1]).resolve()
    if not path.is_relative_to(tree.resolve()):
        raise Failed(f"{match[1]} lies outside of the tree")
    if match[2] == "create":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
        return
    if not path.is_file():
        raise Failed(f"{match[1]} isn't there")
    if match[2] == "append":
        path.write_text(path.read_text() + body)
    else:
        insert(path, match[3] or match[4], match[3] is None, body)


def run_shell(tree, body):
    env = dict(os.environ)
    env["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(["bash", "-eu", "-c", body], cwd=tree, env=env,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f"exit {done.returncode}\n{body}---\n{done.stdout[-8000:]}")


def walk(document, tree):
    copy_tree(tree)
    done = 0
    for line, language, info, body in read_blocks(document.read_text()):
        try:
            if "file=" in info:
                apply_file(tree, info, body)
            elif language == "sh":
                run_shell(tree, body)
            else:
                continue
        except Failed as fault:
            raise Failed(f"{line}: {fault}") from None
        done += 1
    if done == 0:
        raise Failed("1: no block to follow")
    return done


def main(args):
    keep = "--keep" in args
    names = [a for a in args if a != "--keep"]
    if len(names) != 1 or names[0].startswith("-"):
        print(__doc__)
        return 2
    document = pathlib.Path(names[0])
    tree = pathlib.Path(tempfile.mkdtemp(prefix="walk-doc-"))
    try:
        done = walk(document, tree)
        print(f"{document}: {done} blocks followed")
        return 0
    except Failed as fault:
        print(f"{document}:{fault}", file=sys.stderr)
        return 1
    finally:
        if keep:
            print(f"the copy is {tree}")
        else:
            shutil.rmtree(tree)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
