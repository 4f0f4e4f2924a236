/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexing with tensors: aten::index.Tensor_out, aten::index_put.out and
 * aten::index_put_. The index tensors (int32 or int64, negative = from the end) broadcast
 * to sizes B; for every position in B the indexed axes of self are fixed and the rest is
 * moved. B stands where the first indexed axis was, or in front when the indexed axes
 * aren't neighbours. A mask (bool or uint8) over several axes stands for an index tensor
 * for each, with the places where it is set: how many is known only at run time.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* Of one call: each takes stack. */
enum { MAX_MASKS = 2 };

/* A mask and the last place that was looked up: places are asked for in order. */
typedef struct Mask {
    ScView view;
    size_t found;  /* how many set elements lie before `linear` */
    size_t linear; /* a place in logical order */
} Mask;

typedef struct Indexed {
    ScTensor index[SC_MAX_RANK];
    ScView at[SC_MAX_RANK]; /* of index, stretched to B */
    size_t axis_size[SC_MAX_RANK];
    ptrdiff_t axis_step[SC_MAX_RANK];
    uint8_t mask_of[SC_MAX_RANK]; /* 1 + which of masks, 0 = an index tensor */
    uint8_t mask_axis[SC_MAX_RANK];
    Mask masks[MAX_MASKS];
    uint32_t n, n_masks;
    uint32_t place, b_rank;
    size_t b_sizes[SC_MAX_RANK];
    ScView rest; /* self without the indexed axes */
} Indexed;

/* ---- masks ---------------------------------------------------------------------- */

static bool mask_at(const ScView *mask, size_t linear, size_t *out_index) {
    ptrdiff_t at = 0;
    for (uint32_t d = mask->rank; d-- > 0; linear /= mask->sizes[d]) {
        out_index[d] = linear % mask->sizes[d];
        at += (ptrdiff_t)out_index[d] * mask->strides[d];
    }
    return mask->data[at] != 0;
}

/* The place of set element k. SC_E_RANGE: there is none; a hostile file may lay the
 * output over the mask. */
static ScStatus mask_find(Mask *mask, size_t k, size_t *out_index) {
    size_t n = sc_view_numel(&mask->view);
    if (k < mask->found) {
        mask->found = mask->linear = 0;
    }
    for (size_t i = mask->linear; i < n; i++) {
        if (!mask_at(&mask->view, i, out_index)) {
            continue;
        }
        if (mask->found == k) {
            mask->linear = i;
            return SC_OK;
        }
        mask->found++;
        mask->linear = i + 1;
    }
    return SC_E_RANGE;
}

static size_t mask_count(const ScView *mask) {
    size_t n = sc_view_numel(mask), index[SC_MAX_RANK], found = 0;
    for (size_t i = 0; i < n; i++) {
        found += mask_at(mask, i, index);
    }
    return found;
}

/* ---- geometry ------------------------------------------------------------------- */

/* B grows to what it and one more index broadcast to. */
static ScStatus sizes_broadcast(Indexed *x, const ScView *view) {
    uint32_t rank = view->rank > x->b_rank ? view->rank : x->b_rank;
    size_t sizes[SC_MAX_RANK];
    for (uint32_t i = 1; i <= rank; i++) {
        size_t a = i <= x->b_rank ? x->b_sizes[x->b_rank - i] : 1;
        size_t b = i <= view->rank ? view->sizes[view->rank - i] : 1;
        if (a != b && a != 1 && b != 1) {
            return SC_E_SHAPE;
        }
        sizes[rank - i] = a == 1 ? b : a;
    }
    for (uint32_t d = 0; d < rank; d++) {
        x->b_sizes[d] = sizes[d];
    }
    x->b_rank = rank;
    return SC_OK;
}

static ScStatus index_add(Indexed *x, const ScTensor *t, const ScView *self,
                          uint32_t axis) {
    uint32_t i = x->n++;
    x->index[i] = *t;
    x->mask_of[i] = 0;
    x->axis_size[i] = self->sizes[axis];
    x->axis_step[i] = self->strides[axis];
    SC_TRY(sc_view(t, &x->at[i]));
    if (t->dtype != SC_I64 && t->dtype != SC_I32) {
        return SC_E_UNSUPPORTED;
    }
    return sizes_broadcast(x, &x->at[i]);
}

