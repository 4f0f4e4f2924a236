/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons in float32; the result is bool. NaN is unequal to everything.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_eq(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] == y[i] ? 1.0f : 0.0f;
    }
}

static void row_eq_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] == y ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_eq_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_eq, 0);
}

ScStatus sc_aten_eq_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_eq_k, k);
}

static void row_ne(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] != y[i] ? 1.0f : 0.0f;
    }
}

static void row_ne_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] != y ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_ne_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_ne, 0);
}

ScStatus sc_aten_ne_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_ne_k, k);
}

static void row_lt(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] < y[i] ? 1.0f : 0.0f;
    }
}

static void row_lt_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] < y ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_lt_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_lt, 0);
}

ScStatus sc_aten_lt_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_lt_k, k);
}

static void row_le(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] <= y[i] ? 1.0f : 0.0f;
    }
}

static void row_le_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] <= y ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_le_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_le, 0);
}

ScStatus sc_aten_le_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_le_k, k);
}

static void row_gt(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] > y[i] ? 1.0f : 0.0f;
    }
}

static void row_gt_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] > y ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_gt_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_gt, 0);
}

ScStatus sc_aten_gt_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_gt_k, k);
}

static void row_ge(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] >= y[i] ? 1.0f : 0.0f;
    }
}

static void row_ge_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] >= y ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_ge_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_ge, 0);
}

ScStatus sc_aten_ge_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_ge_k, k);
}
