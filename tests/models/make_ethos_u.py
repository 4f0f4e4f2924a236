# SPDX-License-Identifier: Apache-2.0
"""Makes the fixtures in ethos_u/: small programs of stock ExecuTorch's Ethos-U flow.

`python make_ethos_u.py FOLDER [NAME...]`, by hand, not by the tests: it needs
Arm's compiler and TOSA's reference model beside torch and executorch. The
versions it was run with are in ethos_u/README.md; FOLDER gets NAME.pte, the
inputs NET.caseN.inputK.npy, the outputs NAME.caseN.outputK.npy and manifest.json.

What a program must give is computed node by node over the lowered graph:
  delegate    TOSA's reference model runs the very TOSA bytes that the flow handed
              to Vela. Its integers leave no freedom, so an NPU must agree with it
  other op    stock's own C kernel, in stock's runtime, as a program of one op
Beside it the quantized graph runs in torch eager (fake quantization in float),
as a check of the check; how far the two are apart is printed.
"""

import contextlib
import io
import json
import operator
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

import export

N_CASES = 3
N_CALIBRATION = 8


# ---- networks ---------------------------------------------------------------------------

class Conv(nn.Module):
    """Convolution, depthwise, residual addition, both kinds of pooling, linear."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 1, 1)
        self.depthwise = nn.Conv2d(16, 16, 3, 1, 1, groups=16)
        self.pointwise, self.down = nn.Conv2d(16, 16, 1), nn.Conv2d(16, 16, 3, 2, 1)
        self.head = nn.Linear(16, 32)

    def forward(self, x):
        h = torch.relu(self.stem(x))
        h = h + self.pointwise(nn.functional.hardtanh(self.depthwise(h), 0, 6))
        h = torch.relu(self.down(nn.functional.avg_pool2d(h, 2)))
        return self.head(h.mean(dim=(2, 3)))


class TwoByTwo(nn.Module):
    """Two inputs and two outputs of different rank; a product with broadcast."""

    def __init__(self):
        super().__init__()
        self.conv, self.gate = nn.Conv2d(6, 16, 3, 1, 1), nn.Linear(20, 16)
        self.pool, self.head = nn.MaxPool2d(2), nn.Linear(16, 12)

    def forward(self, x, y):
        gate = torch.relu(self.gate(y))
        h = self.conv(x) * gate.reshape(1, 16, 1, 1)
        return self.pool(h), self.head(gate - h.mean(dim=(2, 3)))


class Tables(nn.Module):
    """Functions that become lookup tables; softmax is a chain of them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(4, 16, 1), nn.Conv2d(16, 16, 3, 2, 1)
        self.head = nn.Linear(16, 20)

    def forward(self, x):
        h = torch.tanh(self.second(nn.functional.hardswish(self.first(x))))
        return torch.sigmoid(h), torch.softmax(3 * self.head(h.mean(dim=(2, 3))), -1)


class Partial(nn.Module):
    """Stock leaves a 4x4 mean of stride 4 and ReLU6 as a function to the CPU."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 16, 3, 1, 1), nn.Linear(192, 12)

    def forward(self, x):
        h = nn.functional.avg_pool2d(torch.relu(self.conv(x)), 4)
        return self.head(nn.functional.relu6(torch.flatten(h, 1)))


class Wide(nn.Module):
    """For 16-bit activations: what the int16 paths of the NPU do, and a table."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.depthwise = nn.Conv2d(16, 16, 3, 1, 1, groups=16)
        self.pointwise, self.head = nn.Conv2d(16, 16, 1), nn.Linear(16, 24)

    def forward(self, x):
        h = torch.relu(self.stem(x))
        h = h + torch.tanh(self.pointwise(self.depthwise(h)))
        return self.head(h.mean(dim=(2, 3))), h


NETS = {
    "conv": (Conv, [(1, 3, 12, 16)]),
    "two": (TwoByTwo, [(1, 6, 8, 10), (1, 20)]),
    "tables": (Tables, [(1, 4, 8, 6)]),
    "partial": (Partial, [(1, 3, 16, 12)]),
    "wide": (Wide, [(1, 3, 10, 14)]),
}


# ---- fixtures ---------------------------------------------------------------------------

@dataclass
class Fixture:
    net: str
    target: str
    memory_mode: str = None      # None: what stock takes for this target
    channels_last: bool = False
    int16: bool = False          # 16-bit activations, 8-bit weights
    int8_io: bool = False        # the program takes and gives the NPU's own numbers
    segments: bool = False       # the payload lies behind the flatbuffer
    external: dict = field(default_factory=dict)  # block of the payload -> tag
    own_file: bool = False       # external blocks leave the .pte, as stock has it
    refused: bool = False        # our runtime can't run it: no outputs are kept


