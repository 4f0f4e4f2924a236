/* SPDX-License-Identifier: Apache-2.0 */
/*
 * int8 types by the rules of the patterns that were chosen. Values that must
 * share parameters form classes (union-find); a class has one range, that of its
 * values widened by the margin, or fixed parameters. The contract is in quantize.h.
 */
#include <math.h>
#include <string.h>

#include "compiler/ops/layers.h"
#include "compiler/quantize/quantize.h"

typedef struct Assign {
    Sc *sc;
    ScGraph *graph;
    const ScChoice *choices;
    size_t n_choices;
    const ScRange *ranges; /* n_ranges of them; later values have none */
    size_t n_ranges;
    const ScQuantOptions *options;
    uint32_t *parent;      /* union-find over value ids below n_ranges */
    ScRange *class_range;  /* of roots */
    const ScQuant **fixed; /* of roots, or NULL */
    bool *made_int8;       /* value ids whose maker gives int8 */
    bool *int8_choice;     /* by index of choice */
    ScValue **quantized;   /* float value id -> its quantized twin */
} Assign;

/* ---- classes ------------------------------------------------------------------------ */

static uint32_t class_of(Assign *a, uint32_t id) {
    while (a->parent[id] != id) {
        a->parent[id] = a->parent[a->parent[id]];
        id = a->parent[id];
    }
    return id;
}

static void range_join(ScRange *to, const ScRange *from) {
    if (!from->seen) {
        return;
    }
    to->min = !to->seen || from->min < to->min ? from->min : to->min;
    to->max = !to->seen || from->max > to->max ? from->max : to->max;
    to->seen = true;
}

static void class_join(Assign *a, uint32_t x, uint32_t y) {
    uint32_t from = class_of(a, x), to = class_of(a, y);
    if (from == to) {
        return;
    }
    a->parent[from] = to;
    range_join(&a->class_range[to], &a->class_range[from]);
    if (!a->fixed[to]) {
        a->fixed[to] = a->fixed[from];
    }
}

const ScQuant *sc_quant_of_range(ScArena *arena, ScRange range) {
    double low = range.min < 0.0f ? (double)range.min : 0.0;
    double high = range.max > 0.0f ? (double)range.max : 0.0;
    double scale = (high - low) / 255.0;
    scale = scale < 1e-8 ? 1e-8 : scale;
    double zero = nearbyint(-128.0 - low / scale);
    zero = zero < -128.0 ? -128.0 : zero > 127.0 ? 127.0 : zero;
    double *scales = SC_NEW(arena, double);
    int64_t *zeros = SC_NEW(arena, int64_t);
    *scales = (double)(float)scale; /* what a float32 kernel sees */
    *zeros = (int64_t)zero;
    ScQuant *quant = SC_NEW(arena, ScQuant);
    *quant = (ScQuant){-1, 1, scales, zeros, -128, 127};
    return quant;
}

static const ScQuant *quant_fixed(ScArena *arena, const ScQuantRules *rules) {
    ScQuant *quant = SC_NEW(arena, ScQuant);
    *quant = (ScQuant){-1, 1, &rules->scale, &rules->zero_point, -128, 127};
    return quant;
}

static const ScQuant *class_quant(Assign *a, uint32_t id) {
    uint32_t root = class_of(a, id);
    if (!a->fixed[root]) {
        a->fixed[root] = sc_quant_of_range(a->graph->arena, a->class_range[root]);
    }
    return a->fixed[root];
}

/* ---- which choices compute in int8 -----------------------------------------------------
 */

static bool is_inside(const ScMatch *match, const ScNode *producer) {
    for (uint32_t i = 0; i < match->n_nodes; i++) {
        if (match->nodes[i] == producer) {
            return true;
        }
    }
    return false;
}

/* The weight and bias slots of the anchor, and numbers: constants, not activations. */
static bool is_parameter(const ScChoice *choice, const ScNode *node, const ScValue *value) {
    ScWeighted w;
    if (choice->backend && choice->pattern->quant.scalars &&
        value->kind == SC_VALUE_CONST && sc_type_numel(&value->type) == 1) {
        return true;
    }
    if (!choice->backend || !choice->pattern->quant.weights ||
        !sc_node_weighted(node, &w)) {
        return false;
    }
    return value == w.weight || value == w.bias;
}

