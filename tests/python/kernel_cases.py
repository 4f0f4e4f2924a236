# SPDX-License-Identifier: Apache-2.0
"""The cases of test_kernels.py: one function a family, giving a list of
(name, function of tensors, tensors). Random tensors come from torch's generator,
which the caller seeds. A tensor in several cases is one input of the family."""

import torch
import torch.nn.functional as F


def f32(*shape, low=-3.0, high=3.0):
    return torch.rand(shape) * (high - low) + low


def ints(*shape, dtype=torch.int64, low=-9, high=10):
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).to(torch.bool)
    return torch.randint(max(low, 0) if dtype == torch.uint8 else low, high, shape, dtype=dtype)


def unary_f():
    x = f32(3, 5, 7)
    positive = f32(4, 9, low=1e-3, high=50.0)
    odd = torch.tensor(
        [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            1.5,
            2.5,
            -2.5,
            88.0,
            -88.0,
            100.0,
            1e-40,
            float("inf"),
            float("-inf"),
            float("nan"),
        ]
    )
    cases = []
    for name in (
        "abs neg relu sigmoid tanh erf exp expm1 sin cos floor ceil trunc round sign "
        "cosh sinh atan asinh reciprocal isnan isinf logical_not"
    ).split():
        fn = getattr(torch, name)
        cases += [
            (name, fn, (x,)),
            (name + "_odd", fn, (odd,)),
            (name + "_scalar", fn, (torch.tensor(0.7),)),
            (name + "_empty", fn, (f32(0, 3),)),
        ]
    for name in "log log1p log2 log10 sqrt rsqrt".split():
        fn = getattr(torch, name)
        cases += [(name, fn, (positive,)), (name + "_odd", fn, (odd,))]
    cases += [
        ("asin", torch.asin, (f32(40, low=-1.0, high=1.0),)),
        ("acos", torch.acos, (f32(40, low=-1.0, high=1.0),)),
        ("atanh", torch.atanh, (f32(40, low=-0.99, high=0.99),)),
        ("acosh", torch.acosh, (f32(40, low=1.0, high=20.0),)),
        ("tan", torch.tan, (f32(40, low=-1.4, high=1.4),)),
        ("sin_large", torch.sin, (torch.tensor([1e3, -1e4, 1e6, 12345.678, 3.1415927]),)),
        ("gelu", F.gelu, (x,)),
        ("gelu_tanh", lambda v: F.gelu(v, approximate="tanh"), (x,)),
        ("elu", lambda v: F.elu(v, 0.7), (x,)),
        ("selu", F.selu, (x,)),
        ("celu", F.celu, (x,)),
        ("leaky_relu", lambda v: F.leaky_relu(v, 0.2), (x,)),
        ("leaky_odd", F.leaky_relu, (odd,)),
        ("hardtanh", F.hardtanh, (x,)),
        ("relu6", F.relu6, (x,)),
        ("hardtanh_odd", F.hardtanh, (odd,)),
        ("hardswish", F.hardswish, (x,)),
        ("hardsigmoid", F.hardsigmoid, (x,)),
        ("silu", F.silu, (x,)),
        ("softplus", F.softplus, (x,)),
        ("mish", F.mish, (x,)),
        ("logsigmoid", F.logsigmoid, (x,)),
        ("clamp", lambda v: torch.clamp(v, -0.5, 1.0), (x,)),
        ("clamp_low", lambda v: torch.clamp(v, min=0.25), (x,)),
        ("clamp_high", lambda v: torch.clamp(v, max=0.25), (odd,)),
        ("clamp_crossed", lambda v: torch.clamp(v, 1.0, -1.0), (x,)),
        ("glu", lambda v: F.glu(v, 1), (f32(2, 6, 3),)),
        ("glu_last", F.glu, (f32(3, 8),)),
        ("logit", torch.logit, (f32(20, low=0.01, high=0.99),)),
        ("logit_eps", lambda v: torch.logit(v, 0.1), (f32(20, low=0.0, high=1.0),)),
        ("exp_of_int", torch.exp, (ints(6),)),
        ("sigmoid_of_int", torch.sigmoid, (ints(6, dtype=torch.int8),)),
        ("sqrt_of_bool", torch.sqrt, (ints(6, dtype=torch.bool),)),
    ]
    for power in (2, 3, 0.5, -0.5, -1, 1.7, 0, 1):
        cases.append((f"pow_{power}", lambda v, p=power: torch.pow(v, p), (positive,)))
    cases += [
        ("pow_odd_2", lambda v: v**2, (odd,)),
        ("pow_odd_half", lambda v: v**0.5, (odd,)),
        ("pow_odd_2.5", lambda v: v**2.5, (odd,)),
        ("pow_odd_-3", lambda v: v**-3, (odd,)),
        ("pow_tensor", torch.pow, (positive, f32(4, 9))),
        ("pow_scalar", lambda v: torch.pow(2.5, v), (x,)),
    ]
    return cases


