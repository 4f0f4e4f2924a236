/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the int8 kernels take. A node is asked twice: while it is still float
 * (the quantizer gives it types afterwards), and with its types.
 */
#include <math.h>
#include <string.h>

#include "backends/cortex_m/host/cortex_m.h"

static bool number_of(const ScArg *arg, double missing, double *out) {
    *out = arg->kind == SC_ARG_INT     ? (double)arg->as.i
           : arg->kind == SC_ARG_FLOAT ? arg->as.f
                                       : missing;
    return arg->kind == SC_ARG_NONE || arg->kind == SC_ARG_INT || arg->kind == SC_ARG_FLOAT;
}

static bool is_op(const ScNode *node, const char *name) {
    return strcmp(node->op->def->name, name) == 0;
}

bool sc_clamp_of(const ScNode *node, ScClamp *out) {
    *out = (ScClamp){0.0, (double)INFINITY};
    if (is_op(node, "aten.relu.default")) {
        return true;
    }
    if (!is_op(node, "aten.hardtanh.default") && !is_op(node, "aten.clamp.default")) {
        return false;
    }
    bool known = number_of(&node->args[1], -(double)INFINITY, &out->min) &&
                 number_of(&node->args[2], (double)INFINITY, &out->max);
    return known && out->min <= out->max;
}

const ScQuant *sc_quant_at(const ScNode *node, uint32_t index) {
    const ScValue *value = sc_node_value(node, index);
    return value ? value->type.quant : 0;
}

/* ---- types -----------------------------------------------------------------------------
 */

/* Float that will be typed, or int8 with one scale for the tensor. */
static const char *activation_reason(const ScValue *value) {
    const ScType *t = &value->type;
    if (!t->quant) {
        return t->dtype == SC_F32 ? 0 : "operands that are neither float32 nor int8";
    }
    if (t->dtype != SC_I8 || t->quant->axis >= 0 || t->quant->qmin < -128 ||
        t->quant->qmax > 127) {
        return "an activation that isn't int8 with one scale";
    }
    return 0;
}

/* Operand and result both float, or both int8. */
static const char *pair_reason(const ScValue *x, const ScValue *y) {
    if (!x || !y) {
        return "an operand that isn't a tensor";
    }
    const char *reason = activation_reason(x);
    reason = reason ? reason : activation_reason(y);
    if (!reason && !x->type.quant != !y->type.quant) {
        return "one side is int8 and the other float";
    }
    return reason;
}

/* The activation behind `node` that nobody else feeds on, when it is a clamp. */
static ScNode *clamp_behind(const ScGraph *graph, const ScNode *node) {
    ScClamp clamp;
    ScValue *made = node->results[0];
    ScNode *next = made && !made->type.quant ? sc_graph_single_user(graph, made) : 0;
    bool fits = next && next->results[0] && sc_node_value(next, 0) == made &&
                sc_clamp_of(next, &clamp);
    return fits ? next : 0;
}

/* The anchor, with the clamp behind it; x is its activation operand. */
static const char *take(const ScGraph *graph, ScNode *anchor, const ScValue *x,
                        bool with_clamp, ScMatch *out_match) {
    ScNode *clamp = with_clamp ? clamp_behind(graph, anchor) : 0;
    ScNode *last = clamp ? clamp : anchor;
    *out_match = (ScMatch){
        .nodes = {anchor, clamp}, .n_nodes = clamp ? 2 : 1, .result = last->results[0]};
    return pair_reason(x, last->results[0]);
}

/* SAME: typed operands must have the result's parameters already. */
static const char *same_reason(const ScPattern *self, const ScValue *x, const ScValue *y) {
    const ScQuant *a = x->type.quant, *b = y->type.quant;
    bool differs = self->quant.rule == SC_QUANT_SAME && a && b &&
                   (a->scales[0] != b->scales[0] || a->zero_points[0] != b->zero_points[0]);
    return differs ? "an operand whose scale isn't that of the result" : 0;
}

