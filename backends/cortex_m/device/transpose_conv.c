/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortex_m::quantized_transpose_conv2d.out(x, weight [O,KH,KW,C], bias?, stride,
 *   padding, output_padding, dilation, input_offset, output_offset, multipliers,
 *   shifts, min, max, scratch, output_scratch, out); one group.
 * Input pixel i reaches output i * stride - padding + k * dilation by tap k: the
 * geometry is that of the convolution from out to x. Sums and requantization are
 * those of conv.c. The two scratch buffers, which stock's kernel needs, stay as
 * they are.
 */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/image.h"
#include "kernels/num.h"

typedef struct Transposed {
    ScImage x, out;
    const int8_t *weight;
    const int32_t *bias; /* or NULL */
    const int32_t *multipliers, *shifts;
    ScSpan h, w; /* .in counts outputs, .out inputs */
    int32_t x_offset, out_offset, min, max;
} Transposed;

static ScStatus weight_read(const ScCall *c, Transposed *t) {
    ScTensor weight = sc_arg_tensor(c, 1);
    if (weight.rank != 4 || weight.dtype != SC_I8 || weight.sizes[0] != t->out.c ||
        weight.sizes[3] != t->x.c) {
        return SC_E_SHAPE;
    }
    t->weight = weight.data;
    t->h = (ScSpan){.in = t->out.h, .out = t->x.h, .kernel = weight.sizes[1]};
    t->w = (ScSpan){.in = t->out.w, .out = t->x.w, .kernel = weight.sizes[2]};
    SC_TRY(sc_span_of(c, 0, 3, 4, 6, &t->h));
    return sc_span_of(c, 1, 3, 4, 6, &t->w);
}

static ScStatus factors_read(const ScCall *c, Transposed *t) {
    ScTensor bias = sc_arg_tensor(c, 2);
    ScTensor multipliers = sc_arg_tensor(c, 9), shifts = sc_arg_tensor(c, 10);
    t->bias = 0;
    if (!sc_arg_is_none(c, 2)) {
        SC_TRY(sc_words_of(&bias, t->out.c, &t->bias));
    }
    SC_TRY(sc_words_of(&multipliers, t->out.c, &t->multipliers));
    SC_TRY(sc_words_of(&shifts, t->out.c, &t->shifts));
    for (int32_t o = 0; o < t->out.c; o++) {
        if (t->shifts[o] < -31 || t->shifts[o] > 31) {
            return SC_E_RANGE;
        }
    }
    t->x_offset = sc_arg_small(c, 7);
    t->out_offset = sc_arg_small(c, 8);
    t->min = sc_arg_small(c, 11);
    t->max = sc_arg_small(c, 12);
    return SC_OK;
}

/* The input that reaches output `o` by tap k, or -1. */
static int32_t source(const ScSpan *span, int32_t o, int32_t k) {
    int32_t at = o + span->pad - k * span->dilation;
    if (at < 0 || at % span->stride != 0 || at / span->stride >= span->out) {
        return -1;
    }
    return at / span->stride;
}

static int32_t sum_at(const Transposed *t, int32_t n, int32_t y, int32_t x, int32_t o) {
    uint32_t sum = t->bias ? (uint32_t)t->bias[o] : 0;
    for (int32_t kh = 0; kh < t->h.kernel; kh++) {
        int32_t row = source(&t->h, y, kh);
        for (int32_t kw = 0; row >= 0 && kw < t->w.kernel; kw++) {
            int32_t col = source(&t->w, x, kw);
            if (col < 0) {
                continue;
            }
            size_t pixel =
                ((size_t)n * (size_t)t->x.h + (size_t)row) * (size_t)t->x.w + (size_t)col;
            size_t tap =
                ((size_t)o * (size_t)t->h.kernel + (size_t)kh) * (size_t)t->w.kernel +
                (size_t)kw;
            const int8_t *from = t->x.data + pixel * (size_t)t->x.c;
            const int8_t *w = t->weight + tap * (size_t)t->x.c;
            for (int32_t i = 0; i < t->x.c; i++) {
                sum += (uint32_t)((from[i] + t->x_offset) * w[i]);
            }
        }
    }
    return (int32_t)sum;
}

static ScStatus transposed_run(const ScCall *c, ScImageOf *image_of) {
    Transposed t;
    ScTensor x = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 15);
    SC_TRY(image_of(&x, &t.x));
    SC_TRY(image_of(&out, &t.out));
    if (t.x.n != t.out.n) {
        return SC_E_SHAPE;
    }
    SC_TRY(weight_read(c, &t));
    SC_TRY(factors_read(c, &t));
    int8_t *to = t.out.data;
    for (int32_t n = 0; n < t.out.n; n++) {
        for (int32_t row = 0; row < t.out.h; row++) {
            for (int32_t col = 0; col < t.out.w; col++) {
                for (int32_t o = 0; o < t.out.c; o++) {
                    int32_t value = sc_requantize(sum_at(&t, n, row, col, o),
                                                  t.multipliers[o], t.shifts[o]);
                    *to++ = (int8_t)sc_clamp_i32(sc_add_wrapping(value, t.out_offset),
                                                 t.min, t.max);
                }
            }
        }
    }
    return SC_OK;
}

ScStatus sc_cortex_m_quantized_transpose_conv2d_out_i(ScCall *c) {
    return transposed_run(c, sc_image_of);
}

ScStatus sc_cortex_m_quantized_transpose_conv2d_nhwc_out_i(ScCall *c) {
    return transposed_run(c, sc_image_nhwc_of);
}
