/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Cortex-M engine's host side: what its files share. int8 operators under
 * stock names (`cortex_m::`) and argument orders; images lie in NHWC.
 */
#ifndef SC_CORTEX_M_HOST_H
#define SC_CORTEX_M_HOST_H

#include "compiler/backend.h"
#include "compiler/ops/layers.h"

/* kernels.c */
extern const ScKernelTable sc_cortex_m_kernels;

/* ---- multiplier.c: fixed-point factors -------------------------------------------------
 */

/* scale ~ multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0. */
typedef struct ScFixed {
    int32_t multiplier;
    int32_t shift;
} ScFixed;

/* Rounds half to even, as stock does. False when the shift is beyond -31..31. */
bool sc_fixed_of(double scale, ScFixed *out);
/* clamp(round(x / scale) + zero_point, -128, 127), ties to even. */
int64_t sc_int8_of(double x, const ScQuant *quant);

/* ---- match.c
 * ------------------------------------------------------------------------------ */

typedef struct ScClamp {
    double min, max; /* infinite = none */
} ScClamp;

/* relu, hardtanh, clamp with constant limits. */
bool sc_clamp_of(const ScNode *node, ScClamp *out);

/* Operand `index` and result 0 of a node as the kernels read them. */
const ScQuant *sc_quant_at(const ScNode *node, uint32_t index);

#define SC_MATCH(name)                                                            \
    const char *name(const ScPattern *self, const ScGraph *graph, ScNode *anchor, \
                     ScMatch *out_match)
SC_MATCH(sc_cortex_m_match_conv);      /* groups == 1, or any but depthwise */
SC_MATCH(sc_cortex_m_match_depthwise); /* one input channel a group, batch 1 */
SC_MATCH(sc_cortex_m_match_conv1d);    /* of either kind, along one axis */
SC_MATCH(sc_cortex_m_match_linear);
SC_MATCH(sc_cortex_m_match_binary);    /* two activations of equal shape */
SC_MATCH(sc_cortex_m_match_broadcast); /* ... or one value a channel for one of them */
SC_MATCH(sc_cortex_m_match_matmul);
SC_MATCH(sc_cortex_m_match_matmul_turned); /* a transposition, and the product */
SC_MATCH(sc_cortex_m_match_transposed);    /* transposed convolution, one group */
SC_MATCH(sc_cortex_m_match_pool);
SC_MATCH(sc_cortex_m_match_pool_ours); /* an average without padding */
SC_MATCH(sc_cortex_m_match_mean);      /* over both axes of images */
SC_MATCH(sc_cortex_m_match_softmax);
SC_MATCH(sc_cortex_m_match_table);  /* one operand, any function of it */
SC_MATCH(sc_cortex_m_match_number); /* ... and a number, or a constant of one element */
SC_MATCH(sc_cortex_m_match_pad);
SC_MATCH(sc_cortex_m_match_convert);

/* cost.c: an ESTIMATE. */
void sc_cortex_m_cost(const ScPattern *self, const ScMatch *match, ScCost *out_cost);

/* ---- lower_*.c
 * ------------------------------------------------------------------------------ */

#define SC_LOWERING(name) \
    ScStatus name(const ScPattern *self, ScLower *lower, const ScMatch *match)
SC_LOWERING(sc_cortex_m_lower_conv);
SC_LOWERING(sc_cortex_m_lower_linear);
SC_LOWERING(sc_cortex_m_lower_linear_ours);
SC_LOWERING(sc_cortex_m_lower_pool_ours);
SC_LOWERING(sc_cortex_m_lower_mean_ours);
SC_LOWERING(sc_cortex_m_lower_add);
SC_LOWERING(sc_cortex_m_lower_mul);
SC_LOWERING(sc_cortex_m_lower_pool);
SC_LOWERING(sc_cortex_m_lower_mean);
SC_LOWERING(sc_cortex_m_lower_max_pool);
SC_LOWERING(sc_cortex_m_lower_softmax);
SC_LOWERING(sc_cortex_m_lower_table);
SC_LOWERING(sc_cortex_m_lower_pad);
SC_LOWERING(sc_cortex_m_lower_convert);
SC_LOWERING(sc_cortex_m_lower_transposed);
SC_LOWERING(sc_cortex_m_lower_conv1d);
SC_LOWERING(sc_cortex_m_lower_matmul);
SC_LOWERING(sc_cortex_m_lower_div);
SC_LOWERING(sc_cortex_m_lower_select);

