/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building nodes so that a decomposition reads like its mathematics:
 *
 *     ScBuild build = sc_build(sc, graph, node), *b = &build;
 *     ScValue *x = sc_node_value(node, 0);
 *     out_results[0] = b_mul(b, x, b_call1(b, "aten.sigmoid.default", x));
 *     return build.status;
 *
 * The first failure sticks: later calls do nothing and give a placeholder
 * value (never NULL), so only the end asks for the status.
 */
#ifndef SC_OPS_BUILD_H
#define SC_OPS_BUILD_H

#include "compiler/ops/ops.h"

typedef struct ScBuild {
    Sc *sc;
    ScGraph *graph;
    ScNode *before;
    ScStatus status;
} ScBuild;

static inline ScBuild sc_build(Sc *sc, ScGraph *graph, ScNode *before) {
    return (ScBuild){sc, graph, before, SC_OK};
}

/* Any operator with its leading arguments; b_node() when several results are
 * of interest (NULL after a failure). */
ScNode *b_node(ScBuild *b, const char *op, const ScArg *args, size_t n_args);
ScValue *b_call(ScBuild *b, const char *op, const ScArg *args, size_t n_args);
#define B_ARGS(...) \
    ((const ScArg[]){__VA_ARGS__}), (sizeof((const ScArg[]){__VA_ARGS__}) / sizeof(ScArg))

/* f(x), f(x, y), f(x, number). */
ScValue *b_call1(ScBuild *b, const char *op, ScValue *x);
ScValue *b_call2(ScBuild *b, const char *op, ScValue *x, ScValue *y);
ScValue *b_call_number(ScBuild *b, const char *op, ScValue *x, double number);

ScValue *b_add(ScBuild *b, ScValue *x, ScValue *y);
ScValue *b_sub(ScBuild *b, ScValue *x, ScValue *y);
ScValue *b_mul(ScBuild *b, ScValue *x, ScValue *y);
ScValue *b_div(ScBuild *b, ScValue *x, ScValue *y);
ScValue *b_where(ScBuild *b, ScValue *condition, ScValue *x, ScValue *y);

/* A 0-dim constant. */
ScValue *b_number(ScBuild *b, ScDtype dtype, double number);
/* x itself when it has that dtype already. */
ScValue *b_cast(ScBuild *b, ScValue *x, ScDtype dtype);

/* x itself when the dimensions are those already. */
ScValue *b_view(ScBuild *b, ScValue *x, uint32_t rank, const int64_t *dims);
ScValue *b_view_like(ScBuild *b, ScValue *x, const ScType *type);
ScValue *b_unsqueeze(ScBuild *b, ScValue *x, uint32_t dim);
ScValue *b_permute(ScBuild *b, ScValue *x, const int64_t *order);
ScValue *b_swap(ScBuild *b, ScValue *x, uint32_t dim0, uint32_t dim1);
ScValue *b_expand(ScBuild *b, ScValue *x, uint32_t rank, const int64_t *dims);
ScValue *b_select(ScBuild *b, ScValue *x, uint32_t dim, int64_t index);
/* x[start:end] of one dimension. */
ScValue *b_slice(ScBuild *b, ScValue *x, uint32_t dim, int64_t start, int64_t end);
/* x[indices] of one dimension, with constant indices in range. */
ScValue *b_pick(ScBuild *b, ScValue *x, uint32_t dim, const int64_t *indices, uint32_t n);
ScValue *b_cat(ScBuild *b, ScValue *const *items, uint32_t n, uint32_t dim);

ScValue *b_matmul(ScBuild *b, ScValue *x, ScValue *y);
/* bias may be NULL. */
ScValue *b_linear(ScBuild *b, ScValue *x, ScValue *weight, ScValue *bias);

/* Arguments for B_ARGS(). */
static inline ScArg b_ints(const ScBuild *b, const int64_t *items, size_t n) {
    return sc_arg_of_ints(b->graph->arena, items, n);
}

#endif
