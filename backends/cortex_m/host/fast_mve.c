/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers packed for Helium: `sconce::*_s8.mve_out`. The packing is told in
 * backends/cortex_m/device/gemm_mve.h. What a kernel can't do is refused here, with
 * the types known; a stock-named kernel takes it then.
 */
#include <math.h>
#include <string.h>

#include "backends/cortex_m/device/gemm_mve.h"
#include "backends/cortex_m/host/cortex_m.h"
#include "kernels/num.h"

/* GUESS: a quarter of the plain kernels' time; it only has to win. */
void sc_cortex_m_cost_mve(const ScPattern *self, const ScMatch *match, ScCost *out_cost) {
    sc_cortex_m_cost(self, match, out_cost);
    out_cost->time_us /= 4.0;
}

/* ---- what fits -------------------------------------------------------------- */

typedef struct Parts {
    const ScValue *x, *weight, *bias;
    const ScQuant *xq, *wq, *yq;
    bool transposed; /* weight is [in,out] */
    bool by_columns; /* sc_mve_by_columns() */
    size_t n, k;     /* channels, weights of one */
} Parts;

static Parts parts_of(const ScNode *node, const ScMatch *match) {
    ScLayer layer = sc_cortex_m_layer(node);
    Parts p = {.x = layer.x,
               .weight = layer.weight,
               .bias = layer.bias,
               .transposed = layer.transposed};
    p.xq = p.x->type.quant;
    p.wq = p.weight->type.quant;
    p.yq = match->result->type.quant;
    p.n = (size_t)p.weight->type.dims[p.transposed ? 1 : 0];
    p.k = p.n ? sc_type_numel(&p.weight->type) / p.n : 0;
    if (p.weight->type.rank == 4) {
        const ScArg *stride = sc_node_arg(node, "stride");
        p.by_columns = sc_mve_by_columns(p.weight->type.dims[1], p.weight->type.dims[3],
                                         stride->as.ints[stride->n - 1]);
    }
    return p;
}

/* The form of a typed layer; -1 when a channel is scaled up. */
static int form_of(const Parts *p, const ScMatch *match) {
    int64_t low, high;
    bool any_zero = false;
    for (size_t c = 0; c < p->n; c++) {
        ScFixed fixed;
        double scale = p->wq->scales[p->wq->axis < 0 ? 0 : c];
        if (!sc_fixed_of(p->xq->scales[0] * scale / p->yq->scales[0], &fixed) ||
            fixed.shift > 0) {
            return -1;
        }
        any_zero = any_zero || fixed.shift == 0;
    }
    sc_cortex_m_limits(match, &low, &high);
    if (low > -128 || high < 127) {
        return SC_MVE_GENERAL;
    }
    /* All negative results end at -128: how they round does not count. */
    bool relu = p->yq->zero_points[0] == -128;
    return relu ? SC_MVE_RELU : any_zero ? SC_MVE_GENERAL : SC_MVE_FULL;
}

static const char *form_reason(const ScNode *anchor, const ScMatch *match) {
    Parts p = parts_of(anchor, match);
    if (p.n < 1 || p.k < 1 || p.k > (1 << 20) || p.n > (1 << 20)) {
        return "no channels, or too many";
    }
    return p.xq && form_of(&p, match) < 0 ? "a channel whose scale goes up" : 0;
}

static bool all_are(const ScNode *node, const char *name, int64_t what) {
    const ScArg *arg = sc_node_arg(node, name);
    for (uint32_t i = 0; i < arg->n; i++) {
        if (arg->as.ints[i] != what) {
            return false;
        }
    }
    return true;
}

SC_MATCH(sc_cortex_m_match_mve_conv) {
    const char *reason = sc_cortex_m_match_conv(self, graph, anchor, out_match);
    if (reason) {
        return reason;
    }
    if (sc_node_arg(anchor, "groups")->as.i != 1 || !all_are(anchor, "dilation", 1)) {
        return "groups or dilation";
    }
    return form_reason(anchor, out_match);
}

SC_MATCH(sc_cortex_m_match_mve_linear) {
    const char *reason = sc_cortex_m_match_linear(self, graph, anchor, out_match);
    return reason ? reason : form_reason(anchor, out_match);
}