FIXTURES = {
    "conv_u55_128": Fixture("conv", "ethos-u55-128"),
    "conv_u55_256_nhwc": Fixture("conv", "ethos-u55-256", channels_last=True),
    "conv_u65_256": Fixture("conv", "ethos-u65-256"),
    "conv_u65_256_shared": Fixture("conv", "ethos-u65-256", "Shared_Sram"),
    "conv_u65_512": Fixture("conv", "ethos-u65-512"),
    "conv_u65_512_shared_nhwc": Fixture("conv", "ethos-u65-512", "Shared_Sram",
                                        channels_last=True),
    "two_u55_128": Fixture("two", "ethos-u55-128"),
    "tables_u55_128": Fixture("tables", "ethos-u55-128"),
    "wide_u55_128": Fixture("wide", "ethos-u55-128", int16=True),
    "wide_u65_256": Fixture("wide", "ethos-u65-256", int16=True),
    "partial_u55_128": Fixture("partial", "ethos-u55-128"),
    "partial_u55_128_nhwc": Fixture("partial", "ethos-u55-128", channels_last=True),
    "conv_u55_128_int8": Fixture("conv", "ethos-u55-128", channels_last=True,
                                 int8_io=True),
    "conv_u55_128_segment": Fixture("conv", "ethos-u55-128", segments=True),
    "conv_u55_128_external": Fixture("conv", "ethos-u55-128",
                                     external={"cmd_data": "npu", "weight_data": "npu"}),
    "conv_u55_128_ptd": Fixture("conv", "ethos-u55-128", external={"weight_data": "npu"},
                                own_file=True, refused=True),
    "conv_u85_256": Fixture("conv", "ethos-u85-256", refused=True),
}


def random_inputs(net, first, count):
    cases = []
    for number in range(first, first + count):
        gen = torch.Generator().manual_seed(5000 + number)
        cases.append(tuple(torch.randn(shape, generator=gen) for shape in NETS[net][1]))
    return cases


def laid_out(fixture, case):
    """The same values, 4-D ones in the memory order that the fixture asks for."""
    if not fixture.channels_last:
        return case
    nhwc = torch.channels_last
    return tuple(x.to(memory_format=nhwc) if x.dim() == 4 else x for x in case)


# ---- stock's flow -----------------------------------------------------------------------

class Payloads:
    """Remembers which TOSA bytes became which payload while stock's flow runs.

    The flow's own dump_intermediate_artifacts_to() isn't used: it writes a path
    of this machine into the program.
    """

    def __init__(self, external_in_file):
        self.tosa_of = {}
        self.external_in_file = external_in_file

    @contextlib.contextmanager
    def recorded(self):
        from executorch.backends.arm.ethosu import backend

        compile_tosa = backend.EthosUBackend._compile_tosa_flatbuffer
        store = backend.NamedDataStore

        def record(tosa, spec):
            result = compile_tosa(tosa, spec)
            self.tosa_of[result.processed_bytes] = tosa
            return result

        class InFile(store):
            """A tag sends a block to a .ptd file; without it, it stays in the .pte."""

            def add_named_data(self, *args, external_tag=None, **kwargs):
                super().add_named_data(*args, **kwargs)

        backend.EthosUBackend._compile_tosa_flatbuffer = staticmethod(record)
        if self.external_in_file:
            backend.NamedDataStore = InFile
        try:
            yield
        finally:
            backend.EthosUBackend._compile_tosa_flatbuffer = staticmethod(compile_tosa)
            backend.NamedDataStore = store


def compile_spec(fixture):
    from executorch.backends.arm.ethosu import EthosUCompileSpec
    from executorch.backends.arm.ethosu.compile_spec import VelaExternalBlockPlacements

    return EthosUCompileSpec(
        fixture.target, memory_mode=fixture.memory_mode,
        external_block_placements=VelaExternalBlockPlacements(**fixture.external))


def quantize(fixture, spec):
    """The PT2E-quantized network, calibrated on inputs that no case uses."""
    from executorch.backends.arm.quantizer import (
        EthosUQuantizer, get_symmetric_a16w8_quantization_config,
        get_symmetric_quantization_config)
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    torch.manual_seed(40 + list(NETS).index(fixture.net))
    model = NETS[fixture.net][0]().eval()
    if fixture.channels_last:
        model = model.to(memory_format=torch.channels_last)
    calibration = [laid_out(fixture, case)
                   for case in random_inputs(fixture.net, 100, N_CALIBRATION)]
    quantizer = EthosUQuantizer(spec)
    config = get_symmetric_a16w8_quantization_config if fixture.int16 \
        else get_symmetric_quantization_config
    quantizer.set_global(config(is_per_channel=True))
    # with guards the Arm passes meet a call_module, which they refuse
    graph = torch.export.export(model, calibration[0]).module(check_guards=False)
    prepared = prepare_pt2e(graph, quantizer)
    with torch.no_grad():
        for case in calibration:
            prepared(*case)
    return convert_pt2e(prepared)


