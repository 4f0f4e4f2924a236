/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix products. mm, bmm and addmm are the primitives. linear and matmul
 * decompose but are no synonyms: an engine may take them whole.
 * Source: aten/src/ATen/native/Linear.cpp, LinearAlgebra.cpp.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScStatus check_product(Sc *sc, const ScNode *node, const ScType *a, const ScType *b,
                              int64_t inner_a, int64_t inner_b) {
    if (a->dtype != b->dtype) {
        return sc_bad_shape(sc, node, "%s times %s", sc_dtype_name(a->dtype),
                            sc_dtype_name(b->dtype));
    }
    if (inner_a != inner_b) {
        return sc_bad_shape(sc, node, "inner dimensions are %lld and %lld",
                            (long long)inner_a, (long long)inner_b);
    }
    return SC_OK;
}

/* [n,k] x [k,m] -> [n,m] of two operands of rank 2, the first at argument i. */
static ScStatus mm_type(Sc *sc, const ScNode *node, uint32_t i, ScType *out_type) {
    ScType a = sc_node_type(node, i), b = sc_node_type(node, i + 1);
    if (a.rank != 2 || b.rank != 2) {
        return sc_bad_shape(sc, node, "operands of rank %u and %u; 2 and 2 are needed",
                            a.rank, b.rank);
    }
    SC_TRY(check_product(sc, node, &a, &b, a.dims[1], b.dims[0]));
    *out_type = a;
    out_type->dims[1] = b.dims[1];
    return SC_OK;
}

