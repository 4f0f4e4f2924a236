/* SPDX-License-Identifier: Apache-2.0 */
/* The portable engine's host side: what its files share. */
#ifndef SC_PORTABLE_HOST_H
#define SC_PORTABLE_HOST_H

#include "compiler/backend.h"

/* kernels.c */
extern const ScKernelTable sc_portable_kernels;

/* match.c: takes one node whose operands are plain numbers of a dtype class
 * that the kernel has. */
const char *sc_portable_match_plain(const ScPattern *self, const ScGraph *graph,
                                    ScNode *anchor, ScMatch *out_match);
/* ... that are in contiguous layout besides. */
const char *sc_portable_match_contiguous(const ScPattern *self, const ScGraph *graph,
                                         ScNode *anchor, ScMatch *out_match);
/* ... one of whose sides is quantized: the q/dq operators. */
const char *sc_portable_match_qdq(const ScPattern *self, const ScGraph *graph,
                                  ScNode *anchor, ScMatch *out_match);
/* ... images of at most two spatial axes. */
const char *sc_portable_match_conv(const ScPattern *self, const ScGraph *graph,
                                   ScNode *anchor, ScMatch *out_match);

/* fuse.c: a layer with the clamp behind it. */
const char *sc_portable_match_clamped(const ScPattern *self, const ScGraph *graph,
                                      ScNode *anchor, ScMatch *out_match);
ScStatus sc_portable_lower_clamped(const ScPattern *self, ScLower *lower,
                                   const ScMatch *match);

/* cost.c: an ESTIMATE from elements and multiplications. */
void sc_portable_cost(const ScPattern *self, const ScMatch *match, ScCost *out_cost);

#endif
