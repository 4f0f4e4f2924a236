# SPDX-License-Identifier: Apache-2.0
"""Stock's Ethos-U programs on simulated cores, and in firmware.

On a board the delegate is the device's own code; the simulator stands where the NPU's
driver would be. Outputs are those of TOSA's reference model (tests/models/ethos_u), to
the byte.
"""

import json
import os
import re
import struct
import subprocess
import zlib
from dataclasses import replace

import numpy as np
import pytest

from support import ROOT, assert_refused, load_models, read_outputs

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
DELEGATE = "EthosUBackend"
MODELS = load_models(ROOT / "tests" / "models" / "ethos_u")
# Refused on the computer already: another instruction set, weights in another file.
RUN = [name for name in MODELS if name not in ("conv_u85_256", "conv_u55_128_ptd")]
# Bytes that the streams reach of region 2, from the fixtures' README.
FAST_BYTES = {"conv_u65_256": 9712, "conv_u65_512": 9728, "wide_u65_256": 4800}
# Header of the payload's block with the scratch's bytes: name, size, 12 zeros.
SCRATCH_SIZE = b"scratch_size".ljust(16, b"\0") + struct.pack("<I", 4) + bytes(12)


class Board:
    """qemu_run of tests/tools, which lies beside `sconce`, as the images do."""

    def __init__(self, sconce):
        self.command = sconce.path.parent / "qemu_run"
        self.dir = os.environ.get("SCONCE_BOARDS") or sconce.path.parent / "boards"
        for name in (self.command, *(f"{self.dir}/{c}.elf" for c in CORES)):
            assert os.path.exists(name), f"{name} isn't there: run `make boards unit`"

    def __call__(self, core, pte, out_dir, inputs, *options, folder=None):
        return subprocess.run(
            [self.command, *options, core, pte, out_dir, *inputs], text=True,
            capture_output=True, timeout=300,
            env={**os.environ, "SCONCE_BOARDS": str(folder or self.dir)})


@pytest.fixture(scope="module")
def board(sconce):
    return Board(sconce)


def all_cases(board, core, name, folder, *options, pte=None):
    """What was measured, after all cases of a fixture gave the expected bytes; pte:
    another program that does the same."""
    model = MODELS[name]
    inputs = [path for case in model.cases for path in case.inputs]
    done = board(core, pte or model.pte, folder, inputs, *options)
    assert done.returncode == 0, f"{core} {name}\n{done.stdout}{done.stderr}"
    for number, case in enumerate(model.cases):
        got = read_outputs(folder / str(number))
        assert len(got) == len(case.outputs)
        for index, (a, b) in enumerate(zip(got, case.outputs)):
            where = f"{name} on {core}, case {number}, output {index}"
            assert (a.dtype, a.shape) == (b.dtype, b.shape), where
            assert a.tobytes() == b.tobytes(), where
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", RUN)
def test_board_m55_gives_the_reference_bytes(board, tmp_path, name):
    told = all_cases(board, "cortex-m55", name, tmp_path)
    assert [row[0] for row in told["simulated"]] == [DELEGATE]
    assert told["simulated"][0][1] > FAST_BYTES.get(name, 0)


@pytest.mark.parametrize("core", [core for core in CORES if core != "cortex-m55"])
@pytest.mark.parametrize("name", ("partial_u55_128", "wide_u65_256"))
def test_board_other_cores_give_the_reference_bytes(board, tmp_path, core, name):
    all_cases(board, core, name, tmp_path)


@pytest.fixture(scope="module")
def planned_anew(sconce, tmp_path_factory):
    """planned_anew(name) -> .pte whose memory plan holds the scratch of its calls."""
    folder = tmp_path_factory.mktemp("planned_anew")

    def compile_again(name):
        pte = folder / f"{name}.pte"
        sconce("compile", MODELS[name].pte, "-o", pte, check=True)
        return pte

    return compile_again


@pytest.mark.parametrize("name", ("partial_u55_128", "two_u55_128", "wide_u65_256"))
def test_board_with_scratch_in_the_plan_gives_the_reference_bytes(
        board, planned_anew, tmp_path, name):
    told = all_cases(board, "cortex-m55", name, tmp_path, pte=planned_anew(name))
    assert told["scratch"] == 0
    assert [row[0] for row in told["simulated"]] == [DELEGATE]


