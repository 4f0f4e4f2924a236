/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mean of a window on cores with the DSP extension. The contract is in loops.h.
 * Four channels at a time, in sums of 16 bits: room for 255 pixels; larger windows
 * are summed one by one.
 */
#include <string.h>

#include "backends/cortex_m/device/loops.h"

enum { PIXELS_MAX = 255 };

static void mean_of_four(const ScMeanLoop *l, int32_t channel) {
    uint32_t even = 0, odd = 0, word;
    for (int32_t row = 0; row < l->rows; row++) {
        const int8_t *x = l->x + (ptrdiff_t)row * l->row_bytes + channel;
        for (int32_t col = 0; col < l->cols; col++, x += l->channels) {
            memcpy(&word, x, 4);
            __asm__("sxtab16 %0, %0, %1" : "+r"(even) : "r"(word));
            __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(odd) : "r"(word));
        }
    }
    sc_mean_put(l, channel, (int16_t)even);
    sc_mean_put(l, channel + 1, (int16_t)odd);
    sc_mean_put(l, channel + 2, (int16_t)(even >> 16));
    sc_mean_put(l, channel + 3, (int16_t)(odd >> 16));
}

void sc_mean_loop(const ScMeanLoop *l) {
    int32_t channel = 0;
    if (l->rows <= PIXELS_MAX && l->cols <= PIXELS_MAX && l->rows * l->cols <= PIXELS_MAX) {
        for (; channel + 4 <= l->channels; channel += 4) {
            mean_of_four(l, channel);
        }
    }
    for (; channel < l->channels; channel++) {
        sc_mean_of_one(l, channel);
    }
}
