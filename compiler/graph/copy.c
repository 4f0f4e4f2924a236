/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of nodes and whole graphs. The contract is in graph.h. */
#include "compiler/graph/graph.h"
#include "compiler/ops/ops.h"

typedef struct Copy {
    ScGraph *to;
    ScValue **twins;
} Copy;

static void to_twin(void *user, ScValue **slot) {
    Copy *copy = user;
    ScValue *value = *slot;
    ScValue **twin = &copy->twins[value->id];
    if (!*twin) { /* only constants may come without having been copied */
        *twin = sc_graph_add_const(copy->to, value->name, &value->type, value->data);
        (*twin)->fqn = value->fqn;
    }
    *slot = *twin;
}

/* The lists that the copy may change, and the bodies, which it owns. */
static ScStatus copy_args(Sc *sc, ScArena *arena, const ScNode *node, ScArg **out_args) {
    ScArg *args = sc_arena_copy(arena, node->args, (node->n_args + 1u) * sizeof(ScArg));
    for (uint32_t i = 0; i < node->n_args; i++) {
        ScValue **twins;
        if (args[i].kind == SC_ARG_VALUES) {
            args[i] = sc_arg_of_values(arena, args[i].as.values, args[i].n);
        } else if (args[i].kind == SC_ARG_GRAPH) {
            SC_TRY(sc_graph_clone(sc, args[i].as.graph, &args[i].as.graph, &twins));
        }
    }
    *out_args = args;
    return SC_OK;
}

ScStatus sc_graph_copy_node(Sc *sc, const ScNode *node, ScGraph *to, ScValue **twins,
                            ScNode **out_node) {
    ScNode view = *node;
    ScNode *twin;
    Copy copy = {to, twins};
    SC_TRY(copy_args(sc, to->arena, node, &view.args));
    sc_node_each_value(&view, to_twin, &copy);
    SC_TRY(
        sc_graph_add_node(sc, to, 0, node->op->def->name, view.args, node->n_args, &twin));
    twin->module_path = node->module_path;
    twin->source = node->source;
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i]) {
            twins[node->results[i]->id] = twin->results[i];
            twin->results[i]->type = node->results[i]->type;
        } else {
            to->values[twin->results[i]->id] = 0;
            twin->results[i] = 0;
        }
    }
    if (out_node) {
        *out_node = twin;
    }
    return SC_OK;
}

ScStatus sc_graph_clone(Sc *sc, const ScGraph *graph, ScGraph **out_graph,
                        ScValue ***out_twins) {
    ScGraph *to = sc_graph_new(graph->arena, graph->ops, graph->name);
    ScValue **twins = SC_NEW_ARRAY(sc->arena, ScValue *, graph->n_values + 1);
    for (size_t i = 0; i < graph->n_inputs; i++) {
        ScValue *input = graph->inputs[i];
        twins[input->id] = sc_graph_add_input(to, input->name, &input->type);
    }
    for (size_t i = 0; i < graph->n_values; i++) {
        ScValue *value = graph->values[i];
        if (value && value->kind == SC_VALUE_STATE) {
            twins[i] = sc_graph_add_state(to, value->name, &value->type, value->data);
            twins[i]->fqn = value->fqn;
        }
    }
    for (const ScNode *node = graph->first; node; node = node->next) {
        SC_TRY(sc_graph_copy_node(sc, node, to, twins, 0));
    }
    for (size_t i = 0; i < graph->n_outputs; i++) {
        ScOutput output = graph->outputs[i];
        Copy copy = {to, twins};
        if (output.value.kind == SC_ARG_VALUE) {
            to_twin(&copy, &output.value.as.value);
        }
        sc_graph_add_output(to, output.name, output.value,
                            output.state ? twins[output.state->id] : 0);
    }
    *out_graph = to;
    *out_twins = twins;
    return SC_OK;
}
