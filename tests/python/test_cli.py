# SPDX-License-Identifier: Apache-2.0
"""Every verb of the command: help, JSON, exit codes, and what it refuses.

Needs no torch: the models are the demo's archive and damaged copies of it.
"""

import json
import random
import struct
import zlib

import numpy as np
import pytest

from support import ROOT, assert_close, assert_refused, read_outputs

DEMO = ROOT / "examples" / "demo"
MODEL = DEMO / "model.pt2"
INPUT = DEMO / "digit3.npy"
VERBS = ("compile", "run", "inspect", "ops", "targets", "kernels", "eval", "compare",
         "doctor")
FASHION = ROOT / "examples" / "fashion"
QUANTIZE = ("--calibrate", FASHION / "calibration_x.npy", "--target", "cortex-m33")


@pytest.fixture(scope="module")
def pte(sconce, tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "model.pte"
    sconce("compile", MODEL, "-o", path, check=True)
    return path


# ---- what it says ------------------------------------------------------------


def test_help_lists_every_verb(sconce):
    done = sconce("--help", check=True)
    for verb in VERBS:
        assert verb in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_teaches(sconce, verb):
    text = sconce(verb, "--help", check=True).stdout
    assert f"sconce {verb}" in text, "no usage line"
    assert "--json" in text
    assert "xample" in text, "no example"
    assert max(map(len, text.splitlines())) <= 100


def test_version_is_printed(sconce):
    assert sconce("--version", check=True).stdout.startswith("sconce ")


JSON_CALLS = {
    "compile": lambda pte, tmp: ("compile", MODEL, "-o", tmp / "m.pte"),
    "run": lambda pte, tmp: ("run", pte, "--input", INPUT, "-o", tmp),
    "run_pt2": lambda pte, tmp: ("run", MODEL, "--input", INPUT),
    "inspect_pte": lambda pte, tmp: ("inspect", pte),
    "inspect_pt2": lambda pte, tmp: ("inspect", MODEL),
    "ops": lambda pte, tmp: ("ops",),
    "ops_matrix": lambda pte, tmp: ("ops", "--matrix"),
    "targets": lambda pte, tmp: ("targets",),
    "kernels": lambda pte, tmp: ("kernels", pte),
    "eval": lambda pte, tmp: ("eval", FASHION / "model.pt2", "--data",
                              FASHION / "calibration_x.npy", *QUANTIZE),
    "compare": lambda pte, tmp: ("compare", FASHION / "model.pt2", *QUANTIZE),
    "doctor": lambda pte, tmp: ("doctor",),
}


@pytest.mark.parametrize("call", JSON_CALLS)
def test_json_parses_and_stands_alone(sconce, pte, tmp_path, call):
    arguments = JSON_CALLS[call](pte, tmp_path)
    done = sconce(*arguments, "--json", check=True)
    assert json.loads(done.stdout)
    assert done.stderr == ""


@pytest.mark.parametrize("call", JSON_CALLS)
def test_text_is_for_people(sconce, pte, tmp_path, call):
    done = sconce(*JSON_CALLS[call](pte, tmp_path), check=True)
    assert done.stdout.strip() and not done.stdout.lstrip().startswith("{")


def test_run_writes_what_torch_recorded(sconce, pte, tmp_path):
    for model in (pte, MODEL):
        for digit in (0, 3, 7):
            got = sconce.run(model, [DEMO / f"digit{digit}.npy"], tmp_path)
            assert_close(got, [np.load(DEMO / f"digit{digit}.expected.npy")])


def test_run_without_output_folder_writes_nothing(sconce, pte, tmp_path):
    sconce("run", pte, "--input", INPUT, cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_kernels_names_each_operator_once(sconce, pte, tmp_path):
    sconce("kernels", pte, pte, "-o", tmp_path / "kernels.c", check=True)
    source = (tmp_path / "kernels.c").read_text()
    report = json.loads(sconce("inspect", pte, "--json", check=True).stdout)
    assert len(report["operators"]) >= 5 and "ScKernelTable" in source
    for operator in report["operators"]:
        assert source.count(f'"{operator["name"]}"') == 1, operator["name"]


# ---- what it refuses: bad use ------------------------------------------------

BAD_USE = {
    "unknown_verb": ("cook", "x"),
    "unknown_option": ("inspect", MODEL, "--fast"),
    "compile_nothing": ("compile",),
    "compile_two": ("compile", MODEL, MODEL),
    "option_without_value": ("compile", MODEL, "-o"),
    "unknown_target": ("compile", MODEL, "--target", "toaster"),
    "unknown_pass": ("compile", MODEL, "--skip-pass", "nonsense"),
    "unknown_ops": ("compile", MODEL, "--ops", "fancy"),
    "run_nothing": ("run",),
    "inspect_nothing": ("inspect",),
    "kernels_nothing": ("kernels",),
    "ops_with_argument": ("ops", "extra"),
    "runs_not_a_number": ("run", MODEL, "--input", INPUT, "--runs", "many"),
    "runs_zero": ("run", MODEL, "--input", INPUT, "--runs", "0"),
}


@pytest.mark.parametrize("call", BAD_USE)
def test_bad_use_is_told_in_one_line(sconce, tmp_path, call):
    done = sconce(*BAD_USE[call], cwd=tmp_path)
    assert_refused(done)
    assert list(tmp_path.iterdir()) == []


def test_no_verb_shows_the_overview_as_an_error(sconce):
    done = sconce()
    assert done.returncode == 2 and done.stdout == ""
    assert "usage: sconce VERB" in done.stderr


def test_failure_with_json_is_json_too(sconce, tmp_path):
    done = sconce("compile", "nowhere.pt2", "--json", cwd=tmp_path)
    assert_refused(done)
    diagnostic, = json.loads(done.stdout)["diagnostics"]
    assert diagnostic["severity"] == "error"
    assert diagnostic["where"] == "nowhere.pt2"
    assert set(diagnostic) == {"severity", "status", "where", "what", "why", "todo"}


# ---- what it refuses: bad input ----------------------------------------------


def patched(old, new):
    """The demo's archive with `old` replaced; checksums are made right again."""
    assert len(old) == len(new)
    data = bytearray(MODEL.read_bytes())
    end = data.rindex(b"PK\5\6")
    n_entries, _, at = struct.unpack_from("<HII", data, end + 10)
    found = 0
    for _ in range(n_entries):
        size, = struct.unpack_from("<I", data, at + 24)
        n_name, n_extra, n_comment = struct.unpack_from("<HHH", data, at + 28)
        local, = struct.unpack_from("<I", data, at + 42)
        start = local + 30 + sum(struct.unpack_from("<HH", data, local + 26))
        member = bytes(data[start:start + size])
        found += member.count(old)
        member = member.replace(old, new)
        data[start:start + size] = member
        struct.pack_into("<I", data, at + 16, zlib.crc32(member))
        struct.pack_into("<I", data, start + size + 4, zlib.crc32(member))
        at += 46 + n_name + n_extra + n_comment
    assert found, f"{old} isn't in the archive"
    return bytes(data)


def test_patched_archive_itself_is_accepted(sconce, tmp_path):
    """The tool of the tests below changes nothing but what it is asked to."""
    path = tmp_path / "same.pt2"
    path.write_bytes(patched(b"torch.ops.aten.softmax.int", b"torch.ops.aten.softmax.int"))
    sconce("compile", path, check=True)


def head(fraction):
    return lambda: MODEL.read_bytes()[:int(len(MODEL.read_bytes()) * fraction)]


def flipped(marker, distance):
    def make():
        data = bytearray(MODEL.read_bytes())
        data[data.rindex(marker) + distance] ^= 0x5A
        return bytes(data)
    return make


# name -> (bytes of the file, words that the message must hold)
BAD_PT2 = {
    "empty": (lambda: b"", ()),
    "one_byte": (lambda: b"P", ()),
    "text": (lambda: b"this is not a model\n" * 50, ()),
    "quarter": (head(0.25), ()),
    "half": (head(0.5), ()),
    "nearly_whole": (head(0.999), ()),
    "zip_without_members": (lambda: b"PK\5\6" + bytes(18), ()),
    "directory_damaged": (flipped(b"PK\1\2", 2), ()),
    "name_length_damaged": (flipped(b"PK\1\2", 28), ()),
    "end_record_damaged": (flipped(b"PK\5\6", 17), ()),
    "unsupported_op": (lambda: patched(b"torch.ops.aten.softmax.int",
                                       b"torch.ops.aten.digamma.int"),
                       ("aten.digamma",)),
    "op_of_another_library": (lambda: patched(b"torch.ops.aten.softmax.int",
                                              b"torch.ops.mine.softmax.int"),
                              ("mine.softmax",)),
    "undefined_value": (lambda: patched(b'"arg": {"as_tensor": {"name": "avg_pool2d"}}',
                                        b'"arg": {"as_tensor": {"name": "avg_pool3d"}}'),
                        ("avg_pool3d",)),
    "newer_schema": (lambda: patched(b'"schema_version": {"major": 8',
                                     b'"schema_version": {"major": 9'), ("9",)),
    "json_broken": (lambda: patched(b'"graph_module": {', b'"graph_module": ['), ()),
    "weight_out_of_bounds": (lambda: patched(b'"sizes": [{"as_int": 32}, {"as_int": 16}',
                                             b'"sizes": [{"as_int": 99}, {"as_int": 99}'),
                             ()),
}


@pytest.mark.parametrize("kind", BAD_PT2)
@pytest.mark.parametrize("verb", ("compile", "run", "inspect"))
def test_bad_pt2_is_refused_in_one_line(sconce, tmp_path, kind, verb):
    make, mentions = BAD_PT2[kind]
    (tmp_path / "bad.pt2").write_bytes(make())
    more = {"compile": ("-o", "out.pte"), "run": ("--input", INPUT, "-o", "out"),
            "inspect": ()}[verb]
    done = sconce(verb, "bad.pt2", *more, cwd=tmp_path)
    if verb == "inspect" and kind in ("unsupported_op", "op_of_another_library"):
        return  # looking at such a file is what inspect is for
    line = assert_refused(done, mentions=mentions)
    assert "bad.pt2" in line
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.pt2"]


@pytest.mark.parametrize("fraction", (0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99))
def test_truncated_pte_is_refused_in_one_line(sconce, pte, tmp_path, fraction):
    data = pte.read_bytes()
    (tmp_path / "bad.pte").write_bytes(data[:int(len(data) * fraction)])
    for verb, more in (("run", ("--input", INPUT, "-o", "out")), ("inspect", ()),
                       ("kernels", ())):
        line = assert_refused(sconce(verb, "bad.pte", *more, cwd=tmp_path))
        assert "bad.pte" in line
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.pte"]


@pytest.mark.parametrize("suffix", ("pt2", "pte"))
def test_random_damage_never_crashes(sconce, pte, tmp_path, suffix):
    """300 damaged copies: the answer is a result or one line, never a signal."""
    whole = (pte if suffix == "pte" else MODEL).read_bytes()
    rng = random.Random(3)
    path = tmp_path / f"bad.{suffix}"
    for number in range(300):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 1, 2, 8))):
            # structure lies at both ends of these files: damage it more often
            at = rng.choice((rng.randrange(len(data)), rng.randrange(4096),
                             len(data) - 1 - rng.randrange(4096)))
            data[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        path.write_bytes(data)
        for verb, more in (("run", ("--input", INPUT)), ("inspect", ()),
                           ("inspect", ("--json",))):
            done = sconce(verb, path, *more, timeout=20)
            place = f"seed 3, copy {number}, {verb}: exit {done.returncode}"
            assert done.returncode in (0, 1, 2), place
            if more == ("--json",):
                assert json.loads(done.stdout)
            if done.returncode:
                assert_refused(done, done.returncode)


# name -> (inputs, words that the message must hold)
BAD_INPUTS = {
    "none": ([], ("1",)),
    "too_many": ([INPUT, INPUT], ("1", "2")),
    "missing": (["nowhere.npy"], ("nowhere.npy",)),
    "wrong_shape": ([np.zeros((1, 1, 8, 9), np.float32)], ("f32[1,1,8,9]", "f32[1,1,8,8]")),
    "wrong_rank": ([np.zeros((8, 8), np.float32)], ()),
    "wrong_dtype": ([np.zeros((1, 1, 8, 8), np.float64)], ("f64", "f32")),
    "wrong_int_dtype": ([np.zeros((1, 1, 8, 8), np.int8)], ("i8", "f32")),
    "truncated": ([INPUT.read_bytes()[:-4]], ()),
    "header_only": ([INPUT.read_bytes()[:100]], ()),
    "not_npy": ([b"hello"], ()),
    "empty": ([b""], ()),
    "big_endian": ([np.zeros((1, 1, 8, 8), ">f4")], ()),
    "huge_shape": ([INPUT.read_bytes().replace(b"(1, 1, 8, 8)", b"(1<<62, 1,8)")], ()),
    "model_itself": ([MODEL], ()),
    "folder": (["."], ()),
}


@pytest.mark.parametrize("kind", BAD_INPUTS)
@pytest.mark.parametrize("of", ("pte", "pt2"))
def test_bad_model_input_is_refused_in_one_line(sconce, pte, tmp_path, kind, of):
    values, mentions = BAD_INPUTS[kind]
    options = []
    for value in values:
        if isinstance(value, np.ndarray):
            np.save(tmp_path / "in.npy", value)
            value = "in.npy"
        elif isinstance(value, bytes):
            (tmp_path / "in.npy").write_bytes(value)
            value = "in.npy"
        options += ["--input", value]
    done = sconce("run", pte if of == "pte" else MODEL, *options, "-o", "out", cwd=tmp_path)
    assert_refused(done, mentions=mentions)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ("compile", "run", "inspect", "kernels"))