SC_MATCH(sc_cortex_m_match_mve_depthwise) {
    const char *reason = sc_cortex_m_match_depthwise(self, graph, anchor, out_match);
    if (reason) {
        return reason;
    }
    Parts p = parts_of(anchor, out_match);
    const int64_t *dims = p.weight->type.dims;
    if (dims[2] != 3 || dims[3] != 3 || dims[0] != p.x->type.dims[1]) {
        return "other than 3x3, or several filters a channel";
    }
    if (!p.xq) {
        return 0;
    }
    const int8_t *w = p.weight->data;
    for (size_t i = 0; i < p.n * 9; i++) {
        if (w[i] == -128) {
            return "a weight of -128";
        }
    }
    int form = form_of(&p, out_match);
    return form == SC_MVE_RELU || form == SC_MVE_FULL ? 0
                                                      : "limits, or a scale that goes up";
}

/* ---- packing ----------------------------------------------------------------- */

static void word_put(int8_t *bytes, size_t index, int32_t word) {
    memcpy(bytes + 4 * index, &word, sizeof word);
}

/* Weight k of channel o, in the order of the record. */
static int8_t weight_at(const Parts *p, size_t o, size_t k) {
    const int64_t *dims = p->weight->type.dims;
    const int8_t *w = p->weight->data;
    if (p->weight->type.rank != 4) {
        return w[p->transposed ? k * p->n + o : o * p->k + k];
    }
    size_t in = (size_t)dims[1], height = (size_t)dims[2], width = (size_t)dims[3];
    size_t tap = k / in;
    if (p->by_columns) {
        tap = tap % height * width + tap / height;
    }
    return w[o * p->k + k % in * height * width + tap];
}

/* bias - zero_point * sum of the weights, modulo 2^32 as the sums are. */
static int32_t start_of(const Parts *p, const int32_t *bias, size_t o) {
    uint32_t start = bias ? (uint32_t)bias[o] : 0, sum = 0;
    for (size_t k = 0; k < p->k; k++) {
        int32_t w = weight_at(p, o, k);
        sum += (uint32_t)w;
    }
    return (int32_t)(start - (uint32_t)p->xq->zero_points[0] * sum);
}

static ScPid table_pid(ScLower *lower, const Parts *p, const int8_t *table, size_t n) {
    int64_t dims[1] = {(int64_t)n};
    return sc_program_const(lower->program, p->weight->name, SC_I8, 1, dims,
                            SC_LAYOUT_CONTIGUOUS, table);
}

static ScStatus pack_layer(ScLower *lower, const ScNode *node, const Parts *p,
                           ScPid *out_pid) {
    ScFactors f;
    SC_TRY(sc_cortex_m_factors(lower, node, p->xq, p->wq, p->yq, p->n, &f));
    const int32_t *bias = sc_cortex_m_bias(lower, p->bias, p->xq, p->wq, p->n);
    size_t groups = (p->n + 3) / 4, chunks = (p->k + 15) / 16, bytes = 48 + 64 * chunks;
    int8_t *table = SC_NEW_ARRAY(lower->program->arena, int8_t, groups * bytes);
    for (size_t i = 0; i < groups * 4; i++) {
        size_t first = i / 4 * 4, lane = i % 4;
        if (first + 4 > p->n && p->n >= 4) {
            first = p->n - 4; /* the last four once more */
        }
        size_t o = first + lane;
        int8_t *group = table + i / 4 * bytes, *factors = group + 16 + 64 * chunks;
        if (o >= p->n) {
            continue;
        }
        word_put(group, lane, start_of(p, bias, o));
        for (size_t k = 0; k < p->k; k++) {
            group[16 + k / 16 * 64 + lane * 16 + k % 16] = weight_at(p, o, k);
        }
        word_put(factors, lane, f.multipliers[o]);
        word_put(factors, 4 + lane, f.shifts[o]);
    }
    *out_pid = table_pid(lower, p, table, groups * bytes);
    return SC_OK;
}

/* Pixels that the kernel takes for one. */
static size_t pixels_of(const Parts *p, const ScNode *node, const ScMatch *match) {
    const ScArg *stride = sc_node_arg(node, "stride");
    return (size_t)sc_mve_depthwise_pixels((int64_t)p->n, stride->as.ints[stride->n - 1],
                                           match->result->type.dims[3]);
}