typedef struct Walk {
    Assign *a;
    const ScChoice *choice;
    ScNode *node;
    void (*fn)(struct Walk *walk, ScValue **slot);
    bool ok, any;
    const ScValue *result;
    ScStatus status;
} Walk;

static void walk_slot(void *user, ScValue **slot) {
    Walk *walk = user;
    if (!is_inside(&walk->choice->match, (*slot)->producer) &&
        !is_parameter(walk->choice, walk->node, *slot)) {
        walk->fn(walk, slot);
    }
}

/* Calls fn for every activation operand that comes from outside the match. */
static void each_operand(Walk *walk, void (*fn)(Walk *walk, ScValue **slot)) {
    walk->fn = fn;
    for (uint32_t i = 0; i < walk->choice->match.n_nodes; i++) {
        walk->node = walk->choice->match.nodes[i];
        sc_node_each_value(walk->node, walk_slot, walk);
    }
}

static ScValue *result_of(const ScChoice *choice) {
    const ScNode *last = choice->match.nodes[choice->match.n_nodes - 1];
    return choice->match.result ? choice->match.result
           : last->n_results    ? last->results[0]
                                : 0;
}

static bool is_open_float(const Assign *a, const ScValue *value) {
    return value->id < a->n_ranges && value->type.dtype == SC_F32 && !value->type.quant &&
           a->ranges[value->id].seen;
}

static void operand_is_open(Walk *walk, ScValue **slot) {
    walk->ok = walk->ok && is_open_float(walk->a, *slot);
}

/* Constants and inputs of the model may be brought in. */
static void operand_may_be_int8(Walk *walk, ScValue **slot) {
    const ScValue *value = *slot;
    bool made = value->id < walk->a->n_ranges && walk->a->made_int8[value->id];
    bool outside = value->kind == SC_VALUE_CONST || value->kind == SC_VALUE_INPUT;
    walk->ok = walk->ok && (made || (outside && is_open_float(walk->a, value)));
    walk->any = walk->any || made;
}

static void operand_joins_result(Walk *walk, ScValue **slot) {
    class_join(walk->a, (*slot)->id, walk->result->id);
}

static void mark_results(Assign *a, const ScNode *last) {
    for (uint32_t i = 0; i < last->n_results; i++) {
        if (last->results[i] && last->results[i]->id < a->n_ranges) {
            a->made_int8[last->results[i]->id] = true;
        }
    }
}

/* Views and moves follow their operand: int8 when that is. */
static bool follows(const ScChoice *choice) {
    return !choice->backend || choice->pattern->quant.rule == SC_QUANT_MOVE;
}

static bool is_int8_choice(Assign *a, const ScChoice *choice) {
    const ScValue *result = result_of(choice);
    Walk walk = {.a = a, .choice = choice, .ok = true};
    if (!result || !is_open_float(a, result)) {
        return false;
    }
    if (follows(choice)) {
        each_operand(&walk, operand_may_be_int8);
        return walk.ok && walk.any;
    }
    ScQuantRule rule = choice->pattern->quant.rule;
    if (rule == SC_QUANT_NONE || rule == SC_QUANT_CONVERT) {
        return false;
    }
    each_operand(&walk, operand_is_open);
    return walk.ok;
}

/* A result that shares parameters holds nothing that its operands don't: it must not
 * widen what they have. */
static void keep_range(Assign *a, const ScValue *result) {
    if (class_of(a, result->id) == result->id) {
        a->class_range[result->id] = a->ranges[result->id];
    }
}

static void join_classes(Assign *a, const ScChoice *choice) {
    const ScNode *last = choice->match.nodes[choice->match.n_nodes - 1];
    ScQuantRule rule = choice->backend ? choice->pattern->quant.rule : SC_QUANT_MOVE;
    if (rule == SC_QUANT_FIXED) {
        a->fixed[class_of(a, result_of(choice)->id)] =
            quant_fixed(a->graph->arena, &choice->pattern->quant);
    }
    if (rule != SC_QUANT_SAME && rule != SC_QUANT_MOVE) {
        return;
    }
    for (uint32_t i = 0; i < last->n_results; i++) {
        Walk walk = {.a = a, .choice = choice, .result = last->results[i]};
        if (walk.result && is_open_float(a, walk.result)) {
            keep_range(a, walk.result);
            each_operand(&walk, operand_joins_result);
        }
    }
}

