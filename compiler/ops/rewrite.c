/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing nodes. The contract is in rewrite.h. */
#include "compiler/ops/rewrite.h"

#include "compiler/ops/view.h"

static void keep_names(ScNode *node, ScValue **replacements) {
    for (uint32_t i = 0; i < node->n_results; i++) {
        ScValue *old = node->results[i];
        if (old && replacements[i]->kind == SC_VALUE_RESULT) {
            const char *name = replacements[i]->name;
            replacements[i]->name = old->name;
            old->name = name;
        }
    }
}

ScStatus sc_node_expand(Sc *sc, ScGraph *graph, ScNode *node) {
    ScValue *results[SC_MAX_RESULTS] = {0};
    SC_TRY(node->op->def->decompose(sc, graph, node, results));
    keep_names(node, results);
    for (uint32_t i = 0; i < node->n_results; i++) {
        ScValue *old = node->results[i];
        if (!old) {
            continue;
        }
        if (!results[i] || !sc_dims_equal(&results[i]->type, &old->type)) {
            return sc_fail(sc, SC_E_INTERNAL, sc_node_where(sc->arena, node),
                           "its decomposition has another type", 0,
                           "please report this model");
        }
        if (old->type.quant) {
            results[i]->type = old->type;
        }
        sc_graph_replace_uses(graph, old, results[i]);
    }
    sc_graph_remove_node(graph, node);
    return SC_OK;
}

ScStatus sc_add_relayout(Sc *sc, ScGraph *graph, ScNode *before, ScValue *value,
                         ScLayout layout, ScValue **out_value) {
    ScArg args[7] = {sc_arg_of_value(value)};
    ScNode *node;
    if (sc_layouts_are_equal(&value->type)) {
        args[1] = sc_arg_of_ints(graph->arena, value->type.dims, value->type.rank);
        SC_TRY(sc_graph_add_node(sc, graph, before, "aten.view.default", args, 2, &node));
    } else { /* self, dtype, layout, device, pin_memory, non_blocking, memory_format */
        int64_t format = layout == SC_LAYOUT_CHANNELS_LAST ? 2 : 1;
        args[5] = sc_arg_of_bool(false);
        args[6] = (ScArg){.kind = SC_ARG_MEMORY_FORMAT, .as.i = format};
        SC_TRY(
            sc_graph_add_node(sc, graph, before, "aten._to_copy.default", args, 7, &node));
    }
    *out_value = node->results[0];
    (*out_value)->type = value->type;
    (*out_value)->type.layout = layout;
    return SC_OK;
}
