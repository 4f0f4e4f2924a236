# SPDX-License-Identifier: Apache-2.0
"""The documents that teach how to add things are followed to the letter."""

import subprocess
import sys

import pytest

import support

TOOL = support.ROOT / "tools" / "walk_doc.py"
FENCE = "```"


def walk(document):
    return subprocess.run([sys.executable, TOOL, document], cwd=support.ROOT, text=True,
                          capture_output=True, timeout=1200)


@pytest.mark.parametrize("name", ["adding-an-op", "adding-a-backend"])
def test_document_can_be_followed(name):
    done = walk(support.ROOT / "docs" / f"{name}.md")
    assert done.returncode == 0, done.stdout + done.stderr


def block(info, body):
    return f"{FENCE}{info}\n{body}\n{FENCE}\n"


BROKEN = {
    "a command fails": (block("sh", "true\nfalse\ntrue"), "1: exit 1"),
    "no such line": (block("c file=LICENSE before=nowhere to be found", "x"),
                     "1: no line of LICENSE starts with"),
    "no such file": (block("c file=nothing.c append", "x"), "1: nothing.c isn't there"),
    "outside": (block("c file=../x.c create", "x"), "1: ../x.c lies outside"),
    "unknown mode": (block("c file=x.c replace", "x"), "1: 'file=x.c replace' isn't"),
    "not closed": (f"{FENCE}sh\ntrue\n", "1: the block isn't closed"),
    "nothing": ("text\n" + block("json", "{}"), "1: no block to follow"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_document_is_named(tmp_path, name):
    text, message = BROKEN[name]
    (tmp_path / "doc.md").write_text(text)
    done = walk(tmp_path / "doc.md")
    assert done.returncode == 1
    assert f"doc.md:{message}" in done.stderr


def test_blocks_are_applied_in_order(tmp_path):
    (tmp_path / "doc.md").write_text(
        block("c file=dir/a.txt create", "one\n  two\nthree") +
        block("c file=dir/a.txt before=two", "1.5") +
        block("c file=dir/a.txt after=two", "2.5") +
        block("c file=dir/a.txt append", "four") +
        block("sh", "test \"$(tr '\\n' , <dir/a.txt)\" = 'one,1.5,  two,2.5,three,four,'"))
    done = walk(tmp_path / "doc.md")
    assert done.returncode == 0, done.stderr
    assert "5 blocks followed" in done.stdout
