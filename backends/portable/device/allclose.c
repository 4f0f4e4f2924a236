/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allclose of ExecuTorch's custom operators, in the namespace aten: one bool, whether
 * |self - other| <= atol + |rtol * other| for all elements, infinite differences
 * excepted; of integers, whether all are equal. equal_nan isn't looked at (as there):
 * a NaN is close to nothing. Dtypes, sizes and layouts must agree.
 */
#include <string.h>

#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

static bool floats_close(const float *a, const float *b, size_t n, double rtol,
                         double atol) {
    for (size_t i = 0; i < n; i++) {
        if (rtol == 0.0 && atol == 0.0) {
            if (a[i] != b[i]) {
                return false;
            }
            continue;
        }
        double bound = rtol * (double)b[i];
        bound = atol + (bound < 0.0 ? -bound : bound);
        float error = sc_fabsf(a[i] - b[i]);
        if (!(error < __builtin_inff()) || (double)error > bound) {
            return false;
        }
    }
    return true;
}

/* (self, other, rtol, atol, equal_nan, dummy_param), and the result at 6. */
static ScStatus allclose_run(const ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 6);
    double rtol = sc_arg_double(c, 2), atol = sc_arg_double(c, 3);
    ScView x, y, to;
    SC_TRY(sc_view(&a, &x));
    SC_TRY(sc_view(&b, &y));
    SC_TRY(sc_view(&out, &to));
    if (!sc_same_dtype(&a, &b) || out.dtype != SC_BOOL) {
        return SC_E_UNSUPPORTED;
    }
    if (!sc_same_layout(&a, &b) || sc_view_numel(&to) != 1) {
        return SC_E_SHAPE;
    }
    size_t n = sc_view_numel(&x);
    to.data[0] = a.dtype == SC_F32
                     ? floats_close(a.data, b.data, n, rtol, atol)
                     : n == 0 || memcmp(a.data, b.data, n * x.n_elem_bytes) == 0;
    return SC_OK;
}

ScStatus sc_aten_allclose_Tensor_f(ScCall *c) {
    return allclose_run(c);
}

ScStatus sc_aten_allclose_Tensor_i(ScCall *c) {
    return allclose_run(c);
}

ScStatus sc_aten_allclose_out_f(ScCall *c) {
    return allclose_run(c);
}

ScStatus sc_aten_allclose_out_i(ScCall *c) {
    return allclose_run(c);
}
