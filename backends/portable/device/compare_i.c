/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons of integers; the result is bool. An integer tensor against a
 * double scalar is compared in float32, as torch promotes it.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_eq(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] == y[i];
    }
}

static void row_eq_k(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    int64_t y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] == y;
    }
}

ScStatus sc_aten_eq_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_eq, 0);
}

ScStatus sc_aten_eq_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_scalar_as(c, 1, 0)};
    if (sc_arg_scalar(c, 1).kind == SC_SCALAR_DOUBLE) {
        return sc_aten_eq_Scalar_out_f(c);
    }
    return sc_map_i(c, 1, 2, row_eq_k, k);
}

static void row_ne(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] != y[i];
    }
}

static void row_ne_k(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    int64_t y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] != y;
    }
}

ScStatus sc_aten_ne_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_ne, 0);
}

ScStatus sc_aten_ne_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_scalar_as(c, 1, 0)};
    if (sc_arg_scalar(c, 1).kind == SC_SCALAR_DOUBLE) {
        return sc_aten_ne_Scalar_out_f(c);
    }
    return sc_map_i(c, 1, 2, row_ne_k, k);
}

static void row_lt(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] < y[i];
    }
}

static void row_lt_k(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    int64_t y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] < y;
    }
}

ScStatus sc_aten_lt_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_lt, 0);
}

ScStatus sc_aten_lt_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_scalar_as(c, 1, 0)};
    if (sc_arg_scalar(c, 1).kind == SC_SCALAR_DOUBLE) {
        return sc_aten_lt_Scalar_out_f(c);
    }
    return sc_map_i(c, 1, 2, row_lt_k, k);
}

static void row_le(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] <= y[i];
    }
}

static void row_le_k(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    int64_t y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] <= y;
    }
}

ScStatus sc_aten_le_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_le, 0);
}

ScStatus sc_aten_le_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_scalar_as(c, 1, 0)};
    if (sc_arg_scalar(c, 1).kind == SC_SCALAR_DOUBLE) {
        return sc_aten_le_Scalar_out_f(c);
    }
    return sc_map_i(c, 1, 2, row_le_k, k);
}

static void row_gt(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] > y[i];
    }
}

static void row_gt_k(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    int64_t y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] > y;
    }
}

ScStatus sc_aten_gt_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_gt, 0);
}

ScStatus sc_aten_gt_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_scalar_as(c, 1, 0)};
    if (sc_arg_scalar(c, 1).kind == SC_SCALAR_DOUBLE) {
        return sc_aten_gt_Scalar_out_f(c);
    }
    return sc_map_i(c, 1, 2, row_gt_k, k);
}

static void row_ge(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0], *y = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] >= y[i];
    }
}

static void row_ge_k(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    int64_t y = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] >= y;
    }
}

ScStatus sc_aten_ge_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_ge, 0);
}

ScStatus sc_aten_ge_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_scalar_as(c, 1, 0)};
    if (sc_arg_scalar(c, 1).kind == SC_SCALAR_DOUBLE) {
        return sc_aten_ge_Scalar_out_f(c);
    }
    return sc_map_i(c, 1, 2, row_ge_k, k);
}
