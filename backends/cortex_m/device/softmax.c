/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::softmax.out(x, dim = last, input_zero_point, output_zero_point,
 *   input_multiplier, input_shift, diff_min, out): fixed point, output in 1/256
 *   from -128. exp and the reciprocal are those of gemmlowp's fixedpoint.h
 *   (public-domain mathematics: a 4th order Taylor step on [-1/4, 0], powers of e by
 *   the bits of the rest; Newton's iteration).
 */
#include <string.h>

#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "kernels/num.h"

enum { SUM_BITS = 12 }; /* integer bits of the sum of exponentials */

/* a * b / 2^31, rounded to the nearest, halves away from zero; saturating. */
static int32_t mul_q31(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    int64_t product = (int64_t)a * b;
    int64_t half = INT64_C(1) << 30;
    /* Division truncates; it is a shift in one direction only. */
    int64_t nudged = product >= 0 ? product + half : product + 1 - half;
    return nudged >= 0 ? (int32_t)(nudged >> 31) : -(int32_t)((-nudged) >> 31);
}

static int32_t shift_left_saturating(int32_t x, int32_t exponent) {
    int32_t limit = INT32_MAX >> exponent;
    if (x > limit) {
        return INT32_MAX;
    }
    return x < -limit - 1 ? INT32_MIN : (int32_t)((uint32_t)x << exponent);
}

/* exp(x) for x in [-1/4, 0), Q31. */
static int32_t exp_quarter(int32_t x) {
    const int32_t exp_eighth = 1895147668; /* exp(-1/8) */
    const int32_t third = 715827883;       /* 1/3 */
    x += 1 << 28;                          /* around -1/8 */
    int32_t x2 = mul_q31(x, x), x3 = mul_q31(x2, x), x4 = mul_q31(x2, x2);
    int32_t series =
        sc_shift_right_away(mul_q31(sc_shift_right_away(x4, 2) + x3, third) + x2, 1);
    return exp_eighth + mul_q31(exp_eighth, x + series);
}

/* exp(x) for x <= 0 in Q5.26, result in Q31. */
static int32_t exp_negative(int32_t x) {
    /* exp(-2^k), k = -2 .. 4, Q31 */
    static const int32_t powers[7] = {1672461947, 1302514674, 790015084, 290630308,
                                      39332535,   720401,     242};
    const int32_t quarter = 1 << 24;
    if (x == 0) {
        return INT32_MAX;
    }
    int32_t part = (x & (quarter - 1)) - quarter;
    int32_t result = exp_quarter(part * (1 << 5));
    int32_t rest = part - x;
    for (int32_t k = 0; k < 7; k++) {
        if (rest & (quarter << k)) {
            result = mul_q31(result, powers[k]);
        }
    }
    return result;
}

/* 1 / (1 + x) for x in [0, 1), Q31. */
static int32_t one_over_one_plus(int32_t x) {
    int64_t sum = (int64_t)x + INT32_MAX;
    int32_t half = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
    int32_t guess = 1515870810 + mul_q31(half, -1010580540); /* 48/17 - 32/17 d, Q29 */
    for (int32_t i = 0; i < 3; i++) {
        int32_t error = (1 << 29) - mul_q31(half, guess);
        guess += shift_left_saturating(mul_q31(guess, error), 2);
    }
    return shift_left_saturating(guess, 1);
}

static int32_t leading_zeros(uint32_t x) {
    int32_t n = 0;
    while (n < 32 && !(x & 0x80000000u)) {
        x <<= 1;
        n++;
    }
    return n;
}

typedef struct Softmax {
    int32_t multiplier, shift, diff_min;
} Softmax;

static int32_t exp_of(const Softmax *s, int32_t diff) {
    return exp_negative(mul_q31((int32_t)((uint32_t)diff << s->shift), s->multiplier));
}

static void softmax_row(const Softmax *s, const int8_t *x, int8_t *out, size_t n) {
    int32_t max = -128;
    for (size_t i = 0; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (x[i] - max >= s->diff_min) {
            sum += (uint32_t)sc_shift_right_away(exp_of(s, x[i] - max), SUM_BITS);
        }
    }
    if (sum == 0) { /* only with a diff_min > 0, which no compiler writes */
        memset(out, -128, n);
        return;
    }
    int32_t headroom = leading_zeros(sum);
    int32_t over = (int32_t)((sum << headroom) - 0x80000000u);
    int32_t scale = one_over_one_plus(over);
    int32_t bits = SUM_BITS - headroom + 23;
    for (size_t i = 0; i < n; i++) {
        int32_t value = -128;
        if (x[i] - max >= s->diff_min && bits >= 0 && bits <= 31) {
            int32_t product = mul_q31(scale, exp_of(s, x[i] - max));
            value = sc_clamp_i32(sc_shift_right_away(product, bits) - 128, -128, 127);
        }
        out[i] = (int8_t)value;
    }
}

ScStatus sc_cortex_m_softmax_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 7);
    int64_t dim = sc_arg_int(c, 1), shift = sc_arg_int(c, 5);
    SC_TRY(sc_same_bytes(&x, &out));
    if (x.rank < 1 || (dim != -1 && dim != (int64_t)x.rank - 1) || shift < 0 ||
        shift > 31) {
        return SC_E_SHAPE;
    }
    Softmax s = {(int32_t)sc_arg_int(c, 4), (int32_t)shift, (int32_t)sc_arg_int(c, 6)};
    size_t n = (size_t)x.sizes[x.rank - 1];
    for (size_t at = 0; n && at < sc_tensor_numel(&x); at += n) {
        softmax_row(&s, (const int8_t *)x.data + at, (int8_t *)out.data + at, n);
    }
    return SC_OK;
}
