/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that copy a rearranged view of their input: permute_copy,
 * transpose_copy, t_copy, expand_copy, repeat, flip. Any dtype ('*').
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

static ScStatus views_of(const ScCall *c, uint32_t out_index, ScView *out_from,
                         ScView *out_to) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, out_index);
    SC_TRY(sc_view(&in, out_from));
    SC_TRY(sc_view(&out, out_to));
    return sc_same_dtype(&in, &out) ? SC_OK : SC_E_UNSUPPORTED;
}

ScStatus sc_aten_permute_copy_out_x(ScCall *c) {
    ScView in, from, to;
    uint32_t seen = 0;
    SC_TRY(views_of(c, 2, &in, &to));
    from = in;
    if (sc_arg_count(c, 1) != in.rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < in.rank; d++) {
        uint32_t axis;
        SC_TRY(sc_axis(sc_arg_int_at(c, 1, d), in.rank, &axis));
        if (seen >> axis & 1) {
            return SC_E_SHAPE;
        }
        seen |= 1u << axis;
        from.sizes[d] = in.sizes[axis];
        from.strides[d] = in.strides[axis];
    }
    return sc_view_copy(&to, &from);
}

static void axes_swap(ScView *view, uint32_t a, uint32_t b) {
    size_t size = view->sizes[a];
    ptrdiff_t stride = view->strides[a];
    view->sizes[a] = view->sizes[b];
    view->strides[a] = view->strides[b];
    view->sizes[b] = size;
    view->strides[b] = stride;
}

ScStatus sc_aten_transpose_copy_int_out_x(ScCall *c) {
    ScView from, to;
    uint32_t a, b;
    SC_TRY(views_of(c, 3, &from, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), from.rank, &a));
    SC_TRY(sc_axis(sc_arg_int(c, 2), from.rank, &b));
    if (from.rank > 0) {
        axes_swap(&from, a, b);
    }
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_t_copy_out_x(ScCall *c) {
    ScView from, to;
    SC_TRY(views_of(c, 1, &from, &to));
    if (from.rank > 2) {
        return SC_E_SHAPE;
    }
    if (from.rank == 2) {
        axes_swap(&from, 0, 1);
    }
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_expand_copy_out_x(ScCall *c) {
    ScView from, to;
    SC_TRY(views_of(c, 3, &from, &to));
    if (sc_arg_count(c, 1) != to.rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < to.rank; d++) { /* -1 keeps an axis of the input */
        int64_t want = sc_arg_int_at(c, 1, d);
        if (want != -1 && (want < 0 || (uint64_t)want != to.sizes[d])) {
            return SC_E_SHAPE;
        }
    }
    SC_TRY(sc_view_expand(&from, to.rank, to.sizes));
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_flip_out_x(ScCall *c) {
    ScView from, to;
    uint32_t seen = 0;
    SC_TRY(views_of(c, 2, &from, &to));
    if (!sc_view_same_sizes(&from, &to)) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < sc_arg_count(c, 1); i++) {
        uint32_t d;
        SC_TRY(sc_axis(sc_arg_int_at(c, 1, i), from.rank, &d));
        if (seen >> d & 1) {
            return SC_E_SHAPE;
        }
        seen |= 1u << d;
        if (d < from.rank && from.sizes[d] > 0) {
            sc_view_slice(&from, d, from.sizes[d] - 1, from.sizes[d], 1);
            from.strides[d] = -from.strides[d];
        }
    }
    return sc_view_copy(&to, &from);
}

/* Steps an odometer with times[d] positions on axis d; false after the last. */
static bool block_next(uint32_t rank, const size_t *times, size_t *block) {
    for (uint32_t d = rank; d-- > 0;) {
        if (++block[d] < times[d]) {
            return true;
        }
        block[d] = 0;
    }
    return false;
}

ScStatus sc_aten_repeat_out_x(ScCall *c) {
    ScView from, to;
    size_t times[SC_MAX_RANK], block[SC_MAX_RANK] = {0};
    uint32_t rank = sc_arg_count(c, 1);
    SC_TRY(views_of(c, 2, &from, &to));
    if (rank != to.rank || rank < from.rank) {
        return SC_E_SHAPE;
    }
    while (from.rank < rank) {
        sc_view_unsqueeze(&from, 0);
    }
    for (uint32_t d = 0; d < rank; d++) {
        int64_t want = sc_arg_int_at(c, 1, d);
        if (want < 0 || want > INT32_MAX ||
            (uint64_t)from.sizes[d] * (uint64_t)want != to.sizes[d]) {
            return SC_E_SHAPE;
        }
        times[d] = (size_t)want;
    }
    bool more = sc_view_numel(&to) > 0;
    while (more) {
        ScView part = to;
        for (uint32_t d = 0; d < rank; d++) {
            sc_view_slice(&part, d, block[d] * from.sizes[d], from.sizes[d], 1);
        }
        SC_TRY(sc_view_copy(&part, &from));
        more = block_next(rank, times, block);
    }
    return SC_OK;
}
