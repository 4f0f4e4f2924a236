/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that choose elements by a mask or a position: masked_fill and tril
 * move bytes ('*'); where.self promotes its operands ('f', 'i').
 */
#include "backends/portable/device/fill.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

#include <string.h>

static void row_where_f(const float *k, size_t n, const float *const *in, float *out) {
    const float *test = in[0], *yes = in[1], *no = in[2];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = test[i] != 0.0f ? yes[i] : no[i];
    }
}

static void row_where_i(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    const int64_t *test = in[0], *yes = in[1], *no = in[2];
    (void)k;
    for (size_t i = 0; i < n; i++) {
        out[i] = test[i] != 0 ? yes[i] : no[i];
    }
}

ScStatus sc_aten_where_self_out_f(ScCall *c) {
    return sc_map_f(c, 3, 3, row_where_f, 0);
}

ScStatus sc_aten_where_self_out_i(ScCall *c) {
    return sc_map_i(c, 3, 3, row_where_i, 0);
}

/* (self, mask, value, out); both inputs are broadcast to out. */
ScStatus sc_aten_masked_fill_Scalar_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), mask = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 3);
    ScView from, test, to;
    uint8_t bytes[8];
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&mask, &test));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_view_expand(&from, to.rank, to.sizes));
    SC_TRY(sc_view_expand(&test, to.rank, to.sizes));
    SC_TRY(sc_scalar_bytes(sc_arg_scalar(c, 2), out.dtype, bytes));
    if (mask.dtype != SC_BOOL || !sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    const ptrdiff_t *strides[3] = {to.strides, from.strides, test.strides};
    ptrdiff_t size = (ptrdiff_t)to.n_elem_bytes;
    ScLoop loop;
    sc_loop_init(&loop, to.rank, to.sizes, strides, 3);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            bool masked = test.data[loop.at[2] + step * loop.inner[2]] != 0;
            const char *source = from.data + (loop.at[1] + step * loop.inner[1]) * size;
            memmove(to.data + (loop.at[0] + step * loop.inner[0]) * size,
                    masked ? (const char *)bytes : source, to.n_elem_bytes);
        }
    }
    return SC_OK;
}

static void zeros_put(const ScView *view) {
    const ptrdiff_t *strides[1] = {view->strides};
    ScLoop loop;
    sc_loop_init(&loop, view->rank, view->sizes, strides, 1);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            ptrdiff_t at = loop.at[0] + (ptrdiff_t)i * loop.inner[0];
            memset(view->data + at * (ptrdiff_t)view->n_elem_bytes, 0, view->n_elem_bytes);
        }
    }
}

/* Keeps column <= row + diagonal of the last two axes, zero elsewhere. */
ScStatus sc_aten_tril_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    int64_t diagonal = sc_arg_int(c, 1);
    ScView from, to;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    if (to.rank < 2) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_view_copy(&to, &from));
    uint32_t r = to.rank - 2, m = to.rank - 1;
    int64_t rows = (int64_t)to.sizes[r], columns = (int64_t)to.sizes[m];
    diagonal = diagonal > columns ? columns : diagonal < -rows ? -rows : diagonal;
    for (int64_t row = 0; row < rows; row++) {
        int64_t first = row + diagonal + 1; /* of the columns that go */
        first = first < 0 ? 0 : first;
        if (first < columns) {
            ScView gone = to;
            sc_view_slice(&gone, r, (size_t)row, 1, 1);
            sc_view_slice(&gone, m, (size_t)first, (size_t)(columns - first), 1);
            zeros_put(&gone);
        }
    }
    return SC_OK;
}
