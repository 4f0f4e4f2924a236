# SPDX-License-Identifier: Apache-2.0
"""Files made to break a loader: tests/hostile, one or more for each class of advisory that
ExecuTorch had in 2025. Each is refused with the reason, here and on simulated cores, where
also the fuzzers' corpus never faults.
"""

import json
import os
import struct
import subprocess
import sys

import pytest

from support import ROOT, assert_refused

HOSTILE = ROOT / "tests" / "hostile"
EXPECTED = json.loads((HOSTILE / "expected.json").read_text())
CORPUS = sorted((ROOT / "tests" / "fuzz" / "corpus" / "pte").glob("*.pte"))
STATUSES = {"bad format": -2, "unsupported": -4}
# ARMv6-M without an MPU worth the name, and the largest core
CORES = ("cortex-m0plus", "cortex-m55")


def test_files_are_what_the_script_makes(tmp_path):
    sys.path.insert(0, str(HOSTILE))
    import make_hostile

    (tmp_path / "files").mkdir()
    make_hostile.write(tmp_path)
    assert (tmp_path / "expected.json").read_text() == (HOSTILE / "expected.json").read_text()
    for name in EXPECTED:
        made = (tmp_path / "files" / f"{name}.pte").read_bytes()
        assert made == (HOSTILE / "files" / f"{name}.pte").read_bytes(), name


def test_every_class_has_a_file():
    assert len({entry["class"] for entry in EXPECTED.values()}) == 5


def test_good_file_is_good(sconce):
    told = sconce("inspect", "--check-plan", HOSTILE / "files" / "good.pte", check=True)
    assert "no overlap" in told.stdout


@pytest.mark.parametrize("name", EXPECTED)
def test_hostile_file_is_refused_with_the_reason(sconce, name):
    assert_refused(sconce("run", HOSTILE / "files" / f"{name}.pte"),
                   mentions=(EXPECTED[name]["says"],))


# ---- on simulated cores ----------------------------------------------------------------


def job_of(pte, result):
    """boards/qemu/job.h: a program and no inputs, so that it's loaded and not run."""
    def padded(data):
        return data + bytes(-len(data) % 16)

    head, path = 48, padded(str(result).encode() + b"\0")
    body = padded(pte)
    total = head + len(body) + len(path)
    return struct.pack("<12I", 0x424A4353, 1, total, 0, head, len(pte), head + len(body),
                       total, 0, 0, 1, 0) + body + path


def board_of(sconce, core):
    folder = os.environ.get("SCONCE_BOARDS") or sconce.path.parent / "boards"
    board = dict(line.split() for line in open(f"{folder}/{core}.board"))
    return board["machine"], int(board["job_start"], 0), f"{folder}/{core}.elf"


def load_on(board, path, folder):
    """(status, stage) of the runner's last line; there is one unless the core hangs."""
    machine, start, image = board
    job, result = folder / "job", folder / "result"
    result.unlink(missing_ok=True)
    job.write_bytes(job_of(path.read_bytes(), result))
    subprocess.run(
        ["qemu-system-arm", "-M", machine, "-nodefaults", "-display", "none", "-nic", "none",
         "-semihosting-config", "enable=on,target=native", "-kernel", image,
         "-device", f"loader,file={job},addr={start:#x},force-raw=on"],
        capture_output=True, timeout=60)
    lines = result.read_bytes().decode(errors="replace").splitlines()
    assert not any(line.startswith("fault") for line in lines), f"{path.name}: {lines}"
    word, status, stage, *_ = lines[-1].split()
    assert word == "done", f"{path.name}: {lines}"
    return int(status), stage


@pytest.mark.parametrize("core", CORES)
def test_hostile_file_on_a_core_ends_with_the_status_of_the_host(sconce, tmp_path, core):
    board = board_of(sconce, core)
    for name, entry in EXPECTED.items():
        status, stage = load_on(board, HOSTILE / "files" / f"{name}.pte", tmp_path)
        assert status == STATUSES[entry["status"]], (name, status, stage)
        assert stage == ("init" if "initialising" in entry["says"] else "verify"), name
    assert load_on(board, HOSTILE / "files" / "good.pte", tmp_path)[0] == 0


@pytest.mark.parametrize("core", CORES)
def test_corpus_on_a_core_never_faults(sconce, tmp_path, core):
    board = board_of(sconce, core)
    assert len(CORPUS) > 30
    loaded = [load_on(board, path, tmp_path)[0] == 0 for path in CORPUS]
    assert sum(loaded) > len(CORPUS) / 2, "most seeds are sound programs"
