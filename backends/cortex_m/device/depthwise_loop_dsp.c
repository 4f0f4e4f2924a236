/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract is in loops.h. Channels 0, 2 and 1, 3 as pairs of halfwords: SXTB16 of
 * the word and of the word rotated by a byte; the offset is added to both at once
 * (|x_offset| <= 255, so a halfword holds the sum).
 */
#include <arm_acle.h>
#include <string.h>

#include "backends/cortex_m/device/loops.h"

void sc_depthwise_loop(const ScDepthwiseTap *taps, int32_t n_taps, int32_t at,
                       int32_t x_offset, int32_t sums[4]) {
    int16x2_t offset =
        (int16x2_t)(((uint32_t)x_offset & 0xffffu) | (uint32_t)x_offset << 16);
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (const ScDepthwiseTap *end = taps + n_taps; taps < end; taps++) {
        uint32_t x, w;
        memcpy(&x, taps->x + at, 4);
        memcpy(&w, taps->w + at, 4);
        int16x2_t x02 = __sxtab16(offset, (int8x4_t)x);
        int16x2_t x13 = __sxtab16(offset, (int8x4_t)(x >> 8 | x << 24));
        int16x2_t w02 = __sxtb16((int8x4_t)w);
        int16x2_t w13 = __sxtb16((int8x4_t)(w >> 8 | w << 24));
        s0 = __smlabb(x02, w02, s0);
        s2 = __smlatt(x02, w02, s2);
        s1 = __smlabb(x13, w13, s1);
        s3 = __smlatt(x13, w13, s3);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}