static bool is_image(const ScValue *value) {
    return value && value->type.rank == 4;
}

/* ---- layers with weights
 * ------------------------------------------------------------------ */

/* Constant weights: float that will be quantized, or int8 symmetric. */
static const char *weight_reason(const ScValue *weight, const ScValue *bias,
                                 bool per_channel, const ScType *x) {
    if (!weight || weight->kind != SC_VALUE_CONST) {
        return "weights that aren't constant";
    }
    if (bias && bias->kind != SC_VALUE_CONST) {
        return "a bias that isn't constant";
    }
    const ScQuant *q = weight->type.quant;
    if (!x->quant) {
        return weight->type.dtype == SC_F32 && !q ? 0 : "weights of another type";
    }
    if (!q || weight->type.dtype != SC_I8 || (q->axis >= 0 && !per_channel)) {
        return "weights that aren't int8 with scales this kernel has";
    }
    for (uint32_t i = 0; i < q->n; i++) {
        if (q->zero_points[i] != 0) {
            return "weights that aren't symmetric";
        }
    }
    return !bias || bias->type.dtype == SC_I32 ||
                   (bias->type.dtype == SC_F32 && !bias->type.quant)
               ? 0
               : "a bias that is neither int32 nor float32";
}

static const char *conv_reason(const ScNode *node) {
    if (!is_image(sc_node_value(node, 0)) || !is_image(node->results[0])) {
        return "a convolution that isn't 2-d";
    }
    if (sc_node_arg(node, "transposed")->as.b) {
        return "a transposed convolution";
    }
    return weight_reason(sc_node_value(node, 1), sc_node_value(node, 2), true,
                         &sc_node_value(node, 0)->type);
}

/* One group of one channel is both kinds. */
static bool is_depthwise(const ScNode *node) {
    const ScType *x = &sc_node_value(node, 0)->type;
    return sc_node_arg(node, "groups")->as.i == x->dims[1] && x->dims[0] == 1;
}

SC_MATCH(sc_cortex_m_match_conv) {
    (void)self;
    const char *reason = conv_reason(anchor);
    bool one = sc_node_arg(anchor, "groups")->as.i == 1;
    if (reason || (is_depthwise(anchor) && !one)) {
        return reason ? reason : "a depthwise convolution";
    }
    return take(graph, anchor, sc_node_value(anchor, 0), true, out_match);
}

SC_MATCH(sc_cortex_m_match_depthwise) {
    (void)self;
    const char *reason = conv_reason(anchor);
    if (reason || !is_depthwise(anchor)) {
        return reason ? reason : "not a depthwise convolution of batch 1";
    }
    return take(graph, anchor, sc_node_value(anchor, 0), true, out_match);
}

/* Along one axis: an image one pixel high. */
SC_MATCH(sc_cortex_m_match_conv1d) {
    const ScValue *x = sc_node_value(anchor, 0);
    if (!x || x->type.rank != 3 || sc_node_arg(anchor, "transposed")->as.b) {
        return "a convolution that isn't along one axis";
    }
    bool depthwise = strstr(self->kernel, "depthwise") != 0;
    if (depthwise != is_depthwise(anchor)) {
        return depthwise ? "not a depthwise convolution of batch 1"
                         : "a depthwise convolution";
    }
    const char *reason =
        weight_reason(sc_node_value(anchor, 1), sc_node_value(anchor, 2), true, &x->type);
    return reason ? reason : take(graph, anchor, x, true, out_match);
}