def binary_f():
    a, b = f32(2, 3, 4, 5), f32(2, 3, 4, 5, low=0.5)
    row, column, one = f32(5), f32(4, 1), torch.tensor(1.7)
    tall, i64, i8, truth = (
        f32(3, 1, 1),
        ints(2, 3, 4, 5),
        ints(5, dtype=torch.int8),
        ints(2, 3, 4, 5, dtype=torch.bool),
    )
    odd = torch.tensor([0.0, 1.0, -1.0, float("nan"), float("inf"), float("-inf")])
    pairs = [
        ("same", a, b),
        ("row", a, row),
        ("column", a, column),
        ("left_row", row, a),
        ("scalar", a, one),
        ("both", column, tall),
        ("i64", a, i64),
        ("i8", a, i8),
        ("bool", a, truth),
        ("empty", f32(0, 4), f32(1, 4)),
        ("rank0", one, one),
        ("odd", odd[:, None].contiguous(), odd),
    ]
    cases = []
    for name, fn in (
        ("add", torch.add),
        ("sub", torch.sub),
        ("mul", torch.mul),
        ("minimum", torch.minimum),
        ("maximum", torch.maximum),
        ("eq", torch.eq),
        ("ne", torch.ne),
        ("lt", torch.lt),
        ("le", torch.le),
        ("gt", torch.gt),
        ("ge", torch.ge),
        ("logical_and", torch.logical_and),
        ("logical_or", torch.logical_or),
        ("logical_xor", torch.logical_xor),
    ):
        cases += [
            (f"{name}_{kind}", fn, (x, y))
            for kind, x, y in pairs
            if not (name == "sub" and kind == "bool")
        ]
    divisors = [
        ("same", a, b),
        ("row", a, f32(5, low=0.5)),
        ("odd", odd[:, None].contiguous(), odd),
        (
            "exact",
            torch.tensor([1.0, 5.0, -7.0, 7.0, 6.0]),
            torch.tensor([0.1, 2.5, 2.0, -2.0, 3.0]),
        ),
    ]
    for kind, x, y in divisors:
        cases += [
            (f"div_{kind}", torch.div, (x, y)),
            (f"div_trunc_{kind}", lambda p, q: torch.div(p, q, rounding_mode="trunc"), (x, y)),
            (f"div_floor_{kind}", lambda p, q: torch.div(p, q, rounding_mode="floor"), (x, y)),
            (f"floor_divide_{kind}", torch.floor_divide, (x, y)),
            (f"fmod_{kind}", torch.fmod, (x, y)),
            (f"remainder_{kind}", torch.remainder, (x, y)),
        ]
    cases += [
        ("div_of_ints", torch.div, (i64, ints(2, 3, 4, 5, low=1))),
        ("add_alpha", lambda p, q: torch.add(p, q, alpha=2.5), (a, row)),
        ("sub_alpha", lambda p, q: torch.sub(p, q, alpha=-0.5), (a, b)),
        ("add_scalar", lambda p: p + 2.5, (a,)),
        ("sub_scalar", lambda p: p - 2.5, (a,)),
        ("rsub", lambda p: 1.0 - p, (a,)),
        ("rsub_alpha", lambda p: torch.rsub(p, 2, alpha=3), (a,)),
        ("mul_scalar", lambda p: p * 3, (a,)),
        ("div_scalar", lambda p: p / 3, (a,)),
        ("int_mul_float", lambda p: p * 0.5, (i64,)),
        ("int_add_float", lambda p: p + 0.5, (i8,)),
        ("div_scalar_floor", lambda p: torch.div(p, 0.7, rounding_mode="floor"), (a,)),
        ("div_scalar_trunc", lambda p: torch.div(p, -0.7, rounding_mode="trunc"), (a,)),
        ("fmod_scalar", lambda p: torch.fmod(p, 0.7), (a,)),
        ("remainder_scalar", lambda p: torch.remainder(p, -0.7), (a,)),
        ("where", torch.where, (truth, a, b)),
        ("where_wide", torch.where, (truth, row, column)),
        ("where_odd", torch.where, (odd > 0, odd, torch.zeros(()))),
        ("masked_fill", lambda p, m: p.masked_fill(m, float("-inf")), (a, truth)),
        ("masked_row", lambda p, m: p.masked_fill(m, 2.0), (a, ints(5, dtype=torch.bool))),
        ("clamp_tensor", torch.clamp, (a, f32(5, low=-1, high=0), f32(5, low=0, high=1))),
        ("atan2", torch.atan2, (a, row)),
        ("addcmul", lambda p, q: torch.addcmul(p, q, q, value=0.5), (a, b)),
        ("lerp", lambda p, q: torch.lerp(p, q, 0.25), (a, b)),
        ("chain_in_place", lambda p, q: ((p + q) * q - p).relu() + q, (a, b)),
    ]
    for name, fn in (("eq", torch.eq), ("lt", torch.lt), ("ge", torch.ge)):
        cases += [
            (f"{name}_scalar", lambda p, f=fn: f(p, 0.5), (a,)),
            (f"{name}_int_scalar", lambda p, f=fn: f(p, 0.5), (i64,)),
        ]
    return cases


