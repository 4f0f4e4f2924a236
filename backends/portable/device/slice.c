/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that copy parts: slice_copy, select_copy, split_copy,
 * split_with_sizes_copy, unbind_copy, cat, stack, slice_scatter,
 * select_scatter, constant_pad_nd. Any dtype ('*').
 */
#include "backends/portable/device/fill.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

static ScStatus view_like(const ScTensor *t, const ScTensor *like, ScView *out_view) {
    SC_TRY(sc_view(t, out_view));
    return sc_same_dtype(t, like) ? SC_OK : SC_E_UNSUPPORTED;
}

/* ---- one part ------------------------------------------------------------------ */

/* Arguments first..first+2 of a call: start, end, step of a slice of `size`. */
static ScStatus bounds_read(const ScCall *c, uint32_t first, size_t size, size_t *out_start,
                            size_t *out_n, size_t *out_step) {
    int64_t n = (int64_t)size;
    int64_t start = sc_arg_is_none(c, first) ? 0 : sc_arg_int(c, first);
    int64_t end = sc_arg_is_none(c, first + 1) ? n : sc_arg_int(c, first + 1);
    int64_t step = sc_arg_int(c, first + 2);
    if (step < 1) {
        return SC_E_SHAPE;
    }
    start = start < 0 ? (start < -n ? 0 : start + n) : (start > n ? n : start);
    end = end < 0 ? (end < -n ? 0 : end + n) : (end > n ? n : end);
    step = step > n + 1 ? n + 1 : step;
    *out_start = (size_t)start;
    *out_n = end > start ? (size_t)((end - start + step - 1) / step) : 0;
    *out_step = (size_t)step;
    return SC_OK;
}

static ScStatus axis_read(const ScCall *c, uint32_t index, const ScView *view,
                          uint32_t *out_axis) {
    SC_TRY(sc_axis(sc_arg_int(c, index), view->rank, out_axis));
    return view->rank > 0 ? SC_OK : SC_E_SHAPE;
}

static ScStatus index_read(const ScCall *c, uint32_t index, size_t size,
                           size_t *out_index) {
    int64_t n = (int64_t)size;
    int64_t at = sc_arg_int(c, index);
    if (at < -n || at >= n) {
        return SC_E_RANGE;
    }
    *out_index = (size_t)(at < 0 ? at + n : at);
    return SC_OK;
}

ScStatus sc_aten_slice_copy_Tensor_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 5);
    ScView from, to;
    uint32_t axis;
    size_t start, n, step;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(view_like(&out, &in, &to));
    SC_TRY(axis_read(c, 1, &from, &axis));
    SC_TRY(bounds_read(c, 2, from.sizes[axis], &start, &n, &step));
    sc_view_slice(&from, axis, start, n, step);
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_select_copy_int_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    ScView from, to;
    uint32_t axis;
    size_t at;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(view_like(&out, &in, &to));
    SC_TRY(axis_read(c, 1, &from, &axis));
    SC_TRY(index_read(c, 2, from.sizes[axis], &at));
    sc_view_select(&from, axis, at);
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_slice_scatter_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), src = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 6);
    ScView part, from, to;
    uint32_t axis;
    size_t start, n, step;
    SC_TRY(view_like(&out, &in, &to));
    SC_TRY(view_like(&src, &in, &part));
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view_copy(&to, &from));
    SC_TRY(axis_read(c, 2, &to, &axis));
    SC_TRY(bounds_read(c, 3, to.sizes[axis], &start, &n, &step));
    sc_view_slice(&to, axis, start, n, step);
    return sc_view_copy(&to, &part);
}

ScStatus sc_aten_select_scatter_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), src = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 4);
    ScView part, from, to;
    uint32_t axis;
    size_t at;
    SC_TRY(view_like(&out, &in, &to));
    SC_TRY(view_like(&src, &in, &part));
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view_copy(&to, &from));
    SC_TRY(axis_read(c, 2, &to, &axis));
    SC_TRY(index_read(c, 3, to.sizes[axis], &at));
    sc_view_select(&to, axis, at);
    return sc_view_copy(&to, &part);
}

/* ---- one tensor to many ---------------------------------------------------------- */

