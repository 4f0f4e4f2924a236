# SPDX-License-Identifier: Apache-2.0
"""The portable kernels against torch eager, over torch's own samples.

torch tests its operators with the sample inputs of op_db. Here the same samples run in
eager mode, watched by eager_calls.Recorder: each core operator on the way, with its
arguments and results, becomes one call of our kernel of that name, in NCHW and, where a
tensor has four dimensions, in NHWC too. Integers and bools must be equal; floats within
1e-5 relative and 1e-6 of the largest element, because sums run in another order and
torch's vectorised functions err by an ulp or two themselves.

A kernel may refuse what torch takes, with a status; REFUSALS says where and why.
"""

import collections
import gc
import itertools
import random
import warnings

import numpy as np
import pytest
import torch
from torch.utils._pytree import tree_flatten

import eager_calls
import kernel_batch
import support

DTYPES = (torch.float32, torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool)
KNOWN = {*DTYPES, torch.int16}
SAMPLES = 10        # of each operator and dtype
LARGEST = 4096      # elements of a tensor
SEED = 20

# kernel -> (status, why); everything else that is refused fails.
REFUSALS = {
    "aten::_upsample_bilinear2d_aa.out": (
        "no kernel", "of integers stock cuts after each product, torch rounds at the end"),
    "aten::convolution.out": ("shape", "over three axes: stock has one and two"),
    "aten::gather.out": ("unsupported", "an empty uint8 tensor as indices: stock wants int64"),
    "aten::scatter.src_out": ("unsupported", "int32 indices: stock wants int64"),
}
# Kernels whose calls in op_db are all too large, of other dtypes or hidden behind other
# overloads; test_kernels.py, test_ops.py and test_kernel_calls.py have them.
NOT_IN_OP_DB = {
    "aten::_native_batch_norm_legit.out", "aten::_native_batch_norm_legit_no_training.out",
    "aten::convolution_backward.out", "aten::copy.out", "aten::fill.Tensor_out",
    "aten::index_put_", "aten::native_dropout.out", "aten::pow.Scalar_out",
    "aten::scatter.value_out", "aten::upsample_bilinear2d.vec_out",
    "aten::upsample_nearest2d.vec_out", "aten::var.out", "aten::slice_scatter.out",
    "aten::_conj_physical.out", "aten::copy_", "aten::sym_numel", "aten::sym_size.int",
    "aten::_local_scalar_dense", "aten::allclose.out", "aten::allclose.Tensor",
    "aten::bitwise_and.Scalar_out", "aten::bitwise_or.Scalar_out",
    "aten::bitwise_xor.Scalar_out", "aten::bitwise_left_shift.Tensor_Scalar_out",
    "aten::bitwise_right_shift.Tensor_Scalar_out", "aten::div.Scalar_mode_out",
    "aten::fmod.Scalar_out", "aten::gt.Scalar_out",
}


def seed_host_only(seed):
    """torch's own also seeds accelerators, with a stack trace each: most of the time."""
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


@pytest.fixture(scope="module")
def op_db():
    from torch.testing._internal import common_utils
    from torch.testing._internal.common_methods_invocations import op_db
    kept, threads = common_utils.set_rng_seed, torch.get_num_threads()
    common_utils.set_rng_seed = lambda seed=None: seed_host_only(
        common_utils.SEED if seed is None else seed)
    torch.set_num_threads(1)
    gc.disable()  # hundreds of thousands of objects that stay: each collection is slow
    yield op_db
    gc.enable()
    torch.set_num_threads(threads)
    common_utils.set_rng_seed = kept


def samples_of(op, dtype):
    try:
        yield from itertools.islice(op.sample_inputs("cpu", dtype), SAMPLES)
    except RuntimeError:  # op_db says yes to a dtype that its generator can't make
        return


def calls_of(op):
    for dtype in DTYPES:
        if not op.supports_dtype(dtype, "cpu"):
            continue
        for sample in samples_of(op, dtype):
            yield from eager_calls.record(
                lambda s=sample: op.op(s.input, *s.args, **s.kwargs))[0]


