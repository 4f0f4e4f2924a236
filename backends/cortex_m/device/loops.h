/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops of stock-named and our own operators that read no packing, apart from the
 * checks of their arguments: x_loop.c defines them, x_loop_mve.c does the same with
 * Helium, bit for bit.
 */
#ifndef SC_CORTEX_M_LOOPS_H
#define SC_CORTEX_M_LOOPS_H

#include "kernels/num.h"
#include "runtime/call.h"

/* Source: sc_quantize_half_even(). low, high within int8. */
typedef struct ScQuantizeLoop {
    const float *x;
    int8_t *out;
    size_t n;
    float inverse_scale;
    int32_t zero, low, high;
} ScQuantizeLoop;

void sc_quantize_loop(const ScQuantizeLoop *loop);

/* Source: sc_dequantize(). */
void sc_dequantize_loop(const int8_t *x, float *out, size_t n, float scale, int32_t zero);

/* The mean of a window for all channels of one pixel:
 * clamp(requantize(sum + start, multiplier, shift) + zero). */
typedef struct ScMeanLoop {
    const int8_t *x;    /* first pixel of the window */
    int32_t rows, cols; /* >= 1 */
    int32_t row_bytes;  /* from a row of the image to the next */
    int32_t channels;   /* also bytes from a pixel to the next */
    int8_t *out;
    int32_t start; /* - rows * cols * zero point of x */
    int32_t multiplier, shift;
    int32_t zero; /* within int8 */
} ScMeanLoop;

void sc_mean_loop(const ScMeanLoop *loop);

/* Its end: the mean of one channel from the sum of its pixels. */
static inline void sc_mean_put(const ScMeanLoop *l, int32_t channel, int32_t sum) {
    int32_t value = sc_requantize(sc_add_wrapping(sum, l->start), l->multiplier, l->shift);
    l->out[channel] = (int8_t)sc_clamp_i32(sc_add_wrapping(value, l->zero), -128, 127);
}

/* One channel, pixel by pixel: what every form does with windows too large for its sums
 * and with channels that fill no group. */
static inline void sc_mean_of_one(const ScMeanLoop *l, int32_t channel) {
    int32_t sum = 0;
    for (int32_t row = 0; row < l->rows; row++) {
        const int8_t *x = l->x + (ptrdiff_t)row * l->row_bytes + channel;
        for (int32_t col = 0; col < l->cols; col++, x += l->channels) {
            sum += *x;
        }
    }
    sc_mean_put(l, channel, sum);
}

/* One tap of a depthwise window: four neighbouring channels of a pixel, and their
 * weights. */
typedef struct ScDepthwiseTap {
    const int8_t *x;
    const int8_t *w;
} ScDepthwiseTap;

/* sums[i] += (x[at + i] + x_offset) * w[at + i] over the taps, i = 0..3, in int32. */
void sc_depthwise_loop(const ScDepthwiseTap *taps, int32_t n_taps, int32_t at,
                       int32_t x_offset, int32_t sums[4]);

/* clamp(the largest of a window) for all channels of one pixel; no rows: min. */
typedef struct ScMaxLoop {
    const int8_t *x;    /* first pixel of the window */
    int32_t rows, cols; /* >= 0 */
    int32_t row_bytes;  /* from a row of the image to the next */
    int32_t channels;   /* also bytes from a pixel to the next */
    int8_t *out;
    int32_t min, max; /* within int8, min <= max */
} ScMaxLoop;

void sc_max_loop(const ScMaxLoop *loop);

/* memcpy() and memset() for activations. */
void sc_copy_loop(int8_t *to, const int8_t *from, size_t n);
void sc_fill_loop(int8_t *to, int8_t value, size_t n);

#endif