def binary_i():
    cases = []
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        a, b = ints(3, 4, dtype=dtype, low=-120, high=120), ints(
            3, 4, dtype=dtype, low=1, high=60
        )
        signs = b * ints(4, dtype=dtype, low=0, high=2) + 1
        if dtype != torch.uint8:
            signs = torch.where(ints(3, 4, dtype=torch.bool), signs, -signs)
        tag = str(dtype)[6:]
        for (
            name
        ) in "add sub mul minimum maximum eq lt bitwise_and bitwise_or bitwise_xor".split():
            cases.append((f"{name}_{tag}", getattr(torch, name), (a, b)))
        for name, fn in (
            ("trunc", lambda p, q: torch.div(p, q, rounding_mode="trunc")),
            ("floor", lambda p, q: torch.div(p, q, rounding_mode="floor")),
            ("floor_divide", torch.floor_divide),
            ("fmod", torch.fmod),
            ("remainder", torch.remainder),
        ):
            cases.append((f"{name}_{tag}", fn, (a, signs)))
        cases += [
            (f"neg_abs_{tag}", lambda p: torch.abs(-p), (a,)),
            (f"sign_{tag}", torch.sign, (a,)),
            (f"relu_{tag}", torch.relu, (a,)),
            (f"not_{tag}", torch.bitwise_not, (a,)),
            (f"scalar_{tag}", lambda p: (p + 3) * 2 - 1, (a,)),
            (f"rsub_{tag}", lambda p: 5 - p, (a,)),
            (f"mod_scalar_{tag}", lambda p: p % 7, (a,)),
            (f"floordiv_{tag}", lambda p: p // 7, (a,)),
            (f"clamp_{tag}", lambda p: torch.clamp(p, 2, 50), (a,)),
            (f"pow_{tag}", lambda p: p**3, (b,)),
            (f"square_{tag}", lambda p: p**2, (a,)),
            (f"compare_{tag}", lambda p: (p > 3) | (p <= -3), (a,)),
            (f"logical_{tag}", lambda p, q: torch.logical_and(p, torch.logical_not(q)), (a, b)),
            (f"where_{tag}", torch.where, (a > b, a, b)),
            (f"mixed_{tag}", torch.add, (a, ints(4, dtype=torch.int64, low=1000, high=70000))),
        ]
    truth, other = ints(4, 3, dtype=torch.bool), ints(3, dtype=torch.bool)
    for name in "add mul logical_and logical_xor bitwise_and bitwise_or bitwise_xor eq".split():
        cases.append((f"{name}_bool", getattr(torch, name), (truth, other)))
    cases += [
        ("not_bool", lambda p: ~p, (truth,)),
        ("bool_to_int", lambda p: p + 1, (truth,)),
        ("wrap_i8", lambda p: p * 100, (ints(5, dtype=torch.int8),)),
        ("int64_extremes", lambda p: p - 1, (torch.tensor([-(2**63), 2**63 - 1, 0]),)),
    ]
    return cases


def convert():
    x = torch.tensor([-300.7, -1.5, -0.5, 0.0, 0.49, 0.5, 1.5, 100.2, 127.9])
    cases = []
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool):
        part = (x[3:] if dtype == torch.uint8 else x[1:] if dtype == torch.int8 else x).clone()
        cases += [
            (f"f32_to_{dtype}", lambda v, d=dtype: v.to(d), (part,)),
            (f"{dtype}_to_f32", lambda v: v.to(torch.float32), (ints(7, dtype=dtype),)),
            (f"i64_to_{dtype}", lambda v, d=dtype: v.to(d), (ints(9, low=-70000, high=70000),)),
        ]
    cases += [
        ("full", lambda v: torch.full((2, 3), 1.5) + v, (f32(3),)),
        ("arange", lambda v: torch.arange(3, 20, 4) + v, (ints(1),)),
        ("arange_f", lambda v: torch.arange(0.5, 3, 0.3) + v, (f32(1),)),
        ("zeros_ones", lambda v: torch.zeros_like(v) - torch.ones(3), (f32(3),)),
    ]
    return cases


