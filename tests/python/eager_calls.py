# SPDX-License-Identifier: Apache-2.0
"""Which kernel calls torch's operators amount to, and what eager gives for each.

Recorder watches a piece of eager code. Every operator that has a kernel of stock's name
is kept with its arguments and results; one that has none but decomposes into core
operators is run by its decomposition, which is watched in turn.
"""

import functools
from dataclasses import dataclass

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

import kernel_batch

# What an out variant leaves to its output.
LEFT_TO_OUTPUT = {"dtype", "layout", "device", "pin_memory", "memory_format", "generator",
                  "implicit", "copy"}
# Results that torch leaves undefined, or that come from its random generator.
NO_NUMBERS = {"aten::empty.out", "aten::rand.out", "aten::randn.out",
              "aten::native_dropout.out", "aten::bernoulli.out"}


@dataclass
class Call:
    kernel: str
    args: list        # in the order of the kernel's schema, without outputs
    results: list     # of tensors

    def key(self):
        """Equal for calls that a kernel can't tell apart but by their data."""
        return self.kernel + repr([describe(x) for x in self.args]) + \
            repr([describe(x) for x in self.results])


def describe(value):
    if isinstance(value, torch.Tensor):
        return str(value.dtype)[6:] + str(tuple(value.shape))
    if isinstance(value, (list, tuple)):
        return [describe(x) for x in value]
    return value


def plain_arguments(schema):
    return [(a.name, str(a.type)) for a in schema.arguments if not a.is_out]


def fits(functional, out):
    """Is that the operator whose out variant this is?"""
    if any(a.is_out for a in functional.arguments):
        return False
    wanted = dict(plain_arguments(out))
    have = plain_arguments(functional)
    rest = [(n, t) for n, t in have if n in wanted or n not in LEFT_TO_OUTPUT]
    return rest == plain_arguments(out) and not functional.is_mutable


@functools.cache
def kernels_by_operator():
    """OpOverload -> (kernel, names of its arguments)."""
    found = {}
    for kernel in kernel_batch.signatures():
        if not kernel.startswith("aten::") or "allclose" in kernel:
            continue
        base, _, overload = kernel.partition(".")
        try:
            out = torch._C._get_schema(base, overload)
        except RuntimeError:
            continue
        name = base[len("aten::"):]
        names = [a.name for a in out.arguments if not a.is_out]
        for candidate in (name, name.removesuffix("_copy"), name + "_"):
            packet = getattr(torch.ops.aten, candidate, None)
            for other in packet.overloads() if packet else []:
                op = getattr(packet, other)
                if fits(op._schema, out):
                    found.setdefault(op, (kernel, names))
    return found


@functools.cache
def decompositions():
    from torch._decomp import core_aten_decompositions
    return core_aten_decompositions()


def keep(value):
    """A copy that later writes don't reach. Scalars for tensors: see arguments_of."""
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def arguments_of(op, names, args, kwargs):
    """Arguments by the names of the out variant. A number where a tensor is wanted
    becomes a tensor, as ExecuTorch's export does it."""
    values = {a.name: a.default_value for a in op._schema.arguments}
    types = {a.name: str(a.type) for a in op._schema.arguments}
    values.update(zip(values, args))
    values.update(kwargs)
    result = []
    for name in names:
        value = values[name]
        if types[name] in ("Tensor", "Optional[Tensor]") and \
                isinstance(value, (bool, int, float)):
            value = torch.tensor(value)
        if types[name] == "List[Tensor]":
            value = list(value)
        result.append(tree_map(keep, value))
    return result


def is_number(value):
    return isinstance(value, (bool, int, float))


def scalar_twin(op, args):
    """The kernel for the same operator with a number as operand, which eager code
    hardly calls: aten::add.Scalar_out of add.Tensor(x, 2)."""
    place = [i for i, value in enumerate(args[:2]) if is_number(value)]
    if not place or not op._overloadname.startswith("Tensor"):
        return None
    overload = {"Tensor": "Scalar", "Tensor_mode": "Scalar_mode"}.get(op._overloadname)
    twin = getattr(op._overloadpacket, overload or "", None)
    if place == [1] and twin in kernels_by_operator():
        return kernels_by_operator()[twin][0]
    return None


def reads_storage(op, args):
    """as_strided of a view reads bytes around it; a .pte has no views to strides."""
    if "as_strided" not in str(op):
        return False
    x = args[0]
    return x.untyped_storage().nbytes() != x.numel() * x.element_size() or \
        not x.is_contiguous()


class Recorder(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.calls, self.without = [], set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        found = kernels_by_operator().get(func)
        if found is None:
            decomposition = decompositions().get(func)
            if decomposition is not None:
                with self:
                    result = decomposition(*args, **kwargs)
                if result is not NotImplemented:
                    return result
            self.without.add(str(func))
            return func(*args, **kwargs)
        kernel, names = found
        kept = arguments_of(func, names, args, kwargs)
        twin = scalar_twin(func, args)
        result = func(*args, **kwargs)
        results = [keep(x) for x in tree_flatten(result)[0]]
        if reads_storage(func, args):
            return result
        if all(isinstance(x, torch.Tensor) for x in results):
            self.calls.append(Call(kernel, kept, results))
            if twin:
                numbers = [number if given else value for given, number, value in
                           zip(map(is_number, args), args, kept)]
                self.calls.append(Call(twin, numbers + kept[len(args):], results))
        return result


def record(function):
    """The calls of a piece of eager code, and the operators without a kernel. Code that
    fails (decompositions do, on odd dtypes) gives what was seen until then."""
    with torch.no_grad(), Recorder() as recorder:
        try:
            function()
        except Exception:  # whatever a decomposition raises
            pass
    return recorder.calls, recorder.without
