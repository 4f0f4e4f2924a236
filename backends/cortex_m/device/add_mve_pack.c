/* SPDX-License-Identifier: Apache-2.0 */
/* What sc_mve_add() computes, for any core. The contract is in gemm_mve.h. */
#include "backends/cortex_m/device/gemm_mve.h"
#include "kernels/num.h"

void sc_mve_add(const ScMveAdd *add) {
    for (size_t i = 0; i < add->n; i++) {
        uint32_t sum = (uint32_t)add->a[i] * (uint32_t)add->fa +
                       (uint32_t)add->b[i] * (uint32_t)add->fb + (uint32_t)add->c;
        add->out[i] = (int8_t)sc_clamp_i32((int32_t)sum >> add->shift, -128, 127);
    }
}