def conv():
    cases = []

    def add(name, x, w, b=None, **options):
        fn = F.conv2d if x.dim() == 4 else F.conv1d
        if b is None:
            cases.append((name, lambda p, q: fn(p, q, **options), (x, w)))
        else:
            cases.append((name, lambda p, q, r: fn(p, q, r, **options), (x, w, b)))

    def add_t(name, x, w, b, **options):
        fn = F.conv_transpose2d if x.dim() == 4 else F.conv_transpose1d
        cases.append((name, lambda p, q, r: fn(p, q, r, **options), (x, w, b)))

    add("plain", f32(2, 3, 8, 9), f32(5, 3, 3, 3), f32(5))
    add("no_bias", f32(1, 3, 8, 9), f32(5, 3, 3, 3))
    add("padded", f32(1, 3, 8, 9), f32(4, 3, 3, 5), f32(4), padding=(1, 2))
    add("strided", f32(1, 3, 9, 8), f32(4, 3, 3, 3), f32(4), stride=(2, 3), padding=1)
    add("dilated", f32(1, 3, 12, 11), f32(4, 3, 3, 2), f32(4), dilation=(2, 3), padding=2)
    add("large_pad", f32(1, 1, 2, 2), f32(1, 1, 2, 2), f32(1), padding=5)
    add("stride_over", f32(1, 2, 7, 7), f32(2, 2, 2, 2), f32(2), stride=4)
    add("grouped", f32(2, 6, 5, 5), f32(4, 3, 3, 3), f32(4), groups=2, padding=1)
    add("depthwise", f32(1, 8, 7, 6), f32(8, 1, 3, 3), f32(8), groups=8, padding=1)
    add("depthwise_s2", f32(1, 8, 7, 6), f32(8, 1, 3, 3), f32(8), groups=8, padding=1, stride=2)
    add("multiplier", f32(1, 4, 7, 6), f32(8, 1, 3, 3), f32(8), groups=4)
    add("pointwise", f32(2, 7, 5, 7), f32(9, 7, 1, 1), f32(9))
    add("pointwise_tile", f32(1, 40, 4, 8), f32(16, 40, 1, 1), f32(16))
    add("pointwise_group", f32(1, 6, 5, 3), f32(8, 3, 1, 1), f32(8), groups=2)
    add("pointwise_s2", f32(1, 6, 5, 7), f32(8, 6, 1, 1), f32(8), stride=2)
    add("one_pixel", f32(1, 33, 1, 1), f32(10, 33, 1, 1), f32(10))
    add("conv1d", f32(2, 3, 11), f32(4, 3, 3), f32(4), padding=1, stride=2)
    add("conv1d_dilated", f32(2, 4, 11), f32(4, 2, 3), dilation=3, groups=2)
    add("same", f32(1, 3, 9), f32(4, 3, 4), f32(4), padding="same")
    add_t("transposed", f32(2, 3, 5, 4), f32(3, 4, 3, 3), f32(4))
    add_t(
        "transposed_s2",
        f32(1, 3, 5, 4),
        f32(3, 4, 3, 3),
        f32(4),
        stride=2,
        padding=1,
        output_padding=1,
    )
    add_t("transposed_group", f32(1, 4, 5, 4), f32(4, 3, 2, 3), f32(6), groups=2, stride=(2, 1))
    add_t("transposed_dilated", f32(1, 3, 5, 4), f32(3, 2, 3, 3), f32(2), dilation=2, padding=2)
    add_t("transposed_1d", f32(1, 3, 6), f32(3, 2, 4), f32(2), stride=3, output_padding=2)
    cases.append(("unbatched", lambda p, q: F.conv2d(p, q), (f32(3, 8, 9), f32(5, 3, 3, 3))))
    return cases


def pool():
    x = f32(2, 3, 9, 8)
    odd = x.clone()
    odd[0, 0, 2, 2] = float("nan")
    cases = []
    for name, options in (
        ("plain", dict(kernel_size=3)),
        ("strided", dict(kernel_size=3, stride=2)),
        ("padded", dict(kernel_size=(3, 4), stride=2, padding=(1, 2))),
        ("ceil", dict(kernel_size=3, stride=2, ceil_mode=True)),
        ("ceil_padded", dict(kernel_size=4, stride=3, padding=2, ceil_mode=True)),
    ):
        cases += [
            (f"avg_{name}", lambda v, o=options: F.avg_pool2d(v, **o), (x,)),
            (
                f"avg_{name}_exclude",
                lambda v, o=options: F.avg_pool2d(v, count_include_pad=False, **o),
                (x,),
            ),
            (
                f"avg_{name}_divisor",
                lambda v, o=options: F.avg_pool2d(v, divisor_override=5, **o),
                (x,),
            ),
            (f"max_{name}", lambda v, o=options: F.max_pool2d(v, **o), (x,)),
            (
                f"max_{name}_values",
                lambda v, o=options: F.max_pool2d(v, return_indices=True, **o)[0],
                (odd,),
            ),
            (
                f"max_{name}_places",
                lambda v, o=options: F.max_pool2d(v, return_indices=True, **o)[1],
                (odd,),
            ),
        ]
    cases += [
        ("max_dilated", lambda v: F.max_pool2d(v, 3, 2, 1, 2), (x,)),
        ("max_unbatched", lambda v: F.max_pool2d(v, 2), (f32(3, 6, 6),)),
        ("avg_unbatched", lambda v: F.avg_pool2d(v, 2), (f32(3, 6, 6),)),
        ("adaptive_1", lambda v: F.adaptive_avg_pool2d(v, 1), (x,)),
        ("adaptive", lambda v: F.adaptive_avg_pool2d(v, (4, 3)), (x,)),
        ("adaptive_up", lambda v: F.adaptive_avg_pool2d(v, (10, 8)), (f32(1, 2, 5, 4),)),
        ("max1d", lambda v: F.max_pool1d(v, 3, 2, 1), (f32(2, 3, 11),)),
        ("avg1d", lambda v: F.avg_pool1d(v, 3, 2, 1), (f32(2, 3, 11),)),
    ]
    return cases


