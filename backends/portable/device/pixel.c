/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::pixel_shuffle.out and aten::pixel_unshuffle.out: [..., C*r*r, H, W] and
 * [..., C, H*r, W*r], each the other's reverse. Any dtype ('*'), any layout.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

/* Splits an axis into (size / inner, inner). */
static ScStatus axis_split(ScView *view, uint32_t axis, size_t inner) {
    if (view->rank >= SC_MAX_RANK || view->sizes[axis] % inner != 0) {
        return SC_E_SHAPE;
    }
    sc_view_unsqueeze(view, axis + 1);
    view->sizes[axis] /= inner;
    view->sizes[axis + 1] = inner;
    view->strides[axis + 1] = view->strides[axis];
    view->strides[axis] *= (ptrdiff_t)inner;
    return SC_OK;
}

/* Both sides become [..., C, H, r, W, r]. `packed` has r*r in its channels. */
static ScStatus sides_align(ScView *packed, ScView *spread, size_t r) {
    uint32_t c = packed->rank - 3;
    SC_TRY(axis_split(spread, c + 2, r));
    SC_TRY(axis_split(spread, c + 1, r));
    SC_TRY(axis_split(packed, c, r));
    SC_TRY(axis_split(packed, c, r));
    /* C, r, r, H, W -> C, H, r, W, r */
    static const uint8_t order[5] = {0, 3, 1, 4, 2};
    ScView from = *packed;
    for (uint32_t i = 0; i < 5; i++) {
        packed->sizes[c + i] = from.sizes[c + order[i]];
        packed->strides[c + i] = from.strides[c + order[i]];
    }
    return SC_OK;
}

static ScStatus pixel_run(const ScCall *c, bool unshuffles) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    int64_t r = sc_arg_int(c, 1);
    ScView from, to;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    if (!sc_same_dtype(&in, &out)) {
        return SC_E_UNSUPPORTED;
    }
    if (from.rank < 3 || from.rank != to.rank || r < 1 || r > INT16_MAX) {
        return SC_E_SHAPE;
    }
    if (unshuffles) {
        SC_TRY(sides_align(&to, &from, (size_t)r));
    } else {
        SC_TRY(sides_align(&from, &to, (size_t)r));
    }
    return sc_view_copy(&to, &from);
}

ScStatus sc_aten_pixel_shuffle_out_x(ScCall *c) {
    return pixel_run(c, false);
}

ScStatus sc_aten_pixel_unshuffle_out_x(ScCall *c) {
    return pixel_run(c, true);
}
