/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output channels whose weights are nothing beside the rest of their layer are
 * constants: act(bias). They are followed through activations, depthwise layers and
 * pools to the layer that reads them; there they move into its bias, and the channel
 * is cut out of every weight on the way. Training leaves many behind (MLPerf's visual
 * wake words: half of all multiply-adds).
 *
 * A constant other than 0 isn't one any more behind a padded layer (its border
 * differs): such a channel stays.
 */
#include <math.h>
#include <string.h>

#include "compiler/ops/layers.h"
#include "compiler/passes/passes.h"

/* Below this part of the layer's largest weight: 2^-24 is what float32 can still add
 * to a sum; the rest is room for activations that are large. */
static const double nothing = 1e-20;

enum { MAX_CHAIN = 16 };

typedef struct Chain {
    Sc *sc;
    ScGraph *graph;
    const ScEvaluator *evaluator;
    ScNode *nodes[MAX_CHAIN]; /* maker, what keeps channels, reader */
    uint32_t n_nodes;
    int64_t n_channels;
    bool *dead;   /* by channel */
    float *value; /* its constant, behind the last node looked at */
    int64_t n_dead;
} Chain;

static void revive(Chain *c, int64_t channel) {
    c->n_dead -= c->dead[channel];
    c->dead[channel] = false;
}

/* Behind a padded layer only zeros stay constant. */
static void keep_zeros(Chain *c) {
    for (int64_t i = 0; i < c->n_channels; i++) {
        if (c->value[i] != 0.0f) {
            revive(c, i);
        }
    }
}

static bool find_dead(Chain *c, const ScWeighted *w) {
    size_t n = sc_type_numel(&w->weight->type);
    const float *data = w->weight->data;
    double largest = 0.0;
    double *most = SC_NEW_ARRAY(c->sc->arena, double, (size_t)c->n_channels + 1);
    for (size_t i = 0; i < n; i++) {
        double x = fabs((double)data[i]);
        int64_t channel = sc_weighted_channel(w, i);
        most[channel] = x > most[channel] ? x : most[channel];
        largest = x > largest ? x : largest;
    }
    c->dead = SC_NEW_ARRAY(c->sc->arena, bool, (size_t)c->n_channels + 1);
    c->value = SC_NEW_ARRAY(c->sc->arena, float, (size_t)c->n_channels + 1);
    const float *bias = w->bias ? w->bias->data : 0;
    for (int64_t i = 0; i < c->n_channels; i++) {
        c->dead[i] = most[i] <= largest * nothing;
        c->value[i] = bias ? bias[i] : 0.0f;
        c->n_dead += c->dead[i];
    }
    return c->n_dead > 0 && largest > 0.0;
}

/* ---- following the constants ------------------------------------------------------------
 */

/* The function of a node that works on single elements, for every channel. */
static ScStatus apply(Chain *c, const ScNode *node) {
    if (!(node->op->def->flags & SC_OP_POINTWISE)) {
        return SC_OK; /* averages and views of a constant */
    }
    ScGraph *mini = sc_graph_new(c->graph->arena, c->graph->ops, "channels");
    ScValue **twins = SC_NEW_ARRAY(c->sc->arena, ScValue *, c->graph->n_values + 1);
    int64_t dims[2] = {1, c->n_channels};
    ScType type = sc_type_make(SC_F32, 2, dims);
    ScNode *twin;
    void *handle;
    const void *data;
    twins[sc_node_value(node, 0)->id] = sc_graph_add_const(mini, "x", &type, c->value);
    ScArg *args = sc_arena_copy(c->sc->arena, node->args, node->n_args * sizeof(ScArg));
    args[0] = sc_arg_of_value(twins[sc_node_value(node, 0)->id]);
    SC_TRY(
        sc_graph_add_node(c->sc, mini, 0, node->op->def->name, args, node->n_args, &twin));
    sc_graph_add_output(mini, 0, sc_arg_of_value(twin->results[0]), 0);
    SC_TRY(c->evaluator->open(c->evaluator->user, c->sc, mini, &handle));
    SC_TRY(c->evaluator->step(c->evaluator->user, c->sc, handle, 0, &data));
    c->value = sc_arena_copy(c->sc->arena, data, (size_t)c->n_channels * sizeof(float));
    return SC_OK;
}

static void apply_depthwise(Chain *c, const ScNode *node, const ScWeighted *w) {
    if (sc_node_is_padded(node)) {
        keep_zeros(c);
    }
    size_t taps = sc_type_numel(&w->weight->type) / (size_t)c->n_channels;
    const float *data = w->weight->data, *bias = w->bias ? w->bias->data : 0;
    for (int64_t i = 0; i < c->n_channels; i++) {
        double sum = bias ? (double)bias[i] : 0.0;
        for (size_t t = 0; t < taps; t++) {
            sum += (double)data[(size_t)i * taps + t] * (double)c->value[i];
        }
        c->value[i] = (float)sum;
    }
}

/* Follows the maker's result to the layer that reads all channels. False: it ends
 * otherwise (an addition, an output, two readers). */
