# SPDX-License-Identifier: Apache-2.0
"""Whole networks in int8: the five without recurrence or attention of models/zoo.py,
and three small ones that join, move and multiply activations.

Calibration and inputs are seeded noise. Limits on accuracy are what was measured less
2 dB, because one SQNR is one draw of rounding noise; everything else is exact.
"""

import json
from collections import Counter

import numpy as np
import pytest

from support import read_outputs
from test_boards import Board

SEED = 20261126

# name -> (shape, dB of the output, operators that stock's flow makes of it, and how
# many; the softmax and the pad in front of DS-CNN are this network's own)
NETWORKS = {
    "mobilenetv2_64": ((3, 64, 64), 26, {"quantized_conv2d": 35, "quantized_add": 10,
                                         "quantized_depthwise_conv2d": 17,
                                         "quantized_avg_pool2d": 1, "quantized_linear": 1}),
    "dscnn": ((1, 49, 10), 34, {"quantized_depthwise_conv2d": 5, "quantized_conv2d": 4,
                                "quantized_avg_pool2d": 1, "quantized_linear": 1, "pad": 1,
                                "softmax": 1}),
    "resnet8": ((3, 32, 32), 37, {"quantized_conv2d": 9, "quantized_add": 3,
                                  "quantized_avg_pool2d": 1, "quantized_linear": 1,
                                  "softmax": 1}),
    "mobilenetv1_025": ((3, 96, 96), 28, {"quantized_conv2d": 14,
                                          "quantized_depthwise_conv2d": 13,
                                          "quantized_avg_pool2d": 1, "quantized_linear": 1,
                                          "softmax": 1}),
    "autoencoder": ((640,), 26, {"quantized_linear": 10}),
}
TARGETS = ("cortex-m33", "cortex-m55")
CORES = ("cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")

each_network = pytest.mark.parametrize("name", NETWORKS)
each_target = pytest.mark.parametrize("target", TARGETS)


def noise(seed, n, shape):
    return (np.random.default_rng([SEED, seed]).standard_normal((n, *shape)) * 1.5).astype(
        np.float32)


class Compiler:
    """Compiled networks and what they give, each made once."""

    def __init__(self, sconce, zoo, folder):
        self.sconce, self.zoo, self.folder, self.made = sconce, zoo, folder, {}

    def archive(self, name):
        return self.zoo[name].pt2["func"]

    def __call__(self, name, target, *options):
        """(path of the .pte, report)"""
        key = (name, target, *options)
        if key not in self.made:
            path = self.folder / ("_".join(key) + ".pte")
            calibration = self.folder / f"{name}.npy"
            np.save(calibration, noise(0, 32, NETWORKS[name][0]))
            done = self.sconce("compile", self.archive(name), "--target", target,
                               "--calibrate", calibration, "-o", path, "--json", *options,
                               check=True)
            self.made[key] = path, json.loads(done.stdout)
        return self.made[key]

    def outputs(self, path, images):
        outputs = []
        for i, image in enumerate(images):
            np.save(self.folder / "in.npy", image[None])
            outputs.append(self.sconce.run(path, [self.folder / "in.npy"],
                                           self.folder / "out")[0])
        return np.concatenate(outputs).astype(np.float64)


@pytest.fixture(scope="module")
def compiled(sconce, zoo, tmp_path_factory):
    return Compiler(sconce, zoo, tmp_path_factory.mktemp("int8"))


@pytest.fixture(scope="module")
def board(sconce):
    return Board(sconce)


def calls(report):
    """Operator without namespace and overload -> calls."""
    counts = Counter()
    for row in report["operators"]:
        counts[row["name"].split("::")[1].split(".")[0]] += row["calls"]
    return counts


def float_calls(report):
    return {row["name"]: row["calls"] for row in report["operators"] if row["class"] != "i"}


def sqnr(want, got):
    return 10 * np.log10((want ** 2).sum() / ((got - want) ** 2).sum())


