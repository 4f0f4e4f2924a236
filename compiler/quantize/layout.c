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
    Wish *wishes; /* by node id: what the choices want */
    uint32_t n_nodes;
    bool moves; /* any layout in, any layout out, whatever the operands have */
    ScStatus status;
} Relayout;

/* What the kernel that was chosen for a node reads and writes. */
static Wish wish_of(const ScChoice *choice, const ScQuantOptions *options) {
    if (!choice->backend) {
        return CONTIGUOUS; /* a view counts elements in logical order */
    }
    const ScQuantRules *rules = &choice->pattern->quant;
    if (rules->channels_last) {
        return CHANNELS_LAST;
    }
    if (rules->rule == SC_QUANT_MOVE) {
        return options->stock_moves ? CONTIGUOUS : ANY;
    }
    return rules->rule == SC_QUANT_CONVERT ? ANY : CONTIGUOUS;
}

static bool is_move(const ScChoice *choice) {
    return choice->backend && choice->pattern->quant.rule == SC_QUANT_MOVE;
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

static void slot_first(void *user, ScValue **slot) {
    const ScValue **first = user;
    *first = *first ? *first : *slot;
}

static const ScValue *first_operand(ScNode *node) {
    const ScValue *first = 0;
    sc_node_each_value(node, slot_first, &first);
    return first;
}

typedef struct Users {
    const Relayout *r;
    const ScValue *value;
    const ScNode *node;
    bool channels_last, contiguous;
} Users;

static void user_wishes(void *user, ScValue **slot) {
    Users *u = user;
    Wish wish = u->r->wishes[u->node->id];
    u->channels_last = u->channels_last || (*slot == u->value && wish == CHANNELS_LAST);
    u->contiguous = u->contiguous || (*slot == u->value && wish == CONTIGUOUS);
}

/* What the users of a moved value want of it, else how its operand lies. */
static ScLayout moved_layout(const Relayout *r, const ScValue *value, ScLayout operand) {
    Users u = {.r = r, .value = value};
    for (ScNode *node = value->producer->next; node; node = node->next) {
        u.node = node;
        if (node->id < r->n_nodes) {
            sc_node_each_value(node, user_wishes, &u);
        }
    }
    return u.channels_last ? SC_LAYOUT_CHANNELS_LAST
           : u.contiguous  ? SC_LAYOUT_CONTIGUOUS
                           : operand;
}

static void set_results(Relayout *r, ScNode *node) {
    const ScValue *x = r->moves ? first_operand(node) : sc_node_value(node, 0);
    ScLayout layout = r->wish == CHANNELS_LAST ? SC_LAYOUT_CHANNELS_LAST
                      : r->wish == ANY && x    ? x->type.layout
                                               : SC_LAYOUT_CONTIGUOUS;
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i]) {
            bool image = node->results[i]->type.rank == 4;
            node->results[i]->type.layout = !image ? SC_LAYOUT_CONTIGUOUS
                                            : r->moves
                                                ? moved_layout(r, node->results[i], layout)
                                                : layout;
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
    r.n_nodes = graph->next_node_id;
    r.wishes = SC_NEW_ARRAY(sc->arena, Wish, r.n_nodes + 1u);
    for (size_t i = 0; i < n_choices; i++) {
        for (uint32_t k = 0; k < choices[i].match.n_nodes; k++) {
            r.wishes[choices[i].match.nodes[k]->id] = wish_of(&choices[i], options);
        }
    }
    for (size_t i = 0; i < n_choices; i++) {
        r.wish = wish_of(&choices[i], options);
        r.moves = r.wish == ANY && is_move(&choices[i]);
        for (uint32_t k = 0; k < choices[i].match.n_nodes; k++) {
            r.node = choices[i].match.nodes[k];
            sc_node_each_value(r.node, fit_operand, &r);
            SC_TRY(r.status);
            set_results(&r, r.node);
        }
    }
    return SC_OK;
}