def linear():
    return [
        ("mm", torch.mm, (f32(5, 7), f32(7, 9))),
        ("mm_tiles", torch.mm, (f32(8, 33), f32(33, 24))),
        ("mm_row", torch.mm, (f32(1, 50), f32(50, 20))),
        ("mm_column", torch.mm, (f32(20, 50), f32(50, 1))),
        ("mm_empty", torch.mm, (f32(3, 0), f32(0, 4))),
        ("mm_i64", torch.mm, (ints(3, 4), ints(4, 5))),
        ("mm_i8", torch.mm, (ints(3, 4, dtype=torch.int8), ints(4, 5, dtype=torch.int8))),
        ("bmm", torch.bmm, (f32(3, 5, 7), f32(3, 7, 4))),
        (
            "bmm_i32",
            torch.bmm,
            (ints(2, 3, 4, dtype=torch.int32), ints(2, 4, 2, dtype=torch.int32)),
        ),
        ("addmm", torch.addmm, (f32(9), f32(5, 7), f32(7, 9))),
        (
            "addmm_scaled",
            lambda p, q, r: torch.addmm(p, q, r, beta=0.5, alpha=-2.0),
            (f32(5, 1), f32(5, 7), f32(7, 9)),
        ),
        (
            "addmm_beta0",
            lambda p, q, r: torch.addmm(p, q, r, beta=0),
            (torch.full((9,), float("nan")), f32(5, 7), f32(7, 9)),
        ),
        ("linear", F.linear, (f32(4, 6), f32(5, 6), f32(5))),
        ("linear_3d", F.linear, (f32(2, 4, 6), f32(5, 6))),
        ("linear_1d", F.linear, (f32(6), f32(5, 6), f32(5))),
        ("matmul", torch.matmul, (f32(2, 3, 4, 5), f32(5, 6))),
        ("matmul_batch", torch.matmul, (f32(2, 1, 4, 5), f32(3, 5, 6))),
        ("matmul_vector", torch.matmul, (f32(4, 5), f32(5))),
        (
            "attention",
            F.scaled_dot_product_attention,
            (f32(1, 2, 5, 4), f32(1, 2, 6, 4), f32(1, 2, 6, 4)),
        ),
    ]


def norm():
    x = f32(3, 6, 4, 5)
    mean, var, w, b = f32(6), f32(6, low=0.1), f32(6), f32(6)
    return [
        ("batch", lambda v, m, s, p, q: F.batch_norm(v, m, s, p, q), (x, mean, var, w, b)),
        ("batch_plain", lambda v, m, s: F.batch_norm(v, m, s, eps=1e-2), (x, mean, var)),
        ("batch_2d", lambda v, m, s: F.batch_norm(v, m, s), (f32(4, 6), mean, var)),
        ("layer", lambda v, p, q: F.layer_norm(v, (5,), p, q), (x, f32(5), f32(5))),
        ("layer_two", lambda v, p: F.layer_norm(v, (4, 5), p), (x, f32(4, 5))),
        ("layer_long", lambda v: F.layer_norm(v, (1000,)), (f32(2, 1000),)),
        ("layer_offset", lambda v: F.layer_norm(v, (50,)), (f32(2, 50) + 30.0,)),
        ("group", lambda v, p, q: F.group_norm(v, 3, p, q), (x, w, b)),
        ("group_one", lambda v: F.group_norm(v, 1), (x,)),
        ("group_3d", lambda v: F.group_norm(v, 2), (f32(2, 4, 7),)),
        ("instance", lambda v: F.instance_norm(v), (x,)),
        ("softmax", lambda v: F.softmax(v, -1), (x,)),
        ("softmax_1", lambda v: F.softmax(v, 1), (x,)),
        ("softmax_0", lambda v: F.softmax(v, 0), (f32(7),)),
        ("softmax_wide", lambda v: F.softmax(v * 50, -1), (x,)),
        ("log_softmax", lambda v: F.log_softmax(v, 1), (x,)),
        ("log_softmax_wide", lambda v: F.log_softmax(v * 50, -1), (x,)),
        (
            "softmax_inf",
            lambda v: F.softmax(v, -1),
            (torch.tensor([[0.0, float("-inf"), 1.0]]),),
        ),
    ]