/* A mask over the axes of self from `axis` on: one index tensor for each. */
static ScStatus mask_add(Indexed *x, const ScTensor *t, const ScView *self, uint32_t axis) {
    if (x->n_masks == MAX_MASKS) {
        return SC_E_UNSUPPORTED;
    }
    Mask *mask = &x->masks[x->n_masks++];
    SC_TRY(sc_view(t, &mask->view));
    mask->found = mask->linear = 0;
    if (t->rank == 0 || t->rank > self->rank - axis) {
        return SC_E_SHAPE;
    }
    ScView places = {NULL, 8, 1, {mask_count(&mask->view)}, {1}};
    for (uint32_t d = 0; d < t->rank; d++) {
        uint32_t i = x->n++;
        if (mask->view.sizes[d] != self->sizes[axis + d]) {
            return SC_E_SHAPE;
        }
        x->axis_size[i] = self->sizes[axis + d];
        x->axis_step[i] = self->strides[axis + d];
        x->at[i] = places;
        x->mask_of[i] = (uint8_t)x->n_masks;
        x->mask_axis[i] = (uint8_t)d;
    }
    return sizes_broadcast(x, &places);
}

static bool is_mask(const ScTensor *t) {
    return t->sizes && (t->dtype == SC_BOOL || t->dtype == SC_U8);
}

/* indices: argument 1. */
static ScStatus indexed_read(const ScCall *c, const ScView *self, Indexed *x) {
    uint32_t n = sc_arg_count(c, 1), first = 0, last = 0, item = 0;
    x->n = x->n_masks = x->b_rank = 0;
    x->rest = *self;
    x->rest.rank = 0;
    for (uint32_t d = 0; d < self->rank; item++) {
        ScTensor t = sc_arg_tensor_at(c, 1, item);
        bool absent = item >= n || (!t.data && !t.sizes);
        if (absent) {
            x->rest.sizes[x->rest.rank] = self->sizes[d];
            x->rest.strides[x->rest.rank++] = self->strides[d++];
            continue;
        }
        first = x->n == 0 ? d : first;
        SC_TRY(is_mask(&t) ? mask_add(x, &t, self, d) : index_add(x, &t, self, d));
        d += is_mask(&t) ? t.rank : 1u;
        last = d;
    }
    if (item < n || x->n == 0 || x->rest.rank + x->b_rank > SC_MAX_RANK) {
        return SC_E_SHAPE;
    }
    x->place = last - first == x->n ? first : 0;
    for (uint32_t i = 0; i < x->n; i++) {
        SC_TRY(sc_view_expand(&x->at[i], x->b_rank, x->b_sizes));
    }
    return SC_OK;
}

/* The sizes of self[indices]. */
static uint32_t picked_sizes(const Indexed *x, size_t *out_sizes) {
    uint32_t rank = 0;
    for (uint32_t d = 0; d <= x->rest.rank; d++) {
        for (uint32_t i = 0; d == x->place && i < x->b_rank; i++) {
            out_sizes[rank++] = x->b_sizes[i];
        }
        if (d < x->rest.rank) {
            out_sizes[rank++] = x->rest.sizes[d];
        }
    }
    return rank;
}

/* Which index operand i has at position `b` of B, checked. */
static ScStatus value_at(Indexed *x, uint32_t i, const size_t *b, int64_t *out_value) {
    int64_t size = (int64_t)x->axis_size[i];
    ptrdiff_t at = 0;
    for (uint32_t d = 0; d < x->b_rank; d++) {
        at += (ptrdiff_t)b[d] * x->at[i].strides[d];
    }
    if (x->mask_of[i]) {
        size_t index[SC_MAX_RANK] = {0};
        SC_TRY(mask_find(&x->masks[x->mask_of[i] - 1], (size_t)at, index));
        *out_value = (int64_t)index[x->mask_axis[i]];
        return SC_OK;
    }
    sc_load_i64(out_value, x->index[i].data, x->index[i].dtype, at, 1, 1);
    if (*out_value < -size || *out_value >= size) {
        return SC_E_RANGE;
    }
    *out_value += *out_value < 0 ? size : 0;
    return SC_OK;
}

/* What belongs to position `b` of B: the rest of self with the indexed axes
 * fixed, and the part of `picked` (of picked_sizes()). */
static ScStatus part_at(Indexed *x, const size_t *b, const ScView *picked, ScView *out_self,
                        ScView *out_picked) {
    *out_self = x->rest;
    *out_picked = *picked;
    for (uint32_t i = 0; i < x->n; i++) {
        int64_t value;
        SC_TRY(value_at(x, i, b, &value));
        out_self->data +=
            (ptrdiff_t)value * x->axis_step[i] * (ptrdiff_t)out_self->n_elem_bytes;
    }
    for (uint32_t d = 0; d < x->b_rank; d++) {
        sc_view_select(out_picked, x->place, b[d]);
    }
    return SC_OK;
}

static bool position_next(const Indexed *x, size_t *b) {
    for (uint32_t d = x->b_rank; d-- > 0;) {
        if (++b[d] < x->b_sizes[d]) {
            return true;
        }
        b[d] = 0;
    }
    return false;
}

typedef ScStatus (*PartFn)(const ScView *self, const ScView *picked, uint8_t dtype);

