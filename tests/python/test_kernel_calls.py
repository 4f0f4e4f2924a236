# SPDX-License-Identifier: Apache-2.0
"""Kernels that torch's samples (test_kernel_matrix.py) hardly reach, called by name.

The expected results come from torch eager, for operators of ExecuTorch's own from its
runtime (quantized_decomposed: every byte, their arithmetic is stock's) or from Python.
Floats within 1e-5 of the largest element: sums run in another order.
"""

import itertools
import math
import subprocess

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils._pytree import tree_flatten

from kernel_batch import NHWC, Batch, Out, call_text

aten = torch.ops.aten
SEED = 20


@pytest.fixture
def batch(sconce, tmp_path):
    torch.manual_seed(SEED)
    return Batch(sconce, tmp_path)


def uniform(*shape, low=-2.0, high=2.0):
    return torch.rand(shape) * (high - low) + low


def close(got, want):
    want = want.numpy() if isinstance(want, torch.Tensor) else np.asarray(want)
    if got.shape != want.shape or got.dtype != want.dtype:
        return False
    if want.dtype.kind != "f":
        return np.array_equal(got, want)
    finite = np.abs(want[np.isfinite(want)])
    scale = float(finite.max()) if finite.size else 0.0
    return np.allclose(got, want, rtol=1e-5, atol=max(1e-6, 1e-5 * scale), equal_nan=True)


def check(batch, cases):
    """cases: (kernel, arguments, expected tensor or tuple of them)."""
    jobs = []
    for kernel, args, want in cases:
        want = tree_flatten(want)[0]
        outs = [Out(x.dtype, tuple(x.shape)) for x in want]
        images = any(isinstance(x, torch.Tensor) and x.dim() == 4 for x in args)
        for order in (None, NHWC) if images else (None,):
            batch.add(kernel, args, outs, order)
            jobs.append((kernel, args, order, want))
    wrong = []
    for (kernel, args, order, want), result in zip(jobs, batch.run()):
        if result.status != 0 or not all(map(close, result.outputs, want)):
            shown = [tuple(x.shape) if isinstance(x, torch.Tensor) else x for x in args]
            wrong.append(f"{kernel} {shown} {order}: {result.word} {result.outputs} {want}")
    assert jobs and not wrong, f"{len(wrong)} of {len(jobs)}, seed {SEED}\n" + "\n".join(wrong)


# ---- against torch -------------------------------------------------------------------------

def test_distances_in_every_norm(batch):
    a, b, c = uniform(2, 1, 4, 3), uniform(3, 5, 3), uniform(6, 4)
    norms = (0.0, 1.0, 2.0, 0.5, 3.0, math.inf)
    check(batch, [("aten::_cdist_forward.out", [a, b, p, None], torch.cdist(a, b, p))
                  for p in norms] +
          [("aten::_pdist_forward.out", [c, p], F.pdist(c, p)) for p in norms] +
          [("aten::_cdist_forward.out", [uniform(2, 0), uniform(3, 0), 2.0, None],
            torch.zeros(2, 3))])


def test_shifts_out_of_range_as_in_torch(batch):
    by = torch.tensor([0, 1, 3, 7, 8, 31, 33, 64, -1])
    cases = []
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        x = torch.randint(-100, 100, (3, 9)).to(dtype)
        for name, fn in (("left", torch.bitwise_left_shift),
                         ("right", torch.bitwise_right_shift)):
            kernel = f"aten::bitwise_{name}_shift.Tensor_"
            cases.append((kernel + "out", [x, by.to(dtype)], fn(x, by.to(dtype))))
            for n in (0, 2, 7):
                cases.append((kernel + "Scalar_out", [x, n], fn(x, n)))
    check(batch, cases)


def test_batch_norm_with_and_without_running_statistics(batch):
    x, w, b, mean = uniform(3, 4, 5, 2), uniform(4), uniform(4), uniform(4)
    var = uniform(4, low=0.1)
    want = aten._native_batch_norm_legit(x, w, b, mean, var, False, 0.1, 1e-5)
    check(batch, [
        ("aten::_native_batch_norm_legit.out", [x, w, b, mean, var, False, 0.1, 1e-5], want),
        *[("aten::_native_batch_norm_legit.no_stats_out", [v, p, q, True, 0.1, 1e-3],
           aten._native_batch_norm_legit.no_stats(v, p, q, True, 0.1, 1e-3))
          for v, p, q in ((x, w, b), (x, None, None), (uniform(8, 4), w, None),
                          (uniform(200, 4, 3, low=29.0, high=31.0), w, b))]])


