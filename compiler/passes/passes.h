/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simplify: Graph to Graph, same results, less to do. Each pass may be left
 * out (`--skip-pass`) without changing what the model computes; a test does so
 * for each in turn.
 */
#ifndef SC_PASSES_PASSES_H
#define SC_PASSES_PASSES_H

#include "compiler/ops/ops.h"

/*
 * Computes a graph without inputs: out_data[i] is the dense value of user
 * output i, in the arena. Given by the pipeline, so that passes need not know
 * how graphs are run. SC_E_UNSUPPORTED (with no diagnostic): an operator can't
 * be computed here, leave it to the device.
 */
typedef struct ScEvaluator {
    ScStatus (*run)(void *user, Sc *sc, ScGraph *graph, const void **out_data);
    bool (*can_run)(void *user, Sc *sc, const ScGraph *graph, ScNode *node);
    void *user;
} ScEvaluator;

typedef struct ScPass {
    const char *name;
    const char *doc;
    ScStatus (*run)(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
} ScPass;

/* In the order in which they run. */
const ScPass *sc_passes(size_t *out_n);

ScStatus sc_pass_fold_batch_norm(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
ScStatus sc_pass_fold_constants(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
ScStatus sc_pass_sweep(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);

/* Not optional: synonyms become what they mean, identities and run-time
 * assertions go. Afterwards no node has SC_OP_SYNONYM, IDENTITY or DROP. */
ScStatus sc_canonicalize(Sc *sc, ScGraph *graph);

#endif
