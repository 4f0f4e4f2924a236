/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the invariants of graph.h. A failure is a bug in the pass before. */
#include <string.h>

#include "compiler/graph/graph.h"
#include "compiler/ops/ops.h"

typedef struct Verify {
    Sc *sc;
    const ScGraph *graph;
    const ScNode *node; /* being looked at */
    bool *defined;
    const char *fault;
} Verify;

static ScStatus broken(Verify *v, const char *what) {
    const char *where = v->node ? sc_node_where(v->sc->arena, v->node) : v->graph->name;
    return sc_fail(v->sc, SC_E_INTERNAL, where, what, "the graph's invariants are broken",
                   "please report this model");
}

static bool value_is_listed(const ScGraph *graph, const ScValue *value) {
    return value->id < graph->n_values && graph->values[value->id] == value;
}

static void check_slot(void *user, ScValue **slot) {
    Verify *v = user;
    if (!value_is_listed(v->graph, *slot)) {
        v->fault = "an argument is a value that was removed";
    } else if (!v->defined[(*slot)->id]) {
        v->fault = "an argument is used before it is made";
    }
}

static bool result_fits(const ScType *have, const ScType *inferred) {
    if (!sc_dims_equal(have, inferred)) {
        return false;
    }
    /* A quantized result stands for the real numbers that the op computes; the
     * quantize ops infer the stored integers themselves. */
    return have->dtype == inferred->dtype ||
           (have->quant && (inferred->quant || sc_dtype_is_float(inferred->dtype)));
}

static ScStatus check_results(Verify *v) {
    const ScNode *node = v->node;
    ScType types[SC_MAX_RESULTS];
    memset(types, 0, sizeof types);
    uint32_t n = node->op->schema.n_results;
    if (node->op->def->shape) {
        SC_TRY(node->op->def->shape(v->sc, node, types, &n));
    }
    if (n != node->n_results) {
        return broken(v, "the number of results isn't what the operator infers");
    }
    for (uint32_t i = 0; i < n; i++) {
        ScValue *result = node->results[i];
        if (!result) {
            continue;
        }
        if (result->producer != node || result->result_index != i ||
            !value_is_listed(v->graph, result) || v->defined[result->id]) {
            return broken(v, "a result has two makers");
        }
        if (!result_fits(&result->type, &types[i])) {
            ScBuf text = sc_buf(v->sc->arena);
            sc_buf_str(&text, "result is ");
            sc_type_print(&result->type, &text);
            sc_buf_str(&text, ", the operator infers ");
            sc_type_print(&types[i], &text);
            return broken(v, text.data);
        }
        v->defined[result->id] = true;
    }
    return SC_OK;
}

/* A body is a graph of its own that keeps no state. */
static ScStatus check_bodies(Verify *v) {
    uint32_t at = 0;
    for (const ScGraph *body; (body = sc_node_next_body(v->node, &at));) {
        for (size_t i = 0; i < body->n_values; i++) {
            if (body->values[i] && body->values[i]->kind == SC_VALUE_STATE) {
                return broken(v, "a body has state");
            }
        }
        SC_TRY(sc_graph_verify(v->sc, body));
    }
    return SC_OK;
}

static ScStatus check_node(Verify *v) {
    const ScNode *node = v->node;
    if (node->op->def->flags & SC_OP_INPLACE) {
        return broken(v, "an in-place operator");
    }
    if (node->n_args != node->op->schema.n_params) {
        return broken(v, "the number of arguments isn't the schema's");
    }
    ScNode copy = *node;
    sc_node_each_value(&copy, check_slot, v);
    SC_TRY(check_bodies(v));
    return v->fault ? broken(v, v->fault) : check_results(v);
}

static ScStatus check_names(Verify *v) {
    /* Graphs have at most some thousands of values: quadratic only in name
     * length and first letters. */
    for (size_t i = 0; i < v->graph->n_values; i++) {
        const ScValue *a = v->graph->values[i];
        for (size_t k = 0; a && k < i; k++) {
            const ScValue *b = v->graph->values[k];
            if (b && strcmp(a->name, b->name) == 0) {
                return broken(
                    v, sc_arena_fmt(v->sc->arena, "two values are called '%s'", a->name));
            }
        }
    }
    return SC_OK;
}

static ScStatus check_outputs(Verify *v) {
    for (size_t i = 0; i < v->graph->n_outputs; i++) {
        const ScOutput *output = &v->graph->outputs[i];
        if (output->value.kind == SC_ARG_VALUE) {
            ScValue *value = output->value.as.value;
            check_slot(v, &value);
        }
        if (!v->fault && output->state &&
            (output->state->kind != SC_VALUE_STATE || output->value.kind != SC_ARG_VALUE ||
             !sc_type_equal(&output->state->type, &output->value.as.value->type))) {
            v->fault = "a state write doesn't fit its state";
        }
        if (v->fault) {
            return broken(v, v->fault);
        }
    }
    return SC_OK;
}

ScStatus sc_graph_verify(Sc *sc, const ScGraph *graph) {
    Verify v = {.sc = sc, .graph = graph};
    v.defined = SC_NEW_ARRAY(sc->arena, bool, graph->n_values + 1);
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        v.defined[i] = value && value->kind != SC_VALUE_RESULT;
    }
    SC_TRY(check_names(&v));
    for (const ScNode *node = graph->first; node; node = node->next) {
        v.node = node;
        SC_TRY(check_node(&v));
    }
    v.node = 0;
    return check_outputs(&v);
}
