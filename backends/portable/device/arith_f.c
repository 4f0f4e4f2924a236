/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of two operands in float32: add, sub, rsub, mul, div with its
 * rounding modes, floor_divide, fmod, remainder, pow, minimum, maximum,
 * clamp.Tensor. A scalar operand is a constant of the row function.
 */
#include <string.h>

#include "backends/portable/device/divide.h"
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "runtime/math.h"

static float scalar_read(const ScCall *c, uint32_t index) {
    return (float)sc_arg_scalar(c, index).d;
}

/* ---- add, sub, mul ------------------------------------------------------------ */

/* k: what the second operand is multiplied by */
static void row_add(const float *k, size_t n, const float *const *in, float *out) {
    const float *a = in[0], *b = in[1];
    float alpha = k[0];
    if (alpha == 1.0f) {
        for (size_t i = 0; i < n; i++) {
            out[i] = a[i] + b[i];
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = a[i] + alpha * b[i];
    }
}

/* out = k[0] * x + k[1]; k[0] is 1 or -1, so the product is exact */
static void row_shift(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float factor = k[0], term = k[1];
    for (size_t i = 0; i < n; i++) {
        out[i] = factor * x[i] + term;
    }
}

ScStatus sc_aten_add_out_f(ScCall *c) {
    const float k[1] = {scalar_read(c, 2)};
    return sc_map_f(c, 2, 3, row_add, k);
}

ScStatus sc_aten_sub_out_f(ScCall *c) {
    const float k[1] = {-scalar_read(c, 2)};
    return sc_map_f(c, 2, 3, row_add, k);
}

ScStatus sc_aten_add_Scalar_out_f(ScCall *c) {
    const float k[2] = {1.0f, scalar_read(c, 1) * scalar_read(c, 2)};
    return sc_map_f(c, 1, 3, row_shift, k);
}

ScStatus sc_aten_sub_Scalar_out_f(ScCall *c) {
    const float k[2] = {1.0f, -(scalar_read(c, 1) * scalar_read(c, 2))};
    return sc_map_f(c, 1, 3, row_shift, k);
}

/* other - alpha * self */
static void row_rsub(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = k[0] - k[1] * x[i];
    }
}

ScStatus sc_aten_rsub_Scalar_out_f(ScCall *c) {
    const float k[2] = {scalar_read(c, 1), scalar_read(c, 2)};
    return sc_map_f(c, 1, 3, row_rsub, k);
}

static void row_mul(const float *k, size_t n, const float *const *in, float *out) {
    const float *a = in[0], *b = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = a[i] * b[i];
    }
}

static void row_scale(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float factor = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] * factor;
    }
}

ScStatus sc_aten_mul_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_mul, 0);
}

ScStatus sc_aten_mul_Scalar_out_f(ScCall *c) {
    const float k[1] = {scalar_read(c, 1)};
    return sc_map_f(c, 1, 2, row_scale, k);
}

/* ---- division -------------------------------------------------------------------- */

/* Python's: the quotient of the exact division rounded down, whole even where
 * a / b rounds up to the next integer. */
static float floor_divide(float a, float b) {
    if (b == 0.0f) {
        return a / b;
    }
    float rest = sc_fmodf(a, b);
    float quotient = (a - rest) / b;
    if (rest != 0.0f && (b < 0.0f) != (rest < 0.0f)) {
        quotient -= 1.0f;
    }
    if (quotient == 0.0f) {
        return sc_copysignf(0.0f, a / b);
    }
    float whole = sc_floorf(quotient);
    return quotient - whole > 0.5f ? whole + 1.0f : whole;
}

/* torch's remainder: the sign of the divisor. */
static float remainder_of(float a, float b) {
    float rest = sc_fmodf(a, b);
    return rest != 0.0f && (b < 0.0f) != (rest < 0.0f) ? rest + b : rest;
}

static void row_div(const float *k, size_t n, const float *const *in, float *out) {
    const float *a = in[0], *b = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = a[i] / b[i];
    }
}

static void row_div_trunc(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_truncf(in[0][i] / in[1][i]);
    }
}

static void row_div_floor(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = floor_divide(in[0][i], in[1][i]);
    }
}

static void row_div_k(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    float divisor = k[0];
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] / divisor;
    }
}

static void row_div_trunc_k(const float *k, size_t n, const float *const *in, float *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_truncf(in[0][i] / k[0]);
    }
}

