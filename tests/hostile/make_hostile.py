# SPDX-License-Identifier: Apache-2.0
"""Makes the regression files for ExecuTorch's advisories: `python make_hostile.py`.

good.pte is what stock ExecuTorch 1.5 wrote for a small model with weights, state and a
list of tensors (`make_hostile.py --good` makes it anew; needs executorch). Every other
file is a copy of it with one number changed, and does what an advisory of 2025 is about;
expected.json says which class, the status, and what `sconce inspect` has to say.

The advisories, of GitHub's advisory database: GHSA-84m3-f99p-cqx5 and
GHSA-hj95-mhgf-jxc4 (integer overflow), GHSA-9m39-3mf3-xwch, GHSA-h952-963h-rv99 and
GHSA-xc7w-r669-48pf (heap buffer overflow), GHSA-f9hx-c6jf-3qxm (out-of-bounds access).
Their texts don't name the fields, so each class has a file for every field that it can
be done with. Two more classes come from issues: null references (pytorch/executorch
#16704, #12294) and values of the wrong kind or freed twice (#16067, #19102).
"""

import json
import struct
import sys
from pathlib import Path

HERE = Path(__file__).parent
FILES = HERE / "files"
INT, TENSOR, INTS, TENSORS = 2, 5, 7, 10          # union KernelTypes
KERNEL, DELEGATE, MOVE, JUMP, FREE = 1, 2, 3, 4, 5  # union InstructionArguments
NAMES = {"overflow": "integer overflow: GHSA-84m3-f99p-cqx5, GHSA-hj95-mhgf-jxc4",
         "heap": "heap buffer overflow: GHSA-9m39-3mf3-xwch, GHSA-h952-963h-rv99, "
                 "GHSA-xc7w-r669-48pf",
         "bounds": "out-of-bounds access: GHSA-f9hx-c6jf-3qxm",
         "null": "null reference: pytorch/executorch#16704, #12294",
         "kind": "value of another kind, freed twice: pytorch/executorch#16067, #19102"}


class Flat:
    """A flatbuffer that can be walked and written to."""

    def __init__(self, data):
        self.data = bytearray(data)

    def get(self, at, code):
        return struct.unpack_from("<" + code, self.data, at)[0]

    def put(self, at, code, value):
        struct.pack_into("<" + code, self.data, at, value)

    def entry(self, table, field):
        """Where the vtable says where a field is; 0 when it doesn't reach that far."""
        vtable = table - self.get(table, "i")
        return vtable + 4 + 2 * field if 4 + 2 * field < self.get(vtable, "H") else 0

    def field(self, table, field):
        entry = self.entry(table, field)
        offset = self.get(entry, "H") if entry else 0
        assert offset, f"the good file leaves field {field} of its table at {table} out"
        return table + offset

    def has(self, table, field):
        entry = self.entry(table, field)
        return bool(entry and self.get(entry, "H"))

    def ref(self, table, field):
        at = self.field(table, field)
        return at + self.get(at, "I")

    def tables(self, vector):
        at = vector + 4
        return [at + 4 * i + self.get(at + 4 * i, "I") for i in range(self.get(vector, "I"))]


class Program(Flat):
    def __init__(self, data):
        super().__init__(data)
        self.root = self.get(0, "I")
        self.plan = self.tables(self.ref(self.root, 1))[0]
        self.values = self.tables(self.ref(self.plan, 2))
        chain = self.tables(self.ref(self.plan, 5))[0]
        self.instructions = self.tables(self.ref(chain, 2))

    def of_kind(self, kind):
        return [v for v in self.values if self.get(self.field(v, 0), "B") == kind]

    def tensor(self, wanted):
        """The first tensor with these fields."""
        for value in self.of_kind(TENSOR):
            table = self.ref(value, 1)
            if all(self.has(table, f) == there for f, there in wanted.items()):
                return table
        raise SystemExit(f"the good file has no tensor with {wanted}")

    def planned(self):
        return self.tensor({6: True, 5: False})

    def constant(self):
        return self.tensor({6: False, 5: True})

    def state(self):
        return self.tensor({6: True, 5: True})

    def numbered(self):
        """The first instruction whose call tells its operator: 0 is left out."""
        return next(i for i in self.instructions if self.has(self.ref(i, 1), 0))

    def call(self):
        return self.ref(self.numbered(), 1)

    def make(self, kind):
        """An instruction becomes another one: its two fields are read anew."""
        self.put(self.field(self.numbered(), 0), "B", kind)
        return self.call()

    def drop(self, table, field):
        """Vtables may be shared: other tables lose the field too, which changes nothing
        about what is expected."""
        self.put(self.entry(table, field), "H", 0)

    def memory_sizes(self):
        return self.ref(self.plan, 8) + 4