static ScStatus parts_run(Indexed *x, const ScView *picked, uint8_t dtype, PartFn fn) {
    size_t b[SC_MAX_RANK] = {0};
    bool more = true;
    if (sc_view_numel(picked) == 0) {
        return SC_OK;
    }
    while (more) {
        ScView self_part, picked_part;
        SC_TRY(part_at(x, b, picked, &self_part, &picked_part));
        SC_TRY(fn(&self_part, &picked_part, dtype));
        more = position_next(x, b);
    }
    return SC_OK;
}

static ScStatus part_get(const ScView *self, const ScView *picked, uint8_t dtype) {
    (void)dtype;
    return sc_view_copy(picked, self);
}

static ScStatus part_put(const ScView *self, const ScView *picked, uint8_t dtype) {
    (void)dtype;
    return sc_view_copy(self, picked);
}

static ScStatus part_add_f(const ScView *self, const ScView *picked, uint8_t dtype) {
    const ptrdiff_t *strides[2] = {self->strides, picked->strides};
    ScLoop loop;
    sc_loop_init(&loop, self->rank, self->sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            float old, more;
            ptrdiff_t at = loop.at[0] + (ptrdiff_t)i * loop.inner[0];
            sc_load_f32(&old, self->data, dtype, at, 1, 1);
            sc_load_f32(&more, picked->data, dtype,
                        loop.at[1] + (ptrdiff_t)i * loop.inner[1], 1, 1);
            old += more;
            sc_store_f32(self->data, dtype, at, 1, &old, 1);
        }
    }
    return SC_OK;
}

static ScStatus part_add_i(const ScView *self, const ScView *picked, uint8_t dtype) {
    const ptrdiff_t *strides[2] = {self->strides, picked->strides};
    ScLoop loop;
    sc_loop_init(&loop, self->rank, self->sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            int64_t old, more;
            ptrdiff_t at = loop.at[0] + (ptrdiff_t)i * loop.inner[0];
            sc_load_i64(&old, self->data, dtype, at, 1, 1);
            sc_load_i64(&more, picked->data, dtype,
                        loop.at[1] + (ptrdiff_t)i * loop.inner[1], 1, 1);
            old = (int64_t)((uint64_t)old + (uint64_t)more);
            sc_store_i64(self->data, dtype, at, 1, &old, 1);
        }
    }
    return SC_OK;
}

ScStatus sc_aten_index_Tensor_out_x(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    int32_t changed[SC_MAX_RANK];
    size_t sizes[SC_MAX_RANK];
    ScView self, picked;
    Indexed x;
    SC_TRY(sc_view(&in, &self));
    SC_TRY(sc_view(&out, &picked));
    SC_TRY(indexed_read(c, &self, &x));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    uint32_t rank = picked_sizes(&x, sizes);
    if (rank != picked.rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < rank; d++) {
        if (sizes[d] > INT32_MAX) {
            return SC_E_SHAPE;
        }
        changed[d] = (int32_t)sizes[d];
    }
    SC_TRY(sc_arg_set_sizes(c, 2, changed));
    out = sc_arg_tensor(c, 2);
    SC_TRY(sc_view(&out, &picked));
    return parts_run(&x, &picked, in.dtype, part_get);
}

/* Argument 2, the values, into `self`, in which the bytes of argument 0 already are. */
static ScStatus put_run(const ScCall *c, const ScTensor *out, const ScView *self,
                        bool with_float, PartFn add) {
    ScTensor values = sc_arg_tensor(c, 2);
    size_t sizes[SC_MAX_RANK];
    ScView picked;
    Indexed x;
    SC_TRY(sc_view(&values, &picked));
    if (!sc_same_dtype(&values, out) || !sc_dtype_is_known(out->dtype, with_float)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(indexed_read(c, self, &x));
    uint32_t rank = picked_sizes(&x, sizes);
    SC_TRY(sc_view_expand(&picked, rank, sizes));
    return parts_run(&x, &picked, out->dtype, sc_arg_bool(c, 3) ? add : part_put);
}

/* (self, indices, values, accumulate, out) */
static ScStatus copy_put(const ScCall *c, bool with_float, PartFn add) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 4);
    ScView from, self;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &self));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(sc_view_copy(&self, &from));
    return put_run(c, &out, &self, with_float, add);
}

/* (self, indices, values, accumulate): self changes. */
static ScStatus self_put(const ScCall *c, bool with_float, PartFn add) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScView self;
    SC_TRY(sc_view(&in, &self));
    return put_run(c, &in, &self, with_float, add);
}

ScStatus sc_aten_index_put_out_f(ScCall *c) {
    return copy_put(c, true, part_add_f);
}

ScStatus sc_aten_index_put_out_i(ScCall *c) {
    return copy_put(c, false, part_add_i);
}

ScStatus sc_aten_index_put__f(ScCall *c) {
    return self_put(c, true, part_add_f);
}

ScStatus sc_aten_index_put__i(ScCall *c) {
    return self_put(c, false, part_add_i);
}
