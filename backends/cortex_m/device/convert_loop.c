/* SPDX-License-Identifier: Apache-2.0 */
/* Between float32 and int8. The contract is in loops.h. */
#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

void sc_quantize_loop(const ScQuantizeLoop *l) {
    for (size_t i = 0; i < l->n; i++) {
        l->out[i] = (int8_t)sc_quantize_half_even(l->x[i], l->inverse_scale, l->zero,
                                                  l->low, l->high);
    }
}

void sc_dequantize_loop(const int8_t *x, float *out, size_t n, float scale, int32_t zero) {
    for (size_t i = 0; i < n; i++) {
        out[i] = sc_dequantize(x[i], zero, scale);
    }
}
