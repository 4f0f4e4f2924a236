# SPDX-License-Identifier: Apache-2.0
"""Six simulated cores compute this computer's bytes, and the counts are exact.

Everything is compared byte for byte: float kernels are plain C without contraction,
so every IEEE core rounds alike, with or without an FPU. The one exception is which
NaN it is (sign and payload), which processors choose differently.
"""

import json
import os
import re
import shutil
import struct
import subprocess

import numpy as np
import pytest

from support import ROOT, assert_refused, read_outputs

CORES = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
CORPUS = sorted((ROOT / "tests" / "fuzz" / "corpus" / "scg").glob("*.scg"))
DTYPES = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32,
          "i16": np.int16, "i8": np.int8, "u8": np.uint8, "bool": np.bool_}
SEED = 20240611

SMALL = """graph small
input %x : f32[1,2,6,5]
const %w : f32[3,2,3,3] "w" = {WEIGHTS}
const %b : f32[3] "b" = {0.1, -0.2, 0.3}
const %v : f32[4,90] "v" = {HEAD}
%conv : f32[1,3,6,5] = aten.conv2d.default(%x, %w, %b, i[1,1], i[1,1], i[1,1], 1)
%relu : f32[1,3,6,5] = aten.relu.default(%conv)
%flat : f32[1,90] = aten.reshape.default(%relu, i[1,90])
%linear : f32[1,4] = aten.linear.default(%flat, %v, none)
%softmax : f32[1,4] = aten.softmax.int(%linear, -1, none)
output "softmax" %softmax
end
"""

COUNTER = """graph counter
input %x : f32[2,3]
state %total : f32[2,3] "total" = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0}
%sum : f32[2,3] = aten.add.Tensor(%total, %x, 1)
write %total <- %sum
output "sum" %sum
end
"""

each_core = pytest.mark.parametrize("core", CORES)


class Board:
    """Calls the command qemu_run, which lies beside `sconce`, as the images do."""

    def __init__(self, sconce):
        self.command = sconce.path.parent / "qemu_run"
        self.dir = os.environ.get("SCONCE_BOARDS") or sconce.path.parent / "boards"
        for name in (self.command, *(f"{self.dir}/{c}.elf" for c in CORES)):
            assert os.path.exists(name), f"{name} isn't there: run `make boards unit`"

    def __call__(self, core, pte, out_dir, inputs, *options, **env):
        return subprocess.run(
            [self.command, *options, core, pte, out_dir, *inputs], text=True,
            capture_output=True, timeout=300,
            env={**os.environ, "SCONCE_BOARDS": str(self.dir), **env})

    def run(self, core, pte, out_dir, inputs, *options):
        done = self(core, pte, out_dir, inputs, *options)
        assert done.returncode == 0, f"{core} {pte}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def board(sconce):
    return Board(sconce)


def numbers(rng, *shape):
    return ", ".join(f"{x:.6f}" for x in rng.standard_normal(shape).ravel())


@pytest.fixture(scope="session")
def small(sconce, tmp_path_factory):
    """(.pte, two input sets) of a small network with all its numbers inside."""
    folder = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(SEED)
    text = SMALL.replace("WEIGHTS", numbers(rng, 54)).replace("HEAD", numbers(rng, 360))
    (folder / "small.scg").write_text(text)
    sconce.compile(folder / "small.scg", folder / "small.pte")
    inputs = [folder / "x0.npy", folder / "x1.npy"]
    for path in inputs:
        np.save(path, rng.standard_normal((1, 2, 6, 5)).astype(np.float32))
    return folder / "small.pte", inputs