def test_board_counts_are_the_same_every_time_and_by_call(board, tmp_path):
    first = all_cases(board, "cortex-m55", "partial_u55_128", tmp_path, "--calls")
    again = all_cases(board, "cortex-m55", "partial_u55_128", tmp_path, "--calls")
    assert first == again
    names = [name for _, name, _ in first["calls"]]
    assert names.count(DELEGATE) == 2
    assert sum(n for *_, n in first["calls"]) == pytest.approx(first["runs"][0], rel=0.001)


def test_board_state_of_one_run_does_not_leak_into_the_next(board, tmp_path):
    """Scratch and the simulator's memory are used again: counts don't change, and all
    sets gave their own outputs."""
    told = all_cases(board, "cortex-m55", "two_u55_128", tmp_path, "--runs", "2")
    for first, second in zip(told["runs"][::2], told["runs"][1::2]):
        assert first == second


@pytest.mark.parametrize("form", ("text", "json"))
def test_run_on_qemu_says_what_was_simulated(sconce, board, tmp_path, form):
    model = MODELS["partial_u55_128"]
    options = ["--json"] if form == "json" else []
    done = sconce("run", model.pte, "--input", model.cases[0].inputs[0], "--on", "qemu",
                  "--target", "cortex-m55", "--profile", "-o", tmp_path, *options, check=True)
    assert read_outputs(tmp_path)[0].tobytes() == model.cases[0].outputs[0].tobytes()
    if form == "text":
        assert "equal to this computer's" in done.stdout
        assert re.search(rf"^ +\d+ +2  {DELEGATE} \(simulated\)$", done.stdout, re.M)
        assert not re.search(r"decomposed.*\(simulated\)", done.stdout)
        assert f"{DELEGATE} was simulated" in done.stdout
        assert "say nothing" in done.stdout
        assert re.search(r"^  scratch +6144 B for delegate calls$", done.stdout, re.M)
        return
    told = json.loads(done.stdout)
    assert told["bytes_equal"] and told["scratch_bytes"] == 6144
    assert [row["delegate"] for row in told["simulated"]] == [DELEGATE]
    flags = {row["operator"]: row["simulated"] for row in told["operators"]}
    assert flags.pop(DELEGATE) is True
    assert flags and not any(flags.values())


def test_run_on_qemu_without_delegates_mentions_no_simulation(sconce, board, tmp_path):
    (tmp_path / "m.scg").write_text(
        "graph m\ninput %x : f32[2]\n%y : f32[2] = aten.relu.default(%x)\n"
        'output "y" %y\nend\n')
    sconce.compile(tmp_path / "m.scg", tmp_path / "m.pte")
    np.save(tmp_path / "x.npy", np.array([-1, 2], np.float32))
    for options in ([], ["--json"]):
        done = sconce("run", tmp_path / "m.pte", "--input", tmp_path / "x.npy", "--on",
                      "qemu", "--target", "cortex-m33", "--profile", *options, check=True)
        assert "was simulated" not in done.stdout and "(simulated)" not in done.stdout
        if options:
            told = json.loads(done.stdout)
            assert told["simulated"] == [] and told["scratch_bytes"] == 0


def test_board_whose_memory_is_too_small_says_so(board, tmp_path):
    """A payload that asks for 64 MB of scratch: the M33's board hasn't got it, the M55's
    has."""
    model = MODELS["conv_u55_128"]
    asking = bytearray(model.pte.read_bytes())
    at = asking.index(SCRATCH_SIZE) + len(SCRATCH_SIZE)
    asking[at:at + 4] = struct.pack("<I", 64 << 20)
    pte = tmp_path / "large.pte"
    pte.write_bytes(asking)
    done = board("cortex-m33", pte, tmp_path / "o", model.cases[0].inputs)
    assert_refused(done, mentions=(f"{64 << 20} bytes", "mps2-an505"))
    done = board("cortex-m55", pte, tmp_path / "o", model.cases[0].inputs)
    assert done.returncode == 0, done.stderr
    got = read_outputs(tmp_path / "o" / "0")[0]
    assert got.tobytes() == model.cases[0].outputs[0].tobytes()


# ---- firmware --------------------------------------------------------------------------

# name of the build -> options of CMake
FAKE = f"-DCORE_DRIVER={ROOT / 'tests' / 'python' / 'core_driver'}"
DRIVERS = {"simulated": ["-DCORE_DRIVER="], "new": [FAKE, "-DFAKE_OLD=OFF"],
           "old": [FAKE, "-DFAKE_OLD=ON"], "fails": [FAKE, "-DFAKE_FAILS=ON"]}


