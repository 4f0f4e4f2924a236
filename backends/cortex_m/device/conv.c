/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::quantized_conv2d.out(x, weight [O,KH,KW,C/groups], bias?, stride,
 *   padding, dilation, input_offset, output_offset, multipliers, shifts, min, max,
 *   scratch, out)
 * cortex_m::quantized_depthwise_conv2d.out: weight [1,KH,KW,O] and depth_multiplier
 *   behind dilation.
 * acc = bias + sum((x + input_offset) * w) in int32; requantized per channel;
 * + output_offset; clamped. Taps outside of the image add nothing. The scratch, which
 * stock's kernels need, stays as it is. `*_nhwc` are the same of contiguous tensors
 * whose sizes are N, H, W, C.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "backends/cortex_m/device/loops.h"
#include "kernels/num.h"

typedef struct Conv {
    ScImage x, out;
    const int8_t *weight;
    const int32_t *bias; /* or NULL */
    const int32_t *multipliers, *shifts;
    ScSpan h, w;
    int32_t in_per_group, out_per_group;
    int32_t x_offset, out_offset, min, max;
} Conv;

static ScStatus check_shifts(const Conv *conv) {
    for (int32_t o = 0; o < conv->out.c; o++) {
        if (conv->shifts[o] < -31 || conv->shifts[o] > 31) {
            return SC_E_RANGE;
        }
    }
    return SC_OK;
}

/* `at`: index of input_offset; what stands before and behind it is the same in
 * both operators. */
static ScStatus conv_read(const ScCall *c, uint32_t at, ScImageOf *image_of, Conv *conv) {
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, at + 7);
    ScTensor bias = sc_arg_tensor(c, 2);
    ScTensor multipliers = sc_arg_tensor(c, at + 2), shifts = sc_arg_tensor(c, at + 3);
    SC_TRY(image_of(&x, &conv->x));
    SC_TRY(image_of(&out, &conv->out));
    if (conv->x.n != conv->out.n) {
        return SC_E_SHAPE;
    }
    conv->h = (ScSpan){.in = conv->x.h, .out = conv->out.h, .kernel = conv->h.kernel};
    conv->w = (ScSpan){.in = conv->x.w, .out = conv->out.w, .kernel = conv->w.kernel};
    SC_TRY(sc_span_of(c, 0, 3, 4, 5, &conv->h));
    SC_TRY(sc_span_of(c, 1, 3, 4, 5, &conv->w));
    conv->bias = 0;
    if (!sc_arg_is_none(c, 2)) {
        SC_TRY(sc_words_of(&bias, conv->out.c, &conv->bias));
    }
    SC_TRY(sc_words_of(&multipliers, conv->out.c, &conv->multipliers));
    SC_TRY(sc_words_of(&shifts, conv->out.c, &conv->shifts));
    conv->x_offset = sc_arg_small(c, at);
    conv->out_offset = sc_arg_small(c, at + 1);
    conv->min = sc_arg_small(c, at + 4);
    conv->max = sc_arg_small(c, at + 5);
    return check_shifts(conv);
}

static void store(const Conv *conv, int32_t n, int32_t y, int32_t x, int32_t o,
                  int32_t sum) {
    int32_t value = sc_requantize(sum, conv->multipliers[o], conv->shifts[o]);
    value = sc_clamp_i32(sc_add_wrapping(value, conv->out_offset), conv->min, conv->max);
    const ScImage *out = &conv->out;
    size_t pixel = ((size_t)n * (size_t)out->h + (size_t)y) * (size_t)out->w + (size_t)x;
    out->data[pixel * (size_t)out->c + (size_t)o] = (int8_t)value;
}

static const int8_t *pixel_at(const ScImage *x, int32_t n, int32_t y, int32_t col) {
    size_t pixel = ((size_t)n * (size_t)x->h + (size_t)y) * (size_t)x->w + (size_t)col;
    return x->data + pixel * (size_t)x->c;
}

