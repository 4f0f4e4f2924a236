/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of one float32 that need no series: one row function an operator.
 * isnan, isinf and logical_not give bool. NaN passes
 * through the others, but sign makes it 0, as torch does.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "runtime/math.h"

static void row_neg(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = -v;
    }
}

ScStatus sc_aten_neg_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_neg, 0);
}

static void row_abs(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_fabsf(v);
    }
}

ScStatus sc_aten_abs_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_abs, 0);
}

static void row_relu(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = v < 0.0f ? 0.0f : v;
    }
}

ScStatus sc_aten_relu_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_relu, 0);
}

static void row_sqrt(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_sqrtf(v);
    }
}

ScStatus sc_aten_sqrt_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_sqrt, 0);
}

static void row_rsqrt(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = 1.0f / sc_sqrtf(v);
    }
}

ScStatus sc_aten_rsqrt_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_rsqrt, 0);
}

static void row_reciprocal(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = 1.0f / v;
    }
}

ScStatus sc_aten_reciprocal_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_reciprocal, 0);
}

static void row_ceil(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_ceilf(v);
    }
}

ScStatus sc_aten_ceil_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_ceil, 0);
}

static void row_floor(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_floorf(v);
    }
}

ScStatus sc_aten_floor_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_floor, 0);
}

static void row_trunc(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_truncf(v);
    }
}

ScStatus sc_aten_trunc_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_trunc, 0);
}

static void row_round(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_roundevenf(v);
    }
}

ScStatus sc_aten_round_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_round, 0);
}

static void row_sign(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = v > 0.0f ? 1.0f : v < 0.0f ? -1.0f : 0.0f;
    }
}

ScStatus sc_aten_sign_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_sign, 0);
}

static void row_isnan(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = v != v ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_isnan_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_isnan, 0);
}

static void row_isinf(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_fabsf(v) == __builtin_inff() ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_isinf_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_isinf, 0);
}

static void row_logical_not(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = v == 0.0f ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_logical_not_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_logical_not, 0);
}