SC_MATCH(sc_cortex_m_match_transposed) {
    (void)self;
    const ScValue *x = sc_node_value(anchor, 0), *weight = sc_node_value(anchor, 1);
    const ScArg *extra = sc_node_arg(anchor, "output_padding");
    const ScArg *stride = sc_node_arg(anchor, "stride");
    if (!sc_node_arg(anchor, "transposed")->as.b || !is_image(x)) {
        return "not a transposed convolution of images";
    }
    if (sc_node_arg(anchor, "groups")->as.i != 1) {
        return "a transposed convolution in groups";
    }
    for (uint32_t i = 0; i < extra->n; i++) {
        if (extra->as.ints[i] >= stride->as.ints[i < stride->n ? i : stride->n - 1]) {
            return "output_padding of a stride or more";
        }
    }
    const char *reason = weight_reason(weight, sc_node_value(anchor, 2), true, &x->type);
    if (!reason && weight->type.quant && weight->type.quant->axis == 0) {
        reason = "weights with one scale an input channel";
    }
    return reason ? reason : take(graph, anchor, x, true, out_match);
}

SC_MATCH(sc_cortex_m_match_linear) {
    ScLayer layer = sc_cortex_m_layer(anchor);
    const ScValue *x = layer.x, *weight = layer.weight;
    ScWeighted w;
    if (x->type.rank != 2 || !weight || weight->type.rank != 2) {
        return "a linear layer on more than a batch of vectors";
    }
    if (!x->type.quant && !sc_node_weighted(anchor, &w)) {
        return "no constant weights, or factors other than 1";
    }
    const char *reason =
        weight_reason(weight, layer.bias, self->quant.per_channel, &x->type);
    return reason ? reason : take(graph, anchor, x, true, out_match);
}

/* ---- the others
 * -------------------------------------------------------------------------------- */

static const char *two_reason(const ScPattern *self, const ScNode *anchor) {
    const ScValue *x = sc_node_value(anchor, 0), *y = sc_node_value(anchor, 1);
    const ScArg *alpha = sc_node_arg(anchor, "alpha");
    if (!x || !y) {
        return "an operand that isn't a tensor";
    }
    if (alpha && !(alpha->kind == SC_ARG_INT && alpha->as.i == 1)) {
        return "an alpha other than 1";
    }
    const char *reason = pair_reason(x, y);
    reason = reason ? reason : same_reason(self, x, y);
    return reason ? reason : same_reason(self, x, anchor->results[0]);
}

/* With a clamp behind it, where the kernel has limits among its arguments. */
static const char *two_take(const ScPattern *self, const ScGraph *graph, ScNode *anchor,
                            ScMatch *out_match) {
    bool limits = is_op(anchor, "aten.add.Tensor") || is_op(anchor, "aten.sub.Tensor");
    const char *reason = two_reason(self, anchor);
    return reason ? reason
                  : take(graph, anchor, sc_node_value(anchor, 0), limits, out_match);
}

static bool same_shape(const ScNode *anchor) {
    const ScValue *x = sc_node_value(anchor, 0), *y = sc_node_value(anchor, 1);
    return x && y && sc_dims_equal(&x->type, &y->type);
}

SC_MATCH(sc_cortex_m_match_binary) {
    return same_shape(anchor) ? two_take(self, graph, anchor, out_match)
                              : "operands of different shapes";
}

/* One of them [1,C,1,1]: in NHWC that is one value for each pixel's channel. */
SC_MATCH(sc_cortex_m_match_broadcast) {
    const ScValue *x = sc_node_value(anchor, 0), *y = sc_node_value(anchor, 1);
    if (!is_image(x) || !is_image(y) || x->type.dims[1] != y->type.dims[1]) {
        return "operands of different shapes";
    }
    size_t channels = (size_t)x->type.dims[1];
    bool small = sc_type_numel(&x->type) == channels || sc_type_numel(&y->type) == channels;
    return small ? two_take(self, graph, anchor, out_match)
                 : "operands whose shapes differ in more than pixels";
}

/* The product of batches of matrices whose second factor is y. */
static const char *matmul_reason(const ScNode *product, const ScValue *y) {
    const ScValue *x = sc_node_value(product, 0);
    if (!x || !y || x->type.rank != 3 || y->type.rank != 3) {
        return "a product of other than batches of matrices";
    }
    if (x->kind == SC_VALUE_CONST) {
        return "a constant first factor";
    }
    return pair_reason(x, y);
}

