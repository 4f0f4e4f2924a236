/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of two integers: exact in 64 bits, then cut to the output's dtype
 * (wrapping; "not 0" for bool). Division by zero is SC_E_RANGE, as torch raises.
 */
#include "backends/portable/device/divide.h"
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static int64_t scalar_read(const ScCall *c, uint32_t index) {
    return sc_arg_scalar(c, index).i;
}

/* a + b * c modulo 2^64 */
static int64_t multiply_add(int64_t a, int64_t b, int64_t c) {
    return (int64_t)((uint64_t)a + (uint64_t)b * (uint64_t)c);
}

/* ---- add, sub, mul ------------------------------------------------------------ */

static void row_add(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = multiply_add(in[0][i], in[1][i], k[0]);
    }
}

/* k[0] * x + k[1] */
static void row_linear(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = multiply_add(k[1], in[0][i], k[0]);
    }
}

static void row_mul(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = multiply_add(0, in[0][i], in[1][i]);
    }
}

ScStatus sc_aten_add_out_i(ScCall *c) {
    const int64_t k[1] = {scalar_read(c, 2)};
    return sc_map_i(c, 2, 3, row_add, k);
}

ScStatus sc_aten_sub_out_i(ScCall *c) {
    const int64_t k[1] = {multiply_add(0, scalar_read(c, 2), -1)};
    return sc_map_i(c, 2, 3, row_add, k);
}

ScStatus sc_aten_add_Scalar_out_i(ScCall *c) {
    const int64_t k[2] = {1, multiply_add(0, scalar_read(c, 1), scalar_read(c, 2))};
    return sc_map_i(c, 1, 3, row_linear, k);
}

ScStatus sc_aten_sub_Scalar_out_i(ScCall *c) {
    int64_t term = multiply_add(0, scalar_read(c, 1), scalar_read(c, 2));
    const int64_t k[2] = {1, multiply_add(0, term, -1)};
    return sc_map_i(c, 1, 3, row_linear, k);
}

ScStatus sc_aten_rsub_Scalar_out_i(ScCall *c) {
    const int64_t k[2] = {multiply_add(0, scalar_read(c, 2), -1), scalar_read(c, 1)};
    return sc_map_i(c, 1, 3, row_linear, k);
}

ScStatus sc_aten_mul_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_mul, 0);
}

ScStatus sc_aten_mul_Scalar_out_i(ScCall *c) {
    const int64_t k[2] = {scalar_read(c, 1), 0};
    return sc_map_i(c, 1, 2, row_linear, k);
}

/* ---- division: the divisor was checked, it isn't 0 ---------------------------------- */

static int64_t quotient_trunc(int64_t a, int64_t b) {
    return b == -1 ? multiply_add(0, a, -1) : a / b;
}

static int64_t rest_trunc(int64_t a, int64_t b) {
    return b == -1 ? 0 : a % b;
}

static int64_t rest_floor(int64_t a, int64_t b) {
    int64_t rest = rest_trunc(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static int64_t quotient_floor(int64_t a, int64_t b) {
    int64_t rest = rest_trunc(a, b);
    return quotient_trunc(a, b) - (rest != 0 && (rest < 0) != (b < 0));
}

/* The divisor is k[0], or the second operand when k is NULL. That was checked, but a
 * hostile file may lay the output over it: then 1 for 0, which would trap. */
static int64_t divisor_at(const int64_t *k, const int64_t *const *in, size_t i) {
    int64_t divisor = k ? k[0] : in[1][i];
    return divisor ? divisor : 1;
}

static void row_trunc(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = quotient_trunc(in[0][i], divisor_at(k, in, i));
    }
}

static void row_floor(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = quotient_floor(in[0][i], divisor_at(k, in, i));
    }
}

static void row_fmod(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = rest_trunc(in[0][i], divisor_at(k, in, i));
    }
}

static void row_remainder(const int64_t *k, size_t n, const int64_t *const *in,
                          int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = rest_floor(in[0][i], divisor_at(k, in, i));
    }
}

