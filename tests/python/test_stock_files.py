# SPDX-License-Identifier: Apache-2.0
"""What stock writes beside a .pte and around it: weights in a .ptd, test cases in a .bpte;
what is wrong with a file's own memory plan; what writing a file anew saves.

The files are the fuzzers' seeds (tests/fuzz/make_seeds.py) and what is made of them here.
"""

import json
import struct
import sys

import numpy as np
import pytest

from support import ROOT, assert_refused, read_outputs

sys.path.insert(0, str(ROOT / "tests" / "hostile"))
from make_hostile import Program  # noqa: E402

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
INPUTS = {"mixed": (1, 3), "convs": (1, 1, 4, 4)}


def pair(name, folder):
    """A seed's .pte and .ptd as files of their own."""
    data = (CORPUS / "ptd" / f"{name}.pair").read_bytes()
    n, = struct.unpack_from("<I", data)
    pte, ptd = folder / f"{name}.pte", folder / f"{name}.ptd"
    pte.write_bytes(data[16:16 + n])
    ptd.write_bytes(data[16 + n:])
    return pte, ptd


@pytest.fixture(params=INPUTS)
def files(request, tmp_path):
    """(.pte, .ptd, .npy) of a program without its weights."""
    path = tmp_path / "x.npy"
    shape = INPUTS[request.param]
    np.save(path, np.linspace(-1, 1, np.prod(shape), dtype=np.float32).reshape(shape))
    return *pair(request.param, tmp_path), path


# ---- .ptd -----------------------------------------------------------------------------


def test_program_without_its_weights_asks_for_them(sconce, files):
    pte, _, x = files
    assert_refused(sconce("run", pte, "--input", x), mentions=("another file", "--data"))
    assert_refused(sconce("inspect", pte), mentions=("another file", "--data"))


def test_weights_inside_and_beside_compute_the_same(sconce, files, tmp_path):
    pte, ptd, x = files
    whole = tmp_path / "whole.pte"
    sconce("run", pte, "--data", ptd, "--input", x, "-o", tmp_path / "beside", check=True)
    report = json.loads(sconce("compile", pte, "--data", ptd, "-o", whole, "--json",
                               check=True).stdout)["replan"]
    assert report["old_file"] == pte.stat().st_size + ptd.stat().st_size
    assert report["new_file"] == whole.stat().st_size
    assert report["old_constants"] < report["new_constants"]
    sconce("run", whole, "--input", x, "-o", tmp_path / "inside", check=True)
    beside, inside = read_outputs(tmp_path / "beside"), read_outputs(tmp_path / "inside")
    assert [y.tobytes() for y in beside] == [y.tobytes() for y in inside]
    assert any(np.any(y) for y in beside)


def test_weights_reach_the_result(sconce, tmp_path):
    """Bias of the last layer + 1 is every output + 1, relu or not."""
    pte, ptd = pair("mixed", tmp_path)
    x, other = tmp_path / "x.npy", tmp_path / "other.ptd"
    np.save(x, np.ones((1, 3), np.float32))
    entries = json.loads(sconce("inspect", ptd, "--json", check=True).stdout)["entries"]
    bias, = [e for e in entries if e["key"] == "b.bias"]
    data = bytearray(ptd.read_bytes())
    numbers = np.frombuffer(data, np.float32, 2, bias["offset"])
    data[bias["offset"]:bias["offset"] + 8] = (numbers + 1).tobytes()
    other.write_bytes(data)
    sums = []
    for i, file in enumerate((ptd, other)):
        sconce("run", pte, "--data", file, "--input", x, "-o", tmp_path / str(i), check=True)
        sums.append(read_outputs(tmp_path / str(i))[0][0, :2])
    assert np.allclose(sums[1] - sums[0], 1, atol=1e-6)


@pytest.mark.parametrize("command", ["inspect", "compile"])
def test_verbs_take_the_data_file(sconce, files, command):
    pte, ptd, _ = files
    assert "aten::" in sconce(command, pte, "--data", ptd, check=True).stdout