def lower(fixture, spec, quantized, example, payloads):
    from executorch.backends.arm.ethosu import EthosUPartitioner
    from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower

    with payloads.recorded():
        return to_edge_transform_and_lower(
            torch.export.export(quantized, example), partitioner=[EthosUPartitioner(spec)],
            compile_config=EdgeCompileConfig(_check_ir_validity=False))


def strip_float_io(edge):
    """Without the first quantize and the last dequantize, and what they computed."""
    from executorch.exir.passes.quantize_io_pass import QuantizeInputs, QuantizeOutputs

    return edge.transform([QuantizeInputs(edge, [0]), QuantizeOutputs(edge, [0])])


def to_program(fixture, edge):
    """The file's bytes. Changes the graph in `edge`: the oracle has to run before."""
    from executorch.exir import ExecutorchBackendConfig

    program = edge.to_executorch(
        ExecutorchBackendConfig(extract_delegate_segments=fixture.segments))
    if bool(program._tensor_data) != fixture.own_file:
        raise SystemExit(f"data files beside the program: {list(program._tensor_data)}")
    return program.buffer


# ---- what the program must give ---------------------------------------------------------

NHWC = (0, 2, 3, 1)


def run_tosa(tosa, inputs, out_nodes):
    """A delegate call: logical tensors in, logical tensors out."""
    import tosa_reference_model

    arrays = [(x.permute(NHWC) if like.dim_order() == NHWC else x).contiguous().numpy()
              for x, like in inputs]
    outputs, status = tosa_reference_model.run(tosa, arrays, verbosity="NONE")
    if status != tosa_reference_model.GraphStatus.TOSA_VALID:
        raise SystemExit(f"the reference model says {status}")
    results = []
    for array, like in zip(outputs, out_nodes, strict=True):
        flat = torch.from_numpy(np.array(array)).to(like.dtype)
        if like.dim_order() == NHWC:
            n, c, h, w = like.shape
            flat = flat.reshape(n, h, w, c).permute(0, 3, 1, 2)
        results.append(flat.reshape(like.shape).contiguous())
    return results


class OneOp(nn.Module):
    def __init__(self, target, args, kwargs):
        super().__init__()
        self.target, self.args, self.kwargs = target, args, kwargs

    def forward(self, *tensors):
        tensors = iter(tensors)
        args = [next(tensors) if isinstance(a, torch.fx.Node) else a for a in self.args]
        return self.target(*args, **self.kwargs)


class StockKernels:
    """Runs single ops of the edge dialect with stock's C kernels."""

    def __init__(self):
        self.programs = {}

    def __call__(self, node, tensors):
        from executorch.exir import EdgeCompileConfig, to_edge
        from executorch.runtime import Runtime
        import executorch.kernels.quantized  # noqa: F401  registers q/dq kernels

        if node not in self.programs:
            exported = torch.export.export(OneOp(node.target._op, node.args, node.kwargs),
                                           tuple(tensors))
            edge = to_edge(exported,
                           compile_config=EdgeCompileConfig(_check_ir_validity=False))
            self.programs[node] = Runtime.get().load_program(edge.to_executorch().buffer)
        method = self.programs[node].load_method("forward")
        return method.execute(list(tensors))[0].clone()


class Oracle:
    """Runs the lowered graph; tensors are contiguous and logical between nodes."""

    def __init__(self, edge, tosa_of):
        self.graph_module = edge.exported_program().graph_module
        self.tosa_of, self.stock = tosa_of, StockKernels()

    def delegate(self, node, values):
        outer = node.args[1:]
        gets = sorted(node.users, key=lambda user: user.args[1])
        lowered = getattr(self.graph_module, node.args[0].target)
        return run_tosa(self.tosa_of[lowered.processed_bytes],
                        [(values[x], x.meta["val"]) for x in outer],
                        [get.meta["val"] for get in gets])

    def call(self, node, values):
        name = str(node.target)
        if name.endswith("executorch_call_delegate"):
            return self.delegate(node, values)
        if node.target is operator.getitem:
            return values[node.args[0]][node.args[1]]
        tensors = [values[x] for x in node.all_input_nodes]
        if "dim_order_ops" in name:   # another order in memory, the same values
            assert tensors[0].dtype == node.meta["val"].dtype, name
            return tensors[0]
        return self.stock(node, tensors)

    def run(self, inputs):
        values, inputs = {}, iter(inputs)
        for node in self.graph_module.graph.nodes:
            if node.op == "placeholder":
                values[node] = next(inputs).contiguous()
            elif node.op == "call_function":
                values[node] = self.call(node, values)
            elif node.op == "output":
                return [values[x] for x in node.args[0]]


