/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graph + choices -> Program. A choice says which pattern of which backend
 * makes the results of which nodes; views need none: they become tensors on
 * their operand's buffer.
 */
#ifndef SC_LOWER_LOWER_H
#define SC_LOWER_LOWER_H

#include "compiler/backend.h"

/* host: the engine whose copies write state back. isa: the
 * kind of core ("dsp", "mve"), or NULL.
 * choices in the order of the last node that each covers. */
ScStatus sc_lower_graph(Sc *sc, const ScGraph *graph, const ScBackend *host,
                        const char *isa, const ScChoice *choices, size_t n_choices,
                        ScProgram **out_program);

/* ---- for flow.c -------------------------------------------------------------------- */

/* An empty table for the values of lower->graph. */
void sc_lower_pids(ScLower *lower);
ScStatus sc_lower_choices(ScLower *lower, const ScChoice *choices, size_t n_choices);
/* By host's copy kernel, which must exist. */
void sc_lower_copy(ScLower *lower, ScPid to, ScPid from, const char *where);
/* A copy in the arena of something that is about to be overwritten. */
ScPid sc_lower_saved(ScLower *lower, ScPid pid, const ScType *type);

#endif
