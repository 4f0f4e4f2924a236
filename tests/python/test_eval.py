# SPDX-License-Identifier: Apache-2.0
"""eval, compare and doctor, on the Fashion-MNIST classifier of examples/fashion.

Expected figures are computed here with numpy from what `sconce run` writes: the
verbs must not be their own judge. Needs no torch and no data set; with Debian's
dataset-fashion-mnist all 10,000 test images are used, else the committed 256.
"""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from support import ROOT, assert_refused

FASHION = ROOT / "examples" / "fashion"
MODEL = FASHION / "model.pt2"
X, Y = FASHION / "test_x.npy", FASHION / "test_y.npy"
CALIBRATION = FASHION / "calibration_x.npy"
QUANTIZE = ("--calibrate", CALIBRATION, "--target", "cortex-m33")
DATASET = Path("/usr/share/datasets/fashion-mnist")
N_RUN = 12  # images that are run one by one


def report_of(done):
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """(folder, images, labels): the first N_RUN test images as files of their own."""
    folder = tmp_path_factory.mktemp("few")
    x, y = np.load(X)[:N_RUN], np.load(Y)[:N_RUN]
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    return folder, x, y


@pytest.fixture(scope="module")
def ran(sconce, few, tmp_path_factory):
    """Logits of the few images by `sconce run`: float, and int8 with float borders."""
    folder, x, _ = few
    out = tmp_path_factory.mktemp("ran")
    sconce("compile", MODEL, *QUANTIZE, "-o", out / "m.pte", check=True)
    logits = {"float": [], "int8": []}
    for image in x:
        np.save(folder / "one.npy", image[None])
        for key, model in (("float", MODEL), ("int8", out / "m.pte")):
            got, = sconce.run(model, [folder / "one.npy"], out)
            logits[key].append(got[0])
    return {key: np.array(rows, np.float64) for key, rows in logits.items()}


def sqnr(want, got):
    return 10 * np.log10((want ** 2).sum() / ((want - got) ** 2).sum())


# ---- eval ----------------------------------------------------------------------


def test_eval_of_an_archive_tells_what_run_gives(sconce, few, ran):
    folder, _, y = few
    got = report_of(sconce("eval", MODEL, "--data", folder / "x.npy", "--labels",
                           folder / "y.npy", *QUANTIZE, "--json", check=True))
    guess = {key: rows.argmax(1) for key, rows in ran.items()}
    assert got["samples"] == got["labelled"] == N_RUN
    for key in ("float", "int8"):
        assert got[key]["right"] == (guess[key] == y).sum()
    assert got["agreement"] == pytest.approx((guess["float"] == guess["int8"]).mean())
    # 1e-3 dB: float logits differ by 1e-6 relative between folded and plain graphs
    assert got["outputs"][0]["sqnr_db"] == pytest.approx(sqnr(ran["float"], ran["int8"]),
                                                         abs=1e-3)
    assert got["outputs"][0]["largest_error"] == pytest.approx(
        np.abs(ran["float"] - ran["int8"]).max(), rel=1e-4)


@pytest.mark.parametrize("borders", ("--float-io", "--int8-io"))
def test_eval_of_a_program_counts_as_for_its_archive(sconce, tmp_path, few, borders):
    folder, _, _ = few
    sconce("compile", MODEL, *QUANTIZE, borders, "-o", tmp_path / "m.pte", check=True)
    data = ("--data", folder / "x.npy", "--labels", folder / "y.npy", "--json")
    program = report_of(sconce("eval", tmp_path / "m.pte", *data, check=True))
    io = ("--int8-io",) if borders == "--int8-io" else ()
    archive = report_of(sconce("eval", MODEL, *data, *QUANTIZE, *io, check=True))
    assert program["program"] == archive["int8"]


def test_eval_with_wrong_labels_finds_nothing_right(sconce, tmp_path, few, ran):
    folder, _, _ = few
    np.save(tmp_path / "y.npy", (ran["float"].argmax(1).astype(np.uint8) + 1) % 10)
    got = report_of(sconce("eval", MODEL, "--data", folder / "x.npy", "--labels",
                           tmp_path / "y.npy", "--json", check=True))
    assert got["float"]["right"] == 0 and "int8" not in got


def test_eval_does_not_count_unknown_labels(sconce, tmp_path, few, ran):
    folder, _, _ = few
    labels = ran["float"].argmax(1).astype(np.int32)
    labels[::2] = -1
    np.save(tmp_path / "y.npy", labels)
    got = report_of(sconce("eval", MODEL, "--data", folder / "x.npy", "--labels",
                           tmp_path / "y.npy", "--json", check=True))
    assert got["labelled"] == got["float"]["right"] == N_RUN // 2