static ScStatus pack_depthwise(ScLower *lower, const ScNode *node, const Parts *p,
                               size_t pixels, ScPid *out_pid) {
    static const size_t quarter[4] = {0, 2, 1, 3};
    ScFactors f;
    SC_TRY(sc_cortex_m_factors(lower, node, p->xq, p->wq, p->yq, p->n, &f));
    const int32_t *bias = sc_cortex_m_bias(lower, p->bias, p->xq, p->wq, p->n);
    size_t n_table = (p->n * pixels + 15) / 16 * SC_MVE_DW_BLOCK;
    size_t n_zeros = pixels == 1 && p->n % 16 == 0 ? p->n : 0; /* what padding reads */
    size_t n_bytes = n_table + n_zeros;
    int8_t *table = SC_NEW_ARRAY(lower->program->arena, int8_t, n_bytes + 1);
    memset(table + n_table, (int)p->xq->zero_points[0], n_zeros);
    for (size_t i = 0; i < p->n * pixels; i++) {
        int8_t *block = table + i / 16 * SC_MVE_DW_BLOCK, *words = block + 144;
        size_t c = i % p->n, lane = i % 16, place = quarter[lane % 4] * 4 + lane / 4;
        for (size_t k = 0; k < 9; k++) {
            block[k * 16 + lane] = weight_at(p, c, k);
        }
        word_put(words, place, start_of(p, bias, c));
        word_put(words, 16 + place, f.multipliers[c]);
        word_put(words, 32 + place, f.shifts[c]);
    }
    *out_pid = table_pid(lower, p, table, n_bytes);
    return SC_OK;
}

/* ---- layers ------------------------------------------------------------------- */

/* Records gathered at a time: two fill the kernel, more save calls. */
enum { GATHER_BYTES = 2048 };

static uint64_t scratch_bytes(const Parts *p, bool in_place, int64_t n_pixels) {
    uint64_t record = (p->k + 15) / 16 * 16;
    uint64_t batch = GATHER_BYTES / record / 2 * 2;
    if (in_place && p->k >= 16) {
        return p->k % 16 ? record : 0;
    }
    batch = batch < 2 ? 2 : batch;
    return record * (batch > (uint64_t)n_pixels ? (uint64_t)n_pixels : batch);
}

/* The columns of an output row. */
static uint64_t column_scratch_bytes(const Parts *p, const ScNode *node, const ScType *y) {
    const ScArg *stride = sc_node_arg(node, "stride");
    const int64_t *dims = p->weight->type.dims;
    int64_t n = (y->dims[3] - 1) * stride->as.ints[stride->n - 1] + dims[3];
    return (uint64_t)(n * dims[2] * dims[1]);
}

static ScPid pair_pid(ScLower *lower, const ScNode *node, const char *name) {
    const ScArg *arg = sc_node_arg(node, name);
    int64_t items[2] = {arg->as.ints[0], arg->as.ints[arg->n - 1]};
    return sc_program_ints(lower->program, items, 2);
}

/* Zero points, limits, form: alike in both operators. Gives their number. */
static size_t put_numbers(ScLower *lower, const Parts *p, const ScMatch *match,
                          ScPid *args) {
    int64_t low, high;
    ScProgram *program = lower->program;
    sc_cortex_m_limits(match, &low, &high);
    args[0] = sc_program_int(program, p->xq->zero_points[0]);
    args[1] = sc_program_int(program, p->yq->zero_points[0]);
    args[2] = sc_program_int(program, low);
    args[3] = sc_program_int(program, high);
    args[4] = sc_program_int(program, form_of(p, match));
    return 5;
}

ScStatus sc_cortex_m_lower_mve_conv(const ScPattern *self, ScLower *lower,
                                    const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    Parts p = parts_of(node, match);
    const ScType *wt = &p.weight->type, *yt = &match->result->type;
    int64_t kernel[2] = {wt->dims[2], wt->dims[3]};
    bool in_place = kernel[0] == 1 && kernel[1] == 1 && all_are(node, "stride", 1) &&
                    all_are(node, "padding", 0);
    ScPid args[12];
    size_t n = 0;
    args[n++] = sc_lower_value(lower, p.x);
    SC_TRY(pack_layer(lower, node, &p, &args[n++]));
    args[n++] = sc_program_ints(lower->program, kernel, 2);
    args[n++] = pair_pid(lower, node, "stride");
    args[n++] = pair_pid(lower, node, "padding");
    n += put_numbers(lower, &p, match, args + n);
    int64_t n_pixels = yt->dims[0] * yt->dims[2] * yt->dims[3];
    args[n++] =
        sc_lower_scratch(lower, p.by_columns ? column_scratch_bytes(&p, node, yt)
                                             : scratch_bytes(&p, in_place, n_pixels));
    args[n++] = sc_lower_value(lower, match->result);
    return sc_cortex_m_call(self, lower, match, args, n);
}

