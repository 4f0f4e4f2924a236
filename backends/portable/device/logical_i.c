/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logical_and, logical_or, logical_xor of integers and bool (the result is
 * bool); bitwise_and, bitwise_or, bitwise_xor.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_and(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        bool a = in[0][i] != 0, b = in[1][i] != 0;
        out[i] = a && b;
    }
}

ScStatus sc_aten_logical_and_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_and, 0);
}

static void row_or(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        bool a = in[0][i] != 0, b = in[1][i] != 0;
        out[i] = a || b;
    }
}

ScStatus sc_aten_logical_or_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_or, 0);
}

static void row_xor(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        bool a = in[0][i] != 0, b = in[1][i] != 0;
        out[i] = a != b;
    }
}

ScStatus sc_aten_logical_xor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_xor, 0);
}

static void row_bit_and(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] & (k ? k[0] : in[1][i]);
    }
}

ScStatus sc_aten_bitwise_and_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_bit_and, 0);
}

ScStatus sc_aten_bitwise_and_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_arg_scalar(c, 1).i};
    return sc_map_i(c, 1, 2, row_bit_and, k);
}

static void row_bit_or(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] | (k ? k[0] : in[1][i]);
    }
}

ScStatus sc_aten_bitwise_or_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_bit_or, 0);
}

ScStatus sc_aten_bitwise_or_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_arg_scalar(c, 1).i};
    return sc_map_i(c, 1, 2, row_bit_or, k);
}

static void row_bit_xor(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] ^ (k ? k[0] : in[1][i]);
    }
}

ScStatus sc_aten_bitwise_xor_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_bit_xor, 0);
}

ScStatus sc_aten_bitwise_xor_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {sc_arg_scalar(c, 1).i};
    return sc_map_i(c, 1, 2, row_bit_xor, k);
}
