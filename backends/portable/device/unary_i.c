/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of one integer or bool. Rounding functions are copies; isnan and
 * isinf are false. neg and abs wrap at the smallest integer.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_neg(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = (int64_t)(0 - (uint64_t)in[0][i]);
    }
}

ScStatus sc_aten_neg_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_neg, 0);
}

static void row_abs(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        int64_t v = in[0][i];
        out[i] = v < 0 ? (int64_t)(0 - (uint64_t)v) : v;
    }
}

ScStatus sc_aten_abs_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_abs, 0);
}

static void row_relu(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] < 0 ? 0 : in[0][i];
    }
}

ScStatus sc_aten_relu_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_relu, 0);
}

static void row_sign(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = (in[0][i] > 0) - (in[0][i] < 0);
    }
}

ScStatus sc_aten_sign_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_sign, 0);
}

static void row_copy(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i];
    }
}

ScStatus sc_aten_ceil_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_copy, 0);
}

ScStatus sc_aten_floor_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_copy, 0);
}

ScStatus sc_aten_trunc_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_copy, 0);
}

ScStatus sc_aten_round_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_copy, 0);
}

static void row_false(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    (void)in;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
    }
}

ScStatus sc_aten_isnan_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_false, 0);
}

ScStatus sc_aten_isinf_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_false, 0);
}

static void row_logical_not(const int64_t *k, size_t n, const int64_t *const *in,
                            int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] == 0;
    }
}

ScStatus sc_aten_logical_not_out_i(ScCall *c) {
    return sc_map_i(c, 1, 1, row_logical_not, 0);
}

static void row_bitwise_not(const int64_t *k, size_t n, const int64_t *const *in,
                            int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = ~in[0][i];
    }
}

ScStatus sc_aten_bitwise_not_out_i(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 1);
    return sc_map_i(c, 1, 1, out.dtype == SC_BOOL ? row_logical_not : row_bitwise_not, 0);
}
