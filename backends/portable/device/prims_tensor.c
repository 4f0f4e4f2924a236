/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs ask tensors for at run time: aten::sym_size.int, aten::sym_numel,
 * aten::_local_scalar_dense (the first element as a number); executorch_prim::et_view
 * (the same bytes in other sizes) and et_copy_index (one row of what a map gives).
 */
#include <string.h>

#include "backends/portable/device/element.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

ScStatus sc_aten_sym_size_int_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    uint32_t axis;
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    return in.rank > 0 ? sc_arg_set_int(c, 2, in.sizes[axis]) : SC_E_SHAPE;
}

ScStatus sc_aten_sym_numel_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    return sc_arg_set_int(c, 1, (int64_t)sc_tensor_numel(&in));
}

ScStatus sc_aten__local_scalar_dense_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    int64_t value;
    ScView view;
    SC_TRY(sc_view(&in, &view));
    if (sc_view_numel(&view) == 0) {
        return SC_E_SHAPE;
    }
    if (in.dtype == SC_F32) {
        return sc_arg_set_double(c, 1, (double)*(const float *)in.data);
    }
    if (in.dtype == SC_F64) {
        return sc_arg_set_double(c, 1, *(const double *)in.data);
    }
    if (!sc_dtype_is_known(in.dtype, false)) {
        return SC_E_UNSUPPORTED;
    }
    sc_load_i64(&value, in.data, in.dtype, 0, 1, 1);
    if (in.dtype == SC_BOOL && sc_arg_set_bool(c, 1, value != 0) == SC_OK) {
        return SC_OK;
    }
    return sc_arg_set_int(c, 1, value);
}

/* The sizes of argument 1 for numel elements; one of them may be -1. */
static ScStatus view_sizes(const ScCall *c, size_t numel, uint32_t rank,
                           int32_t *out_sizes) {
    uint64_t known = 1;
    uint32_t open = rank;
    if (sc_arg_count(c, 1) != rank || numel > INT32_MAX) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < rank; d++) {
        int64_t size = sc_arg_int_at(c, 1, d);
        if (size < -1 || size > INT32_MAX || (size == -1 && open < rank)) {
            return SC_E_SHAPE;
        }
        out_sizes[d] = (int32_t)size;
        if (size == -1) {
            open = d;
            continue;
        }
        known *= (uint64_t)size;
        known = known > INT32_MAX ? (uint64_t)INT32_MAX + 1 : known;
    }
    if (open < rank) {
        if (known == 0 || numel % known != 0) {
            return SC_E_SHAPE;
        }
        out_sizes[open] = (int32_t)(numel / known);
        return SC_OK;
    }
    return known == numel ? SC_OK : SC_E_SHAPE;
}

/* (self, size, out): no bytes move, unless out has a place of its own. */
ScStatus sc_executorch_prim_et_view_default_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    int32_t sizes[SC_MAX_RANK];
    ScView view;
    SC_TRY(sc_view(&in, &view));
    if (out.rank > SC_MAX_RANK) {
        return SC_E_SHAPE;
    }
    if (!sc_same_dtype(&in, &out) || !sc_is_contiguous(&in)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(view_sizes(c, sc_view_numel(&view), out.rank, sizes));
    SC_TRY(sc_arg_set_sizes(c, 2, sizes));
    ScStatus status = sc_arg_alias(c, 2, 0);
    out = sc_arg_tensor(c, 2);
    if (status != SC_E_ARG || !out.data) {
        return status;
    }
    return sc_reshape_copy(&in, &out);
}

/* (copy_to, copy_from, index): copy_from becomes copy_to[index]; a copy_to whose size
 * can change grows to that row. */
ScStatus sc_executorch_prim_et_copy_index_tensor_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 0);
    int64_t index = sc_arg_int(c, 2);
    int32_t sizes[SC_MAX_RANK];
    ScView from, to;
    SC_TRY(sc_view(&in, &from));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    if (index < 0 || index >= INT32_MAX) {
        return SC_E_RANGE;
    }
    if (out.rank != in.rank + 1 || out.rank > SC_MAX_RANK) {
        return SC_E_SHAPE;
    }
    sizes[0] = (int32_t)index + 1;
    for (uint32_t d = 0; d < in.rank; d++) {
        sizes[d + 1] = in.sizes[d];
    }
    if (sc_arg_set_sizes(c, 0, sizes) != SC_OK && index >= out.sizes[0]) {
        return SC_E_RANGE;
    }
    out = sc_arg_tensor(c, 0);
    SC_TRY(sc_view(&out, &to));
    sc_view_select(&to, 0, (size_t)index);
    return sc_view_copy(&to, &from);
}
