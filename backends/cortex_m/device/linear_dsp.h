/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sconce::linear_s8.dsp_out(x [.., K], packed, out_zero, min, max, form, scratch, out
 *   [.., N]).
 *
 * packed (int32 words), for each eight channels, the last group filled up:
 *     start[8], weights, {factor, power}[8]
 * Of every four k (K filled up to k4 with zeros) four words for k0 and k2, then four
 * for k1 and k3; each has the bytes {even k0, odd k0, even k2, odd k2} of two
 * channels. start, factor, power and form are those of conv_dsp.h. The bits are
 * those of sconce::linear_s8.
 */
#ifndef SC_CORTEX_M_LINEAR_DSP_H
#define SC_CORTEX_M_LINEAR_DSP_H

#include "backends/cortex_m/device/conv_dsp.h"

typedef struct ScDspLinear {
    const int8_t *x;
    int8_t *out;
    size_t n_rows, k, k4, n;
    const int32_t *packed;
    int32_t out_zero, min, max;
    ScDspForm form;
    uint8_t *scratch;
} ScDspLinear;

/* Words of one group of eight channels. */
static inline size_t sc_dsp_linear_words(size_t k4) {
    return 24u + 2u * k4;
}

/* One row in int16, and its results with the last group filled up. */
static inline size_t sc_dsp_linear_scratch(size_t k4, size_t n) {
    return 4u + 2u * k4 + n + 8u;
}

/* Checks everything that the kernels rely on. */
ScStatus sc_dsp_linear_read(const ScCall *c, ScDspLinear *out_layer);
/* The whole layer, slow and obvious. */
void sc_dsp_linear_plain(const ScDspLinear *layer);

#endif
