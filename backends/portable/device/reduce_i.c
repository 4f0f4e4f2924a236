/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reductions of integers and bool: aten::sum.IntList_out, aten::amax.out,
 * aten::amin.out, aten::max.unary_out, aten::min.unary_out, aten::prod.*,
 * aten::any.*. Sums and products wrap in the output's dtype.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/reduce.h"

enum { CHUNK = 32 };

static int64_t fold_one(const ScReduce *r, const ScFold *fold, ScLoop *folded,
                        ptrdiff_t at) {
    int64_t buffer[CHUNK];
    int64_t acc = fold->start_i;
    bool first = fold->seeded;
    sc_loop_rewind(folded);
    while (sc_loop_next(folded)) {
        for (size_t i = 0; i < folded->n_inner; i += CHUNK) {
            size_t left = folded->n_inner - i;
            size_t n = left < CHUNK ? left : CHUNK;
            sc_load_i64(buffer, r->in.data, r->in.dtype,
                        at + folded->at[0] + (ptrdiff_t)i * folded->inner[0],
                        folded->inner[0], n);
            acc = fold->i(first ? buffer[0] : acc, n, buffer);
            first = false;
        }
    }
    return acc;
}

ScStatus sc_reduce_i(const ScReduce *r, const ScFold *fold) {
    ScLoop outputs, folded;
    SC_TRY(sc_reduce_begin(r, &outputs, &folded));
    if (!sc_dtype_is_known(r->in.dtype, false) || !sc_dtype_is_known(r->out.dtype, false)) {
        return SC_E_UNSUPPORTED;
    }
    if (fold->seeded && sc_reduce_count(r) == 0) {
        return SC_E_SHAPE;
    }
    while (sc_loop_next(&outputs)) {
        for (size_t i = 0; i < outputs.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            int64_t value =
                fold_one(r, fold, &folded, outputs.at[1] + step * outputs.inner[1]);
            sc_store_i64(r->out.data, r->out.dtype, outputs.at[0] + step * outputs.inner[0],
                         1, &value, 1);
        }
    }
    return SC_OK;
}

/* ---- the operators -------------------------------------------------------------- */

static int64_t fold_sum(int64_t acc, size_t n, const int64_t *x) {
    uint64_t sum = (uint64_t)acc; /* wraps */
    for (size_t i = 0; i < n; i++) {
        sum += (uint64_t)x[i];
    }
    return (int64_t)sum;
}

static int64_t fold_product(int64_t acc, size_t n, const int64_t *x) {
    uint64_t product = (uint64_t)acc; /* wraps */
    for (size_t i = 0; i < n; i++) {
        product *= (uint64_t)x[i];
    }
    return (int64_t)product;
}

static int64_t fold_max(int64_t acc, size_t n, const int64_t *x) {
    for (size_t i = 0; i < n; i++) {
        acc = x[i] > acc ? x[i] : acc;
    }
    return acc;
}

static int64_t fold_min(int64_t acc, size_t n, const int64_t *x) {
    for (size_t i = 0; i < n; i++) {
        acc = x[i] < acc ? x[i] : acc;
    }
    return acc;
}

static int64_t fold_any(int64_t acc, size_t n, const int64_t *x) {
    for (size_t i = 0; i < n; i++) {
        acc |= x[i] != 0;
    }
    return acc;
}

/* (self, dims, keepdim, [dtype,] out) */
static ScStatus reduce_read(const ScCall *c, uint32_t out, ScReduce *r) {
    r->in = sc_arg_tensor(c, 0);
    r->out = sc_arg_tensor(c, out);
    r->keepdim = sc_arg_bool(c, 2);
    return sc_reduce_axes(c, 1, r->in.rank, &r->axes);
}

ScStatus sc_aten_sum_IntList_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_sum};
    ScReduce r;
    SC_TRY(reduce_read(c, 4, &r));
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_amax_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_max, .seeded = true};
    ScReduce r;
    SC_TRY(reduce_read(c, 3, &r));
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_amin_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_min, .seeded = true};
    ScReduce r;
    SC_TRY(reduce_read(c, 3, &r));
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_any_dims_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_any};
    ScReduce r;
    SC_TRY(reduce_read(c, 3, &r));
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_any_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_any};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 3), 0, sc_arg_bool(c, 2)};
    uint32_t axis;
    SC_TRY(sc_axis(sc_arg_int(c, 1), r.in.rank, &axis));
    r.axes = 1u << axis;
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_any_all_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_any};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 1), UINT32_MAX, false};
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_max_unary_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_max, .seeded = true};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 1), UINT32_MAX, false};
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_min_unary_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_min, .seeded = true};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 1), UINT32_MAX, false};
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_prod_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_product, .start_i = 1};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 2), UINT32_MAX, false};
    return sc_reduce_i(&r, &fold);
}

ScStatus sc_aten_prod_int_out_i(ScCall *c) {
    const ScFold fold = {.i = fold_product, .start_i = 1};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 4), 0, sc_arg_bool(c, 2)};
    uint32_t axis;
    SC_TRY(sc_axis(sc_arg_int(c, 1), r.in.rank, &axis));
    r.axes = 1u << axis;
    return sc_reduce_i(&r, &fold);
}