/* SC_E_RANGE when any element of a divisor is 0. */
static ScStatus divisors_check(const ScTensor *t) {
    ScView view;
    SC_TRY(sc_view(t, &view));
    if (!sc_dtype_is_known(t->dtype, false)) {
        return SC_E_UNSUPPORTED;
    }
    size_t n = sc_view_numel(&view);
    for (size_t i = 0; i < n; i++) {
        int64_t value;
        sc_load_i64(&value, t->data, t->dtype, (ptrdiff_t)i, 1, 1);
        if (value == 0) {
            return SC_E_RANGE;
        }
    }
    return SC_OK;
}

static ScStatus divide_tensor(const ScCall *c, uint32_t out, ScRowI row) {
    ScTensor divisors = sc_arg_tensor(c, 1);
    SC_TRY(divisors_check(&divisors));
    return sc_map_i(c, 2, out, row, 0);
}

static ScStatus divide_scalar(const ScCall *c, uint32_t out, ScRowI row) {
    const int64_t k[1] = {scalar_read(c, 1)};
    return k[0] != 0 ? sc_map_i(c, 1, out, row, k) : SC_E_RANGE;
}

ScStatus sc_aten_div_out_mode_i(ScCall *c) {
    switch (sc_divide_mode(c, 2)) {
    case SC_DIVIDE_TRUNC:
        return divide_tensor(c, 3, row_trunc);
    case SC_DIVIDE_FLOOR:
        return divide_tensor(c, 3, row_floor);
    default:
        return SC_E_UNSUPPORTED; /* a true quotient is a float */
    }
}

ScStatus sc_aten_div_Scalar_mode_out_i(ScCall *c) {
    switch (sc_divide_mode(c, 2)) {
    case SC_DIVIDE_TRUNC:
        return divide_scalar(c, 3, row_trunc);
    case SC_DIVIDE_FLOOR:
        return divide_scalar(c, 3, row_floor);
    default:
        return SC_E_UNSUPPORTED;
    }
}

ScStatus sc_aten_floor_divide_out_i(ScCall *c) {
    return divide_tensor(c, 2, row_floor);
}

ScStatus sc_aten_fmod_Tensor_out_i(ScCall *c) {
    return divide_tensor(c, 2, row_fmod);
}

ScStatus sc_aten_fmod_Scalar_out_i(ScCall *c) {
    return divide_scalar(c, 2, row_fmod);
}

ScStatus sc_aten_remainder_Tensor_out_i(ScCall *c) {
    return divide_tensor(c, 2, row_remainder);
}

ScStatus sc_aten_remainder_Scalar_out_i(ScCall *c) {
    return divide_scalar(c, 2, row_remainder);
}

/* ---- pow ----------------------------------------------------------------------------- */

/* The exponent is k[0], or the second operand when k is NULL. */
static int64_t exponent_at(const int64_t *k, const int64_t *const *in, size_t i) {
    return k ? k[0] : in[1][i];
}

/* Modulo 2^64; a negative exponent rounds the fraction towards zero. */
static int64_t power(int64_t base, int64_t exponent) {
    uint64_t result = 1, square = (uint64_t)base;
    if (exponent < 0) {
        return base == 1 ? 1 : base == -1 ? (exponent % 2 != 0 ? -1 : 1) : 0;
    }
    for (uint64_t left = (uint64_t)exponent; left; left >>= 1) {
        result *= left & 1 ? square : 1;
        square *= square;
    }
    return (int64_t)result;
}

static void row_power(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = power(in[0][i], exponent_at(k, in, i));
    }
}

ScStatus sc_aten_pow_Tensor_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {scalar_read(c, 1)};
    return sc_map_i(c, 1, 2, row_power, k);
}

ScStatus sc_aten_pow_Tensor_Tensor_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_power, 0);
}

static void row_k_power(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        out[i] = power(k[0], in[0][i]);
    }
}

ScStatus sc_aten_pow_Scalar_out_i(ScCall *c) {
    const int64_t k[1] = {scalar_read(c, 0)};
    ScTensor in = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 2);
    return sc_pointwise_i(&out, &in, 1, row_k_power, k);
}

/* ---- minimum, maximum -----------------------------------------------------------------
 */

static void row_minimum(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] < in[1][i] ? in[0][i] : in[1][i];
    }
}

static void row_maximum(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i] > in[1][i] ? in[0][i] : in[1][i];
    }
}

ScStatus sc_aten_minimum_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_minimum, 0);
}

ScStatus sc_aten_maximum_out_i(ScCall *c) {
    return sc_map_i(c, 2, 2, row_maximum, 0);
}
