/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Float functions for freestanding builds: no libm, no tables but one, no
 * global state, the same bits on every machine with IEEE floats (build with
 * -ffp-contract=off, without -ffast-math). float only, except sc_powf, which
 * needs double (software on most MCUs; linked only when used).
 *
 * "n ulp" below: the largest error against the exact result that
 * tests/unit/runtime/math.c allows, in units of the last place of the result.
 * NaN in gives NaN; overflow gives infinity; denormal results are produced.
 *
 * Method: textbook range reduction and polynomials fitted here with Chebyshev
 * nodes (Cody & Waite, "Software Manual for the Elementary Functions"; Payne &
 * Hanek for the trigonometric reduction).
 */
#ifndef SC_RUNTIME_MATH_H
#define SC_RUNTIME_MATH_H

#include <stdint.h>
#include <string.h>

float sc_expf(float x);            /* 1.5 ulp */
float sc_expm1f(float x);          /* 2 ulp */
float sc_logf(float x);            /* 1 ulp; log(0) = -inf, log(-1) = NaN */
float sc_log1pf(float x);          /* 1 ulp */
float sc_tanhf(float x);           /* 2 ulp */
float sc_erff(float x);            /* 1.5 ulp */
float sc_sinf(float x);            /* 3 ulp, over the whole range */
float sc_cosf(float x);            /* 3 ulp, over the whole range */
float sc_powf(float x, float y);   /* 1 ulp; C's special cases */
float sc_fmodf(float x, float y);  /* exact */
float sc_atanf(float x);           /* 2 ulp */
float sc_atan2f(float y, float x); /* 3 ulp; C's special cases */
float sc_asinf(float x);           /* 3 ulp */
float sc_acosf(float x);           /* 3 ulp */
float sc_asinhf(float x);          /* 2 ulp */
float sc_acoshf(float x);          /* 2 ulp */
float sc_atanhf(float x);          /* 2 ulp */

/* Correctly rounded. The hardware instruction where there surely is one. */
float sc_sqrt_bits(float x);
static inline float sc_sqrtf(float x) {
#if defined(__NO_MATH_ERRNO__) && \
    (defined(__SSE2__) || defined(__aarch64__) || (defined(__ARM_FP) && (__ARM_FP & 4)))
    return __builtin_sqrtf(x);
#else
    return sc_sqrt_bits(x);
#endif
}

static inline uint32_t sc_float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float sc_float_from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float sc_fabsf(float x) {
    return sc_float_from_bits(sc_float_bits(x) & 0x7fffffffu);
}

static inline float sc_copysignf(float x, float sign) {
    return sc_float_from_bits((sc_float_bits(x) & 0x7fffffffu) |
                              (sc_float_bits(sign) & 0x80000000u));
}

/* Exact; -0 and NaN are kept. From 2^23 on every float is an integer. */
static inline float sc_truncf(float x) {
    if (!(sc_fabsf(x) < 8388608.0f)) {
        return x;
    }
    return sc_copysignf((float)(int32_t)x, x);
}

static inline float sc_floorf(float x) {
    float t = sc_truncf(x);
    return t > x ? t - 1.0f : t;
}

static inline float sc_ceilf(float x) {
    float t = sc_truncf(x);
    return t < x ? sc_copysignf(t + 1.0f, x) : t;
}

/* To the nearest integer, halves to the even one. */
static inline float sc_roundevenf(float x) {
    const float shift = 8388608.0f; /* 2^23: its last place is 1 */
    if (!(sc_fabsf(x) < shift)) {
        return x;
    }
    float r = x < 0.0f ? (x - shift) + shift : (x + shift) - shift;
    return sc_copysignf(r, x);
}

#endif