/* The number of an argument; of a constant operand of one element. */
double sc_cortex_m_number(const ScNode *node, const char *name, double missing);
bool sc_cortex_m_constant(const ScNode *node, uint32_t index, double *out);
ScStatus sc_cortex_m_out_of_range(ScLower *lower, const ScNode *node);

/* Operands of a layer: convolution and aten.linear take (x, weight [out,..], bias),
 * aten.addmm (bias, x, weight [in,out]). bias may be NULL. */
typedef struct ScLayer {
    const ScValue *x, *weight, *bias;
    bool transposed; /* weight is [in,out] */
} ScLayer;
ScLayer sc_cortex_m_layer(const ScNode *node);
/* out_dims: [out,in] of a linear layer. */
void sc_cortex_m_linear_dims(const ScLayer *layer, int64_t out_dims[2]);
/* Its weights [out,in], of the arena. */
int8_t *sc_cortex_m_rows(ScArena *arena, const ScLayer *layer);

/* Limits of the result in its own integers: the fused clamp's, or the type's. */
void sc_cortex_m_limits(const ScMatch *match, int64_t *out_min, int64_t *out_max);
/* Factors x * w / y of n channels, the bias in int32, both as they are packed. */
typedef struct ScFactors {
    int32_t *multipliers, *shifts;
    size_t n;
} ScFactors;
ScStatus sc_cortex_m_factors(ScLower *lower, const ScNode *node, const ScQuant *x,
                             const ScQuant *w, const ScQuant *y, size_t n, ScFactors *out);
/* NULL = no bias. */
const int32_t *sc_cortex_m_bias(ScLower *lower, const ScValue *bias, const ScQuant *x,
                                const ScQuant *w, size_t n);
/* Adds the call and marks which argument the output may overwrite. */
ScStatus sc_cortex_m_call(const ScPattern *self, ScLower *lower, const ScMatch *match,
                          const ScPid *args, size_t n_args);
/* A constant tensor of int32. */
ScPid sc_cortex_m_words(ScLower *lower, const char *name, const int32_t *words, size_t n);

/* ---- scratch.c: what CMSIS-NN behind stock's operators asks for ------------------- */

typedef struct ScConvShape {
    int64_t in_h, in_w, channels, out_channels, groups;
    int64_t kernel[2], stride[2], padding[2], dilation[2], output_padding[2];
} ScConvShape;

/* Of a convolution of images. */
ScConvShape sc_cortex_m_conv_shape(const ScNode *node);

int64_t sc_cmsis_conv_scratch(const ScLower *lower, const ScConvShape *shape);
int64_t sc_cmsis_depthwise_scratch(const ScLower *lower, const ScConvShape *shape);
/* The first one's bytes; the other one holds turned weights. */
int64_t sc_cmsis_transposed_scratch(const ScLower *lower, const ScConvShape *shape,
                                    int64_t *out_second);
int64_t sc_cmsis_average_scratch(const ScLower *lower, int64_t channels);
int64_t sc_cmsis_matmul_scratch(const ScLower *lower, int64_t columns_of_y);

/* ---- fast_mve.c: `sconce::*_s8.mve_out` ------------------------------------------ */

SC_MATCH(sc_cortex_m_match_mve_conv);
SC_MATCH(sc_cortex_m_match_mve_depthwise);
SC_MATCH(sc_cortex_m_match_mve_linear);
SC_MATCH(sc_cortex_m_match_mve_add);
SC_LOWERING(sc_cortex_m_lower_mve_conv);
SC_LOWERING(sc_cortex_m_lower_mve_depthwise);
SC_LOWERING(sc_cortex_m_lower_mve_linear);
SC_LOWERING(sc_cortex_m_lower_mve_add);
void sc_cortex_m_cost_mve(const ScPattern *self, const ScMatch *match, ScCost *out_cost);

#endif