/* Copies [at, at + n) of an axis to item `i` of the output list. */
static ScStatus part_copy(const ScCall *c, uint32_t out_index, uint32_t i,
                          const ScTensor *in, uint32_t axis, size_t at, size_t n) {
    ScTensor out = sc_arg_tensor_at(c, out_index, i);
    ScView from, to;
    SC_TRY(sc_view(in, &from));
    SC_TRY(view_like(&out, in, &to));
    sc_view_slice(&from, axis, at, n, 1);
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_split_copy_Tensor_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    int64_t chunk = sc_arg_int(c, 1);
    ScView from;
    uint32_t axis;
    size_t at = 0;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(axis_read(c, 2, &from, &axis));
    size_t size = from.sizes[axis];
    if (chunk < 0 || (chunk == 0 && size > 0)) {
        return SC_E_SHAPE;
    }
    uint32_t n = sc_arg_count(c, 3);
    for (uint32_t i = 0; i < n; i++) {
        size_t left = size - at;
        size_t take = (uint64_t)chunk < left ? (size_t)chunk : left;
        SC_TRY(part_copy(c, 3, i, &in, axis, at, take));
        at += take;
    }
    return at == size ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_aten_split_with_sizes_copy_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScView from;
    uint32_t axis;
    size_t at = 0;
    uint32_t n = sc_arg_count(c, 3);
    SC_TRY(sc_view(&in, &from));
    SC_TRY(axis_read(c, 2, &from, &axis));
    if (n != sc_arg_count(c, 1)) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n; i++) {
        int64_t take = sc_arg_int_at(c, 1, i);
        if (take < 0 || (uint64_t)take > from.sizes[axis] - at) {
            return SC_E_SHAPE;
        }
        SC_TRY(part_copy(c, 3, i, &in, axis, at, (size_t)take));
        at += (size_t)take;
    }
    return at == from.sizes[axis] ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_aten_unbind_copy_int_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScView from;
    uint32_t axis;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(axis_read(c, 1, &from, &axis));
    if (sc_arg_count(c, 2) != from.sizes[axis]) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < sc_arg_count(c, 2); i++) {
        ScTensor out = sc_arg_tensor_at(c, 2, i);
        ScView part = from, to;
        SC_TRY(view_like(&out, &in, &to));
        sc_view_select(&part, axis, i);
        SC_TRY(sc_view_copy(&to, &part));
    }
    return SC_OK;
}

/* ---- many tensors to one ------------------------------------------------------------ */

/* Tensors of shape [0] are skipped, as torch does. */
ScStatus sc_aten_cat_out_x(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 2);
    ScView to;
    uint32_t axis;
    size_t at = 0;
    SC_TRY(sc_view(&out, &to));
    SC_TRY(axis_read(c, 1, &to, &axis));
    for (uint32_t i = 0; i < sc_arg_count(c, 0); i++) {
        ScTensor in = sc_arg_tensor_at(c, 0, i);
        ScView from, part = to;
        SC_TRY(view_like(&in, &out, &from));
        if (in.rank == 1 && from.sizes[0] == 0) {
            continue;
        }
        if (from.rank != to.rank || from.sizes[axis] > to.sizes[axis] - at) {
            return SC_E_SHAPE;
        }
        sc_view_slice(&part, axis, at, from.sizes[axis], 1);
        SC_TRY(sc_view_copy(&part, &from));
        at += from.sizes[axis];
    }
    return at == to.sizes[axis] ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_aten_stack_out_x(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 2);
    ScView to;
    uint32_t axis;
    SC_TRY(sc_view(&out, &to));
    SC_TRY(axis_read(c, 1, &to, &axis));
    if (sc_arg_count(c, 0) != to.sizes[axis]) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < sc_arg_count(c, 0); i++) {
        ScTensor in = sc_arg_tensor_at(c, 0, i);
        ScView from, part = to;
        SC_TRY(view_like(&in, &out, &from));
        sc_view_select(&part, axis, i);
        SC_TRY(sc_view_copy(&part, &from));
    }
    return SC_OK;
}

/* ---- padding -------------------------------------------------------------------- */

/* Crops or shifts one axis for a pad of `low` and `high`; negative pads crop. */
static ScStatus axis_pad(ScView *from, ScView *to, uint32_t d, int64_t low, int64_t high) {
    int64_t limit = INT32_MAX;
    int64_t n = (int64_t)from->sizes[d];
    if (low < -limit || low > limit || high < -limit || high > limit) {
        return SC_E_SHAPE;
    }
    if (n + low + high != (int64_t)to->sizes[d]) {
        return SC_E_SHAPE;
    }
    int64_t first = low < 0 ? -low : 0;
    int64_t end = high < 0 ? n + high : n;
    int64_t keep = end > first ? end - first : 0;
    sc_view_slice(from, d, keep ? (size_t)first : 0, (size_t)keep, 1);
    sc_view_slice(to, d, keep && low > 0 ? (size_t)low : 0, (size_t)keep, 1);
    return SC_OK;
}

/* pad: (low, high) of the last axis first. */
ScStatus sc_aten_constant_pad_nd_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 3);
    uint32_t n = sc_arg_count(c, 1);
    ScView from, to;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(view_like(&out, &in, &to));
    if (n % 2 != 0 || n > 2u * from.rank || from.rank != to.rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n / 2; i++) {
        uint32_t d = from.rank - 1 - i;
        SC_TRY(axis_pad(&from, &to, d, sc_arg_int_at(c, 1, 2 * i),
                        sc_arg_int_at(c, 1, 2 * i + 1)));
    }
    if (!sc_view_same_sizes(&from, &to)) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_fill_scalar(&out, sc_arg_scalar(c, 2)));
    return sc_view_copy(&to, &from);
}
