/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::conv2d_s8.dsp_out(x, packed, kernel, stride, padding, dilation, x_zero,
 *   out_zero, min, max, form, scratch, out): one group, NHWC bytes.
 *
 * packed (int32 words), for each pair of output channels, the last one made even
 * with zeros:
 *     start[2], (k4 / 2) words of weights, {factor, power}[2]
 * start = bias - x_zero * sum(w), so that x enters as it is and a tap outside of the
 * image counts as x_zero. k runs over (row, column, input channel), filled up to k4,
 * a multiple of 4, with zero weights. Four k make two words with the bytes
 *     {even k0, odd k0, even k2, odd k2}, {even k1, odd k1, even k3, odd k3}
 * (even, odd: the channels of the pair): what SXTB16 takes apart into halfwords.
 *
 * form 0: power is the shift of sc_requantize.
 * form 1: power = 2^(32 - n), 2 <= n <= 31, and |acc| < 2^30 for every input: what
 *   the fast kernel needs.
 * form 2: form 1, and the halves of a word are 256 odd + even, each in 16 bits; the
 *   odd channel's |acc| < 2^23 for every input. One SXTB16 less.
 * The bits are those of cortex_m::quantized_conv2d.
 */
#ifndef SC_CORTEX_M_CONV_DSP_H
#define SC_CORTEX_M_CONV_DSP_H

#include "backends/cortex_m/device/image.h"

typedef enum ScDspForm {
    SC_DSP_SHIFTS = 0,
    SC_DSP_POWERS = 1,
    SC_DSP_JOINED = 2
} ScDspForm;

typedef struct ScDspConv {
    ScImage x, out;
    ScSpan h, w;
    const int32_t *packed;
    int32_t k, k4; /* window, and filled up */
    int32_t x_zero, out_zero, min, max;
    ScDspForm form;
    uint8_t *scratch;
} ScDspConv;

/* Words of one pair of channels. */
static inline size_t sc_dsp_conv_words(int32_t k4) {
    return 6u + (size_t)k4 / 2u;
}

/* What decides how windows are read, and how much room that takes. */
typedef struct ScDspShape {
    int32_t k, channels_in, channels_out;
    int64_t n_pixels; /* of the output, all images */
    bool padded;
} ScDspShape;

static inline int32_t sc_dsp_k4(const ScDspShape *shape) {
    return (shape->k + 3) & ~3;
}

/* 1 x 1 without padding: a window is a pixel as it lies. */
static inline bool sc_dsp_is_pointwise(const ScDspShape *shape) {
    return shape->k == shape->channels_in && shape->k % 4 == 0 && !shape->padded;
}

/* All pixels come in fours, all channels in pairs: results go where they belong. */
static inline bool sc_dsp_is_even(const ScDspShape *shape) {
    return shape->n_pixels % 4 == 0 && shape->channels_out % 2 == 0;
}

/* Beside four windows in int16: records of their bytes, or a pixel of zeros. */
static inline size_t sc_dsp_side_bytes(const ScDspShape *shape) {
    size_t channels = (size_t)shape->channels_in;
    return sc_dsp_is_pointwise(shape) ? 0
           : channels % 4 == 0        ? channels
                                      : ((size_t)sc_dsp_k4(shape) + 4u) * 4u;
}

static inline size_t sc_dsp_conv_scratch(const ScDspShape *shape) {
    size_t results = sc_dsp_is_even(shape) ? 0 : ((size_t)shape->channels_out + 1u) * 4u;
    return 8u + (size_t)sc_dsp_k4(shape) * 8u + sc_dsp_side_bytes(shape) + results;
}

ScDspShape sc_dsp_shape_of(const ScDspConv *conv);
/* Checks everything that the kernels rely on. */
ScStatus sc_dsp_conv_read(const ScCall *c, ScDspConv *out_conv);
/* The whole layer, slow and obvious. */
void sc_dsp_conv_plain(const ScDspConv *conv);

/* What the three packed layers share. SC_E_RANGE: not 0, 1 or 2. */
ScStatus sc_dsp_form_of(int64_t number, ScDspForm *out_form);
/* Requantization by a channel's {factor, power}. */
int32_t sc_dsp_requantize(int32_t acc, const int32_t *factor, ScDspForm form);
/* One of the four weights of a word: of the odd channel?, of the higher k? */
int32_t sc_dsp_weight_of(int32_t word, bool odd, bool high, ScDspForm form);

#endif
