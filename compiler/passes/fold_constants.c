/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant folding: the nodes that depend on constants only are moved into a
 * graph of their own, which is computed once; its results become constants.
 */
#include <string.h>

#include "compiler/passes/passes.h"

enum {
    /* A folded value may cost flash instead of time. Up to this many bytes
     * always; above it only when it isn't larger than what it is made of by
     * more than GROWTH (int8 weights that become float32 grow by 4). */
    FREE_BYTES = 65536,
    GROWTH = 4
};

typedef struct Fold {
    Sc *sc;
    ScGraph *graph;
    ScGraph *part;     /* the constant part */
    ScValue **in_part; /* per value id of graph: its twin in part */
    size_t n_values;
    bool constant; /* of the node being looked at */
    size_t operand_bytes;
} Fold;

static void look_at_operand(void *user, ScValue **slot) {
    Fold *f = user;
    const ScValue *value = *slot;
    bool known =
        value->kind == SC_VALUE_CONST || (value->id < f->n_values && f->in_part[value->id]);
    f->constant = f->constant && known;
    f->operand_bytes += sc_type_bytes(&value->type);
}

static bool is_worth_it(const Fold *f, const ScNode *node) {
    size_t n_bytes = 0;
    for (uint32_t i = 0; i < node->n_results; i++) {
        n_bytes += node->results[i] ? sc_type_bytes(&node->results[i]->type) : 0;
    }
    return n_bytes <= FREE_BYTES || n_bytes <= GROWTH * f->operand_bytes;
}

static bool is_constant(Fold *f, ScNode *node) {
    f->constant = true;
    f->operand_bytes = 0;
    sc_node_each_value(node, look_at_operand, f);
    return f->constant && node->n_results > 0 && is_worth_it(f, node);
}

/* True when something outside the constant part reads the value. */
static bool is_read(Fold *f, const ScValue *value) {
    for (ScNode *node = f->graph->first; node; node = node->next) {
        bool inside = node->n_results > 0;
        for (uint32_t i = 0; i < node->n_results; i++) {
            inside = inside && (!node->results[i] || f->in_part[node->results[i]->id]);
        }
        for (uint32_t a = 0; !inside && a < node->n_args; a++) {
            const ScArg *arg = &node->args[a];
            if (arg->kind == SC_ARG_VALUE && arg->as.value == value) {
                return true;
            }
            for (uint32_t i = 0; arg->kind == SC_ARG_VALUES && i < arg->n; i++) {
                if (arg->as.values[i] == value) {
                    return true;
                }
            }
        }
    }
    for (size_t i = 0; i < f->graph->n_outputs; i++) {
        const ScArg *arg = &f->graph->outputs[i].value;
        if (arg->kind == SC_ARG_VALUE && arg->as.value == value) {
            return true;
        }
    }
    return false;
}

static ScStatus replace_results(Fold *f, const ScEvaluator *evaluator) {
    ScValue **olds = SC_NEW_ARRAY(f->sc->arena, ScValue *, f->n_values + 1);
    size_t n = 0;
    for (size_t i = 0; i < f->n_values; i++) {
        ScValue *value = f->graph->values[i];
        if (value && value->kind == SC_VALUE_RESULT && f->in_part[i] && is_read(f, value)) {
            sc_graph_add_output(f->part, 0, sc_arg_of_value(f->in_part[i]), 0);
            olds[n++] = value;
        }
    }
    if (n == 0) {
        return SC_OK;
    }
    const void **data = SC_NEW_ARRAY(f->sc->arena, const void *, n);
    void *handle;
    ScStatus status = evaluator->open(evaluator->user, f->sc, f->part, &handle);
    if (status != SC_OK) {
        return status == SC_E_UNSUPPORTED ? SC_OK : status;
    }
    SC_TRY(evaluator->step(evaluator->user, f->sc, handle, 0, data));
    for (size_t i = 0; i < n; i++) {
        ScValue *folded =
            sc_graph_add_const(f->graph, olds[i]->name, &olds[i]->type, data[i]);
        sc_graph_replace_uses(f->graph, olds[i], folded);
    }
    return SC_OK;
}

ScStatus sc_pass_fold_constants(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator) {
    Fold f = {.sc = sc, .graph = graph, .n_values = graph->n_values};
    f.part = sc_graph_new(graph->arena, graph->ops, "constants");
    f.in_part = SC_NEW_ARRAY(sc->arena, ScValue *, graph->n_values + 1);
    for (ScNode *node = graph->first; node; node = node->next) {
        if (is_constant(&f, node) && evaluator->can_run(evaluator->user, sc, graph, node)) {
            SC_TRY(sc_graph_copy_node(sc, node, f.part, f.in_part, 0));
        }
    }
    SC_TRY(replace_results(&f, evaluator));
    sc_bind_body_constants(graph);
    sc_graph_sweep(graph);
    return SC_OK;
}
