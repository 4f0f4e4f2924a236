/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges: margins, and what an op can't leave. The contract is in quantize.h. */
#include <string.h>

#include "compiler/ops/ops.h"
#include "compiler/quantize/quantize.h"

typedef struct Bound {
    double min, max;
} Bound;

static double number_or(const ScNode *node, const char *name, double otherwise) {
    const ScArg *arg = sc_node_arg(node, name);
    if (!arg || (arg->kind != SC_ARG_FLOAT && arg->kind != SC_ARG_INT)) {
        return otherwise;
    }
    return arg->kind == SC_ARG_FLOAT ? arg->as.f : (double)arg->as.i;
}

static bool op_is(const ScNode *node, const char *name) {
    return strcmp(node->op->schema.name, name) == 0;
}

/* Numbers that the op never leaves. */
static Bound bound_of(const ScNode *node) {
    Bound none = {-3.4e38, 3.4e38};
    if (op_is(node, "hardtanh")) {
        return (Bound){number_or(node, "min_val", none.min),
                       number_or(node, "max_val", none.max)};
    }
    if (op_is(node, "clamp")) {
        return (Bound){number_or(node, "min", none.min), number_or(node, "max", none.max)};
    }
    if (op_is(node, "sigmoid") || op_is(node, "hardsigmoid")) {
        return (Bound){0.0, 1.0};
    }
    return op_is(node, "tanh") ? (Bound){-1.0, 1.0} : none;
}

ScRange sc_range_widen(const ScValue *value, ScRange range, double margin) {
    ScRange wide = range;
    wide.min *= (float)margin;
    wide.max *= (float)margin;
    if (value->producer) {
        Bound bound = bound_of(value->producer);
        wide.min = (double)wide.min < bound.min ? (float)bound.min : wide.min;
        wide.max = (double)wide.max > bound.max ? (float)bound.max : wide.max;
    }
    return wide;
}
