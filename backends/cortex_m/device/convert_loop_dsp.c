/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between float32 and int8 on cores with the DSP extension. The contract is in
 * loops.h.
 *
 * Below 2^22 the sum with 1.5 * 2^23 is a float whose last place is 1: the addition
 * rounds halves to even, and the result's bits count up from those of the constant.
 * What is larger, or no number, takes the plain way. Any FPU, or none, will do.
 */
#include <string.h>

#include "backends/cortex_m/device/loops.h"
#include "backends/cortex_m/device/simd_dsp.h"
#include "kernels/num.h"

#define ROUNDER 12582912.0f /* 1.5 * 2^23 */
enum { ROUNDER_BITS = 0x4b400000, ZERO_MAX = 1 << 16 };
static const uint32_t limit_twice = 0x4a800000u * 2u; /* bits of 2^22, without sign */

static bool is_small(int32_t zero) {
    return zero >= -ZERO_MAX && zero <= ZERO_MAX;
}

static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

void sc_quantize_loop(const ScQuantizeLoop *l) {
    const float *x = l->x;
    float inverse = l->inverse_scale;
    bool small = is_small(l->zero);
    int32_t offset = small ? l->zero - ROUNDER_BITS : 0;
    for (int8_t *out = l->out, *end = out + l->n; out < end; x++, out++) {
        float scaled = *x * inverse;
        if (small && bits_of(scaled) * 2u < limit_twice) {
            int32_t q = (int32_t)bits_of(scaled + ROUNDER) + offset;
            __asm__("ssat %0, #8, %1" : "=r"(q) : "r"(q));
            *out = (int8_t)q;
        } else {
            *out = (int8_t)sc_quantize_half_even(*x, inverse, l->zero, -128, 127);
        }
    }
    if (l->low > -128 || l->high < 127) {
        sc_dsp_clamp(l->out, l->n, l->low, l->high);
    }
}

void sc_dequantize_loop(const int8_t *x, float *out, size_t n, float scale, int32_t zero) {
    bool small = is_small(zero);
    for (size_t i = 0; i < n; i++) {
        out[i] = small ? (float)(x[i] - zero) * scale : sc_dequantize(x[i], zero, scale);
    }
}
