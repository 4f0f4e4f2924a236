/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between float32 and int8 with Helium. The contract is in loops.h.
 *
 * VCVTN rounds halves to even, clamps to int32 and makes 0 of NaN, as the plain loop
 * does; beyond int32 only the clamp matters while zero points are small, others take
 * the plain way.
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

enum { ZERO_MAX = 1 << 16 };

static bool is_small(int32_t zero) {
    return zero >= -ZERO_MAX && zero <= ZERO_MAX;
}

void sc_quantize_loop(const ScQuantizeLoop *l) {
    const float *x = l->x;
    int8_t *out = l->out;
    size_t n = is_small(l->zero) ? l->n / 4 : 0;
    int32x4_t low = vdupq_n_s32(l->low), high = vdupq_n_s32(l->high);
    for (size_t i = 0; i < n; i++) {
        float32x4_t scaled = vmulq_n_f32(vldrwq_f32(x), l->inverse_scale);
        int32x4_t q = vqaddq_n_s32(vcvtnq_s32_f32(scaled), l->zero);
        vstrbq_s32(out, vminq_s32(vmaxq_s32(q, low), high));
        x += 4;
        out += 4;
    }
    for (size_t i = n * 4; i < l->n; i++) {
        l->out[i] = (int8_t)sc_quantize_half_even(l->x[i], l->inverse_scale, l->zero,
                                                  l->low, l->high);
    }
}

void sc_dequantize_loop(const int8_t *x, float *out, size_t n, float scale, int32_t zero) {
    size_t vectors = is_small(zero) ? n / 4 : 0;
    for (size_t i = 0; i < vectors; i++) {
        int32x4_t q = vsubq_n_s32(vldrbq_s32(x + 4 * i), zero);
        vstrwq_f32(out + 4 * i, vmulq_n_f32(vcvtq_f32_s32(q), scale));
    }
    for (size_t i = vectors * 4; i < n; i++) {
        out[i] = sc_dequantize(x[i], zero, scale);
    }
}
