/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::quantize_per_tensor.out(x, scale, zero_point, quant_min, quant_max, dtype,
 *   out), cortex_m::dequantize_per_tensor.out with the same arguments.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "backends/cortex_m/device/loops.h"

ScStatus sc_cortex_m_quantize_per_tensor_out_f(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 6);
    float scale = (float)sc_arg_double(c, 1);
    int32_t zero = sc_arg_small(c, 2);
    int64_t low = sc_arg_int(c, 3), high = sc_arg_int(c, 4);
    SC_TRY(sc_same_order(&x, &out));
    if (x.dtype != SC_F32 || out.dtype != SC_I8 || !(scale > 0.0f) || low < -128 ||
        high > 127 || low > high) {
        return SC_E_SHAPE;
    }
    ScQuantizeLoop loop = {.x = x.data,
                           .out = out.data,
                           .n = sc_tensor_numel(&x),
                           .inverse_scale = 1.0f / scale,
                           .zero = zero,
                           .low = (int32_t)low,
                           .high = (int32_t)high};
    sc_quantize_loop(&loop);
    return SC_OK;
}

ScStatus sc_cortex_m_dequantize_per_tensor_out_f(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 6);
    float scale = (float)sc_arg_double(c, 1);
    int32_t zero = sc_arg_small(c, 2);
    SC_TRY(sc_same_order(&x, &out));
    if (x.dtype != SC_I8 || out.dtype != SC_F32) {
        return SC_E_SHAPE;
    }
    sc_dequantize_loop(x.data, out.data, sc_tensor_numel(&x), scale, zero);
    return SC_OK;
}
