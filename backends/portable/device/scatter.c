/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::scatter.src_out and .value_out (any dtype, '*'), aten::scatter_add.out:
 * out = self, then out[i][index[i][j]][k] gets src[i][j][k] (for axis 1) for
 * every position of index, in the memory order of index. A position outside the
 * axis is SC_E_RANGE.
 */
#include <string.h>

#include "backends/portable/device/element.h"
#include "backends/portable/device/fill.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"

typedef struct Scatter {
    ScTensor index, out;
    ScView at, to, src; /* src of the sizes of index */
    size_t axis_size;
    ptrdiff_t axis_step;
} Scatter;

/* (self, dim, index, src or value, out); self is copied to out. */
static ScStatus scatter_read(const ScCall *c, Scatter *s) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScView from;
    uint32_t axis;
    s->index = sc_arg_tensor(c, 2);
    s->out = sc_arg_tensor(c, 4);
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&s->index, &s->at));
    SC_TRY(sc_view(&s->out, &s->to));
    SC_TRY(sc_axis(sc_arg_int(c, 1), in.rank, &axis));
    if (s->index.dtype != SC_I64 || !sc_same_dtype(&in, &s->out)) {
        return SC_E_UNSUPPORTED;
    }
    sc_view_vector(&from);
    sc_view_vector(&s->at);
    sc_view_vector(&s->to);
    if (s->at.rank != s->to.rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < s->to.rank; d++) {
        if (d != axis && s->at.sizes[d] > s->to.sizes[d]) {
            return SC_E_SHAPE;
        }
    }
    s->axis_size = s->to.sizes[axis];
    s->axis_step = s->to.strides[axis];
    SC_TRY(sc_view_copy(&s->to, &from));
    s->to.strides[axis] = 0;
    return SC_OK;
}

/* src: argument 3, at least of the sizes of index. */
static ScStatus source_read(const ScCall *c, Scatter *s) {
    ScTensor src = sc_arg_tensor(c, 3);
    SC_TRY(sc_view(&src, &s->src));
    if (!sc_same_dtype(&src, &s->out)) {
        return SC_E_UNSUPPORTED;
    }
    sc_view_vector(&s->src);
    if (s->src.rank != s->at.rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < s->at.rank; d++) {
        if (s->at.sizes[d] > s->src.sizes[d]) {
            return SC_E_SHAPE;
        }
        s->src.sizes[d] = s->at.sizes[d];
    }
    return SC_OK;
}

typedef void (*PutFn)(const Scatter *s, ptrdiff_t to, ptrdiff_t from);

static ScStatus scatter_run(const Scatter *s, PutFn put) {
    const ptrdiff_t *strides[3] = {s->at.strides, s->to.strides, s->src.strides};
    ScLoop loop;
    sc_loop_init(&loop, s->at.rank, s->at.sizes, strides, 3);
    while (sc_loop_next(&loop)) {
        for (size_t i = 0; i < loop.n_inner; i++) {
            ptrdiff_t step = (ptrdiff_t)i;
            int64_t position =
                ((const int64_t *)s->index.data)[loop.at[0] + step * loop.inner[0]];
            if (position < 0 || (uint64_t)position >= s->axis_size) {
                return SC_E_RANGE;
            }
            put(s, loop.at[1] + step * loop.inner[1] + (ptrdiff_t)position * s->axis_step,
                loop.at[2] + step * loop.inner[2]);
        }
    }
    return SC_OK;
}

static void put_bytes(const Scatter *s, ptrdiff_t to, ptrdiff_t from) {
    ptrdiff_t size = (ptrdiff_t)s->to.n_elem_bytes;
    memcpy(s->to.data + to * size, s->src.data + from * size, s->to.n_elem_bytes);
}

static void put_sum_f(const Scatter *s, ptrdiff_t to, ptrdiff_t from) {
    float old, more;
    sc_load_f32(&old, s->to.data, s->out.dtype, to, 1, 1);
    sc_load_f32(&more, s->src.data, s->out.dtype, from, 1, 1);
    old += more;
    sc_store_f32(s->to.data, s->out.dtype, to, 1, &old, 1);
}

static void put_sum_i(const Scatter *s, ptrdiff_t to, ptrdiff_t from) {
    int64_t old, more;
    sc_load_i64(&old, s->to.data, s->out.dtype, to, 1, 1);
    sc_load_i64(&more, s->src.data, s->out.dtype, from, 1, 1);
    old = (int64_t)((uint64_t)old + (uint64_t)more);
    sc_store_i64(s->to.data, s->out.dtype, to, 1, &old, 1);
}

ScStatus sc_aten_scatter_src_out_x(ScCall *c) {
    Scatter s;
    SC_TRY(scatter_read(c, &s));
    SC_TRY(source_read(c, &s));
    return scatter_run(&s, put_bytes);
}

ScStatus sc_aten_scatter_value_out_x(ScCall *c) {
    Scatter s;
    uint8_t bytes[8];
    SC_TRY(scatter_read(c, &s));
    SC_TRY(sc_scalar_bytes(sc_arg_scalar(c, 3), s.out.dtype, bytes));
    s.src = s.at;
    s.src.data = (char *)bytes;
    for (uint32_t d = 0; d < s.src.rank; d++) {
        s.src.strides[d] = 0;
    }
    return scatter_run(&s, put_bytes);
}

ScStatus sc_aten_scatter_add_out_f(ScCall *c) {
    Scatter s;
    SC_TRY(scatter_read(c, &s));
    SC_TRY(source_read(c, &s));
    return s.out.dtype == SC_F32 ? scatter_run(&s, put_sum_f) : SC_E_UNSUPPORTED;
}

ScStatus sc_aten_scatter_add_out_i(ScCall *c) {
    Scatter s;
    SC_TRY(scatter_read(c, &s));
    SC_TRY(source_read(c, &s));
    return sc_dtype_is_known(s.out.dtype, false) ? scatter_run(&s, put_sum_i)
                                                 : SC_E_UNSUPPORTED;
}
