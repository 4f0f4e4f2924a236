/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of sconce::add_s8.dsp; see add_dsp.h. */
#include "backends/cortex_m/device/add_dsp.h"
#include "backends/cortex_m/device/image.h"

ScStatus sc_dsp_add_read(const ScCall *c, ScDspAdd *add) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 8);
    int64_t shift = sc_arg_int(c, 5), min = sc_arg_int(c, 6), max = sc_arg_int(c, 7);
    SC_TRY(sc_same_bytes(&a, &b));
    SC_TRY(sc_same_bytes(&a, &out));
    if (shift < 0 || shift > 31 || min < -128 || min > max || max > 127) {
        return SC_E_RANGE;
    }
    *add = (ScDspAdd){.a = a.data,
                      .b = b.data,
                      .out = out.data,
                      .n = sc_tensor_numel(&a),
                      .factor_a = (uint32_t)sc_arg_int(c, 2),
                      .factor_b = (uint32_t)sc_arg_int(c, 3),
                      .offset = (uint32_t)sc_arg_int(c, 4),
                      .shift = (int32_t)shift,
                      .min = (int32_t)min,
                      .max = (int32_t)max};
    return SC_OK;
}
