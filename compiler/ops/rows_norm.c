/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normalisations. Primitive under stock names are batch norm with running
 * statistics, layer norm and group norm; each can also become arithmetic.
 * Source: aten/src/ATen/native/{Normalization,layer_norm,group_norm}.cpp.
 */
#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static const char *const eval_advice = "call model.eval() before torch.export.export()";

/* An optional vector of n elements (weight, bias, running statistics). */
static ScStatus check_vector(Sc *sc, const ScNode *node, const char *name, int64_t n) {
    if (!sc_take_given(node, name)) {
        return SC_OK;
    }
    ScType type = sc_take_type(node, name);
    if (type.rank != 1 || type.dims[0] != n) {
        return sc_bad_shape(sc, node, "'%s' must have %lld elements", name, (long long)n);
    }
    return SC_OK;
}

/* Checks what norms over channels share: rank >= 2, C = dims[1]. */
static ScStatus check_channels(Sc *sc, const ScNode *node, const ScType *x) {
    if (x->rank < 2 || !sc_dtype_is_float(x->dtype)) {
        return sc_bad_shape(sc, node, "the input must be a float tensor [N,C,...]");
    }
    SC_TRY(check_vector(sc, node, "weight", x->dims[1]));
    SC_TRY(check_vector(sc, node, "bias", x->dims[1]));
    SC_TRY(check_vector(sc, node, "running_mean", x->dims[1]));
    return check_vector(sc, node, "running_var", x->dims[1]);
}

