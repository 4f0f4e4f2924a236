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
#include "backends/portable/device/conv_args.h"
#include "backends/portable/device/portable.h"
#include "kernels/gemm_f32.h"

typedef struct Conv {
    ScConv args;
    bool clamps;
    float min, max;
} Conv;

static float *element(const ScView *v, size_t a, size_t b, size_t c, size_t d) {
    return (float *)(void *)v->data + (ptrdiff_t)a * v->strides[0] +
           (ptrdiff_t)b * v->strides[1] + (ptrdiff_t)c * v->strides[2] +
           (ptrdiff_t)d * v->strides[3];
}

/* ---- arithmetic ----------------------------------------------------------- */

static void plane_fill(const ScConv *conv, size_t n, size_t oc) {
    float value = conv->bias ? ((const float *)conv->bias)[oc] : 0.0f;
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
static void tap_add(const ScConv *conv, int64_t kh, int64_t kw, float weight, size_t n,
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

static void plane_run(const ScConv *conv, size_t n, size_t oc) {
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

static bool is_pointwise(const ScConv *conv) {
    return conv->contiguous && !conv->transposed && conv->h.kernel == 1 &&
           conv->w.kernel == 1 && conv->h.stride == 1 && conv->w.stride == 1 &&
           conv->h.pad == 0 && conv->w.pad == 0;
}

static void pointwise_run(const ScConv *conv, size_t n) {
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
    for (size_t y = 0; y < conv->args.out.sizes[2]; y++) {
        float *row = element(&conv->args.out, n, oc, y, 0);
        for (size_t x = 0; x < conv->args.out.sizes[3]; x++) {
            float *at = row + (ptrdiff_t)x * conv->args.out.strides[3];
            float low = *at < conv->min ? conv->min : *at;
            *at = low > conv->max ? conv->max : low;
        }
    }
}

static void conv_run(const Conv *conv) {
    const ScConv *args = &conv->args;
    for (size_t n = 0; n < args->out.sizes[0]; n++) {
        bool pointwise = is_pointwise(args);
        if (pointwise) {
            pointwise_run(args, n);
        }
        for (size_t oc = 0; oc < args->out.sizes[1]; oc++) {
            if (!pointwise) {
                plane_run(args, n, oc);
            }
            if (conv->clamps) {
                plane_clamp(conv, n, oc);
            }
        }
    }
}

ScStatus sc_aten_convolution_out_f(ScCall *c) {
    Conv conv = {.clamps = false};
    SC_TRY(sc_conv_read(c, 9, SC_F32, &conv.args));
    if (sc_view_numel(&conv.args.out) > 0) {
        conv_run(&conv);
    }
    return SC_OK;
}

ScStatus sc_sconce_convolution_clamp_out_f(ScCall *c) {
    Conv conv = {.clamps = true};
    SC_TRY(sc_conv_read(c, 11, SC_F32, &conv.args));
    conv.min = (float)sc_arg_double(c, 9);
    conv.max = (float)sc_arg_double(c, 10);
    if (sc_view_numel(&conv.args.out) > 0) {
        conv_run(&conv);
    }
    return SC_OK;
}
