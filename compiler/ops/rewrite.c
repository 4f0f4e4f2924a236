/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing nodes. The contract is in rewrite.h. */
#include "compiler/ops/rewrite.h"

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