static ScStatus shape_batch_norm(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    if (sc_take_bool(node, "training") || !sc_take_given(node, "running_mean") ||
        !sc_take_given(node, "running_var")) {
        return sc_not_done(sc, node, eval_advice,
                           "batch norm in training mode computes statistics of the batch");
    }
    SC_TRY(check_channels(sc, node, &x));
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_batch_norm_legit(Sc *sc, const ScNode *node, ScType *out_types,
                                       uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    SC_TRY(check_channels(sc, node, &x));
    int64_t zero = 0;
    ScType none = sc_type_make(x.dtype, 1, &zero); /* statistics: only in training */
    SC_TRY(sc_shape_give(sc, node, x, out_types, out_n));
    SC_TRY(sc_shape_add(sc, node, none, out_types, out_n));
    return sc_shape_add(sc, node, none, out_types, out_n);
}

static ScStatus shape_batch_norm_no_stats(Sc *sc, const ScNode *node, ScType *out_types,
                                          uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    SC_TRY(check_channels(sc, node, &x));
    if (!sc_take_bool(node, "training")) {
        return sc_bad_shape(sc, node, "without statistics 'training' must be True");
    }
    ScType statistics = sc_type_make(x.dtype, 1, &x.dims[1]);
    SC_TRY(sc_shape_give(sc, node, x, out_types, out_n));
    SC_TRY(sc_shape_add(sc, node, statistics, out_types, out_n));
    return sc_shape_add(sc, node, statistics, out_types, out_n);
}

static ScStatus shape_instance_norm(Sc *sc, const ScNode *node, ScType *out_types,
                                    uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    SC_TRY(check_channels(sc, node, &x));
    if (x.rank < 3) {
        return sc_bad_shape(sc, node, "the input must be [N,C,...]");
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

/* Checks normalized_shape, weight and bias; gives the mask of the last dims. */
static ScStatus read_normalized(Sc *sc, const ScNode *node, const ScType *x,
                                uint32_t *out_mask) {
    ScArg shape = sc_take(node, "normalized_shape");
    *out_mask = 0;
    if (shape.n < 1 || shape.n > x->rank || !sc_dtype_is_float(x->dtype)) {
        return sc_bad_shape(sc, node, "'normalized_shape' doesn't fit a %s of rank %u",
                            sc_dtype_name(x->dtype), x->rank);
    }
    uint32_t first = x->rank - shape.n;
    for (uint32_t i = 0; i < shape.n; i++) {
        if (shape.as.ints[i] != x->dims[first + i]) {
            return sc_bad_shape(sc, node,
                                "'normalized_shape' isn't the end of the input's");
        }
        *out_mask |= 1u << (first + i);
    }
    ScType wanted = sc_type_make(x->dtype, shape.n, x->dims + first);
    static const char *const names[] = {"weight", "bias"};
    for (int i = 0; i < 2; i++) {
        ScValue *value = sc_take_value(node, names[i]);
        if (value && !sc_dims_equal(&value->type, &wanted)) {
            return sc_bad_shape(sc, node, "'%s' must have normalized_shape", names[i]);
        }
    }
    return SC_OK;
}

static ScStatus shape_layer_norm(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    uint32_t mask;
    SC_TRY(read_normalized(sc, node, &x, &mask));
    SC_TRY(sc_shape_give(sc, node, x, out_types, out_n));
    if (node->op->schema.n_results == 3) {
        ScType statistics = sc_reduced(&x, mask, true);
        SC_TRY(sc_shape_add(sc, node, statistics, out_types, out_n));
        SC_TRY(sc_shape_add(sc, node, statistics, out_types, out_n));
    }
    return SC_OK;
}

static ScStatus check_groups(Sc *sc, const ScNode *node, const ScType *x, int64_t groups) {
    SC_TRY(check_channels(sc, node, x));
    if (groups < 1 || x->dims[1] % groups != 0) {
        return sc_bad_shape(sc, node, "%lld groups don't divide %lld channels",
                            (long long)groups, (long long)x->dims[1]);
    }
    return SC_OK;
}

static ScStatus shape_group_norm(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    SC_TRY(check_groups(sc, node, &x, sc_take_int(node, "num_groups")));
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_native_group_norm(Sc *sc, const ScNode *node, ScType *out_types,
                                        uint32_t *out_n) {
    ScType x = sc_take_type(node, "input");
    int64_t groups = sc_take_int(node, "group");
    SC_TRY(check_groups(sc, node, &x, groups));
    int64_t dims[2] = {x.dims[0], groups};
    ScType statistics = sc_type_make(x.dtype, 2, dims);
    SC_TRY(sc_shape_give(sc, node, x, out_types, out_n));
    SC_TRY(sc_shape_add(sc, node, statistics, out_types, out_n));
    return sc_shape_add(sc, node, statistics, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScStatus decompose_batch_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = b_call(b, "aten._native_batch_norm_legit_no_training.default",
                            B_ARGS(sc_take(node, "input"), sc_take(node, "weight"),
                                   sc_take(node, "bias"), sc_take(node, "running_mean"),
                                   sc_take(node, "running_var"), sc_take(node, "momentum"),
                                   sc_take(node, "eps")));
    return build.status;
}

/* [C] -> [C,1,1...], to broadcast against [N,C,...]. */
static ScValue *view_per_channel(ScBuild *b, ScValue *vector, uint32_t rank) {
    int64_t dims[SC_MAX_RANK] = {vector->type.dims[0], 1, 1, 1, 1, 1, 1, 1};
    return b_view(b, vector, rank - 1, dims);
}

/* 1 / sqrt(variance + eps) */
static ScValue *inverse_deviation(ScBuild *b, ScValue *variance, double eps) {
    return b_call1(b, "aten.rsqrt.default",
                   b_call_number(b, "aten.add.Scalar", variance, eps));
}

/* torch gives no statistics here: [0] each. */
static ScValue *no_statistic(ScBuild *b, ScDtype dtype) {
    int64_t zero = 0;
    return b_call(b, "aten.full.default",
                  B_ARGS(b_ints(b, &zero, 1), sc_arg_of_float(0), sc_arg_of_dtype(dtype)));
}

/* x * alpha + beta with alpha = weight / sqrt(var + eps), beta = bias - mean * alpha,
 * as torch does: both fold to constants. */
static ScStatus decompose_batch_norm_legit(Sc *sc, ScGraph *graph, ScNode *node,
                                           ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "input");
    ScValue *weight = sc_take_value(node, "weight"), *bias = sc_take_value(node, "bias");
    ScValue *alpha = inverse_deviation(b, sc_take_value(node, "running_var"),
                                       sc_take_number(node, "eps"));
    alpha = weight ? b_mul(b, alpha, weight) : alpha;
    ScValue *shift = b_mul(b, sc_take_value(node, "running_mean"), alpha);
    ScValue *beta = bias ? b_sub(b, bias, shift) : b_call1(b, "aten.neg.default", shift);
    alpha = view_per_channel(b, alpha, x->type.rank);
    beta = view_per_channel(b, beta, x->type.rank);
    out_results[0] = b_add(b, b_mul(b, x, alpha), beta);
    out_results[1] = no_statistic(b, sc_take_type(node, "input").dtype);
    out_results[2] = out_results[1];
    return build.status;
}

typedef struct Normalized {
    ScValue *y, *mean, *inverse; /* mean and 1/deviation with the dims kept */
} Normalized;

/* (x - mean) / sqrt(variance + eps) over the dimensions `dims`. */
static Normalized normalize(ScBuild *b, ScValue *x, const int64_t *dims, size_t n,
                            double eps) {
    Normalized r;
    ScArg list = b_ints(b, dims, n);
    r.mean =
        b_call(b, "aten.mean.dim", B_ARGS(sc_arg_of_value(x), list, sc_arg_of_bool(true)));
    ScValue *centered = b_sub(b, x, r.mean);
    ScValue *variance = b_call(
        b, "aten.mean.dim",
        B_ARGS(sc_arg_of_value(b_mul(b, centered, centered)), list, sc_arg_of_bool(true)));
    r.inverse = inverse_deviation(b, variance, eps);
    r.y = b_mul(b, centered, r.inverse);
    return r;
}

static ScValue *scale_and_shift(ScBuild *b, ScValue *x, ScValue *weight, ScValue *bias) {
    x = weight ? b_mul(b, x, weight) : x;
    return bias ? b_add(b, x, bias) : x;
}

static ScStatus decompose_native_layer_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                            ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "input");
    uint32_t n = sc_take(node, "normalized_shape").n;
    int64_t dims[SC_MAX_RANK];
    for (uint32_t i = 0; i < n; i++) {
        dims[i] = (int64_t)x->type.rank - n + i;
    }
    Normalized r = normalize(b, x, dims, n, sc_take_number(node, "eps"));
    out_results[0] =
        scale_and_shift(b, r.y, sc_take_value(node, "weight"), sc_take_value(node, "bias"));
    out_results[1] = r.mean;
    out_results[2] = r.inverse;
    return build.status;
}

static ScStatus decompose_layer_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = b_call(
        b, "aten.native_layer_norm.default",
        B_ARGS(sc_take(node, "input"), sc_take(node, "normalized_shape"),
               sc_take(node, "weight"), sc_take(node, "bias"), sc_take(node, "eps")));
    return build.status;
}

/* x * rsqrt(mean(x^2) + eps) * weight; eps None = that of the dtype. */
static ScStatus decompose_rms_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "input");
    uint32_t n = sc_take(node, "normalized_shape").n;
    int64_t dims[SC_MAX_RANK];
    for (uint32_t i = 0; i < n; i++) {
        dims[i] = (int64_t)x->type.rank - n + i;
    }
    double eps = x->type.dtype == SC_F64 ? 2.220446049250313e-16 : 1.1920928955078125e-07;
    eps = sc_take_given(node, "eps") ? sc_take_number(node, "eps") : eps;
    ScValue *square = b_call(
        b, "aten.mean.dim",
        B_ARGS(sc_arg_of_value(b_mul(b, x, x)), b_ints(b, dims, n), sc_arg_of_bool(true)));
    ScValue *y = b_mul(b, x, inverse_deviation(b, square, eps));
    out_results[0] = scale_and_shift(b, y, sc_take_value(node, "weight"), 0);
    return build.status;
}

