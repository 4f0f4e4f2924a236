/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::quantized_batch_matmul.out(x [B,M,K], x_offset, y [B,N,K], y_offset,
 *   output_zero_point, multiplier, shift, scratch, out [B,M,N]): the second factor is
 *   transposed; offsets are added (they are negative zero points).
 * cortex_m::quantized_div.out(a, zero_point, b, zero_point, output_zero_point, scale,
 *   out): (a - za) / (b - zb) * scale in float32, halves to even; 0 where b is its
 *   zero point.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "kernels/num.h"

static bool is_batch(const ScTensor *t) {
    return t->rank == 3 && t->dtype == SC_I8 && t->dim_order[0] == 0 &&
           t->dim_order[1] == 1;
}

ScStatus sc_cortex_m_quantized_batch_matmul_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), y = sc_arg_tensor(c, 2), out = sc_arg_tensor(c, 8);
    if (!is_batch(&x) || !is_batch(&y) || !is_batch(&out) || x.sizes[0] != y.sizes[0] ||
        x.sizes[0] != out.sizes[0] || x.sizes[1] != out.sizes[1] ||
        y.sizes[1] != out.sizes[2] || x.sizes[2] != y.sizes[2]) {
        return SC_E_SHAPE;
    }
    int32_t x_offset = sc_arg_small(c, 1), y_offset = sc_arg_small(c, 3);
    int32_t zero = sc_arg_small(c, 4), multiplier = (int32_t)sc_arg_int(c, 5);
    int64_t shift = sc_arg_int(c, 6);
    if (shift < -31 || shift > 31) {
        return SC_E_RANGE;
    }
    size_t rows = (size_t)x.sizes[1], columns = (size_t)y.sizes[1], k = (size_t)x.sizes[2];
    int8_t *to = out.data;
    for (size_t i = 0; i < (size_t)x.sizes[0] * rows; i++) {
        const int8_t *a = (const int8_t *)x.data + i * k;
        for (size_t j = 0; j < columns; j++) {
            const int8_t *b = (const int8_t *)y.data + (i / rows * columns + j) * k;
            uint32_t sum = 0;
            for (size_t at = 0; at < k; at++) {
                sum += (uint32_t)((a[at] + x_offset) * (b[at] + y_offset));
            }
            int32_t value = sc_add_wrapping(
                sc_requantize((int32_t)sum, multiplier, (int32_t)shift), zero);
            *to++ = (int8_t)sc_clamp_i32(value, -128, 127);
        }
    }
    return SC_OK;
}

ScStatus sc_cortex_m_quantized_div_out_i(ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 2), out = sc_arg_tensor(c, 6);
    SC_TRY(sc_same_bytes(&a, &b));
    SC_TRY(sc_same_bytes(&a, &out));
    int32_t a_zero = sc_arg_small(c, 1), b_zero = sc_arg_small(c, 3);
    int32_t zero = sc_arg_small(c, 4);
    float scale = (float)sc_arg_double(c, 5);
    const int8_t *x = a.data, *y = b.data;
    int8_t *to = out.data;
    for (size_t i = 0; i < sc_tensor_numel(&a); i++) {
        int32_t divisor = y[i] - b_zero;
        float quotient = divisor ? (float)(x[i] - a_zero) / (float)divisor : 0.0f;
        to[i] = (int8_t)sc_quantize_half_even(quotient, scale, zero, -128, 127);
    }
    return SC_OK;
}