def test_data_file_is_shown_by_name(sconce, tmp_path):
    _, ptd = pair("mixed", tmp_path)
    text = sconce("inspect", ptd, check=True).stdout
    assert "a.weight  f32[4, 3]" in text and "48 B" in text


@pytest.mark.parametrize("change, says", [
    (lambda d, e: d.replace(b"a.weight", b"a.wEight"), "not in the data file"),
    (lambda d, e: d[:e["offset"]], "isn't sound"),
    (lambda d, e: b"\0" * 8 + d[8:], "isn't sound"),
    (lambda d, e: d.replace(b"a.weight", b"b.weight", 1), "not in the data file"),
])
def test_damaged_or_foreign_data_file_is_refused(sconce, tmp_path, change, says):
    pte, ptd = pair("mixed", tmp_path)
    entry = json.loads(sconce("inspect", ptd, "--json", check=True).stdout)["entries"][0]
    x = tmp_path / "x.npy"
    np.save(x, np.ones((1, 3), np.float32))
    ptd.write_bytes(change(ptd.read_bytes(), entry))
    assert_refused(sconce("run", pte, "--data", ptd, "--input", x), mentions=(says,))


def test_data_of_another_model_is_refused(sconce, tmp_path):
    pte, _ = pair("mixed", tmp_path)
    _, other = pair("convs", tmp_path)
    assert_refused(sconce("inspect", pte, "--data", other), mentions=("not in the data",))


def test_data_is_for_a_pte(sconce, tmp_path):
    _, ptd = pair("mixed", tmp_path)
    model = ROOT / "examples" / "demo" / "model.pt2"
    assert_refused(sconce("compile", model, "--data", ptd), mentions=("--data", ".pte"))
    assert_refused(sconce("run", model, "--data", ptd), mentions=("--data", ".pte"))


# ---- .bpte ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mixed", "numbers"])
def test_bundled_cases_are_run_and_compared(sconce, name):
    file = CORPUS / "bpte" / f"{name}.bpte"
    told = json.loads(sconce("run", file, "--json", check=True).stdout)
    assert told["passed"] and {o["case"] for o in told["outputs"]} == {0, 1}
    assert "case 1: f32[" in sconce("inspect", file, check=True).stdout


def test_bundled_case_that_is_wrong_fails_with_status_1(sconce, tmp_path):
    """The last case's expected output changed by 0.5: it stands last in the file."""
    data = bytearray((CORPUS / "bpte" / "numbers.bpte").read_bytes())
    told = json.loads(sconce("run", CORPUS / "bpte" / "numbers.bpte", "--json",
                             check=True).stdout)
    assert told["outputs"][0]["worst"] < 1e-6
    bundle = Bundle(data)
    at = bundle.expected(0)
    struct.pack_into("<f", bundle.data, at, struct.unpack_from("<f", bundle.data, at)[0] + 0.5)
    file = tmp_path / "wrong.bpte"
    file.write_bytes(bundle.data)
    done = sconce("run", file)
    assert done.returncode == 1 and done.stderr == ""
    assert "FAIL  forward case 0 output 0: largest error 0.5" in done.stdout
    assert "ok    forward case 1" in done.stdout
    assert sconce("run", file, "--tolerance", "0.6").returncode == 0
    assert sconce("run", file, "--tolerance", "0.4").returncode == 1


class Bundle(Program):
    def __init__(self, data):
        self.data = bytearray(data)
        self.root = self.get(0, "I")

    def expected(self, case):
        """Where output 0's bytes of a case are."""
        suite = self.tables(self.ref(self.root, 1))[0]
        table = self.tables(self.ref(suite, 1))[case]
        value = self.tables(self.ref(table, 1))[0]
        return self.ref(self.ref(value, 1), 2) + 4


