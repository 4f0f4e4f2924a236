/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inverse trigonometric and hyperbolic functions; the contract is in math.h.
 * All come down to atan near 0, log1p and sqrt by identities of the textbooks
 * (Abramowitz & Stegun 4.4, 4.6).
 */
#include "runtime/math.h"

/* pi/2 and pi/4 as sums of two floats. */
#define HALF_PI_HI 1.57079637f
#define HALF_PI_LO (-4.37113883e-08f)
#define QUARTER_PI_HI 0.785398185f
#define QUARTER_PI_LO (-2.18556941e-08f)

/* atan(x) - x for |x| <= tan(pi/8). */
static float atan_tail(float x) {
    float z = x * x;
    float p = -0.06449835f;
    p = p * z + 0.107430995f;
    p = p * z - 0.142638966f;
    p = p * z + 0.199995384f;
    p = p * z - 0.333333313f;
    return x * z * p;
}

/* atan(y / x) for y >= 0, x >= 0, not both 0, finite. */
static float atan_ratio(float y, float x) {
    if (y > 2.41421356f * x) { /* above 3 pi/8: pi/2 - atan(x / y) */
        float t = x / y;
        return HALF_PI_HI - (t + (atan_tail(t) - HALF_PI_LO));
    }
    if (y > 0.414213562f * x) { /* around pi/4 */
        float t = (y - x) / (y + x);
        return QUARTER_PI_HI + (t + (atan_tail(t) + QUARTER_PI_LO));
    }
    float t = y / x;
    return t + atan_tail(t);
}

float sc_atanf(float x) {
    float a = sc_fabsf(x);
    if (x != x) {
        return x;
    }
    if (a > 1e10f) {
        return sc_copysignf(HALF_PI_HI, x);
    }
    return sc_copysignf(atan_ratio(a, 1.0f), x);
}

float sc_atan2f(float y, float x) {
    float a = sc_fabsf(y), b = sc_fabsf(x), angle;
    const float infinite = __builtin_inff();
    int left = (int)(sc_float_bits(x) >> 31);
    if (x != x || y != y) {
        return __builtin_nanf("");
    }
    if (a == 0.0f) {
        angle = 0.0f;
    } else if (a == infinite && b == infinite) {
        angle = QUARTER_PI_HI;
    } else if (a == infinite || b == 0.0f) {
        angle = HALF_PI_HI;
    } else if (b == infinite) {
        angle = 0.0f;
    } else {
        /* 2^-64: neither the sum nor a product above may overflow. */
        float scale = a > 1e30f || b > 1e30f ? 5.42101086e-20f : 1.0f;
        angle = atan_ratio(a * scale, b * scale);
    }
    if (left) {
        angle = 2.0f * HALF_PI_HI - (angle - 2.0f * HALF_PI_LO);
    }
    return sc_copysignf(angle, y);
}

/* (1 - x)(1 + x) loses nothing near 1, unlike 1 - x^2. */
float sc_asinf(float x) {
    if (!(sc_fabsf(x) <= 1.0f)) {
        return __builtin_nanf("");
    }
    return sc_atan2f(x, sc_sqrtf((1.0f - x) * (1.0f + x)));
}

float sc_acosf(float x) {
    if (!(sc_fabsf(x) <= 1.0f)) {
        return __builtin_nanf("");
    }
    return sc_atan2f(sc_sqrtf((1.0f - x) * (1.0f + x)), x);
}

float sc_asinhf(float x) {
    float a = sc_fabsf(x);
    if (!(a < __builtin_inff())) {
        return x;
    }
    if (a > 1e9f) {
        return sc_copysignf(sc_logf(a) + 0.693147181f, x);
    }
    float y = sc_log1pf(a + a * a / (1.0f + sc_sqrtf(1.0f + a * a)));
    return sc_copysignf(y, x);
}

float sc_acoshf(float x) {
    if (!(x >= 1.0f)) {
        return __builtin_nanf("");
    }
    if (x > 1e9f) {
        return sc_logf(x) + 0.693147181f;
    }
    float t = x - 1.0f;
    return sc_log1pf(t + sc_sqrtf(2.0f * t + t * t));
}

float sc_atanhf(float x) {
    float a = sc_fabsf(x);
    if (!(a <= 1.0f)) {
        return __builtin_nanf("");
    }
    return sc_copysignf(0.5f * sc_log1pf(2.0f * a / (1.0f - a)), x);
}
