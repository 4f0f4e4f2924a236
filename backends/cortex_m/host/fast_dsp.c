/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernels with DSP instructions take, and how their weights are packed:
 * the formats are those of device/{conv,depthwise,linear}_dsp.h.
 */
#include <string.h>

#include "backends/cortex_m/device/conv_dsp.h"
#include "backends/cortex_m/device/depthwise_dsp.h"
#include "backends/cortex_m/device/linear_dsp.h"
#include "backends/cortex_m/host/fast_dsp.h"
#include "kernels/num.h"

void sc_dsp_cost(const ScPattern *self, const ScMatch *match, ScCost *out_cost) {
    sc_cortex_m_cost(self, match, out_cost);
    out_cost->time_us /= 3.0;
}

/* ---- channels ------------------------------------------------------------------------ */

/* One output channel: its weights in the order of the packing, and what folds. */
typedef struct Channel {
    const int8_t *weights; /* NULL: none, it fills up a group */
    int32_t start, factor, shift;
} Channel;

typedef struct Channels {
    Channel *items;
    size_t n, n_weights;
    ScDspForm form;
} Channels;

/* Weights that are all zero: the channel is a constant, and any factor that keeps
 * it is as good as its own. */
static void constant_channel(Channel *channel) {
    int64_t value = (int64_t)channel->start * channel->factor;
    double real = (double)value * 4.656612873077393e-10; /* 2^-31 */
    for (int32_t s = channel->shift; s != 0; s += s < 0 ? 1 : -1) {
        real *= s < 0 ? 0.5 : 2.0;
    }
    /* Beyond this only the clamp matters; inside, the two roundings are done as
     * the kernel does them. */
    int32_t result = real > 512.0 ? 512
                     : real < -512.0
                         ? -512
                         : sc_requantize(channel->start, channel->factor, channel->shift);
    *channel = (Channel){channel->weights, result * 8, 1 << 30, -2};
}

static bool is_below(int64_t least, int64_t most, int n_bits) {
    return least > -(INT64_C(1) << n_bits) && most < INT64_C(1) << n_bits;
}

/* Folds x_zero into the bias and decides the form. */
static void channels_fold(Channels *channels, const int32_t *bias, int64_t x_zero,
                          const ScFactors *factors) {
    bool powers = true, joined = true;
    for (size_t c = 0; c < channels->n; c++) {
        Channel *channel = &channels->items[c];
        int64_t plus = 0, minus = 0; /* sums of weights by their signs */
        for (size_t k = 0; k < channels->n_weights; k++) {
            int64_t weight = channel->weights[k];
            plus += weight > 0 ? weight : 0;
            minus += weight < 0 ? weight : 0;
            joined = joined && weight >= -127;
        }
        int64_t start = (bias ? bias[c] : 0) - (plus + minus) * x_zero;
        channel->start = (int32_t)(uint32_t)(uint64_t)start;
        channel->factor = factors->multipliers[c];
        channel->shift = factors->shifts[c];
        powers = powers && start == channel->start;
        if (plus - minus == 0) {
            constant_channel(channel);
        }
        if (channel->factor == 0) {
            channel->shift = -2;
        }
        int64_t least = channel->start - 128 * plus + 127 * minus;
        int64_t most = channel->start + 127 * plus - 128 * minus;
        powers = powers && channel->shift <= -2 && is_below(least, most, 30);
        joined = joined && (c % 2 == 0 || is_below(least, most, 23));
    }
    channels->form = !powers ? SC_DSP_SHIFTS : joined ? SC_DSP_JOINED : SC_DSP_POWERS;
}

static ScStatus channels_of(ScLower *lower, const ScMatch *match, const ScValue *input,
                            const ScValue *weight, const ScValue *bias, size_t n,
                            Channels *out) {
    const ScNode *node = match->nodes[0];
    const ScQuant *x = input->type.quant, *w = weight->type.quant;
    ScFactors factors;
    SC_TRY(sc_cortex_m_factors(lower, node, x, w, match->result->type.quant, n, &factors));
    const int32_t *words = sc_cortex_m_bias(lower, bias, x, w, n);
    channels_fold(out, words, x->zero_points[0], &factors);
    return SC_OK;
}

/* The channel's factor and power (form 1) or shift. */
static void factor_put(const Channels *channels, size_t c, int32_t *to) {
    if (c >= channels->n) {
        to[1] = channels->form == SC_DSP_SHIFTS ? 0 : 2;
        return;
    }
    const Channel *channel = &channels->items[c];
    to[0] = channel->factor;
    to[1] = channels->form == SC_DSP_SHIFTS
                ? channel->shift
                : (int32_t)(UINT32_C(1) << (32 + channel->shift));
}

