/* SPDX-License-Identifier: Apache-2.0 */
/*
 * y = scale * (W x + b) + shift  becomes  y = (scale W) x + (scale b + shift),
 * computed in double and rounded to float32 once.
 */
#include "compiler/ops/layers.h"
#include "compiler/passes/passes.h"

static ScValue *scaled_weight(ScGraph *graph, const ScWeighted *layer,
                              const double *scale) {
    size_t n = sc_type_numel(&layer->weight->type);
    const float *old = layer->weight->data;
    float *data = SC_NEW_ARRAY(graph->arena, float, n + 1);
    for (size_t i = 0; i < n; i++) {
        data[i] = (float)((double)old[i] * scale[sc_weighted_channel(layer, i)]);
    }
    ScValue *weight =
        sc_graph_add_const(graph, layer->weight->name, &layer->weight->type, data);
    weight->fqn = layer->weight->fqn;
    return weight;
}

static ScValue *scaled_bias(ScGraph *graph, const ScWeighted *layer,
                            const ScAffine *affine) {
    const float *old = layer->bias ? layer->bias->data : 0;
    float *data = SC_NEW_ARRAY(graph->arena, float, (size_t)layer->n_channels + 1);
    for (int64_t c = 0; c < layer->n_channels; c++) {
        double b = old ? (double)old[c] : 0.0;
        data[c] = (float)(b * affine->scale[c] + affine->shift[c]);
    }
    ScType type = sc_type_make(SC_F32, 1, &layer->n_channels);
    return sc_graph_add_const(graph, layer->bias ? layer->bias->name : "bias", &type, data);
}

/* Only the normalised result may be in use, not the statistics. */
static bool only_result_0(const ScGraph *graph, const ScNode *node) {
    for (uint32_t i = 1; i < node->n_results; i++) {
        if (node->results[i] && sc_graph_count_uses(graph, node->results[i]) > 0) {
            return false;
        }
    }
    return node->results[0] != 0;
}

static void fold(Sc *sc, ScGraph *graph, ScNode *norm) {
    ScAffine affine;
    ScWeighted layer;
    if (!only_result_0(graph, norm) || !sc_node_affine(sc->arena, norm, &affine)) {
        return;
    }
    ScNode *node = affine.x->producer;
    if (!node || affine.x->type.quant || norm->results[0]->type.quant ||
        sc_graph_single_user(graph, affine.x) != norm || !sc_node_weighted(node, &layer) ||
        layer.n_channels != affine.n_channels) {
        return;
    }
    ScValue *bias = scaled_bias(graph, &layer, &affine);
    node->args[layer.weight_index].as.value = scaled_weight(graph, &layer, affine.scale);
    node->args[layer.bias_index] = sc_arg_of_value(bias);
    sc_graph_replace_uses(graph, norm->results[0], affine.x);
}

ScStatus sc_pass_fold_batch_norm(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator) {
    (void)evaluator;
    for (ScNode *node = graph->first; node; node = node->next) {
        fold(sc, graph, node);
    }
    sc_graph_sweep(graph);
    return SC_OK;
}
