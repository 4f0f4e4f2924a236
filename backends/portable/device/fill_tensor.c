/* SPDX-License-Identifier: Apache-2.0 */
/* aten::fill.Tensor_out(self, value, out): out, of the sizes of self, is all value,
 * a tensor of one element that is converted like an assignment. */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_copy_f(const float *k, size_t n, const float *const *in, float *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i];
    }
}

static void row_copy_i(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = in[0][i];
    }
}

static ScStatus args_check(const ScTensor *self, const ScTensor *value,
                           const ScTensor *out) {
    bool fits = sc_same_sizes(self, out) && value->rank == 0;
    if (!fits) {
        return SC_E_SHAPE;
    }
    return sc_same_dtype(self, out) ? SC_OK : SC_E_UNSUPPORTED;
}

ScStatus sc_aten_fill_Tensor_out_f(ScCall *c) {
    ScTensor self = sc_arg_tensor(c, 0), value = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 2);
    SC_TRY(args_check(&self, &value, &out));
    return sc_pointwise_f(&out, &value, 1, row_copy_f, 0);
}

ScStatus sc_aten_fill_Tensor_out_i(ScCall *c) {
    ScTensor self = sc_arg_tensor(c, 0), value = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 2);
    SC_TRY(args_check(&self, &value, &out));
    return sc_pointwise_i(&out, &value, 1, row_copy_i, 0);
}
