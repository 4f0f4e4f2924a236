/* SPDX-License-Identifier: Apache-2.0 */
/* Picks patterns. The contract is in place.h. */
#include "compiler/place/place.h"

#include <math.h>
#include <string.h>

#include "compiler/ops/view.h"

typedef struct Place {
    Sc *sc;
    ScGraph *graph;
    const ScTargetEngines *engines;
    ScChoice **by_node; /* per node id: the choice that covers it */
} Place;

static bool is_free(const Place *p, const ScMatch *match) {
    for (uint32_t i = 0; i < match->n_nodes; i++) {
        if (p->by_node[match->nodes[i]->id]) {
            return false;
        }
    }
    return true;
}

static double time_of(const ScPattern *pattern, const ScMatch *match) {
    ScCost cost = {.time_us = 0.0};
    if (pattern->cost) {
        pattern->cost(pattern, match, &cost);
    }
    return cost.time_us > 0.0 ? cost.time_us : HUGE_VAL; /* unknown: the last choice */
}

static bool is_better(const ScPattern *pattern, const ScMatch *match,
                      const ScChoice *best) {
    if (match->n_nodes != best->match.n_nodes) {
        return match->n_nodes > best->match.n_nodes;
    }
    return time_of(pattern, match) < time_of(best->pattern, &best->match);
}

/* The candidate at `node` that covers the most nodes; then the fastest by its
 * own estimate; then the first. */
static ScChoice *best_choice(Place *p, ScNode *node) {
    ScChoice *best = 0;
    for (size_t b = 0; b < p->engines->n_backends; b++) {
        const ScBackend *backend = p->engines->backends[b];
        for (size_t i = 0; i < backend->n_patterns; i++) {
            const ScPattern *pattern = &backend->patterns[i];
            ScMatch match = {.n_nodes = 0};
            if (strcmp(pattern->op, node->op->def->name) != 0 ||
                !sc_pattern_is_offered(pattern, p->engines, node) ||
                pattern->match(pattern, p->graph, node, &match) || !is_free(p, &match)) {
                continue;
            }
            if (!best || is_better(pattern, &match, best)) {
                best = best ? best : SC_NEW(p->sc->arena, ScChoice);
                *best = (ScChoice){backend, pattern, match};
            }
        }
    }
    return best;
}

/* Bodies are placed for themselves, values of any type but int8 in them. */
static ScStatus flow_choice(Place *p, ScNode *node, ScChoice **out_choice) {
    ScArena *arena = p->sc->arena;
    ScTargetEngines engines = *p->engines;
    ScBodyPlace *bodies = SC_NEW_ARRAY(arena, ScBodyPlace, node->n_args);
    uint32_t at = 0, n = 0;
    engines.quantizes = false;
    for (ScGraph *body; (body = sc_node_next_body(node, &at)); n++) {
        ScChoice *choices;
        SC_TRY(sc_place(p->sc, body, &engines, &choices, &bodies[n].n));
        bodies[n].choices = choices;
    }
    *out_choice = SC_NEW(arena, ScChoice);
    **out_choice = (ScChoice){.backend = p->engines->backends[0],
                              .pattern = sc_flow_pattern(),
                              .match = {.nodes = {node}, .n_nodes = 1, .bodies = bodies}};
    return SC_OK;
}

static ScStatus choose(Place *p, ScNode *node) {
    ScChoice *choice;
    if (node->op->def->flags & SC_OP_FLOW) {
        SC_TRY(flow_choice(p, node, &choice));
    } else if (sc_node_is_view(node)) {
        choice = SC_NEW(p->sc->arena, ScChoice);
        choice->match = (ScMatch){.nodes = {node}, .n_nodes = 1};
    } else {
        choice = best_choice(p, node);
    }
    if (!choice) {
        return sc_fail(p->sc, SC_E_INTERNAL, sc_node_where(p->sc->arena, node),
                       "a surveyed node found no engine", 0, "please report this model");
    }
    for (uint32_t i = 0; i < choice->match.n_nodes; i++) {
        p->by_node[choice->match.nodes[i]->id] = choice;
    }
    return SC_OK;
}

ScStatus sc_place(Sc *sc, ScGraph *graph, const ScTargetEngines *engines,
                  ScChoice **out_choices, size_t *out_n) {
    Place p = {sc, graph, engines,
               SC_NEW_ARRAY(sc->arena, ScChoice *, graph->next_node_id)};
    size_t n_nodes = 0;
    for (ScNode *node = graph->first; node; node = node->next) {
        n_nodes++;
        if (!p.by_node[node->id]) {
            SC_TRY(choose(&p, node));
        }
    }
    ScChoice *choices = SC_NEW_ARRAY(sc->arena, ScChoice, n_nodes + 1);
    size_t n = 0;
    for (ScNode *node = graph->first; node; node = node->next) {
        const ScChoice *choice = p.by_node[node->id];
        if (choice->match.nodes[choice->match.n_nodes - 1] == node) {
            choices[n++] = *choice;
        }
    }
    *out_choices = choices;
    *out_n = n;
    return SC_OK;
}
