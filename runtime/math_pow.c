/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_powf: 2^(y * log2(x)) in double, whose 53 bits leave enough for the
 * product. Series instead of fits: speed matters less than being plainly right.
 */
#include "runtime/math.h"

/* log2 of a positive finite float. */
static double log2_of(float x) {
    int32_t k = 0;
    uint32_t bits = sc_float_bits(x);
    if (bits < 0x00800000u) {
        bits = sc_float_bits(x * 33554432.0f);
        k = -25;
    }
    bits += 0x3f800000u - 0x3f3504f3u;
    k += (int32_t)(bits >> 23) - 127;
    bits = (bits & 0x007fffffu) + 0x3f3504f3u;
    double m = (double)sc_float_from_bits(bits);
    double s = (m - 1.0) / (m + 1.0), z = s * s, sum = 0.0;
    for (int32_t i = 19; i >= 1; i -= 2) { /* atanh(s) / s */
        sum = sum * z + 1.0 / (double)i;
    }
    return (double)k + 2.0 * s * sum * 1.4426950408889634;
}

/* 2^t rounded to float; t in [-150, 128). */
static float exp2_of(double t) {
    int32_t n = (int32_t)(t < 0.0 ? t - 0.5 : t + 0.5);
    double r = (t - (double)n) * 0.6931471805599453, sum = 1.0;
    for (int32_t i = 13; i >= 1; i--) {
        sum = 1.0 + sum * r / (double)i;
    }
    for (; n > 0; n--) {
        sum *= 2.0;
    }
    for (; n < 0; n++) {
        sum *= 0.5;
    }
    return (float)sum;
}

static int is_odd(float y) {
    float a = sc_fabsf(y);
    return a < 16777216.0f && ((uint32_t)a & 1u) != 0;
}

/* |x| ^ y for x = 0, inf or y infinite. */
static float pow_edge(float a, float y) {
    if (a == 1.0f) {
        return 1.0f;
    }
    return (a > 1.0f) == (y > 0.0f) ? __builtin_inff() : 0.0f;
}

float sc_powf(float x, float y) {
    float a = sc_fabsf(x);
    if (y == 0.0f || x == 1.0f) {
        return 1.0f;
    }
    if (x != x || y != y) {
        return __builtin_nanf("");
    }
    int whole = sc_truncf(y) == y;
    int negative = (sc_float_bits(x) >> 31) != 0 && whole && is_odd(y);
    float result;
    if (a == 0.0f || a == __builtin_inff() || sc_fabsf(y) == __builtin_inff()) {
        result = pow_edge(a, y);
    } else if (x < 0.0f && !whole) {
        return __builtin_nanf("");
    } else {
        double t = (double)y * log2_of(a);
        result = t >= 128.0 ? __builtin_inff() : t < -150.0 ? 0.0f : exp2_of(t);
    }
    return negative ? -result : result;
}