static void row_div_floor_k(const float *k, size_t n, const float *const *in, float *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = floor_divide(in[0][i], k[0]);
    }
}

ScStatus sc_aten_div_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_div, 0);
}

ScStatus sc_aten_div_Scalar_out_f(ScCall *c) {
    const float k[1] = {scalar_read(c, 1)};
    return sc_map_f(c, 1, 2, row_div_k, k);
}

ScStatus sc_aten_div_out_mode_f(ScCall *c) {
    switch (sc_divide_mode(c, 2)) {
    case SC_DIVIDE_TRUE:
        return sc_map_f(c, 2, 3, row_div, 0);
    case SC_DIVIDE_TRUNC:
        return sc_map_f(c, 2, 3, row_div_trunc, 0);
    case SC_DIVIDE_FLOOR:
        return sc_map_f(c, 2, 3, row_div_floor, 0);
    default:
        return SC_E_UNSUPPORTED;
    }
}

ScStatus sc_aten_div_Scalar_mode_out_f(ScCall *c) {
    const float k[1] = {scalar_read(c, 1)};
    switch (sc_divide_mode(c, 2)) {
    case SC_DIVIDE_TRUE:
        return sc_map_f(c, 1, 3, row_div_k, k);
    case SC_DIVIDE_TRUNC:
        return sc_map_f(c, 1, 3, row_div_trunc_k, k);
    case SC_DIVIDE_FLOOR:
        return sc_map_f(c, 1, 3, row_div_floor_k, k);
    default:
        return SC_E_UNSUPPORTED;
    }
}

ScStatus sc_aten_floor_divide_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_div_floor, 0);
}

static void row_fmod(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_fmodf(in[0][i], in[1][i]);
    }
}

static void row_fmod_k(const float *k, size_t n, const float *const *in, float *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_fmodf(in[0][i], k[0]);
    }
}

ScStatus sc_aten_fmod_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_fmod, 0);
}

ScStatus sc_aten_fmod_Scalar_out_f(ScCall *c) {
    const float k[1] = {scalar_read(c, 1)};
    return sc_map_f(c, 1, 2, row_fmod_k, k);
}

static void row_remainder(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = remainder_of(in[0][i], in[1][i]);
    }
}

static void row_remainder_k(const float *k, size_t n, const float *const *in, float *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = remainder_of(in[0][i], k[0]);
    }
}

ScStatus sc_aten_remainder_Tensor_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_remainder, 0);
}

ScStatus sc_aten_remainder_Scalar_out_f(ScCall *c) {
    const float k[1] = {scalar_read(c, 1)};
    return sc_map_f(c, 1, 2, row_remainder_k, k);
}

/* ---- minimum, maximum, clamp.Tensor: NaN wins ------------------------------------- */

static float lower_of(float a, float b) {
    return a != a || a < b ? a : b;
}

static float higher_of(float a, float b) {
    return a != a || a > b ? a : b;
}

static void row_minimum(const float *k, size_t n, const float *const *in, float *out) {
    const float *a = in[0], *b = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = lower_of(a[i], b[i]);
    }
}

static void row_maximum(const float *k, size_t n, const float *const *in, float *out) {
    const float *a = in[0], *b = in[1];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = higher_of(a[i], b[i]);
    }
}

static void row_clamp(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = lower_of(higher_of(in[0][i], in[1][i]), in[2][i]);
    }
}

ScStatus sc_aten_minimum_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_minimum, 0);
}

ScStatus sc_aten_maximum_out_f(ScCall *c) {
    return sc_map_f(c, 2, 2, row_maximum, 0);
}

ScStatus sc_aten_clamp_Tensor_out_f(ScCall *c) {
    ScTensor in[3] = {sc_arg_tensor(c, 0)};
    ScTensor out = sc_arg_tensor(c, 3);
    bool has_low = !sc_arg_is_none(c, 1), has_high = !sc_arg_is_none(c, 2);
    if (has_low) {
        in[1] = sc_arg_tensor(c, 1);
    }
    if (has_high) {
        in[has_low ? 2 : 1] = sc_arg_tensor(c, 2);
    }
    if (has_low && has_high) {
        return sc_pointwise_f(&out, in, 3, row_clamp, 0);
    }
    return has_low || has_high
               ? sc_pointwise_f(&out, in, 2, has_low ? row_maximum : row_minimum, 0)
               : SC_E_SHAPE;
}
