/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes ask about a node without knowing operators by name: does it
 * apply constant weights per output channel, is it a constant scale and shift
 * per channel.
 */
#ifndef SC_OPS_LAYERS_H
#define SC_OPS_LAYERS_H

#include "compiler/ops/ops.h"

/* convolution, linear, addmm with a constant float32 weight and bias. */
typedef struct ScWeighted {
    ScValue *weight;
    ScValue *bias;         /* NULL = none, but there is an argument for one */
    uint32_t weight_index; /* of the node's arguments */
    uint32_t bias_index;
    int64_t n_channels; /* output channels, dimension 1 of the result */
    uint32_t axis;      /* of the weight that counts output channels ... */
    int64_t groups;     /* ... within each of so many parts of dimension 0 */
} ScWeighted;

bool sc_node_weighted(const ScNode *node, ScWeighted *out);
/* Output channel of element `index` of the weight. */
int64_t sc_weighted_channel(const ScWeighted *weighted, size_t index);

/* result 0 = x * scale[c] + shift[c], c along dimension 1 of x. */
typedef struct ScAffine {
    ScValue *x;
    int64_t n_channels;
    double *scale; /* arena */
    double *shift;
} ScAffine;

/* Batch norm with constant statistics. */
bool sc_node_affine(ScArena *arena, const ScNode *node, ScAffine *out);

#endif
