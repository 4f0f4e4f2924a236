/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::upsample_bilinear2d.vec_out in float32, any layout. Rows and columns of
 * the input are weighted by the distance of the output's centre (align_corners:
 * of its corner), computed as torch does.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

typedef struct Axis {
    int64_t in, out;
    float scale;
    bool corners;
} Axis;

typedef struct Tap {
    int64_t low, high;
    float weight; /* of high */
} Tap;

static Tap tap_at(const Axis *axis, int64_t o) {
    float x =
        axis->corners ? (float)o * axis->scale : ((float)o + 0.5f) * axis->scale - 0.5f;
    Tap tap;
    x = x < 0.0f ? 0.0f : x;
    x = x > (float)(axis->in - 1) ? (float)(axis->in - 1) : x;
    tap.low = (int64_t)x;
    tap.high = tap.low + 1 < axis->in ? tap.low + 1 : tap.low;
    tap.weight = x - (float)tap.low;
    return tap;
}

static ScStatus axis_read(const ScCall *c, const ScView *from, const ScView *to, uint32_t i,
                          Axis *axis) {
    bool corners = sc_arg_bool(c, 2);
    double factor = sc_arg_count(c, 3) == 2 ? sc_arg_double_at(c, 3, i) : 0.0;
    axis->in = (int64_t)from->sizes[2 + i];
    axis->out = (int64_t)to->sizes[2 + i];
    axis->corners = corners;
    if (corners) {
        axis->scale = axis->out > 1 ? (float)(axis->in - 1) / (float)(axis->out - 1) : 0.0f;
    } else if (factor > 0.0) {
        axis->scale = (float)(1.0 / factor);
    } else {
        axis->scale = (float)axis->in / (float)axis->out;
    }
    return axis->in > 0 && axis->scale >= 0.0f && axis->scale < 65536.0f ? SC_OK
                                                                         : SC_E_SHAPE;
}

static void plane_run(const ScView *from, const ScView *to, ptrdiff_t from_at,
                      ptrdiff_t to_at, const Axis *h, const Axis *w) {
    const float *in = (const float *)(void *)from->data + from_at;
    float *out = (float *)(void *)to->data + to_at;
    for (int64_t y = 0; y < h->out; y++) {
        Tap row = tap_at(h, y);
        const float *low = in + (ptrdiff_t)row.low * from->strides[2];
        const float *high = in + (ptrdiff_t)row.high * from->strides[2];
        for (int64_t x = 0; x < w->out; x++) {
            Tap column = tap_at(w, x);
            ptrdiff_t a = (ptrdiff_t)column.low * from->strides[3];
            ptrdiff_t b = (ptrdiff_t)column.high * from->strides[3];
            float left = 1.0f - column.weight;
            float top = low[a] * left + low[b] * column.weight;
            float bottom = high[a] * left + high[b] * column.weight;
            out[(ptrdiff_t)y * to->strides[2] + (ptrdiff_t)x * to->strides[3]] =
                top * (1.0f - row.weight) + bottom * row.weight;
        }
    }
}

/* (input, output_size?, align_corners, scale_factors?, out) */
ScStatus sc_aten_upsample_bilinear2d_vec_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 4);
    ScView from, to;
    Axis h, w;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    if (in.dtype != SC_F32 || out.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (from.rank != 4 || to.rank != 4 || from.sizes[0] != to.sizes[0] ||
        from.sizes[1] != to.sizes[1]) {
        return SC_E_SHAPE;
    }
    if (sc_view_numel(&to) == 0) {
        return SC_OK;
    }
    SC_TRY(axis_read(c, &from, &to, 0, &h));
    SC_TRY(axis_read(c, &from, &to, 1, &w));
    for (size_t n = 0; n < to.sizes[0]; n++) {
        for (size_t ch = 0; ch < to.sizes[1]; ch++) {
            ptrdiff_t a = (ptrdiff_t)n * from.strides[0] + (ptrdiff_t)ch * from.strides[1];
            ptrdiff_t b = (ptrdiff_t)n * to.strides[0] + (ptrdiff_t)ch * to.strides[1];
            plane_run(&from, &to, a, b, &h, &w);
        }
    }
    return SC_OK;
}
