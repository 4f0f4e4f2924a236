/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels that count what a mask lets through: masked_select (any dtype, '*'),
 * masked_scatter ('*'), nonzero ('f', 'i'). How many it is, is known only at run
 * time: an output whose sizes can change gets them, another one must have them
 * (SC_E_SHAPE). Elements come in logical order, whatever the layout.
 *
 * A hostile file may lay the output over the mask, so that writing changes what was
 * counted: the second walk stops at the count.
 */
#include <string.h>

#include "backends/portable/device/element.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* Positions of equally large tensors in logical order; offsets in elements. */
typedef struct Walk {
    uint32_t rank;
    size_t sizes[SC_MAX_RANK], index[SC_MAX_RANK];
} Walk;

static void walk_start(Walk *w, uint32_t rank, const size_t *sizes) {
    w->rank = rank;
    for (uint32_t d = 0; d < rank; d++) {
        w->sizes[d] = sizes[d];
        w->index[d] = 0;
    }
}

static void walk_next(Walk *w) {
    for (uint32_t d = w->rank; d-- > 0;) {
        if (++w->index[d] < w->sizes[d]) {
            return;
        }
        w->index[d] = 0;
    }
}

static ptrdiff_t walk_offset(const Walk *w, const ScView *v) {
    ptrdiff_t at = 0;
    for (uint32_t d = 0; d < w->rank; d++) {
        at += (ptrdiff_t)w->index[d] * v->strides[d];
    }
    return at;
}

/* What a and b broadcast to. */
static ScStatus broadcast(ScView *a, ScView *b) {
    size_t sizes[SC_MAX_RANK];
    uint32_t rank = a->rank > b->rank ? a->rank : b->rank;
    for (uint32_t i = 1; i <= rank; i++) {
        size_t x = i <= a->rank ? a->sizes[a->rank - i] : 1;
        size_t y = i <= b->rank ? b->sizes[b->rank - i] : 1;
        sizes[rank - i] = x == 1 ? y : x;
    }
    SC_TRY(sc_view_expand(a, rank, sizes));
    return sc_view_expand(b, rank, sizes);
}

static size_t mask_count(const ScView *mask) {
    size_t n = sc_view_numel(mask), found = 0;
    Walk w;
    walk_start(&w, mask->rank, mask->sizes);
    for (size_t i = 0; i < n; i++, walk_next(&w)) {
        found += mask->data[walk_offset(&w, mask)] != 0;
    }
    return found;
}

/* (self, mask, out): out has one axis. */
ScStatus sc_aten_masked_select_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), m = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 2);
    ScView from, mask;
    Walk w;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&m, &mask));
    if (m.dtype != SC_BOOL || !sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(broadcast(&from, &mask));
    size_t n = sc_view_numel(&from);
    int32_t found = (int32_t)mask_count(&mask);
    if (n > INT32_MAX || out.rank != 1) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_arg_set_sizes(c, 2, &found));
    out = sc_arg_tensor(c, 2);
    char *to = out.data;
    size_t size = from.n_elem_bytes;
    walk_start(&w, from.rank, from.sizes);
    for (size_t i = 0; i < n && found > 0; i++, walk_next(&w)) {
        if (mask.data[walk_offset(&w, &mask)] != 0) {
            found--;
            memmove(to, from.data + walk_offset(&w, &from) * (ptrdiff_t)size, size);
            to += size;
        }
    }
    return SC_OK;
}

/* (self, mask, source, out): self and mask are broadcast to out; where mask is set
 * the next element of source. SC_E_RANGE: source has too few. */
ScStatus sc_aten_masked_scatter_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), m = sc_arg_tensor(c, 1), src = sc_arg_tensor(c, 2);
    ScTensor out = sc_arg_tensor(c, 3);
    ScView from, mask, source, to;
    Walk w, next;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&m, &mask));
    SC_TRY(sc_view(&src, &source));
    SC_TRY(sc_view(&out, &to));
    SC_TRY(sc_view_expand(&from, to.rank, to.sizes));
    SC_TRY(sc_view_expand(&mask, to.rank, to.sizes));
    if (m.dtype != SC_BOOL || !sc_same_dtype(&in, &out) || !sc_same_dtype(&src, &out)) {
        return SC_E_UNSUPPORTED;
    }
    size_t left = mask_count(&mask);
    if (left > sc_view_numel(&source)) {
        return SC_E_RANGE;
    }
    size_t size = to.n_elem_bytes, n = sc_view_numel(&to);
    walk_start(&w, to.rank, to.sizes);
    walk_start(&next, source.rank, source.sizes);
    for (size_t i = 0; i < n; i++, walk_next(&w)) {
        bool taken = left > 0 && mask.data[walk_offset(&w, &mask)] != 0;
        const char *at = taken ? source.data + walk_offset(&next, &source) * (ptrdiff_t)size
                               : from.data + walk_offset(&w, &from) * (ptrdiff_t)size;
        memmove(to.data + walk_offset(&w, &to) * (ptrdiff_t)size, at, size);
        if (taken) {
            left--;
            walk_next(&next);
        }
    }
    return SC_OK;
}

/* ---- nonzero ------------------------------------------------------------------- */

static bool is_nonzero(const ScTensor *t, ptrdiff_t at) {
    int64_t value;
    if (t->dtype == SC_F32) {
        return ((const float *)t->data)[at] != 0.0f; /* NaN too */
    }
    sc_load_i64(&value, t->data, t->dtype, at, 1, 1);
    return value != 0;
}

/* (self, out): out[found, rank], int64 positions. */
static ScStatus nonzero_run(ScCall *c, bool with_float) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 1);
    ScView from;
    Walk w;
    int32_t sizes[2] = {0, in.rank};
    SC_TRY(sc_view(&in, &from));
    if (!sc_dtype_is_known(in.dtype, with_float) || out.dtype != SC_I64) {
        return SC_E_UNSUPPORTED;
    }
    size_t n = sc_view_numel(&from);
    if (n > INT32_MAX || out.rank != 2) {
        return SC_E_SHAPE;
    }
    walk_start(&w, from.rank, from.sizes);
    for (size_t i = 0; i < n; i++, walk_next(&w)) {
        sizes[0] += is_nonzero(&in, walk_offset(&w, &from));
    }
    SC_TRY(sc_arg_set_sizes(c, 1, sizes));
    out = sc_arg_tensor(c, 1);
    SC_TRY(sc_need_dense(&out, SC_I64));
    int64_t *to = out.data;
    walk_start(&w, from.rank, from.sizes);
    for (size_t i = 0; i < n && sizes[0] > 0; i++, walk_next(&w)) {
        if (!is_nonzero(&in, walk_offset(&w, &from))) {
            continue;
        }
        sizes[0]--;
        for (uint32_t d = 0; d < from.rank; d++) {
            *to++ = (int64_t)w.index[d];
        }
    }
    return SC_OK;
}

ScStatus sc_aten_nonzero_out_f(ScCall *c) {
    return nonzero_run(c, true);
}

ScStatus sc_aten_nonzero_out_i(ScCall *c) {
    return nonzero_run(c, false);
}
