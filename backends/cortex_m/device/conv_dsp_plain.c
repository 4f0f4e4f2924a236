/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments and plain arithmetic of packed convolutions; see conv_dsp.h. */
#include "backends/cortex_m/device/conv_dsp.h"
#include "kernels/num.h"

ScDspShape sc_dsp_shape_of(const ScDspConv *conv) {
    return (ScDspShape){
        .k = conv->k,
        .channels_in = conv->x.c,
        .channels_out = conv->out.c,
        .n_pixels = (int64_t)conv->out.n * conv->out.h * conv->out.w,
        .padded = conv->h.pad > 0 || conv->w.pad > 0,
    };
}

static ScStatus check_sizes(const ScDspConv *conv, const ScTensor *packed,
                            const ScTensor *scratch) {
    size_t pairs = ((size_t)conv->out.c + 1u) / 2u;
    ScDspShape shape = sc_dsp_shape_of(conv);
    if (packed->dtype != SC_I32 || scratch->dtype != SC_U8 || !packed->data ||
        conv->x.n != conv->out.n ||
        sc_tensor_numel(packed) != pairs * sc_dsp_conv_words(conv->k4) ||
        sc_tensor_numel(scratch) < sc_dsp_conv_scratch(&shape)) {
        return SC_E_SHAPE;
    }
    return conv->x_zero >= -128 && conv->x_zero <= 127 && conv->min >= -128 &&
                   conv->min <= conv->max && conv->max <= 127 && conv->out_zero >= -128 &&
                   conv->out_zero <= 127
               ? SC_OK
               : SC_E_RANGE;
}

ScStatus sc_dsp_conv_read(const ScCall *c, ScDspConv *conv) {
    ScTensor x = sc_arg_tensor(c, 0), packed = sc_arg_tensor(c, 1);
    ScTensor scratch = sc_arg_tensor(c, 11), out = sc_arg_tensor(c, 12);
    int64_t kernel[2];
    uint32_t n;
    SC_TRY(sc_image_of(&x, &conv->x));
    SC_TRY(sc_image_of(&out, &conv->out));
    SC_TRY(sc_arg_ints(c, 2, kernel, 2, &n));
    if (n != 2 || kernel[0] < 1 || kernel[0] > 255 || kernel[1] < 1 || kernel[1] > 255 ||
        conv->x.c < 1 || conv->x.c > 32767 || conv->out.c < 1 || conv->out.c > 32767) {
        return SC_E_SHAPE;
    }
    conv->h = (ScSpan){.in = conv->x.h, .out = conv->out.h, .kernel = (int32_t)kernel[0]};
    conv->w = (ScSpan){.in = conv->x.w, .out = conv->out.w, .kernel = (int32_t)kernel[1]};
    SC_TRY(sc_span_of(c, 0, 3, 4, 5, &conv->h));
    SC_TRY(sc_span_of(c, 1, 3, 4, 5, &conv->w));
    int64_t window = kernel[0] * kernel[1] * conv->x.c;
    if (window > 65536) {
        return SC_E_SHAPE;
    }
    conv->k = (int32_t)window;
    conv->k4 = (conv->k + 3) & ~3;
    conv->packed = packed.data;
    conv->scratch = scratch.data;
    conv->x_zero = (int32_t)sc_arg_int(c, 6);
    conv->out_zero = (int32_t)sc_arg_int(c, 7);
    conv->min = (int32_t)sc_arg_int(c, 8);
    conv->max = (int32_t)sc_arg_int(c, 9);
    SC_TRY(sc_dsp_form_of(sc_arg_int(c, 10), &conv->form));
    return check_sizes(conv, &packed, &scratch);
}

/* ---- forms --------------------------------------------------------------------------- */

ScStatus sc_dsp_form_of(int64_t number, ScDspForm *form) {
    *form = (ScDspForm)number;
    return number >= SC_DSP_SHIFTS && number <= SC_DSP_JOINED ? SC_OK : SC_E_RANGE;
}

/* Powers and shifts that no compiler writes give some number: a check of every
 * channel would cost as much as a percent of a run. */
int32_t sc_dsp_requantize(int32_t acc, const int32_t *factor, ScDspForm form) {
    int32_t shift = factor[1];
    if (form != SC_DSP_SHIFTS) {
        shift = -32;
        for (int32_t rest = factor[1]; rest > 1; rest >>= 1) {
            shift++;
        }
    }
    /* Beyond 2^10 only the layer's clamp matters. */
    int32_t value = sc_requantize(acc, factor[0], sc_clamp_i32(shift, -31, 31));
    return sc_clamp_i32(value, -1024, 1024);
}

int32_t sc_dsp_weight_of(int32_t word, bool odd, bool high, ScDspForm form) {
    int32_t half = (int16_t)((uint32_t)word >> (high ? 16 : 0));
    int32_t even = (int8_t)half;
    if (!odd) {
        return even;
    }
    return form == SC_DSP_JOINED ? (half - even) >> 8 : half >> 8;
}

/* ---- one output ---------------------------------------------------------------------- */

/* Tap k of the window, or x_zero outside of the image. */
static int32_t tap_of(const ScDspConv *conv, int32_t n, int32_t y, int32_t x, int32_t k) {
    int32_t column = k / conv->x.c;
    int32_t row =
        y * conv->h.stride - conv->h.pad + column / conv->w.kernel * conv->h.dilation;
    int32_t col =
        x * conv->w.stride - conv->w.pad + column % conv->w.kernel * conv->w.dilation;
    if (row < 0 || row >= conv->x.h || col < 0 || col >= conv->x.w) {
        return conv->x_zero;
    }
    size_t pixel =
        ((size_t)n * (size_t)conv->x.h + (size_t)row) * (size_t)conv->x.w + (size_t)col;
    return conv->x.data[pixel * (size_t)conv->x.c + (size_t)(k % conv->x.c)];
}

static int8_t output_of(const ScDspConv *conv, int32_t n, int32_t y, int32_t x, int32_t o) {
    const int32_t *pair = conv->packed + (size_t)(o / 2) * sc_dsp_conv_words(conv->k4);
    uint32_t sum = (uint32_t)pair[o % 2];
    for (int32_t k = 0; k < conv->k; k++) {
        int32_t word = pair[2 + k / 4 * 2 + k % 2];
        int32_t weight = sc_dsp_weight_of(word, o % 2 == 1, k % 4 >= 2, conv->form);
        sum += (uint32_t)(weight * tap_of(conv, n, y, x, k));
    }
    const int32_t *factor = pair + 2 + conv->k4 / 2 + o % 2 * 2;
    int32_t value = sc_dsp_requantize((int32_t)sum, factor, conv->form);
    return (int8_t)sc_clamp_i32(value + conv->out_zero, conv->min, conv->max);
}

void sc_dsp_conv_plain(const ScDspConv *conv) {
    int8_t *to = conv->out.data;
    for (int32_t n = 0; n < conv->out.n; n++) {
        for (int32_t y = 0; y < conv->out.h; y++) {
            for (int32_t x = 0; x < conv->out.w; x++) {
                for (int32_t o = 0; o < conv->out.c; o++) {
                    *to++ = output_of(conv, n, y, x, o);
                }
            }
        }
    }
}