def check_partition(name, fixture, edge):
    """One delegate with everything in it, unless the net is there to be cut."""
    names = [node.name for node in edge.exported_program().graph.nodes
             if node.op == "call_function" and node.target is not operator.getitem]
    outside = [x for x in names if not x.startswith("executorch_call_delegate")]
    others = [x for x in outside if not x.startswith("quantized_decomposed_")]
    print(f"{name}: {len(names) - len(outside)} delegate calls, "
          f"{len(outside) - len(others)} quantize or dequantize, others: {others}")
    if (fixture.net == "partial") != bool(others):
        raise SystemExit(f"{name}: {others} outside the delegates")


def output_scales(edge):
    return [x.args[1] for x in edge.exported_program().graph.output_node().args[0]]


def compare(name, scales, cases, quantized, fixture, wanted):
    """How far eager fake quantization is from the integers, in steps of the output."""
    with torch.no_grad():
        eager = [export.tensors(quantized(*laid_out(fixture, case))) for case in cases]
    for index, scale in enumerate(scales):
        steps = torch.stack([((a[index] - b[index]) / scale).round().abs()
                             for a, b in zip(eager, wanted)])
        levels = torch.stack([b[index] / scale for b in wanted]).round().unique().numel()
        change = min(float((wanted[i][index] != wanted[j][index]).float().mean())
                     for i in range(N_CASES) for j in range(i))
        print(f"{name} output {index}: {steps.numel()} values, {levels} levels, "
              f"{int((steps > 0).sum())} differ in eager, by {int(steps.max())} at most",
              flush=True)
        if change < 0.3 or steps.max() > 2:
            raise SystemExit(f"{name}: no good fixture (cases differ in {change:.2f})")


# ---- files ------------------------------------------------------------------------------

def save(folder, name, array):
    np.save(folder / name, np.ascontiguousarray(array))
    return name


def int8_cases(edge, oracle, cases, wanted):
    """The program between the float borders: its inputs and outputs, and itself."""
    graph = edge.exported_program().graph
    first = next(node for node in graph.nodes if node.op == "call_function")
    scale, zero_point = graph.output_node().args[0][0].args[1:3]
    cases = [(oracle.stock(first, case),) for case in cases]
    edge = strip_float_io(edge)
    inner = Oracle(edge, oracle.tosa_of)
    outputs = [inner.run(case) for case in cases]
    for (a,), (b,) in zip(outputs, wanted):
        if not torch.equal((a.float() - zero_point) * np.float32(scale), b):
            raise SystemExit("the int8 outputs aren't those behind the float ones")
    return edge, cases, outputs


def save_cases(folder, prefixes, cases, wanted):
    """prefixes: of the inputs' and of the outputs' names."""
    entries = []
    for number, what in enumerate(zip(cases, wanted)):
        names = [[save(folder, f"{prefix}.case{number}.{kind}{i}.npy", x.numpy())
                  for i, x in enumerate(values)]
                 for prefix, kind, values in zip(prefixes, ("input", "output"), what)]
        entries.append({"inputs": names[0], "outputs": names[1]})
    return entries


def make(folder, name):
    fixture = FIXTURES[name]
    cases = random_inputs(fixture.net, 0, N_CASES)
    payloads = Payloads(external_in_file=not fixture.own_file)
    spec = compile_spec(fixture)
    with contextlib.redirect_stdout(io.StringIO()):    # Vela's summaries
        quantized = quantize(fixture, spec)
        edge = lower(fixture, spec, quantized, laid_out(fixture, cases[0]), payloads)
    check_partition(name, fixture, edge)
    oracle = Oracle(edge, payloads.tosa_of)
    wanted = [oracle.run(case) for case in cases]
    compare(name, output_scales(edge), cases, quantized, fixture, wanted)
    prefix = fixture.net
    if fixture.int8_io:
        edge, cases, wanted = int8_cases(edge, oracle, cases, wanted)
        prefix = name
    (folder / f"{name}.pte").write_bytes(to_program(fixture, edge))
    if fixture.refused:
        wanted = [[] for _ in cases]
    return {"pte": f"{name}.pte",
            "cases": save_cases(folder, (prefix, name), cases, wanted)}


def main(folder, names):
    warnings.filterwarnings("ignore")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text()) if path.exists() else {}
    for name in names or FIXTURES:
        manifest[name] = make(folder, name)
    path.write_text(json.dumps({k: manifest[k] for k in FIXTURES if k in manifest},
                               indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
