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

/* A weighted layer whose output channel c reads input channel c only. */
bool sc_node_is_depthwise(const ScNode *node, const ScWeighted *weighted);
/* Zeros are read around the image (convolutions). */
bool sc_node_is_padded(const ScNode *node);
/* Input channel (dimension 1 of the activation) that element `index` of the weight
 * of an ungrouped layer multiplies. */
int64_t sc_weighted_input(const ScWeighted *weighted, size_t index);

/*
 * One activation in and out, channel c depends on channel c alone, and a constant
 * channel is mapped to a constant: functions of single elements, averages and
 * maxima without padding, a view that drops axes of size 1.
 */
bool sc_node_keeps_channels(const ScNode *node);

/* Mends arguments that name the number of channels of a node that keeps them, or of
 * a depthwise layer, after dimension 1 of its operand became n_channels. */
void sc_node_set_channels(ScArena *arena, ScNode *node, int64_t n_channels);

#endif
