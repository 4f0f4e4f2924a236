/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::_upsample_bilinear2d_aa.out in float32, any layout: an output is the mean of
 * the inputs around it, weighted by a triangle that is as wide as the step between
 * outputs when the image shrinks, so that no input is left out (antialiasing).
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

typedef struct Axis {
    int64_t in, out;
    float scale; /* input steps an output step */
} Axis;

/* The inputs [low, end) of one output; the weight of input i is
 * triangle((i - centre + 0.5) * slope) / total. */
typedef struct Taps {
    int64_t low, end;
    float centre, slope, total;
} Taps;

static float triangle(const Taps *taps, int64_t i) {
    float x = ((float)i - taps->centre + 0.5f) * taps->slope;
    x = x < 0.0f ? -x : x;
    return x < 1.0f ? 1.0f - x : 0.0f;
}

static Taps taps_at(const Axis *axis, int64_t o) {
    Taps taps;
    float reach = axis->scale >= 1.0f ? axis->scale : 1.0f;
    taps.centre = axis->scale * ((float)o + 0.5f);
    taps.slope = 1.0f / reach;
    float low = taps.centre - reach + 0.5f, end = taps.centre + reach + 0.5f;
    taps.low = low > 0.0f ? (int64_t)low : 0;
    taps.end = end < (float)axis->in ? (int64_t)end : axis->in;
    taps.low = taps.low < axis->in ? taps.low : axis->in - 1;
    taps.total = 0.0f;
    for (int64_t i = taps.low; i < taps.end; i++) {
        taps.total += triangle(&taps, i);
    }
    return taps;
}

static float weight_at(const Taps *taps, int64_t i) {
    return taps->total > 0.0f ? triangle(taps, i) / taps->total : 0.0f;
}

/* scale: output size by input size, when the caller knows it better. */
static ScStatus axis_read(const ScCall *c, const ScView *from, const ScView *to, uint32_t i,
                          bool corners, Axis *axis) {
    double factor = sc_arg_is_none(c, 3 + i) ? 0.0 : sc_arg_double(c, 3 + i);
    axis->in = (int64_t)from->sizes[2 + i];
    axis->out = (int64_t)to->sizes[2 + i];
    if (sc_arg_int_at(c, 1, i) != axis->out) {
        return SC_E_SHAPE;
    }
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

static float sample(const ScView *from, ptrdiff_t plane, const Taps *rows,
                    const Taps *columns) {
    const float *in = (const float *)(void *)from->data + plane;
    float sum = 0.0f;
    for (int64_t y = rows->low; y < rows->end; y++) {
        const float *row = in + (ptrdiff_t)y * from->strides[2];
        float part = 0.0f;
        for (int64_t x = columns->low; x < columns->end; x++) {
            part += row[(ptrdiff_t)x * from->strides[3]] * weight_at(columns, x);
        }
        sum += part * weight_at(rows, y);
    }
    return sum;
}

/* (self, output_size, align_corners, scales_h?, scales_w?, out) */
ScStatus sc_aten__upsample_bilinear2d_aa_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 5);
    bool corners = sc_arg_bool(c, 2);
    ScView from, to;
    Axis h, w;
    SC_TRY(sc_view(&in, &from));
    SC_TRY(sc_view(&out, &to));
    if (in.dtype != SC_F32 || out.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (from.rank != 4 || to.rank != 4 || from.sizes[0] != to.sizes[0] ||
        from.sizes[1] != to.sizes[1] || sc_arg_count(c, 1) != 2) {
        return SC_E_SHAPE;
    }
    if (sc_view_numel(&to) == 0) {
        return SC_OK;
    }
    SC_TRY(axis_read(c, &from, &to, 0, corners, &h));
    SC_TRY(axis_read(c, &from, &to, 1, corners, &w));
    for (int64_t y = 0; y < h.out; y++) {
        Taps rows = taps_at(&h, y);
        for (int64_t x = 0; x < w.out; x++) {
            Taps columns = taps_at(&w, x);
            for (size_t p = 0; p < to.sizes[0] * to.sizes[1]; p++) {
                ptrdiff_t n = (ptrdiff_t)(p / to.sizes[1]),
                          ch = (ptrdiff_t)(p % to.sizes[1]);
                float *at = (float *)(void *)to.data + n * to.strides[0] +
                            ch * to.strides[1] + (ptrdiff_t)y * to.strides[2];
                at[(ptrdiff_t)x * to.strides[3]] = sample(
                    &from, n * from.strides[0] + ch * from.strides[1], &rows, &columns);
            }
        }
    }
    return SC_OK;
}
