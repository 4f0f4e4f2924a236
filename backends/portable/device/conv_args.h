/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arguments of a convolution, checked: input [N,C,(H,)W], weight
 * [O,C/groups,(KH,)KW], transposed [C,O/groups,...], any layout.
 */
#ifndef SC_PORTABLE_CONV_ARGS_H
#define SC_PORTABLE_CONV_ARGS_H

#include "backends/portable/device/tensor.h"
#include "backends/portable/device/window.h"

typedef struct ScConv {
    ScView in, weight, out; /* rank 4; 1-d has H = KH = 1 */
    const void *bias;       /* of the same dtype, or NULL */
    ScWindow h, w;
    size_t groups, in_per_group, out_per_group;
    bool transposed, contiguous;
} ScConv;

/* (input, weight, bias?, stride, padding, dilation, transposed, output_padding, groups,
 * ...), the output at out_index; all of `dtype`. */
ScStatus sc_conv_read(const ScCall *c, uint32_t out_index, ScDtype dtype, ScConv *out_conv);

#endif
