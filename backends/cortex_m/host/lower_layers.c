/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolution, depthwise convolution, linear: weights in the order the stock
 * kernels read (OHWI; 1HWC for depthwise), one multiplier and shift a channel.
 */
#include <math.h>
#include <string.h>

#include "backends/cortex_m/host/cortex_m.h"

/* ---- shared by all lowerings
 * -------------------------------------------------------------- */

void sc_cortex_m_limits(const ScMatch *match, int64_t *out_min, int64_t *out_max) {
    const ScQuant *q = match->result->type.quant;
    ScClamp clamp;
    *out_min = -128;
    *out_max = 127;
    if (match->n_nodes == 2 && sc_clamp_of(match->nodes[1], &clamp)) {
        *out_min = isinf(clamp.min) ? -128 : sc_int8_of(clamp.min, q);
        *out_max = isinf(clamp.max) ? 127 : sc_int8_of(clamp.max, q);
    }
}

ScStatus sc_cortex_m_call(const ScPattern *self, ScLower *lower, const ScMatch *match,
                          const ScPid *args, size_t n_args) {
    sc_program_call(lower->program, self->kernel, args, n_args, 1, self->in_place,
                    sc_node_where(lower->program->arena, match->nodes[0]));
    return SC_OK;
}

ScPid sc_cortex_m_words(ScLower *lower, const char *name, const int32_t *words, size_t n) {
    int64_t dims[1] = {(int64_t)n};
    const void *copy = sc_arena_copy(lower->program->arena, words, n * sizeof *words);
    return sc_program_const(lower->program, name, SC_I32, 1, dims, SC_LAYOUT_CONTIGUOUS,
                            copy);
}

/* ---- requantization
 * ------------------------------------------------------------------------- */

ScStatus sc_cortex_m_factors(ScLower *lower, const ScNode *node, const ScQuant *x,
                             const ScQuant *w, const ScQuant *y, size_t n, ScFactors *out) {
    out->n = n;
    out->multipliers = SC_NEW_ARRAY(lower->sc->arena, int32_t, n + 1);
    out->shifts = SC_NEW_ARRAY(lower->sc->arena, int32_t, n + 1);
    for (size_t c = 0; c < n; c++) {
        ScFixed fixed;
        double scale = w->scales[w->axis < 0 ? 0 : c];
        if (!sc_fixed_of(x->scales[0] * scale / y->scales[0], &fixed)) {
            return sc_fail(lower->sc, SC_E_UNSUPPORTED,
                           sc_node_where(lower->sc->arena, node),
                           sc_arena_fmt(lower->sc->arena,
                                        "the scale of channel %zu is out of range", c),
                           "its weights and the output differ by more than 2^31",
                           "check the calibration samples, or drop the channel");
        }
        out->multipliers[c] = fixed.multiplier;
        out->shifts[c] = fixed.shift;
    }
    return SC_OK;
}

/* int32 in units of x->scale * w->scale; a float bias is rounded to them. */
const int32_t *sc_cortex_m_bias(ScLower *lower, const ScValue *bias, const ScQuant *x,
                                const ScQuant *w, size_t n) {
    if (!bias || bias->type.dtype == SC_I32) {
        return bias ? bias->data : 0;
    }
    int32_t *words = SC_NEW_ARRAY(lower->program->arena, int32_t, n + 1);
    const float *data = bias->data;
    for (size_t c = 0; c < n; c++) {
        double unit = x->scales[0] * w->scales[w->axis < 0 ? 0 : c];
        double q = nearbyint((double)data[c] / unit);
        q = q < -2147483647.0 ? -2147483647.0 : q > 2147483647.0 ? 2147483647.0 : q;
        words[c] = (int32_t)q;
    }
    return words;
}

static ScPid bias_pid(ScLower *lower, const int32_t *words, size_t n) {
    return words ? sc_cortex_m_words(lower, "bias", words, n)
                 : sc_program_null(lower->program);
}

/* ---- convolution
 * ---------------------------------------------------------------------------- */

/* [O,I,H,W] to [O,H,W,I], or (depthwise, I = 1) to [1,H,W,O]. */
static ScPid weight_pid(ScLower *lower, const ScValue *weight, bool depthwise) {
    const int64_t *d = weight->type.dims;
    bool one_axis = weight->type.rank == 3;
    int64_t high = one_axis ? 1 : d[2], wide = d[one_axis ? 2 : 3];
    size_t o = (size_t)d[0], in = (size_t)d[1], hw = (size_t)(high * wide);
    const int8_t *from = weight->data;
    int8_t *to = SC_NEW_ARRAY(lower->program->arena, int8_t, o * in * hw + 1);
    for (size_t c = 0; c < o; c++) {
        for (size_t i = 0; i < in; i++) {
            for (size_t p = 0; p < hw; p++) {
                size_t at = depthwise ? p * o + c : (c * hw + p) * in + i;
                to[at] = from[(c * in + i) * hw + p];
            }
        }
    }
    int64_t dims[4] = {depthwise ? 1 : d[0], high, wide, depthwise ? d[0] : d[1]};
    return sc_program_const(lower->program, weight->name, SC_I8, 4, dims,
                            SC_LAYOUT_CONTIGUOUS, to);
}