# ---- what is done to the file: (class, status, what is said), then the deed --------------

DEEDS = {}


def deed(kind, status, says):
    def register(function):
        DEEDS[function.__name__] = (kind, status, says, function)
        return function
    return register


@deed("overflow", "bad format", "tensor too large")
def tensor_bytes_wrap_to_zero(p):
    sizes = p.ref(p.planned(), 2)
    p.put(sizes + 4, "I", 0x40000000)
    p.put(sizes + 8, "I", 0x7fffffff)


@deed("overflow", "bad format", "negative size")
def tensor_of_negative_size(p):
    p.put(p.ref(p.planned(), 2) + 4, "i", -1)


@deed("overflow", "bad format", "tensor out of bounds")
def memory_offset_wraps(p):
    p.put(p.field(p.ref(p.planned(), 6), 1), "I", 0xfffffff0)


@deed("overflow", "bad format", "memory too large")
def memory_of_negative_size(p):
    p.put(p.memory_sizes() + 8, "q", -1)


@deed("overflow", "bad format", "memory too large")
def memory_size_wraps_to_small(p):
    """16 in the 32 bits of a microcontroller's size_t."""
    p.put(p.memory_sizes() + 8, "Q", 0x100000010)


@deed("overflow", "bad format", "segment out of bounds")
def segment_end_wraps(p):
    segment = p.tables(p.ref(p.root, 4))[0]
    p.put(p.field(segment, 1), "Q", 0xffffffffffffffff)


@deed("overflow", "bad format", "bad extended header")
def header_size_wraps(p):
    p.put(16, "Q", 0xfffffffffffffff0)


@deed("overflow", "bad format", "bad extended header")
def segment_base_wraps(p):
    p.put(24, "Q", 0xffffffffffffff80)


@deed("overflow", "bad format", "vector out of bounds")
def vector_bytes_wrap(p):
    """2^29 items of 8 bytes are 2^32 bytes."""
    p.put(p.ref(p.plan, 8), "I", 0x20000000)


@deed("overflow", "bad format", "data out of bounds")
def constant_offset_wraps(p):
    offsets = p.ref(p.ref(p.root, 5), 1) + 4
    index = p.get(p.field(p.constant(), 5), "I")
    p.put(offsets + 8 * index, "Q", 0xfffffffffffffff0)


@deed("heap", "bad format", "data out of bounds")
def constant_larger_than_its_bytes(p):
    p.put(p.ref(p.constant(), 2) + 4, "I", 4096)


@deed("heap", "bad format", "tensor out of bounds")
def planned_tensor_behind_its_memory(p):
    p.put(p.field(p.ref(p.planned(), 6), 1), "I", p.get(p.memory_sizes() + 8, "I"))


@deed("heap", "bad format", "data out of bounds")
def first_value_of_state_cut_off(p):
    segments = p.tables(p.ref(p.root, 4))
    table = p.tables(p.ref(p.root, 6))[0]
    p.put(p.field(segments[p.get(p.field(table, 0), "I")], 1), "Q", 1)


@deed("heap", "bad format", "sizes and dim_order differ in length")
def order_shorter_than_sizes(p):
    p.put(p.ref(p.planned(), 3), "I", 1)


@deed("heap", "bad format", "dim_order isn't a permutation")
def order_beyond_the_rank(p):
    p.put(p.ref(p.planned(), 3) + 4, "B", 200)


@deed("heap", "unsupported", "above SC_MAX_RANK")
def rank_beyond_all_arrays(p):
    p.put(p.ref(p.planned(), 2), "I", 17)


@deed("heap", "unsupported", "initialising at instruction")
def call_with_too_few_arguments(p):
    """Only the kernel's signature shows it: sc_init() refuses."""
    p.put(p.ref(p.call(), 1), "I", 1)


