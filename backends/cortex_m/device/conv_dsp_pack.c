/* SPDX-License-Identifier: Apache-2.0 */
/* The packed convolution of conv_dsp.h on any core. */
#include "backends/cortex_m/device/conv_dsp.h"
#include "backends/cortex_m/device/cortex_m.h"

ScStatus sc_sconce_conv2d_s8_dsp_out_i(ScCall *c) {
    ScDspConv conv;
    SC_TRY(sc_dsp_conv_read(c, &conv));
    sc_dsp_conv_plain(&conv);
    return SC_OK;
}