SC_MATCH(sc_cortex_m_match_matmul) {
    (void)self;
    const char *reason = matmul_reason(anchor, sc_node_value(anchor, 1));
    return reason ? reason
                  : take(graph, anchor, sc_node_value(anchor, 0), false, out_match);
}

/* A transposition that only serves as the second factor: the kernel wants it as it was
 * before. */
SC_MATCH(sc_cortex_m_match_matmul_turned) {
    (void)self;
    const ScArg *order = sc_node_arg(anchor, "dims");
    const ScValue *y = sc_node_value(anchor, 0);
    ScValue *turned = anchor->results[0];
    ScNode *product = turned ? sc_graph_single_user(graph, turned) : 0;
    if (order->n != 3 || order->as.ints[0] != 0 || order->as.ints[1] != 2 || !product ||
        !is_op(product, "aten.bmm.default") || sc_node_value(product, 1) != turned ||
        sc_node_value(product, 0) == turned) {
        return "not the transposed second factor of one product";
    }
    if (turned->type.quant &&
        (!y->type.quant || turned->type.quant->scales[0] != y->type.quant->scales[0] ||
         turned->type.quant->zero_points[0] != y->type.quant->zero_points[0])) {
        return "a transposition that changes the scale";
    }
    const char *reason = matmul_reason(product, y);
    *out_match =
        (ScMatch){.nodes = {anchor, product}, .n_nodes = 2, .result = product->results[0]};
    return reason ? reason : pair_reason(y, product->results[0]);
}

SC_MATCH(sc_cortex_m_match_pool) {
    const ScValue *x = sc_node_value(anchor, 0);
    const ScArg *dilation = sc_node_arg(anchor, "dilation");
    if (!is_image(x)) {
        return "a pool that isn't 2-d";
    }
    if (sc_node_arg(anchor, "ceil_mode")->as.b) {
        return "ceil_mode";
    }
    for (uint32_t i = 0; dilation && i < dilation->n; i++) {
        if (dilation->as.ints[i] != 1) {
            return "a dilated pool";
        }
    }
    const ScArg *divisor = sc_node_arg(anchor, "divisor_override");
    if (divisor && divisor->kind != SC_ARG_NONE) {
        return "an average by a divisor of its own";
    }
    if (anchor->n_results == 2 && anchor->results[1] &&
        sc_graph_count_uses(graph, anchor->results[1]) > 0) {
        return "the indices of the maxima are used";
    }
    const char *reason = same_reason(self, x, anchor->results[0]);
    return reason ? reason : take(graph, anchor, x, false, out_match);
}

SC_MATCH(sc_cortex_m_match_pool_ours) {
    const ScArg *padding = sc_node_arg(anchor, "padding");
    for (uint32_t i = 0; i < padding->n; i++) {
        if (padding->as.ints[i] != 0) {
            return "an average with padding";
        }
    }
    return sc_cortex_m_match_pool(self, graph, anchor, out_match);
}

SC_MATCH(sc_cortex_m_match_mean) {
    const ScValue *x = sc_node_value(anchor, 0);
    const ScArg *dims = sc_node_arg(anchor, "dim");
    bool axes[4] = {false};
    for (uint32_t i = 0; is_image(x) && dims->kind == SC_ARG_INTS && i < dims->n; i++) {
        axes[(dims->as.ints[i] + 4) % 4] = true;
    }
    if (!is_image(x) || axes[0] || axes[1] || !axes[2] || !axes[3]) {
        return "a mean over other axes than both of an image";
    }
    const char *reason = same_reason(self, x, anchor->results[0]);
    return reason ? reason : take(graph, anchor, x, false, out_match);
}