def save(path, array):
    np.save(path, array)
    return path


BAD_EVAL = {
    "no_data": (lambda t: (MODEL,), ("--data",)),
    "no_model": (lambda t: ("--data", X), ("model",)),
    "nothing_to_judge_by": (lambda t: (MODEL, "--data", X), ("--labels",)),
    "labels_too_few": (lambda t: (MODEL, "--data", X, "--labels",
                                  save(t / "y.npy", np.zeros(3, np.int64))), ("3", "256")),
    "labels_beyond_classes": (lambda t: (MODEL, "--data", X, "--labels",
                                         save(t / "y.npy", np.full(256, 10))), ("10",)),
    "labels_are_floats": (lambda t: (MODEL, "--data", X, "--labels",
                                     save(t / "y.npy", np.zeros(256))), ("f64",)),
    "data_of_another_shape": (lambda t: (MODEL, "--labels", Y, "--data",
                                         save(t / "x.npy", np.zeros((4, 3), np.float32))),
                              ("f32[4,3]", "f32[1,1,28,28]")),
    "data_not_finite": (lambda t: (MODEL, "--labels", Y, "--data",
                                   save(t / "x.npy", np.full((1, 1, 28, 28), np.nan,
                                                             np.float32))), ("NaN",)),
    "calibration_without_target": (lambda t: (MODEL, "--data", X, "--calibrate", X),
                                   ("--target",)),
    "target_without_int8": (lambda t: (MODEL, "--data", X, "--calibrate", CALIBRATION,
                                       "--target", "host"), ("host", "int8")),
    "on_what": (lambda t: (MODEL, "--data", X, *QUANTIZE, "--on", "toaster"), ("toaster",)),
    "on_qemu_without_target": (lambda t: (MODEL, "--data", X, "--labels", Y, "--on",
                                          "qemu"), ("--target",)),
}


@pytest.mark.parametrize("kind", BAD_EVAL)
def test_eval_refuses_in_one_line(sconce, tmp_path, kind):
    make, mentions = BAD_EVAL[kind]
    assert_refused(sconce("eval", *make(tmp_path)), mentions=mentions)


# ---- the classifier ---------------------------------------------------------------


