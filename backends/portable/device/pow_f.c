/* SPDX-License-Identifier: Apache-2.0 */
/* pow in float32. Usual exponents take no series, which also saves MCUs double. */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "runtime/math.h"

static void row_square(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] * x[i];
    }
}

static void row_cube(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] * x[i] * x[i];
    }
}

/* torch's answer for the exponent 0.5: NaN for -inf, -0 for -0. */
static void row_root(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_sqrtf(x[i]);
    }
}

static void row_power_k(const float *k, size_t n, const float *const *in, float *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_powf(in[0][i], k[0]);
    }
}

ScStatus sc_aten_pow_Tensor_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    ScRowF row = k[0] == 2.0f   ? row_square
                 : k[0] == 3.0f ? row_cube
                 : k[0] == 0.5f ? row_root
                                : row_power_k;
    return sc_map_f(c, 1, 2, row, k);
}

static void row_power(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_powf(in[0][i], in[1][i]);
    }
}

ScStatus sc_aten_pow_Tensor_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_power, 0);
}

static void row_k_power(const float *k, size_t n, const float *const *in, float *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_powf(k[0], in[0][i]);
    }
}

ScStatus sc_aten_pow_Scalar_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 0).d};
    ScTensor in = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 2);
    return sc_pointwise_f(&out, &in, 1, row_k_power, k);
}
