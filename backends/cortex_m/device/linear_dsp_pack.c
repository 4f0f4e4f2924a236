/* SPDX-License-Identifier: Apache-2.0 */
/* The packed linear layer of linear_dsp.h on any core. */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/linear_dsp.h"

ScStatus sc_sconce_linear_s8_dsp_out_i(ScCall *c) {
    ScDspLinear layer;
    SC_TRY(sc_dsp_linear_read(c, &layer));
    sc_dsp_linear_plain(&layer);
    return SC_OK;
}
