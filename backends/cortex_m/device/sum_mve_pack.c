/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::add_s8.mve_out(a, b, factor_a, factor_b, constant, shift,
 *   out):
 * out = clamp((a * factor_a + b * factor_b + constant) >> shift), the bits of
 * cortex_m::quantized_add for the scales that the compiler found the numbers for.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/gemm_mve.h"
#include "backends/cortex_m/device/image.h"

ScStatus sc_sconce_add_s8_mve_out_i(ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 6);
    SC_TRY(sc_same_bytes(&a, &b));
    SC_TRY(sc_same_bytes(&a, &out));
    ScMveAdd add = {.a = a.data,
                    .b = b.data,
                    .out = out.data,
                    .n = sc_tensor_numel(&a),
                    .fa = (int32_t)sc_arg_int(c, 2),
                    .fb = (int32_t)sc_arg_int(c, 3),
                    .c = (int32_t)sc_arg_int(c, 4)};
    int64_t shift = sc_arg_int(c, 5);
    if (shift < SC_MVE_ADD_SHIFT_MIN || shift > SC_MVE_ADD_SHIFT_MAX) {
        return SC_E_RANGE;
    }
    add.shift = (int32_t)shift;
    sc_mve_add(&add);
    return SC_OK;
}
