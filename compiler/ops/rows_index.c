/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing at positions that a tensor or a number tells. Index
 * tensors hold int64 or int32; masks would make data-dependent shapes. Whether
 * the indices are in range is checked by the kernels at run time.
 * Source: aten/src/ATen/native/TensorAdvancedIndexing.cpp.
 */
#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScStatus check_index(Sc *sc, const ScNode *node, const ScType *index) {
    if (index->dtype == SC_BOOL || index->dtype == SC_U8) {
        return sc_not_done(sc, node, "use torch.where() instead of a mask as an index",
                           "a mask as an index makes a shape that depends on data");
    }
    if (index->dtype != SC_I64 && index->dtype != SC_I32) {
        return sc_bad_shape(sc, node, "an index of type %s", sc_dtype_name(index->dtype));
    }
    return SC_OK;
}

/* The type of x[indices]: the broadcast indices stand where the first indexed
 * dimension was, or in front when the indexed dimensions aren't neighbours. */
static ScStatus indexed_type(Sc *sc, const ScNode *node, ScType *out_type) {
    ScType x = sc_node_type(node, 0), index = sc_type_make(SC_I64, 0, 0);
    ScArg indices = sc_take(node, "indices");
    int first = -1, last = -1;
    uint32_t n = 0;
    if (indices.n > x.rank) {
        return sc_bad_shape(sc, node, "%u indices for %u dimensions", indices.n, x.rank);
    }
    for (uint32_t i = 0; i < indices.n; i++) {
        if (!indices.as.values[i]) {
            continue;
        }
        ScType one = sc_take_item_type(node, "indices", i);
        SC_TRY(check_index(sc, node, &one));
        if (!sc_broadcast(&index, &one)) {
            return sc_bad_shape(sc, node, "the indices don't broadcast");
        }
        first = first < 0 ? (int)i : first;
        last = (int)i;
        n++;
    }
    int place = n > 0 && (uint32_t)(last - first + 1) == n ? first : 0;
    ScType type = sc_type_make(x.dtype, 0, 0);
    if (x.rank - n + index.rank > SC_MAX_RANK) {
        return sc_not_done(sc, node, 0, "a result of more than %d dimensions", SC_MAX_RANK);
    }
    for (int d = 0; d <= (int)x.rank; d++) {
        for (uint32_t i = 0; d == place && i < index.rank; i++) {
            type.dims[type.rank++] = index.dims[i];
        }
        bool indexed = d < (int)indices.n && indices.as.values[d];
        if (d < (int)x.rank && !indexed) {
            type.dims[type.rank++] = x.dims[d];
        }
    }
    *out_type = type;
    return SC_OK;
}