static int32_t weight_of(const Channels *channels, size_t c, size_t k) {
    return c < channels->n && k < channels->n_weights ? channels->items[c].weights[k] : 0;
}

/* Weights of one k and two channels, the odd one above the even one. */
static uint32_t half_of(const Channels *channels, size_t c, size_t k) {
    int32_t even = weight_of(channels, c, k), odd = weight_of(channels, c + 1, k);
    uint32_t low = channels->form == SC_DSP_JOINED ? (uint32_t)even : (uint8_t)even;
    return ((uint32_t)odd * 256u + low) & 0xffffu;
}

/* Two channels, of four k the first or the second word. */
static int32_t word_of(const Channels *channels, size_t c, size_t k) {
    return (int32_t)(half_of(channels, c, k) | half_of(channels, c, k + 2) << 16);
}

/* ---- convolution --------------------------------------------------------------------- */

static int64_t item_of(const ScNode *node, const char *name, uint32_t axis) {
    const ScArg *arg = sc_node_arg(node, name);
    return arg->as.ints[axis < arg->n ? axis : arg->n - 1];
}

static ScPid items_pid(ScLower *lower, const ScNode *node, const char *name) {
    int64_t items[2] = {item_of(node, name, 0), item_of(node, name, 1)};
    return sc_program_ints(lower->program, items, 2);
}

SC_MATCH(sc_dsp_match_conv) {
    const char *reason = sc_cortex_m_match_conv(self, graph, anchor, out_match);
    if (reason) {
        return reason;
    }
    const int64_t *d = sc_node_value(anchor, 1)->type.dims;
    if (sc_node_arg(anchor, "groups")->as.i != 1) {
        return "a convolution in groups";
    }
    if (d[1] * d[2] * d[3] > 65536 || d[2] > 255 || d[3] > 255 || d[0] > 32767) {
        return "a window of more than 65536 elements";
    }
    return 0;
}

/* [O,I,H,W] to rows of [H,W,I]. */
static void conv_channels(ScLower *lower, const ScValue *weight, Channels *out) {
    const int64_t *d = weight->type.dims;
    size_t n_in = (size_t)d[1], hw = (size_t)(d[2] * d[3]);
    *out = (Channels){.n = (size_t)d[0], .n_weights = n_in * hw};
    out->items = SC_NEW_ARRAY(lower->sc->arena, Channel, out->n + 1);
    const int8_t *from = weight->data;
    int8_t *to = SC_NEW_ARRAY(lower->sc->arena, int8_t, out->n * out->n_weights + 1);
    for (size_t c = 0; c < out->n; c++) {
        out->items[c].weights = to;
        for (size_t i = 0; i < n_in; i++) {
            for (size_t p = 0; p < hw; p++) {
                to[p * n_in + i] = from[i * hw + p];
            }
        }
        from += out->n_weights;
        to += out->n_weights;
    }
}

static ScPid conv_packed(ScLower *lower, const char *name, const Channels *channels) {
    size_t k4 = (channels->n_weights + 3) & ~(size_t)3;
    size_t n_words = sc_dsp_conv_words((int32_t)k4), pairs = (channels->n + 1) / 2;
    int32_t *words = SC_NEW_ARRAY(lower->sc->arena, int32_t, pairs * n_words + 1);
    for (size_t pair = 0; pair < pairs; pair++) {
        int32_t *to = words + pair * n_words;
        size_t c = pair * 2;
        to[0] = channels->items[c].start;
        to[1] = c + 1 < channels->n ? channels->items[c + 1].start : 0;
        for (size_t k = 0; k < k4; k += 4) {
            to[2 + k / 2] = word_of(channels, c, k);
            to[2 + k / 2 + 1] = word_of(channels, c, k + 1);
        }
        factor_put(channels, c, to + 2 + k4 / 2);
        factor_put(channels, c + 1, to + 2 + k4 / 2 + 2);
    }
    return sc_cortex_m_words(lower, name, words, pairs * n_words);
}

static uint64_t conv_scratch(const ScNode *node, const ScMatch *match) {
    const int64_t *d = sc_node_value(node, 1)->type.dims;
    const int64_t *out = match->result->type.dims;
    ScDspShape shape = {
        .k = (int32_t)(d[1] * d[2] * d[3]),
        .channels_in = (int32_t)d[1],
        .channels_out = (int32_t)d[0],
        .n_pixels = out[0] * out[2] * out[3],
        .padded = item_of(node, "padding", 0) > 0 || item_of(node, "padding", 1) > 0,
    };
    return sc_dsp_conv_scratch(&shape);
}

