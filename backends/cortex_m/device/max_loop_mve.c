/* SPDX-License-Identifier: Apache-2.0 */
/* The largest of a window with Helium, 16 channels at a time; the last ones are
 * predicated. The contract is in loops.h. */
#include <arm_mve.h>

#include "backends/cortex_m/device/loops.h"

void sc_max_loop(const ScMaxLoop *l) {
    int8x16_t low = vdupq_n_s8((int8_t)l->min), high = vdupq_n_s8((int8_t)l->max);
    for (int32_t c = 0; c < l->channels; c += 16) {
        mve_pred16_t lanes = vctp8q((uint32_t)(l->channels - c));
        int8x16_t best = low;
        for (int32_t row = 0; row < l->rows; row++) {
            const int8_t *x = l->x + (ptrdiff_t)row * l->row_bytes + c;
            for (int32_t col = 0; col < l->cols; col++) {
                best = vmaxq_s8(best, vldrbq_z_s8(x, lanes));
                x += l->channels;
            }
        }
        vstrbq_p_s8(l->out + c, vminq_s8(best, high), lanes);
    }
}
