# SPDX-License-Identifier: Apache-2.0
"""What makes reading a .pt2 hard, one small model each (tests/models/traps.py).

Models are run in the three dialects and compared with torch eager; what can't be
imported must be refused in one line that names the thing and the way out. The
second half edits archives: other versions, damage, lies.
"""

import copy
import json
import zipfile
from dataclasses import dataclass

import numpy as np
import pytest

from support import DIALECTS, assert_close, assert_refused, read_outputs

# Kernels of these may be missing from the reference engine; their Graph is
# checked all the same.
NEEDS_KERNELS = ("key_value_cache", "index", "upsample", "double64")

RUNS = ("buffer_writes", "swap", "sliding_window", "view_writes", "metadata_writes",
        "inplace_activations", "shared_storage", "strides", "channels_last", "constants",
        "unused", "dtypes", "promotion", "defaults", "names", "inputs", "outputs",
        "cond", "plain_good") + NEEDS_KERNELS

# name -> dialect -> words of the message
EVAL = "model.eval()"
FIXED = "fixed shapes"
REFUSED = {
    "input_write": {d: ("overwrites its input 'x'", "registered buffer") for d in DIALECTS},
    "train_mode": {d: ("training mode", EVAL, "traps.py:") for d in DIALECTS},
    "complex_buffer": {d: ("'b_rotation'", "complex64") for d in DIALECTS},
    "dynamic": {d: ("input", "'x'", "dimension 0", "s77", "2..8", FIXED) for d in DIALECTS},
    "nonzero": {d: ("torch.nonzero()", "depends on data") for d in DIALECTS},
    "no_grad": {"plain": ("torch.no_grad()", "run_decompositions({})")},
    "unknown_op": {d: ("aten.linalg_inv.default", "traps.py:", "sconce ops")
                   for d in ("plain", "func")},
}


@dataclass
class Trap:
    pt2: dict       # dialect -> Path
    inputs: list    # of Path
    outputs: list   # a run: a list of arrays, or what else it is


@pytest.fixture(scope="session")
def folder():
    import cache
    return cache.ensure("traps")


@pytest.fixture(scope="session")
def traps(folder):
    def load(file):
        return np.load(folder / file) if file and file.endswith(".npy") else file
    return {name: Trap({d: folder / f for d, f in entry["pt2"].items()},
                       [folder / f for f in entry["inputs"]],
                       [[load(f) for f in run] for run in entry["outputs"]])
            for name, entry in json.loads((folder / "manifest.json").read_text()).items()}


def inspect(sconce, path):
    return json.loads(sconce("inspect", path, "--json", check=True).stdout)


# ---- what runs --------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", RUNS)
def test_trap_runs_as_in_torch(sconce, traps, tmp_path, name, dialect):
    trap = traps[name]
    model = trap.pt2[dialect]
    inspect(sconce, model)
    options = [word for path in trap.inputs for word in ("--input", path)]
    for n_runs in (1, len(trap.outputs)):
        done = sconce("run", model, *options, "-o", tmp_path, "--runs", n_runs)
        if name in NEEDS_KERNELS and "no engine" in done.stderr:
            pytest.skip("imported; the reference engine has no kernel: " + done.stderr)
        assert done.returncode == 0, done.stderr
        assert_close(read_outputs(tmp_path), trap.outputs[n_runs - 1])


def test_no_grad_region_vanishes_in_the_functional_dialect(sconce, traps, tmp_path):
    trap = traps["no_grad"]
    for dialect in ("func", "core"):
        got = sconce.run(trap.pt2[dialect], trap.inputs, tmp_path)
        assert_close(got, trap.outputs[0])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_state_is_written_by_name(sconce, traps, dialect):
    graph = inspect(sconce, traps["buffer_writes"].pt2[dialect])["graph"]
    states = [line for line in graph.splitlines() if line.startswith("state ")]
    writes = [line for line in graph.splitlines() if line.startswith("write ")]
    assert sorted(line.split('"')[1] for line in states) == ["h", "n"]
    assert len(writes) == 2
    assert 'const %b_never_written' in graph


@pytest.mark.parametrize("dialect", DIALECTS)
def test_key_value_cache_is_state(sconce, traps, dialect):
    graph = inspect(sconce, traps["key_value_cache"].pt2[dialect])["graph"]
    assert 'state %b_cache : f32[2,4,3] "cache"' in graph
    assert "write %b_cache <- " in graph