def test_classifier_keeps_its_accuracy_in_int8(sconce, tmp_path):
    """At most 0.5 points over 10,000 images; over 256 one standard error is 1.8
    points, so there the two may differ in three images."""
    x, y, most = X, Y, 3 / 256
    if DATASET.is_dir():
        raw = gzip.decompress((DATASET / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
        images = np.frombuffer(raw, np.uint8).reshape(-1, 1, 28, 28)
        raw = gzip.decompress((DATASET / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
        x = save(tmp_path / "x.npy", images.astype(np.float32) / np.float32(255))
        y = save(tmp_path / "y.npy", np.frombuffer(raw, np.uint8))
        most = 0.005
    got = report_of(sconce("eval", MODEL, "--data", x, "--labels", y, *QUANTIZE, "--json",
                           check=True, timeout=1200))
    assert got["labelled"] == (10000 if DATASET.is_dir() else 256)
    assert got["float"]["top1"] >= 0.90
    assert got["float"]["top1"] - got["int8"]["top1"] <= most
    assert got["outputs"][0]["sqnr_db"] >= 28
    assert got["agreement"] >= 0.98


def test_committed_files_name_no_machine():
    assert sum(p.stat().st_size for p in (MODEL, X, Y, CALIBRATION)) <= 2 << 20
    assert MODEL.stat().st_size <= 1.2e6
    data = MODEL.read_bytes()
    for word in (b"/home", b"/root", b"/work", b"/tmp", b"site-packages", b"train.py"):
        assert word not in data, word


# ---- compare ----------------------------------------------------------------------


def test_compare_of_the_last_value_is_that_of_the_outputs(sconce, few, ran):
    folder, _, _ = few
    got = report_of(sconce("compare", MODEL, *QUANTIZE, "--data", folder / "x.npy",
                           "--json", check=True))
    rows = got["values"]
    assert got["samples"] == N_RUN
    assert [r["sqnr_db"] for r in rows] == sorted(r["sqnr_db"] for r in rows)
    assert sorted(r["order"] for r in rows) == list(range(len(rows)))
    last, = (r for r in rows if r["order"] == len(rows) - 1)
    assert last["module"] == "head" and last["type"] == "i8"
    assert last["sqnr_db"] == pytest.approx(sqnr(ran["float"], ran["int8"]), abs=1e-3)


@pytest.mark.parametrize("io", ((), ("--int8-io",)), ids=("float", "int8"))
def test_compare_measures_the_rounding_of_the_input_exactly(sconce, few, io):
    folder, x, _ = few
    got = report_of(sconce("compare", MODEL, *QUANTIZE, "--data", folder / "x.npy",
                           "--json", *io, check=True))
    first, = (r for r in got["values"] if r["order"] == 0)
    assert first["value"] == "image" and first["operator"] == ("input" if io else "rounding")
    scale, zero = first["scale"], first["zero_point"]
    q = np.clip(np.rint(x.astype(np.float64) / scale) + zero, -128, 127)
    want = x.astype(np.float64)
    # 0.01 dB: the kernel divides in float32, ties may fall the other way
    assert first["sqnr_db"] == pytest.approx(sqnr(want, (q - zero) * scale), abs=0.01)


def test_compare_alone_is_better_than_all_together(sconce, few, ran):
    folder, _, _ = few
    got = report_of(sconce("compare", MODEL, *QUANTIZE, "--data", folder / "x.npy",
                           "--sensitivity", "--json", check=True))
    alone = [r["alone_sqnr_db"] for r in got["values"] if r["type"] == "i8"]
    assert len(alone) >= 10
    together = sqnr(ran["float"], ran["int8"])
    # each alone: less noise than all of them with the weights; 1 dB is noise
    assert min(alone) > together - 1
    last, = (r for r in got["values"] if r["order"] == len(got["values"]) - 1)
    # the last value's own rounding: uniform in +-scale/2, so scale^2/12 on average
    noise = last["scale"] ** 2 / 12
    expected = 10 * np.log10((ran["float"] ** 2).mean() / noise)
    assert last["alone_sqnr_db"] == pytest.approx(expected, abs=2)


def test_compare_shows_a_range_that_calibration_never_saw(sconce, tmp_path, few):
    folder, x, _ = few
    np.save(tmp_path / "dim.npy", (np.load(CALIBRATION)[:32] * 0.25).astype(np.float32))
    got = report_of(sconce("compare", MODEL, "--calibrate", tmp_path / "dim.npy",
                           "--target", "cortex-m33", "--data", folder / "x.npy", "--json",
                           check=True))
    first, = (r for r in got["values"] if r["order"] == 0)
    limit = (127 - first["zero_point"]) * first["scale"]
    # stored as float32, printed with six digits
    assert first["largest_error"] == pytest.approx(float(x.max()) - limit, rel=1e-4)


@pytest.mark.parametrize("arguments, mentions", (
    ((), ("model",)), ((MODEL,), ("--calibrate", "--target")),
    ((MODEL, "--calibrate", CALIBRATION, "--target", "host"), ("int8",)),
    ((MODEL, "--calibrate", "nowhere.npy", "--target", "cortex-m33"), ("nowhere.npy",)),
    ((MODEL, "--calibrate", CALIBRATION, "--target", "toaster"), ("toaster",)),
))
def test_compare_refuses_in_one_line(sconce, arguments, mentions):
    assert_refused(sconce("compare", *arguments), mentions=mentions)


# ---- doctor -----------------------------------------------------------------------


def test_doctor_says_how_to_get_what_is_missing(sconce, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/bin/nowhere")
    monkeypatch.setenv("SCONCE_BOARDS", str(tmp_path))
    tools = report_of(sconce("doctor", "--json", check=True))["tools"]
    names = [tool["name"] for tool in tools]
    for name in ("qemu-system-arm", "arm-none-eabi-gcc", "image cortex-m33"):
        assert name in names
    for tool in tools:
        assert tool["found"] is None and tool["install"]
    text = sconce("doctor", check=True).stdout
    assert "apt-get install" in text and "make boards" in text


def test_doctor_finds_what_is_there(sconce, tmp_path, monkeypatch):
    tool = tmp_path / "qemu-system-arm"
    tool.write_text("#!/bin/sh\necho QEMU emulator version 99.1\necho more\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    tools = report_of(sconce("doctor", "--json", check=True))["tools"]
    found = {tool["name"]: tool["found"] for tool in tools}
    assert found["qemu-system-arm"] == "QEMU emulator version 99.1"