def reduce():
    x, i, t = f32(2, 3, 4, 5), ints(2, 3, 4, low=-90, high=90), ints(2, 3, 4, dtype=torch.bool)
    odd = x.clone()
    odd[0, 1, 2, 3] = float("nan")
    cases = []
    for name in "sum mean amax amin any".split():
        fn = getattr(torch, name)
        for dim in (0, -1, (1, 3), (0, 2), (0, 1, 2, 3)):
            for keep in (False, True):
                cases.append(
                    (
                        f"{name}_{dim}_{keep}",
                        lambda v, f=fn, d=dim, k=keep: f(v, dim=d, keepdim=k),
                        (odd if name != "sum" and name != "mean" else x,),
                    )
                )
    for name in "sum amax amin any".split():
        fn = getattr(torch, name)
        for kind, v in (
            ("i64", i),
            ("i8", i.to(torch.int8)),
            ("u8", i.to(torch.uint8)),
            ("bool", t),
        ):
            cases.append((f"{name}_{kind}", lambda v, f=fn: f(v, dim=1), (v,)))
    cases += [
        ("sum_all", torch.sum, (x,)),
        ("mean_all", torch.mean, (x,)),
        ("any_all", torch.any, (t,)),
        ("all", torch.all, (t,)),
        ("sum_long", torch.sum, (f32(100000, low=0.0),)),
        ("mean_columns", lambda v: v.mean(0), (f32(1000, 3),)),
        ("sum_dtype", lambda v: v.sum(1, dtype=torch.float32), (i,)),
        ("mean_of_int", lambda v: v.mean(1, dtype=torch.float32), (i,)),
        ("sum_scalar", lambda v: v.sum(), (torch.tensor(2.5),)),
        ("sum_empty", lambda v: v.sum(0), (f32(0, 3),)),
        ("var", lambda v: v.var(1), (x,)),
        ("var_biased", lambda v: v.var((0, 3), correction=0, keepdim=True), (x,)),
        ("var_mean_0", lambda v: torch.var_mean(v, (1, 2))[0], (x,)),
        ("var_mean_1", lambda v: torch.var_mean(v, (1, 2))[1], (x,)),
        ("var_offset", lambda v: v.var(0), (f32(30, 2) + 20.0,)),
        ("var_of_one", lambda v: v.var(0), (f32(1, 2),)),
        ("std", lambda v: v.std((2, 3), correction=0), (x,)),
        ("logsumexp", lambda v: torch.logsumexp(v, 1), (x,)),
        ("norm", lambda v: torch.linalg.vector_norm(v, dim=1), (x,)),
        ("cumsum", lambda v: v.cumsum(1), (x,)),
        ("cumsum_i", lambda v: v.cumsum(-1), (i,)),
        ("cumsum_bool", lambda v: v.cumsum(0), (t,)),
        ("prod", lambda v: v.prod(1), (x,)),
        ("prod_all", torch.prod, (f32(6),)),
        ("prod_i", lambda v: v.prod(0), (i,)),
        ("topk", lambda v: torch.topk(v, 3)[0], (x,)),
        ("topk_places", lambda v: torch.topk(v, 3)[1], (x,)),
        ("topk_smallest", lambda v: torch.topk(v, 2, dim=1, largest=False)[1], (x,)),
        ("topk_i", lambda v: torch.topk(v, 2, dim=0)[0], (i,)),
        ("topk_nan", lambda v: torch.topk(v, 2)[0], (odd,)),
        ("max_all", torch.max, (x,)),
        ("min_all", torch.min, (i,)),
    ]
    for name in ("argmax", "argmin"):
        fn = getattr(torch, name)
        for dim in (None, 0, -1):
            cases += [
                (f"{name}_{dim}", lambda v, f=fn, d=dim: f(v, dim=d), (odd,)),
                (
                    f"{name}_i_{dim}",
                    lambda v, f=fn, d=dim: f(v, dim=d, keepdim=d is not None),
                    (i,),
                ),
            ]
    for name in ("max", "min"):
        for part in (0, 1):
            cases.append(
                (
                    f"{name}_dim_{part}",
                    lambda v, n=name, p=part: getattr(torch, n)(v, dim=1)[p],
                    (odd,),
                )
            )
            cases.append(
                (
                    f"{name}_dim_i_{part}",
                    lambda v, n=name, p=part: getattr(torch, n)(v, dim=-1, keepdim=True)[p],
                    (i,),
                )
            )
    return cases


