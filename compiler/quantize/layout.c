/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts: a value lies as its maker writes it; where a user wants it otherwise
 * a copy is added, once for each value and layout. Values whose two layouts are
 * the same bytes (one channel, or one pixel) are relabelled for nothing.
 */
#include "compiler/ops/rewrite.h"
#include "compiler/quantize/quantize.h"

typedef enum Wish { ANY, CONTIGUOUS, CHANNELS_LAST } Wish;

typedef struct Relayout {
    Sc *sc;
    ScGraph *graph;
    ScNode *node;
    Wish wish;
    ScValue **twins[2]; /* by layout, by value id */
    size_t n_twins;
    ScStatus status;
} Relayout;

/* What the kernel that was chosen for a node reads and writes. */
static Wish wish_of(const ScChoice *choice) {
    if (!choice->backend) {
        return CONTIGUOUS; /* a view counts elements in logical order */
    }
    const ScQuantRules *rules = &choice->pattern->quant;
    if (rules->channels_last) {
        return CHANNELS_LAST;
    }
    return rules->rule == SC_QUANT_CONVERT ? ANY : CONTIGUOUS;
}

static void fit_operand(void *user, ScValue **slot) {
    Relayout *r = user;
    ScValue *value = *slot;
    if (r->status != SC_OK || r->wish == ANY || value->type.rank != 4 ||
        value->kind == SC_VALUE_CONST) {
        return;
    }
    ScLayout layout =
        r->wish == CHANNELS_LAST ? SC_LAYOUT_CHANNELS_LAST : SC_LAYOUT_CONTIGUOUS;
    if (value->type.layout == layout) {
        return;
    }
    ScValue **twin = value->id < r->n_twins ? &r->twins[layout][value->id] : 0;
    ScValue *copy = twin ? *twin : 0;
    if (!copy) {
        r->status = sc_add_relayout(r->sc, r->graph, r->node, value, layout, &copy);
    }
    if (r->status == SC_OK) {
        *slot = copy;
        if (twin) {
            *twin = copy;
        }
    }
}

static void set_results(Relayout *r, const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0);
    ScLayout layout = r->wish == CHANNELS_LAST ? SC_LAYOUT_CHANNELS_LAST
                      : r->wish == ANY && x    ? x->type.layout
                                               : SC_LAYOUT_CONTIGUOUS;
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i]) {
            bool image = node->results[i]->type.rank == 4;
            node->results[i]->type.layout = image ? layout : SC_LAYOUT_CONTIGUOUS;
        }
    }
}

static bool any_channels_last(const ScChoice *choices, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (choices[i].backend && choices[i].pattern->quant.channels_last) {
            return true;
        }
    }
    return false;
}

ScStatus sc_assign_layouts(Sc *sc, ScGraph *graph, const ScChoice *choices,
                           size_t n_choices, const ScQuantOptions *options) {
    if (!any_channels_last(choices, n_choices)) {
        return SC_OK;
    }
    Relayout r = {.sc = sc, .graph = graph, .n_twins = graph->n_values, .status = SC_OK};
    r.twins[0] = SC_NEW_ARRAY(sc->arena, ScValue *, graph->n_values + 1);
    r.twins[1] = SC_NEW_ARRAY(sc->arena, ScValue *, graph->n_values + 1);
    for (size_t i = 0; options->nhwc_inputs && i < graph->n_inputs; i++) {
        if (graph->inputs[i]->type.rank == 4) {
            graph->inputs[i]->type.layout = SC_LAYOUT_CHANNELS_LAST;
        }
    }
    for (size_t i = 0; i < n_choices; i++) {
        r.wish = wish_of(&choices[i]);
        for (uint32_t k = 0; k < choices[i].match.n_nodes; k++) {
            r.node = choices[i].match.nodes[k];
            sc_node_each_value(r.node, fit_operand, &r);
            SC_TRY(r.status);
            set_results(&r, r.node);
        }
    }
    return SC_OK;
}
