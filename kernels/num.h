/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounding and requantization primitives: every place where numbers lose bits.
 * Where standards differ there are differently named functions, never a flag.
 *
 * sc_requantize (profile cortex_m: convolution, linear, add, mul): two roundings,
 * a doubling high multiply that rounds halves up, then a right shift that rounds
 * halves away from zero.
 *
 * quantize, dequantize (stock ExecuTorch's C kernels): the reciprocal of the
 * scale in float32, products in float32, halves to even.
 */
#ifndef SC_KERNELS_NUM_H
#define SC_KERNELS_NUM_H

#include "runtime/math.h"

/* clamp(round_half_even(x * inverse_scale) + zero_point, low, high); NaN counts
 * as 0. inverse_scale = 1.0f / scale. low <= high, |zero_point| < 2^31. */
static inline int32_t sc_quantize_half_even(float x, float inverse_scale,
                                            int32_t zero_point, int32_t low, int32_t high) {
    float scaled = sc_roundevenf(x * inverse_scale);
    if (scaled != scaled) {
        scaled = 0.0f;
    }
    /* Beyond 2^32 only the clamp matters. */
    scaled = scaled > 4294967296.0f ? 4294967296.0f : scaled;
    scaled = scaled < -4294967296.0f ? -4294967296.0f : scaled;
    int64_t q = (int64_t)scaled + zero_point;
    q = q < low ? low : q;
    return (int32_t)(q > high ? high : q);
}

/* (q - zero_point) * scale, the difference exact. */
static inline float sc_dequantize(int32_t q, int32_t zero_point, float scale) {
    return (float)((int64_t)q - zero_point) * scale;
}

/* (x * 2^max(shift, 0)) * multiplier / 2^31, rounded to the nearest, halves up.
 * x << shift must fit into 32 bits (it wraps otherwise, as on the device). */
static inline int32_t sc_high_mul(int32_t x, int32_t multiplier, int32_t left_shift) {
    int64_t shifted = (int32_t)((uint32_t)x << left_shift);
    return (int32_t)((shifted * multiplier + (INT64_C(1) << 30)) >> 31);
}

/* x / 2^exponent, rounded to the nearest, halves away from zero; 0..31. */
static inline int32_t sc_shift_right_away(int32_t x, int32_t exponent) {
    int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1u);
    int32_t rest = x & mask;
    int32_t result = x >> exponent;
    int32_t threshold = (mask >> 1) + (result < 0 ? 1 : 0);
    return result + (rest > threshold ? 1 : 0);
}

/* x * multiplier * 2^(shift - 31), -31 <= shift <= 31, by the two roundings. */
static inline int32_t sc_requantize(int32_t x, int32_t multiplier, int32_t shift) {
    return sc_shift_right_away(sc_high_mul(x, multiplier, shift > 0 ? shift : 0),
                               shift < 0 ? -shift : 0);
}

/* a + b as the device's registers do it; a hostile file's numbers may get here. */
static inline int32_t sc_add_wrapping(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t sc_clamp_i32(int32_t x, int32_t low, int32_t high) {
    return x < low ? low : x > high ? high : x;
}

#endif
