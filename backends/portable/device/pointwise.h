/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elementwise operators: inputs are broadcast to the sizes of the output and
 * handed to a row function as plain arrays, converted where dtypes differ:
 * float32 in the 'f' kernels, int64 in the 'i' kernels. When all is float32 and
 * laid out alike the row function gets the tensors themselves, in one call.
 *
 * Rows: n elements; out may be the same array as an input (in place), so
 * element i of the inputs is read before element i of out is written.
 */
#ifndef SC_PORTABLE_POINTWISE_H
#define SC_PORTABLE_POINTWISE_H

#include "backends/portable/device/tensor.h"

enum { SC_POINTWISE_INPUTS = 3 };

/* k: constants of the operator, NULL when it has none. */
typedef void (*ScRowF)(const float *k, size_t n, const float *const *in, float *out);
typedef void (*ScRowI)(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out);

ScStatus sc_pointwise_f(const ScTensor *out, const ScTensor *in, uint32_t n_in, ScRowF row,
                        const float *k);
ScStatus sc_pointwise_i(const ScTensor *out, const ScTensor *in, uint32_t n_in, ScRowI row,
                        const int64_t *k);

/* Arguments 0..n_in-1 of the call are the inputs, argument `out` the output. */
ScStatus sc_map_f(const ScCall *c, uint32_t n_in, uint32_t out, ScRowF row, const float *k);
ScStatus sc_map_i(const ScCall *c, uint32_t n_in, uint32_t out, ScRowI row,
                  const int64_t *k);

/* An integer scalar as torch computes with it: cut to the dtype of tensor argument `like`
 * (-1 beside uint8 is 255); beside bool it stays what it is. */
int64_t sc_scalar_as(const ScCall *c, uint32_t index, uint32_t like);

/* Used by both: views of the inputs stretched to the output. */
struct ScLoop;
ScStatus sc_pointwise_begin(const ScTensor *out, const ScTensor *in, uint32_t n_in,
                            bool with_float, struct ScLoop *out_loop);

#endif
