/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between float32 and int8 with Helium. The contract is in loops.h.
 *
 * VCVTN rounds halves to even, clamps to int32 and makes 0 of NaN, as the plain loop
 * does; narrowing to 16 bits clamps again. Neither shows behind the last clamp while
 * the zero point is one of int8; other zero points take the plain way. 16 numbers a
 * step: VLD4 spreads them so that two narrowings put them back in order.
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

static bool is_int8(int32_t zero) {
    return zero >= -128 && zero <= 127;
}

/* n vectors of 16. In assembly: gcc 12 moves what VLD4 loads about. */
static void vectors_quantize(const ScQuantizeLoop *l, size_t n) {
    const float *x = l->x;
    int8_t *out = l->out;
    int8x16_t low = vdupq_n_s8((int8_t)l->low), high = vdupq_n_s8((int8_t)l->high);
    union {
        float number;
        uint32_t word;
    } inverse = {.number = l->inverse_scale};
    __asm__ volatile("dls lr, %[n]\n"
                     "1:\n"
                     "vld40.32 {q0, q1, q2, q3}, [%[x]]\n"
                     "vld41.32 {q0, q1, q2, q3}, [%[x]]\n"
                     "vld42.32 {q0, q1, q2, q3}, [%[x]]\n"
                     "vld43.32 {q0, q1, q2, q3}, [%[x]]!\n"
                     "vmul.f32 q0, q0, %[inverse]\n"
                     "vmul.f32 q1, q1, %[inverse]\n"
                     "vmul.f32 q2, q2, %[inverse]\n"
                     "vmul.f32 q3, q3, %[inverse]\n"
                     "vcvtn.s32.f32 q0, q0\n"
                     "vcvtn.s32.f32 q1, q1\n"
                     "vcvtn.s32.f32 q2, q2\n"
                     "vcvtn.s32.f32 q3, q3\n"
                     "vqmovnb.s32 q0, q0\n"
                     "vqmovnt.s32 q0, q2\n"
                     "vqmovnb.s32 q1, q1\n"
                     "vqmovnt.s32 q1, q3\n"
                     "vqadd.s16 q0, q0, %[zero]\n"
                     "vqadd.s16 q1, q1, %[zero]\n"
                     "vqmovnb.s16 q0, q0\n"
                     "vqmovnt.s16 q0, q1\n"
                     "vmax.s8 q0, q0, %q[low]\n"
                     "vmin.s8 q0, q0, %q[high]\n"
                     "vstrb.8 q0, [%[out]], #16\n"
                     "le lr, 1b\n"
                     : [x] "+r"(x), [out] "+r"(out)
                     : [n] "r"(n), [inverse] "r"(inverse.word), [zero] "r"(l->zero),
                       [low] "w"(low), [high] "w"(high)
                     : "lr", "q0", "q1", "q2", "q3", "memory");
}

void sc_quantize_loop(const ScQuantizeLoop *l) {
    size_t n = is_int8(l->zero) ? l->n / 16 : 0;
    if (n > 0) {
        vectors_quantize(l, n);
    }
    for (size_t i = n * 16; i < l->n; i++) {
        l->out[i] = (int8_t)sc_quantize_half_even(l->x[i], l->inverse_scale, l->zero,
                                                  l->low, l->high);
    }
}

void sc_dequantize_loop(const int8_t *x, float *out, size_t n, float scale, int32_t zero) {
    size_t vectors = is_int8(zero) ? n / 4 : 0;
    for (size_t i = 0; i < vectors; i++) {
        int32x4_t q = vsubq_n_s32(vldrbq_s32(x + 4 * i), zero);
        vstrwq_f32(out + 4 * i, vmulq_n_f32(vcvtq_f32_s32(q), scale));
    }
    for (size_t i = vectors * 4; i < n; i++) {
        out[i] = sc_dequantize(x[i], zero, scale);
    }
}
