/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises layers. The contract is in layers.h. */
#include "compiler/ops/layers.h"

#include <math.h>
#include <string.h>

static bool is_plain_const(const ScValue *value) {
    return value && value->kind == SC_VALUE_CONST && value->type.dtype == SC_F32 &&
           !value->type.quant;
}

static bool is_op(const ScNode *node, const char *name) {
    return strcmp(node->op->def->name, name) == 0;
}

static bool is_one(const ScArg *arg) {
    return (arg->kind == SC_ARG_INT && arg->as.i == 1) ||
           (arg->kind == SC_ARG_FLOAT && arg->as.f == 1.0);
}

static bool weighted_by(const ScNode *node, uint32_t weight, uint32_t bias,
                        ScWeighted *out) {
    out->weight = sc_node_value(node, weight);
    out->bias = sc_node_value(node, bias);
    out->weight_index = weight;
    out->bias_index = bias;
    out->groups = 1;
    return is_plain_const(out->weight) && (!out->bias || is_plain_const(out->bias));
}

bool sc_node_weighted(const ScNode *node, ScWeighted *out) {
    memset(out, 0, sizeof *out);
    if (is_op(node, "aten.convolution.default")) {
        if (!weighted_by(node, 1, 2, out) || out->weight->type.rank < 3) {
            return false;
        }
        bool transposed = sc_node_arg(node, "transposed")->as.b;
        out->groups = transposed ? sc_node_arg(node, "groups")->as.i : 1;
        out->axis = transposed ? 1 : 0;
    } else if (is_op(node, "aten.linear.default")) {
        if (!weighted_by(node, 1, 2, out) || node->results[0]->type.rank != 2) {
            return false;
        }
    } else if (is_op(node, "aten.addmm.default")) {
        if (!weighted_by(node, 2, 0, out) || !out->bias || out->bias->type.rank != 1 ||
            !is_one(sc_node_arg(node, "beta")) || !is_one(sc_node_arg(node, "alpha"))) {
            return false;
        }
        out->axis = 1;
    } else {
        return false;
    }
    out->n_channels = out->weight->type.dims[out->axis] * out->groups;
    return !out->bias || sc_type_numel(&out->bias->type) == (size_t)out->n_channels;
}

int64_t sc_weighted_channel(const ScWeighted *weighted, size_t index) {
    const ScType *t = &weighted->weight->type;
    int64_t inner = 1;
    for (uint32_t d = 1; d < t->rank; d++) {
        inner *= t->dims[d];
    }
    int64_t i0 = (int64_t)index / inner;
    if (weighted->axis == 0) {
        return i0;
    }
    int64_t i1 = (int64_t)index % inner / (inner / t->dims[1]);
    return i0 / (t->dims[0] / weighted->groups) * t->dims[1] + i1;
}

static double item(const ScValue *value, int64_t index, double missing) {
    return value ? (double)((const float *)value->data)[index] : missing;
}

bool sc_node_affine(ScArena *arena, const ScNode *node, ScAffine *out) {
    if (!is_op(node, "aten._native_batch_norm_legit_no_training.default")) {
        return false;
    }
    const ScValue *of[4]; /* weight, bias, mean, var */
    for (uint32_t i = 0; i < 4; i++) {
        of[i] = sc_node_value(node, i + 1);
        if (of[i] ? !is_plain_const(of[i]) : i >= 2) {
            return false;
        }
    }
    double eps = sc_node_arg(node, "eps")->as.f;
    out->x = sc_node_value(node, 0);
    out->n_channels = (int64_t)sc_type_numel(&of[2]->type);
    out->scale = SC_NEW_ARRAY(arena, double, (size_t)out->n_channels + 1);
    out->shift = SC_NEW_ARRAY(arena, double, (size_t)out->n_channels + 1);
    for (int64_t c = 0; c < out->n_channels; c++) {
        out->scale[c] = item(of[0], c, 1.0) / sqrt(item(of[3], c, 0.0) + eps);
        out->shift[c] = item(of[1], c, 0.0) - item(of[2], c, 0.0) * out->scale[c];
    }
    return true;
}

bool sc_node_is_depthwise(const ScNode *node, const ScWeighted *weighted) {
    const ScArg *groups = sc_node_arg(node, "groups");
    const ScArg *transposed = sc_node_arg(node, "transposed");
    return groups && groups->as.i > 1 && !transposed->as.b &&
           groups->as.i == weighted->n_channels && weighted->weight->type.dims[1] == 1;
}

bool sc_node_is_padded(const ScNode *node) {
    const ScArg *padding = sc_node_arg(node, "padding");
    for (uint32_t i = 0; padding && i < padding->n; i++) {
        if (padding->as.ints[i] != 0) {
            return true;
        }
    }
    return false;
}

int64_t sc_weighted_input(const ScWeighted *weighted, size_t index) {
    const ScType *t = &weighted->weight->type;
    int64_t inner = 1;
    for (uint32_t d = 1; d < t->rank; d++) {
        inner *= t->dims[d];
    }
    if (weighted->axis == 1) {
        return (int64_t)index / inner;
    }
    return (int64_t)index % inner / (inner / t->dims[1]);
}

static bool is_pool(const ScNode *node) {
    if (is_op(node, "aten.mean.dim")) {
        const ScValue *x = sc_node_value(node, 0);
        const ScArg *dims = sc_node_arg(node, "dim");
        bool over_channels = dims->kind != SC_ARG_INTS;
        for (uint32_t i = 0; !over_channels && i < dims->n; i++) {
            int64_t d = dims->as.ints[i];
            d = d < 0 ? d + x->type.rank : d;
            over_channels = d < 2;
        }
        return !over_channels;
    }
    return (is_op(node, "aten.avg_pool2d.default") ||
            is_op(node, "aten.max_pool2d_with_indices.default")) &&
           !sc_node_is_padded(node);
}

/* [N,C,1,1] to [N,C] and the like. */
static bool is_squeeze(const ScNode *node) {
    if (!is_op(node, "aten.view.default")) {
        return false;
    }
    const ScType *from = &sc_node_value(node, 0)->type, *to = &node->results[0]->type;
    return from->rank >= 2 && to->rank >= 2 && from->dims[0] == to->dims[0] &&
           from->dims[1] == to->dims[1] &&
           sc_type_numel(from) == (size_t)(from->dims[0] * from->dims[1]);
}

static bool is_unary(const ScNode *node) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < node->n_args; i++) {
        n += node->args[i].kind == SC_ARG_VALUE;
        n += node->args[i].kind == SC_ARG_VALUES ? 2 : 0;
    }
    return n == 1 && node->n_results == 1;
}

bool sc_node_keeps_channels(const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0);
    if (!x || x->type.rank < 2 || !node->results[0]) {
        return false;
    }
    return ((node->op->def->flags & SC_OP_POINTWISE) && is_unary(node)) || is_pool(node) ||
           is_squeeze(node);
}

void sc_node_set_channels(ScArena *arena, ScNode *node, int64_t n_channels) {
    int groups = sc_schema_param(&node->op->schema, "groups");
    if (groups >= 0) {
        node->args[groups] = sc_arg_of_int(n_channels);
    }
    if (is_op(node, "aten.view.default")) {
        int64_t dims[SC_MAX_RANK];
        const ScType *to = &node->results[0]->type;
        memcpy(dims, to->dims, sizeof dims);
        dims[1] = n_channels;
        node->args[1] = sc_arg_of_ints(arena, dims, to->rank);
    }
}
