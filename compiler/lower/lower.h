/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graph + choices -> Program. A choice says which pattern of which backend
 * makes the results of which nodes; views need none: they become tensors on
 * their operand's buffer.
 */
#ifndef SC_LOWER_LOWER_H
#define SC_LOWER_LOWER_H

#include "compiler/backend.h"

typedef struct ScChoice {
    const ScBackend *backend; /* NULL = a view: no call, no bytes */
    const ScPattern *pattern;
    ScMatch match;
} ScChoice;

/* True when every result of the node can be a window into the bytes of its
 * operand: reshapes, and cuts along the outermost dimension. */
bool sc_lower_is_view(const ScNode *node);

/* host: the engine that runs what isn't delegated, state copies included.
 * choices in the order of the last node that each covers. */
ScStatus sc_lower_graph(Sc *sc, const ScGraph *graph, const ScBackend *host,
                        const ScChoice *choices, size_t n_choices, ScProgram **out_program);

#endif
