/* SPDX-License-Identifier: Apache-2.0 */
/* Reductions over axes: geometry; the contract is in reduce.h. */
#include "backends/portable/device/reduce.h"

#include "backends/portable/device/loop.h"

ScStatus sc_reduce_axes(const ScCall *c, uint32_t index, uint32_t rank,
                        uint32_t *out_axes) {
    uint32_t n = sc_arg_count(c, index);
    uint32_t axes = 0;
    if (n > SC_MAX_RANK) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t axis;
        SC_TRY(sc_axis(sc_arg_int_at(c, index, i), rank, &axis));
        if (axes >> axis & 1) {
            return SC_E_SHAPE;
        }
        axes |= 1u << axis;
    }
    *out_axes = n ? axes : UINT32_MAX;
    return SC_OK;
}

size_t sc_reduce_count(const ScReduce *r) {
    size_t n = 1;
    for (uint32_t d = 0; d < r->in.rank; d++) {
        n *= r->axes >> d & 1 ? (size_t)r->in.sizes[d] : 1;
    }
    return n;
}

ScStatus sc_reduce_begin(const ScReduce *r, ScLoop *out_outputs, ScLoop *out_folded) {
    ScView in, out, kept, folded;
    SC_TRY(sc_view(&r->in, &in));
    SC_TRY(sc_view(&r->out, &out));
    kept.rank = 0;
    folded.rank = 0;
    for (uint32_t d = 0; d < in.rank; d++) {
        bool reduced = (r->axes >> d & 1) != 0;
        ScView *to = reduced ? &folded : &kept;
        to->sizes[to->rank] = in.sizes[d];
        to->strides[to->rank++] = in.strides[d];
        if (reduced && r->keepdim) {
            kept.sizes[kept.rank] = 1;
            kept.strides[kept.rank++] = 0;
        }
    }
    if (!sc_view_same_sizes(&kept, &out)) {
        return SC_E_SHAPE;
    }
    const ptrdiff_t *outer[2] = {out.strides, kept.strides};
    const ptrdiff_t *inner[1] = {folded.strides};
    sc_loop_init(out_outputs, out.rank, out.sizes, outer, 2);
    sc_loop_init(out_folded, folded.rank, folded.sizes, inner, 1);
    return SC_OK;
}
