/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scaled dot product attention: softmax(q @ k^T * scale + mask) @ v with
 * query [...,L,E], key [...,S,E], value [...,S,Ev]. An engine may take it
 * whole. Source: the reference in torch/nn/functional.py and
 * aten/src/ATen/native/transformers/attention.cpp.
 */
#include <math.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* Dimension d counted from the end. */
static int64_t dim_back(const ScType *type, uint32_t d) {
    return type->dims[type->rank - d];
}

/* The dimensions before the last two, which become the result's. */
static bool join_batch(ScType *type, const ScType *other, bool heads_may_differ) {
    ScType a = *type, b = *other;
    a.rank = (uint8_t)(a.rank - 2);
    b.rank = (uint8_t)(b.rank - 2);
    if (heads_may_differ && a.rank > 0 && b.rank > 0) { /* grouped queries */
        int64_t heads = dim_back(&a, 1), groups = dim_back(&b, 1);
        if (groups < 1 || heads % groups != 0) {
            return false;
        }
        b.dims[b.rank - 1] = heads;
    }
    if (!sc_broadcast(&a, &b)) {
        return false;
    }
    int64_t rows = dim_back(type, 2), columns = dim_back(type, 1);
    a.dims[a.rank++] = rows;
    a.dims[a.rank++] = columns;
    *type = a;
    return true;
}

static ScStatus check_mask(Sc *sc, const ScNode *node, const ScType *q, int64_t keys) {
    if (!sc_take_given(node, "attn_mask")) {
        return SC_OK;
    }
    ScType mask = sc_take_type(node, "attn_mask"), scores = *q;
    scores.dims[scores.rank - 1] = keys;
    ScType joined = scores;
    if (!sc_broadcast(&joined, &mask) || !sc_dims_equal(&joined, &scores) ||
        (mask.dtype != SC_BOOL && mask.dtype != q->dtype)) {
        return sc_bad_shape(sc, node, "'attn_mask' doesn't fit the scores");
    }
    if (sc_take_bool(node, "is_causal")) {
        return sc_bad_shape(sc, node, "'attn_mask' and 'is_causal' exclude each other");
    }
    return SC_OK;
}

static ScStatus shape_attention(Sc *sc, const ScNode *node, ScType *out_types,
                                uint32_t *out_n) {
    ScType q = sc_take_type(node, "query"), k = sc_take_type(node, "key");
    ScType v = sc_take_type(node, "value");
    if (sc_take_number(node, "dropout_p") != 0) {
        return sc_not_done(sc, node, "call model.eval() before torch.export.export()",
                           "attention with dropout is random");
    }
    if (q.rank < 2 || k.rank < 2 || v.rank < 2 || q.dtype != k.dtype ||
        q.dtype != v.dtype || !sc_dtype_is_float(q.dtype)) {
        return sc_bad_shape(sc, node, "query, key and value must be float matrices");
    }
    bool grouped = sc_take_bool(node, "enable_gqa");
    if (dim_back(&q, 1) != dim_back(&k, 1) || dim_back(&k, 2) != dim_back(&v, 2) ||
        !join_batch(&q, &k, grouped) || !join_batch(&q, &v, grouped)) {
        return sc_bad_shape(sc, node, "query, key and value don't fit each other");
    }
    SC_TRY(check_mask(sc, node, &q, dim_back(&k, 2)));
    q.dims[q.rank - 1] = dim_back(&v, 1);
    return sc_shape_give(sc, node, q, out_types, out_n);
}

/* ---- decomposition ----------------------------------------------------------------- */

/* Each head of key or value repeated for the queries that share it. */
static ScValue *repeat_heads(ScBuild *b, ScValue *x, int64_t heads) {
    uint32_t dim = x->type.rank - 3u;
    if (x->type.rank < 3 || x->type.dims[dim] == heads || x->type.dims[dim] == 0) {
        return x;
    }
    int64_t times = heads / x->type.dims[dim];
    return b_call(b, "aten.repeat_interleave.self_int",
                  B_ARGS(sc_arg_of_value(x), sc_arg_of_int(times), sc_arg_of_int(dim)));
}

/* 0 where attention is allowed, -inf elsewhere. */
static ScValue *additive_mask(ScBuild *b, ScValue *allowed, ScDtype dtype) {
    ScValue *zero = b_number(b, dtype, 0);
    return b_where(b, allowed, zero, b_number(b, dtype, -(double)INFINITY));
}

/* Query i sees keys 0..i. */
static ScValue *causal_mask(ScBuild *b, int64_t n_queries, int64_t n_keys) {
    int64_t dims[2] = {n_queries, n_keys};
    ScValue *ones =
        b_call(b, "aten.full.default",
               B_ARGS(b_ints(b, dims, 2), sc_arg_of_bool(true), sc_arg_of_dtype(SC_BOOL)));
    return b_call1(b, "aten.tril.default", ones);
}

static ScValue *softmax(ScBuild *b, ScValue *scores, bool rows_may_be_masked) {
    ScArg x = sc_arg_of_value(scores), last = sc_arg_of_int(-1);
    return rows_may_be_masked
               ? b_call(b, "aten._safe_softmax.default", B_ARGS(x, last))
               : b_call(b, "aten._softmax.default", B_ARGS(x, last, sc_arg_of_bool(false)));
}

static ScStatus decompose_attention(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *q = sc_take_value(node, "query"), *k = sc_take_value(node, "key");
    ScValue *v = sc_take_value(node, "value"), *mask = sc_take_value(node, "attn_mask");
    ScType q_type = sc_take_type(node, "query"), k_type = sc_take_type(node, "key");
    if (sc_take_bool(node, "enable_gqa") && q_type.rank > 2) {
        k = repeat_heads(b, k, dim_back(&q_type, 3));
        v = repeat_heads(b, v, dim_back(&q_type, 3));
    }
    double scale = sc_take_given(node, "scale") ? sc_take_number(node, "scale")
                                                : 1 / sqrt((double)dim_back(&q_type, 1));
    ScValue *k_transposed = b_swap(b, k, k->type.rank - 2u, k->type.rank - 1u);
    ScValue *scores =
        b_call_number(b, "aten.mul.Scalar", b_matmul(b, q, k_transposed), scale);
    bool given = mask != 0;
    if (sc_take_bool(node, "is_causal")) {
        mask = causal_mask(b, dim_back(&q_type, 2), dim_back(&k_type, 2));
    }
    if (mask) {
        mask = mask->type.dtype == SC_BOOL ? additive_mask(b, mask, q_type.dtype) : mask;
        scores = b_add(b, scores, mask);
    }
    out_results[0] = b_matmul(b, softmax(b, scores, given), v);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.scaled_dot_product_attention.default",
     .schema = "aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, "
               "Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, *, "
               "float? scale=None, bool enable_gqa=False) -> Tensor",
     .shape = shape_attention,
     .decompose = decompose_attention,
     .doc = "softmax(q @ k^T * scale + mask) @ v"},
};

const ScOpFamily sc_family_attention = SC_OP_FAMILY(rows);