/* Position of tap k of output o, or -1 outside of the image. */
static int32_t tap(const ScSpan *span, int32_t o, int32_t k) {
    int32_t at = o * span->stride - span->pad + k * span->dilation;
    return at >= 0 && at < span->in ? at : -1;
}

/* ---- grouped convolution
 * ------------------------------------------------------------------ */

static int32_t conv_sum(const Conv *conv, int32_t n, int32_t y, int32_t x, int32_t o) {
    uint32_t sum = conv->bias ? (uint32_t)conv->bias[o] : 0;
    int32_t depth = conv->in_per_group;
    int32_t first = o / conv->out_per_group * depth;
    for (int32_t kh = 0; kh < conv->h.kernel; kh++) {
        int32_t row = tap(&conv->h, y, kh);
        for (int32_t kw = 0; row >= 0 && kw < conv->w.kernel; kw++) {
            int32_t col = tap(&conv->w, x, kw);
            if (col < 0) {
                continue;
            }
            const int8_t *from = pixel_at(&conv->x, n, row, col) + first;
            const int8_t *w =
                conv->weight + (((size_t)o * (size_t)conv->h.kernel + (size_t)kh) *
                                    (size_t)conv->w.kernel +
                                (size_t)kw) *
                                   (size_t)depth;
            for (int32_t i = 0; i < depth; i++) {
                sum += (uint32_t)((from[i] + conv->x_offset) * w[i]);
            }
        }
    }
    return (int32_t)sum;
}

static ScStatus grouped_run(const ScCall *c, ScImageOf *image_of) {
    Conv conv;
    ScTensor w = sc_arg_tensor(c, 1);
    if (w.rank != 4 || w.dtype != SC_I8 || w.sizes[3] < 1) {
        return SC_E_SHAPE;
    }
    conv.h.kernel = w.sizes[1];
    conv.w.kernel = w.sizes[2];
    SC_TRY(conv_read(c, 6, image_of, &conv));
    conv.weight = w.data;
    conv.in_per_group = w.sizes[3];
    int32_t groups = conv.x.c / conv.in_per_group;
    if (groups < 1 || groups * conv.in_per_group != conv.x.c || w.sizes[0] != conv.out.c ||
        conv.out.c % groups != 0) {
        return SC_E_SHAPE;
    }
    conv.out_per_group = conv.out.c / groups;
    for (int32_t n = 0; n < conv.out.n; n++) {
        for (int32_t y = 0; y < conv.out.h; y++) {
            for (int32_t x = 0; x < conv.out.w; x++) {
                for (int32_t o = 0; o < conv.out.c; o++) {
                    store(&conv, n, y, x, o, conv_sum(&conv, n, y, x, o));
                }
            }
        }
    }
    return SC_OK;
}

ScStatus sc_cortex_m_quantized_conv2d_out_i(ScCall *c) {
    return grouped_run(c, sc_image_of);
}

ScStatus sc_cortex_m_quantized_conv2d_nhwc_out_i(ScCall *c) {
    return grouped_run(c, sc_image_nhwc_of);
}

/* ---- depthwise ---------------------------------------------------------------- */

static int32_t depthwise_sum(const Conv *conv, int32_t n, int32_t y, int32_t x, int32_t o) {
    uint32_t sum = conv->bias ? (uint32_t)conv->bias[o] : 0;
    int32_t channel = o / conv->out_per_group;
    for (int32_t kh = 0; kh < conv->h.kernel; kh++) {
        int32_t row = tap(&conv->h, y, kh);
        for (int32_t kw = 0; row >= 0 && kw < conv->w.kernel; kw++) {
            int32_t col = tap(&conv->w, x, kw);
            if (col >= 0) {
                int32_t value = pixel_at(&conv->x, n, row, col)[channel] + conv->x_offset;
                size_t at = ((size_t)kh * (size_t)conv->w.kernel + (size_t)kw) *
                                (size_t)conv->out.c +
                            (size_t)o;
                sum += (uint32_t)(value * conv->weight[at]);
            }
        }
    }
    return (int32_t)sum;
}