static void mark_int8(Assign *a, const bool *refused) {
    memset(a->made_int8, 0, a->n_ranges * sizeof *a->made_int8);
    for (size_t i = 0; a->options->int8_io && i < a->graph->n_inputs; i++) {
        const ScValue *input = a->graph->inputs[i];
        a->made_int8[input->id] = is_open_float(a, input);
    }
    for (size_t i = 0; i < a->n_choices; i++) {
        const ScChoice *choice = &a->choices[i];
        a->int8_choice[i] = !refused[i] && is_int8_choice(a, choice);
        if (a->int8_choice[i]) {
            mark_results(a, choice->match.nodes[choice->match.n_nodes - 1]);
        }
    }
}

static void operand_is_result(Walk *walk, ScValue **slot) {
    walk->ok = walk->ok || *slot == walk->result;
}

/* Everybody who reads the result computes in float, and somebody does. */
static bool feeds_float_only(Assign *a, size_t index) {
    const ScValue *result = result_of(&a->choices[index]);
    bool read = false;
    for (size_t i = 0; i < a->graph->n_outputs; i++) {
        const ScArg *arg = &a->graph->outputs[i].value;
        if (arg->kind == SC_ARG_VALUE && arg->as.value == result) {
            return false;
        }
    }
    for (size_t i = index + 1; i < a->n_choices; i++) {
        Walk walk = {.a = a, .choice = &a->choices[i], .result = result, .ok = false};
        each_operand(&walk, operand_is_result);
        if (walk.ok && a->int8_choice[i]) {
            return false;
        }
        read = read || walk.ok;
    }
    return read;
}

/* Without weights int8 saves little, and rounding for a float reader only loses: the
 * operands of a logarithm stay float. */
static bool refuse_needless(Assign *a, bool *refused) {
    bool any = false;
    for (size_t i = a->n_choices; i-- > 0;) {
        const ScChoice *choice = &a->choices[i];
        if (a->int8_choice[i] && !follows(choice) && !choice->pattern->quant.weights &&
            feeds_float_only(a, i)) {
            a->int8_choice[i] = false;
            refused[i] = true;
            any = true;
        }
    }
    return any;
}

static void find_int8(Assign *a) {
    bool *refused = SC_NEW_ARRAY(a->sc->arena, bool, a->n_choices + 1);
    do {
        mark_int8(a, refused);
    } while (refuse_needless(a, refused));
    for (size_t i = 0; i < a->n_choices; i++) {
        if (a->int8_choice[i]) {
            join_classes(a, &a->choices[i]);
        }
    }
}

/* ---- typing
 * ------------------------------------------------------------------------------ */

static void give_type(Assign *a, ScValue *value) {
    value->type.quant = class_quant(a, value->id);
    value->type.dtype = SC_I8;
}

static int8_t to_int8(double x, double scale, int64_t zero, double low) {
    double q = nearbyint(x / scale) + (double)zero;
    return (int8_t)(q < low ? low : q > 127.0 ? 127.0 : q);
}

/* A constant that is an activation operand: typed by its class. */
static ScValue *const_int8(Assign *a, const ScValue *value) {
    ScType type = value->type;
    const float *data = value->data;
    size_t n = sc_type_numel(&type);
    type.quant = class_quant(a, value->id);
    type.dtype = SC_I8;
    int8_t *bytes = SC_NEW_ARRAY(a->graph->arena, int8_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = to_int8((double)data[i], type.quant->scales[0],
                           type.quant->zero_points[0], -128.0);
    }
    return sc_graph_add_const(a->graph, value->name, &type, bytes);
}

static ScNode *node_after_producer(const ScGraph *graph, const ScValue *value) {
    return value->producer ? value->producer->next : graph->first;
}

