/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequences: aten::arange.out, aten::arange.start_out (in double, as torch) and
 * aten::cumsum.out along any axis of any layout.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* ---- arange --------------------------------------------------------------------- */

static ScStatus arange_check(const ScTensor *out, bool is_float) {
    ScView view;
    SC_TRY(sc_view(out, &view));
    if (out->rank != 1) {
        return SC_E_SHAPE;
    }
    return sc_dtype_is_known(out->dtype, is_float) ? SC_OK : SC_E_UNSUPPORTED;
}

static ScStatus arange_f(const ScTensor *out, double start, double step) {
    SC_TRY(arange_check(out, true));
    for (int32_t i = 0; i < out->sizes[0]; i++) {
        float value = (float)(start + step * (double)i);
        sc_store_f32(out->data, out->dtype, i, 1, &value, 1);
    }
    return SC_OK;
}

static ScStatus arange_i(const ScTensor *out, int64_t start, int64_t step) {
    SC_TRY(arange_check(out, false));
    for (int32_t i = 0; i < out->sizes[0]; i++) {
        uint64_t wide = (uint64_t)start + (uint64_t)step * (uint64_t)i;
        int64_t value = (int64_t)wide;
        sc_store_i64(out->data, out->dtype, i, 1, &value, 1);
    }
    return SC_OK;
}

ScStatus sc_aten_arange_out_f(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 1);
    return arange_f(&out, 0.0, 1.0);
}

ScStatus sc_aten_arange_out_i(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 1);
    return arange_i(&out, 0, 1);
}

ScStatus sc_aten_arange_start_out_f(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 3);
    return arange_f(&out, sc_arg_scalar(c, 0).d, sc_arg_scalar(c, 2).d);
}

ScStatus sc_aten_arange_start_out_i(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 3);
    return arange_i(&out, sc_arg_scalar(c, 0).i, sc_arg_scalar(c, 2).i);
}

/* ---- cumsum --------------------------------------------------------------------- */

typedef struct Line {
    const ScTensor *in, *out;
    ptrdiff_t in_step, out_step;
    size_t n;
} Line;

static void line_f(const Line *l, ptrdiff_t from, ptrdiff_t to) {
    float sum = 0.0f;
    for (size_t i = 0; i < l->n; i++, from += l->in_step, to += l->out_step) {
        float x;
        sc_load_f32(&x, l->in->data, l->in->dtype, from, 1, 1);
        sum += x;
        sc_store_f32(l->out->data, l->out->dtype, to, 1, &sum, 1);
    }
}

static void line_i(const Line *l, ptrdiff_t from, ptrdiff_t to) {
    uint64_t sum = 0;
    for (size_t i = 0; i < l->n; i++, from += l->in_step, to += l->out_step) {
        int64_t x;
        sc_load_i64(&x, l->in->data, l->in->dtype, from, 1, 1);
        sum += (uint64_t)x;
        x = (int64_t)sum;
        sc_store_i64(l->out->data, l->out->dtype, to, 1, &x, 1);
    }
}

static ScStatus cumsum_run(const ScCall *c, bool is_float,
                           void (*fn)(const Line *l, ptrdiff_t from, ptrdiff_t to)) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    ScView from, to;
    uint32_t axis;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    if (!sc_dtype_is_known(in.dtype, is_float) || !sc_dtype_is_known(out.dtype, is_float)) {
        return SC_E_UNSUPPORTED;
    }
    if (!sc_view_same_sizes(&from, &to)) {
        return SC_E_SHAPE;
    }
    if (in.rank == 0) {
        sc_view_unsqueeze(&from, 0);
        sc_view_unsqueeze(&to, 0);
    }
    Line line = {&in, &out, from.strides[axis], to.strides[axis], from.sizes[axis]};
    if (line.n == 0) {
        return SC_OK;
    }
    sc_view_select(&from, axis, 0);
    sc_view_select(&to, axis, 0);
    const ptrdiff_t *strides[2] = {to.strides, from.strides};
    ScLoop loop;
    sc_loop_init(&loop, to.rank, to.sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            fn(&line, loop.at[1] + (ptrdiff_t)i * loop.inner[1],
               loop.at[0] + (ptrdiff_t)i * loop.inner[0]);
        }
    }
    return SC_OK;
}

ScStatus sc_aten_cumsum_out_f(ScCall *c) {
    return cumsum_run(c, true, line_f);
}

ScStatus sc_aten_cumsum_out_i(ScCall *c) {
    return cumsum_run(c, false, line_i);
}