def same(a, b):
    """Equal bytes; any NaN is as good as another."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "f":
        nan = np.isnan(a)
        if not np.array_equal(nan, np.isnan(b)):
            return False
        a, b = np.where(nan, 0, a), np.where(nan, 0, b)
    return a.tobytes() == b.tobytes()


def random_inputs(path, folder):
    """An .npy for each `input` line of a graph text."""
    rng = np.random.default_rng(SEED)
    paths = []
    for match in re.finditer(r"^input %\S+ : (\w+)\[([\d,]*)\]", path.read_text(), re.M):
        shape = [int(n) for n in match[2].split(",") if n]
        dtype = DTYPES[match[1]]
        array = (rng.standard_normal(shape) if match[1][0] == "f"
                 else rng.integers(0, 2, shape))
        paths.append(folder / f"in{len(paths)}.npy")
        np.save(paths[-1], np.asarray(array, dtype))
    return paths


# ---- same bytes ------------------------------------------------------------------------

@pytest.fixture(scope="session")
def corpus(sconce, tmp_path_factory):
    """(name, .pte, inputs, this computer's outputs) of graphs with every operator;
    those that aren't compiled or refuse these inputs are left out."""
    cases = []
    for path in CORPUS:
        folder = tmp_path_factory.mktemp(path.stem)
        pte = folder / "m.pte"
        if sconce("compile", path, "-o", pte).returncode != 0:
            continue   # the corpus has damaged graphs too
        inputs = random_inputs(path, folder)
        options = [x for i in inputs for x in ("--input", i)]
        if sconce("run", pte, *options, "-o", folder / "host").returncode == 0:
            cases.append((path.stem, pte, inputs, read_outputs(folder / "host")))
    return cases


@each_core
def test_every_operator_on_a_core_gives_the_bytes_of_the_host(board, corpus, tmp_path, core):
    assert len(corpus) >= 30, "most of the corpus should compile and run"
    differ, n_outputs = [], 0
    for name, pte, inputs, want in corpus:
        board.run(core, pte, tmp_path / name, inputs)
        got = read_outputs(tmp_path / name / "0")
        n_outputs += len(got)
        assert len(got) == len(want)
        differ += [f"{name} output {i}" for i in range(len(got)) if not same(got[i], want[i])]
    assert not differ and n_outputs > 300


@each_core
def test_network_on_a_core_gives_the_bytes_of_the_host(sconce, board, zoo, tmp_path, core):
    pte = tmp_path / "dscnn.pte"
    sconce.compile(zoo["dscnn"].pt2["func"], pte)
    cases = zoo["dscnn"].cases
    facts = board.run(core, pte, tmp_path / "device",
                      [path for case in cases for path in case.inputs])
    assert facts["sets"] == len(cases) >= 2
    for i, case in enumerate(cases):
        want = sconce.run(pte, case.inputs, tmp_path / f"host{i}")
        got = read_outputs(tmp_path / "device" / str(i))
        assert len(got) == len(want) == 1 and got[0].tobytes() == want[0].tobytes()


def test_state_on_a_core_is_kept_between_runs_and_not_between_sets(sconce, board, tmp_path):
    (tmp_path / "counter.scg").write_text(COUNTER)
    sconce.compile(tmp_path / "counter.scg", tmp_path / "counter.pte")
    inputs = [tmp_path / "a.npy", tmp_path / "b.npy"]
    np.save(inputs[0], np.full((2, 3), 1, np.float32))
    np.save(inputs[1], np.full((2, 3), 10, np.float32))
    board.run("cortex-m33", tmp_path / "counter.pte", tmp_path / "out", inputs, "--runs", "3")
    for i, total in enumerate((3, 30)):
        assert np.all(read_outputs(tmp_path / "out" / str(i))[0] == total)


# ---- counts ----------------------------------------------------------------------------

@each_core
def test_counts_of_two_runs_are_identical(board, small, tmp_path, core):
    pte, inputs = small
    first = board.run(core, pte, tmp_path / "a", inputs[:1], "--calls", "--runs", "2")
    again = board.run(core, pte, tmp_path / "b", inputs[:1], "--calls", "--runs", "2")
    assert first == again
    assert first["runs"][0] == first["runs"][1] > 5000
    assert 0 < first["load"] and 0 < first["verify"]
    assert 500 < first["stack"] < 8192
    assert any("conv" in name for _, name, _ in first["calls"])
    # A run is its calls, and little else.
    in_calls = sum(n for _, _, n in first["calls"])
    assert 0.9 < in_calls / first["runs"][0] < 1.1


START = """
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word 0x38001000, start
    .text
    .thumb_func
    .global start
start:
    ldr r4, =1000
"""

LEAVE = """
    ldr r0, =0x18
    ldr r1, =0x20026
    bkpt 0xAB
"""

LOOP = START + """
first:
    nop
loop:
    subs r4, #1
    bne loop
second:
""" + LEAVE

UNALIGNED = START + """
    ldr r0, =0x38000002
    str r4, [r0, #2]
    strh r4, [r0]
first:
    str r4, [r0]
    ldrh r4, [r0, #1]
""" + LEAVE


def count(board, folder, source, *options):
    """Symbols, and the output lines of the plugin, for a few lines of assembly."""
    (folder / "code.s").write_text(source)
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m33", "-mthumb", "-nostdlib",
                    "-Wl,-Ttext=0x10000100,--section-start=.vectors=0x10000000,-e0",
                    "code.s", "-o", "code.elf"], cwd=folder, check=True)
    at = symbols(folder / "code.elf")
    marks = [f"mark={at[name]}" for name in ("first", "second") if name in at]
    subprocess.run(["qemu-system-arm", "-M", "mps2-an505", "-nodefaults", "-display", "none",
                    "-semihosting-config", "enable=on,target=native", "-kernel", "code.elf",
                    "-plugin", ",".join([f"{board.dir}/count.so", "out=counts", *marks,
                                         *options])],
                   cwd=folder, check=True, timeout=60)
    return at, (folder / "counts").read_text().splitlines()


