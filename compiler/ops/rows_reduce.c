/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reductions over dimensions, and what is made of them.
 * Source: aten/src/ATen/native/ReduceOps.cpp.
 */
#include <math.h>
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* The input reduced over "dim" (absent, None or [] = all of it). */
static ScStatus reduced_type(Sc *sc, const ScNode *node, ScType *out_type) {
    ScType x = sc_node_type(node, 0);
    uint32_t mask;
    SC_TRY(sc_take_dims(sc, node, "dim", x.rank, &mask));
    *out_type = sc_reduced(&x, mask, sc_take_bool(node, "keepdim"));
    return SC_OK;
}

/* sum, prod, cumsum: integers and bool become int64. */
static ScDtype sum_dtype(const ScNode *node) {
    ScDtype dtype = sc_node_type(node, 0).dtype;
    return sc_take_dtype(node, "dtype", sc_dtype_is_float(dtype) ? dtype : SC_I64);
}

static ScStatus shape_sum(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(reduced_type(sc, node, &type));
    type.dtype = sum_dtype(node);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_cumsum(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
    type.dtype = sum_dtype(node);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* mean, var, std, norms: floats. */
static ScStatus shape_mean(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(reduced_type(sc, node, &type));
    type.dtype = sc_take_dtype(node, "dtype", type.dtype);
    if (!sc_dtype_is_float(type.dtype)) {
        return sc_bad_shape(sc, node, "the input is %s; a float type is needed",
                            sc_dtype_name(type.dtype));
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_var_mean(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    SC_TRY(shape_mean(sc, node, out_types, out_n));
    return sc_shape_add(sc, node, out_types[0], out_types, out_n);
}

static ScStatus check_not_empty(Sc *sc, const ScNode *node) {
    ScType x = sc_node_type(node, 0);
    return sc_type_numel(&x) ? SC_OK
                             : sc_bad_shape(sc, node, "nothing is the largest of nothing");
}

static ScStatus shape_amax(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(check_not_empty(sc, node));
    SC_TRY(reduced_type(sc, node, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_argmax(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType type;
    SC_TRY(check_not_empty(sc, node));
    SC_TRY(reduced_type(sc, node, &type));
    type.dtype = SC_I64;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* max.dim: values and indices. */
static ScStatus shape_max_dim(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    SC_TRY(shape_amax(sc, node, out_types, out_n));
    ScType indices = out_types[0];
    indices.dtype = SC_I64;
    return sc_shape_add(sc, node, indices, out_types, out_n);
}

static ScStatus shape_any(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(reduced_type(sc, node, &type));
    type.dtype = type.dtype == SC_U8 ? SC_U8 : SC_BOOL;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* topk and sort: k elements along dim, and their indices. */
static ScStatus shape_topk(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    int64_t k = sc_take_int(node, "k");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
    if (sc_take_given(node, "k")) {
        if (k < 0 || k > (type.rank ? type.dims[dim] : 1)) {
            return sc_bad_shape(sc, node, "k is %lld", (long long)k);
        }
        type.dims[dim] = k;
    }
    SC_TRY(sc_shape_give(sc, node, type, out_types, out_n));
    type.dtype = SC_I64;
    return sc_shape_add(sc, node, type, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

/* op(x, dims, keepdim) over the dimensions that the node names. */
static ScValue *reduce_as(ScBuild *b, const ScNode *node, const char *op, ScValue *x,
                          bool keepdim) {
    ScArg dims = sc_take(node, "dim");
    if (dims.kind == SC_ARG_INT) {
        dims = b_ints(b, &dims.as.i, 1);
    } else if (dims.kind != SC_ARG_INTS) {
        dims = b_ints(b, 0, 0);
    }
    return b_call(b, op, B_ARGS(sc_arg_of_value(x), dims, sc_arg_of_bool(keepdim)));
}

static ScStatus decompose_all_dims(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results, const char *op) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = b_call(b, op,
                            B_ARGS(node->args[0], b_ints(b, 0, 0), sc_arg_of_bool(false),
                                   sc_take(node, "dtype")));
    return build.status;
}

static ScStatus decompose_mean(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    return decompose_all_dims(sc, graph, node, out_results, "aten.mean.dim");
}

static ScStatus decompose_sum(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    return decompose_all_dims(sc, graph, node, out_results, "aten.sum.dim_IntList");
}

static ScStatus decompose_max(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call1(&build, "aten.amax.default", sc_node_value(node, 0));
    return build.status;
}

static ScStatus decompose_min(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call1(&build, "aten.amin.default", sc_node_value(node, 0));
    return build.status;
}

/* all(x) = not any(not x), by the overload of any() that the node's is. */
static ScStatus decompose_all(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    const char *overload = node->op->schema.overload;
    const char *op =
        sc_arena_fmt(sc->arena, "aten.any.%s", *overload ? overload : "default");
    ScArg args[3] = {
        sc_arg_of_value(b_call1(b, "aten.logical_not.default", sc_node_value(node, 0)))};
    for (uint32_t i = 1; i < node->n_args && i < 3; i++) {
        args[i] = node->args[i];
    }
    ScValue *some_zero = b_call(b, op, args, node->n_args);
    ScValue *all = b_call1(b, "aten.logical_not.default", some_zero);
    out_results[0] = sc_node_type(node, 0).dtype == SC_U8 ? b_cast(b, all, SC_U8) : all;
    return build.status;
}

/* "unbiased" is the correction 1. */
static ScArg read_correction(const ScNode *node) {
    if (sc_schema_param(&node->op->schema, "unbiased") >= 0) {
        return sc_arg_of_int(sc_take_bool(node, "unbiased"));
    }
    return sc_take(node, "correction");
}

static ScValue *variance(ScBuild *b, const ScNode *node) {
    ScArg dims = sc_take(node, "dim");
    return b_call(b, "aten.var.correction",
                  B_ARGS(node->args[0], dims, read_correction(node),
                         sc_arg_of_bool(sc_take_bool(node, "keepdim"))));
}

static ScStatus decompose_var(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = variance(&build, node);
    return build.status;
}

static ScStatus decompose_std(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = b_call1(b, "aten.sqrt.default", variance(b, node));
    return build.status;
}

static ScStatus decompose_var_mean(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = variance(b, node);
    out_results[1] = reduce_as(b, node, "aten.mean.dim", sc_node_value(node, 0),
                               sc_take_bool(node, "keepdim"));
    return build.status;
}

/* sum((x - mean)^2) / (n - correction) */
static ScStatus decompose_var_correction(Sc *sc, ScGraph *graph, ScNode *node,
                                         ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    ScType x_type = sc_node_type(node, 0);
    uint32_t mask;
    SC_TRY(sc_take_dims(sc, node, "dim", x_type.rank, &mask));
    double n = 1;
    for (uint32_t d = 0; d < x_type.rank; d++) {
        n *= mask & (1u << d) ? (double)x_type.dims[d] : 1;
    }
    ScArg correction = sc_take(node, "correction");
    n -= correction.kind == SC_ARG_NONE ? 1 : sc_take_number(node, "correction");
    ScValue *centered = b_sub(b, x, reduce_as(b, node, "aten.mean.dim", x, true));
    ScValue *sum = reduce_as(b, node, "aten.sum.dim_IntList", b_mul(b, centered, centered),
                             sc_take_bool(node, "keepdim"));
    out_results[0] = b_call_number(b, "aten.div.Scalar", sum, n > 0 ? n : 0);
    return build.status;
}

/* m + log(sum(e^(x - m))), m = max(x), 0 where that is infinite */
static ScStatus decompose_logsumexp(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    bool keepdim = sc_take_bool(node, "keepdim");
    ScValue *x = sc_node_value(node, 0);
    ScValue *m = reduce_as(b, node, "aten.amax.default", x, true);
    m = b_where(b, b_call1(b, "aten.isinf.default", m), b_number(b, m->type.dtype, 0), m);
    ScValue *e = b_call1(b, "aten.exp.default", b_sub(b, x, m));
    ScValue *log = b_call1(b, "aten.log.default",
                           reduce_as(b, node, "aten.sum.dim_IntList", e, keepdim));
    out_results[0] = b_add(b, b_view_like(b, m, &log->type), log);
    return build.status;
}

static ScStatus shape_norm(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    double ord = sc_take_number(node, "ord");
    if (ord != 1 && ord != 2 && !(isinf(ord) && ord > 0)) {
        return sc_not_done(sc, node, "use a norm of order 1, 2 or infinity",
                           "a norm of order %g", ord);
    }
    return shape_mean(sc, node, out_types, out_n);
}

static ScStatus decompose_norm(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    double ord = sc_take_number(node, "ord");
    bool keepdim = sc_take_bool(node, "keepdim");
    ScValue *x = b_cast(b, sc_node_value(node, 0),
                        sc_take_dtype(node, "dtype", sc_node_type(node, 0).dtype));
    if (ord == 2) {
        ScValue *sum = reduce_as(b, node, "aten.sum.dim_IntList", b_mul(b, x, x), keepdim);
        out_results[0] = b_call1(b, "aten.sqrt.default", sum);
        return build.status;
    }
    const char *op = ord == 1 ? "aten.sum.dim_IntList" : "aten.amax.default";
    out_results[0] = reduce_as(b, node, op, b_call1(b, "aten.abs.default", x), keepdim);
    return build.status;
}

static ScStatus shape_cosine(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType type = sc_node_type(node, 0), other = sc_node_type(node, 1);
    uint32_t dim;
    if (!sc_broadcast(&type, &other) || !sc_dtype_is_float(type.dtype) ||
        type.dtype != other.dtype) {
        return sc_bad_shape(sc, node, "two float tensors that broadcast are needed");
    }
    SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
    return sc_shape_give(sc, node, sc_reduced(&type, 1u << dim, false), out_types, out_n);
}

/* x / max(|x|, eps) along the dimension of the node. */
static ScValue *unit_vector(ScBuild *b, const ScNode *node, ScValue *x) {
    ScArg eps = sc_take(node, "eps");
    ScValue *sum = reduce_as(b, node, "aten.sum.dim_IntList", b_mul(b, x, x), true);
    ScValue *norm = b_call1(b, "aten.sqrt.default", sum);
    norm = b_call(b, "aten.clamp.default", B_ARGS(sc_arg_of_value(norm), eps));
    return b_div(b, x, norm);
}

static ScStatus decompose_cosine(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType x = sc_node_type(node, 0), joined = x, y = sc_node_type(node, 1);
    sc_broadcast(&joined, &y);
    ScValue *u = b_expand(b, sc_node_value(node, 0), joined.rank, joined.dims);
    ScValue *v = b_expand(b, sc_node_value(node, 1), joined.rank, joined.dims);
    out_results[0] =
        reduce_as(b, node, "aten.sum.dim_IntList",
                  b_mul(b, unit_vector(b, node, u), unit_vector(b, node, v)), false);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.var_mean.dim",
     .schema = "aten::var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool "
               "keepdim=False) -> (Tensor, Tensor)",
     .shape = shape_var_mean,
     .decompose = decompose_var_mean,
     .doc = "variance and mean over dimensions"},
    {.name = "aten.var_mean.default",
     .schema = "aten::var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)",
     .shape = shape_var_mean,
     .decompose = decompose_var_mean,
     .doc = "variance and mean of all elements"},
    {.name = "aten.cosine_similarity.default",
     .schema = "aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) "
               "-> Tensor",
     .shape = shape_cosine,
     .decompose = decompose_cosine,
     .doc = "cosine of the angle between vectors along a dimension"},
    {.name = "aten.all.default",
     .schema = "aten::all(Tensor self) -> Tensor",
     .shape = shape_any,
     .decompose = decompose_all,
     .doc = "are all elements not zero?"},
    {.name = "aten.all.dim",
     .schema = "aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
     .shape = shape_any,
     .decompose = decompose_all,
     .doc = "are all elements not zero?"},
    {.name = "aten.all.dims",
     .schema = "aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
     .shape = shape_any,
     .decompose = decompose_all,
     .doc = "are all elements not zero?"},
    {.name = "aten.amax.default",
     .schema = "aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
     .shape = shape_amax,
     .doc = "the largest over dimensions"},
    {.name = "aten.amin.default",
     .schema = "aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
     .shape = shape_amax,
     .doc = "the smallest over dimensions"},
    {.name = "aten.any.default",
     .schema = "aten::any(Tensor self) -> Tensor",
     .shape = shape_any,
     .doc = "is any element not zero?"},
    {.name = "aten.any.dim",
     .schema = "aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
     .shape = shape_any,
     .doc = "is any element not zero?"},
    {.name = "aten.any.dims",
     .schema = "aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
     .shape = shape_any,
     .doc = "is any element not zero?"},
    {.name = "aten.argmax.default",
     .schema = "aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
     .shape = shape_argmax,
     .doc = "where the largest is"},
    {.name = "aten.argmin.default",
     .schema = "aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor",
     .shape = shape_argmax,
     .doc = "where the smallest is"},
    {.name = "aten.cumsum.default",
     .schema = "aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
     .shape = shape_cumsum,
     .doc = "sums up to each element along a dimension"},
    {.name = "aten.linalg_vector_norm.default",
     .schema = "aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool "
               "keepdim=False, *, ScalarType? dtype=None) -> Tensor",
     .shape = shape_norm,
     .decompose = decompose_norm,
     .doc = "norm of order 1, 2 or infinity"},
    {.name = "aten.logsumexp.default",
     .schema = "aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_logsumexp,
     .doc = "logarithm of the sum of exponentials"},
    {.name = "aten.max.default",
     .schema = "aten::max(Tensor self) -> Tensor",
     .shape = shape_amax,
     .decompose = decompose_max,
     .doc = "the largest of all elements"},
    {.name = "aten.max.dim",
     .schema = "aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, "
               "Tensor indices)",
     .shape = shape_max_dim,
     .doc = "the largest over a dimension, and where it is"},
    {.name = "aten.mean.default",
     .schema = "aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_mean,
     .flags = SC_OP_SYNONYM,
     .doc = "mean of all elements"},
    {.name = "aten.mean.dim",
     .schema = "aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, "
               "ScalarType? dtype=None) -> Tensor",
     .shape = shape_mean,
     .doc = "mean over dimensions"},
    {.name = "aten.min.default",
     .schema = "aten::min(Tensor self) -> Tensor",
     .shape = shape_amax,
     .decompose = decompose_min,
     .doc = "the smallest of all elements"},
    {.name = "aten.min.dim",
     .schema = "aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, "
               "Tensor indices)",
     .shape = shape_max_dim,
     .doc = "the smallest over a dimension, and where it is"},
    {.name = "aten.prod.default",
     .schema = "aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
     .shape = shape_sum,
     .doc = "product of all elements"},
    {.name = "aten.prod.dim_int",
     .schema = "aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, "
               "ScalarType? dtype=None) -> Tensor",
     .shape = shape_sum,
     .doc = "product over a dimension"},
    {.name = "aten.sort.default",
     .schema = "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor "
               "values, Tensor indices)",
     .shape = shape_topk,
     .doc = "elements in order, and where they were"},
    {.name = "aten.std.correction",
     .schema = "aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? "
               "correction=None, bool keepdim=False) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_std,
     .doc = "standard deviation over dimensions"},
    {.name = "aten.std.default",
     .schema = "aten::std(Tensor self, bool unbiased=True) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_std,
     .doc = "standard deviation of all elements"},
    {.name = "aten.std.dim",
     .schema = "aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool "
               "keepdim=False) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_std,
     .doc = "standard deviation over dimensions"},
    {.name = "aten.sum.default",
     .schema = "aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
     .shape = shape_sum,
     .decompose = decompose_sum,
     .flags = SC_OP_SYNONYM,
     .doc = "sum of all elements"},
    {.name = "aten.sum.dim_IntList",
     .schema = "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, "
               "ScalarType? dtype=None) -> Tensor",
     .shape = shape_sum,
     .doc = "sum over dimensions"},
    {.name = "aten.topk.default",
     .schema = "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool "
               "sorted=True) -> (Tensor values, Tensor indices)",
     .shape = shape_topk,
     .doc = "the k largest or smallest, and where they are"},
    {.name = "aten.var.correction",
     .schema = "aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? "
               "correction=None, bool keepdim=False) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_var_correction,
     .doc = "variance over dimensions"},
    {.name = "aten.var.default",
     .schema = "aten::var(Tensor self, bool unbiased=True) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_var,
     .flags = SC_OP_SYNONYM,
     .doc = "variance of all elements"},
    {.name = "aten.var.dim",
     .schema = "aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool "
               "keepdim=False) -> Tensor",
     .shape = shape_mean,
     .decompose = decompose_var,
     .flags = SC_OP_SYNONYM,
     .doc = "variance over dimensions"},
    {.name = "aten.var_mean.correction",
     .schema = "aten::var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? "
               "correction=None, bool keepdim=False) -> (Tensor, Tensor)",
     .shape = shape_var_mean,
     .decompose = decompose_var_mean,
     .doc = "variance and mean over dimensions"},
};

const ScOpFamily sc_family_reduce = SC_OP_FAMILY(rows);
