/* SPDX-License-Identifier: Apache-2.0 */
/* Everything without weights: sums, products, pools, softmax, pads. */
#include <math.h>
#include <string.h>

#include "backends/cortex_m/host/cortex_m.h"

/* ---- add and mul
 * ---------------------------------------------------------------------------- */

ScStatus sc_cortex_m_out_of_range(ScLower *lower, const ScNode *node) {
    return sc_fail(lower->sc, SC_E_UNSUPPORTED, sc_node_where(lower->sc->arena, node),
                   "the scales of its operands and result are too far apart",
                   "the fixed-point factor doesn't fit", "check the calibration samples");
}

/* The operand that isn't broadcast. */
static uint32_t large_of(const ScNode *node) {
    size_t a = sc_type_numel(&sc_node_value(node, 0)->type);
    return a < sc_type_numel(&sc_node_value(node, 1)->type) ? 1 : 0;
}

/* Operands come up by 2^20, in units of twice the larger scale. */
enum { ADD_SHIFT = 20 };

ScStatus sc_cortex_m_lower_add(const ScPattern *self, ScLower *lower,
                               const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    bool minus = strcmp(node->op->schema.name, "sub") == 0;
    uint32_t large = large_of(node); /* stock wants it first; never swapped for sub */
    const ScQuant *a = sc_quant_at(node, large), *b = sc_quant_at(node, 1 - large);
    const ScQuant *y = match->result->type.quant;
    double unit = 2.0 * fmax(a->scales[0], b->scales[0]);
    ScFixed fa, fb, fy;
    int64_t low, high;
    if (!sc_fixed_of(a->scales[0] / unit, &fa) || !sc_fixed_of(b->scales[0] / unit, &fb) ||
        !sc_fixed_of(unit / (y->scales[0] * (double)(1 << ADD_SHIFT)), &fy)) {
        return sc_cortex_m_out_of_range(lower, node);
    }
    sc_cortex_m_limits(match, &low, &high);
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, large)),
        sc_program_int(program, a->zero_points[0]),
        sc_program_int(program, fa.multiplier),
        sc_program_int(program, fa.shift),
        sc_lower_value(lower, sc_node_value(node, 1 - large)),
        sc_program_int(program, b->zero_points[0]),
        sc_program_int(program, minus ? -(int64_t)fb.multiplier : fb.multiplier),
        sc_program_int(program, fb.shift),
        sc_program_int(program, y->zero_points[0]),
        sc_program_int(program, fy.multiplier),
        sc_program_int(program, fy.shift),
        sc_program_int(program, low),
        sc_program_int(program, high),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

ScStatus sc_cortex_m_lower_mul(const ScPattern *self, ScLower *lower,
                               const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    uint32_t large = large_of(node);
    const ScQuant *a = sc_quant_at(node, large), *b = sc_quant_at(node, 1 - large);
    const ScQuant *y = match->result->type.quant;
    ScFixed fixed;
    if (!sc_fixed_of(a->scales[0] * b->scales[0] / y->scales[0], &fixed)) {
        return sc_cortex_m_out_of_range(lower, node);
    }
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, large)),
        sc_program_int(program, a->zero_points[0]),
        sc_lower_value(lower, sc_node_value(node, 1 - large)),
        sc_program_int(program, b->zero_points[0]),
        sc_program_int(program, y->zero_points[0]),
        sc_program_int(program, fixed.multiplier),
        sc_program_int(program, fixed.shift),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- pools
 * -------------------------------------------------------------------------------------- */

typedef struct Geometry {
    int64_t kernel[2], stride[2], padding[2];
} Geometry;

static void pair_of(const ScNode *node, const char *name, const int64_t *missing,
                    int64_t *out) {
    const ScArg *arg = sc_node_arg(node, name);
    bool given = arg && arg->kind == SC_ARG_INTS && arg->n > 0;
    out[0] = given ? arg->as.ints[0] : missing[0];
    out[1] = given ? arg->as.ints[arg->n - 1] : missing[1];
}

static Geometry geometry_of(const ScNode *node) {
    const int64_t zero[2] = {0, 0};
    Geometry g;
    pair_of(node, "kernel_size", zero, g.kernel);
    pair_of(node, "stride", g.kernel, g.stride);
    pair_of(node, "padding", zero, g.padding);
    return g;
}

static bool counts_padding(const ScNode *node, const Geometry *g) {
    const ScArg *include = sc_node_arg(node, "count_include_pad");
    return include && include->as.b && (g->padding[0] > 0 || g->padding[1] > 0);
}

