/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of two nodes: a layer and the activation that only it feeds, which
 * becomes the kernel's clamp. Ours: stock ExecuTorch has no such kernels.
 */
#include <math.h>
#include <string.h>

#include "backends/portable/host/portable.h"

typedef struct Clamp {
    double min, max;
} Clamp;

static bool number_of(const ScArg *arg, double missing, double *out) {
    switch (arg->kind) {
    case SC_ARG_NONE:
        *out = missing;
        return true;
    case SC_ARG_INT:
        *out = (double)arg->as.i;
        return true;
    case SC_ARG_FLOAT:
        *out = arg->as.f;
        return true;
    default:
        return false;
    }
}

/* True when the node is x -> min(max(x, .min), .max) with plain numbers. */
static bool clamp_of(const ScNode *node, Clamp *out) {
    const char *op = node->op->def->name;
    *out = (Clamp){0.0, (double)INFINITY};
    if (strcmp(op, "aten.relu.default") == 0) {
        return true;
    }
    if (strcmp(op, "aten.hardtanh.default") != 0 && strcmp(op, "aten.clamp.default") != 0) {
        return false;
    }
    bool known = number_of(&node->args[1], -(double)INFINITY, &out->min) &&
                 number_of(&node->args[2], (double)INFINITY, &out->max);
    /* torch gives max when min > max, and NaN for a NaN limit: not a clamp. */
    return known && out->min <= out->max;
}

const char *sc_portable_match_clamped(const ScPattern *self, const ScGraph *graph,
                                      ScNode *anchor, ScMatch *out_match) {
    ScValue *made = anchor->results[0];
    ScNode *activation = made ? sc_graph_single_user(graph, made) : 0;
    Clamp clamp;
    if (!activation || made->type.quant || !activation->results[0] ||
        sc_node_value(activation, 0) != made || !clamp_of(activation, &clamp)) {
        return "no activation of its own behind it that is a clamp";
    }
    const char *reason = strcmp(anchor->op->def->name, "aten.convolution.default") == 0
                             ? sc_portable_match_conv(self, graph, anchor, out_match)
                             : sc_portable_match_contiguous(self, graph, anchor, out_match);
    if (!reason) {
        out_match->nodes[out_match->n_nodes++] = activation;
        out_match->result = activation->results[0];
    }
    return reason;
}

/* The anchor's arguments, min, max, and the activation's result. */
ScStatus sc_portable_lower_clamped(const ScPattern *self, ScLower *lower,
                                   const ScMatch *match) {
    const ScNode *anchor = match->nodes[0];
    Clamp clamp;
    clamp_of(match->nodes[1], &clamp);
    ScPid *args = SC_NEW_ARRAY(lower->sc->arena, ScPid, anchor->n_args + 3u);
    for (uint32_t i = 0; i < anchor->n_args; i++) {
        args[i] = sc_lower_arg(lower, &anchor->args[i]);
    }
    args[anchor->n_args] = sc_program_double(lower->program, clamp.min);
    args[anchor->n_args + 1] = sc_program_double(lower->program, clamp.max);
    args[anchor->n_args + 2] = sc_lower_value(lower, match->result);
    sc_program_call(lower->program, self->kernel, args, anchor->n_args + 3u, 1, -1,
                    sc_node_where(lower->program->arena, anchor));
    return SC_OK;
}
