/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments and plain arithmetic of packed depthwise layers; see depthwise_dsp.h. */
#include "backends/cortex_m/device/depthwise_dsp.h"
#include "kernels/num.h"

static bool span_fits(const ScSpan *span) {
    return span->stride <= 2 && span->pad <= 1;
}

static ScStatus check_numbers(const ScDspDepthwise *layer) {
    return layer->x_zero >= -128 && layer->x_zero <= 127 && layer->min >= -128 &&
                   layer->min <= layer->max && layer->max <= 127 &&
                   layer->out_zero >= -128 && layer->out_zero <= 127
               ? SC_OK
               : SC_E_RANGE;
}

ScStatus sc_dsp_depthwise_read(const ScCall *c, ScDspDepthwise *layer) {
    ScTensor x = sc_arg_tensor(c, 0), packed = sc_arg_tensor(c, 1);
    ScTensor scratch = sc_arg_tensor(c, 9), out = sc_arg_tensor(c, 10);
    SC_TRY(sc_image_of(&x, &layer->x));
    SC_TRY(sc_image_of(&out, &layer->out));
    layer->h = (ScSpan){.in = layer->x.h, .out = layer->out.h, .kernel = 3};
    layer->w = (ScSpan){.in = layer->x.w, .out = layer->out.w, .kernel = 3};
    SC_TRY(sc_span_of(c, 0, 2, 3, 0, &layer->h));
    SC_TRY(sc_span_of(c, 1, 2, 3, 0, &layer->w));
    layer->packed = packed.data;
    layer->scratch = scratch.data;
    layer->n_scratch = sc_tensor_numel(&scratch);
    layer->x_zero = (int32_t)sc_arg_int(c, 4);
    layer->out_zero = (int32_t)sc_arg_int(c, 5);
    layer->min = (int32_t)sc_arg_int(c, 6);
    layer->max = (int32_t)sc_arg_int(c, 7);
    SC_TRY(sc_dsp_form_of(sc_arg_int(c, 8), &layer->form));
    if (packed.dtype != SC_I32 || scratch.dtype != SC_U8 || !packed.data ||
        layer->x.n != layer->out.n || layer->x.c != layer->out.c || layer->out.c % 4 != 0 ||
        !span_fits(&layer->h) || !span_fits(&layer->w) ||
        sc_tensor_numel(&packed) != (size_t)layer->out.c * SC_DSP_DEPTHWISE_WORDS) {
        return SC_E_SHAPE;
    }
    return check_numbers(layer);
}

static int32_t tap_of(const ScDspDepthwise *layer, int32_t n, int32_t row, int32_t col,
                      int32_t o) {
    const ScImage *x = &layer->x;
    if (row < 0 || row >= x->h || col < 0 || col >= x->w) {
        return layer->x_zero;
    }
    size_t pixel = ((size_t)n * (size_t)x->h + (size_t)row) * (size_t)x->w + (size_t)col;
    return x->data[pixel * (size_t)x->c + (size_t)o];
}

static int8_t output_of(const ScDspDepthwise *layer, int32_t n, int32_t y, int32_t x,
                        int32_t o) {
    static const uint8_t byte_of[3] = {0, 1, 3};
    const int32_t *words = layer->packed + (size_t)o * SC_DSP_DEPTHWISE_WORDS;
    uint32_t sum = (uint32_t)words[0];
    for (int32_t kh = 0; kh < 3; kh++) {
        for (int32_t kw = 0; kw < 3; kw++) {
            int32_t weight = (int8_t)((uint32_t)words[3 + kh] >> (8 * byte_of[kw]));
            int32_t row = y * layer->h.stride - layer->h.pad + kh;
            int32_t col = x * layer->w.stride - layer->w.pad + kw;
            sum += (uint32_t)(weight * tap_of(layer, n, row, col, o));
        }
    }
    int32_t value = sc_dsp_requantize((int32_t)sum, words + 1, layer->form);
    return (int8_t)sc_clamp_i32(value + layer->out_zero, layer->min, layer->max);
}

void sc_dsp_depthwise_plain(const ScDspDepthwise *layer) {
    int8_t *to = layer->out.data;
    for (int32_t n = 0; n < layer->out.n; n++) {
        for (int32_t y = 0; y < layer->out.h; y++) {
            for (int32_t x = 0; x < layer->out.w; x++) {
                for (int32_t o = 0; o < layer->out.c; o++) {
                    *to++ = output_of(layer, n, y, x, o);
                }
            }
        }
    }
}