@pytest.mark.parametrize("path", ("nowhere.pt2", "nowhere.pte", "."))
def test_missing_file_or_folder_is_refused_in_one_line(sconce, tmp_path, verb, path):
    line = assert_refused(sconce(verb, path, cwd=tmp_path))
    assert path in line


def test_fortran_order_input_is_read(sconce, pte, tmp_path):
    image = np.load(INPUT)
    np.save(tmp_path / "f.npy", np.asfortranarray(image))
    got = sconce.run(pte, [tmp_path / "f.npy"], tmp_path)
    assert_close(got, [np.load(DEMO / "digit3.expected.npy")])


# ---- output that can't be written ----------------------------------------------


@pytest.mark.parametrize("output", ("no/such/folder/m.pte", "folder"))
def test_compile_output_that_cannot_be_written_is_told(sconce, tmp_path, output):
    (tmp_path / "folder").mkdir()
    done = sconce("compile", MODEL, "-o", output, cwd=tmp_path)
    assert output in assert_refused(done, done.returncode)
    assert done.returncode in (1, 2)
    assert [p.name for p in tmp_path.rglob("*")] == ["folder"]


def test_run_output_folder_that_is_a_file_is_told(sconce, pte, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = sconce("run", pte, "--input", INPUT, "-o", "file", cwd=tmp_path)
    assert_refused(done, done.returncode)
    assert done.returncode in (1, 2)
    assert (tmp_path / "file").read_text() == "mine"


def test_failed_compile_keeps_the_old_output(sconce, tmp_path):
    (tmp_path / "m.pte").write_text("old")
    (tmp_path / "bad.pt2").write_bytes(b"junk")
    assert_refused(sconce("compile", "bad.pt2", "-o", "m.pte", cwd=tmp_path))
    assert (tmp_path / "m.pte").read_text() == "old"


def test_runs_keep_state_and_write_the_last(sconce, pte, tmp_path):
    got = sconce.run(pte, [INPUT], tmp_path, "--runs", "3")
    assert_close(got, [np.load(DEMO / "digit3.expected.npy")])


def test_run_makes_its_output_folder(sconce, pte, tmp_path):
    sconce("run", pte, "--input", INPUT, "-o", tmp_path / "new", check=True)
    assert len(read_outputs(tmp_path / "new")) == 1