/* Operands that nobody makes in int8 are quantized, once each. */
static void quantize_operand(Walk *walk, ScValue **slot) {
    Assign *a = walk->a;
    ScValue *value = *slot;
    if (walk->status != SC_OK || value->id >= a->n_ranges || a->made_int8[value->id]) {
        return;
    }
    ScValue **twin = &a->quantized[value->id];
    if (!*twin && value->kind == SC_VALUE_CONST) {
        *twin = const_int8(a, value);
    } else if (!*twin) {
        ScType type = value->type;
        type.quant = class_quant(a, value->id);
        type.dtype = SC_I8;
        walk->status =
            sc_add_conversion(a->sc, a->graph, node_after_producer(a->graph, value), true,
                              value, &type, twin);
    }
    if (walk->status == SC_OK) {
        *slot = *twin;
    }
}

static ScStatus quantize_operands(Assign *a) {
    for (size_t i = 0; i < a->n_choices; i++) {
        Walk walk = {.a = a, .choice = &a->choices[i], .status = SC_OK};
        if (a->int8_choice[i]) {
            each_operand(&walk, quantize_operand);
            SC_TRY(walk.status);
        }
    }
    return SC_OK;
}

static void type_results(Assign *a) {
    for (size_t i = 0; a->options->int8_io && i < a->graph->n_inputs; i++) {
        if (a->made_int8[a->graph->inputs[i]->id]) {
            give_type(a, a->graph->inputs[i]);
        }
    }
    for (size_t i = 0; i < a->n_choices; i++) {
        const ScChoice *choice = &a->choices[i];
        const ScNode *last = choice->match.nodes[choice->match.n_nodes - 1];
        for (uint32_t k = 0; a->int8_choice[i] && k < last->n_results; k++) {
            if (last->results[k] && is_open_float(a, last->results[k])) {
                give_type(a, last->results[k]);
            }
        }
    }
}

/* A float model gives float outputs. */
static ScStatus dequantize_outputs(Assign *a) {
    for (size_t i = 0; i < a->graph->n_outputs; i++) {
        ScOutput *output = &a->graph->outputs[i];
        ScValue *value = output->value.kind == SC_ARG_VALUE ? output->value.as.value : 0;
        bool keep = a->options->int8_io && !output->state;
        if (value && value->type.quant && value->id < a->n_ranges && !keep) {
            ScValue *plain;
            SC_TRY(
                sc_add_conversion(a->sc, a->graph, 0, false, value, &value->type, &plain));
            output->value = sc_arg_of_value(plain);
        }
    }
    return SC_OK;
}

/* ---- weights
 * ------------------------------------------------------------------------------ */

/* max/127 each, so that -128 never occurs; a channel of zeros gets a scale that
 * keeps its multiplier in range. */
static double *weight_scales(Assign *a, const ScWeighted *w, bool per_channel) {
    size_t n = sc_type_numel(&w->weight->type);
    const float *data = w->weight->data;
    size_t n_scales = per_channel ? (size_t)w->n_channels : 1;
    double *scales = SC_NEW_ARRAY(a->graph->arena, double, n_scales + 1);
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = fabs((double)data[i]);
        double *scale = &scales[per_channel ? (size_t)sc_weighted_channel(w, i) : 0];
        *scale = x > *scale ? x : *scale;
        largest = x > largest ? x : largest;
    }
    for (size_t c = 0; c < n_scales; c++) {
        double floor = largest > 0.0 ? largest * 1e-6 : 1e-6;
        scales[c] = (scales[c] < floor ? floor : scales[c]) / 127.0;
        scales[c] = (double)(float)scales[c];
    }
    return scales;
}

static ScValue *weight_int8(Assign *a, const ScWeighted *w, const double *scales,
                            bool per_channel) {
    size_t n = sc_type_numel(&w->weight->type);
    const float *data = w->weight->data;
    int8_t *bytes = SC_NEW_ARRAY(a->graph->arena, int8_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        double scale = scales[per_channel ? (size_t)sc_weighted_channel(w, i) : 0];
        bytes[i] = to_int8((double)data[i], scale, 0, -127.0);
    }
    ScQuant *quant = SC_NEW(a->graph->arena, ScQuant);
    uint32_t n_scales = per_channel ? (uint32_t)w->n_channels : 1;
    *quant = (ScQuant){per_channel ? (int)w->axis : -1,
                       n_scales,
                       scales,
                       SC_NEW_ARRAY(a->graph->arena, int64_t, n_scales + 1u),
                       -127,
                       127};
    ScType type = w->weight->type;
    type.dtype = SC_I8;
    type.quant = quant;
    ScValue *value = sc_graph_add_const(a->graph, w->weight->name, &type, bytes);
    value->fqn = w->weight->fqn;
    return value;
}