@pytest.mark.parametrize("dialect", DIALECTS)
def test_unused_weights_are_dropped(sconce, traps, dialect):
    report = inspect(sconce, traps["unused"].pt2[dialect])
    assert report["weight_bytes"] == (4 * 2 + 2) * 4
    assert "unused" not in report["graph"].replace("graph unused", "")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tied_weights_are_one(sconce, traps, dialect):
    graph = inspect(sconce, traps["shared_storage"].pt2[dialect])["graph"]
    assert graph.count(": f32[4,4] \"") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_literal_outputs_are_kept(sconce, traps, dialect):
    graph = inspect(sconce, traps["literal_outputs"].pt2[dialect])["graph"]
    outputs = [line.split(" ", 2)[2] for line in graph.splitlines()
               if line.startswith("output ")]
    assert outputs[1:] == ["none", "7", "0.5", "true"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_inputs_and_outputs_are_named_and_ordered_as_exported(sconce, traps, dialect):
    report = inspect(sconce, traps["inputs"].pt2[dialect])
    assert [i["name"] for i in report["inputs"]] == ["d_b", "d_a", "mask", "scale"]
    outputs = [line.split('"')[1] for line in report["graph"].splitlines()
               if line.startswith("output ")]
    assert outputs == ["z", "y"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_float64_is_seen_where_torch_promotes(sconce, traps, dialect):
    report = inspect(sconce, traps["double64"].pt2[dialect])
    assert [o["type"] for o in report["outputs"]] == ["f64[3]"] * 3


@pytest.mark.parametrize("name", ("strides", "promotion", "view_writes"))
def test_plain_graph_names_module_and_line_without_folders(sconce, traps, name):
    graph = inspect(sconce, traps[name].pt2["plain"])["graph"]
    origins = [line.rsplit(" @ ", 1)[1] for line in graph.splitlines() if " @ " in line]
    assert origins and all('"traps.py:' in origin for origin in origins)
    assert "/" not in "".join(origins)


# ---- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize("name,dialect", [(n, d) for n, dialects in REFUSED.items()
                                          for d in dialects])
def test_trap_is_refused_by_name(sconce, traps, tmp_path, name, dialect):
    model = traps[name].pt2[dialect]
    out = tmp_path / "m.pte"
    done = sconce("compile", model, "-o", out)
    assert_refused(done, mentions=(model.name,) + REFUSED[name][dialect])
    assert not out.exists()


@pytest.mark.parametrize("file,mentions", [
    ("two_models.pt2", ("2 models: enc, dec", "torch.export.save")),
    ("state_dict.pt2", ("torch.save() file", "torch.export.export")),
    ("torchscript.pt2", ("TorchScript", "torch.export.export")),
    ("subclass.pt2", ("tensor subclass", "torchao", "PT2E")),
])
def test_file_of_another_kind_is_refused_with_advice(sconce, folder, file, mentions):
    assert_refused(sconce("inspect", folder / file), mentions=mentions)


def test_layout_of_torch_2_7_is_refused_with_advice(sconce, tmp_path):
    path = tmp_path / "old.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("version", "8.7")
        archive.writestr("serialized_exported_program.json", "{}")
        archive.writestr("serialized_state_dict.pt", b"PK")
    assert_refused(sconce("inspect", path),
                   mentions=("torch <= 2.7", "torch.export.load('old.pt2')"))


# ---- edited archives ---------------------------------------------------------------------


class Archive:
    """Members of a .pt2 by their name below the root; JSON members as objects."""

    def __init__(self, path):
        self.members = {}
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                self.root, name = info.filename.split("/", 1)
                data = archive.read(info)
                self.members[name] = json.loads(data) if name.endswith(".json") else data

    @property
    def program(self):
        return self.members["models/model.json"]

    @property
    def graph(self):
        return self.program["graph_module"]["graph"]

    @property
    def weights(self):
        return self.members["data/weights/model_weights_config.json"]["config"]

    def save(self, path):
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in self.members.items():
                if not isinstance(data, bytes):
                    data = json.dumps(data).encode()
                archive.writestr(f"{self.root}/{name}", data)
        return path


@pytest.fixture
def good(traps):
    return Archive(traps["plain_good"].pt2["plain"])


def with_unknown_keys(value):
    if isinstance(value, dict) and not any(k.startswith("as_") for k in value):
        value = {k: with_unknown_keys(v) for k, v in value.items()}
        is_map = not value or all(isinstance(v, dict) for v in value.values())
        return value if is_map else {**value, "key_of_torch_3": {"deep": [1]}}
    if isinstance(value, list):
        return [with_unknown_keys(v) for v in value]
    return value


def edit_unknown_keys(archive):
    archive.members["models/model.json"] = with_unknown_keys(archive.program)


def edit_minor_version(archive):
    archive.program["schema_version"]["minor"] = 99


def edit_without_names(archive):
    for node in archive.graph["nodes"]:
        del node["name"]
        del node["metadata"]
        for argument in node["inputs"]:
            del argument["kind"]
    del archive.graph["sym_float_values"], archive.graph["custom_obj_values"]


def edit_sample_inputs(archive):
    archive.members["data/sample_inputs/model.pt"] = b"\x80\x04 not to be unpickled"


def edit_strange_members(archive):
    archive.members["../../etc/passwd"] = b"x"
    archive.members["extra/sconce.json"] = {"note": 1}


