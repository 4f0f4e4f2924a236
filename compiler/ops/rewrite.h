/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing a node by others that compute the same. */
#ifndef SC_OPS_REWRITE_H
#define SC_OPS_REWRITE_H

#include "compiler/ops/ops.h"

/* Puts the decomposition of a node (whose op must have one) in its place; the
 * new values take over names, uses and quantization of the old results. */
ScStatus sc_node_expand(Sc *sc, ScGraph *graph, ScNode *node);

/* Adds a copy of a rank-4 value in another layout; a view when the bytes are the
 * same in both. */
ScStatus sc_add_relayout(Sc *sc, ScGraph *graph, ScNode *before, ScValue *value,
                         ScLayout layout, ScValue **out_value);

#endif
