/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reductions in float32: aten::sum.IntList_out, aten::mean.*, aten::amax.out,
 * aten::amin.out, aten::max.unary_out, aten::min.unary_out, aten::prod.*,
 * aten::any.*. Sums add parts of at most 64 elements, in
 * memory order of the input.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/reduce.h"

enum { CHUNK = 64 };

static float fold_one(const ScReduce *r, const ScFold *fold, ScLoop *folded, ptrdiff_t at) {
    float buffer[CHUNK];
    float acc = fold->start_f;
    bool first = fold->seeded;
    sc_loop_rewind(folded);
    while (sc_loop_next(folded)) {
        for (size_t i = 0; i < folded->n_inner; i += CHUNK) {
            size_t left = folded->n_inner - i;
            size_t n = left < CHUNK ? left : CHUNK;
            ptrdiff_t start = at + folded->at[0] + (ptrdiff_t)i * folded->inner[0];
            const float *x = (const float *)r->in.data + start;
            if (r->in.dtype != SC_F32 || folded->inner[0] != 1) {
                sc_load_f32(buffer, r->in.data, r->in.dtype, start, folded->inner[0], n);
                x = buffer;
            }
            acc = fold->f(first ? x[0] : acc, n, x);
            first = false;
        }
    }
    return acc;
}

ScStatus sc_reduce_f(const ScReduce *r, const ScFold *fold, float divisor) {
    ScLoop outputs, folded;
    SC_TRY(sc_reduce_begin(r, &outputs, &folded));
    if (!sc_dtype_is_known(r->in.dtype, true) || !sc_dtype_is_known(r->out.dtype, true)) {
        return SC_E_UNSUPPORTED;
    }
    if (fold->seeded && sc_reduce_count(r) == 0) {
        return SC_E_SHAPE;
    }
    while (sc_loop_next(&outputs)) {
        for (size_t i = 0; i < outputs.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            float value =
                fold_one(r, fold, &folded, outputs.at[1] + step * outputs.inner[1]);
            value = divisor != 1.0f ? value / divisor : value;
            sc_store_f32(r->out.data, r->out.dtype, outputs.at[0] + step * outputs.inner[0],
                         1, &value, 1);
        }
    }
    return SC_OK;
}

/* ---- the operators -------------------------------------------------------------- */

static float fold_sum(float acc, size_t n, const float *x) {
    float part = 0.0f;
    for (size_t i = 0; i < n; i++) {
        part += x[i];
    }
    return acc + part;
}

static float fold_product(float acc, size_t n, const float *x) {
    for (size_t i = 0; i < n; i++) {
        acc *= x[i];
    }
    return acc;
}

static float fold_max(float acc, size_t n, const float *x) {
    for (size_t i = 0; i < n; i++) {
        acc = x[i] > acc || x[i] != x[i] ? x[i] : acc;
    }
    return acc;
}

static float fold_min(float acc, size_t n, const float *x) {
    for (size_t i = 0; i < n; i++) {
        acc = x[i] < acc || x[i] != x[i] ? x[i] : acc;
    }
    return acc;
}

static float fold_any(float acc, size_t n, const float *x) {
    for (size_t i = 0; i < n; i++) {
        acc = x[i] != 0.0f ? 1.0f : acc;
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

ScStatus sc_aten_sum_IntList_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_sum};
    ScReduce r;
    SC_TRY(reduce_read(c, 4, &r));
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_mean_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_sum};
    ScReduce r;
    SC_TRY(reduce_read(c, 4, &r));
    return sc_reduce_f(&r, &fold, (float)sc_reduce_count(&r));
}

/* (self, dtype?, out): of all elements */
ScStatus sc_aten_mean_dtype_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_sum};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 2), UINT32_MAX, false};
    return sc_reduce_f(&r, &fold, (float)sc_reduce_count(&r));
}

ScStatus sc_aten_amax_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_max, .seeded = true};
    ScReduce r;
    SC_TRY(reduce_read(c, 3, &r));
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_amin_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_min, .seeded = true};
    ScReduce r;
    SC_TRY(reduce_read(c, 3, &r));
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_any_dims_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_any};
    ScReduce r;
    SC_TRY(reduce_read(c, 3, &r));
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_any_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_any};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 3), 0, sc_arg_bool(c, 2)};
    uint32_t axis;
    SC_TRY(sc_axis(sc_arg_int(c, 1), r.in.rank, &axis));
    r.axes = 1u << axis;
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_any_all_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_any};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 1), UINT32_MAX, false};
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_max_unary_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_max, .seeded = true};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 1), UINT32_MAX, false};
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_min_unary_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_min, .seeded = true};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 1), UINT32_MAX, false};
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_prod_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_product, .start_f = 1.0f};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 2), UINT32_MAX, false};
    return sc_reduce_f(&r, &fold, 1.0f);
}

ScStatus sc_aten_prod_int_out_f(ScCall *c) {
    const ScFold fold = {.f = fold_product, .start_f = 1.0f};
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 4), 0, sc_arg_bool(c, 2)};
    uint32_t axis;
    SC_TRY(sc_axis(sc_arg_int(c, 1), r.in.rank, &axis));
    r.axes = 1u << axis;
    return sc_reduce_f(&r, &fold, 1.0f);
}