# ---- structure -------------------------------------------------------------------------

@each_target
@each_network
def test_network_with_int8_ends_is_int8_throughout(compiled, name, target):
    _, report = compiled(name, target, "--int8-io")
    assert float_calls(report) == {}
    moves = [op for op in calls(report)
             if any(word in op for word in ("quantize_per", "transpose", "permute", "copy"))]
    assert moves == []
    assert all(io["dtype"] == "i8" and io["scale"] > 0
               for io in report["inputs"] + report["outputs"])


@each_target
@each_network
def test_network_with_float_ends_converts_there_only(compiled, name, target):
    _, report = compiled(name, target)
    assert float_calls(report) == {"cortex_m::quantize_per_tensor.out": 1,
                                   "cortex_m::dequantize_per_tensor.out": 1}


@each_target
@each_network
def test_file_for_stock_has_its_operators_and_loads_there(compiled, name, target):
    from executorch.runtime import Runtime, Verification
    path, report = compiled(name, target, "--ops", "stock")
    assert {row["name"].split("::")[0] for row in report["operators"]} == {"cortex_m"}
    assert calls(report) == {**NETWORKS[name][2], "quantize_per_tensor": 1,
                             "dequantize_per_tensor": 1}
    program = Runtime.get().load_program(path, verification=Verification.InternalConsistency)
    assert program.method_names == {"forward"}


# what stock's own files of these networks plan, scratch of its kernels included
STOCK_ARENA = {("mobilenetv2_64", "cortex-m33"): 122880,
               ("mobilenetv2_64", "cortex-m55"): 127344,
               ("dscnn", "cortex-m33"): 16000, ("dscnn", "cortex-m55"): 20464}


@pytest.mark.parametrize("name, target", STOCK_ARENA)
def test_file_for_stock_needs_the_arena_of_stock(compiled, name, target):
    _, report = compiled(name, target, "--ops", "stock")
    assert [m["bytes"] for m in report["memories"]] == [STOCK_ARENA[name, target]]


@each_target
def test_arena_of_mobilenet_is_not_above_that_of_stock(compiled, target):
    """Stock: 122,880 and 127,344 bytes; scratch included."""
    _, report = compiled("mobilenetv2_64", target, "--int8-io")
    memory, = report["memories"]
    assert memory["bytes"] == memory["bound"] <= 122880


# ---- accuracy -----------------------------------------------------------------------------

@each_network
def test_network_is_as_close_to_float_as_measured(compiled, name):
    images = noise(1, 4, NETWORKS[name][0])
    want = compiled.outputs(compiled.archive(name), images)
    got = compiled.outputs(compiled(name, "cortex-m33")[0], images)
    stock = compiled.outputs(compiled(name, "cortex-m33", "--ops", "stock")[0], images)
    helium = compiled.outputs(compiled(name, "cortex-m55")[0], images)
    assert sqnr(want, got) >= NETWORKS[name][1]
    assert sqnr(want, stock) >= NETWORKS[name][1]
    assert got.tobytes() == helium.tobytes()    # another core, the same results


# ---- what joins, moves and multiplies ----------------------------------------------------

def values(rng, *shape):
    return ", ".join(f"{x:.5f}" for x in rng.uniform(-1, 1, shape).ravel() * 0.6)


