/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reductions over a set of axes. For every output element the reduced elements
 * come in a fixed order, in rows; a row function folds them into one number.
 */
#ifndef SC_PORTABLE_REDUCE_H
#define SC_PORTABLE_REDUCE_H

#include "backends/portable/device/tensor.h"

typedef struct ScReduce {
    ScTensor in, out;
    uint32_t axes; /* bit d: axis d of `in` is reduced */
    bool keepdim;
} ScReduce;

/* The axes of a list argument; none given = all. SC_E_SHAPE: out of range or
 * named twice. */
ScStatus sc_reduce_axes(const ScCall *c, uint32_t index, uint32_t rank, uint32_t *out_axes);

typedef float (*ScFoldF)(float acc, size_t n, const float *x);
typedef int64_t (*ScFoldI)(int64_t acc, size_t n, const int64_t *x);

/* out = fold(... fold(start, row) ...) * scale. With `seeded` the first element
 * is the start, and an empty reduction is SC_E_SHAPE. */
typedef struct ScFold {
    ScFoldF f;
    ScFoldI i;
    bool seeded;
    float start_f;
    int64_t start_i;
} ScFold;

ScStatus sc_reduce_f(const ScReduce *r, const ScFold *fold, float divisor);
ScStatus sc_reduce_i(const ScReduce *r, const ScFold *fold);
/* Elements folded into each output. */
size_t sc_reduce_count(const ScReduce *r);

/* Loops over the outputs and over what each folds: used by the two above and
 * by argmax. loop operands: outputs: out, in; folded: in. */
struct ScLoop;
ScStatus sc_reduce_begin(const ScReduce *r, struct ScLoop *out_outputs,
                         struct ScLoop *out_folded);

#endif