def move():
    cases = []
    for kind, x in (
        ("f32", f32(2, 3, 4, 5)),
        ("i8", ints(2, 3, 4, 5, dtype=torch.int8)),
        ("i16", ints(2, 3, 4, 5, dtype=torch.int16)),
        ("bool", ints(2, 3, 4, 5, dtype=torch.bool)),
        ("i64", ints(2, 3, 4, 5)),
    ):
        y = x.flip(0).clone()
        for name, fn in (
            ("permute", lambda v: v.permute(0, 2, 3, 1)),
            ("permute_back", lambda v: v.permute(0, -1, 1, 2)),
            ("transpose", lambda v: v.transpose(1, -1)),
            ("t", lambda v: v[0, 0].t()),
            ("view", lambda v: v.reshape(6, -1)),
            ("view_permuted", lambda v: v.permute(3, 1, 0, 2).reshape(5, -1)),
            ("flatten", lambda v: v.flatten(1)),
            ("squeeze", lambda v: v[:, :1].squeeze(1)),
            ("unsqueeze", lambda v: v.unsqueeze(-2)),
            ("slice", lambda v: v[:, 1:, ::2, -3:-1]),
            ("slice_none", lambda v: v[:, 5:]),
            ("select", lambda v: v[1, -2]),
            ("expand", lambda v: v[:, :, :1].expand(-1, -1, 4, -1)),
            ("expand_new", lambda v: v[0, 0, 0].expand(3, 2, 5)),
            ("repeat", lambda v: v.repeat(2, 1, 3, 1, 2)),
            ("repeat_plain", lambda v: v[0, 0].repeat(2, 2)),
            ("flip", lambda v: v.flip(1, -1)),
            ("roll", lambda v: v.roll((1, -2), (0, 3))),
            ("roll_flat", lambda v: v.roll(7)),
            ("chunk", lambda v: torch.chunk(v, 2, 2)[1]),
            ("split", lambda v: v.split(2, 3)[2]),
            ("split_sizes", lambda v: v.split([1, 3, 1], 3)[1]),
            ("unbind", lambda v: v.unbind(1)[2]),
            ("tril", lambda v: v.tril(1)),
            ("tril_below", lambda v: v.tril(-2)),
            ("clone", lambda v: v.clone()),
        ):
            cases.append((f"{name}_{kind}", fn, (x,)))
        if kind != "bool":
            cases += [
                (f"pad_{kind}", lambda v: F.pad(v, (1, 2, 0, 3), value=2), (x,)),
                (f"pad_crop_{kind}", lambda v: F.pad(v, (-1, 1, 2, -2, 0, 1)), (x,)),
            ]
        cases += [
            (f"cat_{kind}", lambda v, w: torch.cat((v, w, v[:, :1]), 1), (x, y)),
            (f"cat_last_{kind}", lambda v, w: torch.cat((v, w), -1), (x, y)),
            (f"stack_{kind}", lambda v, w: torch.stack((v, w), 2), (x, y)),
            (
                f"slice_scatter_{kind}",
                lambda v, w: torch.slice_scatter(v, w[:, :, :2], 2, 0, 4, 2),
                (x, y),
            ),
            (
                f"select_scatter_{kind}",
                lambda v, w: torch.select_scatter(v, w[:, 0], 1, -1),
                (x, y),
            ),
            (
                f"index_select_{kind}",
                lambda v, k: v.index_select(2, k),
                (x, torch.tensor([3, 0, 0])),
            ),
            (
                f"gather_{kind}",
                lambda v, k: v.gather(3, k),
                (x, ints(2, 3, 4, 2, low=0, high=5)),
            ),
        ]
    cases += [
        ("embedding", F.embedding, (ints(3, 4, low=0, high=10), f32(10, 6))),
        (
            "embedding_i32",
            F.embedding,
            (ints(5, dtype=torch.int32, low=0, high=10), f32(10, 6)),
        ),
        ("index", lambda v, k: v[:, k], (f32(3, 5, 2), ints(4, low=-5, high=5))),
        (
            "index_two",
            lambda v, k, m: v[k, m],
            (f32(3, 5, 2), ints(4, low=0, high=3), ints(2, 1, low=-5, high=5)),
        ),
        (
            "index_apart",
            lambda v, k, m: v[k, :, m],
            (f32(3, 5, 2), ints(4, low=0, high=3), ints(4, low=0, high=2)),
        ),
        (
            "index_put",
            lambda v, k, w: v.index_put((k,), w),
            (f32(6, 3), torch.tensor([4, 0]), f32(2, 3)),
        ),
        (
            "index_put_add",
            lambda v, k, w: v.index_put((k,), w, accumulate=True),
            (f32(6, 3), torch.tensor([4, 0, 4]), f32(3, 3)),
        ),
        (
            "index_put_middle",
            lambda v, k, w: torch.ops.aten.index_put(v, [None, k], w),
            (f32(2, 6, 3), torch.tensor([5, 1]), f32(2, 2, 3)),
        ),
        (
            "index_put_i",
            lambda v, k, w: v.index_put((k,), w, accumulate=True),
            (ints(6), torch.tensor([4, -1, 4]), ints(3)),
        ),
        (
            "scatter",
            lambda v, k, w: v.scatter(1, k, w),
            (f32(3, 5), torch.tensor([[4, 0], [1, 2], [3, 4]]), f32(3, 2)),
        ),
        (
            "scatter_value",
            lambda v, k: v.scatter(0, k, 2.5),
            (f32(4, 3), torch.tensor([[3, 0, 1]])),
        ),
        (
            "scatter_add",
            lambda v, k, w: v.scatter_add(1, k, w),
            (f32(2, 3), torch.tensor([[0, 0, 2], [1, 1, 1]]), f32(2, 3)),
        ),
        ("reflect1d", lambda v: F.pad(v, (2, 3), mode="reflect"), (f32(2, 3, 6),)),
        ("reflect2d", lambda v: F.pad(v, (2, 1, 0, 3), mode="reflect"), (f32(2, 3, 6, 5),)),
        ("replicate1d", lambda v: F.pad(v, (2, 3), mode="replicate"), (f32(2, 3, 6),)),
        ("replicate2d", lambda v: F.pad(v, (2, 1, 0, 3), mode="replicate"), (f32(2, 3, 6, 5),)),
        ("pixel_unshuffle", lambda v: F.pixel_unshuffle(v, 3), (f32(2, 2, 6, 9),)),
        ("pixel_shuffle_3d", lambda v: F.pixel_shuffle(v, 2), (ints(4, 3, 2),)),
        ("pixel_shuffle", lambda v: F.pixel_shuffle(v, 2), (f32(1, 8, 3, 4),)),
        (
            "nearest",
            lambda v: F.interpolate(v, scale_factor=2, mode="nearest"),
            (f32(1, 2, 3, 4),),
        ),
        (
            "nearest_size",
            lambda v: F.interpolate(v, size=(5, 3), mode="nearest"),
            (f32(1, 2, 4, 7),),
        ),
        (
            "bilinear",
            lambda v: F.interpolate(v, scale_factor=2, mode="bilinear"),
            (f32(1, 2, 3, 4),),
        ),
        (
            "bilinear_corners",
            lambda v: F.interpolate(v, size=(5, 9), mode="bilinear", align_corners=True),
            (f32(1, 2, 3, 4),),
        ),
    ]
    return cases