def test_options_of_a_run_are_refused_for_a_bundle(sconce):
    file = CORPUS / "bpte" / "mixed.bpte"
    assert sconce("run", file, "--runs", "2").returncode == 2
    assert sconce("run", file, "--tolerance", "x").returncode == 2
    assert sconce("run", CORPUS / "pte" / "stock_convs.pte", "--tolerance", "1").returncode == 2


# ---- memory plans -----------------------------------------------------------------------

SOUND = sorted(path for path in (CORPUS / "pte").glob("*.pte")
               if path.name != "plan_overlaps.pte")


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_plan_of_a_sound_file_passes(sconce, path):
    assert "no overlap" in sconce("inspect", "--check-plan", path, check=True).stdout


def test_plans_of_stock_pass(sconce, stock_programs):
    for model in stock_programs.values():
        told = sconce("inspect", "--check-plan", "--json", model.pte, check=True)
        assert json.loads(told.stdout)["sound"]


def test_known_bad_plan_is_told(sconce):
    done = sconce("inspect", "--check-plan", CORPUS / "pte" / "plan_overlaps.pte")
    assert done.returncode == 1
    assert "values 8 and 19" in done.stdout


def test_value_moved_onto_a_living_one_is_told(sconce, tmp_path):
    """Every planned tensor of stock's file, moved to every other one's place: found, or
    the two never live together, or one is a view of the other."""
    good = (ROOT / "tests" / "hostile" / "files" / "good.pte").read_bytes()
    program = Program(good)
    planned = [i for i, v in enumerate(program.values)
               if program.get(program.field(v, 0), "B") == 5
               and program.has(program.ref(v, 1), 6)]
    found = set()
    for one in planned:
        for other in planned:
            damaged = Program(good)
            at = [damaged.ref(damaged.ref(damaged.values[i], 1), 6) for i in (one, other)]
            if one == other or not all(damaged.has(a, 1) for a in at):
                continue
            damaged.put(damaged.field(at[0], 1), "I", damaged.get(damaged.field(at[1], 1), "I"))
            file = tmp_path / "damaged.pte"
            file.write_bytes(damaged.data)
            done = sconce("inspect", "--check-plan", "--json", file)
            if done.returncode == 1:
                found.add((one, other))
                pairs = [{h["value"], h["other"]} for m in json.loads(done.stdout)["methods"]
                         for h in m["overlaps"]]
                assert any(one in p for p in pairs), (one, other, pairs)
    assert len(found) >= 5, found


def test_plan_of_something_else_is_refused(sconce):
    model = ROOT / "examples" / "demo" / "model.pt2"
    assert_refused(sconce("inspect", "--check-plan", model), mentions=("not a .pte",))


# ---- written anew -------------------------------------------------------------------------


