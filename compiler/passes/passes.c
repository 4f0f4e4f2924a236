/* SPDX-License-Identifier: Apache-2.0 */
/* The list of passes, and the one that is too short for a file. */
#include "compiler/passes/passes.h"

static const ScPass passes[] = {
    {"fold-batch-norm", "batch norm becomes weights and bias of the layer before it",
     sc_pass_fold_batch_norm},
    {"fold-constants", "what depends on constants only is computed now",
     sc_pass_fold_constants},
    {"drop-dead-channels", "channels that are constant are cut out of their layers",
     sc_pass_drop_dead_channels},
    {"sweep", "nodes and weights that nobody uses are dropped", sc_pass_sweep},
};

const ScPass *sc_passes(size_t *out_n) {
    *out_n = sizeof passes / sizeof passes[0];
    return passes;
}

ScStatus sc_pass_sweep(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator) {
    (void)sc;
    (void)evaluator;
    sc_graph_sweep(graph);
    return SC_OK;
}
