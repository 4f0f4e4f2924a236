/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::add_s8.dsp_out(a, b, factor_a, factor_b, offset, shift, min, max, out):
 *     clamp((a * factor_a + b * factor_b + offset) >> shift, min, max)
 * in int32, modulo 2^32, the shift towards minus infinity. The compiler takes factors
 * for which this is cortex_m::quantized_add for each of the 65,536 pairs of operands.
 */
#ifndef SC_CORTEX_M_ADD_DSP_H
#define SC_CORTEX_M_ADD_DSP_H

#include "runtime/call.h"

typedef struct ScDspAdd {
    const int8_t *a, *b;
    int8_t *out;
    size_t n;
    uint32_t factor_a, factor_b, offset;
    int32_t shift, min, max;
} ScDspAdd;

ScStatus sc_dsp_add_read(const ScCall *c, ScDspAdd *out_add);

#endif