def quantize():
    """Scales are powers of two where ties count: torch multiplies with another
    reciprocal than stock's kernels, ours are stock's (kernels/num.h)."""
    from torch.ao.quantization.fx import _decomposed  # noqa: F401  registers the operators

    qd = torch.ops.quantized_decomposed
    x = torch.arange(-40, 40) / 16.0
    wide = torch.tensor([1e10, -1e10, 300.0, -300.0, 0.0, -0.0, 3e38])
    image, scales = f32(2, 3, 4), torch.tensor([0.5, 0.125, 0.03])
    zeros = torch.tensor([0, -5, 100])
    cases = []
    for dtype, low, high, zero in (
        (torch.int8, -128, 127, 3),
        (torch.uint8, 0, 255, 128),
        (torch.int8, -127, 127, 0),
        (torch.int16, -32768, 32767, 0),
        (torch.int32, -(2**31), 2**31 - 1, 0),
    ):
        tag = f"{str(dtype)[6:]}_{zero}"
        stored = ints(9, dtype=dtype, low=0, high=100)
        values = x if dtype == torch.int32 else torch.cat((x, wide))
        cases += [
            (
                f"q_{tag}",
                lambda v, p=(0.125, zero, low, high, dtype): qd.quantize_per_tensor(v, *p),
                (values,),
            ),
            (
                f"dq_{tag}",
                lambda v, p=(0.1, zero, low, high, dtype): qd.dequantize_per_tensor(v, *p),
                (stored,),
            ),
        ]
    eight = (-128, 127, torch.int8)
    for axis, v in ((1, image), (0, f32(3, 5)), (2, f32(2, 2, 3))):
        cases += [
            (
                f"q_channel_{axis}",
                lambda v, s, z, a=axis: qd.quantize_per_channel(v, s, z, a, *eight),
                (v, scales, zeros),
            ),
            (
                f"dq_channel_{axis}",
                lambda v, s, z, a=axis: qd.dequantize_per_channel(v, s, z, a, *eight),
                ((v * 30).to(torch.int8), scales, zeros),
            ),
        ]
    cases += [
        (
            "q_channel_f64",
            lambda v, s, z: qd.quantize_per_channel(v, s, z, 1, *eight),
            (image, scales.double(), zeros),
        ),
        (
            "fake",
            lambda v: qd.dequantize_per_tensor(
                qd.quantize_per_tensor(v, 0.25, 1, *eight), 0.25, 1, *eight
            ),
            (x,),
        ),
    ]
    return cases


FAMILIES = [
    unary_f,
    binary_f,
    binary_i,
    convert,
    conv,
    pool,
    linear,
    norm,
    reduce,
    move,
    quantize,
]
