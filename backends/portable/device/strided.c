/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of what torch calls views with other strides: as_strided_copy,
 * diagonal_copy, narrow_copy, unfold_copy. Any dtype ('*').
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* Views of argument 0 and of the output at `out_index`. */
static ScStatus views_read(const ScCall *c, uint32_t out_index, ScView *out_from,
                           ScView *out_to) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, out_index);
    SC_TRY(sc_view(&in, out_from));
    SC_TRY(sc_view(&out, out_to));
    return sc_same_dtype(&in, &out) ? SC_OK : SC_E_UNSUPPORTED;
}

/* Sizes and strides of a part of the elements [offset, numel); every element that
 * they reach must lie there. */
static ScStatus strides_read(const ScCall *c, size_t numel, uint64_t offset, ScView *view) {
    uint32_t rank = sc_arg_count(c, 1);
    uint64_t last = offset < numel ? offset : numel;
    bool empty = false;
    if (rank != sc_arg_count(c, 2) || rank > SC_MAX_RANK) {
        return SC_E_SHAPE;
    }
    view->rank = rank;
    for (uint32_t d = 0; d < rank; d++) {
        int64_t size = sc_arg_int_at(c, 1, d), stride = sc_arg_int_at(c, 2, d);
        if (size < 0 || stride < 0 || size > INT32_MAX || stride > INT32_MAX) {
            return SC_E_SHAPE;
        }
        view->sizes[d] = (size_t)size;
        view->strides[d] = (ptrdiff_t)stride;
        empty = empty || size == 0;
        last += size > 0 ? (uint64_t)(size - 1) * (uint64_t)stride : 0;
        last = last < numel ? last : numel; /* outside is outside */
    }
    return empty || last < numel ? SC_OK : SC_E_RANGE;
}

/* (self, size, stride, storage_offset?, out): strides count elements of the bytes
 * as they lie, so a channels-last self would be another storage: refused. */
ScStatus sc_aten_as_strided_copy_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    int64_t offset = sc_arg_is_none(c, 3) ? 0 : sc_arg_int(c, 3);
    ScView from, to;
    SC_TRY(views_read(c, 4, &from, &to));
    if (!sc_is_contiguous(&in)) {
        return SC_E_UNSUPPORTED;
    }
    if (offset < 0) {
        return SC_E_SHAPE;
    }
    SC_TRY(strides_read(c, sc_view_numel(&from), (uint64_t)offset, &from));
    if (!sc_view_same_sizes(&from, &to)) {
        return SC_E_SHAPE;
    }
    if (sc_view_numel(&to) > 0) {
        from.data += (size_t)offset * from.n_elem_bytes;
    }
    return sc_view_copy(&to, &from);
}

/* (self, offset, dim1, dim2, out): the diagonal becomes the last axis. */
ScStatus sc_aten_diagonal_copy_out_x(ScCall *c) {
    int64_t offset = sc_arg_int(c, 1);
    ScView from, to;
    uint32_t a, b;
    SC_TRY(views_read(c, 4, &from, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 2), from.rank, &a));
    SC_TRY(sc_axis(sc_arg_int(c, 3), from.rank, &b));
    if (from.rank < 2 || a == b) {
        return SC_E_SHAPE;
    }
    int64_t rows = (int64_t)from.sizes[a], columns = (int64_t)from.sizes[b];
    int64_t row = offset < 0 ? (offset < -rows ? rows : -offset) : 0;
    int64_t column = offset > 0 ? (offset > columns ? columns : offset) : 0;
    int64_t n = rows - row < columns - column ? rows - row : columns - column;
    sc_view_slice(&from, a, (size_t)row, (size_t)n, 1);
    sc_view_slice(&from, b, (size_t)column, (size_t)n, 1);
    ptrdiff_t step = from.strides[a] + from.strides[b];
    uint32_t rank = 0;
    for (uint32_t d = 0; d < from.rank; d++) {
        if (d != a && d != b) {
            from.sizes[rank] = from.sizes[d];
            from.strides[rank++] = from.strides[d];
        }
    }
    from.sizes[rank] = (size_t)n;
    from.strides[rank++] = step;
    from.rank = rank;
    return sc_view_copy(&to, &from);
}

/* (self, dim, start, length, out) */
ScStatus sc_aten_narrow_copy_out_x(ScCall *c) {
    int64_t start = sc_arg_int(c, 2), n = sc_arg_int(c, 3);
    ScView from, to;
    uint32_t axis;
    SC_TRY(views_read(c, 4, &from, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), from.rank, &axis));
    int64_t size = from.rank ? (int64_t)from.sizes[axis] : 0;
    if (from.rank == 0 || start < -size || start > size) {
        return SC_E_SHAPE;
    }
    start = start < 0 ? start + size : start;
    if (n < 0 || n > size - start) {
        return SC_E_SHAPE;
    }
    sc_view_slice(&from, axis, (size_t)start, (size_t)n, 1);
    return sc_view_copy(&to, &from);
}

/* (self, dimension, size, step, out): windows of an axis; their elements are the
 * added last axis. */
ScStatus sc_aten_unfold_copy_out_x(ScCall *c) {
    int64_t size = sc_arg_int(c, 2), step = sc_arg_int(c, 3);
    ScView from, to;
    uint32_t axis;
    SC_TRY(views_read(c, 4, &from, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), from.rank, &axis));
    if (from.rank == SC_MAX_RANK) {
        return SC_E_UNSUPPORTED;
    }
    if (from.rank == 0) { /* a scalar is an axis of one element */
        sc_view_unsqueeze(&from, 0);
        from.strides[0] = 1;
        from.sizes[0] = size == 0 ? 0 : 1;
        if (size < 0 || size > 1 || step < 1) {
            return SC_E_SHAPE;
        }
        return sc_view_copy(&to, &from);
    }
    int64_t n = (int64_t)from.sizes[axis];
    if (size < 0 || size > n || step < 1) {
        return SC_E_SHAPE;
    }
    step = step > n + 1 ? n + 1 : step;
    from.sizes[from.rank] = (size_t)size;
    from.strides[from.rank] = from.strides[axis];
    from.sizes[axis] = (size_t)((n - size) / step + 1);
    from.strides[axis] *= (ptrdiff_t)step;
    from.rank++;
    return sc_view_copy(&to, &from);
}