def test_gradients_of_convolution(batch):
    cases = []
    for groups, stride, pad, dilation in ((1, [1, 1], [0, 0], [1, 1]),
                                          (2, [2, 1], [1, 2], [1, 2]),
                                          (4, [1, 2], [2, 0], [2, 1])):
        x, w = uniform(2, 4, 7, 6), uniform(8, 4 // groups, 3, 2)
        grad = uniform(*F.conv2d(x, w, None, stride, pad, dilation, groups).shape)
        args = [grad, x, w, [8], stride, pad, dilation, False, [0, 0], groups,
                [True, True, True]]
        cases.append(("aten::convolution_backward.out", args,
                      aten.convolution_backward(*args)))
    check(batch, cases)


def test_gradient_of_max_pooling_and_its_indices(batch):
    cases = []
    for x in (uniform(2, 3, 8, 7), uniform(3, 6, 6)):
        args = [[3, 2], [2, 1], [1, 0], [1, 1], True]
        out, indices = aten.max_pool2d_with_indices(x, *args)
        grad = uniform(*out.shape)
        cases.append(("aten::max_pool2d_with_indices_backward.grad_input",
                      [grad, x, *args, indices],
                      aten.max_pool2d_with_indices_backward(grad, x, *args, indices)))
    check(batch, cases)


def test_grid_sampler_in_every_mode(batch):
    x, grid = uniform(2, 3, 5, 6), uniform(2, 4, 7, 2, low=-2.5, high=2.5)
    check(batch, [("aten::grid_sampler_2d.out", [x, grid, mode, padding, corners],
                   aten.grid_sampler_2d(x, grid, mode, padding, corners))
                  for mode, padding, corners in
                  itertools.product(range(3), range(3), (False, True))])


def test_antialiased_upsampling_both_ways(batch):
    x = uniform(2, 3, 9, 8)
    check(batch, [("aten::_upsample_bilinear2d_aa.out", [x, size, corners, None, None],
                   aten._upsample_bilinear2d_aa(x, size, corners, None, None))
                  for size in ([3, 4], [18, 5], [1, 1], [9, 8])
                  for corners in (False, True)] +
          [("aten::_upsample_bilinear2d_aa.out", [x, [4, 3], False, 0.5, 0.45],
            aten._upsample_bilinear2d_aa(x, [4, 3], False, 0.5, 0.45))])


def test_fill_with_a_tensor_converts_it(batch):
    cases = []
    for dtype in (torch.float32, torch.int64, torch.int8, torch.bool):
        for value in (torch.tensor(2.75), torch.tensor(7), torch.tensor(True)):
            x = torch.zeros(2, 3).to(dtype)
            cases.append(("aten::fill.Tensor_out", [x, value], torch.fill(x, value)))
    check(batch, cases)


def test_masks_are_indices(batch):
    x, mask = uniform(3, 4, 5), torch.rand(3, 4) > 0.5
    last = torch.tensor([0, 4, 2])
    row = torch.tensor([True, False, True])
    cases = []
    for indices in ([mask], [row], [None, torch.rand(4, 5) > 0.4], [row, None, last[:2]],
                    [torch.zeros(3, 4, dtype=torch.bool)]):
        want = aten.index(x, indices)
        cases.append(("aten::index.Tensor_out", [x, indices], want))
        values = uniform(*want.shape)
        for add in (False, True):
            cases.append(("aten::index_put.out", [x, indices, values, add],
                          aten.index_put(x, indices, values, add)))
    check(batch, cases)


def test_index_put_changes_its_argument(batch):
    x, values = uniform(4, 3), uniform(2, 3)
    at = torch.tensor([3, 0])
    text = "\n".join([
        'program "forward"', *(f"buffer {n} = 64 live -1..9" for n in range(3)),
        "%0 = f32[4,3] buffer 0", "%1 = i64[2] buffer 1", "%2 = f32[2,3] buffer 2",
        "input %0", "input %1", "input %2", "output %0",
        "call aten::index_put_(%0, o[%1], %2, true)", ""])
    batch.add_text(text, [t.numpy().tobytes() for t in (x, at, values)], [torch.float32])
    result, = batch.run()
    assert result.status == 0
    assert close(result.outputs[0], x.index_put((at,), values, accumulate=True))


# ---- sizes known at run time -----------------------------------------------------------------

def test_sizes_that_data_decide(batch):
    x = uniform(3, 4)
    mask = x > 0.3
    repeats = torch.tensor([2, 0, 3, 1])
    cases = [
        ("aten::nonzero.out", [mask], torch.nonzero(mask), (12, 2)),
        ("aten::nonzero.out", [torch.zeros(3, 4)], torch.zeros(0, 2, dtype=torch.int64),
         (12, 2)),
        ("aten::masked_select.out", [x, mask], torch.masked_select(x, mask), (12,)),
        ("aten::masked_select.out", [x, mask[:, :1].contiguous()],
         torch.masked_select(x, mask[:, :1]), (12,)),
        ("aten::repeat_interleave.Tensor_out", [repeats, None],
         torch.repeat_interleave(repeats), (20,)),
        ("aten::index.Tensor_out", [x, [mask]], x[mask], (12,)),
    ]
    for kernel, args, want, bound in cases:
        batch.add(kernel, args, [Out(want.dtype, None, bound)])
        batch.add(kernel, args, [Out(want.dtype, tuple(want.shape))])  # static, and right
    for (kernel, _, want, _), results in zip(cases, zip(*[iter(batch.run())] * 2)):
        for result in results:
            assert result.status == 0 and close(result.outputs[0], want), kernel


def test_static_outputs_of_another_size_and_too_small_bounds_are_refused(batch):
    x = torch.ones(3, 4)
    for out in (Out(torch.int64, (11, 2)), Out(torch.int64, None, (11, 2))):
        batch.add("aten::nonzero.out", [x], [out])
    batch.add("aten::masked_select.out", [x, x > 0], [Out(torch.float32, (5,))])
    batch.add("aten::repeat_interleave.Tensor_out", [torch.tensor([2, 2]), None],
              [Out(torch.int64, None, (3,))])
    assert [result.word for result in batch.run()] == ["shape"] * 4


@pytest.mark.parametrize("kernel, args, out", [
    ("aten::as_strided_copy.out", [torch.ones(10), [3, 2], [4, 2], 0], (3, 2)),
    ("aten::as_strided_copy.out", [torch.ones(10), [2], [1], 9], (2,)),
    ("aten::index.Tensor_out", [torch.ones(3), [torch.tensor([3])]], (1,)),
    ("aten::masked_scatter.out",
     [torch.ones(4), torch.ones(4, dtype=torch.bool), torch.ones(3)], (4,)),
    ("aten::repeat_interleave.Tensor_out", [torch.tensor([-1]), None], (0,)),
    ("quantized_decomposed::embedding_byte.out",
     [torch.ones(2, 3, dtype=torch.int8), torch.ones(2), None, -128, 127,
      torch.tensor([2])], (1, 3)),
])
def test_data_out_of_range_is_a_status(batch, kernel, args, out):
    dtype = torch.int64 if "repeat" in kernel else torch.float32
    batch.add(kernel, args, [Out(dtype, out)])
    assert batch.run()[0].word == "range"


# ---- random numbers --------------------------------------------------------------------------

def test_random_numbers_repeat_and_are_spread(batch):
    n = 40000
    for kernel in ("aten::rand.out", "aten::randn.out", "aten::rand.out"):
        batch.add(kernel, [[n]], [Out(torch.float32, (n,))])
    rand, randn, again = (result.outputs[0] for result in batch.run())
    assert np.array_equal(rand, again) and len(np.unique(rand)) > 0.99 * n
    assert rand.min() >= 0.0 and rand.max() < 1.0
    counts = np.histogram(rand, 20, (0, 1))[0] / n
    assert np.abs(counts - 0.05).max() < 0.005       # 4.6 standard deviations
    assert abs(randn.mean()) < 0.025 and abs(randn.std() - 1.0) < 0.02   # 5 of each
    assert abs(np.mean(np.abs(randn) < 1.0) - 0.6827) < 0.0117
    assert abs(np.corrcoef(rand[1:], rand[:-1])[0, 1]) < 0.025


def test_dropout_drops_its_share_and_scales_the_rest(batch):
    x = uniform(200, 100, low=1.0, high=2.0)
    outs = [Out(torch.float32, (200, 100)), Out(torch.bool, (200, 100))]
    for p, train in ((0.3, True), (0.3, None), (0.3, False), (1.0, True), (0.0, True)):
        batch.add("aten::native_dropout.out", [x, p, train], outs)
    some, default, off, all_, none = (result.outputs for result in batch.run())
    assert abs(some[1].mean() - 0.7) < 0.0163        # 5 standard deviations
    assert close(some[0], np.where(some[1], x.numpy() / np.float32(0.7), np.float32(0)))
    assert np.array_equal(default[1], some[1])
    for kept in (off, none):
        assert kept[1].all() and np.array_equal(kept[0], x.numpy())
    assert not all_[1].any() and not all_[0].any()


# ---- ExecuTorch's own operators against ExecuTorch's runtime ---------------------------------

@pytest.fixture
def stock_check(batch, stock, sconce, tmp_path):
    """check(kernel, arguments, outs): our results are stock's, byte for byte."""

    def run(cases):
        wanted = []
        for kernel, args, outs in cases:
            text, data = call_text(kernel, args, outs)
            (tmp_path / "call.txt").write_text(text)
            done = subprocess.run([sconce.path.parent / "text_to_pte", tmp_path / "call.txt",
                                   tmp_path / "call.pte"], text=True, capture_output=True)
            assert done.returncode == 0, text + done.stderr
            tensors = [x for x in args if isinstance(x, torch.Tensor)]
            wanted.append(stock(tmp_path / "call.pte", [x.numpy() for x in tensors]))
            batch.add(kernel, args, outs)
        for (kernel, args, _), want, result in zip(cases, wanted, batch.run()):
            assert result.status == 0, f"{kernel} {args}: {result.word}"
            for a, b in zip(result.outputs, want):
                assert a.dtype == b.dtype and np.array_equal(a, b), \
                    f"{kernel} {args}\n{a}\nstock gives\n{b}"

    return run


f32, f64, i64, i8, u8 = (torch.float32, torch.float64, torch.int64, torch.int8, torch.uint8)


def test_quantization_with_parameters_in_tensors_is_stocks(stock_check):
    x, q = uniform(4, 6, low=-20, high=20), torch.randint(-128, 128, (4, 6)).to(i8)
    scale, zero = torch.tensor([0.13], dtype=f64), torch.tensor([3])
    scales, zeros = uniform(4, 1, low=0.05).to(f64), torch.randint(-9, 9, (4, 1))
    name = "quantized_decomposed::"
    stock_check([
        (name + "quantize_per_tensor.Tensor_out", [x, scale, zero, -128, 127, i8],
         [Out(i8, (4, 6))]),
        (name + "dequantize_per_tensor.Tensor_out", [q, scale, zero, -128, 127, i8, None],
         [Out(f32, (4, 6))]),
        (name + "quantize_per_token.out", [x, scales, zeros, -128, 127, i8],
         [Out(i8, (4, 6))]),
        (name + "dequantize_per_token.out", [q, scales, zeros, -128, 127, i8, f32],
         [Out(f32, (4, 6))]),
    ])


def test_chosen_scales_are_stocks(stock_check):
    name = "quantized_decomposed::choose_qparams"
    rows = torch.stack([uniform(7), uniform(7, low=0.0), uniform(7, high=-0.1),
                        torch.zeros(7), uniform(7) * 1e-5, uniform(7, low=0.0) * 1e-6,
                        uniform(7, high=0.0) * 1e-6, uniform(7) * 1e4])
    stock_check([(name + "_per_token_asymmetric.out", [rows, i8],
                  [Out(f64, (8, 1)), Out(i64, (8, 1))])] +
                [(name + ".Tensor_out", [row.clone(), low, high, 1e-5, i8],
                  [Out(f64, (1,)), Out(i64, (1,))])
                 for row in rows for low, high in ((-128, 127), (0, 255), (-127, 127))])


def test_quantized_tables_are_stocks(stock_check):
    cases = []
    for bits, dtypes in (("byte", (i8, u8)), ("4bit", (u8,)), ("2bit", (u8,))):
        columns = 12 * {"byte": 1, "4bit": 2, "2bit": 4}[bits]
        for dtype, groups, zeros in itertools.product(dtypes, (None, 1, 4), (False, True)):
            weight = torch.randint(0, 256, (5, 12)).to(u8).view(dtype)
            shape = (5,) if groups is None else (5, groups)
            scales = uniform(*shape, low=0.1)
            points = torch.randint(-3, 4, shape).to(f32) if zeros else None
            indices = torch.tensor([[4, 0, 2], [2, 2, 1]])
            args = [weight, scales, points, -128, 127, indices]
            out = [Out(f32, (2, 3, columns))]
            kernel = f"quantized_decomposed::embedding_{bits}."
            cases += [(kernel + "out", args, out), (kernel + "dtype_out", [*args, f32], out)]
    stock_check(cases)


def test_mixed_products_and_quantized_sums_are_stocks(stock_check):
    x = uniform(3, 10)
    by_row = torch.randint(-128, 128, (10, 4)).to(i8)
    by_column = torch.randint(-128, 128, (4, 10)).to(i8)
    a, b = (torch.randint(0, 256, (3, 5)).to(u8) for _ in range(2))
    name = "quantized_decomposed::"
    stock_check([
        (name + "mixed_mm.out", [x, by_row, uniform(10), None], [Out(f32, (3, 4))]),
        (name + "mixed_linear.out", [x, by_column, uniform(4), None, None],
         [Out(f32, (3, 4))]),
        (name + "mixed_linear.out", [x, by_column, uniform(4, 4), None, None],
         [Out(f32, (3, 4))]),
        (name + "add.out", [a, 0.1, 3, 0, 255, b, 0.25, 120, 0, 255, 0.3, 7, 0, 255],
         [Out(u8, (3, 5))]),
    ])


def test_allclose_is_as_documented(batch):
    a = uniform(2, 3)
    near, odd = a * (1 + 1e-6), a.clone()
    odd[0, 0] = math.nan
    cases = [(a, a, 0.0, 0.0, True), (a, near, 1e-5, 1e-8, True), (a, near, 0.0, 0.0, False),
             (a, a + 1, 1e-5, 1e-8, False), (odd, odd, 1e-5, 1e-8, False),
             (a.to(i64), a.to(i64), 1e-5, 0.0, True),
             (a.to(i64), a.to(i64) + 1, 9.0, 9.0, False)]
    for x, y, rtol, atol, _ in cases:
        batch.add("aten::allclose.out", [x, y, rtol, atol, False, False],
                  [Out(torch.bool, ())])
    results = batch.run()
    assert [bool(r.outputs[0]) for r in results] == [want for *_, want in cases]


# ---- numbers -----------------------------------------------------------------------------------

PRIMS = [
    ("add", (3, 4), 7), ("add", (3, 0.5), 3.5), ("sub", (3, 4), -1), ("sub", (0.5, 2), -1.5),
    ("mul", (-3, 4), -12), ("mul", (2.5, 4), 10.0), ("truediv", (7, 2), 3.5),
    ("floordiv", (7, 2), 3), ("floordiv", (-7, 2), -4), ("floordiv", (7, -2), -4),
    ("floordiv", (-8, 2), -4), ("floordiv", (7.5, 2), 3.0), ("floordiv", (-7.5, 2), -4.0),
    ("floordiv", (1.0, 0.1), 9.0),
    ("floordiv", (1e300, 3e-300), 1e300 // 3e-300), ("floordiv", (-6.0, 0.75), -8.0),
    ("floordiv", (5e-324, 3.0), 0.0), ("floordiv", (-1.0, 1e200), -1.0),
    ("mod", (7, 4), 3), ("mod", (-7, 4), -3),
    ("sym_max", (3, -4), 3), ("sym_min", (3, -4), -4), ("neg", (5,), -5),
    ("neg", (2.5,), -2.5), ("sym_float", (3,), 3.0), ("sym_int", (3.9,), 3),
    ("sym_int", (-3.9,), -3), ("sym_int", (True,), 1), ("ceil", (2.1,), 3),
    ("ceil", (-2.1,), -2), ("round", (2.5,), 2), ("round", (3.5,), 4), ("round", (-2.5,), -2),
    ("round", (2.4,), 2), ("round", (-2.6,), -3), ("trunc", (-2.9,), -2),
    ("sym_not", (True,), False), ("sym_not", (False,), True),
    ("sym_ite", (True, 3, 4), 3), ("sym_ite", (False, 3, 4), 4),
    ("sym_ite", (False, 3, 4.5), 4.5),
    *((name, pair, fn(*pair)) for name, fn in (
        ("eq", lambda a, b: a == b), ("gt", lambda a, b: a > b), ("lt", lambda a, b: a < b),
        ("ge", lambda a, b: a >= b), ("le", lambda a, b: a <= b))
      for pair in ((3, 4), (4, 3), (3, 3), (3, 3.0), (2.5, 3), (True, False), (True, True))),
]


def word(value):
    return str(value).lower() if isinstance(value, bool) else repr(value)


def number_text(calls, kind):
    """A program that ends with $0 in a tensor of one element."""
    dtype = "f64" if kind is float else "i64"
    return "\n".join([
        'program "forward"', "buffer 0 = 8 live -1..9", "buffer 1 = 8 live -1..9",
        "buffer 2 = 96 live -1..9", f"%0 = {dtype}[1] buffer 0", f"%1 = {dtype}[1] buffer 1",
        "%2 = f32[2,3,4] buffer 2", f"$0 = {word(kind(0))}", "input %2", "output %1", *calls,
        "call aten::fill.Scalar_out(%0, $0 -> %1)", ""])


@pytest.mark.parametrize("name, args, want", PRIMS, ids=lambda x: str(x))
def test_prim_gives_what_python_gives(batch, name, args, want):
    call = f"call executorch_prim::{name}.Scalar raw({', '.join(map(word, args))}, $0)"
    batch.add_text(number_text([call], type(want)), [bytes(96)],
                   [f64 if type(want) is float else i64])
    result, = batch.run()
    assert result.status == 0, batch.errors
    assert result.outputs[0][0] == want


def test_prims_of_two_ints_and_tensors_sizes(batch):
    data = np.arange(24, dtype=np.float32).reshape(2, 3, 4) + 7
    cases = [("executorch_prim::floordiv.int raw(-7, 2, $0)", -3),
             ("executorch_prim::mod.int raw(-7, 2, $0)", -1),
             ("aten::sym_size.int raw(%2, 1, $0)", 3),
             ("aten::sym_size.int raw(%2, -1, $0)", 4),
             ("aten::sym_numel raw(%2, $0)", 24),
             ("aten::_local_scalar_dense raw(%2, $0)", 7.0)]
    for call, want in cases:
        batch.add_text(number_text(["call " + call], type(want)), [data.tobytes()],
                       [f64 if type(want) is float else i64])
    for (call, want), result in zip(cases, batch.run()):
        assert result.status == 0 and result.outputs[0][0] == want, (call, batch.errors)


@pytest.mark.parametrize("call", [
    "executorch_prim::floordiv.int raw(1, 0, $0)", "executorch_prim::mod.int raw(1, 0, $0)",
    "executorch_prim::floordiv.Scalar raw(1, 0, $0)",
    "executorch_prim::mod.Scalar raw(1, 0, $0)"])
def test_prims_refuse_to_divide_by_zero(batch, call):
    batch.add_text(number_text(["call " + call], int), [bytes(96)], [i64])
    assert batch.run()[0].word == "range"


def test_et_view_shares_and_et_copy_index_stacks(batch):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    view = "\n".join([
        'program "forward"', "buffer 0 = 24 live -1..9", "buffer 1 = 24 live -1..9",
        "%0 = f32[2,3] buffer 0", "%1 = f32[3,2] unplanned", "%2 = f32[3,2] buffer 1",
        "input %0", "output %2", "call executorch_prim::et_view.default raw(%0, [-1, 2], %1)",
        "call aten::neg.out(%1 -> %2)", ""])
    stack = "\n".join([
        'program "forward"', "buffer 0 = 24 live -1..9", "buffer 1 = 96 live -1..9",
        "%0 = f32[2,3] buffer 0", "%1 = f32[4,2,3] buffer 1 dynamic 1", "input %0",
        "output %1", *(f"call executorch_prim::et_copy_index.tensor raw(%1, %0, {i})"
                       for i in range(3)), ""])
    too_far = stack.replace("%0, 2)", "%0, 4)")
    for text in (view, stack, too_far):
        batch.add_text(text, [x.tobytes()], [f32])
    viewed, stacked, refused = batch.run()
    assert viewed.status == 0, batch.errors
    assert np.array_equal(viewed.outputs[0], -x.reshape(3, 2))
    assert stacked.status == 0 and np.array_equal(stacked.outputs[0], np.stack([x] * 3))
    assert refused.word == "range"


def test_copies_between_host_and_device_are_copies(batch):
    x = uniform(2, 3)
    check(batch, [("et_copy::_h2d_copy.out", [x], x), ("et_copy::_d2h_copy.out", [x], x),
                  ("aten::_conj_physical.out", [x], x),
                  ("dim_order_ops::_empty_dim_order.out", [[2, 3], None],
                   torch.zeros(2, 3))])
