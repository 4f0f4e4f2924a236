/* SPDX-License-Identifier: Apache-2.0 */
/* What sc_mve_depthwise() computes, for any core. The contract is in gemm_mve.h. */
#include <string.h>

#include "backends/cortex_m/device/gemm_mve.h"
#include "kernels/num.h"

/* Where channel c of 16 stands among the words of a block. */
static int32_t place_of(int32_t c) {
    static const int32_t quarter[4] = {0, 2, 1, 3};
    return quarter[c % 4] * 4 + c / 4;
}

static int32_t word_at(const int8_t *bytes, int32_t index) {
    int32_t word;
    memcpy(&word, bytes + (ptrdiff_t)index * 4, sizeof word);
    return word;
}

static int8_t output_of(const ScMveDepthwise *d, const int8_t *const *taps, int32_t c) {
    const int8_t *block = d->table + (ptrdiff_t)(c / 16) * SC_MVE_DW_BLOCK;
    const int8_t *words = block + 144;
    int32_t lane = c % 16, place = place_of(lane);
    uint32_t sum = (uint32_t)word_at(words, place);
    for (int32_t k = 0; k < 9; k++) {
        sum += (uint32_t)(taps[k][c] * block[k * 16 + lane]);
    }
    int32_t shift = sc_clamp_i32(word_at(words, 32 + place), -31, 0);
    int32_t value = sc_requantize((int32_t)sum, word_at(words, 16 + place), shift);
    return (int8_t)sc_clamp_i32(value + d->zero, -128, 127);
}

void sc_mve_depthwise(const ScMveDepthwise *d) {
    const int8_t *taps[9];
    int32_t channels = d->n_blocks * 16;
    int8_t *out = d->out;
    memcpy(taps, d->taps, sizeof taps);
    for (int32_t p = 0; p < d->n_pixels; p++) {
        for (int32_t c = 0; c < channels; c++) {
            out[c] = output_of(d, taps, c);
        }
        for (int32_t k = 0; k < 9; k++) {
            taps[k] += channels + d->steps[k];
        }
        out += channels + d->out_step;
    }
}
