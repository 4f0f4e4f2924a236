/* SPDX-License-Identifier: Apache-2.0 */
/* int8 images in NHWC, and the geometry of windows over them. */
#ifndef SC_CORTEX_M_IMAGE_H
#define SC_CORTEX_M_IMAGE_H

#include "runtime/call.h"

typedef struct ScImage {
    int8_t *data;
    int32_t n, h, w, c;
} ScImage;

/* Rank 4, int8, NHWC bytes: SC_E_SHAPE otherwise. */
ScStatus sc_image_of(const ScTensor *tensor, ScImage *out_image);
/* The same of a contiguous tensor whose sizes are N, H, W, C (`*_nhwc` operators). */
ScStatus sc_image_nhwc_of(const ScTensor *tensor, ScImage *out_image);
typedef ScStatus ScImageOf(const ScTensor *tensor, ScImage *out_image);

/* One axis of a window: output o reads inputs o * stride - pad + k * dilation. */
typedef struct ScSpan {
    int32_t in, out, kernel, stride, pad, dilation;
} ScSpan;

/* Items `axis` of the list arguments; a list of one item is for both axes.
 * dilation_index 0 = dilation 1. SC_E_SHAPE: values that make no window, or whose
 * output isn't out. */
ScStatus sc_span_of(const ScCall *c, uint32_t axis, uint32_t stride_index,
                    uint32_t pad_index, uint32_t dilation_index, ScSpan *span);

/* A zero point, offset or limit. Where no int8 arithmetic reaches (a hostile file) it is
 * clipped to -256..256, so that what is computed with it fits. */
int32_t sc_arg_small(const ScCall *c, uint32_t index);

/* int32 vector of n items: SC_E_SHAPE otherwise. */
ScStatus sc_words_of(const ScTensor *tensor, int32_t n, const int32_t **out_words);

/* int8 tensors of equal sizes that lie in the same order. */
ScStatus sc_same_bytes(const ScTensor *a, const ScTensor *b);

/* Both tensors, of any dtype, hold as many elements in the same order of dimensions. */
ScStatus sc_same_order(const ScTensor *a, const ScTensor *b);

#endif
