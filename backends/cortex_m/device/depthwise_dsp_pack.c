/* SPDX-License-Identifier: Apache-2.0 */
/* The packed depthwise layer of depthwise_dsp.h on any core. */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/depthwise_dsp.h"

ScStatus sc_sconce_depthwise3x3_s8_dsp_out_i(ScCall *c) {
    ScDspDepthwise layer;
    SC_TRY(sc_dsp_depthwise_read(c, &layer));
    sc_dsp_depthwise_plain(&layer);
    return SC_OK;
}
