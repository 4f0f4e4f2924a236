/* SPDX-License-Identifier: Apache-2.0 */
/*
 * float32 by int8 matrices: quantized_decomposed::mixed_mm.out (input[M,N] weight[N,P],
 * a scale for each row of weight) and mixed_linear.out (weight[P,N], scales[P] or
 * [P,groups]; a group is ceil(N / groups) columns, the last may be shorter). Zero points
 * are refused, as stock's kernels do.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

typedef struct Mixed {
    const float *in, *scales;
    const int8_t *weight;
    float *out;
    size_t m, n, p;
} Mixed;

/* input, weight, scales, zero points? are the arguments 0 to 3. */
static ScStatus mixed_read(const ScCall *c, uint32_t out_index, bool transposed, Mixed *x) {
    ScTensor in = sc_arg_tensor(c, 0), weight = sc_arg_tensor(c, 1);
    ScTensor scales = sc_arg_tensor(c, 2), out = sc_arg_tensor(c, out_index);
    SC_TRY(sc_need_dense(&in, SC_F32));
    SC_TRY(sc_need_dense(&weight, SC_I8));
    SC_TRY(sc_need_dense(&scales, SC_F32));
    SC_TRY(sc_need_dense(&out, SC_F32));
    if (!sc_arg_is_none(c, 3)) {
        return SC_E_UNSUPPORTED;
    }
    if (in.rank != 2 || weight.rank != 2 || out.rank != 2 || scales.rank < 1 ||
        scales.rank > (transposed ? 2 : 1) || scales.sizes[0] != weight.sizes[0]) {
        return SC_E_SHAPE;
    }
    *x = (Mixed){in.data,
                 scales.data,
                 weight.data,
                 out.data,
                 (size_t)in.sizes[0],
                 (size_t)in.sizes[1],
                 (size_t)weight.sizes[transposed ? 0 : 1]};
    bool fits = (size_t)weight.sizes[transposed ? 1 : 0] == x->n &&
                (size_t)out.sizes[0] == x->m && (size_t)out.sizes[1] == x->p;
    return fits ? SC_OK : SC_E_SHAPE;
}

/* (input, weight, weight_scales, weight_zero_points?, out) */
ScStatus sc_quantized_decomposed_mixed_mm_out_f(ScCall *c) {
    Mixed x;
    SC_TRY(mixed_read(c, 4, false, &x));
    for (size_t i = 0; i < x.m; i++) {
        for (size_t j = 0; j < x.p; j++) {
            float sum = 0.0f;
            for (size_t k = 0; k < x.n; k++) {
                sum += x.in[i * x.n + k] * (float)x.weight[k * x.p + j] * x.scales[k];
            }
            x.out[i * x.p + j] = sum;
        }
    }
    return SC_OK;
}

/* Groups of one row of weight. */
static float row_product(const Mixed *x, size_t i, size_t j, size_t n_groups, size_t step) {
    const float *in = x->in + i * x->n;
    const int8_t *weight = x->weight + j * x->n;
    float sum = 0.0f;
    for (size_t first = 0, group = 0; first < x->n; first += step, group++) {
        size_t end = x->n - first < step ? x->n : first + step;
        float part = 0.0f;
        for (size_t k = first; k < end; k++) {
            part += in[k] * (float)weight[k];
        }
        sum += part * x->scales[j * n_groups + group];
    }
    return sum;
}

/* (input, weight, weight_scales, weight_zero_points?, dtype?, out) */
ScStatus sc_quantized_decomposed_mixed_linear_out_f(ScCall *c) {
    ScTensor scales = sc_arg_tensor(c, 2);
    Mixed x;
    SC_TRY(mixed_read(c, 5, true, &x));
    size_t n_groups = scales.rank == 2 ? (size_t)scales.sizes[1] : 1;
    if (n_groups == 0) {
        return SC_E_SHAPE;
    }
    size_t step = (x.n + n_groups - 1) / n_groups;
    if (x.n > 0 && (x.n + step - 1) / step != n_groups) {
        return SC_E_SHAPE; /* stock would read another group's scales */
    }
    for (size_t i = 0; i < x.m; i++) {
        for (size_t j = 0; j < x.p; j++) {
            x.out[i * x.p + j] = row_product(&x, i, j, n_groups, step);
        }
    }
    return SC_OK;
}