ScStatus sc_dsp_lower_conv(const ScPattern *self, ScLower *lower, const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    const ScValue *x = sc_node_value(node, 0), *weight = sc_node_value(node, 1);
    Channels channels;
    int64_t low, high, kernel[2] = {weight->type.dims[2], weight->type.dims[3]};
    conv_channels(lower, weight, &channels);
    SC_TRY(channels_of(lower, match, x, weight, sc_node_value(node, 2), channels.n,
                       &channels));
    sc_cortex_m_limits(match, &low, &high);
    ScPid args[] = {
        sc_lower_value(lower, x),
        conv_packed(lower, weight->name, &channels),
        sc_program_ints(program, kernel, 2),
        items_pid(lower, node, "stride"),
        items_pid(lower, node, "padding"),
        items_pid(lower, node, "dilation"),
        sc_program_int(program, x->type.quant->zero_points[0]),
        sc_program_int(program, match->result->type.quant->zero_points[0]),
        sc_program_int(program, low),
        sc_program_int(program, high),
        sc_program_int(program, channels.form),
        sc_lower_scratch(lower, conv_scratch(node, match)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- depthwise -------------------------------------------------------------------------
 */

/* Planes for a few rows at a time: more rows need less repeated work, and more RAM. */
enum { PLANES_WANTED = 4096 };

/* Bytes that lie beside each other while a node runs: its operand and its result.
 * Functions of single elements run in place or inside the layer before them. */
static size_t bytes_at(const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0);
    return x && !(node->op->def->flags & SC_OP_POINTWISE) && x->type.rank == 4 &&
                   node->results[0]
               ? sc_type_numel(&x->type) + sc_type_numel(&node->results[0]->type)
               : 0;
}

/* Where one layer alone makes the model's peak of RAM, scratch would come on top: there
 * the kernel goes without, for more instructions. */
static bool is_alone_at_peak(const ScGraph *graph, const ScNode *anchor) {
    for (const ScNode *node = graph->first; node; node = node->next) {
        if (node != anchor && bytes_at(node) + PLANES_WANTED >= bytes_at(anchor)) {
            return false;
        }
    }
    return true;
}

SC_MATCH(sc_dsp_match_depthwise) {
    const char *reason = sc_cortex_m_match_depthwise(self, graph, anchor, out_match);
    if (reason) {
        return reason;
    }
    const int64_t *d = sc_node_value(anchor, 1)->type.dims;
    if (d[2] != 3 || d[3] != 3 || d[0] % 4 != 0 ||
        d[0] != sc_node_value(anchor, 0)->type.dims[1]) {
        return "a depthwise layer that isn't 3x3 on channels in fours";
    }
    for (uint32_t axis = 0; axis < 2; axis++) {
        if (item_of(anchor, "stride", axis) > 2 || item_of(anchor, "padding", axis) > 1 ||
            item_of(anchor, "dilation", axis) != 1) {
            return "a depthwise layer with long steps, much padding or dilation";
        }
    }
    return 0;
}

static ScPid depthwise_packed(ScLower *lower, const char *name, const Channels *channels) {
    size_t n_words = channels->n * SC_DSP_DEPTHWISE_WORDS;
    int32_t *words = SC_NEW_ARRAY(lower->sc->arena, int32_t, n_words + 1);
    for (size_t c = 0; c < channels->n; c++) {
        int32_t *to = words + c * SC_DSP_DEPTHWISE_WORDS;
        to[0] = channels->items[c].start;
        factor_put(channels, c, to + 1);
        for (size_t row = 0; row < 3; row++) {
            size_t k = 3 * row;
            uint32_t word = 0;
            for (size_t i = 0; i < 4; i++) { /* w0 w1 w1 w2 */
                int32_t weight = weight_of(channels, c, k + (i + 1) / 2);
                word |= (uint32_t)(uint8_t)weight << (8 * i);
            }
            to[3 + row] = (int32_t)word;
        }
    }
    return sc_cortex_m_words(lower, name, words, n_words);
}

static uint64_t depthwise_scratch(const ScGraph *graph, const ScNode *node,
                                  const ScMatch *match) {
    if (is_alone_at_peak(graph, node)) {
        return 0;
    }
    int32_t stride_h = (int32_t)item_of(node, "stride", 0);
    int32_t stride_w = (int32_t)item_of(node, "stride", 1);
    int32_t height = (int32_t)match->result->type.dims[2];
    int32_t width = (int32_t)match->result->type.dims[3], n_rows = 1;
    while (n_rows < height && sc_dsp_depthwise_scratch(n_rows + 1, stride_h, width,
                                                       stride_w) <= PLANES_WANTED) {
        n_rows++;
    }
    return sc_dsp_depthwise_scratch(n_rows, stride_h, width, stride_w);
}

ScStatus sc_dsp_lower_depthwise(const ScPattern *self, ScLower *lower,
                                const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    const ScValue *x = sc_node_value(node, 0), *weight = sc_node_value(node, 1);
    Channels channels;
    int64_t low, high;
    conv_channels(lower, weight, &channels);
    SC_TRY(channels_of(lower, match, x, weight, sc_node_value(node, 2), channels.n,
                       &channels));
    channels.form = channels.form == SC_DSP_JOINED ? SC_DSP_POWERS : channels.form;
    sc_cortex_m_limits(match, &low, &high);
    ScPid args[] = {
        sc_lower_value(lower, x),
        depthwise_packed(lower, weight->name, &channels),
        items_pid(lower, node, "stride"),
        items_pid(lower, node, "padding"),
        sc_program_int(program, x->type.quant->zero_points[0]),
        sc_program_int(program, match->result->type.quant->zero_points[0]),
        sc_program_int(program, low),
        sc_program_int(program, high),
        sc_program_int(program, channels.form),
        sc_lower_scratch(lower, depthwise_scratch(lower->graph, node, match)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- linear -------------------------------------------------------------------------- */

SC_MATCH(sc_dsp_match_linear) {
    const char *reason = sc_cortex_m_match_linear(self, graph, anchor, out_match);
    if (reason) {
        return reason;
    }
    const int64_t *d = sc_cortex_m_layer(anchor).weight->type.dims;
    return d[0] > 65536 || d[1] > 65536 ? "more than 65536 channels" : 0;
}

static void linear_channels(ScLower *lower, const ScLayer *layer, Channels *out) {
    int64_t dims[2];
    sc_cortex_m_linear_dims(layer, dims);
    size_t n = (size_t)dims[0], n_in = (size_t)dims[1];
    int8_t *rows = sc_cortex_m_rows(lower->sc->arena, layer);
    *out = (Channels){.n = n, .n_weights = n_in};
    out->items = SC_NEW_ARRAY(lower->sc->arena, Channel, n + 1);
    for (size_t c = 0; c < n; c++) {
        out->items[c].weights = rows + c * n_in;
    }
}

static ScPid linear_packed(ScLower *lower, const char *name, const Channels *channels) {
    size_t k4 = (channels->n_weights + 3) & ~(size_t)3;
    size_t n_words = sc_dsp_linear_words(k4), groups = (channels->n + 7) / 8;
    int32_t *words = SC_NEW_ARRAY(lower->sc->arena, int32_t, groups * n_words + 1);
    for (size_t group = 0; group < groups; group++) {
        int32_t *to = words + group * n_words;
        for (size_t i = 0; i < 8; i++) {
            size_t c = group * 8 + i;
            to[i] = c < channels->n ? channels->items[c].start : 0;
            factor_put(channels, c, to + 8 + 2 * k4 + 2 * i);
        }
        for (size_t k = 0; k < k4; k += 4) {
            for (size_t pair = 0; pair < 4; pair++) {
                size_t c = group * 8 + pair * 2;
                to[8 + 2 * k + pair] = word_of(channels, c, k);
                to[8 + 2 * k + 4 + pair] = word_of(channels, c, k + 1);
            }
        }
    }
    return sc_cortex_m_words(lower, name, words, groups * n_words);
}

ScStatus sc_dsp_lower_linear(const ScPattern *self, ScLower *lower, const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    ScLayer layer = sc_cortex_m_layer(node);
    Channels channels;
    int64_t low, high;
    linear_channels(lower, &layer, &channels);
    SC_TRY(channels_of(lower, match, layer.x, layer.weight, layer.bias, channels.n,
                       &channels));
    sc_cortex_m_limits(match, &low, &high);
    size_t k4 = (channels.n_weights + 3) & ~(size_t)3;
    ScPid args[] = {
        sc_lower_value(lower, layer.x),
        linear_packed(lower, layer.weight->name, &channels),
        sc_program_int(program, match->result->type.quant->zero_points[0]),
        sc_program_int(program, low),
        sc_program_int(program, high),
        sc_program_int(program, channels.form),
        sc_lower_scratch(lower, sc_dsp_linear_scratch(k4, channels.n)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}