ScStatus sc_cortex_m_lower_mve_linear(const ScPattern *self, ScLower *lower,
                                      const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    Parts p = parts_of(node, match);
    ScPid args[9];
    size_t n = 0;
    args[n++] = sc_lower_value(lower, p.x);
    SC_TRY(pack_layer(lower, node, &p, &args[n++]));
    n += put_numbers(lower, &p, match, args + n);
    args[n++] =
        sc_lower_scratch(lower, scratch_bytes(&p, true, match->result->type.dims[0]));
    args[n++] = sc_lower_value(lower, match->result);
    return sc_cortex_m_call(self, lower, match, args, n);
}

/* As the kernel says in depthwise_mve_pack.c. */
static uint64_t depthwise_scratch_bytes(const Parts *p, const ScNode *node, size_t pixels,
                                        const ScType *y) {
    const ScArg *dilation = sc_node_arg(node, "dilation");
    const ScArg *pad = sc_node_arg(node, "padding");
    uint64_t wide = (p->n + 15) / 16 * 16, width = (uint64_t)p->x->type.dims[3];
    uint64_t rows = 2 * (uint64_t)dilation->as.ints[0] + 1;
    if (pixels > 1) {
        return (1 + rows) * (width + 2 * (uint64_t)pad->as.ints[pad->n - 1]) * p->n;
    }
    return wide == p->n ? 0 : wide * (1 + rows * width + (uint64_t)y->dims[3]);
}

ScStatus sc_cortex_m_lower_mve_depthwise(const ScPattern *self, ScLower *lower,
                                         const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    Parts p = parts_of(node, match);
    ScProgram *program = lower->program;
    size_t pixels = pixels_of(&p, node, match);
    ScPid args[10];
    size_t n = 0;
    args[n++] = sc_lower_value(lower, p.x);
    SC_TRY(pack_depthwise(lower, node, &p, pixels, &args[n++]));
    args[n++] = pair_pid(lower, node, "stride");
    args[n++] = pair_pid(lower, node, "padding");
    args[n++] = pair_pid(lower, node, "dilation");
    args[n++] = sc_program_int(program, p.xq->zero_points[0]);
    args[n++] = sc_program_int(program, p.yq->zero_points[0]);
    args[n++] = sc_program_int(program, form_of(&p, match));
    args[n++] = sc_lower_scratch(
        lower, depthwise_scratch_bytes(&p, node, pixels, &match->result->type));
    args[n++] = sc_lower_value(lower, match->result);
    return sc_cortex_m_call(self, lower, match, args, n);
}

/* ---- sums ----------------------------------------------------------------------
 *
 * cortex_m::quantized_add is a function of two bytes. The numbers below give the
 * same function with one shift: for each pair of bytes the constant must lie in an
 * interval, and the intersection of all 65,536 is searched for, over factors near
 * the scales. Finding one is the proof.
 */

/* How far from the rounded scales factors are tried. */
enum { FACTOR_REACH = 16 };

typedef struct SumOf {
    int32_t a[256], b[256]; /* terms of the exact sum */
    ScFixed y;
    int32_t zero;
} SumOf;

static void terms_fill(const ScQuant *q, const ScFixed *f, int32_t *terms) {
    for (int32_t i = 0; i < 256; i++) {
        int64_t up = ((int64_t)i - 128 - q->zero_points[0]) * (1 << 20);
        terms[i] = sc_requantize((int32_t)(uint32_t)(uint64_t)up, f->multiplier, f->shift);
    }
}

static bool sum_of(const ScQuant *a, const ScQuant *b, const ScQuant *y, SumOf *out) {
    double unit = 2.0 * fmax(a->scales[0], b->scales[0]);
    ScFixed fa, fb;
    if (!sc_fixed_of(a->scales[0] / unit, &fa) || !sc_fixed_of(b->scales[0] / unit, &fb) ||
        !sc_fixed_of(unit / (y->scales[0] * (double)(1 << 20)), &out->y)) {
        return false;
    }
    terms_fill(a, &fa, out->a);
    terms_fill(b, &fb, out->b);
    out->zero = (int32_t)y->zero_points[0];
    return true;
}

