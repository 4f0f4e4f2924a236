/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inverse trigonometric and hyperbolic functions of float32. Integer inputs are
 * converted first, as torch does.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "runtime/math.h"

static void row_acos(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_acosf(x[i]);
    }
}

ScStatus sc_aten_acos_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_acos, 0);
}

static void row_acosh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_acoshf(x[i]);
    }
}

ScStatus sc_aten_acosh_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_acosh, 0);
}

static void row_asin(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_asinf(x[i]);
    }
}

ScStatus sc_aten_asin_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_asin, 0);
}

static void row_asinh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_asinhf(x[i]);
    }
}

ScStatus sc_aten_asinh_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_asinh, 0);
}

static void row_atan(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_atanf(x[i]);
    }
}

ScStatus sc_aten_atan_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_atan, 0);
}

static void row_atanh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_atanhf(x[i]);
    }
}

ScStatus sc_aten_atanh_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_atanh, 0);
}

static void row_atan2(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_atan2f(in[0][i], in[1][i]);
    }
}

ScStatus sc_aten_atan2_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_atan2, 0);
}