static ScStatus follow(Chain *c, bool *out_found) {
    *out_found = false;
    ScNode *node = c->nodes[0];
    while (c->n_nodes < MAX_CHAIN && c->n_dead > 0) {
        ScNode *user = sc_graph_single_user(c->graph, node->results[0]);
        ScWeighted w;
        if (!user || user->n_results == 0 || !user->results[0]) {
            return SC_OK;
        }
        c->nodes[c->n_nodes++] = user;
        if (sc_node_weighted(user, &w)) {
            bool depthwise = sc_node_is_depthwise(user, &w);
            if (!depthwise) {
                *out_found = w.groups == 1 && (!sc_node_arg(user, "groups") ||
                                               sc_node_arg(user, "groups")->as.i == 1);
                return SC_OK;
            }
            apply_depthwise(c, user, &w);
        } else if (sc_node_keeps_channels(user)) {
            SC_TRY(apply(c, user));
        } else {
            return SC_OK;
        }
        node = user;
    }
    return SC_OK;
}

/* ---- cutting
 * ------------------------------------------------------------------------------- */

/* Keeps the elements of a constant whose channel lives. */
static ScValue *cut_const(Chain *c, const ScValue *old, uint32_t axis) {
    ScType type = old->type;
    size_t inner = 1, n = sc_type_numel(&type), kept = 0;
    for (uint32_t d = axis + 1; d < type.rank; d++) {
        inner *= (size_t)type.dims[d];
    }
    const float *from = old->data;
    float *to = SC_NEW_ARRAY(c->graph->arena, float, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!c->dead[i / inner % (size_t)c->n_channels]) {
            to[kept++] = from[i];
        }
    }
    type.dims[axis] -= c->n_dead;
    ScValue *value = sc_graph_add_const(c->graph, old->name, &type, to);
    value->fqn = old->fqn;
    return value;
}

static void cut_layer(Chain *c, ScNode *node, const ScWeighted *w) {
    node->args[w->weight_index].as.value = cut_const(c, w->weight, w->axis);
    if (w->bias) {
        node->args[w->bias_index].as.value = cut_const(c, w->bias, 0);
    }
}

/* The constants' share of every output of the reader joins its bias. */
static void cut_reader(Chain *c, ScNode *node, const ScWeighted *w) {
    size_t n = sc_type_numel(&w->weight->type);
    const float *data = w->weight->data, *bias = w->bias ? w->bias->data : 0;
    double *sums = SC_NEW_ARRAY(c->sc->arena, double, (size_t)w->n_channels + 1);
    float *biases = SC_NEW_ARRAY(c->graph->arena, float, (size_t)w->n_channels + 1);
    for (size_t i = 0; i < n; i++) {
        int64_t input = sc_weighted_input(w, i);
        if (c->dead[input]) {
            sums[sc_weighted_channel(w, i)] += (double)data[i] * (double)c->value[input];
        }
    }
    for (int64_t o = 0; o < w->n_channels; o++) {
        biases[o] = (float)((bias ? (double)bias[o] : 0.0) + sums[o]);
    }
    ScType type = sc_type_make(SC_F32, 1, &w->n_channels);
    ScValue *value =
        sc_graph_add_const(c->graph, w->bias ? w->bias->name : "bias", &type, biases);
    node->args[w->weight_index].as.value = cut_const(c, w->weight, w->axis == 0 ? 1 : 0);
    node->args[w->bias_index] = sc_arg_of_value(value);
}

static void cut(Chain *c) {
    int64_t left = c->n_channels - c->n_dead;
    ScWeighted w;
    for (uint32_t i = 0; i + 1 < c->n_nodes; i++) {
        ScNode *node = c->nodes[i];
        if (sc_node_weighted(node, &w)) {
            cut_layer(c, node, &w);
        }
        if (i > 0) {
            sc_node_set_channels(c->graph->arena, node, left);
        }
        for (uint32_t k = 0; k < node->n_results; k++) {
            if (node->results[k]) {
                node->results[k]->type.dims[1] = left;
            }
        }
    }
    ScNode *reader = c->nodes[c->n_nodes - 1];
    if (sc_node_weighted(reader, &w)) {
        cut_reader(c, reader, &w);
    }
}

static bool is_plain_layer(const ScNode *node, ScWeighted *w) {
    const ScArg *groups = sc_node_arg(node, "groups");
    return sc_node_weighted(node, w) && (!groups || groups->as.i == 1) && w->groups == 1 &&
           node->results[0] && !node->results[0]->type.quant;
}

static ScStatus drop(Sc *sc, ScGraph *graph, ScNode *node, const ScEvaluator *evaluator) {
    ScWeighted w;
    bool found;
    if (!is_plain_layer(node, &w)) {
        return SC_OK;
    }
    Chain c = {.sc = sc,
               .graph = graph,
               .evaluator = evaluator,
               .nodes = {node},
               .n_nodes = 1,
               .n_channels = w.n_channels};
    if (!find_dead(&c, &w)) {
        return SC_OK;
    }
    SC_TRY(follow(&c, &found));
    if (!found) {
        return SC_OK;
    }
    if (sc_node_is_padded(c.nodes[c.n_nodes - 1])) {
        keep_zeros(&c);
    }
    if (c.n_dead == c.n_channels) {
        revive(&c, 0); /* a layer needs one */
    }
    if (c.n_dead > 0) {
        cut(&c);
    }
    return SC_OK;
}

ScStatus sc_pass_drop_dead_channels(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator) {
    for (ScNode *node = graph->first; node; node = node->next) {
        SC_TRY(drop(sc, graph, node, evaluator));
    }
    sc_graph_sweep(graph);
    return SC_OK;
}
