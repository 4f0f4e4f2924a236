/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions at the borders of engines that compute on plain numbers. */
#include <string.h>

#include "compiler/quantize/quantize.h"

typedef struct Convert {
    Sc *sc;
    ScGraph *graph;
    ScNode *node;    /* whose operands are looked at */
    ScValue **plain; /* per value id: its dequantized twin, made once */
    size_t n_plain;
    ScStatus status;
    bool changed;
} Convert;

/* The ops that convert are told by what they do to the type of operand 0. */
static bool is_conversion(const ScNode *node) {
    return strcmp(node->op->schema.ns, "quantized_decomposed") == 0;
}

static ScArg dtype_arg(const ScType *type) {
    return sc_arg_of_dtype(type->dtype);
}

/* Scale and zero point as tensors, for the per channel forms. */
static ScValue *list_const(ScGraph *graph, const ScQuant *quant, bool scales) {
    int64_t dims[] = {quant->n};
    ScType type = sc_type_make(scales ? SC_F32 : SC_I64, 1, dims);
    if (!scales) {
        return sc_graph_add_const(graph, "zero_points", &type, quant->zero_points);
    }
    float *data = SC_NEW_ARRAY(graph->arena, float, quant->n + 1u);
    for (uint32_t i = 0; i < quant->n; i++) {
        data[i] = (float)quant->scales[i];
    }
    return sc_graph_add_const(graph, "scales", &type, data);
}

ScStatus sc_add_conversion(Sc *sc, ScGraph *graph, ScNode *before, bool quantize,
                           ScValue *x, const ScType *type, ScValue **out_value) {
    const ScQuant *q = type->quant;
    ScArg tail[] = {sc_arg_of_int(q->qmin), sc_arg_of_int(q->qmax), dtype_arg(type)};
    ScArg args[7] = {sc_arg_of_value(x)};
    size_t n = 1;
    if (q->axis < 0) {
        args[n++] = sc_arg_of_float(q->scales[0]);
        args[n++] = sc_arg_of_int(q->zero_points[0]);
    } else {
        args[n++] = sc_arg_of_value(list_const(graph, q, true));
        args[n++] = sc_arg_of_value(list_const(graph, q, false));
        args[n++] = sc_arg_of_int(q->axis);
    }
    for (size_t i = 0; i < 3; i++) {
        args[n++] = tail[i];
    }
    const char *op = sc_arena_fmt(sc->arena, "quantized_decomposed.%s_per_%s.default",
                                  quantize ? "quantize" : "dequantize",
                                  q->axis < 0 ? "tensor" : "channel");
    ScNode *node;
    SC_TRY(sc_graph_add_node(sc, graph, before, op, args, n, &node));
    *out_value = node->results[0];
    if (quantize) {
        (*out_value)->type.quant = q;
    }
    (*out_value)->type.layout = x->type.layout;
    return SC_OK;
}

static void convert_operand(void *user, ScValue **slot) {
    Convert *c = user;
    ScValue *value = *slot;
    if (!value->type.quant || c->status != SC_OK) {
        return;
    }
    ScValue **twin = value->id < c->n_plain ? &c->plain[value->id] : 0;
    if (!twin || !*twin) {
        ScValue *plain;
        c->status =
            sc_add_conversion(c->sc, c->graph, c->node, false, value, &value->type, &plain);
        if (c->status != SC_OK) {
            return;
        }
        if (twin) {
            *twin = plain;
        }
        *slot = plain;
        c->changed = true;
        return;
    }
    *slot = *twin;
}

/* The node computes plain numbers now; what used its result gets the
 * quantized value from a conversion behind it. */
static ScStatus convert_result(Convert *c, ScNode *node, uint32_t index) {
    ScValue *old = node->results[index];
    ScType plain = old->type;
    plain.quant = 0;
    plain.dtype = SC_F32;
    ScValue *value = sc_graph_add_value(c->graph, SC_VALUE_RESULT, old->name, &plain);
    value->producer = node;
    value->result_index = index;
    node->results[index] = value;
    ScValue *quantized;
    SC_TRY(sc_add_conversion(c->sc, c->graph, node->next, true, value, &old->type,
                             &quantized));
    ScNode *conversion = quantized->producer;
    /* `old` lives on as the conversion's result: its uses stay as they are. */
    c->graph->values[quantized->id] = 0;
    conversion->results[0] = old;
    old->producer = conversion;
    old->result_index = 0;
    c->changed = true;
    return SC_OK;
}

static ScStatus convert_node(Convert *c, ScNode *node) {
    c->node = node;
    sc_node_each_value(node, convert_operand, c);
    SC_TRY(c->status);
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i] && node->results[i]->type.quant) {
            SC_TRY(convert_result(c, node, i));
        }
    }
    return SC_OK;
}

static bool quant_same(const ScQuant *a, const ScQuant *b) {
    return a == b ||
           (a && b && a->axis < 0 && b->axis < 0 && a->scales[0] == b->scales[0] &&
            a->zero_points[0] == b->zero_points[0]);
}

typedef struct Agree {
    const ScQuant *quant; /* of the result */
    bool yes;
} Agree;

/* Operands of another kind (indices) have no part in it. */
static void operand_agrees(void *user, ScValue **slot) {
    Agree *agree = user;
    const ScType *t = &(*slot)->type;
    bool number = t->quant || t->dtype == SC_F32;
    agree->yes = agree->yes && (!number || quant_same(t->quant, agree->quant));
}

/* Moving bytes keeps their meaning: no conversion when both sides agree. */
static bool moves_bytes(const ScChoice *choice) {
    ScNode *node = choice->match.nodes[0];
    if (choice->backend && choice->pattern->quant.rule != SC_QUANT_MOVE) {
        return false;
    }
    Agree agree = {0, true};
    for (uint32_t i = 0; i < node->n_results; i++) {
        const ScQuant *quant = node->results[i] ? node->results[i]->type.quant : 0;
        agree.quant = quant ? quant : agree.quant;
    }
    for (uint32_t i = 0; i < node->n_results; i++) {
        agree.yes = agree.yes && (!node->results[i] ||
                                  quant_same(node->results[i]->type.quant, agree.quant));
    }
    sc_node_each_value(node, operand_agrees, &agree);
    return agree.yes && (!agree.quant || agree.quant->axis < 0);
}

ScStatus sc_convert(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                    bool *out_changed) {
    Convert c = {.sc = sc, .graph = graph, .n_plain = graph->n_values, .status = SC_OK};
    c.plain = SC_NEW_ARRAY(sc->arena, ScValue *, graph->n_values + 1);
    for (size_t i = 0; i < n_choices; i++) {
        const ScChoice *choice = &choices[i];
        ScQuantRule rule = choice->backend ? choice->pattern->quant.rule : SC_QUANT_MOVE;
        bool as_is = rule != SC_QUANT_NONE && rule != SC_QUANT_MOVE;
        for (uint32_t k = 0; !as_is && !moves_bytes(choice) && k < choice->match.n_nodes;
             k++) {
            if (!is_conversion(choice->match.nodes[k])) {
                SC_TRY(convert_node(&c, choice->match.nodes[k]));
            }
        }
    }
    *out_changed = c.changed;
    return SC_OK;
}
