/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of a window. The contract is in loops.h. */
#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

void sc_mean_loop(const ScMeanLoop *l) {
    for (int32_t c = 0; c < l->channels; c++) {
        int32_t sum = l->start;
        for (int32_t row = 0; row < l->rows; row++) {
            const int8_t *x = l->x + (ptrdiff_t)row * l->row_bytes + c;
            for (int32_t col = 0; col < l->cols; col++) {
                sum += *x;
                x += l->channels;
            }
        }
        int32_t value =
            sc_add_wrapping(sc_requantize(sum, l->multiplier, l->shift), l->zero);
        l->out[c] = (int8_t)sc_clamp_i32(value, -128, 127);
    }
}
