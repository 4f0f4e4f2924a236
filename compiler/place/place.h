/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey and place: which engine runs which node, and by which pattern.
 *
 * survey asks every backend of the target about every node. A node that none
 * takes whole is replaced by its decomposition, whose parts are asked in turn;
 * a node without one is an error that quotes each engine's reason.
 * place then picks, for every node, the pattern that covers the most nodes.
 * One host engine today; the cost-driven choice over several engines replaces
 * place.c and keeps this interface.
 */
#ifndef SC_PLACE_PLACE_H
#define SC_PLACE_PLACE_H

#include "compiler/backend.h"

typedef struct ScTargetEngines {
    const ScBackend *const *backends; /* the first one is the host engine */
    size_t n_backends;
    bool stock_ops;  /* leave out patterns that stock ExecuTorch can't run */
    const char *isa; /* kind of core ("dsp", "mve"), or NULL */
    bool quantizes;  /* values get types after placement: int8 patterns may take
                        nodes that are still float */
} ScTargetEngines;

/* False for patterns that this target, vocabulary or node leaves out. */
bool sc_pattern_is_offered(const ScPattern *pattern, const ScTargetEngines *engines,
                           ScNode *node);

/* Changes the graph: decompositions happen here. */
ScStatus sc_survey(Sc *sc, ScGraph *graph, const ScTargetEngines *engines);

/* Every node must have been surveyed. Choices come in lowering order. */
ScStatus sc_place(Sc *sc, ScGraph *graph, const ScTargetEngines *engines,
                  ScChoice **out_choices, size_t *out_n);

/* Why no backend takes this node, one reason an engine: "portable: float64
 * isn't computed". NULL when one does. */
const char *sc_survey_refusal(Sc *sc, const ScGraph *graph, ScNode *node,
                              const ScTargetEngines *engines);

#endif