static ScStatus shape_mm(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(mm_type(sc, node, 0, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_addmm(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType type, bias = sc_node_type(node, 0);
    SC_TRY(mm_type(sc, node, 1, &type));
    ScType joined = type;
    if (!sc_broadcast(&joined, &bias) || !sc_dims_equal(&joined, &type) ||
        bias.dtype != type.dtype) {
        return sc_bad_shape(sc, node, "the summand doesn't fit the product");
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_bmm(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType a = sc_node_type(node, 0), b = sc_node_type(node, 1);
    if (a.rank != 3 || b.rank != 3 || a.dims[0] != b.dims[0]) {
        return sc_bad_shape(sc, node, "operands must be [b,n,k] and [b,k,m]");
    }
    SC_TRY(check_product(sc, node, &a, &b, a.dims[2], b.dims[1]));
    a.dims[2] = b.dims[2];
    return sc_shape_give(sc, node, a, out_types, out_n);
}

static ScStatus shape_linear(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_take_type(node, "input"), w = sc_take_type(node, "weight");
    if (x.rank < 1 || w.rank != 2) {
        return sc_bad_shape(sc, node, "input of rank %u and weight of rank %u", x.rank,
                            w.rank);
    }
    SC_TRY(check_product(sc, node, &x, &w, x.dims[x.rank - 1], w.dims[1]));
    x.dims[x.rank - 1] = w.dims[0];
    if (sc_take_given(node, "bias")) {
        ScType bias = sc_take_type(node, "bias");
        if (bias.rank != 1 || bias.dims[0] != w.dims[0]) {
            return sc_bad_shape(sc, node, "the bias must have %lld elements",
                                (long long)w.dims[0]);
        }
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

/* Batch dimensions broadcast; a vector is a row on the left, a column on the
 * right, and its dimension goes from the result. */
static ScStatus shape_matmul(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType a = sc_node_type(node, 0), b = sc_node_type(node, 1);
    if (a.rank < 1 || b.rank < 1) {
        return sc_bad_shape(sc, node, "an operand has no dimension");
    }
    int64_t rows = a.rank > 1 ? a.dims[a.rank - 2] : -1;
    int64_t columns = b.rank > 1 ? b.dims[b.rank - 1] : -1;
    SC_TRY(check_product(sc, node, &a, &b, a.dims[a.rank - 1],
                         b.dims[b.rank > 1 ? b.rank - 2 : 0]));
    ScType type = a, batch_b = b;
    type.rank = (uint8_t)(a.rank > 2 ? a.rank - 2 : 0);
    batch_b.rank = (uint8_t)(b.rank > 2 ? b.rank - 2 : 0);
    if (!sc_broadcast(&type, &batch_b)) {
        return sc_bad_shape(sc, node, "the batch dimensions don't broadcast");
    }
    if (rows >= 0) {
        type.dims[type.rank++] = rows;
    }
    if (columns >= 0) {
        type.dims[type.rank++] = columns;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

/* [..., k] -> [rows, k] */
static ScValue *view_rows(ScBuild *b, ScValue *x) {
    uint32_t rank = x->type.rank;
    int64_t dims[2] = {1, rank ? x->type.dims[rank - 1] : 1};
    for (uint32_t d = 0; d + 1 < rank; d++) {
        dims[0] *= x->type.dims[d];
    }
    return b_view(b, x, 2, dims);
}

static ScStatus decompose_linear(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "input"), *bias = sc_take_value(node, "bias");
    ScType type = x->type;
    ScValue *weight = b_swap(b, sc_take_value(node, "weight"), 0, 1);
    ScValue *x2 = view_rows(b, x);
    ScValue *y = bias ? b_call(b, "aten.addmm.default",
                               B_ARGS(sc_arg_of_value(bias), sc_arg_of_value(x2),
                                      sc_arg_of_value(weight)))
                      : b_call2(b, "aten.mm.default", x2, weight);
    type.dims[type.rank - 1] = y->type.dims[1];
    out_results[0] = b_view_like(b, y, &type);
    return build.status;
}

/* x with batch dimensions expanded to those of `batch`, as [product, n, m]. */
static ScValue *view_batched(ScBuild *b, ScValue *x, const ScType *batch) {
    ScType type = *batch;
    int64_t dims[3] = {1, 1, 1};
    for (uint32_t d = 0; d < batch->rank; d++) {
        dims[0] *= batch->dims[d];
    }
    for (uint32_t d = 0; d < 2; d++) {
        dims[1 + d] = x->type.dims[x->type.rank - 2u + d];
        type.dims[type.rank++] = dims[1 + d];
    }
    return b_view(b, b_expand(b, x, type.rank, type.dims), 3, dims);
}

static ScStatus decompose_matmul(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_matmul(sc, node, &type, &n));
    ScValue *x = sc_node_value(node, 0), *y = sc_node_value(node, 1);
    bool column = y->type.rank == 1;
    y = column ? b_unsqueeze(b, y, 1) : y;
    if (y->type.rank == 2) { /* all rows of x at once */
        ScValue *flat = b_call2(b, "aten.mm.default", view_rows(b, x), y);
        out_results[0] = b_view_like(b, flat, &type);
        return build.status;
    }
    x = x->type.rank == 1 ? b_unsqueeze(b, x, 0) : x;
    ScType batch = x->type, batch_y = y->type;
    batch.rank = (uint8_t)(batch.rank - 2);
    batch_y.rank = (uint8_t)(batch_y.rank - 2);
    sc_broadcast(&batch, &batch_y);
    ScValue *product = b_call2(b, "aten.bmm.default", view_batched(b, x, &batch),
                               view_batched(b, y, &batch));
    out_results[0] = b_view_like(b, product, &type);
    return build.status;
}

static ScStatus shape_outer(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType a = sc_node_type(node, 0), b = sc_node_type(node, 1);
    if (a.rank != 1 || b.rank != 1 || a.dtype != b.dtype) {
        return sc_bad_shape(sc, node, "two vectors of one type are needed");
    }
    a.dims[a.rank++] = b.dims[0];
    return sc_shape_give(sc, node, a, out_types, out_n);
}

/* dot and mv are matmul of a vector. */
static ScStatus shape_with_vector(Sc *sc, const ScNode *node, ScType *out_types,
                                  uint32_t *out_n) {
    uint32_t rank = node->op->schema.name[0] == 'd' ? 1 : 2;
    if (sc_node_type(node, 0).rank != rank || sc_node_type(node, 1).rank != 1) {
        return sc_bad_shape(sc, node, "operands of rank %u and 1 are needed", rank);
    }
    return shape_matmul(sc, node, out_types, out_n);
}

static ScStatus shape_baddbmm(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), a = sc_node_type(node, 1), b = sc_node_type(node, 2);
    if (a.rank != 3 || b.rank != 3 || a.dims[0] != b.dims[0]) {
        return sc_bad_shape(sc, node, "operands must be [b,n,k] and [b,k,m]");
    }
    SC_TRY(check_product(sc, node, &a, &b, a.dims[2], b.dims[1]));
    a.dims[2] = b.dims[2];
    ScType joined = a;
    if (!sc_broadcast(&joined, &x) || !sc_dims_equal(&joined, &a) || x.dtype != a.dtype) {
        return sc_bad_shape(sc, node, "the summand doesn't fit the product");
    }
    return sc_shape_give(sc, node, a, out_types, out_n);
}

static ScStatus decompose_outer(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *column = b_unsqueeze(b, sc_node_value(node, 0), 1);
    out_results[0] = b_mul(b, column, sc_node_value(node, 1));
    return build.status;
}

static ScStatus decompose_with_vector(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = b_matmul(b, sc_node_value(node, 0), sc_node_value(node, 1));
    return build.status;
}

static ScValue *times_number(ScBuild *b, ScValue *x, ScArg number) {
    bool one = number.kind == SC_ARG_INT && number.as.i == 1;
    return one ? x : b_call(b, "aten.mul.Scalar", B_ARGS(sc_arg_of_value(x), number));
}

static ScStatus decompose_baddbmm(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *product =
        b_call2(b, "aten.bmm.default", sc_node_value(node, 1), sc_node_value(node, 2));
    out_results[0] =
        b_add(b, times_number(b, sc_node_value(node, 0), sc_take(node, "beta")),
              times_number(b, product, sc_take(node, "alpha")));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.outer.default",
     .schema = "aten::outer(Tensor self, Tensor vec2) -> Tensor",
     .shape = shape_outer,
     .decompose = decompose_outer,
     .doc = "products of all pairs of two vectors"},
    {.name = "aten.dot.default",
     .schema = "aten::dot(Tensor self, Tensor tensor) -> Tensor",
     .shape = shape_with_vector,
     .decompose = decompose_with_vector,
     .flags = SC_OP_SYNONYM,
     .doc = "sum of products of two vectors"},
    {.name = "aten.mv.default",
     .schema = "aten::mv(Tensor self, Tensor vec) -> Tensor",
     .shape = shape_with_vector,
     .decompose = decompose_with_vector,
     .flags = SC_OP_SYNONYM,
     .doc = "matrix times vector"},
    {.name = "aten.baddbmm.default",
     .schema = "aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, "
               "Scalar alpha=1) -> Tensor",
     .shape = shape_baddbmm,
     .decompose = decompose_baddbmm,
     .doc = "beta * self + alpha * (batch1 @ batch2)"},
    {.name = "aten.addmm.default",
     .schema = "aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, "
               "Scalar alpha=1) -> Tensor",
     .shape = shape_addmm,
     .doc = "beta * self + alpha * (mat1 @ mat2)"},
    {.name = "aten.bmm.default",
     .schema = "aten::bmm(Tensor self, Tensor mat2) -> Tensor",
     .shape = shape_bmm,
     .doc = "batch of matrix products [b,n,k] x [b,k,m]"},
    {.name = "aten.linear.default",
     .schema = "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
     .shape = shape_linear,
     .decompose = decompose_linear,
     .doc = "x @ weight^T + bias"},
    {.name = "aten.matmul.default",
     .schema = "aten::matmul(Tensor self, Tensor other) -> Tensor",
     .shape = shape_matmul,
     .decompose = decompose_matmul,
     .doc = "matrix product with broadcast batch dimensions"},
    {.name = "aten.mm.default",
     .schema = "aten::mm(Tensor self, Tensor mat2) -> Tensor",
     .shape = shape_mm,
     .doc = "matrix product [n,k] x [k,m]"},
};

const ScOpFamily sc_family_linear = SC_OP_FAMILY(rows);
