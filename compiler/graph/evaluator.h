/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Computing graphs, as a service of the pipeline: passes and the quantizer call
 * it without knowing how graphs are run.
 */
#ifndef SC_GRAPH_EVALUATOR_H
#define SC_GRAPH_EVALUATOR_H

#include "compiler/graph/graph.h"

typedef struct ScEvaluator {
    void *user;
    /* Whether the reference engine can compute this node. */
    bool (*can_run)(void *user, Sc *sc, const ScGraph *graph, ScNode *node);
    /* Prepares a graph (and consumes it). SC_E_UNSUPPORTED, with no diagnostic:
     * an operator can't be computed here. */
    ScStatus (*open)(void *user, Sc *sc, ScGraph *graph, void **out_handle);
    /* inputs[i]: dense data of input i. out_data[i]: dense data of output i, valid
     * until the next step. */
    ScStatus (*step)(void *user, Sc *sc, void *handle, const void *const *inputs,
                     const void **out_data);
} ScEvaluator;

#endif