def test_dead_and_equal_constants_are_dropped(sconce, tmp_path):
    """Stock keeps both: `twice` has two equal weights, and the call that read the third
    constant is made to read the first one instead, so that nothing uses it."""
    import torch
    from executorch.exir import EdgeCompileConfig, to_edge

    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, value in (("a", 1.0), ("b", 1.5), ("c", 2.0)):
                self.register_buffer(name, torch.full((1, 64), value))

        def forward(self, x):
            return x + self.a - self.b + self.c

    exported = torch.export.export(Twice().eval(), (torch.ones(1, 64),))
    edge = to_edge(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    program = Program(bytes(edge.to_executorch().buffer))
    offsets = program.ref(program.ref(program.root, 5), 1) + 4
    constants = [i for i, v in enumerate(program.values)
                 if program.get(program.field(v, 0), "B") == 5
                 and program.has(program.ref(v, 1), 5) and not program.has(program.ref(v, 1), 6)]
    assert len(constants) == 3
    base = program.get(24, "Q")
    starts = [base + program.get(offsets + 8 * program.get(
        program.field(program.ref(program.values[c], 1), 5), "I"), "Q") for c in constants]
    program.data[starts[1]:starts[1] + 256] = program.data[starts[0]:starts[0] + 256]
    for instruction in program.instructions:
        args = program.ref(program.ref(instruction, 1), 1)
        for i in range(program.get(args, "I")):
            if program.get(args + 4 + 4 * i, "I") == constants[2]:
                program.put(args + 4 + 4 * i, "I", constants[0])
    old, new, x = tmp_path / "old.pte", tmp_path / "new.pte", tmp_path / "x.npy"
    old.write_bytes(program.data)
    np.save(x, np.arange(64, dtype=np.float32).reshape(1, 64))
    report = json.loads(sconce("compile", old, "-o", new, "--json", check=True).stdout)
    assert report["replan"]["old_constants"] == 3 * 256
    assert report["replan"]["new_constants"] == 256
    assert report["replan"]["old_file"] == old.stat().st_size
    assert report["replan"]["new_file"] == new.stat().st_size <= old.stat().st_size - 512
    text = sconce("compile", old, "-o", new, check=True).stdout
    assert f"{old.stat().st_size - new.stat().st_size:,} B" in text
    assert "saved in the file" in text
    for name, file in (("a", old), ("b", new)):
        sconce("run", file, "--input", x, "-o", tmp_path / name, check=True)
    assert np.array_equal(*(read_outputs(tmp_path / n)[0] for n in "ab"))


# ---- docs/ops.md ------------------------------------------------------------------------


def test_table_of_operators_is_what_the_program_prints(sconce):
    printed = sconce("ops", "--markdown", check=True).stdout
    assert printed == (ROOT / "docs" / "ops.md").read_text(), \
        "run `build/sconce ops --markdown > docs/ops.md`"
    assert "| `aten.relu.default` | `cortex_m::" in printed


def test_table_of_operators_stands_alone(sconce):
    assert sconce("ops", "--markdown", "--json").returncode == 2


# ---- what a delegate asks for by name ---------------------------------------------------


def named_data(pte):
    """key -> bytes, of a .pte."""
    program = Program(pte.read_bytes())
    base, segments = program.get(24, "Q"), program.tables(program.ref(program.root, 4))
    found = {}
    for entry in program.tables(program.ref(program.root, 7)):
        key, index = program.ref(entry, 0), 0
        if program.has(entry, 1):
            index = program.get(program.field(entry, 1), "I")
        at, n = (program.get(program.field(segments[index], f), "Q")
                 if program.has(segments[index], f) else 0 for f in (0, 1))
        name = bytes(program.data[key + 4:key + 4 + program.get(key, "I")]).decode()
        found[name] = bytes(program.data[base + at:base + at + n])
    return found


def test_weights_of_an_npu_in_a_data_file(sconce, tmp_path):
    """The fixture's own .ptd isn't kept; stock wrote the same weights, under the same name,
    into conv_u55_128_external. The container is by stock's own writer."""
    from executorch.exir._serialize.data_serializer import DataEntry, DataPayload
    from executorch.extension.flat_tensor.serialize.serialize import FlatTensorSerializer

    models = ROOT / "tests" / "models" / "ethos_u"
    pte, ptd, whole = models / "conv_u55_128_ptd.pte", tmp_path / "w.ptd", tmp_path / "w.pte"
    blocks = named_data(models / "conv_u55_128_external.pte")
    key, = [k for k in blocks if k.encode() in pte.read_bytes()]
    payload = DataPayload(buffers=[blocks[key]], named_data={key: DataEntry(0, 16, None)})
    ptd.write_bytes(bytes(FlatTensorSerializer().serialize(payload)))
    x = models / "conv.case0.input0.npy"
    want = np.load(models / "conv_u55_128_external.case0.output0.npy")
    sconce("compile", pte, "--data", ptd, "-o", whole, check=True)
    for name, args in (("beside", (pte, "--data", ptd)), ("inside", (whole,))):
        sconce("run", *args, "--input", x, "-o", tmp_path / name, check=True)
        got, = read_outputs(tmp_path / name)
        assert got.tobytes() == want.tobytes(), name