static ScValue *bias_int32(Assign *a, const ScWeighted *w, const double *scales,
                           bool per_channel, double input_scale) {
    size_t n = (size_t)w->n_channels;
    const float *data = w->bias ? w->bias->data : 0;
    int32_t *words = SC_NEW_ARRAY(a->graph->arena, int32_t, n + 1);
    double *bias_scales = SC_NEW_ARRAY(a->graph->arena, double, n + 1);
    for (size_t c = 0; c < n; c++) {
        bias_scales[c] = input_scale * scales[per_channel ? c : 0];
        double q = data ? nearbyint((double)data[c] / bias_scales[c]) : 0.0;
        q = q < -2147483647.0 ? -2147483647.0 : q > 2147483647.0 ? 2147483647.0 : q;
        words[c] = (int32_t)q;
    }
    ScQuant *quant = SC_NEW(a->graph->arena, ScQuant);
    *quant = (ScQuant){0,
                       (uint32_t)n,
                       bias_scales,
                       SC_NEW_ARRAY(a->graph->arena, int64_t, n + 1),
                       -INT64_C(2147483647),
                       INT64_C(2147483647)};
    ScType type = sc_type_make(SC_I32, 1, &w->n_channels);
    type.quant = quant;
    return sc_graph_add_const(a->graph, w->bias ? w->bias->name : "bias", &type, words);
}

static void type_weights(Assign *a, const ScChoice *choice) {
    ScNode *anchor = choice->match.nodes[0];
    ScWeighted w;
    for (uint32_t i = 0; i < choice->match.n_nodes; i++) {
        anchor = choice->match.nodes[i];
        if (sc_node_weighted(anchor, &w)) {
            break;
        }
    }
    if (!choice->backend || !choice->pattern->quant.weights ||
        !sc_node_weighted(anchor, &w)) {
        return;
    }
    const ScValue *x = 0; /* the activation: the first operand that is no parameter */
    for (uint32_t i = 0; i < anchor->n_args && !x; i++) {
        const ScValue *value = sc_node_value(anchor, i);
        x = value && value != w.weight && value != w.bias ? value : 0;
    }
    bool per_channel = choice->pattern->quant.per_channel;
    const double *scales = weight_scales(a, &w, per_channel);
    ScValue *weight = weight_int8(a, &w, scales, per_channel);
    ScValue *bias = bias_int32(a, &w, scales, per_channel, x->type.quant->scales[0]);
    anchor->args[w.weight_index].as.value = weight;
    anchor->args[w.bias_index] = sc_arg_of_value(bias);
}

ScStatus sc_assign_types(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                         const ScRange *ranges, const ScQuantOptions *options) {
    size_t n = graph->n_values;
    Assign a = {.sc = sc,
                .graph = graph,
                .choices = choices,
                .n_choices = n_choices,
                .ranges = ranges,
                .n_ranges = n,
                .options = options};
    a.parent = SC_NEW_ARRAY(sc->arena, uint32_t, n + 1);
    a.class_range = sc_arena_copy(sc->arena, ranges, n * sizeof *ranges);
    for (size_t i = 0; i < n; i++) {
        if (graph->values[i]) {
            a.class_range[i] = sc_range_widen(graph->values[i], ranges[i], options->margin);
        }
    }
    a.fixed = SC_NEW_ARRAY(sc->arena, const ScQuant *, n + 1);
    a.made_int8 = SC_NEW_ARRAY(sc->arena, bool, n + 1);
    a.int8_choice = SC_NEW_ARRAY(sc->arena, bool, n_choices + 1);
    a.quantized = SC_NEW_ARRAY(sc->arena, ScValue *, n + 1);
    for (size_t i = 0; i < n; i++) {
        a.parent[i] = (uint32_t)i;
    }
    find_int8(&a);
    SC_TRY(quantize_operands(&a));
    type_results(&a);
    for (size_t i = 0; i < n_choices; i++) {
        if (a.int8_choice[i]) {
            type_weights(&a, &choices[i]);
        }
    }
    SC_TRY(dequantize_outputs(&a));
    sc_graph_sweep(graph);
    return SC_OK;
}
