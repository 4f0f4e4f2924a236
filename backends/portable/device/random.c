/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers in float32 without any state: rand (uniform in [0, 1)), randn
 * (normal), native_dropout. Element i of a call is a hash of i and of a constant that
 * differs between the three: every run of a program gives the same numbers, and two
 * calls of one operator with outputs of one size give the same. Stock ExecuTorch takes
 * a new seed each time; a program whose result must not repeat feeds its noise in.
 *
 * The hash is splitmix64's output function (Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", 2014).
 */
#include <string.h>

#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

enum { STREAM_RAND = 1, STREAM_RANDN = 2, STREAM_DROPOUT = 3 };

static uint32_t random_bits(uint64_t stream, uint64_t i) {
    uint64_t x = (stream << 56) + (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) >> 32);
}

/* A multiple of 2^-24 in [0, 1). */
static float uniform(uint64_t stream, uint64_t i) {
    return (float)(random_bits(stream, i) >> 8) * (1.0f / 16777216.0f);
}

/* Argument 0 is the list of sizes; the output has them already. */
static ScStatus sized_read(const ScCall *c, ScTensor *out) {
    ScView view;
    *out = sc_arg_tensor(c, 1);
    SC_TRY(sc_view(out, &view));
    if (out->dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    return sc_sizes_given(c, out);
}

ScStatus sc_aten_rand_out_f(ScCall *c) {
    ScTensor out;
    SC_TRY(sized_read(c, &out));
    size_t n = sc_tensor_numel(&out);
    for (size_t i = 0; i < n; i++) {
        ((float *)out.data)[i] = uniform(STREAM_RAND, i);
    }
    return SC_OK;
}

/* Box and Muller's method: two uniform numbers a result, the first not 0. */
ScStatus sc_aten_randn_out_f(ScCall *c) {
    const float two_pi = 6.28318531f;
    ScTensor out;
    SC_TRY(sized_read(c, &out));
    size_t n = sc_tensor_numel(&out);
    for (size_t i = 0; i < n; i++) {
        float u = 1.0f - uniform(STREAM_RANDN, 2 * (uint64_t)i);
        float v = uniform(STREAM_RANDN, 2 * (uint64_t)i + 1);
        ((float *)out.data)[i] = sc_sqrtf(-2.0f * sc_logf(u)) * sc_cosf(two_pi * v);
    }
    return SC_OK;
}

/* (input, p, train?, out, mask): as torch, what stays is divided by 1 - p (stock
 * ExecuTorch leaves that out). Not training is a copy. */
ScStatus sc_aten_native_dropout_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3),
             mask = sc_arg_tensor(c, 4);
    float p = (float)sc_arg_double(c, 1);
    bool trains = sc_arg_is_none(c, 2) || sc_arg_bool(c, 2);
    ScView from, to, kept;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_view(&mask, &kept));
    if (in.dtype != SC_F32 || out.dtype != SC_F32 || mask.dtype != SC_BOOL) {
        return SC_E_UNSUPPORTED;
    }
    if (!sc_same_layout(&in, &out) || !sc_same_layout(&in, &mask) ||
        !(p >= 0.0f && p <= 1.0f)) {
        return SC_E_SHAPE;
    }
    size_t n = sc_view_numel(&from);
    float scale = !trains ? 1.0f : p < 1.0f ? 1.0f / (1.0f - p) : 0.0f;
    for (size_t i = 0; i < n; i++) {
        bool keep = !trains || uniform(STREAM_DROPOUT, i) >= p;
        kept.data[i] = keep;
        ((float *)out.data)[i] = keep ? ((const float *)in.data)[i] * scale : 0.0f;
    }
    return SC_OK;
}