def tensors_of(call):
    return [x for x in tree_flatten((call.args, call.results))[0]
            if isinstance(x, torch.Tensor)]


def skip_reason(call):
    tensors = tensors_of(call)
    if any(isinstance(x, complex) for x in tree_flatten(call.args)[0]) or \
            any(t.dtype not in KNOWN for t in tensors):
        return "other dtype"
    if any(t.layout != torch.strided for t in tensors):
        return "not dense"
    if any(t.dim() > 8 or t.numel() > LARGEST for t in tensors):
        return "too large"
    return None


# ---- comparison ----------------------------------------------------------------------------

def topk_mismatch(call, got):
    """torch leaves it open which of equal elements is meant."""
    x, dim = call.args[0], call.args[2]
    values, places = (torch.from_numpy(a.copy()) for a in got)
    if not torch.equal(values, call.results[0]):
        return f"\n{values}\nexpected\n{call.results[0]}"
    if x.dim() and not torch.equal(x.gather(dim, places), values):
        return "indices of other values"
    ordered = places.sort(dim).values if x.dim() else places
    twice = x.dim() and (ordered.diff(dim=dim) == 0).any()
    return "an index twice" if twice else None


def mismatch(call, got):
    """What is wrong with the outputs, or None."""
    if call.kernel in eager_calls.NO_NUMBERS:
        return None
    if call.kernel == "aten::topk.values":
        return topk_mismatch(call, got)
    problems = [support.output_mismatch(a, b.numpy()) for a, b in zip(got, call.results)]
    return next((x for x in problems if x), None)


# ---- the matrix ------------------------------------------------------------------------------

def collect(op_db, batch):
    """Adds every different call to the batch; gives (call, order) of each, and the
    counted outcomes of those that weren't added."""
    jobs, seen, outcomes = [], set(), collections.defaultdict(collections.Counter)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in itertools.chain.from_iterable(map(calls_of, op_db)):
            key = call.key()
            if key in seen:
                continue
            seen.add(key)
            reason = skip_reason(call)
            if reason:
                outcomes[call.kernel]["skipped: " + reason] += 1
                continue
            outs = [kernel_batch.Out(t.dtype, tuple(t.shape)) for t in call.results]
            images = any(t.dim() == 4 for t in tensors_of(call))
            for order in (None, kernel_batch.NHWC) if images else (None,):
                jobs.append((call, order))
                batch.add(call.kernel, call.args, outs, order)
    return jobs, outcomes


def test_kernels_give_what_torch_gives_on_its_own_samples(op_db, sconce, tmp_path):
    batch = kernel_batch.Batch(sconce, tmp_path)
    seed_host_only(SEED)
    jobs, outcomes = collect(op_db, batch)
    failures = []
    for (call, order), result in zip(jobs, batch.run()):
        where = ("NHWC " if order else "") + call.key()
        if result.status == 0:
            problem = mismatch(call, result.outputs)
            outcomes[call.kernel]["wrong" if problem else "equal"] += 1
        else:
            problem = result.word
            outcomes[call.kernel]["refused: " + result.word] += 1
            if REFUSALS.get(call.kernel, ("",))[0] == result.word:
                continue
        if problem:
            failures.append(f"{where}: {problem}")
    total = collections.Counter()
    for kernel in sorted(outcomes):
        total.update(outcomes[kernel])
        print(f"{kernel:52} " + ", ".join(f"{word} {n}" for word, n in
                                          outcomes[kernel].most_common()))
    print(f"total of {len(outcomes)} kernels: {dict(total)}")
    assert not failures, f"{len(failures)} of {len(jobs)}, seed {SEED}:\n" + \
        "\n".join(failures[:40])
    # a kernel that op_db stopped reaching would be a test that can't fail
    reached = {kernel for kernel, counter in outcomes.items() if counter["equal"]}
    aten = {name for name in kernel_batch.signatures() if name.startswith("aten::")}
    assert aten - reached - NOT_IN_OP_DB == set()
    unused = {kernel for kernel, (word, _) in REFUSALS.items()
              if not outcomes[kernel]["refused: " + word]}
    assert unused == set()