static ScArg elements_per_channel(const ScType *x) {
    int64_t n = 1;
    for (uint32_t d = 2; d < x->rank; d++) {
        n *= x->dims[d];
    }
    return sc_arg_of_int(n);
}

static ScValue *native_group_norm(ScBuild *b, ScNode *node, int64_t groups) {
    ScType x = sc_take_type(node, "input");
    return b_call(b, "aten.native_group_norm.default",
                  B_ARGS(sc_take(node, "input"), sc_take(node, "weight"),
                         sc_take(node, "bias"), sc_arg_of_int(x.dims[0]),
                         sc_arg_of_int(x.dims[1]), elements_per_channel(&x),
                         sc_arg_of_int(groups), sc_take(node, "eps")));
}

static ScStatus decompose_group_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = native_group_norm(&build, node, sc_take_int(node, "num_groups"));
    return build.status;
}

/* Statistics of each image: group norm with a group a channel. Running
 * statistics: batch norm. */
static ScStatus decompose_instance_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                        ScValue **out_results) {
    if (!sc_take_bool(node, "use_input_stats")) {
        return decompose_batch_norm(sc, graph, node, out_results);
    }
    ScBuild build = sc_build(sc, graph, node);
    ScType x = sc_take_type(node, "input");
    out_results[0] = native_group_norm(&build, node, x.dims[1]);
    return build.status;
}

