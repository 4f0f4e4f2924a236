/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes only look at the bytes of their operand, and where. */
#include "compiler/ops/view.h"

#include <string.h>

/* True when everything outside dimension `dim` has size 1, so that a cut along
 * it is one run of bytes. */
static bool is_outermost(const ScType *type, int64_t dim) {
    for (int64_t d = 0; d < dim; d++) {
        if (type->dims[d] != 1) {
            return false;
        }
    }
    return true;
}

static int64_t wrap(int64_t index, int64_t size) {
    return index < 0 ? index + size : index;
}

static int64_t clip(int64_t value, int64_t high) {
    return value < 0 ? 0 : value > high ? high : value;
}

typedef struct Cut {
    int64_t dim, start; /* in elements of that dimension */
} Cut;

static bool cut_of(const ScNode *node, uint32_t result, Cut *out) {
    const char *op = node->op->schema.name;
    const ScValue *x = sc_node_value(node, 0);
    const ScArg *dim = sc_node_arg(node, "dim");
    if (!x || !dim || dim->kind != SC_ARG_INT || x->type.rank == 0) {
        return false;
    }
    out->dim = wrap(dim->as.i, x->type.rank);
    int64_t size = x->type.dims[out->dim];
    if (strcmp(op, "slice") == 0) {
        const ScArg *start = sc_node_arg(node, "start");
        const ScArg *step = sc_node_arg(node, "step");
        int64_t from = start && start->kind == SC_ARG_INT ? start->as.i : 0;
        out->start = clip(wrap(from, size), size);
        return step && step->kind == SC_ARG_INT && step->as.i == 1;
    }
    if (strcmp(op, "select") == 0) {
        out->start = wrap(sc_node_arg(node, "index")->as.i, size);
        return true;
    }
    if (strcmp(op, "split") == 0 || strcmp(op, "split_with_sizes") == 0) {
        out->start = 0;
        const ScArg *sizes = sc_node_arg(node, "split_sizes");
        const ScArg *each = sc_node_arg(node, "split_size");
        for (uint32_t i = 0; i < result; i++) {
            out->start += sizes ? sizes->as.ints[i] : each->as.i;
        }
        return true;
    }
    if (strcmp(op, "unbind") == 0) {
        out->start = result;
        return true;
    }
    return false;
}

bool sc_layouts_are_equal(const ScType *type) {
    if (type->rank != 4) {
        return true;
    }
    return type->dims[1] == 1 || type->dims[2] * type->dims[3] == 1;
}

static bool is_in_order(const ScType *type) {
    return type->layout == SC_LAYOUT_CONTIGUOUS || sc_layouts_are_equal(type);
}

/* Same dtype, and elements lie in logical order on both sides. */
static bool same_bytes(const ScNode *node, const ScValue *x) {
    for (uint32_t i = 0; i < node->n_results; i++) {
        const ScValue *result = node->results[i];
        if (result &&
            (result->type.dtype != x->type.dtype || !is_in_order(&result->type))) {
            return false;
        }
    }
    return is_in_order(&x->type);
}

bool sc_node_is_view(const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0);
    Cut cut;
    if (!x || !same_bytes(node, x)) {
        return false;
    }
    if (node->op->def->flags & SC_OP_RESHAPE) {
        return true;
    }
    return x->kind != SC_VALUE_CONST && cut_of(node, 0, &cut) &&
           is_outermost(&x->type, cut.dim);
}

static size_t bytes_behind(const ScType *type, int64_t dim) {
    size_t n = sc_dtype_size(type->dtype);
    for (uint32_t d = (uint32_t)dim + 1; d < type->rank; d++) {
        n *= (size_t)type->dims[d];
    }
    return n;
}

uint64_t sc_node_view_offset(const ScNode *node, uint32_t result) {
    const ScType *type = &sc_node_value(node, 0)->type;
    Cut cut;
    if ((node->op->def->flags & SC_OP_RESHAPE) || !cut_of(node, result, &cut)) {
        return 0;
    }
    return (uint64_t)cut.start * bytes_behind(type, cut.dim);
}
