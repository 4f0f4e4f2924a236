/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a typed graph beside the same in float. The contract is in quantize.h. */
#include <string.h>

#include "compiler/quantize/quantize.h"

ScStatus sc_watch_begin(Sc *sc, const ScGraph *graph, ScWatch *watch) {
    memset(watch, 0, sizeof *watch);
    SC_TRY(sc_graph_clone(sc, graph, &watch->reference, &watch->twins));
    watch->n_twins = graph->n_values;
    /* A run starts from the stored state and what it leaves isn't looked at. */
    ScGraph *reference = watch->reference;
    for (size_t i = 0; i < reference->n_outputs; i++) {
        if (!reference->outputs[i].state) {
            reference->outputs[watch->n_model_outputs++] = reference->outputs[i];
        }
    }
    reference->n_outputs = watch->n_model_outputs;
    return SC_OK;
}

static ScValue *twin_of(const ScWatch *watch, const ScValue *value) {
    return value && value->id < watch->n_twins ? watch->twins[value->id] : 0;
}

/* What a conversion into int8 rounds: the float value before it; NULL for one out
 * of int8. Other nodes make what they made in float. */
static ScValue *wanted_of(const ScWatch *watch, const ScNode *node, const ScValue *result) {
    if (strcmp(node->op->schema.ns, "quantized_decomposed") != 0) {
        return twin_of(watch, result);
    }
    return result->type.quant ? twin_of(watch, sc_node_value(node, 0)) : 0;
}

static void watch_value(ScGraph *graph, ScWatch *watch, const ScNode *node, ScValue *value,
                        ScValue *wanted) {
    bool number = value->type.dtype == SC_F32 || value->type.quant;
    if (!wanted || !number || wanted->type.dtype != SC_F32) {
        return;
    }
    watch->items[watch->n_items++] = (ScWatched){value, wanted, node};
    sc_graph_add_output(graph, 0, sc_arg_of_value(value), 0);
    sc_graph_add_output(watch->reference, 0, sc_arg_of_value(wanted), 0);
}

ScStatus sc_watch_end(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                      ScWatch *watch) {
    watch->items = SC_NEW_ARRAY(sc->arena, ScWatched, graph->n_values + 1);
    graph->n_outputs = 0;
    for (size_t i = 0; i < graph->n_inputs; i++) {
        if (graph->inputs[i]->type.quant) {
            watch_value(graph, watch, 0, graph->inputs[i],
                        twin_of(watch, graph->inputs[i]));
        }
    }
    for (size_t i = 0; i < n_choices; i++) {
        const ScNode *last = choices[i].match.nodes[choices[i].match.n_nodes - 1];
        for (uint32_t k = 0; choices[i].backend && k < last->n_results; k++) {
            ScValue *result = last->results[k];
            if (result) {
                watch_value(graph, watch, last, result, wanted_of(watch, last, result));
            }
        }
    }
    return SC_OK;
}