/* Windows of up to so many taps are walked four channels at a time. */
enum { MAX_TAPS = 49 };

/* A whole pixel of a layer with as many outputs as inputs. */
static void depthwise_pixel(const Conv *conv, int32_t n, int32_t y, int32_t x) {
    ScDepthwiseTap taps[MAX_TAPS];
    int32_t n_taps = 0, channels = conv->out.c, o = 0;
    for (int32_t kh = 0; kh < conv->h.kernel; kh++) {
        int32_t row = tap(&conv->h, y, kh);
        for (int32_t kw = 0; row >= 0 && kw < conv->w.kernel; kw++) {
            int32_t col = tap(&conv->w, x, kw);
            if (col >= 0) {
                taps[n_taps++] = (ScDepthwiseTap){
                    pixel_at(&conv->x, n, row, col),
                    conv->weight + (size_t)(kh * conv->w.kernel + kw) * (size_t)channels};
            }
        }
    }
    for (; o + 4 <= channels; o += 4) {
        int32_t sums[4] = {0, 0, 0, 0};
        for (int32_t i = 0; conv->bias && i < 4; i++) {
            sums[i] = conv->bias[o + i];
        }
        sc_depthwise_loop(taps, n_taps, o, conv->x_offset, sums);
        for (int32_t i = 0; i < 4; i++) {
            store(conv, n, y, x, o + i, sums[i]);
        }
    }
    for (; o < channels; o++) {
        store(conv, n, y, x, o, depthwise_sum(conv, n, y, x, o));
    }
}

/* The fast walk needs room for the taps, an offset that fits beside a byte, and sums
 * that can't overflow (MAX_TAPS products of 383 and 128, and a bias below 2^30). */
static bool is_walked(const Conv *conv) {
    bool small = conv->h.kernel <= MAX_TAPS && conv->w.kernel <= MAX_TAPS &&
                 conv->h.kernel * conv->w.kernel <= MAX_TAPS;
    for (int32_t o = 0; small && conv->bias && o < conv->out.c; o++) {
        small = conv->bias[o] > -(1 << 30) && conv->bias[o] < 1 << 30;
    }
    return small && conv->out_per_group == 1 && conv->x_offset >= -255 &&
           conv->x_offset <= 255;
}

static ScStatus depthwise_run(const ScCall *c, ScImageOf *image_of) {
    Conv conv;
    ScTensor w = sc_arg_tensor(c, 1);
    int64_t multiplier = sc_arg_int(c, 6);
    if (w.rank != 4 || w.dtype != SC_I8 || w.sizes[0] != 1) {
        return SC_E_SHAPE;
    }
    conv.h.kernel = w.sizes[1];
    conv.w.kernel = w.sizes[2];
    SC_TRY(conv_read(c, 7, image_of, &conv));
    conv.weight = w.data;
    if (w.sizes[3] != conv.out.c || multiplier < 1 || multiplier > conv.out.c ||
        conv.x.c * multiplier != conv.out.c) {
        return SC_E_SHAPE;
    }
    conv.out_per_group = (int32_t)multiplier;
    bool walked = is_walked(&conv);
    for (int32_t n = 0; n < conv.out.n; n++) {
        for (int32_t y = 0; y < conv.out.h; y++) {
            for (int32_t x = 0; x < conv.out.w; x++) {
                if (walked) {
                    depthwise_pixel(&conv, n, y, x);
                }
                for (int32_t o = 0; !walked && o < conv.out.c; o++) {
                    store(&conv, n, y, x, o, depthwise_sum(&conv, n, y, x, o));
                }
            }
        }
    }
    return SC_OK;
}

ScStatus sc_cortex_m_quantized_depthwise_conv2d_out_i(ScCall *c) {
    return depthwise_run(c, sc_image_of);
}

ScStatus sc_cortex_m_quantized_depthwise_conv2d_nhwc_out_i(ScCall *c) {
    return depthwise_run(c, sc_image_nhwc_of);
}