/* Zeros around the image that count: a pad in front, as stock does it. */
static ScPid padded_pid(ScLower *lower, const ScMatch *match, ScPid image,
                        const Geometry *g) {
    ScProgram *program = lower->program;
    const ScType *x = &sc_node_value(match->nodes[0], 0)->type;
    int64_t dims[4] = {x->dims[0], x->dims[1], x->dims[2] + 2 * g->padding[0],
                       x->dims[3] + 2 * g->padding[1]};
    int64_t around[4] = {0, g->padding[0], g->padding[1], 0};
    uint32_t buffer = sc_program_buffer(program, (uint64_t)(dims[0] * dims[1]) *
                                                     (uint64_t)(dims[2] * dims[3]));
    ScPid padded = sc_program_tensor(program, "padded", SC_I8, 4, dims,
                                     SC_LAYOUT_CHANNELS_LAST, buffer, 0);
    ScPid args[] = {
        image,
        sc_program_ints(program, around, 4),
        sc_program_ints(program, around, 4),
        sc_program_int(program, x->quant->zero_points[0]),
        padded,
    };
    sc_program_call(program, "cortex_m::pad.out", args, 5, 1, -1,
                    sc_node_where(program->arena, match->nodes[0]));
    return padded;
}

static ScStatus lower_average(const ScPattern *self, ScLower *lower, const ScMatch *match,
                              const Geometry *g) {
    ScProgram *program = lower->program;
    const ScNode *node = match->nodes[0];
    const ScQuant *x = sc_quant_at(node, 0);
    const int64_t none[2] = {0, 0};
    bool counted = counts_padding(node, g);
    int64_t channels = match->result->type.dims[1];
    ScPid image = sc_lower_value(lower, sc_node_value(node, 0));
    ScPid args[] = {
        counted ? padded_pid(lower, match, image, g) : image,
        sc_program_ints(program, g->kernel, 2),
        sc_program_ints(program, g->stride, 2),
        sc_program_ints(program, counted ? none : g->padding, 2),
        sc_program_bool(program, false),
        sc_program_int(program, x->zero_points[0]),
        sc_program_int(program, INT64_C(1) << 30), /* 1.0; the kernel ignores it */
        sc_program_int(program, 1),
        sc_lower_scratch(lower, (uint64_t)sc_cmsis_average_scratch(lower, channels)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

ScStatus sc_cortex_m_lower_pool(const ScPattern *self, ScLower *lower,
                                const ScMatch *match) {
    Geometry g = geometry_of(match->nodes[0]);
    return lower_average(self, lower, match, &g);
}

typedef ScStatus (*LowerAverage)(const ScPattern *self, ScLower *lower,
                                 const ScMatch *match, const Geometry *g);

/* A mean over an image is a pool of its size. The result of keepdim = false has
 * rank 2: the same bytes under the shape that the kernel wants. */
static ScStatus lower_mean(const ScPattern *self, ScLower *lower, const ScMatch *match,
                           LowerAverage average) {
    const ScType *x = &sc_node_value(match->nodes[0], 0)->type;
    Geometry g = {{x->dims[2], x->dims[3]}, {1, 1}, {0, 0}};
    ScPid out = sc_lower_value(lower, match->result);
    if (match->result->type.rank == 4) {
        return average(self, lower, match, &g);
    }
    int64_t dims[4] = {x->dims[0], x->dims[1], 1, 1};
    ScPTensor flat = *lower->program->values[out].as.tensor;
    ScPid image = sc_program_tensor(lower->program, match->result->name, SC_I8, 4, dims,
                                    SC_LAYOUT_CHANNELS_LAST, flat.index, flat.byte_offset);
    lower->pids[match->result->id] = image; /* for the call only */
    ScStatus status = average(self, lower, match, &g);
    lower->pids[match->result->id] = out;
    return status;
}

ScStatus sc_cortex_m_lower_mean(const ScPattern *self, ScLower *lower,
                                const ScMatch *match) {
    return lower_mean(self, lower, match, lower_average);
}

/* Ours: the result has a scale of its own. */
static ScStatus lower_rescaled(const ScPattern *self, ScLower *lower, const ScMatch *match,
                               const Geometry *g) {
    ScProgram *program = lower->program;
    const ScNode *node = match->nodes[0];
    const ScQuant *x = sc_quant_at(node, 0), *y = match->result->type.quant;
    double count = (double)(g->kernel[0] * g->kernel[1]);
    ScFixed fixed;
    if (!sc_fixed_of(x->scales[0] / (count * y->scales[0]), &fixed)) {
        return sc_cortex_m_out_of_range(lower, node);
    }
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_program_ints(program, g->kernel, 2),
        sc_program_ints(program, g->stride, 2),
        sc_program_int(program, x->zero_points[0]),
        sc_program_int(program, y->zero_points[0]),
        sc_program_int(program, fixed.multiplier),
        sc_program_int(program, fixed.shift),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

ScStatus sc_cortex_m_lower_pool_ours(const ScPattern *self, ScLower *lower,
                                     const ScMatch *match) {
    Geometry g = geometry_of(match->nodes[0]);
    return lower_rescaled(self, lower, match, &g);
}

ScStatus sc_cortex_m_lower_mean_ours(const ScPattern *self, ScLower *lower,
                                     const ScMatch *match) {
    return lower_mean(self, lower, match, lower_rescaled);
}

ScStatus sc_cortex_m_lower_max_pool(const ScPattern *self, ScLower *lower,
                                    const ScMatch *match) {
    ScProgram *program = lower->program;
    const ScNode *node = match->nodes[0];
    const ScQuant *x = sc_quant_at(node, 0);
    const int64_t ones[2] = {1, 1};
    Geometry g = geometry_of(node);
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_program_ints(program, g.kernel, 2),
        sc_program_ints(program, g.stride, 2),
        sc_program_ints(program, g.padding, 2),
        sc_program_ints(program, ones, 2),
        sc_program_bool(program, false),
        sc_program_int(program, x->zero_points[0]),
        sc_program_int(program, x->zero_points[0]),
        sc_program_int(program, -128),
        sc_program_int(program, 127),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- softmax
 * ---------------------------------------------------------------------------------------
 */

/* Differences to the maximum in fixed point with this many integer bits. */
enum { SOFTMAX_BITS = 5 };

ScStatus sc_cortex_m_lower_softmax(const ScPattern *self, ScLower *lower,
                                   const ScMatch *match) {
    ScProgram *program = lower->program;
    const ScNode *node = match->nodes[0];
    const ScQuant *x = sc_quant_at(node, 0), *y = match->result->type.quant;
    double scale = fmin(x->scales[0] * ldexp(1.0, 31 - SOFTMAX_BITS), 2147483647.0);
    ScFixed fixed;
    if (!sc_fixed_of(scale, &fixed)) {
        return sc_cortex_m_out_of_range(lower, node);
    }
    double span = ((1 << SOFTMAX_BITS) - 1) * ldexp(1.0, 31 - SOFTMAX_BITS - fixed.shift);
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_program_int(program, -1),
        sc_program_int(program, x->zero_points[0]),
        sc_program_int(program, y->zero_points[0]),
        sc_program_int(program, fixed.multiplier),
        sc_program_int(program, fixed.shift),
        sc_program_int(program, -(int64_t)floor(span)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- pad and conversions
 * --------------------------------------------------------------------------------- */

/* torch lists pads from the last dimension; the kernel wants four in the order in
 * which the bytes lie. */
ScStatus sc_cortex_m_lower_pad(const ScPattern *self, ScLower *lower,
                               const ScMatch *match) {
    ScProgram *program = lower->program;
    const ScNode *node = match->nodes[0];
    const ScValue *x = sc_node_value(node, 0);
    const ScArg *pad = sc_node_arg(node, "pad");
    static const uint32_t nhwc[4] = {0, 2, 3, 1};
    int64_t before[4] = {0}, behind[4] = {0}, pre[4] = {0}, post[4] = {0};
    uint32_t rank = x->type.rank;
    for (uint32_t i = 0; i < pad->n / 2; i++) {
        before[4 - 1 - i] = pad->as.ints[2 * i];
        behind[4 - 1 - i] = pad->as.ints[2 * i + 1];
    }
    for (uint32_t d = 0; d < 4; d++) {
        bool image = rank == 4 && x->type.layout == SC_LAYOUT_CHANNELS_LAST;
        pre[d] = before[image ? nhwc[d] : d];
        post[d] = behind[image ? nhwc[d] : d];
    }
    ScPid args[] = {
        sc_lower_value(lower, x),
        sc_program_ints(program, pre, 4),
        sc_program_ints(program, post, 4),
        sc_program_int(program,
                       sc_int8_of(sc_cortex_m_number(node, "value", 0.0), x->type.quant)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* (x, scale, zero_point, qmin, qmax, dtype, out): q/dq without the trailing
 * out_dtype of quantized_decomposed. */
ScStatus sc_cortex_m_lower_convert(const ScPattern *self, ScLower *lower,
                                   const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScPid args[7];
    for (uint32_t i = 0; i < 6; i++) {
        args[i] = sc_lower_arg(lower, &node->args[i]);
    }
    args[6] = sc_lower_value(lower, match->result);
    return sc_cortex_m_call(self, lower, match, args, 7);
}
