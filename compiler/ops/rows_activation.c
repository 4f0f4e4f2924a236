/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Activation functions. Those with a stock portable kernel are primitive; the
 * others become arithmetic in torch's own order of operations.
 * Source: aten/src/ATen/native/Activation.cpp and cpu/Activation.cpp.
 */
#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScStatus shape_prelu(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType x = sc_take_type(node, "self"), w = sc_take_type(node, "weight");
    int64_t channels = x.rank > 1 ? x.dims[1] : 1;
    size_t n = sc_type_numel(&w);
    if (w.rank > 1 || (n != 1 && n != (size_t)channels)) {
        return sc_bad_shape(sc, node, "the weight must have 1 or %lld elements",
                            (long long)channels);
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_glu(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
    if (type.rank == 0 || type.dims[dim] % 2 != 0) {
        return sc_bad_shape(sc, node, "the dimension that is halved must be even");
    }
    type.dims[dim] /= 2;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScValue *hardtanh(ScBuild *b, ScValue *x, double low, double high) {
    return b_call(b, "aten.hardtanh.default",
                  B_ARGS(sc_arg_of_value(x), sc_arg_of_float(low), sc_arg_of_float(high)));
}

static ScValue *number_like(ScBuild *b, const ScNode *node, double number) {
    return b_number(b, sc_node_type(node, 0).dtype, number);
}

static ScStatus decompose_relu6(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = hardtanh(&build, sc_node_value(node, 0), 0, 6);
    return build.status;
}

/* min(max(x + 3, 0), 6) */
static ScValue *relu6_of_x_plus_3(ScBuild *b, ScValue *x) {
    return hardtanh(b, b_call_number(b, "aten.add.Scalar", x, 3), 0, 6);
}

static ScStatus decompose_hardsigmoid(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *clamped = relu6_of_x_plus_3(b, sc_node_value(node, 0));
    out_results[0] = b_call_number(b, "aten.div.Scalar", clamped, 6);
    return build.status;
}

static ScStatus decompose_hardswish(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    out_results[0] =
        b_call_number(b, "aten.div.Scalar", b_mul(b, x, relu6_of_x_plus_3(b, x)), 6);
    return build.status;
}

static ScStatus decompose_silu(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    out_results[0] = b_mul(b, x, b_call1(b, "aten.sigmoid.default", x));
    return build.status;
}

/* log(1 + e^x); e^x = inf gives inf, which is right after tanh. */
static ScValue *log1p_exp(ScBuild *b, ScValue *x) {
    return b_call1(b, "aten.log1p.default", b_call1(b, "aten.exp.default", x));
}

static ScStatus decompose_mish(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    out_results[0] = b_mul(b, x, b_call1(b, "aten.tanh.default", log1p_exp(b, x)));
    return build.status;
}

/* beta * x > threshold ? x : log(1 + e^(beta * x)) / beta */
static ScStatus decompose_softplus(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    double beta = sc_take_number(node, "beta");
    ScValue *bx = beta == 1 ? x : b_call_number(b, "aten.mul.Scalar", x, beta);
    ScValue *soft = log1p_exp(b, bx);
    soft = beta == 1 ? soft : b_call_number(b, "aten.div.Scalar", soft, beta);
    ScValue *linear =
        b_call_number(b, "aten.gt.Scalar", bx, sc_take_number(node, "threshold"));
    out_results[0] = b_where(b, linear, x, soft);
    return build.status;
}

/* min(0, x) - log(1 + e^-|x|) */
static ScStatus decompose_log_sigmoid(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    ScValue *minus_abs = b_call1(b, "aten.neg.default", b_call1(b, "aten.abs.default", x));
    ScValue *negative = b_call2(b, "aten.minimum.default", x, number_like(b, node, 0));
    out_results[0] = b_sub(b, negative, log1p_exp(b, minus_abs));
    return build.status;
}

static ScStatus decompose_prelu(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0), *w = sc_node_value(node, 1);
    int64_t dims[SC_MAX_RANK] = {(int64_t)sc_type_numel(&w->type), 1, 1, 1, 1, 1, 1, 1};
    /* [C] -> [C,1...]; one weight for all: a number */
    w = dims[0] > 1 ? b_view(b, w, x->type.rank - 1u, dims) : b_view(b, w, 0, dims);
    ScValue *positive = b_call_number(b, "aten.gt.Scalar", x, 0);
    out_results[0] = b_where(b, positive, x, b_mul(b, w, x));
    return build.status;
}

static ScStatus decompose_elu(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results,
                              double alpha, double scale, double input_scale) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call(&build, "aten.elu.default",
                            B_ARGS(node->args[0], sc_arg_of_float(alpha),
                                   sc_arg_of_float(scale), sc_arg_of_float(input_scale)));
    return build.status;
}

static ScStatus decompose_selu(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    return decompose_elu(sc, graph, node, out_results, 1.6732632423543772848170429916717,
                         1.0507009873554804934193349852946, 1);
}

static ScStatus decompose_celu(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    double alpha = sc_take_number(node, "alpha");
    if (alpha == 0) {
        return sc_bad_shape(sc, node, "alpha is 0");
    }
    return decompose_elu(sc, graph, node, out_results, alpha, 1, 1 / alpha);
}

