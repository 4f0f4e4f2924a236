/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simplify: Graph to Graph, same results, less to do. Each pass may be left
 * out (`--skip-pass`) without changing what the model computes; a test does so
 * for each in turn.
 */
#ifndef SC_PASSES_PASSES_H
#define SC_PASSES_PASSES_H

#include "compiler/graph/evaluator.h"
#include "compiler/ops/ops.h"

typedef struct ScPass {
    const char *name;
    const char *doc;
    ScStatus (*run)(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
} ScPass;

/* In the order in which they run. */
const ScPass *sc_passes(size_t *out_n);

ScStatus sc_pass_fold_batch_norm(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
ScStatus sc_pass_fold_constants(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
ScStatus sc_pass_drop_dead_channels(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);
ScStatus sc_pass_sweep(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);

/* Not optional: synonyms become what they mean, identities and run-time
 * assertions go. Afterwards no node has SC_OP_SYNONYM, IDENTITY or DROP. */
ScStatus sc_canonicalize(Sc *sc, ScGraph *graph);

/* Operands of control flow that are constants become constants of the bodies; those
 * that no body reads go. Called by the above, and after folding. */
void sc_bind_body_constants(ScGraph *graph);

#endif
