/* SPDX-License-Identifier: Apache-2.0 */
/* The largest of a window. The contract is in loops.h. */
#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

void sc_max_loop(const ScMaxLoop *l) {
    for (int32_t c = 0; c < l->channels; c++) {
        int32_t best = l->min;
        for (int32_t row = 0; row < l->rows; row++) {
            const int8_t *x = l->x + (ptrdiff_t)row * l->row_bytes + c;
            for (int32_t col = 0; col < l->cols; col++) {
                best = *x > best ? *x : best;
                x += l->channels;
            }
        }
        l->out[c] = (int8_t)(best < l->max ? best : l->max);
    }
}