static ScStatus shape_index(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType type;
    SC_TRY(indexed_type(sc, node, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_index_put(Sc *sc, const ScNode *node, ScType *out_types,
                                uint32_t *out_n) {
    ScType place, values = sc_take_type(node, "values");
    SC_TRY(indexed_type(sc, node, &place));
    ScType joined = place;
    if (!sc_broadcast(&joined, &values) || !sc_dims_equal(&joined, &place)) {
        return sc_bad_shape(sc, node, "the values don't broadcast to the indexed part");
    }
    return sc_shape_same(sc, node, out_types, out_n);
}

/* The dimension of an op with a one-dimensional index. */
static ScStatus read_index_dim(Sc *sc, const ScNode *node, ScType *out_x, ScType *out_index,
                               uint32_t *out_dim) {
    *out_x = sc_node_type(node, 0);
    *out_index = sc_take_type(node, "index");
    SC_TRY(check_index(sc, node, out_index));
    if (out_index->rank > 1) {
        return sc_bad_shape(sc, node, "the index must have one dimension");
    }
    return sc_take_dim(sc, node, "dim", out_x->rank, out_dim);
}

static ScStatus shape_index_select(Sc *sc, const ScNode *node, ScType *out_types,
                                   uint32_t *out_n) {
    ScType x, index;
    uint32_t dim;
    SC_TRY(read_index_dim(sc, node, &x, &index, &dim));
    if (x.rank > 0) {
        x.dims[dim] = index.rank ? index.dims[0] : 1;
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_index_copy(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType x, index, source = sc_take_type(node, "source");
    uint32_t dim;
    SC_TRY(read_index_dim(sc, node, &x, &index, &dim));
    if (x.rank == 0) {
        return sc_not_done(sc, node, 0, "index_copy of a tensor without dimensions");
    }
    ScType wanted = x;
    wanted.dims[dim] = index.rank ? index.dims[0] : 1;
    if (!sc_dims_equal(&wanted, &source)) {
        return sc_bad_shape(sc, node, "the source doesn't fit index and self");
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

/* gather and scatter: index[i][j] replaces coordinate `dim` of (i, j). */
static ScStatus check_gather(Sc *sc, const ScNode *node, const ScType *x,
                             const ScType *index) {
    uint32_t dim;
    SC_TRY(check_index(sc, node, index));
    SC_TRY(sc_take_dim(sc, node, "dim", x->rank, &dim));
    bool fits = x->rank == index->rank;
    for (uint32_t d = 0; fits && d < x->rank; d++) {
        fits = d == dim || index->dims[d] <= x->dims[d];
    }
    return fits ? SC_OK : sc_bad_shape(sc, node, "the index is larger than the input");
}

static ScStatus shape_gather(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), index = sc_take_type(node, "index");
    SC_TRY(check_gather(sc, node, &x, &index));
    index.dtype = x.dtype;
    return sc_shape_give(sc, node, index, out_types, out_n);
}

static ScStatus shape_scatter(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), index = sc_take_type(node, "index");
    SC_TRY(check_gather(sc, node, &x, &index));
    if (sc_take_given(node, "src")) {
        ScType src = sc_take_type(node, "src");
        bool fits = src.rank == index.rank && src.dtype == x.dtype;
        for (uint32_t d = 0; fits && d < src.rank; d++) {
            fits = index.dims[d] <= src.dims[d];
        }
        if (!fits) {
            return sc_bad_shape(sc, node, "the source doesn't fit index and self");
        }
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_masked_scatter(Sc *sc, const ScNode *node, ScType *out_types,
                                     uint32_t *out_n) {
    ScType x = sc_take_type(node, "self"), mask = sc_take_type(node, "mask");
    if (mask.dtype != SC_BOOL || !sc_broadcast(&x, &mask) ||
        sc_take_type(node, "source").dtype != x.dtype) {
        return sc_bad_shape(sc, node,
                            "the mask must be bool and broadcast, the source of one dtype");
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_embedding(Sc *sc, const ScNode *node, ScType *out_types,
                                uint32_t *out_n) {
    ScType weight = sc_take_type(node, "weight"), type = sc_take_type(node, "indices");
    SC_TRY(check_index(sc, node, &type));
    if (weight.rank != 2 || type.rank == SC_MAX_RANK) {
        return sc_bad_shape(sc, node, "the weight must be [entries, size]");
    }
    type.dims[type.rank++] = weight.dims[1];
    type.dtype = weight.dtype;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* select_scatter and slice_scatter: src must fit the part that it replaces. */
static ScStatus shape_part_scatter(Sc *sc, const ScNode *node, ScType *out_types,
                                   uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), src = sc_node_type(node, 1), part = x;
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    if (sc_take_given(node, "index")) {
        int64_t index = sc_take_int(node, "index");
        if (x.rank == 0 || index < -x.dims[dim] || index >= x.dims[dim]) {
            return sc_bad_shape(sc, node, "index %lld is out of range", (long long)index);
        }
        part = sc_reduced(&x, 1u << dim, false);
    } else {
        part.dims[dim] = src.rank == x.rank ? src.dims[dim] : -1;
    }
    if (!sc_dims_equal(&part, &src)) {
        return sc_bad_shape(sc, node, "the source doesn't fit the part that it replaces");
    }
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_tril(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    if (sc_node_type(node, 0).rank < 2) {
        return sc_bad_shape(sc, node, "the input isn't a matrix");
    }
    return sc_shape_same(sc, node, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

/* One index: where(arange == index, source, self), all of it pointwise. */
static ScValue *copy_one_index(ScBuild *b, const ScNode *node, const ScType *x,
                               uint32_t dim) {
    int64_t dims[SC_MAX_RANK] = {0, 1, 1, 1, 1, 1, 1, 1}; /* [size, 1, 1...] */
    dims[0] = x->dims[dim];
    ScValue *places = b_call(b, "aten.arange.start_step",
                             B_ARGS(sc_arg_of_int(0), sc_arg_of_int(dims[0])));
    ScValue *index = b_cast(b, sc_take_value(node, "index"), SC_I64);
    ScValue *here = b_call2(b, "aten.eq.Tensor", places, index);
    return b_where(b, b_view(b, here, x->rank - dim, dims), sc_take_value(node, "source"),
                   sc_node_value(node, 0));
}

static ScStatus decompose_index_copy(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType x, index;
    uint32_t dim;
    SC_TRY(read_index_dim(sc, node, &x, &index, &dim));
    if (sc_type_numel(&index) == 1) {
        out_results[0] = copy_one_index(b, node, &x, dim);
        return build.status;
    }
    ScValue *indices[SC_MAX_RANK] = {0};
    indices[dim] = sc_take_value(node, "index");
    out_results[0] =
        b_call(b, "aten.index_put.default",
               B_ARGS(node->args[0], sc_arg_of_values(graph->arena, indices, dim + 1),
                      sc_take(node, "source")));
    return build.status;
}

/* Zeros where the mask tril(diagonal - 1) is. */
static ScStatus decompose_triu(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType x = sc_node_type(node, 0);
    int64_t diagonal = sc_take_int(node, "diagonal");
    ScValue *ones = b_call(b, "aten.full.default",
                           B_ARGS(b_ints(b, &x.dims[x.rank - 2], 2), sc_arg_of_bool(true),
                                  sc_arg_of_dtype(SC_BOOL)));
    ScArg below = sc_arg_of_int(diagonal > INT64_MIN ? diagonal - 1 : diagonal);
    ScValue *lower = b_call(b, "aten.tril.default", B_ARGS(sc_arg_of_value(ones), below));
    out_results[0] = b_where(b, lower, b_number(b, x.dtype, 0), sc_node_value(node, 0));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.triu.default",
     .schema = "aten::triu(Tensor self, SymInt diagonal=0) -> Tensor",
     .shape = shape_tril,
     .decompose = decompose_triu,
     .doc = "the matrix with zeros below a diagonal"},
    {.name = "aten.embedding.default",
     .schema = "aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool "
               "scale_grad_by_freq=False, bool sparse=False) -> Tensor",
     .shape = shape_embedding,
     .doc = "rows of a table"},
    {.name = "aten.gather.default",
     .schema = "aten::gather(Tensor self, int dim, Tensor index, *, bool "
               "sparse_grad=False) -> Tensor",
     .shape = shape_gather,
     .doc = "one element for each of the index"},
    {.name = "aten.index.Tensor",
     .schema = "aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
     .shape = shape_index,
     .doc = "elements at positions that tensors tell"},
    {.name = "aten.index_copy.default",
     .schema =
         "aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
     .shape = shape_index_copy,
     .decompose = decompose_index_copy,
     .doc = "self with indices of a dimension replaced"},
    {.name = "aten.index_put.default",
     .schema = "aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool "
               "accumulate=False) -> Tensor",
     .shape = shape_index_put,
     .doc = "self with values at positions that tensors tell"},
    {.name = "aten.index_select.default",
     .schema = "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
     .shape = shape_index_select,
     .doc = "indices of a dimension that a tensor tells"},
    {.name = "aten.masked_scatter.default",
     .schema = "aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor",
     .shape = shape_masked_scatter,
     .doc = "the elements of source in turn where a mask is set"},
    {.name = "aten.scatter.src",
     .schema =
         "aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
     .shape = shape_scatter,
     .doc = "self with an element of src at each index"},
    {.name = "aten.scatter.value",
     .schema =
         "aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
     .shape = shape_scatter,
     .doc = "self with a number at each index"},
    {.name = "aten.scatter_add.default",
     .schema =
         "aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
     .shape = shape_scatter,
     .doc = "self with an element of src added at each index"},
    {.name = "aten.select_scatter.default",
     .schema =
         "aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor",
     .shape = shape_part_scatter,
     .doc = "self with one index of a dimension replaced"},
    {.name = "aten.slice_scatter.default",
     .schema = "aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? "
               "start=None, SymInt? end=None, SymInt step=1) -> Tensor",
     .shape = shape_part_scatter,
     .doc = "self with start:end:step of a dimension replaced"},
    {.name = "aten.tril.default",
     .schema = "aten::tril(Tensor self, SymInt diagonal=0) -> Tensor",
     .shape = shape_tril,
     .doc = "the matrix with zeros above a diagonal"},
};

const ScOpFamily sc_family_index = SC_OP_FAMILY(rows);
