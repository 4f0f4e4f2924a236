/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the backends. The contract is in place.h. */
#include <string.h>

#include "compiler/ops/rewrite.h"
#include "compiler/ops/view.h"
#include "compiler/place/place.h"

static void slot_is_typed(void *user, ScValue **slot) {
    bool *typed = user;
    *typed = *typed || ((*slot)->type.quant && (*slot)->kind != SC_VALUE_CONST);
}

/* Some activation of the node is quantized. */
static bool is_typed(ScNode *node) {
    bool typed = false;
    sc_node_each_value(node, slot_is_typed, &typed);
    for (uint32_t i = 0; i < node->n_results; i++) {
        typed = typed || (node->results[i] && node->results[i]->type.quant);
    }
    return typed;
}

bool sc_pattern_is_offered(const ScPattern *pattern, const ScTargetEngines *engines,
                           ScNode *node) {
    if (pattern->ours && engines->stock_ops) {
        return false;
    }
    if (pattern->isa && (!engines->isa || strcmp(pattern->isa, engines->isa) != 0)) {
        return false;
    }
    ScQuantRule rule = pattern->quant.rule;
    bool int8 = rule == SC_QUANT_FREE || rule == SC_QUANT_SAME || rule == SC_QUANT_FIXED;
    return !int8 || engines->quantizes || is_typed(node);
}

/* NULL when some pattern of the backend takes the node, else why not. */
static const char *ask(const ScBackend *backend, const ScTargetEngines *engines,
                       const ScGraph *graph, ScNode *node) {
    const char *reason = "it has no such operator";
    for (size_t i = 0; i < backend->n_patterns; i++) {
        const ScPattern *pattern = &backend->patterns[i];
        if (strcmp(pattern->op, node->op->def->name) != 0 ||
            !sc_pattern_is_offered(pattern, engines, node)) {
            continue;
        }
        ScMatch match = {.n_nodes = 0};
        const char *refusal = pattern->match(pattern, graph, node, &match);
        if (!refusal) {
            return 0;
        }
        reason = refusal;
    }
    return reason;
}

const char *sc_survey_refusal(Sc *sc, const ScGraph *graph, ScNode *node,
                              const ScTargetEngines *engines) {
    const char *text = 0;
    for (size_t i = 0; i < engines->n_backends; i++) {
        const ScBackend *backend = engines->backends[i];
        const char *reason = ask(backend, engines, graph, node);
        if (!reason) {
            return 0;
        }
        text = sc_arena_fmt(sc->arena, "%s%s%s: %s", text ? text : "", text ? ", " : "",
                            backend->name, reason);
    }
    return text ? text : "the target has no engine";
}

static ScStatus refuse(Sc *sc, const ScNode *node, const char *reasons) {
    return sc_fail(sc, SC_E_UNSUPPORTED, sc_node_where(sc->arena, node),
                   "no engine of the target takes this operator", reasons,
                   "write it with operators that `sconce ops --matrix` lists, or take "
                   "another target");
}

/* Bodies stay float: nothing is measured in them. */
static ScStatus survey_bodies(Sc *sc, const ScNode *node, const ScTargetEngines *engines) {
    ScTargetEngines plain = *engines;
    uint32_t at = 0;
    plain.quantizes = false;
    for (ScGraph *body; (body = sc_node_next_body(node, &at));) {
        SC_TRY(sc_survey(sc, body, &plain));
    }
    return SC_OK;
}

ScStatus sc_survey(Sc *sc, ScGraph *graph, const ScTargetEngines *engines) {
    ScNode *node = graph->first;
    while (node) {
        ScNode *prev = node->prev, *next = node->next;
        if (node->op->def->flags & SC_OP_FLOW) {
            SC_TRY(survey_bodies(sc, node, engines));
            node = next;
            continue;
        }
        if (sc_node_is_view(node)) {
            node = next;
            continue;
        }
        const char *reasons = sc_survey_refusal(sc, graph, node, engines);
        if (!reasons) {
            node = next;
            continue;
        }
        if (!node->op->def->decompose) {
            return refuse(sc, node, reasons);
        }
        SC_TRY(sc_node_expand(sc, graph, node));
        /* The new nodes stand between prev and next: ask about them too. */
        node = prev ? prev->next : graph->first;
    }
    sc_graph_sweep(graph);
    return SC_OK;
}