def test_counted_loop_gives_the_hand_count(board, tmp_path):
    at, lines = count(board, tmp_path, LOOP, "pcs=pcs")
    # ldr, then nop and 1000 rounds of two, then ldr, ldr, bkpt
    assert lines == ["0 1", "1 2002", "end 2005"]
    pcs = dict(line.split() for line in (tmp_path / "pcs").read_text().splitlines())
    assert int(pcs[hex(at["loop"])]) == 1000 and int(pcs[hex(at["second"])]) == 1


def test_unaligned_accesses_are_noticed_on_request(board, tmp_path):
    at, lines = count(board, tmp_path, UNALIGNED, "strict=1")
    assert f"unaligned 2 {hex(at['first'])}" in lines
    _, lines = count(board, tmp_path, UNALIGNED)
    assert not any("unaligned" in line for line in lines)


# ---- what goes wrong -------------------------------------------------------------------

def symbols(elf):
    lines = subprocess.run(["arm-none-eabi-nm", elf], text=True, capture_output=True,
                           check=True).stdout.splitlines()
    return {w[2]: int(w[0], 16) for w in map(str.split, lines) if len(w) == 3}


def broken_board(board, folder, symbol, patch):
    """A folder of images in which the bytes at a symbol are others."""
    folder.mkdir()
    for name in ("cortex-m33.elf", "cortex-m33.board", "count.so"):
        shutil.copy(f"{board.dir}/{name}", folder)
    elf = folder / "cortex-m33.elf"
    address = symbols(elf)[symbol]
    image = bytearray(elf.read_bytes())
    table, = struct.unpack_from("<I", image, 28)
    size, count = struct.unpack_from("<HH", image, 42)
    for i in range(count):
        kind, offset, start, _, n_bytes = struct.unpack_from("<5I", image, table + i * size)
        if kind == 1 and start <= address < start + n_bytes:
            at = offset + address - start
            image[at:at + len(patch)] = patch
    elf.write_bytes(image)
    return str(folder)


def test_fault_of_the_core_is_reported_with_its_place(board, small, tmp_path):
    pte, inputs = small
    undefined = broken_board(board, tmp_path / "undefined", "sc_run", b"\x00\xde")
    done = board("cortex-m33", pte, tmp_path / "o", inputs[:1], SCONCE_BOARDS=undefined)
    place = symbols(f"{undefined}/cortex-m33.elf")["sc_run"]
    assert_refused(done, mentions=("fault", hex(place)))


def test_overflow_of_the_stack_is_reported_as_one(board, small, tmp_path):
    pte, inputs = small
    start = symbols(f"{board.dir}/cortex-m33.elf")["sc_stack_start"]
    shallow = broken_board(board, tmp_path / "shallow", "sc_start_vectors",
                           struct.pack("<I", start + 512))
    done = board("cortex-m33", pte, tmp_path / "o", inputs[:1], SCONCE_BOARDS=shallow)
    assert_refused(done, mentions=("stack overflowed",))


def test_endless_loop_on_the_core_ends_at_the_time_limit(board, small, tmp_path):
    pte, inputs = small
    endless = broken_board(board, tmp_path / "endless", "sc_run", b"\xfe\xe7")
    done = board("cortex-m33", pte, tmp_path / "o", inputs[:1], "--timeout", "2",
                 SCONCE_BOARDS=endless)
    assert_refused(done, mentions=("too long",))


def test_temporary_files_of_a_run_are_removed(board, small, tmp_path):
    pte, inputs = small
    (tmp_path / "tmp").mkdir()
    done = board("cortex-m33", pte, tmp_path / "o", inputs[:1], TMPDIR=str(tmp_path / "tmp"))
    assert done.returncode == 0 and not list((tmp_path / "tmp").iterdir())


