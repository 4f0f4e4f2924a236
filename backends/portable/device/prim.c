/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What loops are made of beside kernels: numbers that count, and a tensor that a
 * loop fills slice by slice. A number that is computed is the argument behind the
 * last one of the schema. Integers only: what counts turns and sizes.
 */
#include <string.h>

#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* Both arguments as integers; sums wrap around, as a hostile file may ask for. */
static ScStatus operands_read(const ScCall *c, uint64_t *out_a, uint64_t *out_b) {
    ScScalar a = sc_arg_scalar(c, 0), b = sc_arg_scalar(c, 1);
    *out_a = (uint64_t)a.i;
    *out_b = (uint64_t)b.i;
    return a.kind == SC_SCALAR_DOUBLE || b.kind == SC_SCALAR_DOUBLE ? SC_E_UNSUPPORTED
                                                                    : SC_OK;
}

ScStatus sc_executorch_prim_add_Scalar_x(ScCall *c) {
    uint64_t a, b;
    SC_TRY(operands_read(c, &a, &b));
    return sc_arg_set_int(c, 2, (int64_t)(a + b));
}

ScStatus sc_executorch_prim_sub_Scalar_x(ScCall *c) {
    uint64_t a, b;
    SC_TRY(operands_read(c, &a, &b));
    return sc_arg_set_int(c, 2, (int64_t)(a - b));
}

ScStatus sc_executorch_prim_eq_Scalar_x(ScCall *c) {
    uint64_t a, b;
    SC_TRY(operands_read(c, &a, &b));
    return sc_arg_set_bool(c, 2, a == b);
}

ScStatus sc_aten_sym_size_int_x(ScCall *c) {
    ScTensor x = sc_arg_tensor(c, 0);
    int64_t dim = sc_arg_int(c, 1);
    dim += dim < 0 ? x.rank : 0;
    if (dim < 0 || dim >= x.rank) {
        return SC_E_RANGE;
    }
    return sc_arg_set_int(c, 2, x.sizes[dim]);
}

static bool is_slice_of(const ScTensor *slice, const ScTensor *whole) {
    bool fits = whole->rank == slice->rank + 1 && whole->dtype == slice->dtype &&
                sc_is_contiguous(slice) && sc_is_contiguous(whole);
    for (uint32_t i = 0; fits && i < slice->rank; i++) {
        fits = slice->sizes[i] == whole->sizes[i + 1];
    }
    return fits;
}

/* (to, from, index): to[index] = from, and to has index + 1 slices from here on. */
ScStatus sc_executorch_prim_et_copy_index_tensor_x(ScCall *c) {
    ScTensor to = sc_arg_tensor(c, 0), from = sc_arg_tensor(c, 1);
    int64_t index = sc_arg_int(c, 2);
    int32_t sizes[SC_MAX_RANK];
    if (!is_slice_of(&from, &to)) {
        return SC_E_SHAPE;
    }
    if (index < 0 || index >= INT32_MAX) {
        return SC_E_RANGE;
    }
    memcpy(sizes, to.sizes, to.rank * sizeof sizes[0]);
    sizes[0] = (int32_t)index + 1;
    SC_TRY(sc_arg_set_sizes(c, 0, sizes)); /* refuses what is beyond its bytes */
    size_t n_bytes = sc_tensor_bytes(&from);
    if (n_bytes) {
        memmove((uint8_t *)to.data + (size_t)index * n_bytes, from.data, n_bytes);
    }
    return SC_OK;
}