static ScStatus decompose_native_group_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                            ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "input");
    ScValue *weight = sc_take_value(node, "weight"), *bias = sc_take_value(node, "bias");
    int64_t group = sc_take_int(node, "group");
    int64_t n_group = x->type.dims[1] / group * elements_per_channel(&x->type).as.i;
    int64_t dims[3] = {x->type.dims[0], group, n_group};
    int64_t last = 2;
    Normalized r =
        normalize(b, b_view(b, x, 3, dims), &last, 1, sc_take_number(node, "eps"));
    weight = weight ? view_per_channel(b, weight, x->type.rank) : 0;
    bias = bias ? view_per_channel(b, bias, x->type.rank) : 0;
    out_results[0] = scale_and_shift(b, b_view_like(b, r.y, &x->type), weight, bias);
    out_results[1] = b_view(b, r.mean, 2, dims);
    out_results[2] = b_view(b, r.inverse, 2, dims);
    return build.status;
}

static ScStatus decompose_batch_norm_no_stats(Sc *sc, ScGraph *graph, ScNode *node,
                                              ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "input");
    ScValue *weight = sc_take_value(node, "weight"), *bias = sc_take_value(node, "bias");
    int64_t dims[SC_MAX_RANK] = {0};
    size_t n = 1; /* all but the channels */
    for (uint32_t d = 2; d < x->type.rank; d++) {
        dims[n++] = d;
    }
    Normalized r = normalize(b, x, dims, n, sc_take_number(node, "eps"));
    weight = weight ? view_per_channel(b, weight, x->type.rank) : 0;
    bias = bias ? view_per_channel(b, bias, x->type.rank) : 0;
    out_results[0] = scale_and_shift(b, r.y, weight, bias);
    out_results[1] = b_view(b, r.mean, 1, &x->type.dims[1]);
    out_results[2] = b_view(b, r.inverse, 1, &x->type.dims[1]);
    return build.status;
}

static ScStatus shape_weight_norm(Sc *sc, const ScNode *node, ScType *out_types,
                                  uint32_t *out_n) {
    ScType v = sc_take_type(node, "v"), g = sc_take_type(node, "g"), joined = v;
    int64_t dim = sc_take_int(node, "dim");
    if (dim < -1 || dim >= v.rank || !sc_dtype_is_float(v.dtype) ||
        !sc_broadcast(&joined, &g) || !sc_dims_equal(&joined, &v)) {
        return sc_bad_shape(sc, node, "'g' must have one element for each index of 'dim'");
    }
    return sc_shape_give(sc, node, v, out_types, out_n);
}

