/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::convolution.out in float32: 1-d and 2-d, grouped, dilated, transposed;
 * and sconce::convolution_clamp.out, which has float min, max before out and
 * clamps each plane while it is warm: the same bits as a clamp behind it.
 * input [N,C,(H,)W], weight [O,C/groups,(KH,)KW], transposed [C,O/groups,...].
 * Any layout; 1x1 over contiguous images is a matrix product.
 *
 * An output is bias, then its taps in the order channel, kernel row, kernel
 * column: the order never depends on the path taken.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "backends/portable/device/window.h"
#include "kernels/gemm_f32.h"

typedef struct Conv {
    ScView in, weight, out; /* rank 4; 1-d has H = KH = 1 */
    const float *bias;      /* or NULL */
    ScWindow h, w;
    size_t groups, in_per_group, out_per_group;
    bool transposed, contiguous;
    bool clamps;
    float min, max;
} Conv;

static float *element(const ScView *v, size_t a, size_t b, size_t c, size_t d) {
    return (float *)(void *)v->data + (ptrdiff_t)a * v->strides[0] +
           (ptrdiff_t)b * v->strides[1] + (ptrdiff_t)c * v->strides[2] +
           (ptrdiff_t)d * v->strides[3];
}

/* ---- arguments ---------------------------------------------------------- */

static ScStatus view_images(const ScTensor *t, ScView *out_view) {
    SC_TRY(sc_view(t, out_view));
    if (t->dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (t->rank == 3) {
        sc_view_unsqueeze(out_view, 2);
    }
    return out_view->rank == 4 ? SC_OK : SC_E_SHAPE;
}

/* Axis 2 + `axis` of the images; axis 0 of a 1-d convolution is the added one. */
static ScStatus window_read(const ScCall *c, const Conv *conv, uint32_t axis, uint32_t rank,
                            ScWindow *out_window) {
    bool added = rank == 3 && axis == 0;
    uint32_t item = rank == 3 ? 0 : axis;
    ScWindow w = {(int64_t)conv->in.sizes[2 + axis],
                  (int64_t)conv->out.sizes[2 + axis],
                  (int64_t)conv->weight.sizes[2 + axis],
                  1,
                  0,
                  1};
    int64_t output_pad = 0;
    if (!added) {
        w.stride = sc_window_item(c, 3, item, 1);
        w.pad = sc_window_item(c, 4, item, 0);
        w.dilation = sc_window_item(c, 5, item, 1);
        output_pad = sc_window_item(c, 7, item, 0);
    }
    *out_window = w;
    if (!conv->transposed) {
        return sc_window_check(&w, false);
    }
    if (w.kernel < 1 || w.stride < 1 || w.dilation < 1 || w.pad < 0 || output_pad < 0) {
        return SC_E_SHAPE;
    }
    int64_t want = (w.in - 1) * w.stride - 2 * w.pad + w.dilation * (w.kernel - 1) + 1;
    /* The window of the reverse direction: input i touches out i*stride-pad+k*d. */
    out_window->in = w.out;
    out_window->out = w.in;
    return want + output_pad == w.out ? SC_OK : SC_E_SHAPE;
}

static ScStatus channels_check(Conv *conv, int64_t groups) {
    size_t in = conv->in.sizes[1];
    size_t out = conv->out.sizes[1];
    const size_t *w = conv->weight.sizes;
    if (groups < 1 || groups > SC_WINDOW_MAX || conv->in.sizes[0] != conv->out.sizes[0]) {
        return SC_E_SHAPE;
    }
    conv->groups = (size_t)groups;
    conv->in_per_group = in / conv->groups;
    conv->out_per_group = out / conv->groups;
    size_t want0 = conv->transposed ? in : out;
    size_t want1 = conv->transposed ? conv->out_per_group : conv->in_per_group;
    bool divides = in % conv->groups == 0 && out % conv->groups == 0;
    return divides && w[0] == want0 && w[1] == want1 ? SC_OK : SC_E_SHAPE;
}

static ScStatus bias_read(const ScCall *c, Conv *conv) {
    conv->bias = 0;
    if (sc_arg_is_none(c, 2)) {
        return SC_OK;
    }
    ScTensor bias = sc_arg_tensor(c, 2);
    SC_TRY(sc_need_dense(&bias, SC_F32));
    conv->bias = bias.data;
    bool fits = bias.rank == 1 && (size_t)bias.sizes[0] == conv->out.sizes[1];
    return fits ? SC_OK : SC_E_SHAPE;
}

static ScStatus conv_read(const ScCall *c, uint32_t out_index, Conv *conv) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor weight = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, out_index);
    if (in.rank != out.rank || in.rank != weight.rank) {
        return SC_E_SHAPE;
    }
    SC_TRY(view_images(&in, &conv->in));
    SC_TRY(view_images(&weight, &conv->weight));
    SC_TRY(view_images(&out, &conv->out));
    conv->transposed = sc_arg_bool(c, 6);
    conv->contiguous =
        sc_is_contiguous(&in) && sc_is_contiguous(&weight) && sc_is_contiguous(&out);
    SC_TRY(channels_check(conv, sc_arg_int(c, 8)));
    SC_TRY(window_read(c, conv, 0, in.rank, &conv->h));
    SC_TRY(window_read(c, conv, 1, in.rank, &conv->w));
    return bias_read(c, conv);
}

/* ---- arithmetic ----------------------------------------------------------- */

