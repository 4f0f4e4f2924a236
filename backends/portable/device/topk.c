/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::topk.values along any axis of any layout: the k largest (or smallest)
 * in order, of equals the one with the lower index first; NaN counts as the
 * largest. k passes over a line instead of a sort: no scratch, and k is small.
 */
#include <string.h>

#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* Is the element at offset a greater than that at b? */
typedef bool (*GreaterFn)(const ScTensor *t, ptrdiff_t a, ptrdiff_t b);

static bool greater_f(const ScTensor *t, ptrdiff_t a, ptrdiff_t b) {
    float x, y;
    sc_load_f32(&x, t->data, t->dtype, a, 1, 1);
    sc_load_f32(&y, t->data, t->dtype, b, 1, 1);
    return x != x ? y == y : x > y;
}

static bool greater_i(const ScTensor *t, ptrdiff_t a, ptrdiff_t b) {
    int64_t x, y;
    sc_load_i64(&x, t->data, t->dtype, a, 1, 1);
    sc_load_i64(&y, t->data, t->dtype, b, 1, 1);
    return x > y;
}

typedef struct Line {
    const ScTensor *in;
    ptrdiff_t at, step;
    size_t n;
    bool largest;
    GreaterFn greater;
} Line;

/* Does element a come before element b in the answer? */
static bool is_before(const Line *l, size_t a, size_t b) {
    ptrdiff_t x = l->at + (ptrdiff_t)a * l->step, y = l->at + (ptrdiff_t)b * l->step;
    if (l->greater(l->in, x, y)) {
        return l->largest;
    }
    if (l->greater(l->in, y, x)) {
        return !l->largest;
    }
    return a < b;
}

/* The first in order of those behind `last`; last = n: of all. */
static size_t line_next(const Line *l, size_t last) {
    size_t best = l->n;
    for (size_t i = 0; i < l->n; i++) {
        bool left = last == l->n || is_before(l, last, i);
        if (left && i != last && (best == l->n || is_before(l, i, best))) {
            best = i;
        }
    }
    return best;
}

typedef struct TopK {
    ScTensor in, values, indices;
    ScView from, to, places;
    uint32_t axis;
    size_t k;
} TopK;

/* (self, k, dim, largest, sorted, values, indices) */
static ScStatus topk_read(const ScCall *c, bool is_float, TopK *t) {
    int64_t k = sc_arg_int(c, 1);
    t->in = sc_arg_tensor(c, 0);
    t->values = sc_arg_tensor(c, 5);
    t->indices = sc_arg_tensor(c, 6);
    SC_TRY(sc_view(&t->in, &t->from));
    SC_TRY(sc_view(&t->values, &t->to));
    SC_TRY(sc_view(&t->indices, &t->places));
    SC_TRY(sc_axis(sc_arg_int(c, 2), t->in.rank, &t->axis));
    if (t->indices.dtype != SC_I64 || !sc_same_dtype(&t->in, &t->values) ||
        !sc_dtype_is_known(t->in.dtype, is_float)) {
        return SC_E_UNSUPPORTED;
    }
    sc_view_vector(&t->from);
    sc_view_vector(&t->to);
    sc_view_vector(&t->places);
    if (t->to.rank != t->from.rank || !sc_view_same_sizes(&t->to, &t->places) || k < 0 ||
        (uint64_t)k > t->from.sizes[t->axis]) {
        return SC_E_SHAPE;
    }
    t->k = (size_t)k;
    for (uint32_t d = 0; d < t->from.rank; d++) {
        if (t->to.sizes[d] != (d == t->axis ? t->k : t->from.sizes[d])) {
            return SC_E_SHAPE;
        }
    }
    return SC_OK;
}

static void line_run(const TopK *t, Line *line, ptrdiff_t to, ptrdiff_t place) {
    ptrdiff_t size = (ptrdiff_t)t->from.n_elem_bytes;
    size_t last = line->n;
    for (size_t j = 0; j < t->k; j++) {
        last = line_next(line, last);
        ptrdiff_t i = (ptrdiff_t)j;
        memcpy(t->to.data + (to + i * t->to.strides[t->axis]) * size,
               t->from.data + (line->at + (ptrdiff_t)last * line->step) * size,
               t->from.n_elem_bytes);
        ((int64_t *)t->indices.data)[place + i * t->places.strides[t->axis]] =
            (int64_t)last;
    }
}

static ScStatus topk_run(const ScCall *c, bool is_float, GreaterFn greater) {
    TopK t;
    SC_TRY(topk_read(c, is_float, &t));
    if (t.k == 0) {
        return SC_OK;
    }
    ScView from = t.from, to = t.to, places = t.places;
    Line line = {&t.in,  0, t.from.strides[t.axis], t.from.sizes[t.axis], sc_arg_bool(c, 3),
                 greater};
    sc_view_select(&from, t.axis, 0);
    sc_view_select(&to, t.axis, 0);
    sc_view_select(&places, t.axis, 0);
    const ptrdiff_t *strides[3] = {to.strides, from.strides, places.strides};
    ScLoop loop;
    sc_loop_init(&loop, to.rank, to.sizes, strides, 3);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            line.at = loop.at[1] + step * loop.inner[1];
            line_run(&t, &line, loop.at[0] + step * loop.inner[0],
                     loop.at[2] + step * loop.inner[2]);
        }
    }
    return SC_OK;
}

ScStatus sc_aten_topk_values_f(ScCall *c) {
    return topk_run(c, true, greater_f);
}

ScStatus sc_aten_topk_values_i(ScCall *c) {
    return topk_run(c, false, greater_i);
}
