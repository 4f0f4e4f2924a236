/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rounding and requantization primitives: every place where numbers lose bits.
 * Where standards differ there are differently named functions, never a flag.
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

#endif
