/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scratch bytes that CMSIS-NN's kernels behind stock's operators ask for, so that a
 * file runs there too; our own kernels under those names need none. The formulas
 * were fitted to the sizes that stock's planning functions give and are held
 * against them by tests/python/test_cortex_m.py.
 */
#include <string.h>

#include "backends/cortex_m/host/cortex_m.h"

enum {
    /* Blocks of CMSIS-NN's Helium kernels. */
    MVE_DEPTHWISE_CHANNELS = 124,
    MVE_ROWS = 4,
    /* Above so many input channels a transposed convolution turns its weights. */
    TURN_CHANNELS = 16
};

static bool is_isa(const ScLower *lower, const char *isa) {
    return lower->isa && strcmp(lower->isa, isa) == 0;
}

static int64_t round_up(int64_t x, int64_t to) {
    return (x + to - 1) / to * to;
}

static int64_t columns(const ScLower *lower, int64_t k) {
    return MVE_ROWS * round_up(k, is_isa(lower, "mve") ? 16 : 4);
}

int64_t sc_cmsis_conv_scratch(const ScLower *lower, const ScConvShape *s) {
    bool plain = s->groups == 1 && s->dilation[0] == 1 && s->dilation[1] == 1;
    bool padded = s->padding[0] > 0 || s->padding[1] > 0;
    int64_t all = columns(lower, s->kernel[0] * s->kernel[1] * s->channels);
    if (plain && !padded && s->kernel[0] == 1 && s->kernel[1] == 1) {
        return 0;
    }
    bool row = s->in_h == 1 && s->kernel[0] == 1 && s->groups == 1 && s->dilation[1] == 1;
    if (is_isa(lower, "mve") && row && s->stride[1] * s->channels % 4 == 0) {
        int64_t n = (s->kernel[1] + s->padding[1]) * s->channels;
        return padded && n < all ? all : n; /* padded: at least what is asked for */
    }
    return all;
}

int64_t sc_cmsis_depthwise_scratch(const ScLower *lower, const ScConvShape *s) {
    int64_t taps = s->kernel[0] * s->kernel[1], multiplier = s->out_channels / s->channels;
    bool mve = is_isa(lower, "mve"), plain = s->dilation[0] == 1 && s->dilation[1] == 1;
    if (mve && s->channels == 1 && multiplier > 1 && plain) {
        return columns(lower, taps) + taps * s->out_channels; /* as a convolution */
    }
    if (!plain || multiplier != 1) {
        return 0;
    }
    bool small =
        s->kernel[0] == 3 && s->kernel[1] == 3 && s->padding[0] <= 1 && s->padding[1] <= 1;
    if (mve) {
        return MVE_ROWS * MVE_DEPTHWISE_CHANNELS * taps;
    }
    return is_isa(lower, "dsp") && !small ? 2 * taps * s->channels : 0;
}

int64_t sc_cmsis_transposed_scratch(const ScLower *lower, const ScConvShape *s,
                                    int64_t *out_second) {
    int64_t k = s->kernel[0] * s->kernel[1] * s->channels;
    *out_second = 0;
    if (s->channels > TURN_CHANNELS && s->stride[0] <= 2 && s->stride[1] <= 2) {
        *out_second = s->out_channels * k;
        return columns(lower, k);
    }
    /* Rows of int32; that the widest step counts is CMSIS-NN's. */
    int64_t high = s->kernel[0] > s->stride[0] ? s->kernel[0] : s->stride[0];
    int64_t wide = s->kernel[1] > s->stride[0] ? s->kernel[1] : s->stride[0];
    return 4 * s->out_channels * high * ((s->in_w - 1) * s->stride[1] + wide);
}

int64_t sc_cmsis_average_scratch(const ScLower *lower, int64_t channels) {
    return is_isa(lower, "dsp") ? 4 * channels : 0;
}

int64_t sc_cmsis_matmul_scratch(const ScLower *lower, int64_t columns_of_y) {
    return is_isa(lower, "mve") ? 4 * columns_of_y : 0;
}
