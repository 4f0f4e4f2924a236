/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::depthwise3x3_s8.dsp_out(x, packed, stride, padding, x_zero, out_zero, min,
 *   max, form, scratch, out): NHWC bytes, windows of 3 x 3, strides 1 or 2, at most
 *   one row and column of padding before the image, channels in fours.
 *
 * packed: six int32 words a channel: start, factor, power, then a word {w0, w1, w1, w2}
 * for each row of the window: what SXTB16 makes the pairs (w0, w1) and (w1, w2) of.
 * start, factor, power and form (0 or 1) are those of conv_dsp.h. The bits are those of
 * cortex_m::quantized_depthwise_conv2d.
 */
#ifndef SC_CORTEX_M_DEPTHWISE_DSP_H
#define SC_CORTEX_M_DEPTHWISE_DSP_H

#include "backends/cortex_m/device/conv_dsp.h"

enum { SC_DSP_DEPTHWISE_WORDS = 6 };

typedef struct ScDspDepthwise {
    ScImage x, out;
    ScSpan h, w;
    const int32_t *packed;
    int32_t x_zero, out_zero, min, max;
    ScDspForm form;
    uint8_t *scratch;
    size_t n_scratch;
} ScDspDepthwise;

/* Words of one row of a plane of pairs of columns, for out_width outputs. */
static inline size_t sc_dsp_plane_words(int32_t out_width, int32_t stride) {
    size_t pairs = ((size_t)out_width + 1u) / 2u;
    return stride == 1 ? pairs + 1u : 2u * pairs + 1u;
}

/* Four planes for n_rows rows of output at once, and a row of results of each. Less
 * than for one row is as good as nothing: the layer then runs without planes. */
static inline size_t sc_dsp_depthwise_scratch(int32_t n_rows, int32_t stride_h,
                                              int32_t out_width, int32_t stride_w) {
    size_t n_plane_rows = (size_t)(n_rows - 1) * (size_t)stride_h + 3u;
    return 16u * n_plane_rows * sc_dsp_plane_words(out_width, stride_w) +
           4u * (size_t)out_width + 12u;
}

/* Checks everything that the kernels rely on. */
ScStatus sc_dsp_depthwise_read(const ScCall *c, ScDspDepthwise *out_layer);
/* The whole layer, slow and obvious. */
void sc_dsp_depthwise_plain(const ScDspDepthwise *layer);

#endif
