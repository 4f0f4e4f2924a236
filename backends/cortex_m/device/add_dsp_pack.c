/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of add_dsp.h on any core. */
#include "backends/cortex_m/device/add_dsp.h"
#include "backends/cortex_m/device/cortex_m.h"
#include "kernels/num.h"

ScStatus sc_sconce_add_s8_dsp_out_i(ScCall *c) {
    ScDspAdd add;
    SC_TRY(sc_dsp_add_read(c, &add));
    for (size_t i = 0; i < add.n; i++) {
        uint32_t sum =
            (uint32_t)add.a[i] * add.factor_a + (uint32_t)add.b[i] * add.factor_b;
        int32_t value = (int32_t)(sum + add.offset) >> add.shift;
        add.out[i] = (int8_t)sc_clamp_i32(value, add.min, add.max);
    }
    return SC_OK;
}