typedef struct Line {
    int64_t fa, fb, c;
    int shift;
} Line;

/* The exact results of one row of the 65,536. */
static bool row_narrows(const SumOf *s, const Line *l, int32_t i, int64_t *low,
                        int64_t *high) {
    for (int32_t j = 0; j < 256; j++) {
        int32_t sum = (int32_t)((uint32_t)s->a[i] + (uint32_t)s->b[j]);
        int32_t out = sc_clamp_i32(
            sc_requantize(sum, s->y.multiplier, s->y.shift) + s->zero, -128, 127);
        int64_t rest = l->fa * (i - 128) + l->fb * (j - 128);
        int64_t from = out * (INT64_C(1) << l->shift) - rest;
        int64_t to = from + (INT64_C(1) << l->shift) - 1;
        *low = out > -128 && from > *low ? from : *low;
        *high = out < 127 && to < *high ? to : *high;
    }
    return *low <= *high;
}

/* Fills in c. Rows from both ends: what fails does so early. */
static bool line_fits(const SumOf *s, Line *l) {
    int64_t low = -(INT64_C(1) << 40), high = INT64_C(1) << 40;
    for (int32_t i = 0; i < 256; i++) {
        if (!row_narrows(s, l, i % 2 ? 255 - i / 2 : i / 2, &low, &high)) {
            return false;
        }
    }
    l->c = low > -(INT64_C(1) << 40) ? low : high;
    int64_t reach = 128 * ((l->fa < 0 ? -l->fa : l->fa) + (l->fb < 0 ? -l->fb : l->fb));
    return reach + l->c < INT32_MAX && -reach + l->c - (INT64_C(1) << l->shift) > INT32_MIN;
}

/* Factors around the scales in rings, nearest first. */
static bool line_near(const SumOf *s, double fa, double fb, int shift, Line *out) {
    for (int64_t reach = 0; reach <= FACTOR_REACH; reach++) {
        for (int64_t i = -reach; i <= reach; i++) {
            int64_t step = i == -reach || i == reach ? 1 : 2 * reach;
            for (int64_t j = -reach; j <= reach; j += step) {
                *out = (Line){(int64_t)fa + i, (int64_t)fb + j, 0, shift};
                if (line_fits(s, out)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool line_of(const ScQuant *a, const ScQuant *b, const ScQuant *y, Line *out) {
    SumOf s;
    if (!sum_of(a, b, y, &s)) {
        return false;
    }
    for (int shift = SC_MVE_ADD_SHIFT_MAX; shift >= SC_MVE_ADD_SHIFT_MIN; shift--) {
        double fa = nearbyint((double)(1 << shift) * a->scales[0] / y->scales[0]);
        double fb = nearbyint((double)(1 << shift) * b->scales[0] / y->scales[0]);
        /* Above, two factors times 128 don't fit into 32 bits. */
        if (fa + fb < 16777216.0 && line_near(&s, fa, fb, shift, out)) {
            return true;
        }
    }
    return false;
}

SC_MATCH(sc_cortex_m_match_mve_add) {
    const char *reason = sc_cortex_m_match_binary(self, graph, anchor, out_match);
    const ScQuant *y = reason ? 0 : out_match->result->type.quant;
    Line line;
    int64_t low, high;
    if (reason || !y) {
        return reason;
    }
    sc_cortex_m_limits(out_match, &low, &high);
    if (low > -128 || high < 127) {
        return "limits other than int8's";
    }
    return line_of(sc_quant_at(anchor, 0), sc_quant_at(anchor, 1), y, &line)
               ? 0
               : "scales whose sum isn't one shift";
}

ScStatus sc_cortex_m_lower_mve_add(const ScPattern *self, ScLower *lower,
                                   const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    Line line;
    if (!line_of(sc_quant_at(node, 0), sc_quant_at(node, 1), match->result->type.quant,
                 &line)) {
        return sc_fail(lower->sc, SC_E_INTERNAL, sc_node_where(lower->sc->arena, node),
                       "a sum that was matched can't be lowered", 0,
                       "please report this model");
    }
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_lower_value(lower, sc_node_value(node, 1)),
        sc_program_int(lower->program, line.fa),
        sc_program_int(lower->program, line.fb),
        sc_program_int(lower->program, line.c),
        sc_program_int(lower->program, line.shift),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}
