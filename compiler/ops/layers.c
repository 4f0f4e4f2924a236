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
