/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::quantized_linear.out(x [.., K], weight [N,K], bias?, kernel_sum?,
 *   input_offset, filter_offset, output_offset, [multiplier], [shift], max, min, out)
 * acc = bias + sum((x + input_offset) * (w + filter_offset)). kernel_sum replaces
 * bias: it is bias + input_offset * sum(w), so x enters without its offset.
 *
 * sconce::linear_s8.out(x [.., K], weight [N,K], start [N], multipliers [N],
 *   shifts [N], output_offset, min, max, out): one factor a channel; start is what
 *   kernel_sum is above.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "kernels/num.h"

/* The rows of x [.., K] that become rows of out [.., N] by w [N,K], all int8. */
static ScStatus rows_of(const ScTensor *x, const ScTensor *w, const ScTensor *out,
                        size_t *out_rows) {
    if (x->rank < 1 || out->rank != x->rank || w->rank != 2 || x->dtype != SC_I8 ||
        w->dtype != SC_I8 || out->dtype != SC_I8) {
        return SC_E_SHAPE;
    }
    size_t n = (size_t)w->sizes[0], k = (size_t)w->sizes[1];
    *out_rows = k ? sc_tensor_numel(x) / k : 0;
    bool fits = (size_t)x->sizes[x->rank - 1] == k &&
                (size_t)out->sizes[x->rank - 1] == n &&
                sc_tensor_numel(out) == *out_rows * n;
    return fits ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_cortex_m_quantized_linear_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), w = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 11);
    bool sums = !sc_arg_is_none(c, 3);
    ScTensor start = sc_arg_tensor(c, sums ? 3 : 2);
    size_t rows;
    SC_TRY(rows_of(&x, &w, &out, &rows));
    if (sc_arg_count(c, 7) < 1 || sc_arg_count(c, 8) < 1) {
        return SC_E_SHAPE;
    }
    size_t n = (size_t)w.sizes[0], k = (size_t)w.sizes[1];
    const int32_t *first = 0;
    if (start.data) {
        SC_TRY(sc_words_of(&start, w.sizes[0], &first));
    }
    int32_t x_offset = sums ? 0 : sc_arg_small(c, 4);
    int32_t w_offset = sc_arg_small(c, 5), out_offset = sc_arg_small(c, 6);
    int32_t multiplier = (int32_t)sc_arg_int_at(c, 7, 0);
    int64_t shift = sc_arg_int_at(c, 8, 0);
    int32_t max = sc_arg_small(c, 9), min = sc_arg_small(c, 10);
    if (shift < -31 || shift > 31) {
        return SC_E_RANGE;
    }
    for (size_t row = 0; row < rows; row++) {
        const int8_t *from = (const int8_t *)x.data + row * k;
        for (size_t o = 0; o < n; o++) {
            const int8_t *weight = (const int8_t *)w.data + o * k;
            uint32_t sum = first ? (uint32_t)first[o] : 0;
            for (size_t i = 0; i < k; i++) {
                sum += (uint32_t)((from[i] + x_offset) * (weight[i] + w_offset));
            }
            int32_t value = sc_requantize((int32_t)sum, multiplier, (int32_t)shift);
            ((int8_t *)out.data)[row * n + o] =
                (int8_t)sc_clamp_i32(sc_add_wrapping(value, out_offset), min, max);
        }
    }
    return SC_OK;
}

ScStatus sc_sconce_linear_s8_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), w = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 8);
    ScTensor words[3] = {sc_arg_tensor(c, 2), sc_arg_tensor(c, 3), sc_arg_tensor(c, 4)};
    const int32_t *start, *multipliers, *shifts;
    size_t rows;
    SC_TRY(rows_of(&x, &w, &out, &rows));
    size_t n = (size_t)w.sizes[0], k = (size_t)w.sizes[1];
    SC_TRY(sc_words_of(&words[0], w.sizes[0], &start));
    SC_TRY(sc_words_of(&words[1], w.sizes[0], &multipliers));
    SC_TRY(sc_words_of(&words[2], w.sizes[0], &shifts));
    int32_t offset = sc_arg_small(c, 5);
    int32_t min = sc_arg_small(c, 6), max = sc_arg_small(c, 7);
    for (size_t o = 0; o < n; o++) {
        if (shifts[o] < -31 || shifts[o] > 31) {
            return SC_E_RANGE;
        }
    }
    for (size_t row = 0; row < rows; row++) {
        const int8_t *from = (const int8_t *)x.data + row * k;
        for (size_t o = 0; o < n; o++) {
            const int8_t *weight = (const int8_t *)w.data + o * k;
            uint32_t sum = (uint32_t)start[o];
            for (size_t i = 0; i < k; i++) {
                sum += (uint32_t)(from[i] * weight[i]);
            }
            int32_t value = sc_requantize((int32_t)sum, multipliers[o], shifts[o]);
            ((int8_t *)out.data)[row * n + o] =
                (int8_t)sc_clamp_i32(sc_add_wrapping(value, offset), min, max);
        }
    }
    return SC_OK;
}