def test_model_larger_than_the_board_is_refused_with_both_sizes(sconce, board, tmp_path):
    (tmp_path / "big.scg").write_text("""graph big
input %x : f32[5000000]
%y : f32[5000000] = aten.relu.default(%x)
output "y" %y
end
""")
    sconce.compile(tmp_path / "big.scg", tmp_path / "big.pte")
    np.save(tmp_path / "x.npy", np.zeros(5000000, np.float32))
    done = board("cortex-m33", tmp_path / "big.pte", tmp_path / "o", [tmp_path / "x.npy"])
    assert_refused(done, mentions=("16777216", "more memory"))


def test_buffers_larger_than_the_board_are_refused_with_both_sizes(sconce, board, tmp_path):
    (tmp_path / "wide.scg").write_text("""graph wide
input %x : f32[1]
%y : f32[5000000] = aten.expand.default(%x, i[5000000], false)
%z : f32[5000000] = aten.neg.default(%y)
%s : f32[] = aten.sum.default(%z, none)
output "s" %s
end
""")
    sconce.compile(tmp_path / "wide.scg", tmp_path / "wide.pte")
    np.save(tmp_path / "x.npy", np.ones(1, np.float32))
    done = board("cortex-m33", tmp_path / "wide.pte", tmp_path / "o", [tmp_path / "x.npy"])
    assert_refused(done, mentions=("fits into no memory",))


@pytest.mark.parametrize("core, env, words", [
    ("cortex-m99", {}, ("cortex-m99", "make boards")),
    ("../cortex-m33", {}, ("no name of a core",)),
    ("cortex-m33", {"SCONCE_BOARDS": "/nowhere"}, ("/nowhere", "make boards")),
    ("cortex-m33", {"PATH": "/nowhere"}, ("qemu-system-arm", "installed", "Debian")),
    ("cortex-m33", {"TMPDIR": "/nowhere"}, ("TMPDIR",)),
])
def test_what_a_run_needs_and_is_missing_is_named(board, small, tmp_path, core, env, words):
    pte, inputs = small
    assert_refused(board(core, pte, tmp_path / "o", inputs[:1], **env), mentions=words)


def test_input_of_another_shape_is_refused(board, small, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((1, 2, 5, 6), np.float32))
    done = board("cortex-m33", small[0], tmp_path / "o", [tmp_path / "x.npy"])
    assert_refused(done, mentions=("f32[1,2,5,6]", "f32[1,2,6,5]"))


# ---- firmware --------------------------------------------------------------------------

@pytest.fixture(scope="session")
def firmware_build(tmp_path_factory):
    """One folder for both boards: the libraries are built once."""
    return tmp_path_factory.mktemp("firmware")


@pytest.mark.parametrize("folder", ("qemu", "template"))
def test_firmware_of_the_example_has_the_predicted_sections_and_runs(
        sconce, small, firmware_build, tmp_path, folder):
    pte, _ = small
    build = firmware_build
    for command in (
            ["cmake", "-S", ROOT / "examples" / "firmware", "-B", build, f"-DMODEL={pte}",
             "-DSC_CPU=cortex-m33", f"-DSCONCE={sconce.path}",
             f"-DBOARD={ROOT / 'boards' / folder}"],
            ["cmake", "--build", build]):
        done = subprocess.run(command, text=True, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    sizes = subprocess.run(["arm-none-eabi-size", "-A", build / "firmware.elf"], text=True,
                           capture_output=True, check=True).stdout
    sections = {w[0]: int(w[1]) for w in map(str.split, sizes.splitlines())
                if len(w) == 3 and w[0].startswith(".")}
    ram = int(re.search(r"RAM_BYTES (\d+)", (build / "model.h").read_text())[1])
    assert sections[".model"] == pte.stat().st_size
    assert sections[".model_ram"] == ram
    assert sections[".bss"] + sections[".data"] < 512
    assert sections[".text"] + sections[".rodata"] < 32 * 1024
    if folder == "qemu":
        np.save(tmp_path / "zero.npy", np.zeros((1, 2, 6, 5), np.float32))
        want = int(np.argmax(sconce.run(pte, [tmp_path / "zero.npy"], tmp_path / "host")[0]))
        done = subprocess.run(
            ["qemu-system-arm", "-M", "mps2-an505", "-nodefaults", "-nic", "none", "-display",
             "none", "-semihosting", "-kernel", build / "firmware.elf"],
            text=True, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert f"largest output {want}\n" in done.stderr
