/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of one float32 that need runtime/math: one row function an operator.
 * Integer inputs are converted first, as torch does.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "runtime/math.h"

static void row_exp(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_expf(v);
    }
}

ScStatus sc_aten_exp_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_exp, 0);
}

static void row_expm1(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_expm1f(v);
    }
}

ScStatus sc_aten_expm1_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_expm1, 0);
}

static void row_log(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_logf(v);
    }
}

ScStatus sc_aten_log_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_log, 0);
}

static void row_log1p(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_log1pf(v);
    }
}

ScStatus sc_aten_log1p_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_log1p, 0);
}

static void row_log2(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_logf(v) * 1.442695041f;
    }
}

ScStatus sc_aten_log2_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_log2, 0);
}

static void row_log10(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_logf(v) * 0.43429448f;
    }
}

ScStatus sc_aten_log10_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_log10, 0);
}

static void row_erf(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_erff(v);
    }
}

ScStatus sc_aten_erf_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_erf, 0);
}

static void row_sin(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_sinf(v);
    }
}

ScStatus sc_aten_sin_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_sin, 0);
}

static void row_cos(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_cosf(v);
    }
}

ScStatus sc_aten_cos_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_cos, 0);
}

static void row_tan(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_sinf(v) / sc_cosf(v);
    }
}

ScStatus sc_aten_tan_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_tan, 0);
}

static void row_sigmoid(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = 1.0f / (1.0f + sc_expf(-v));
    }
}

ScStatus sc_aten_sigmoid_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_sigmoid, 0);
}

static void row_tanh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = sc_tanhf(v);
    }
}

ScStatus sc_aten_tanh_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_tanh, 0);
}

/* Below 1 expm1 keeps the digits that e^v - e^-v would cancel. */
static void row_sinh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float a = sc_fabsf(x[i]);
        float half = sc_expf(0.5f * a); /* e^a may overflow where sinh doesn't */
        float e = sc_expm1f(a);
        float y = a < 1.0f ? 0.5f * (e + e / (e + 1.0f))
                           : 0.5f * half * half - 0.5f / half / half;
        out[i] = sc_copysignf(y, x[i]);
    }
}

ScStatus sc_aten_sinh_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_sinh, 0);
}

static void row_cosh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float half = sc_expf(0.5f * sc_fabsf(x[i]));
        out[i] = 0.5f * half * half + 0.5f / half / half;
    }
}

ScStatus sc_aten_cosh_out_f(ScCall *c) {
    return sc_map_f(c, 1, 1, row_cosh, 0);
}
