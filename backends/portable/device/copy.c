/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that copy a whole tensor, under the same or other sizes. They move
 * bytes: any dtype ('*').
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

static ScStatus reshape_args(const ScCall *c, uint32_t out_index) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, out_index);
    return sc_reshape_copy(&in, &out);
}

static ScStatus clone_args(const ScCall *c, uint32_t out_index) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, out_index);
    if (!sc_same_sizes(&in, &out)) {
        return SC_E_SHAPE;
    }
    return sc_reshape_copy(&in, &out);
}

ScStatus sc_aten_view_copy_out_x(ScCall *c) {
    return reshape_args(c, 2);
}

ScStatus sc_aten_squeeze_copy_dim_out_x(ScCall *c) {
    return reshape_args(c, 2);
}

ScStatus sc_aten_squeeze_copy_dims_out_x(ScCall *c) {
    return reshape_args(c, 2);
}

ScStatus sc_aten_unsqueeze_copy_out_x(ScCall *c) {
    return reshape_args(c, 2);
}

ScStatus sc_aten_clone_out_x(ScCall *c) {
    return clone_args(c, 2);
}

ScStatus sc_aten_alias_copy_out_x(ScCall *c) {
    return clone_args(c, 1);
}

ScStatus sc_aten_detach_copy_out_x(ScCall *c) {
    return clone_args(c, 1);
}

ScStatus sc_aten_lift_fresh_copy_out_x(ScCall *c) {
    return clone_args(c, 1);
}

/* There are no complex numbers here: the conjugate of the others is a copy. */
ScStatus sc_aten__conj_physical_out_x(ScCall *c) {
    return clone_args(c, 1);
}

/* Between the memories of a host and of a device; here all memory is one. */
ScStatus sc_et_copy__h2d_copy_out_x(ScCall *c) {
    return clone_args(c, 1);
}

ScStatus sc_et_copy__d2h_copy_out_x(ScCall *c) {
    return clone_args(c, 1);
}

ScStatus sc_dim_order_ops__clone_dim_order_out_x(ScCall *c) {
    return clone_args(c, 3);
}
