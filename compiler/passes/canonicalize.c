/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for each thing. The contract is in passes.h. */
#include "compiler/ops/rewrite.h"
#include "compiler/passes/passes.h"

static void drop_identity(ScGraph *graph, ScNode *node) {
    if (node->results[0]) {
        ScValue *x = sc_node_value(node, 0);
        ScValue *y = node->results[0];
        sc_graph_replace_uses(graph, y, x);
    }
    sc_graph_remove_node(graph, node);
}

static bool is_identity(const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0);
    if (!(node->op->def->flags & SC_OP_IDENTITY) || !x) {
        return false;
    }
    return !node->results[0] || sc_type_equal(&x->type, &node->results[0]->type);
}

static ScStatus canonicalize_bodies(Sc *sc, const ScNode *node) {
    uint32_t at = 0;
    for (ScGraph *body; (body = sc_node_next_body(node, &at));) {
        SC_TRY(sc_canonicalize(sc, body));
    }
    return SC_OK;
}

ScStatus sc_canonicalize(Sc *sc, ScGraph *graph) {
    sc_bind_body_constants(graph);
    ScNode *node = graph->first;
    while (node) {
        ScNode *prev = node->prev, *next = node->next;
        uint32_t flags = node->op->def->flags;
        SC_TRY(canonicalize_bodies(sc, node));
        if (flags & SC_OP_DROP) {
            sc_graph_remove_node(graph, node);
        } else if (is_identity(node)) {
            drop_identity(graph, node);
        } else if ((flags & SC_OP_SYNONYM) && node->op->def->decompose) {
            SC_TRY(sc_node_expand(sc, graph, node));
            next = prev ? prev->next : graph->first; /* look at the new ones */
        }
        node = next;
    }
    sc_graph_sweep(graph);
    return SC_OK;
}