/* Geometry lists may hold one item for both axes; along one axis, the other one
 * has `missing`. */
static void pair_of(const ScNode *node, const char *name, int64_t missing, int64_t out[2]) {
    const ScArg *arg = sc_node_arg(node, name);
    bool one_axis = sc_node_value(node, 1)->type.rank == 3;
    out[0] = one_axis ? missing : arg->as.ints[0];
    out[1] = arg->as.ints[arg->n - 1];
}

ScConvShape sc_cortex_m_conv_shape(const ScNode *node) {
    const ScType *x = &sc_node_value(node, 0)->type, *w = &sc_node_value(node, 1)->type;
    bool one_axis = w->rank == 3, transposed = sc_node_arg(node, "transposed")->as.b;
    ScConvShape s = {.in_h = one_axis ? 1 : x->dims[2],
                     .in_w = x->dims[one_axis ? 2 : 3],
                     .channels = x->dims[1],
                     .out_channels = w->dims[transposed ? 1 : 0],
                     .groups = sc_node_arg(node, "groups")->as.i,
                     .kernel = {one_axis ? 1 : w->dims[2], w->dims[one_axis ? 2 : 3]}};
    pair_of(node, "stride", 1, s.stride);
    pair_of(node, "padding", 0, s.padding);
    pair_of(node, "dilation", 1, s.dilation);
    if (transposed) {
        pair_of(node, "output_padding", 0, s.output_padding);
    }
    return s;
}

/* CMSIS-NN's grouped kernels want a bias, be it zeros. */
static const int32_t *conv_bias(ScLower *lower, const ScNode *node, const ScQuant *x,
                                const ScQuant *w, size_t n) {
    const int32_t *bias = sc_cortex_m_bias(lower, sc_node_value(node, 2), x, w, n);
    bool wanted = sc_node_arg(node, "groups")->as.i > 1;
    return !bias && wanted ? SC_NEW_ARRAY(lower->program->arena, int32_t, n + 1) : bias;
}

ScStatus sc_cortex_m_lower_conv(const ScPattern *self, ScLower *lower,
                                const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    const ScValue *weight = sc_node_value(node, 1);
    const ScQuant *x = sc_quant_at(node, 0), *w = weight->type.quant;
    const ScQuant *y = match->result->type.quant;
    size_t n = (size_t)weight->type.dims[0];
    bool depthwise = strstr(self->kernel, "depthwise") != 0;
    ScConvShape shape = sc_cortex_m_conv_shape(node);
    int64_t scratch = depthwise ? sc_cmsis_depthwise_scratch(lower, &shape)
                                : sc_cmsis_conv_scratch(lower, &shape);
    ScFactors factors;
    int64_t low, high;
    SC_TRY(sc_cortex_m_factors(lower, node, x, w, y, n, &factors));
    sc_cortex_m_limits(match, &low, &high);
    ScPid args[16];
    size_t k = 0;
    args[k++] = sc_lower_value(lower, sc_node_value(node, 0));
    args[k++] = weight_pid(lower, weight, depthwise);
    args[k++] = bias_pid(lower, conv_bias(lower, node, x, w, n), n);
    args[k++] = sc_program_ints(program, shape.stride, 2);
    args[k++] = sc_program_ints(program, shape.padding, 2);
    args[k++] = sc_program_ints(program, shape.dilation, 2);
    if (depthwise) {
        args[k++] = sc_program_int(program, shape.out_channels / shape.channels);
    }
    args[k++] = sc_program_int(program, -x->zero_points[0]);
    args[k++] = sc_program_int(program, y->zero_points[0]);
    args[k++] = sc_cortex_m_words(lower, "multipliers", factors.multipliers, n);
    args[k++] = sc_cortex_m_words(lower, "shifts", factors.shifts, n);
    args[k++] = sc_program_int(program, low);
    args[k++] = sc_program_int(program, high);
    args[k++] = sc_lower_scratch(lower, (uint64_t)scratch);
    args[k++] = sc_lower_value(lower, match->result);
    return sc_cortex_m_call(self, lower, match, args, k);
}

/* ---- linear
 * ----------------------------------------------------------------------------------- */

ScLayer sc_cortex_m_layer(const ScNode *node) {
    bool addmm = strcmp(node->op->def->name, "aten.addmm.default") == 0;
    return (ScLayer){.x = sc_node_value(node, addmm ? 1 : 0),
                     .weight = sc_node_value(node, addmm ? 2 : 1),
                     .bias = sc_node_value(node, addmm ? 0 : 2),
                     .transposed = addmm};
}

void sc_cortex_m_linear_dims(const ScLayer *layer, int64_t out_dims[2]) {
    const int64_t *dims = layer->weight->type.dims;
    out_dims[0] = dims[layer->transposed ? 1 : 0];
    out_dims[1] = dims[layer->transposed ? 0 : 1];
}