/* v * (g / |v|), the norm over all dimensions but dim; -1 = over all of them. */
static ScStatus decompose_weight_norm(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *v = sc_take_value(node, "v");
    int64_t dims[SC_MAX_RANK];
    uint32_t n = 0;
    for (uint32_t d = 0; d < v->type.rank; d++) {
        if (d != sc_take_int(node, "dim")) {
            dims[n++] = d;
        }
    }
    ScValue *square = b_mul(b, v, v);
    /* An empty list would mean all dimensions: a vector has nothing to sum. */
    ScValue *sum = n == 0 ? square
                          : b_call(b, "aten.sum.dim_IntList",
                                   B_ARGS(sc_arg_of_value(square), b_ints(b, dims, n),
                                          sc_arg_of_bool(true)));
    ScValue *norm = b_call1(b, "aten.sqrt.default", sum);
    out_results[0] = b_mul(b, v, b_div(b, sc_take_value(node, "g"), norm));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten._weight_norm.default",
     .schema = "aten::_weight_norm(Tensor v, Tensor g, int dim=0) -> Tensor",
     .shape = shape_weight_norm,
     .decompose = decompose_weight_norm,
     .doc = "weights with lengths of their own: v * g / |v|"},
    {.name = "aten._native_batch_norm_legit.no_stats",
     .schema =
         "aten::_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? "
         "bias, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
     .shape = shape_batch_norm_no_stats,
     .decompose = decompose_batch_norm_no_stats,
     .doc = "batch norm by statistics of the batch itself"},
    {.name = "aten._native_batch_norm_legit_no_training.default",
     .schema = "aten::_native_batch_norm_legit_no_training(Tensor input, Tensor? weight, "
               "Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, "
               "float eps) -> (Tensor, Tensor, Tensor)",
     .shape = shape_batch_norm_legit,
     .decompose = decompose_batch_norm_legit,
     .doc = "batch norm with running statistics"},
    {.name = "aten.batch_norm.default",
     .schema = "aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? "
               "running_mean, Tensor? running_var, bool training, float momentum, float "
               "eps, bool cudnn_enabled) -> Tensor",
     .shape = shape_batch_norm,
     .decompose = decompose_batch_norm,
     .flags = SC_OP_SYNONYM,
     .doc = "batch norm; only with running statistics"},
    {.name = "aten.group_norm.default",
     .schema =
         "aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? "
         "bias=None, float eps=1.0000000000000001e-05, bool cudnn_enabled=True) -> Tensor",
     .shape = shape_group_norm,
     .decompose = decompose_group_norm,
     .flags = SC_OP_SYNONYM,
     .doc = "normalisation over groups of channels"},
    {.name = "aten.instance_norm.default",
     .schema = "aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? "
               "running_mean, Tensor? running_var, bool use_input_stats, float momentum, "
               "float eps, bool cudnn_enabled) -> Tensor",
     .shape = shape_instance_norm,
     .decompose = decompose_instance_norm,
     .flags = SC_OP_SYNONYM,
     .doc = "normalisation of each channel of each image"},
    {.name = "aten.layer_norm.default",
     .schema = "aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? "
               "weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool "
               "cudnn_enable=True) -> Tensor",
     .shape = shape_layer_norm,
     .decompose = decompose_layer_norm,
     .flags = SC_OP_SYNONYM,
     .doc = "normalisation over the last dimensions"},
    {.name = "aten.native_group_norm.default",
     .schema = "aten::native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt "
               "N, SymInt C, SymInt HxW, int group, float eps) -> (Tensor, Tensor, Tensor)",
     .shape = shape_native_group_norm,
     .decompose = decompose_native_group_norm,
     .doc = "group norm with its statistics"},
    {.name = "aten.native_layer_norm.default",
     .schema = "aten::native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? "
               "weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)",
     .shape = shape_layer_norm,
     .decompose = decompose_native_layer_norm,
     .doc = "layer norm with its statistics"},
    {.name = "aten.rms_norm.default",
     .schema = "aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? "
               "weight=None, float? eps=None) -> Tensor",
     .shape = shape_layer_norm,
     .decompose = decompose_rms_norm,
     .doc = "x / sqrt(mean(x^2) + eps) * weight"},
};

const ScOpFamily sc_family_norm = SC_OP_FAMILY(rows);
