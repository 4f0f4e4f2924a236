/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::pad.out(x, pre[4], post[4], value, out): pads in the order in which the
 *   bytes lie; tensors of lower rank have leading ones.
 * cortex_m::transpose.out(x, perm, out): out's axis i is x's axis perm[i], in logical
 *   order of contiguous tensors.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/loops.h"

/* Sizes from the outermost dimension in memory inwards, filled up to 4. */
static ScStatus physical_sizes(const ScTensor *t, int64_t out_sizes[4]) {
    if (t->rank > 4 || t->dtype != SC_I8) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t lead = 4u - t->rank;
        out_sizes[i] = i < lead ? 1 : t->sizes[t->dim_order[i - lead]];
    }
    return SC_OK;
}

ScStatus sc_cortex_m_pad_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 4);
    int64_t in[4], to[4], pre[4], post[4];
    uint32_t n_pre, n_post;
    SC_TRY(physical_sizes(&x, in));
    SC_TRY(physical_sizes(&out, to));
    SC_TRY(sc_arg_ints(c, 1, pre, 4, &n_pre));
    SC_TRY(sc_arg_ints(c, 2, post, 4, &n_post));
    int64_t value = sc_arg_int(c, 3);
    if (n_pre != 4 || n_post != 4 || value < -128 || value > 127) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (pre[i] < 0 || post[i] < 0 || pre[i] > to[i] || post[i] > to[i] ||
            pre[i] + in[i] + post[i] != to[i]) {
            return SC_E_SHAPE;
        }
    }
    if (pre[3] == 0 && post[3] == 0) { /* whole rows of pixels, not pixel by pixel */
        pre[3] = pre[2] * in[3];
        in[3] *= in[2];
        to[3] *= to[2];
        pre[2] = 0;
        in[2] = to[2] = 1;
    }
    sc_fill_loop(out.data, (int8_t)value, sc_tensor_numel(&out));
    const int8_t *from = x.data;
    for (int64_t a = 0; a < in[0]; a++) {
        for (int64_t b = 0; b < in[1]; b++) {
            for (int64_t d = 0; d < in[2]; d++) {
                int64_t row = ((a + pre[0]) * to[1] + b + pre[1]) * to[2] + d + pre[2];
                sc_copy_loop((int8_t *)out.data + row * to[3] + pre[3], from,
                             (size_t)in[3]);
                from += in[3];
            }
        }
    }
    return SC_OK;
}

ScStatus sc_cortex_m_transpose_out_i(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    int64_t perm[4];
    size_t strides[4] = {0}, index[4] = {0};
    uint32_t n;
    SC_TRY(sc_arg_ints(c, 1, perm, 4, &n));
    if (x.rank != n || out.rank != n || x.dtype != SC_I8 || out.dtype != SC_I8 ||
        sc_tensor_numel(&x) != sc_tensor_numel(&out)) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n; i++) {
        int64_t axis = perm[i] < 0 ? perm[i] + n : perm[i];
        if (axis < 0 || axis >= (int64_t)n || out.sizes[i] != x.sizes[axis] ||
            x.dim_order[i] != i || out.dim_order[i] != i) {
            return SC_E_SHAPE;
        }
        strides[i] = 1;
        for (uint32_t d = (uint32_t)axis + 1; d < n; d++) {
            strides[i] *= (size_t)x.sizes[d];
        }
    }
    int8_t *to = out.data;
    for (size_t i = 0; i < sc_tensor_numel(&out); i++) {
        size_t at = 0;
        for (uint32_t d = 0; d < n; d++) {
            at += index[d] * strides[d];
        }
        to[i] = at < sc_tensor_numel(&x) ? ((const int8_t *)x.data)[at] : 0;
        for (uint32_t d = n; d-- > 0;) {
            if (++index[d] < (size_t)out.sizes[d]) {
                break;
            }
            index[d] = 0;
        }
    }
    return SC_OK;
}
