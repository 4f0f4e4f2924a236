/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batch norm in float32, any layout: with running statistics
 * (aten::_native_batch_norm_legit_no_training.out, ._native_batch_norm_legit.out with
 * training off, as stock has it; training updates what a program doesn't own), and with
 * those of the batch (aten::_native_batch_norm_legit.no_stats_out).
 */
#include "backends/portable/device/loop.h"
#include "backends/portable/device/norm.h"
#include "backends/portable/device/portable.h"

typedef struct Batch {
    ScView from, to;
    size_t n_channels;
    const float *weight, *bias;
    float eps;
} Batch;

/* input, weight?, bias?; the output and eps at their places. */
static ScStatus batch_read(const ScCall *c, uint32_t eps_index, uint32_t out_index,
                           Batch *b) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, out_index);
    SC_TRY(sc_view(&in, &b->from));
    SC_TRY(sc_view(&out, &b->to));
    if (in.dtype != SC_F32 || out.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    if (in.rank < 2 || !sc_view_same_sizes(&b->from, &b->to)) {
        return SC_E_SHAPE;
    }
    b->n_channels = b->from.sizes[1];
    b->eps = (float)sc_arg_double(c, eps_index);
    SC_TRY(sc_norm_floats(c, 1, b->n_channels, &b->weight));
    return sc_norm_floats(c, 2, b->n_channels, &b->bias);
}

/* y = x * gain + shift over one channel. */
static void channel_run(const Batch *b, size_t ch, float gain, float shift) {
    ScView from = b->from, to = b->to;
    ScLoop loop;
    sc_view_select(&from, 1, ch);
    sc_view_select(&to, 1, ch);
    const ptrdiff_t *strides[2] = {to.strides, from.strides};
    sc_loop_init(&loop, to.rank, to.sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        const float *x = (const float *)(void *)from.data + loop.at[1];
        float *y = (float *)(void *)to.data + loop.at[0];
        for (size_t i = 0; i < loop.n_inner; i++) {
            y[(ptrdiff_t)i * loop.inner[0]] =
                x[(ptrdiff_t)i * loop.inner[1]] * gain + shift;
        }
    }
}

static void channel_norm(const Batch *b, size_t ch, float mean, float rstd) {
    float gain = (b->weight ? b->weight[ch] : 1.0f) * rstd;
    channel_run(b, ch, gain, (b->bias ? b->bias[ch] : 0.0f) - mean * gain);
}

/* Running mean and variance: arguments 3 and 4. */
static ScStatus running_run(const ScCall *c, const Batch *b) {
    const float *mean, *var;
    SC_TRY(sc_norm_floats(c, 3, b->n_channels, &mean));
    SC_TRY(sc_norm_floats(c, 4, b->n_channels, &var));
    if (!mean || !var) {
        return b->n_channels == 0 ? SC_OK : SC_E_SHAPE;
    }
    for (size_t ch = 0; ch < b->n_channels; ch++) {
        float gain = (b->weight ? b->weight[ch] : 1.0f) / sc_sqrtf(var[ch] + b->eps);
        channel_run(b, ch, gain, (b->bias ? b->bias[ch] : 0.0f) - mean[ch] * gain);
    }
    return SC_OK;
}

ScStatus sc_aten__native_batch_norm_legit_no_training_out_f(ScCall *c) {
    Batch b;
    SC_TRY(batch_read(c, 6, 7, &b));
    return running_run(c, &b);
}

ScStatus sc_aten__native_batch_norm_legit_out_f(ScCall *c) {
    Batch b;
    if (sc_arg_bool(c, 5)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(batch_read(c, 7, 8, &b));
    return running_run(c, &b);
}

/* ---- statistics of the batch ----------------------------------------------------- */

/* Sum of (x - centre), or of its square, over a channel: rows are summed first, the
 * error of one long float sum grows with its length. */
static float channel_sum(const ScView *channel, float centre, bool squares) {
    const ptrdiff_t *strides[1] = {channel->strides};
    float total = 0.0f;
    ScLoop loop;
    sc_loop_init(&loop, channel->rank, channel->sizes, strides, 1);
    while (sc_loop_next(&loop)) {
        const float *x = (const float *)(void *)channel->data + loop.at[0];
        for (size_t first = 0; first < loop.n_inner; first += 64) {
            size_t end = loop.n_inner - first < 64 ? loop.n_inner : first + 64;
            float part = 0.0f;
            for (size_t i = first; i < end; i++) {
                float d = x[(ptrdiff_t)i * loop.inner[0]] - centre;
                part += squares ? d * d : d;
            }
            total += part;
        }
    }
    return total;
}

/* (input, weight?, bias?, training, momentum, eps, out, save_mean, save_invstd) */
ScStatus sc_aten__native_batch_norm_legit_no_stats_out_f(ScCall *c) {
    float *means, *rstds;
    Batch b;
    SC_TRY(batch_read(c, 5, 6, &b));
    SC_TRY(sc_norm_stats(c, 7, b.n_channels, &means));
    SC_TRY(sc_norm_stats(c, 8, b.n_channels, &rstds));
    for (size_t ch = 0; ch < b.n_channels; ch++) {
        ScView channel = b.from;
        sc_view_select(&channel, 1, ch);
        float n = (float)sc_view_numel(&channel);
        float mean = channel_sum(&channel, 0.0f, false) / n;
        mean += channel_sum(&channel, mean, false) / n;
        float rstd = 1.0f / sc_sqrtf(channel_sum(&channel, mean, true) / n + b.eps);
        channel_norm(&b, ch, mean, rstd);
        if (means) {
            means[ch] = mean;
        }
        if (rstds) {
            rstds[ch] = rstd;
        }
    }
    return SC_OK;
}
