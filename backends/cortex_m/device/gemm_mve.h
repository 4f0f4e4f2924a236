/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops of the `sconce::*_s8.mve_out` operators, and the packing that
 * they read. Each function has two files: x_mve_pack.c says what it computes and
 * runs anywhere, x_mve_pack_mve.c does the same, bit for bit, with Helium.
 *
 * Table of a layer with K weights a channel, n_chunks = ceil(K / 16): for every four
 * channels (the last four again when their number is no multiple of four)
 *   int32 bias[4]      bias - zero_point of the input * sum of the weights
 *   int8 w[n_chunks][4][16]   zero behind K
 *   int32 multiplier[4], shift[4]   of sc_requantize(); shift <= 0
 * 48 + 64 * n_chunks bytes, aligned to 4.
 *
 * Table of a 3x3 depthwise layer: for every 16 channels (zeros behind the last one)
 *   int8 w[9][16]      >= -127: two products fit into 16 bits
 *   int32 bias[16], multiplier[16], shift[16]   in the order 0 4 8 12, 2 6 10 14,
 *                      1 5 9 13, 3 7 11 15, which is how widening multiplies
 *                      leave the lanes
 * 336 bytes, aligned to 4. Narrow pixels count several times, see
 * sc_mve_depthwise_pixels().
 */
#ifndef SC_CORTEX_M_GEMM_MVE_H
#define SC_CORTEX_M_GEMM_MVE_H

#include "runtime/call.h"

enum {
    SC_MVE_CHUNK = 16,    /* weights of a channel that one vector holds */
    SC_MVE_DW_BLOCK = 336 /* bytes of a depthwise table for 16 channels */
};

/*
 * How the window of a pixel becomes the K bytes of a record. By columns (kw, kh,
 * channel): the windows of neighbours overlap in memory, and each column of a row is
 * copied once. By rows (kh, kw, channel): every window is copied; a row of a window is
 * long enough to be worth it when there are few channels.
 */
static inline bool sc_mve_by_columns(int64_t channels, int64_t kernel_w, int64_t stride_w) {
    return channels % SC_MVE_CHUNK == 0 && kernel_w > 1 && kernel_w >= stride_w;
}

/* Which roundings and clamps matter: the compiler knows, all give the same bits. */
typedef enum ScMveForm {
    SC_MVE_RELU = 0,   /* min = zero = -128, max = 127: how negative results round
                          doesn't matter */
    SC_MVE_FULL = 1,   /* min = -128, max = 127, every shift < 0 */
    SC_MVE_GENERAL = 2 /* any */
} ScMveForm;

typedef struct ScMveGemm {
    const int8_t *x;  /* pixel p at p * x_stride; 16 * n_chunks bytes are read */
    int32_t x_stride; /* bytes */
    int32_t n_pixels;
    const int8_t *table;
    int32_t n_chunks, n_groups; /* >= 1 */
    int8_t *out;                /* 4 * n_groups bytes at p * out_stride */
    int32_t out_stride;
    int32_t zero, min, max;
    ScMveForm form;
} ScMveGemm;

/* out[p][c] = clamp(requantize(bias[c] + sum(x[p][k] * w[c][k])) + zero). */
void sc_mve_gemm(const ScMveGemm *gemm);

/* Copies a rectangle of n_rows x n_bytes for each of n pixels. */
typedef struct ScMveGather {
    int8_t *to;
    const int8_t *from;
    int32_t n, n_rows, n_bytes; /* n_rows, n_bytes >= 1 */
    int32_t to_row, from_row;   /* from a row to the next */
    int32_t to_step, from_step; /* from a pixel to the next */
} ScMveGather;

void sc_mve_gather(const ScMveGather *gather);
/* Copies n columns of n_rows pixels of an image so that the pixels of a column lie
 * behind each other; channels % 16 == 0. */
typedef struct ScMveColumns {
    int8_t *to;
    const int8_t *from;
    int32_t n, n_rows;
    int32_t channels;     /* bytes of a pixel */
    int32_t column_bytes; /* from a column to the next in `to` */
    int32_t row_bytes;    /* from a row to the next in `from` */
} ScMveColumns;

void sc_mve_columns(const ScMveColumns *columns);

/* Fills n_bytes at to, to + to_step, ... n times. */
void sc_mve_fill(int8_t *to, int32_t to_step, int32_t n, int32_t n_bytes, int32_t value);

/*
 * How many neighbouring pixels a depthwise kernel takes for one of that many times the
 * channels, so that they fill vectors: its table has their channels one behind another.
 * 1 = none: channels are a multiple of 16, or so many that repeating their table isn't
 * worth it, or the image doesn't lend itself.
 */
static inline int32_t sc_mve_depthwise_pixels(int64_t channels, int64_t stride_w,
                                              int64_t out_w) {
    int32_t n = 1;
    while (n * channels % 16 != 0) {
        n *= 2;
    }
    return channels < 64 && stride_w == 1 && out_w >= n ? n : 1;
}

typedef struct ScMveDepthwise {
    const int8_t *taps[9]; /* first byte of each tap of the first pixel */
    const int8_t *table;
    int8_t *out;
    int32_t n_pixels; /* >= 1 */
    int32_t n_blocks; /* of 16 channels, >= 1 */
    int32_t zero;
    int32_t steps[9]; /* what taps gain from a pixel to the next, less its bytes */
    int32_t out_step; /* the same for out */
    int32_t any_step; /* 0 when all of these are 0 */
    ScMveForm form;   /* RELU or FULL */
} ScMveDepthwise;

/* Pixels of a 3x3 depthwise convolution that lie evenly apart. */
void sc_mve_depthwise(const ScMveDepthwise *run);

/* out = clamp((a * fa + b * fb + c) >> shift) to int8, for n elements. The sum and the
 * sum less 2^shift fit into 32 bits. */
typedef struct ScMveAdd {
    const int8_t *a, *b;
    int8_t *out;
    size_t n;
    int32_t fa, fb, c;
    int32_t shift; /* SC_MVE_ADD_SHIFT_MIN .. MAX */
} ScMveAdd;

enum { SC_MVE_ADD_SHIFT_MIN = 20, SC_MVE_ADD_SHIFT_MAX = 22 };

void sc_mve_add(const ScMveAdd *add);

#endif
