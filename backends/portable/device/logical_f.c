/* SPDX-License-Identifier: Apache-2.0 */
/* logical_and, logical_or, logical_xor of float32 (NaN is true); the result is bool. */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_and(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        bool a = in[0][i] != 0.0f, b = in[1][i] != 0.0f;
        out[i] = a && b ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_logical_and_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_and, 0);
}

static void row_or(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        bool a = in[0][i] != 0.0f, b = in[1][i] != 0.0f;
        out[i] = a || b ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_logical_or_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_or, 0);
}

static void row_xor(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        bool a = in[0][i] != 0.0f, b = in[1][i] != 0.0f;
        out[i] = a != b ? 1.0f : 0.0f;
    }
}

ScStatus sc_aten_logical_xor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_xor, 0);
}