SC_MATCH(sc_cortex_m_match_softmax) {
    (void)self;
    const ScValue *x = sc_node_value(anchor, 0);
    int64_t dim = sc_node_arg(anchor, "dim")->as.i;
    const ScQuant *q = anchor->results[0] ? anchor->results[0]->type.quant : 0;
    if (!x || x->type.rank == 0 || (dim != -1 && dim != x->type.rank - 1)) {
        return "a softmax over another axis than the last";
    }
    if (q && (q->scales[0] != 1.0 / 256.0 || q->zero_points[0] != -128)) {
        return "a softmax whose output isn't in 1/256 from -128";
    }
    return take(graph, anchor, x, false, out_match);
}

/* Near 0 one step of the input is a large part of the output's range: 256 entries can't
 * hold that (a logarithm of spectra: 10 dB). A model that was quantized so keeps it. */
static bool is_steep(const ScNode *node) {
    static const char *const names[] = {"log",   "log2",       "log10",
                                        "log1p", "reciprocal", "rsqrt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(node->op->schema.name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

SC_MATCH(sc_cortex_m_match_table) {
    (void)self;
    ScClamp clamp;
    if (is_steep(anchor) && !sc_quant_at(anchor, 0)) {
        return "a function too steep near 0 for a table of 256 entries";
    }
    bool limits =
        is_op(anchor, "aten.hardtanh.default") || is_op(anchor, "aten.clamp.default");
    if (limits && !sc_clamp_of(anchor, &clamp)) {
        return "limits that aren't constant";
    }
    return take(graph, anchor, sc_node_value(anchor, 0), false, out_match);
}

static bool is_number(const ScArg *arg) {
    return arg && (arg->kind == SC_ARG_INT || arg->kind == SC_ARG_FLOAT);
}

SC_MATCH(sc_cortex_m_match_number) {
    (void)self;
    double constant;
    const ScArg *alpha = sc_node_arg(anchor, "alpha");
    bool first = sc_cortex_m_constant(anchor, 0, &constant);
    const ScValue *x = sc_node_value(anchor, first ? 1 : 0);
    bool number = first || sc_cortex_m_constant(anchor, 1, &constant) ||
                  is_number(sc_node_arg(anchor, "other")) ||
                  is_number(sc_node_arg(anchor, "exponent"));
    if (!number || !x || x->kind == SC_VALUE_CONST || (alpha && !is_number(alpha))) {
        return "no number, or no activation, among its operands";
    }
    if (!anchor->results[0] || !sc_dims_equal(&x->type, &anchor->results[0]->type)) {
        return "a result of another shape";
    }
    return take(graph, anchor, x, false, out_match);
}

SC_MATCH(sc_cortex_m_match_pad) {
    const ScValue *x = sc_node_value(anchor, 0);
    const ScArg *pad = sc_node_arg(anchor, "pad");
    for (uint32_t i = 0; i < pad->n; i++) {
        if (pad->as.ints[i] < 0) {
            return "negative padding";
        }
    }
    if (!x || x->type.rank > 4) {
        return "more than four dimensions";
    }
    const char *reason = same_reason(self, x, anchor->results[0]);
    return reason ? reason : take(graph, anchor, x, false, out_match);
}

SC_MATCH(sc_cortex_m_match_convert) {
    (void)self;
    (void)graph;
    const ScValue *x = sc_node_value(anchor, 0);
    ScValue *y = anchor->results[0];
    const ScValue *typed = x->type.dtype == SC_F32 ? y : x;
    const ScValue *plain = typed == x ? y : x;
    if (!y || plain->type.dtype != SC_F32 || typed->type.dtype != SC_I8) {
        return "a conversion that isn't between float32 and int8";
    }
    if (x->kind == SC_VALUE_CONST) {
        return "a constant: folded instead";
    }
    *out_match = (ScMatch){.nodes = {anchor}, .n_nodes = 1, .result = y};
    return 0;
}