def conv(name, x, c, o, k, rows, size=None, transposed=False):
    """Lines of a convolution (transposed: stride 2) with its weights."""
    rng = np.random.default_rng([SEED, c, o, k])
    dims = f"{c},{o},{k},{k}" if transposed else f"{o},{c},{k},{k}"
    pad, stride = (0, 2) if transposed else (k // 2, 1)
    return [f'const %{name}_w : f32[{dims}] "{name}_w" = {{{values(rng, c, o, k, k)}}}',
            f'const %{name}_b : f32[{o}] "{name}_b" = {{{values(rng, o)}}}',
            f"%{name} : f32[1,{o},{rows},{rows}] = aten.convolution.default(%{x}, %{name}_w, "
            f"%{name}_b, i[{stride},{stride}], i[{pad},{pad}], i[1,1], "
            f"{str(transposed).lower()}, i[0,0], 1)"]


def unet():
    """Down, up by a transposed convolution, joined with what went by; numbers behind."""
    return ["input %x : f32[1,3,8,8]", *conv("a", "x", 3, 8, 3, 8),
            "%ar : f32[1,8,8,8] = aten.relu.default(%a)",
            "%p : f32[1,8,4,4], %i : i64[1,8,4,4] = aten.max_pool2d_with_indices.default("
            "%ar, i[2,2], i[2,2], i[0,0], i[1,1], false)",
            *conv("b", "p", 8, 8, 3, 4), "%br : f32[1,8,4,4] = aten.relu.default(%b)",
            *conv("u", "br", 8, 8, 2, 8, transposed=True),
            "%j : f32[1,16,8,8] = aten.cat.default(v[%u,%ar], 1)", *conv("c", "j", 16, 4, 3, 8),
            "%h : f32[1,4,8,8] = aten.mul.Scalar(%c, 0.5)",
            "%y : f32[1,4,8,8] = aten.add.Scalar(%h, 1.0, 1)"]


def excite():
    """Squeeze and excite: one factor a channel; a difference, a quotient, extremes."""
    return ["input %x : f32[1,4,6,6]", *conv("a", "x", 4, 8, 1, 6),
            "%m : f32[1,8,1,1] = aten.mean.dim(%a, i[2,3], true, none)",
            *conv("f", "m", 8, 8, 1, 1), "%s : f32[1,8,1,1] = aten.sigmoid.default(%f)",
            "%g : f32[1,8,6,6] = aten.mul.Tensor(%a, %s)",
            "%r : f32[1,8,6,6] = aten.flip.default(%g, i[3])",
            "%k : f32[1,8,6,6] = aten.maximum.default(%g, %r)",
            "%n : f32[1,8,6,6] = aten.sigmoid.default(%g)",
            "%e : f32[1,8,6,6] = aten.add.Scalar(%n, 1, 1)",
            "%q : f32[1,8,6,6] = aten.div.Tensor(%g, %e)",
            "%y : f32[1,8,6,6] = aten.sub.Tensor(%k, %q, 1)"]


def attention():
    """Products of activations; the second factor transposed before, or by a call."""
    rng = np.random.default_rng(SEED)
    lines = ["input %x : f32[6,16]"]
    for name in "qkv":
        lines += [f'const %{name}_w : f32[16,16] "{name}_w" = {{{values(rng, 16, 16)}}}',
                  f'const %{name}_b : f32[16] "{name}_b" = {{{values(rng, 16)}}}',
                  f"%{name}2 : f32[6,16] = aten.linear.default(%x, %{name}_w, %{name}_b)",
                  f"%{name} : f32[1,6,16] = aten.view.default(%{name}2, i[1,6,16])"]
    return lines + ["%t : f32[1,16,6] = aten.permute.default(%k, i[0,2,1])",
                    "%l : f32[1,6,6] = aten.bmm.default(%q, %t)",
                    "%d : f32[1,6,6] = aten.div.Scalar(%l, 8)",
                    "%p : f32[1,6,6] = aten._softmax.default(%d, -1, false)",
                    "%y : f32[1,6,16] = aten.bmm.default(%p, %v)"]


def sequence():
    """Convolutions along one axis, one of them depthwise."""
    rng = np.random.default_rng(SEED)
    lines = ["input %x : f32[1,4,20]"]
    for name, x, o, groups, k, length in (("a", "x", 8, 1, 3, 20), ("d", "ar", 8, 8, 5, 20),
                                          ("y", "d", 6, 1, 4, 9)):
        c = {"a": 4, "d": 1, "y": 8}[name]
        stride, pad = (2, 0) if name == "y" else (1, k // 2)
        lines += [f'const %{name}_w : f32[{o},{c},{k}] "{name}_w" = {{{values(rng, o, c, k)}}}',
                  f'const %{name}_b : f32[{o}] "{name}_b" = {{{values(rng, o)}}}',
                  f"%{name} : f32[1,{o},{length}] = aten.convolution.default(%{x}, %{name}_w, "
                  f"%{name}_b, i[{stride}], i[{pad}], i[1], false, i[0], {groups})"]
        if name == "a":
            lines.append("%ar : f32[1,8,20] = aten.relu.default(%a)")
    return lines


def moves():
    """Bytes from place to place, a constant among them."""
    return ["input %x : f32[1,4,6,6]", *conv("a", "x", 4, 8, 3, 6),
            "%ar : f32[1,8,6,6] = aten.relu.default(%a)",
            'const %z : f32[1,1,6,6] "z" = {' + ", ".join(["0.25"] * 36) + "}",
            "%s : f32[1,3,6,6] = aten.slice.Tensor(%ar, 1, 2, 8, 2)",
            "%j : f32[1,4,6,6] = aten.cat.default(v[%s,%z], 1)",
            "%u : f32[1,1,12,12] = aten.pixel_shuffle.default(%j, 2)",
            "%t : f32[1,1,12,12] = aten.permute.default(%u, i[0,1,3,2])",
            *conv("y", "t", 1, 4, 3, 12)]


# graph -> shape, dB, operators of int8 without the packed ones
GRAPHS = {
    "unet": (unet, (3, 8, 8), 32, {"quantized_transpose_conv2d": 1, "cat": 1,
                                   "quantized_activation": 2, "quantized_max_pool2d": 1}),
    "excite": (excite, (4, 6, 6), 27, {"quantized_mul": 1, "flip": 1, "maximum": 1,
                                       "quantized_activation": 3, "quantized_div": 1,
                                       "quantized_add": 1}),
    "attention": (attention, (6, 16), 26, {"quantized_batch_matmul": 2, "transpose": 1,
                                           "quantized_activation": 1, "softmax": 1}),
    "sequence": (sequence, (4, 20), 30, {"quantized_conv2d": 2, "transpose": 6,
                                         "quantized_depthwise_conv2d": 1}),
    "moves": (moves, (4, 6, 6), 30, {"slice_copy": 1, "cat": 1, "pixel_shuffle": 1,
                                     "permute_copy": 1}),
}


@pytest.fixture(params=GRAPHS)
def graph(request, sconce, tmp_path):
    """(name, graph text, calibration, 4 inputs, float outputs)"""
    make, shape, _, _ = GRAPHS[request.param]
    lines = make()
    order = {"i": 0, "c": 1}
    text = "\n".join(sorted(lines, key=lambda line: order.get(line[0], 2)))
    path = tmp_path / "graph.scg"
    path.write_text(f'graph {request.param}\n{text}\noutput "y" %y\nend\n')
    batch = request.param != "attention"     # its rows are its first dimension
    shape = (1, *shape) if batch else shape
    np.save(tmp_path / "calibration.npy",
            noise(3, 32, shape[1:]) if batch else noise(3, 32, shape))
    inputs = []
    for i, x in enumerate(noise(4, 4, shape)):
        inputs.append(tmp_path / f"in{i}.npy")
        np.save(inputs[-1], x)
    sconce.compile(path, tmp_path / "float.pte")
    want = [sconce.run(tmp_path / "float.pte", [x], tmp_path / "float")[0] for x in inputs]
    return request.param, path, tmp_path / "calibration.npy", inputs, want


def compile_graph(sconce, graph, target, *options):
    _, path, calibration, _, _ = graph
    out = path.with_name("_".join((target, *options)) + ".pte")
    done = sconce("compile", path, "--target", target, "--calibrate", calibration, "-o", out,
                  "--json", *options, check=True)
    return out, json.loads(done.stdout)


@each_target
def test_graph_stays_int8_between_its_ends(sconce, board, graph, tmp_path, target):
    name, _, _, inputs, want = graph
    pte, report = compile_graph(sconce, graph, target)
    assert float_calls(report) == {"cortex_m::quantize_per_tensor.out": 1,
                                   "cortex_m::dequantize_per_tensor.out": 1}
    counts = calls(report)
    assert {op: counts[op] for op in GRAPHS[name][3]} == GRAPHS[name][3]
    assert not [op for op in counts if "dim_order" in op]
    got = [sconce.run(pte, [x], tmp_path / "host")[0] for x in inputs]
    error = sqnr(np.stack(want).astype(np.float64), np.stack(got))
    assert error >= GRAPHS[name][2], f"{error:.1f} dB"
    board.run(target, pte, tmp_path / "device", inputs)
    for i, y in enumerate(got):
        assert read_outputs(tmp_path / "device" / str(i))[0].tobytes() == y.tobytes()


def test_graph_for_stock_has_its_operators_and_loads_there(sconce, graph, tmp_path):
    from executorch.runtime import Runtime, Verification
    name, _, _, inputs, want = graph
    pte, report = compile_graph(sconce, graph, "cortex-m55", "--ops", "stock")
    assert {row["name"].split("::")[0] for row in report["operators"]} <= {
        "cortex_m", "aten", "dim_order_ops"}
    assert float_calls(report) == {"cortex_m::quantize_per_tensor.out": 1,
                                   "cortex_m::dequantize_per_tensor.out": 1}
    Runtime.get().load_program(pte, verification=Verification.InternalConsistency)
    got = [sconce.run(pte, [x], tmp_path / "host")[0] for x in inputs]
    assert sqnr(np.stack(want).astype(np.float64), np.stack(got)) >= GRAPHS[name][2]


# ---- devices --------------------------------------------------------------------------------

N_SETS = 8
# cores of one kind run one file
FILE_OF = {"cortex-m4": "cortex-m33", "cortex-m7": "cortex-m33"}


@pytest.mark.parametrize("core", CORES)
@each_network
def test_network_on_a_core_gives_the_bytes_of_the_host(compiled, board, tmp_path, name, core):
    path, _ = compiled(name, FILE_OF.get(core, core), "--int8-io")
    images = noise(2, N_SETS, NETWORKS[name][0])
    inputs = [tmp_path / f"in{i}.npy" for i in range(len(images))]
    report = json.loads(compiled.sconce("inspect", path, "--json", check=True).stdout)
    scale, zero = (report["inputs"][0][key] for key in ("scale", "zero_point"))
    for file, image in zip(inputs, images):
        np.save(file, np.clip(np.rint(image[None] / scale) + zero, -128, 127).astype(np.int8))
    facts = board.run(core, path, tmp_path / "device", inputs)
    assert facts["sets"] == len(inputs)
    seen = set()
    for i, file in enumerate(inputs):
        want, = compiled.sconce.run(path, [file], tmp_path / "host")
        got, = read_outputs(tmp_path / "device" / str(i))
        assert got.dtype == np.int8 and got.tobytes() == want.tobytes()
        seen.add(got.tobytes())
    assert len(seen) == len(inputs)     # inputs that give one answer would hide much


@pytest.mark.parametrize("core", ("cortex-m33", "cortex-m55"))
def test_one_command_runs_a_network_on_a_core_and_compares(compiled, board, tmp_path, core):
    path, _ = compiled("dscnn", core)
    np.save(tmp_path / "in.npy", noise(5, 1, (1, 1, 49, 10))[0])
    done = compiled.sconce("run", path, "--input", tmp_path / "in.npy", "--on", "qemu",
                           "--target", core, "--json", check=True)
    assert json.loads(done.stdout)
