/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that fill: full, full_like, zeros, ones, empty, fill, scalar_tensor.
 * Any dtype that a scalar converts to ('*'). Sizes are those of the output.
 * aten::fill.Tensor_out, whose value is a tensor of one element, is in fill_tensor.c.
 */
#include "backends/portable/device/fill.h"

#include <string.h>

#include "backends/portable/device/portable.h"

ScStatus sc_scalar_bytes(ScScalar value, uint8_t dtype, uint8_t out_bytes[8]) {
    float f = (float)value.d;
    uint64_t i = (uint64_t)value.i; /* its low bytes are the wrapped integer */
    memset(out_bytes, 0, 8);
    switch (dtype) {
    case SC_F32:
        memcpy(out_bytes, &f, 4);
        return SC_OK;
    case SC_F64:
        memcpy(out_bytes, &value.d, 8);
        return SC_OK;
    case SC_BOOL:
        out_bytes[0] = value.d < 0.0 || value.d > 0.0 || i != 0;
        return SC_OK;
    case SC_U8:
    case SC_I8:
    case SC_U16:
    case SC_I16:
    case SC_U32:
    case SC_I32:
    case SC_U64:
    case SC_I64:
        memcpy(out_bytes, &i, 8);
        return SC_OK;
    default:
        return SC_E_UNSUPPORTED;
    }
}

ScStatus sc_fill_scalar(const ScTensor *out, ScScalar value) {
    uint8_t bytes[8];
    ScView to;
    SC_TRY(sc_view(out, &to));
    SC_TRY(sc_scalar_bytes(value, out->dtype, bytes));
    size_t n = sc_view_numel(&to); /* dense in every layout */
    bool uniform = true;
    for (size_t i = 1; i < to.n_elem_bytes; i++) {
        uniform = uniform && bytes[i] == bytes[0];
    }
    if (uniform && n > 0) { /* 0 above all */
        memset(to.data, bytes[0], n * to.n_elem_bytes);
        return SC_OK;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(to.data + i * to.n_elem_bytes, bytes, to.n_elem_bytes);
    }
    return SC_OK;
}

static ScStatus fill_sized(const ScCall *c, uint32_t out_index, ScScalar value) {
    ScTensor out = sc_arg_tensor(c, out_index);
    SC_TRY(sc_sizes_given(c, &out));
    return sc_fill_scalar(&out, value);
}

static ScStatus fill_like(const ScCall *c, uint32_t out_index) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, out_index);
    if (!sc_same_sizes(&in, &out)) {
        return SC_E_SHAPE;
    }
    return sc_fill_scalar(&out, sc_arg_scalar(c, 1));
}

ScStatus sc_aten_full_out_x(ScCall *c) {
    return fill_sized(c, 2, sc_arg_scalar(c, 1));
}

ScStatus sc_aten_zeros_out_x(ScCall *c) {
    return fill_sized(c, 1, (ScScalar){SC_SCALAR_INT, 0, 0.0});
}

ScStatus sc_aten_ones_out_x(ScCall *c) {
    return fill_sized(c, 1, (ScScalar){SC_SCALAR_INT, 1, 1.0});
}

/* Nobody may depend on the values: zeros keep runs reproducible. */
ScStatus sc_aten_empty_out_x(ScCall *c) {
    return fill_sized(c, 2, (ScScalar){SC_SCALAR_INT, 0, 0.0});
}

/* (size, dim_order?, out) */
ScStatus sc_dim_order_ops__empty_dim_order_out_x(ScCall *c) {
    return fill_sized(c, 2, (ScScalar){SC_SCALAR_INT, 0, 0.0});
}

ScStatus sc_aten_full_like_out_x(ScCall *c) {
    return fill_like(c, 3);
}

ScStatus sc_aten_fill_Scalar_out_x(ScCall *c) {
    return fill_like(c, 2);
}

ScStatus sc_aten_scalar_tensor_out_x(ScCall *c) {
    ScTensor out = sc_arg_tensor(c, 1);
    return out.rank == 0 ? sc_fill_scalar(&out, sc_arg_scalar(c, 0)) : SC_E_SHAPE;
}
