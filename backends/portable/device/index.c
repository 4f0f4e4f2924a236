/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that read positions from a tensor of int32 or int64: embedding,
 * index_select, gather. Any dtype of values ('*'). A position outside the axis
 * is SC_E_RANGE; negative ones too, as torch refuses them here.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

#include <string.h>

static ScStatus indices_view(const ScTensor *t, ScView *out_view) {
    SC_TRY(sc_view(t, out_view));
    return t->dtype == SC_I64 || t->dtype == SC_I32 ? SC_OK : SC_E_UNSUPPORTED;
}

/* The position at element offset `at`, checked against an axis of n. */
static ScStatus position_read(const ScTensor *indices, ptrdiff_t at, size_t n,
                              size_t *out_position) {
    int64_t value;
    sc_load_i64(&value, indices->data, indices->dtype, at, 1, 1);
    if (value < 0 || (uint64_t)value >= n) {
        return SC_E_RANGE;
    }
    *out_position = (size_t)value;
    return SC_OK;
}

/* out[i..., :] = weight[indices[i...], :] */
ScStatus sc_aten_embedding_out_x(ScCall *c) {
    ScTensor weight = sc_arg_tensor(c, 0), indices = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 5);
    ScView table, at, to;
    SC_TRY(sc_view(&weight, &table));
    SC_TRY(indices_view(&indices, &at));
    SC_TRY(sc_view(&out, &to));
    if (!sc_same_dtype(&weight, &out) || !sc_is_contiguous(&weight) ||
        !sc_is_contiguous(&indices) || !sc_is_contiguous(&out)) {
        return SC_E_UNSUPPORTED;
    }
    if (table.rank != 2 || to.rank != at.rank + 1 || to.sizes[at.rank] != table.sizes[1]) {
        return SC_E_SHAPE;
    }
    to.rank--;
    if (!sc_view_same_sizes(&to, &at)) {
        return SC_E_SHAPE;
    }
    size_t n_bytes = table.sizes[1] * table.n_elem_bytes;
    for (size_t i = 0; i < sc_view_numel(&at); i++) {
        size_t row;
        SC_TRY(position_read(&indices, (ptrdiff_t)i, table.sizes[0], &row));
        if (n_bytes > 0) {
            memcpy(to.data + i * n_bytes, table.data + row * n_bytes, n_bytes);
        }
    }
    return SC_OK;
}

ScStatus sc_aten_index_select_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), indices = sc_arg_tensor(c, 2);
    ScTensor out = sc_arg_tensor(c, 3);
    ScView from, at, to;
    uint32_t axis;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(indices_view(&indices, &at));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    sc_view_vector(&from);
    sc_view_vector(&to);
    if (at.rank > 1 || to.rank != from.rank || sc_view_numel(&at) != to.sizes[axis]) {
        return SC_E_SHAPE;
    }
    for (size_t i = 0; i < to.sizes[axis]; i++) {
        ScView source = from, target = to;
        size_t position;
        SC_TRY(position_read(&indices, (ptrdiff_t)i, from.sizes[axis], &position));
        sc_view_select(&source, axis, position);
        sc_view_select(&target, axis, i);
        SC_TRY(sc_view_copy(&target, &source));
    }
    return SC_OK;
}

/* out[i][j][k] = self[i][index[i][j][k]][k] for axis 1, and so on. */
ScStatus sc_aten_gather_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), indices = sc_arg_tensor(c, 2);
    ScTensor out = sc_arg_tensor(c, 4);
    ScView from, at, to;
    uint32_t axis;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(indices_view(&indices, &at));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    sc_view_vector(&from);
    sc_view_vector(&at);
    sc_view_vector(&to);
    if (from.rank != to.rank || !sc_view_same_sizes(&at, &to)) {
        return SC_E_SHAPE;
    }
    ptrdiff_t axis_step = from.strides[axis];
    size_t axis_size = from.sizes[axis];
    for (uint32_t d = 0; d < to.rank; d++) {
        if (d != axis && to.sizes[d] > from.sizes[d]) {
            return SC_E_SHAPE;
        }
    }
    from.strides[axis] = 0;
    const ptrdiff_t *strides[3] = {to.strides, from.strides, at.strides};
    ptrdiff_t size = (ptrdiff_t)to.n_elem_bytes;
    ScLoop loop;
    sc_loop_init(&loop, to.rank, to.sizes, strides, 3);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            size_t position;
            SC_TRY(position_read(&indices, loop.at[2] + step * loop.inner[2], axis_size,
                                 &position));
            ptrdiff_t source = loop.at[1] + step * loop.inner[1];
            memcpy(to.data + (loop.at[0] + step * loop.inner[0]) * size,
                   from.data + (source + (ptrdiff_t)position * axis_step) * size,
                   to.n_elem_bytes);
        }
    }
    return SC_OK;
}
