/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extremes with their places: aten::argmax.out, aten::argmin.out,
 * aten::max.dim_max, aten::min.dim_min. Of equals the first wins; NaN beats all.
 * Without an axis the place counts elements in logical order. Any layout.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/reduce.h"

typedef struct Best {
    int64_t index;
    int64_t i;
    float f;
} Best;

/* The best of n elements from `at` in steps of `step`. */
static Best best_f(const ScTensor *t, ptrdiff_t at, ptrdiff_t step, size_t n, bool lowest) {
    Best best = {0, 0, 0.0f};
    for (size_t i = 0; i < n; i++, at += step) {
        float x;
        sc_load_f32(&x, t->data, t->dtype, at, 1, 1);
        bool wins = lowest ? x < best.f : x > best.f;
        if (i == 0 || wins || (x != x && best.f == best.f)) {
            best = (Best){(int64_t)i, 0, x};
        }
    }
    return best;
}

static Best best_i(const ScTensor *t, ptrdiff_t at, ptrdiff_t step, size_t n, bool lowest) {
    Best best = {0, 0, 0.0f};
    for (size_t i = 0; i < n; i++, at += step) {
        int64_t x;
        sc_load_i64(&x, t->data, t->dtype, at, 1, 1);
        if (i == 0 || (lowest ? x < best.i : x > best.i)) {
            best = (Best){(int64_t)i, x, 0.0f};
        }
    }
    return best;
}

typedef Best (*BestFn)(const ScTensor *t, ptrdiff_t at, ptrdiff_t step, size_t n,
                       bool lowest);

/* r->out gets the indices; values (or NULL) lies like it. */
static ScStatus best_run(const ScReduce *r, const ScTensor *values, BestFn fn,
                         bool lowest) {
    ScLoop outputs, folded;
    SC_TRY(sc_reduce_begin(r, &outputs, &folded));
    bool is_float = fn == best_f;
    if (r->out.dtype != SC_I64 || !sc_dtype_is_known(r->in.dtype, is_float)) {
        return SC_E_UNSUPPORTED;
    }
    if (sc_reduce_count(r) == 0 || folded.rank != 0) {
        return SC_E_SHAPE;
    }
    ptrdiff_t step = sc_reduce_count(r) > 1 ? folded.inner[0] : 0;
    while (sc_loop_next(&outputs)) {
        for (size_t i = 0; i < outputs.n_inner; i++) {
            ptrdiff_t to = outputs.at[0] + (ptrdiff_t)i * outputs.inner[0];
            ptrdiff_t from = outputs.at[1] + (ptrdiff_t)i * outputs.inner[1];
            Best best = fn(&r->in, from, step, sc_reduce_count(r), lowest);
            ((int64_t *)r->out.data)[to] = best.index;
            if (values && is_float) {
                sc_store_f32(values->data, values->dtype, to, 1, &best.f, 1);
            } else if (values) {
                sc_store_i64(values->data, values->dtype, to, 1, &best.i, 1);
            }
        }
    }
    return SC_OK;
}

/* Over all elements of another layout than the contiguous one. */
static ScStatus flat_run(const ScReduce *r, BestFn fn, bool lowest) {
    size_t index[SC_MAX_RANK] = {0};
    ScView in, out;
    SC_TRY(sc_view(&r->in, &in));
    SC_TRY(sc_view(&r->out, &out));
    size_t n = sc_view_numel(&in);
    if (n == 0 || sc_view_numel(&out) != 1 || out.rank != (r->keepdim ? in.rank : 0)) {
        return SC_E_SHAPE;
    }
    bool is_float = fn == best_f;
    if (r->out.dtype != SC_I64 || !sc_dtype_is_known(r->in.dtype, is_float)) {
        return SC_E_UNSUPPORTED;
    }
    Best best = {0, 0, 0.0f};
    for (size_t i = 0; i < n; i++) {
        ptrdiff_t at = 0;
        for (uint32_t d = 0; d < in.rank; d++) {
            at += (ptrdiff_t)index[d] * in.strides[d];
        }
        Best one = fn(&r->in, at, 0, 1, lowest);
        bool wins = is_float ? (lowest ? one.f < best.f : one.f > best.f) ||
                                   (one.f != one.f && best.f == best.f)
                             : (lowest ? one.i < best.i : one.i > best.i);
        if (i == 0 || wins) {
            best = (Best){(int64_t)i, one.i, one.f};
        }
        for (uint32_t d = in.rank; d-- > 0 && ++index[d] == in.sizes[d];) {
            index[d] = 0;
        }
    }
    *(int64_t *)r->out.data = best.index;
    return SC_OK;
}

/* (self, int? dim, keepdim, out) */
static ScStatus arg_run(const ScCall *c, BestFn fn, bool lowest) {
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 3), UINT32_MAX, sc_arg_bool(c, 2)};
    if (sc_arg_is_none(c, 1)) {
        if (!sc_is_contiguous(&r.in)) {
            return flat_run(&r, fn, lowest);
        }
    } else {
        uint32_t axis;
        SC_TRY(sc_axis(sc_arg_int(c, 1), r.in.rank, &axis));
        r.axes = 1u << axis;
    }
    return best_run(&r, 0, fn, lowest);
}

/* (self, dim, keepdim, values, indices) */
static ScStatus dim_run(const ScCall *c, BestFn fn, bool lowest) {
    ScTensor values = sc_arg_tensor(c, 3);
    ScReduce r = {sc_arg_tensor(c, 0), sc_arg_tensor(c, 4), 0, sc_arg_bool(c, 2)};
    ScView checked;
    uint32_t axis;
    SC_TRY(sc_view(&values, &checked));
    if (!sc_same_layout(&values, &r.out)) {
        return SC_E_SHAPE;
    }
    if (!sc_same_dtype(&values, &r.in)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(sc_axis(sc_arg_int(c, 1), r.in.rank, &axis));
    r.axes = 1u << axis;
    return best_run(&r, &values, fn, lowest);
}

ScStatus sc_aten_argmax_out_f(ScCall *c) {
    return arg_run(c, best_f, false);
}

ScStatus sc_aten_argmax_out_i(ScCall *c) {
    return arg_run(c, best_i, false);
}

ScStatus sc_aten_argmin_out_f(ScCall *c) {
    return arg_run(c, best_f, true);
}

ScStatus sc_aten_argmin_out_i(ScCall *c) {
    return arg_run(c, best_i, true);
}

ScStatus sc_aten_max_dim_max_f(ScCall *c) {
    return dim_run(c, best_f, false);
}

ScStatus sc_aten_max_dim_max_i(ScCall *c) {
    return dim_run(c, best_i, false);
}

ScStatus sc_aten_min_dim_min_f(ScCall *c) {
    return dim_run(c, best_f, true);
}

ScStatus sc_aten_min_dim_min_i(ScCall *c) {
    return dim_run(c, best_i, true);
}