static void plane_fill(const Conv *conv, size_t n, size_t oc) {
    float value = conv->bias ? conv->bias[oc] : 0.0f;
    for (size_t y = 0; y < conv->out.sizes[2]; y++) {
        float *row = element(&conv->out, n, oc, y, 0);
        for (size_t x = 0; x < conv->out.sizes[3]; x++) {
            row[(ptrdiff_t)x * conv->out.strides[3]] = value;
        }
    }
}

/* to[i * to_step] += w * from[i * from_step] */
static void row_add(float *to, ptrdiff_t to_step, const float *from, ptrdiff_t from_step,
                    float w, int64_t n) {
    if (to_step == 1 && from_step == 1) {
        for (int64_t i = 0; i < n; i++) {
            to[i] += w * from[i];
        }
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        to[(ptrdiff_t)i * to_step] += w * from[(ptrdiff_t)i * from_step];
    }
}

/* Adds one tap to a plane. The far side is the one that moves by the stride: the
 * input of a convolution, the output of a transposed one. */
static void tap_add(const Conv *conv, int64_t kh, int64_t kw, float weight, size_t n,
                    size_t ic, size_t oc) {
    int64_t y, y_end, x, x_end;
    sc_window_span(&conv->h, kh, &y, &y_end);
    sc_window_span(&conv->w, kw, &x, &x_end);
    if (x >= x_end) {
        return;
    }
    int64_t far_x = x * conv->w.stride - conv->w.pad + kw * conv->w.dilation;
    for (; y < y_end; y++) {
        int64_t far_y = y * conv->h.stride - conv->h.pad + kh * conv->h.dilation;
        if (conv->transposed) {
            row_add(element(&conv->out, n, oc, (size_t)far_y, (size_t)far_x),
                    conv->out.strides[3] * (ptrdiff_t)conv->w.stride,
                    element(&conv->in, n, ic, (size_t)y, (size_t)x), conv->in.strides[3],
                    weight, x_end - x);
        } else {
            row_add(element(&conv->out, n, oc, (size_t)y, (size_t)x), conv->out.strides[3],
                    element(&conv->in, n, ic, (size_t)far_y, (size_t)far_x),
                    conv->in.strides[3] * (ptrdiff_t)conv->w.stride, weight, x_end - x);
        }
    }
}

static void plane_run(const Conv *conv, size_t n, size_t oc) {
    size_t group = oc / conv->out_per_group;
    plane_fill(conv, n, oc);
    for (size_t i = 0; i < conv->in_per_group; i++) {
        size_t ic = group * conv->in_per_group + i;
        for (int64_t kh = 0; kh < conv->h.kernel; kh++) {
            for (int64_t kw = 0; kw < conv->w.kernel; kw++) {
                float weight =
                    conv->transposed
                        ? *element(&conv->weight, ic, oc - group * conv->out_per_group,
                                   (size_t)kh, (size_t)kw)
                        : *element(&conv->weight, oc, i, (size_t)kh, (size_t)kw);
                tap_add(conv, kh, kw, weight, n, ic, oc);
            }
        }
    }
}

static bool is_pointwise(const Conv *conv) {
    return conv->contiguous && !conv->transposed && conv->h.kernel == 1 &&
           conv->w.kernel == 1 && conv->h.stride == 1 && conv->w.stride == 1 &&
           conv->h.pad == 0 && conv->w.pad == 0;
}

static void pointwise_run(const Conv *conv, size_t n) {
    size_t n_pixels = conv->out.sizes[2] * conv->out.sizes[3];
    for (size_t g = 0; g < conv->groups; g++) {
        size_t oc = g * conv->out_per_group;
        for (size_t o = 0; o < conv->out_per_group; o++) {
            plane_fill(conv, n, oc + o);
        }
        sc_gemm_f32(conv->out_per_group, n_pixels, conv->in_per_group,
                    element(&conv->weight, oc, 0, 0, 0),
                    element(&conv->in, n, g * conv->in_per_group, 0, 0),
                    element(&conv->out, n, oc, 0, 0));
    }
}

/* A NaN stays one, as in aten::clamp.out. */
static void plane_clamp(const Conv *conv, size_t n, size_t oc) {
    for (size_t y = 0; y < conv->out.sizes[2]; y++) {
        float *row = element(&conv->out, n, oc, y, 0);
        for (size_t x = 0; x < conv->out.sizes[3]; x++) {
            float *at = row + (ptrdiff_t)x * conv->out.strides[3];
            float low = *at < conv->min ? conv->min : *at;
            *at = low > conv->max ? conv->max : low;
        }
    }
}

static void conv_run(const Conv *conv) {
    for (size_t n = 0; n < conv->out.sizes[0]; n++) {
        bool pointwise = is_pointwise(conv);
        if (pointwise) {
            pointwise_run(conv, n);
        }
        for (size_t oc = 0; oc < conv->out.sizes[1]; oc++) {
            if (!pointwise) {
                plane_run(conv, n, oc);
            }
            if (conv->clamps) {
                plane_clamp(conv, n, oc);
            }
        }
    }
}

ScStatus sc_aten_convolution_out_f(ScCall *c) {
    Conv conv;
    SC_TRY(conv_read(c, 9, &conv));
    conv.clamps = false;
    if (sc_view_numel(&conv.out) > 0) {
        conv_run(&conv);
    }
    return SC_OK;
}

ScStatus sc_sconce_convolution_clamp_out_f(ScCall *c) {
    Conv conv;
    SC_TRY(conv_read(c, 11, &conv));
    conv.clamps = true;
    conv.min = (float)sc_arg_double(c, 9);
    conv.max = (float)sc_arg_double(c, 10);
    if (sc_view_numel(&conv.out) > 0) {
        conv_run(&conv);
    }
    return SC_OK;
}
