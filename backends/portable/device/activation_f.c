/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Activations with constants, in float32: hardtanh, clamp, elu, leaky_relu,
 * gelu. NaN passes through. The integer hardtanh and clamp are in clamp_i.c.
 */
#include <string.h>

#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "runtime/math.h"

static void row_clamp(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float low = k[0], high = k[1];
    for (size_t i = 0; i < n; i++) {
        float v = x[i] < low ? low : x[i];
        out[i] = v > high ? high : v;
    }
}

ScStatus sc_aten_hardtanh_out_f(ScCall *c) {
    const float k[2] = {(float)sc_arg_scalar(c, 1).d, (float)sc_arg_scalar(c, 2).d};
    return sc_map_f(c, 1, 3, row_clamp, k);
}

/* A missing bound is an infinity. */
ScStatus sc_aten_clamp_out_f(ScCall *c) {
    float k[2] = {-__builtin_inff(), __builtin_inff()};
    for (uint32_t i = 0; i < 2; i++) {
        if (!sc_arg_is_none(c, 1 + i)) {
            k[i] = (float)sc_arg_scalar(c, 1 + i).d;
        }
    }
    return sc_map_f(c, 1, 3, row_clamp, k);
}

/* k: alpha, scale, input_scale */
static void row_elu(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float below = k[0] * k[1];
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        out[i] = v <= 0.0f ? sc_expm1f(v * k[2]) * below : v * k[1];
    }
}

ScStatus sc_aten_elu_out_f(ScCall *c) {
    const float k[3] = {(float)sc_arg_scalar(c, 1).d, (float)sc_arg_scalar(c, 2).d,
                        (float)sc_arg_scalar(c, 3).d};
    return sc_map_f(c, 1, 4, row_elu, k);
}

static void row_leaky_relu(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float slope = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] > 0.0f ? x[i] : x[i] * slope;
    }
}

ScStatus sc_aten_leaky_relu_out_f(ScCall *c) {
    const float k[1] = {(float)sc_arg_scalar(c, 1).d};
    return sc_map_f(c, 1, 2, row_leaky_relu, k);
}

static void row_gelu(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0.5f * x[i] * (1.0f + sc_erff(x[i] * 0.70710678f));
    }
}

static void row_gelu_tanh(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        float inner = 0.79788456f * (v + 0.044715f * v * v * v); /* sqrt(2 / pi) */
        out[i] = 0.5f * v * (1.0f + sc_tanhf(inner));
    }
}

ScStatus sc_aten_gelu_out_f(ScCall *c) {
    uint32_t n;
    const char *kind = sc_arg_string(c, 1, &n);
    if (n == 4 && memcmp(kind, "none", 4) == 0) {
        return sc_map_f(c, 1, 2, row_gelu, 0);
    }
    if (n == 4 && memcmp(kind, "tanh", 4) == 0) {
        return sc_map_f(c, 1, 2, row_gelu_tanh, 0);
    }
    return SC_E_UNSUPPORTED;
}

/* k: lowest, highest; without eps they are -inf and inf */
static void row_logit(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    for (size_t i = 0; i < n; i++) {
        float v = x[i] < k[0] ? k[0] : x[i];
        v = v > k[1] ? k[1] : v;
        out[i] = sc_logf(v / (1.0f - v));
    }
}

ScStatus sc_aten_logit_out_f(ScCall *c) {
    float k[2] = {-__builtin_inff(), __builtin_inff()};
    if (!sc_arg_is_none(c, 1)) {
        k[0] = (float)sc_arg_double(c, 1);
        k[1] = 1.0f - k[0];
    }
    return sc_map_f(c, 1, 2, row_logit, k);
}

/* The first half of an axis times the sigmoid of the second. */
static void row_glu(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0], *gate = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] / (1.0f + sc_expf(-gate[i]));
    }
}

ScStatus sc_aten_glu_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    ScView from;
    uint32_t axis;
    SC_TRY(sc_need_dense(&in, SC_F32));
    SC_TRY(sc_need_dense(&out, SC_F32));
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    if (in.rank == 0 || out.rank != in.rank || in.sizes[axis] % 2 != 0) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < in.rank; d++) {
        if (out.sizes[d] != (d == axis ? in.sizes[d] / 2 : in.sizes[d])) {
            return SC_E_SHAPE;
        }
    }
    size_t n_half = from.sizes[axis] / 2 * (size_t)from.strides[axis];
    size_t n_rows = n_half ? sc_view_numel(&from) / (2 * n_half) : 0;
    for (size_t row = 0; row < n_rows; row++) {
        const float *x = (const float *)in.data + row * 2 * n_half;
        const float *halves[2] = {x, x + n_half};
        row_glu(0, n_half, halves, (float *)out.data + row * n_half);
    }
    return SC_OK;
}