@deed("bounds", "bad format", "index out of range")
def argument_that_is_no_value(p):
    p.put(p.ref(p.call(), 1) + 4, "i", len(p.values))


@deed("bounds", "bad format", "index out of range")
def operator_that_is_not_there(p):
    p.put(p.field(p.call(), 0), "i", 1000)


@deed("bounds", "bad format", "index out of range")
def input_that_is_no_value(p):
    p.put(p.ref(p.plan, 3) + 4, "i", -1)


@deed("bounds", "bad format", "index out of range")
def delegate_that_is_not_there(p):
    p.make(DELEGATE)


@deed("bounds", "bad format", "index out of range")
def memory_that_is_not_there(p):
    p.put(p.field(p.ref(p.planned(), 6), 0), "I", 7)


@deed("bounds", "bad format", "index out of range")
def move_from_nowhere(p):
    p.put(p.field(p.make(MOVE), 0), "i", len(p.values))


@deed("bounds", "bad format", "list with a wrong item")
def list_item_behind_all_values(p):
    p.put(p.ref(p.ref(p.of_kind(TENSORS)[0], 1), 0) + 4, "i", 0x7fffffff)


@deed("bounds", "bad format", "list with a wrong item")
def list_item_negative(p):
    p.put(p.ref(p.ref(p.of_kind(INTS)[0], 1), 0) + 4, "q", -1)


@deed("null", "bad format", "missing field")
def value_without_content(p):
    p.drop(p.of_kind(TENSOR)[0], 1)


@deed("null", "bad format", "sizes and dim_order differ in length")
def tensor_without_sizes(p):
    p.drop(p.constant(), 2)


@deed("null", "bad format", "missing field")
def instruction_without_content(p):
    p.drop(p.instructions[0], 1)


@deed("null", "bad format", "missing field")
def plan_without_chains(p):
    p.drop(p.plan, 5)


@deed("null", "bad format", "missing field")
def program_without_plans(p):
    p.drop(p.root, 1)


@deed("kind", "bad format", "condition isn't a bool")
def jump_on_a_tensor_of_floats(p):
    """parse_cond of the issue: the condition is whatever value stands there."""
    table = p.make(JUMP)
    p.put(p.field(table, 0), "i", p.values.index(p.of_kind(TENSOR)[0]))


@deed("kind", "bad format", "freed value isn't a tensor")
def free_of_a_number(p):
    table = p.make(FREE)
    p.put(p.field(table, 0), "i", p.values.index(p.of_kind(INT)[0]))


@deed("kind", "bad format", "list with a wrong item")
def list_of_tensors_with_a_number(p):
    p.put(p.ref(p.ref(p.of_kind(TENSORS)[0], 1), 0) + 4, "i",
          p.values.index(p.of_kind(INT)[0]))


@deed("kind", "unsupported", "initialising at instruction")
def number_where_a_tensor_belongs(p):
    """As above: sc_init() refuses."""
    p.put(p.ref(p.call(), 1) + 4, "i", p.values.index(p.of_kind(INT)[0]))


# ---- the good file ------------------------------------------------------------------------


def make_good():
    import torch
    from executorch.exir import EdgeCompileConfig, ExecutorchBackendConfig, to_edge
    from executorch.exir.passes.init_mutable_pass import InitializedMutableBufferPass

    class Small(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("w", torch.tensor([[1.0, -2.0]]))
            self.register_buffer("count", torch.full((2, 2), 3.0))

        def forward(self, x):
            self.count.add_(1.0)
            return torch.cat([x.permute(1, 0), x * self.w]) + self.count.sum()

    exported = torch.export.export(Small().eval(), (torch.ones(2, 2),))
    edge = to_edge(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    config = ExecutorchBackendConfig(passes=[InitializedMutableBufferPass(["count"])])
    return bytes(edge.to_executorch(config).buffer)


def write(folder):
    good = FILES / "good.pte"
    expected = {}
    for name, (kind, status, says, function) in DEEDS.items():
        program = Program(good.read_bytes())
        function(program)
        (folder / "files" / f"{name}.pte").write_bytes(program.data)
        expected[name] = {"class": NAMES[kind], "status": status, "says": says}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    print(f"{len(expected)} files")


if __name__ == "__main__":
    if "--good" in sys.argv:
        (FILES / "good.pte").write_bytes(make_good())
    write(HERE)