static ScStatus decompose_threshold(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    ScValue *low =
        b_call(b, "aten.le.Scalar", B_ARGS(node->args[0], sc_take(node, "threshold")));
    out_results[0] =
        b_where(b, low, number_like(b, node, sc_take_number(node, "value")), x);
    return build.status;
}

static ScStatus decompose_square(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScValue *x = sc_node_value(node, 0);
    out_results[0] = b_mul(&build, x, x);
    return build.status;
}

/* x - min(max(x, -lambd), lambd) */
static ScStatus decompose_softshrink(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    double lambd = sc_take_number(node, "lambd");
    ScValue *middle =
        b_call(b, "aten.clamp.default",
               B_ARGS(node->args[0], sc_arg_of_float(-lambd), sc_arg_of_float(lambd)));
    out_results[0] = b_sub(b, x, middle);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.softshrink.default",
     .schema = "aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_softshrink,
     .flags = SC_OP_POINTWISE,
     .doc = "x moved by lambd towards 0, and 0 there"},
    {.name = "aten.celu.default",
     .schema = "aten::celu(Tensor self, Scalar alpha=1.) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_celu,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "elu continuous in its derivative"},
    {.name = "aten.elu.default",
     .schema = "aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar "
               "input_scale=1) -> Tensor",
     .shape = sc_shape_float_only,
     .flags = SC_OP_POINTWISE,
     .doc = "x > 0 ? scale * x : scale * alpha * (e^(input_scale * x) - 1)"},
    {.name = "aten.gelu.default",
     .schema = "aten::gelu(Tensor self, *, str approximate=\"none\") -> Tensor",
     .shape = sc_shape_float_only,
     .flags = SC_OP_POINTWISE,
     .doc = "x times the normal distribution up to x, exact or by tanh"},
    {.name = "aten.glu.default",
     .schema = "aten::glu(Tensor self, int dim=-1) -> Tensor",
     .shape = shape_glu,
     .doc = "first half times the sigmoid of the second half"},
    {.name = "aten.hardsigmoid.default",
     .schema = "aten::hardsigmoid(Tensor self) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_hardsigmoid,
     .flags = SC_OP_POINTWISE,
     .doc = "min(max(x + 3, 0), 6) / 6"},
    {.name = "aten.hardswish.default",
     .schema = "aten::hardswish(Tensor self) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_hardswish,
     .flags = SC_OP_POINTWISE,
     .doc = "x * min(max(x + 3, 0), 6) / 6"},
    {.name = "aten.hardtanh.default",
     .schema = "aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "min(max(x, min_val), max_val)"},
    {.name = "aten.leaky_relu.default",
     .schema = "aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor",
     .shape = sc_shape_float_only,
     .flags = SC_OP_POINTWISE,
     .doc = "x > 0 ? x : negative_slope * x"},
    {.name = "aten.log_sigmoid.default",
     .schema = "aten::log_sigmoid(Tensor self) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_log_sigmoid,
     .flags = SC_OP_POINTWISE,
     .doc = "log(sigmoid(x))"},
    {.name = "aten.logit.default",
     .schema = "aten::logit(Tensor self, float? eps=None) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "log(x / (1 - x)), x clamped to [eps, 1 - eps]"},
    {.name = "aten.mish.default",
     .schema = "aten::mish(Tensor self) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_mish,
     .flags = SC_OP_POINTWISE,
     .doc = "x * tanh(log(1 + e^x))"},
    {.name = "aten.prelu.default",
     .schema = "aten::prelu(Tensor self, Tensor weight) -> Tensor",
     .shape = shape_prelu,
     .decompose = decompose_prelu,
     .flags = SC_OP_POINTWISE,
     .doc = "x > 0 ? x : weight * x, a weight a channel"},
    {.name = "aten.relu6.default",
     .schema = "aten::relu6(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .decompose = decompose_relu6,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "min(max(x, 0), 6)"},
    {.name = "aten.selu.default",
     .schema = "aten::selu(Tensor self) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_selu,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "elu with the constants of self-normalising networks"},
    {.name = "aten.silu.default",
     .schema = "aten::silu(Tensor self) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_silu,
     .flags = SC_OP_POINTWISE,
     .doc = "x * sigmoid(x)"},
    {.name = "aten.softplus.default",
     .schema = "aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor",
     .shape = sc_shape_float_only,
     .decompose = decompose_softplus,
     .flags = SC_OP_POINTWISE,
     .doc = "log(1 + e^(beta * x)) / beta"},
    {.name = "aten.square.default",
     .schema = "aten::square(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .decompose = decompose_square,
     .flags = SC_OP_POINTWISE,
     .doc = "x * x"},
    {.name = "aten.threshold.default",
     .schema = "aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor",
     .shape = sc_shape_same,
     .decompose = decompose_threshold,
     .flags = SC_OP_POINTWISE,
     .doc = "x <= threshold ? value : x"},
};

const ScOpFamily sc_family_activation = SC_OP_FAMILY(rows);
