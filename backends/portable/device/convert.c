/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies that may change the dtype or the layout: aten::copy_, aten::copy.out,
 * aten::_to_copy.out, dim_order_ops::_to_dim_order_copy.out. What the output is
 * says the output tensor itself; src of copy is broadcast to self.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static ScStatus copy_same_dtype(const ScTensor *in, const ScTensor *out) {
    ScView from, to;
    SC_TRY(sc_view(in, &from));
    SC_TRY(sc_view(out, &to));
    SC_TRY(sc_view_expand(&from, to.rank, to.sizes));
    return sc_view_copy(&to, &from);
}

static void row_copy_f(const float *k, size_t n, const float *const *in, float *out) {
    const float *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i];
    }
}

static void row_copy_i(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    const int64_t *x = in[0];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i];
    }
}

static ScStatus convert_f(const ScTensor *in, const ScTensor *out) {
    return sc_same_dtype(in, out) ? copy_same_dtype(in, out)
                                  : sc_pointwise_f(out, in, 1, row_copy_f, 0);
}

static ScStatus convert_i(const ScTensor *in, const ScTensor *out) {
    return sc_same_dtype(in, out) ? copy_same_dtype(in, out)
                                  : sc_pointwise_i(out, in, 1, row_copy_i, 0);
}

ScStatus sc_aten_copy__f(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 0), in = sc_arg_tensor(c, 1);
    return convert_f(&in, &out);
}

ScStatus sc_aten_copy__i(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 0), in = sc_arg_tensor(c, 1);
    return convert_i(&in, &out);
}

ScStatus sc_aten_copy_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 3);
    return convert_f(&in, &out);
}

ScStatus sc_aten_copy_out_i(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 3);
    return convert_i(&in, &out);
}

ScStatus sc_aten__to_copy_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    return sc_same_sizes(&in, &out) ? convert_f(&in, &out) : SC_E_SHAPE;
}

ScStatus sc_aten__to_copy_out_i(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    return sc_same_sizes(&in, &out) ? convert_i(&in, &out) : SC_E_SHAPE;
}

ScStatus sc_dim_order_ops__to_dim_order_copy_out_f(ScCall *c) {
    return sc_aten__to_copy_out_f(c); /* the same argument positions */
}

ScStatus sc_dim_order_ops__to_dim_order_copy_out_i(ScCall *c) {
    return sc_aten__to_copy_out_i(c);
}