@pytest.fixture(scope="module")
def firmware(sconce, tmp_path_factory):
    """firmware(model, driver) -> the finished run of its image in QEMU."""
    folder = tmp_path_factory.mktemp("ethos_u_firmware")

    def run(model, driver):
        build = folder / driver
        for command in (["cmake", "-S", ROOT / "examples" / "ethos_u", "-B", build,
                         f"-DMODEL={model.pte}", f"-DSCONCE={sconce.path}", *DRIVERS[driver]],
                        ["cmake", "--build", build, "-j2"]):
            done = subprocess.run(
                command, text=True, capture_output=True, timeout=600,
                env={**os.environ, "CFLAGS": "-Wall -Wextra -Wcast-qual -Werror"})
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return subprocess.run(
            ["qemu-system-arm", "-M", "mps3-an547", "-nodefaults", "-nic", "none", "-display",
             "none", "-semihosting", "-kernel", build / "firmware.elf"], text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120)

    return run


def expected_crc(sconce, model, folder):
    """Of the outputs on this computer for the input that the example makes."""
    like = np.load(model.cases[0].inputs[0])
    steps = (np.arange(like.size) % 17 - 8).astype(like.dtype)
    # NCHW programs only: the example fills memory in its order
    x = (steps / 8 if like.dtype == np.float32 else steps).astype(like.dtype)
    np.save(folder / "x.npy", x.reshape(like.shape))
    outputs = sconce.run(model.pte, [folder / "x.npy"], folder / "host")
    return zlib.crc32(b"".join(x.tobytes() for x in outputs))


@pytest.mark.parametrize("name", ("partial_u55_128", "conv_u65_256"))
def test_firmware_with_the_simulator_gives_this_computers_bytes(
        sconce, firmware, tmp_path, name):
    done = firmware(MODELS[name], "simulated")
    assert done.returncode == 0, done.stderr
    crc = expected_crc(sconce, MODELS[name], tmp_path)
    assert f"crc of outputs {crc}\n" in done.stderr


def test_firmware_with_scratch_in_the_plan_gives_this_computers_bytes(
        sconce, firmware, planned_anew, tmp_path):
    model = replace(MODELS["partial_u55_128"], pte=planned_anew("partial_u55_128"))
    done = firmware(model, "simulated")
    assert done.returncode == 0, done.stderr
    crc = expected_crc(sconce, MODELS["partial_u55_128"], tmp_path)
    assert f"crc of outputs {crc}\n" in done.stderr


@pytest.mark.parametrize("driver", ("new", "old"))
def test_firmware_calls_the_core_driver_as_it_wants(sconce, firmware, tmp_path, driver):
    model = MODELS["partial_u55_128"]
    done = firmware(model, driver)
    assert done.returncode == 0, done.stderr
    crc = expected_crc(sconce, model, tmp_path)
    assert f"crc of outputs {crc}\n" in done.stderr
    calls = [line for line in done.stderr.splitlines()
             if line.startswith(("init", "reserve", "invoke", "release", "wrong"))]
    assert [line.split()[0] for line in calls] == [
        "init", *["reserve", "invoke", "release"] * 2]
    pte = model.pte.read_bytes()
    for line in calls[2::3]:
        _, cop_bytes, letter, n_bases, weights, scratch, fast, misaligned = line.split()
        assert (letter, n_bases, fast, misaligned) == ("C", "3", "0", "0")
        # as the payload's own headers have them
        for block, n_bytes in ((b"cmd_data", cop_bytes), (b"weight_data", weights)):
            assert block.ljust(16, b"\0") + struct.pack("<I", int(n_bytes)) in pte
        assert SCRATCH_SIZE + struct.pack("<I", int(scratch)) in pte


def test_firmware_gives_the_driver_back_when_the_npu_fails(firmware):
    done = firmware(MODELS["partial_u55_128"], "fails")
    assert done.returncode == 1
    assert re.search(r"reserve\ninvoke .*\nrelease\nerror: engine failure at instruction 1\n",
                     done.stderr)


def test_firmware_refuses_a_program_for_another_npu(firmware):
    """The driver says what it was built for: 128 MACs of a U55."""
    done = firmware(MODELS["conv_u55_256_nhwc"], "new")
    assert done.returncode == 1
    assert "error: unsupported at instruction 1\n" in done.stderr
    assert "invoke" not in done.stderr


def test_firmware_without_fast_scratch_refuses_a_program_that_needs_it(firmware):
    done = firmware(MODELS["wide_u65_256"], "new")
    assert done.returncode == 1
    assert "invoke" not in done.stderr
