/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mean of a window with Helium, 16 channels at a time: sums in 16 bits (up to 255
 * pixels), then widened and requantized. The contract is in loops.h.
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/loops.h"

enum { PIXELS_MAX = 255 }; /* * 128 stays below 2^15 */

/* shift <= 0. Values that a shift rounds go away from zero once negative ones are one
 * less; a shift by 0 rounds nothing. */
static int32x4_t requantize(const ScMeanLoop *l, int32x4_t sum) {
    int32x4_t value = vqrdmulhq_n_s32(vaddq_n_s32(sum, l->start), l->multiplier);
    if (l->shift < 0) {
        value = vqaddq_s32(value, vshrq_n_s32(value, 31));
    }
    return vaddq_n_s32(vrshlq_n_s32(value, l->shift), l->zero);
}

static int16x8_t requantize_half(const ScMeanLoop *l, int16x8_t sums) {
    int16x8_t none = vdupq_n_s16(0);
    none = vqmovnbq_s32(none, requantize(l, vmovlbq_s16(sums)));
    return vqmovntq_s32(none, requantize(l, vmovltq_s16(sums)));
}

static void block_mean(const ScMeanLoop *l, int32_t c) {
    int16x8_t even = vdupq_n_s16(0), odd = even;
    for (int32_t row = 0; row < l->rows; row++) {
        const int8_t *x = l->x + (ptrdiff_t)row * l->row_bytes + c;
        for (int32_t col = 0; col < l->cols; col++) {
            int8x16_t pixel = vldrbq_s8(x);
            even = vaddq_s16(even, vmovlbq_s8(pixel));
            odd = vaddq_s16(odd, vmovltq_s8(pixel));
            x += l->channels;
        }
    }
    int8x16_t out = vdupq_n_s8(0);
    out = vqmovnbq_s16(out, requantize_half(l, even));
    vstrbq_s8(l->out + c, vqmovntq_s16(out, requantize_half(l, odd)));
}

void sc_mean_loop(const ScMeanLoop *l) {
    int32_t c = 0;
    if (l->rows <= PIXELS_MAX / l->cols && l->shift <= 0) {
        for (; c + 16 <= l->channels; c += 16) {
            block_mean(l, c);
        }
    }
    for (; c < l->channels; c++) {
        sc_mean_of_one(l, c);
    }
}
