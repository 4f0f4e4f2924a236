# SPDX-License-Identifier: Apache-2.0
"""The bench prints the same figures every time, and what it measures of loading, RAM
beside the arena and text stays within what the project promises."""

import os
import re
import subprocess

import pytest

from support import ROOT

# stock's load instructions, and ours may be a tenth of them
STOCK_LOAD = {"dscnn": 187_000, "resnet8": 198_000, "mobilenetv2_64": 944_000}
TEXT_LIMIT = 40 * 1024
RAM_LIMIT = 4 * 1024


@pytest.fixture(scope="module")
def bench(sconce, zoo, tmp_path_factory):
    """bench(*names, core): its text."""
    work = tmp_path_factory.mktemp("bench")
    models = zoo["dscnn"].pt2["plain"].parent
    boards = os.environ.get("SCONCE_BOARDS") or sconce.path.parent / "boards"

    def run(*names, core="cortex-m33"):
        done = subprocess.run(
            [ROOT / "tools" / "bench.py", "--models", models, "--sconce", sconce.path,
             "--boards", boards, "--work", work, "--only", ",".join(names), "--cores", core],
            text=True, capture_output=True, timeout=900)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def table(text, first_title):
    """Rows of the table whose first data column has this title, as dicts."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        titles = [t.strip() for t in line.strip("|").split("|")]
        if line.startswith("| model") and titles[2] == first_title:
            rows = []
            for row in lines[i + 2:]:
                if not row.startswith("|"):
                    break
                rows.append(dict(zip(titles, (c.strip() for c in row.strip("|").split("|")))))
            return rows
    raise AssertionError(f"no table with {first_title!r} in\n{text}")


def integer(cell):
    return int(re.match(r"[\d,]+", cell)[0].replace(",", ""))


def test_bench_run_twice_prints_the_same(bench):
    assert bench("dscnn") == bench("dscnn")


def test_bench_of_three_networks_keeps_the_promises(bench):
    text = bench(*STOCK_LOAD)
    speed, memory, load = (table(text, t) for t in ("MACs", "arena", "linked in"))
    assert len(speed) == len(memory) == len(load) == 3
    assert {row["bytes"] for row in speed} == {"equal"}
    for limit, row in zip(STOCK_LOAD.values(), load):
        assert integer(row["linked in"]) <= limit / 10, row
    for row in memory:
        assert integer(row["text and rodata"]) <= TEXT_LIMIT, row
        assert integer(row["RAM beside it"]) <= RAM_LIMIT, row


def test_bench_without_models_says_what_to_do(sconce, tmp_path):
    done = subprocess.run([ROOT / "tools" / "bench.py", "--sconce", tmp_path / "none"],
                          text=True, capture_output=True)
    assert done.returncode != 0
    assert "bench: error:" in done.stderr