int8_t *sc_cortex_m_rows(ScArena *arena, const ScLayer *layer) {
    int64_t dims[2];
    sc_cortex_m_linear_dims(layer, dims);
    size_t n = (size_t)dims[0], k = (size_t)dims[1];
    const int8_t *from = layer->weight->data;
    int8_t *to = SC_NEW_ARRAY(arena, int8_t, n * k + 1);
    for (size_t o = 0; o < n; o++) {
        for (size_t i = 0; i < k; i++) {
            to[o * k + i] = layer->transposed ? from[i * n + o] : from[o * k + i];
        }
    }
    return to;
}

/* bias - zero_point * sum of each row, modulo 2^32 as the kernels sum. */
static const int32_t *row_starts(ScLower *lower, const int8_t *rows, const int32_t *bias,
                                 const int64_t dims[2], int64_t x_zero) {
    size_t n = (size_t)dims[0], k = (size_t)dims[1];
    int32_t *start = SC_NEW_ARRAY(lower->program->arena, int32_t, n + 1);
    for (size_t o = 0; o < n; o++) {
        int64_t sum = 0;
        for (size_t i = 0; i < k; i++) {
            sum += rows[o * k + i];
        }
        start[o] = (int32_t)((bias ? bias[o] : 0) - sum * x_zero);
    }
    return start;
}

/* Stock's Helium kernel reads kernel_sum and no bias, its others the bias: a [1,N]
 * tensor of bias - zero_point * sum of the weights. */
static ScPid kernel_sum_pid(ScLower *lower, const int32_t *start, int64_t n) {
    int64_t dims[2] = {1, n};
    return sc_program_const(lower->program, "kernel_sum", SC_I32, 2, dims,
                            SC_LAYOUT_CONTIGUOUS, start);
}

ScStatus sc_cortex_m_lower_linear(const ScPattern *self, ScLower *lower,
                                  const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    ScLayer layer = sc_cortex_m_layer(node);
    const ScQuant *x = layer.x->type.quant, *w = layer.weight->type.quant;
    const ScQuant *y = match->result->type.quant;
    int64_t dims[2];
    sc_cortex_m_linear_dims(&layer, dims);
    size_t n = (size_t)dims[0];
    ScFactors factors;
    int64_t low, high;
    SC_TRY(sc_cortex_m_factors(lower, node, x, w, y, 1, &factors));
    sc_cortex_m_limits(match, &low, &high);
    int64_t multiplier = factors.multipliers[0], shift = factors.shifts[0];
    const int8_t *rows = sc_cortex_m_rows(program->arena, &layer);
    const int32_t *words = sc_cortex_m_bias(lower, layer.bias, x, w, n);
    bool sums = lower->isa && strcmp(lower->isa, "mve") == 0;
    const int32_t *start =
        sums ? row_starts(lower, rows, words, dims, x->zero_points[0]) : 0;
    ScPid args[] = {
        sc_lower_value(lower, layer.x),
        sc_program_const(program, layer.weight->name, SC_I8, 2, dims, SC_LAYOUT_CONTIGUOUS,
                         rows),
        sums ? sc_program_null(program) : bias_pid(lower, words, n),
        sums ? kernel_sum_pid(lower, start, dims[0]) : sc_program_null(program),
        sc_program_int(program, -x->zero_points[0]),
        sc_program_int(program, 0),
        sc_program_int(program, y->zero_points[0]),
        sc_program_ints(program, &multiplier, 1),
        sc_program_ints(program, &shift, 1),
        sc_program_int(program, high),
        sc_program_int(program, low),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

ScStatus sc_cortex_m_lower_linear_ours(const ScPattern *self, ScLower *lower,
                                       const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    ScLayer layer = sc_cortex_m_layer(node);
    const ScQuant *x = layer.x->type.quant, *w = layer.weight->type.quant;
    const ScQuant *y = match->result->type.quant;
    int64_t dims[2];
    sc_cortex_m_linear_dims(&layer, dims);
    size_t n = (size_t)dims[0];
    ScFactors factors;
    int64_t low, high;
    SC_TRY(sc_cortex_m_factors(lower, node, x, w, y, n, &factors));
    sc_cortex_m_limits(match, &low, &high);
    const int8_t *rows = sc_cortex_m_rows(program->arena, &layer);
    const int32_t *words = sc_cortex_m_bias(lower, layer.bias, x, w, n);
    const int32_t *start = row_starts(lower, rows, words, dims, x->zero_points[0]);
    ScPid args[] = {
        sc_lower_value(lower, layer.x),
        sc_program_const(program, layer.weight->name, SC_I8, 2, dims, SC_LAYOUT_CONTIGUOUS,
                         rows),
        sc_cortex_m_words(lower, "start", start, n),
        sc_cortex_m_words(lower, "multipliers", factors.multipliers, n),
        sc_cortex_m_words(lower, "shifts", factors.shifts, n),
        sc_program_int(program, y->zero_points[0]),
        sc_program_int(program, low),
        sc_program_int(program, high),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}