def edit_root(archive):
    archive.root = "archive"


@pytest.mark.parametrize("edit", [edit_unknown_keys, edit_minor_version,
                                  edit_without_names, edit_sample_inputs,
                                  edit_strange_members, edit_root])
def test_harmless_edit_changes_nothing(sconce, traps, good, tmp_path, edit):
    edit(good)
    model = good.save(tmp_path / "edited.pt2")     # python's zipfile doesn't align
    assert_close(sconce.run(model, traps["plain_good"].inputs, tmp_path),
                 traps["plain_good"].outputs[0])


def first_payload(archive):
    return next(iter(archive.weights.values()))


def set_meta(archive, **changes):
    first_payload(archive)["tensor_meta"].update(changes)


def ints(*values):
    return [{"as_int": v} for v in values]


HOSTILE = {
    "schema_7": (lambda a: a.program["schema_version"].update(major=7), "schema_version"),
    "big_endian": (lambda a: a.members.update(byteorder=b"big"), "byteorder"),
    "version_1": (lambda a: a.members.update(archive_version=b"1"), "archive_version"),
    "no_byteorder": (lambda a: a.members.pop("byteorder"), "byteorder"),
    "no_config": (lambda a: a.members.pop("data/weights/model_weights_config.json"),
                  "weights_config"),
    "no_record": (lambda a: a.members.pop("data/weights/weight_0"), "weight_0"),
    "short_record": (lambda a: a.members.update({"data/weights/weight_0": b"\0" * 20}),
                     "beyond the stored bytes"),
    "empty_record": (lambda a: a.members.update({"data/weights/weight_0": b""}),
                     "weren't saved"),
    "negative_size": (lambda a: set_meta(a, sizes=ints(-2, 3)), "-2"),
    "other_size": (lambda a: set_meta(a, sizes=ints(3, 2), strides=ints(2, 1)),
                   "another type than its use"),
    "huge_stride": (lambda a: set_meta(a, strides=ints(2**62, 2**62)), "stride"),
    "huge_offset": (lambda a: set_meta(a, storage_offset={"as_int": 2**63 - 1}),
                    "beyond the stored bytes"),
    "rank_20": (lambda a: set_meta(a, sizes=ints(*[1] * 20), strides=ints(*[1] * 20)),
                "20 dimensions"),
    "pickled": (lambda a: first_payload(a).update(use_pickle=True), "pickle"),
    "wrong_meta": (lambda a: a.graph["tensor_values"]["relu"].update(
        sizes=ints(9), strides=ints(1)), "torch recorded f32[9]"),
    "undefined": (lambda a: a.graph["nodes"].pop(0), "never made"),
    "twice": (lambda a: a.graph["nodes"].append(a.graph["nodes"][0]), "made twice"),
    "no_node_inputs": (lambda a: a.graph["nodes"][0].pop("inputs"), "inputs"),
    "no_json": (lambda a: a.members.update({"models/model.json": b"{"}), "JSON"),
    "deep_json": (lambda a: a.members.update({"models/model.json": b"[" * 100000}),
                  "nested"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archive_is_one_clear_error(sconce, good, tmp_path, case):
    edit, word = HOSTILE[case]
    edit(good)
    done = sconce("inspect", good.save(tmp_path / "bad.pt2"))
    assert_refused(done, mentions=("bad.pt2", word))


def test_truncated_archive_is_one_clear_error(sconce, traps, tmp_path):
    data = traps["plain_good"].pt2["plain"].read_bytes()
    for n in (0, 1, 22, 100, len(data) // 2, len(data) - 1):
        path = tmp_path / "cut.pt2"
        path.write_bytes(data[:n])
        assert_refused(sconce("inspect", path), mentions=("cut.pt2",))


def places(value, path=()):
    """Every place in a JSON document, first items of lists only."""
    if path:
        yield path
    items = (list(value.items()) if isinstance(value, dict)
             else list(enumerate(value[:1])) if isinstance(value, list) else [])
    for key, inner in items:
        yield from places(inner, path + (key,))


@pytest.mark.parametrize("wrong", [None, "x", -1, [], {}], ids=repr)
def test_wrong_kind_anywhere_is_no_crash(sconce, good, tmp_path, wrong):
    """Some places aren't read, so it may be accepted; else one line, exit 2."""
    program = good.program
    program["graph_module"].pop("metadata", None)
    for node in program["graph_module"]["graph"]["nodes"]:
        node["metadata"] = {}
    program["graph_module"]["module_call_graph"] = []
    for place in places(program):
        edited = copy.deepcopy(program)
        at = edited
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = wrong
        good.members["models/model.json"] = edited
        done = sconce("inspect", good.save(tmp_path / "bad.pt2"))
        if done.returncode != 0:
            assert_refused(done, mentions=("bad.pt2",))
