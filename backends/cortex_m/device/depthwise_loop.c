/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in loops.h. */
#include "backends/cortex_m/device/loops.h"

void sc_depthwise_loop(const ScDepthwiseTap *taps, int32_t n_taps, int32_t at,
                       int32_t x_offset, int32_t sums[4]) {
    for (int32_t t = 0; t < n_taps; t++) {
        for (int32_t i = 0; i < 4; i++) {
            sums[i] += (taps[t].x[at + i] + x_offset) * taps[t].w[at + i];
        }
    }
}
