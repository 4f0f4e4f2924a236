/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views: the same elements under other dimensions, in another order, or a part
 * of them. In a Graph each is a copy that the planner makes free where it can.
 * view, permute, expand, select and slice are the primitives.
 * Source: aten/src/ATen/native/TensorShape.cpp.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* ---- same elements, same order --------------------------------------------------- */

/* dims[n] with at most one -1, which gets what is left of `numel`. */
static ScStatus infer_size(Sc *sc, const ScNode *node, const int64_t *dims, uint32_t n,
                           int64_t numel, int64_t *out_dims) {
    int64_t known = 1;
    int unknown = -1;
    for (uint32_t i = 0; i < n; i++) {
        out_dims[i] = dims[i];
        if (dims[i] == -1 && unknown < 0) {
            unknown = (int)i;
        } else if (dims[i] < 0 || __builtin_mul_overflow(known, dims[i], &known)) {
            return sc_bad_shape(sc, node, "the new shape is invalid");
        }
    }
    if (unknown >= 0 && known > 0) {
        out_dims[unknown] = numel / known;
        known *= out_dims[unknown];
    }
    if (known != numel || (unknown >= 0 && out_dims[unknown] < 0)) {
        return sc_bad_shape(sc, node, "%lld elements don't fit the new shape",
                            (long long)numel);
    }
    return SC_OK;
}

static ScStatus shape_view(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = x;
    const ScArg *size = &node->args[1];
    if (size->n > SC_MAX_RANK) {
        return sc_not_done(sc, node, 0, "a tensor of %u dimensions", size->n);
    }
    type.rank = (uint8_t)size->n;
    SC_TRY(infer_size(sc, node, size->as.ints, size->n, (int64_t)sc_type_numel(&x),
                      type.dims));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_view_as(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = sc_node_type(node, 1);
    if (sc_type_numel(&x) != sc_type_numel(&type)) {
        return sc_bad_shape(sc, node, "the shapes have different numbers of elements");
    }
    type.dtype = x.dtype;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_flatten(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = sc_type_make(x.dtype, 0, 0);
    uint32_t start, end;
    SC_TRY(sc_take_dim(sc, node, "start_dim", x.rank, &start));
    SC_TRY(sc_take_dim(sc, node, "end_dim", x.rank, &end));
    if (start > end) {
        return sc_bad_shape(sc, node, "start_dim lies behind end_dim");
    }
    for (uint32_t d = 0; d < x.rank || d <= end; d++) {
        int64_t dim = d < x.rank ? x.dims[d] : 1;
        if (d > start && d <= end) {
            type.dims[type.rank - 1] *= dim;
        } else {
            type.dims[type.rank++] = dim;
        }
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_unflatten(Sc *sc, const ScNode *node, ScType *out_types,
                                uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = sc_type_make(x.dtype, 0, 0);
    ScArg sizes = sc_take(node, "sizes");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    if (x.rank == 0 || sizes.n + x.rank - 1 > SC_MAX_RANK) {
        return sc_bad_shape(sc, node, "the result would have too many dimensions");
    }
    for (uint32_t d = 0; d < x.rank; d++) {
        if (d != dim) {
            type.dims[type.rank++] = x.dims[d];
            continue;
        }
        SC_TRY(
            infer_size(sc, node, sizes.as.ints, sizes.n, x.dims[d], type.dims + type.rank));
        type.rank = (uint8_t)(type.rank + sizes.n);
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* squeeze, squeeze.dim, squeeze.dims: without the named dimensions of size 1. */
static ScStatus shape_squeeze(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = sc_type_make(x.dtype, 0, 0);
    uint32_t mask = 0;
    bool no_dims = sc_take(node, "dim").kind == SC_ARG_INTS && sc_take(node, "dim").n == 0;
    if (!no_dims) {
        SC_TRY(sc_take_dims(sc, node, "dim", x.rank, &mask));
    }
    for (uint32_t d = 0; d < x.rank; d++) {
        if (!(mask & (1u << d)) || x.dims[d] != 1) {
            type.dims[type.rank++] = x.dims[d];
        }
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_unsqueeze(Sc *sc, const ScNode *node, ScType *out_types,
                                uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = sc_type_make(x.dtype, 0, 0);
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank + 1u, &dim));
    if (x.rank == SC_MAX_RANK) {
        return sc_not_done(sc, node, 0, "a tensor of %d dimensions", SC_MAX_RANK + 1);
    }
    for (uint32_t d = 0; d <= x.rank; d++) {
        type.dims[type.rank++] = d == dim ? 1 : x.dims[d < dim ? d : d - 1];
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* Any of the above is a view to the shape of its result. */
static ScStatus decompose_to_view(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType type;
    uint32_t n;
    SC_TRY(node->op->def->shape(sc, node, &type, &n));
    out_results[0] = b_view_like(&build, sc_node_value(node, 0), &type);
    return build.status;
}

/* ---- another order ---------------------------------------------------------------- */

/* order[rank]: dimension i of the result is dimension order[i] of x. */
static ScStatus read_permute(Sc *sc, const ScNode *node, uint32_t rank, int64_t *order) {
    ScArg dims = sc_take(node, "dims");
    uint32_t seen = 0;
    if (dims.n != rank) {
        return sc_bad_shape(sc, node, "%u dimensions are listed, the input has %u", dims.n,
                            rank);
    }
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t dim;
        SC_TRY(sc_wrap_dim(sc, node, dims.as.ints[i], rank, &dim));
        if (seen & (1u << dim)) {
            return sc_bad_shape(sc, node, "dimension %u is listed twice", dim);
        }
        seen |= 1u << dim;
        order[i] = dim;
    }
    return SC_OK;
}

static void swap_order(int64_t *order, uint32_t a, uint32_t b) {
    int64_t kept = order[a];
    order[a] = order[b];
    order[b] = kept;
}

static ScStatus read_movedim(Sc *sc, const ScNode *node, uint32_t rank, int64_t *order) {
    uint32_t from, to;
    SC_TRY(sc_take_dim(sc, node, "source", rank, &from));
    SC_TRY(sc_take_dim(sc, node, "destination", rank, &to));
    for (; from < to; from++) {
        swap_order(order, from, from + 1);
    }
    for (; from > to; from--) {
        swap_order(order, from, from - 1);
    }
    return SC_OK;
}

/* The order of any op of this group. */
static ScStatus read_order(Sc *sc, const ScNode *node, int64_t *order) {
    const char *name = node->op->schema.name;
    uint32_t rank = sc_node_type(node, 0).rank, a, b;
    for (uint32_t d = 0; d < SC_MAX_RANK; d++) {
        order[d] = d;
    }
    if (strcmp(name, "permute") == 0) {
        return read_permute(sc, node, rank, order);
    }
    if (strcmp(name, "movedim") == 0) {
        return read_movedim(sc, node, rank, order);
    }
    if (strcmp(name, "numpy_T") == 0) { /* all reversed */
        for (uint32_t d = 0; d < rank; d++) {
            order[d] = rank - 1 - d;
        }
        return SC_OK;
    }
    if (strcmp(name, "t") == 0 || strcmp(name, "mT") == 0) { /* the last two */
        if (rank > 2 && name[0] == 't') {
            return sc_bad_shape(sc, node, "t() of a tensor with %u dimensions", rank);
        }
        if (rank >= 2) {
            swap_order(order, rank - 2, rank - 1);
        }
        return SC_OK;
    }
    const ScArg *args = node->args; /* transpose, swapaxes, swapdims */
    SC_TRY(sc_wrap_dim(sc, node, args[1].as.i, rank, &a));
    SC_TRY(sc_wrap_dim(sc, node, args[2].as.i, rank, &b));
    swap_order(order, a, b);
    return SC_OK;
}

static ScStatus shape_permute(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = x;
    int64_t order[SC_MAX_RANK];
    SC_TRY(read_order(sc, node, order));
    for (uint32_t d = 0; d < x.rank; d++) {
        type.dims[d] = x.dims[order[d]];
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus decompose_to_permute(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    int64_t order[SC_MAX_RANK];
    SC_TRY(read_order(sc, node, order));
    out_results[0] = b_permute(&build, sc_node_value(node, 0), order);
    return build.status;
}

/* ---- repeated elements ------------------------------------------------------------ */

static ScStatus shape_expand(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = x;
    ScArg size = sc_take(node, "size");
    if (size.n < x.rank || size.n > SC_MAX_RANK) {
        return sc_bad_shape(sc, node, "%u dimensions can't become %u", x.rank, size.n);
    }
    type.rank = (uint8_t)size.n;
    uint32_t added = size.n - x.rank;
    for (uint32_t d = 0; d < size.n; d++) {
        int64_t have = d < added ? 1 : x.dims[d - added];
        int64_t want = size.as.ints[d];
        if (want == -1 && d >= added) {
            want = have;
        }
        if (want != have && have != 1) {
            return sc_bad_shape(sc, node, "dimension %u of size %lld can't become %lld", d,
                                (long long)have, (long long)want);
        }
        type.dims[d] = want;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_expand_as(Sc *sc, const ScNode *node, ScType *out_types,
                                uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = sc_node_type(node, 1);
    type.dtype = x.dtype;
    if (!sc_broadcast(&x, &type) || !sc_dims_equal(&x, &type)) {
        return sc_bad_shape(sc, node, "self doesn't broadcast to other");
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus decompose_expand_as(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType type = sc_node_type(node, 1);
    out_results[0] = b_expand(&build, sc_node_value(node, 0), type.rank, type.dims);
    return build.status;
}

/* ---- parts ------------------------------------------------------------------------ */

static ScStatus shape_select(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    int64_t index = sc_take_int(node, "index");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    if (x.rank == 0 || index < -x.dims[dim] || index >= x.dims[dim]) {
        return sc_bad_shape(sc, node, "index %lld is out of range", (long long)index);
    }
    return sc_shape_give(sc, node, sc_reduced(&x, 1u << dim, false), out_types, out_n);
}

static ScStatus shape_diagonal(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    int64_t offset = sc_take_int(node, "offset");
    uint32_t a, b;
    SC_TRY(sc_take_dim(sc, node, "dim1", x.rank, &a));
    SC_TRY(sc_take_dim(sc, node, "dim2", x.rank, &b));
    if (x.rank < 2 || a == b) {
        return sc_bad_shape(sc, node, "dim1 and dim2 must be two dimensions");
    }
    int64_t rows = x.dims[a], columns = x.dims[b];
    rows += offset < 0 ? (offset < -rows ? -rows : offset) : 0;
    columns -= offset > 0 ? (offset > columns ? columns : offset) : 0;
    ScType type = sc_reduced(&x, 1u << a | 1u << b, false);
    type.dims[type.rank++] = rows < columns ? rows : columns;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_unfold(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    int64_t size = sc_take_int(node, "size"), step = sc_take_int(node, "step");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dimension", x.rank, &dim));
    if (x.rank == 0 || x.rank == SC_MAX_RANK) {
        return sc_not_done(sc, node, "reshape first", "windows of %u dimensions", x.rank);
    }
    if (size < 0 || size > x.dims[dim] || step < 1) {
        return sc_bad_shape(sc, node, "the window doesn't fit");
    }
    x.dims[dim] = (x.dims[dim] - size) / step + 1;
    x.dims[x.rank++] = size;
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static int64_t clamp_index(const ScArg *arg, int64_t fallback, int64_t size) {
    int64_t i = arg->kind == SC_ARG_INT ? arg->as.i : fallback;
    i = i < 0 ? i + size : i;
    return i < 0 ? 0 : i > size ? size : i;
}

static ScStatus shape_slice(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    ScArg start = sc_take(node, "start"), end = sc_take(node, "end");
    int64_t step = sc_take_int(node, "step");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    if (x.rank == 0 || step < 1) {
        return sc_bad_shape(sc, node, "the step must be positive");
    }
    int64_t from = clamp_index(&start, 0, x.dims[dim]);
    int64_t to = clamp_index(&end, x.dims[dim], x.dims[dim]);
    x.dims[dim] = to > from ? (to - from - 1) / step + 1 : 0;
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_narrow(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    int64_t start = sc_take_int(node, "start"), length = sc_take_int(node, "length");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    int64_t size = x.rank ? x.dims[dim] : 0;
    if (start < -size || start > size || length < 0 ||
        length > size - (start < 0 ? start + size : start)) {
        return sc_bad_shape(sc, node, "start and length leave the dimension");
    }
    x.dims[dim] = length;
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus decompose_narrow(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType x = sc_node_type(node, 0);
    int64_t start = sc_take_int(node, "start");
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    start = start < 0 ? start + x.dims[dim] : start;
    out_results[0] = b_slice(&build, sc_node_value(node, 0), dim, start,
                             start + sc_take_int(node, "length"));
    return build.status;
}

/* ---- several parts ---------------------------------------------------------------- */

/* Equal parts of at most `part`, the last one smaller. */
static ScStatus give_parts(Sc *sc, const ScNode *node, ScType x, uint32_t dim, int64_t part,
                           ScType *out_types, uint32_t *out_n) {
    int64_t left = x.dims[dim];
    *out_n = 0;
    do {
        x.dims[dim] = part < left ? part : left;
        left -= x.dims[dim];
        SC_TRY(sc_shape_add(sc, node, x, out_types, out_n));
    } while (left > 0);
    return SC_OK;
}

static ScStatus read_split(Sc *sc, const ScNode *node, ScType *out_x, uint32_t *out_dim) {
    *out_x = sc_node_type(node, 0);
    if (out_x->rank == 0) {
        return sc_bad_shape(sc, node, "a tensor without dimensions can't be split");
    }
    return sc_take_dim(sc, node, "dim", out_x->rank, out_dim);
}

static ScStatus shape_split(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType x;
    uint32_t dim;
    SC_TRY(read_split(sc, node, &x, &dim));
    int64_t part = sc_take_int(node, "split_size");
    if (part < 1) {
        return sc_bad_shape(sc, node, "the parts must have a positive size");
    }
    return give_parts(sc, node, x, dim, part, out_types, out_n);
}

static ScStatus shape_chunk(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType x;
    uint32_t dim;
    SC_TRY(read_split(sc, node, &x, &dim));
    int64_t chunks = sc_take_int(node, "chunks");
    if (chunks < 1) {
        return sc_bad_shape(sc, node, "the number of chunks must be positive");
    }
    int64_t part = (x.dims[dim] - 1) / chunks + 1;
    return give_parts(sc, node, x, dim, part < 1 ? 1 : part, out_types, out_n);
}

static ScStatus shape_split_sizes(Sc *sc, const ScNode *node, ScType *out_types,
                                  uint32_t *out_n) {
    ScType x;
    uint32_t dim;
    SC_TRY(read_split(sc, node, &x, &dim));
    const ScArg *sizes = &node->args[1];
    int64_t left = x.dims[dim];
    *out_n = 0;
    for (uint32_t i = 0; i < sizes->n; i++) {
        int64_t size = sizes->as.ints[i];
        if (size < 0 || size > left) {
            return sc_bad_shape(sc, node, "the sizes don't add up to %lld",
                                (long long)sc_node_type(node, 0).dims[dim]);
        }
        left -= size;
        x.dims[dim] = size;
        SC_TRY(sc_shape_add(sc, node, x, out_types, out_n));
    }
    return left == 0 ? SC_OK
                     : sc_bad_shape(sc, node, "the sizes leave %lld over", (long long)left);
}

static ScStatus decompose_to_slices(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType x, types[SC_MAX_RESULTS];
    uint32_t dim, n = 0;
    SC_TRY(read_split(sc, node, &x, &dim));
    SC_TRY(node->op->def->shape(sc, node, types, &n));
    int64_t start = 0;
    for (uint32_t i = 0; i < n; i++) {
        int64_t end = start + types[i].dims[dim];
        out_results[i] = b_slice(&build, sc_node_value(node, 0), dim, start, end);
        start = end;
    }
    return build.status;
}

static ScStatus shape_unbind(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x;
    uint32_t dim;
    SC_TRY(read_split(sc, node, &x, &dim));
    ScType type = sc_reduced(&x, 1u << dim, false);
    *out_n = 0;
    for (int64_t i = 0; i < x.dims[dim]; i++) {
        SC_TRY(sc_shape_add(sc, node, type, out_types, out_n));
    }
    return SC_OK;
}

static ScStatus decompose_unbind(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType x;
    uint32_t dim;
    SC_TRY(read_split(sc, node, &x, &dim));
    for (uint32_t i = 0; i < node->n_results; i++) {
        out_results[i] = b_select(&build, sc_node_value(node, 0), dim, i);
    }
    return build.status;
}

/* The first size % sections parts are larger by one. */
static ScStatus shape_tensor_split(Sc *sc, const ScNode *node, ScType *out_types,
                                   uint32_t *out_n) {
    ScType x;
    uint32_t dim;
    SC_TRY(read_split(sc, node, &x, &dim));
    int64_t sections = sc_take_int(node, "sections"), size = x.dims[dim];
    if (sections < 1) {
        return sc_bad_shape(sc, node, "the number of sections must be positive");
    }
    *out_n = 0;
    for (int64_t i = 0; i < sections; i++) {
        x.dims[dim] = size / sections + (i < size % sections);
        SC_TRY(sc_shape_add(sc, node, x, out_types, out_n));
    }
    return SC_OK;
}

static ScStatus decompose_broadcast_to(Sc *sc, ScGraph *graph, ScNode *node,
                                       ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_expand(sc, node, &type, &n));
    out_results[0] = b_expand(b, sc_node_value(node, 0), type.rank, type.dims);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.tensor_split.sections",
     .schema = "aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int "
               "dim=0) -> Tensor(a)[]",
     .shape = shape_tensor_split,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "that many parts along a dimension"},
    {.name = "aten.broadcast_to.default",
     .schema = "aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)",
     .shape = shape_expand,
     .decompose = decompose_broadcast_to,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "dimensions of size 1 repeated"},
    {.name = "aten._unsafe_view.default",
     .schema = "aten::_unsafe_view(Tensor self, SymInt[] size) -> Tensor",
     .shape = shape_view,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "the same elements in another shape"},
    {.name = "aten.chunk.default",
     .schema = "aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]",
     .shape = shape_chunk,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "that many equal parts along a dimension"},
    {.name = "aten.expand.default",
     .schema =
         "aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
     .shape = shape_expand,
     .flags = SC_OP_VIEW,
     .doc = "dimensions of size 1 repeated"},
    {.name = "aten.expand_as.default",
     .schema = "aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)",
     .shape = shape_expand_as,
     .decompose = decompose_expand_as,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "broadcast to another tensor"},
    {.name = "aten.flatten.using_ints",
     .schema = "aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) "
               "-> Tensor(a)",
     .shape = shape_flatten,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "dimensions start_dim to end_dim made one"},
    {.name = "aten.mT.default",
     .schema = "aten::mT(Tensor(a) self) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "the last two dimensions exchanged"},
    {.name = "aten.movedim.int",
     .schema =
         "aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "one dimension moved to another place"},
    {.name = "aten.diagonal.default",
     .schema = "aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> "
               "Tensor(a)",
     .shape = shape_diagonal,
     .flags = SC_OP_VIEW,
     .doc = "the diagonal of two dimensions, as the last one"},
    {.name = "aten.diagonal_copy.default",
     .schema =
         "aten::diagonal_copy(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor",
     .shape = shape_diagonal,
     .doc = "the diagonal of two dimensions, as the last one"},
    {.name = "aten.narrow.default",
     .schema =
         "aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)",
     .shape = shape_narrow,
     .decompose = decompose_narrow,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "length elements of a dimension"},
    {.name = "aten.narrow_copy.default",
     .schema =
         "aten::narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor",
     .shape = shape_narrow,
     .decompose = decompose_narrow,
     .flags = SC_OP_SYNONYM,
     .doc = "length elements of a dimension"},
    {.name = "aten.numpy_T.default",
     .schema = "aten::numpy_T(Tensor(a) self) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "dimensions in reverse order"},
    {.name = "aten.permute.default",
     .schema = "aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)",
     .shape = shape_permute,
     .flags = SC_OP_VIEW,
     .doc = "dimensions in another order"},
    {.name = "aten.reshape.default",
     .schema = "aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
     .shape = shape_view,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "the same elements in another shape"},
    {.name = "aten.reshape_as.default",
     .schema = "aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)",
     .shape = shape_view_as,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "the same elements in the shape of another tensor"},
    {.name = "aten.select.int",
     .schema = "aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
     .shape = shape_select,
     .flags = SC_OP_VIEW,
     .doc = "one index of a dimension, which goes"},
    {.name = "aten.slice.Tensor",
     .schema = "aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? "
               "end=None, SymInt step=1) -> Tensor(a)",
     .shape = shape_slice,
     .flags = SC_OP_VIEW,
     .doc = "start:end:step of a dimension"},
    {.name = "aten.split.Tensor",
     .schema = "aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> "
               "Tensor(a)[]",
     .shape = shape_split,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "parts of split_size along a dimension"},
    {.name = "aten.split.sizes",
     .schema = "aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> "
               "Tensor(a)[]",
     .shape = shape_split_sizes,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "parts of given sizes along a dimension"},
    {.name = "aten.split_with_sizes.default",
     .schema = "aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int "
               "dim=0) -> Tensor(a)[]",
     .shape = shape_split_sizes,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "parts of given sizes along a dimension"},
    {.name = "aten.squeeze.default",
     .schema = "aten::squeeze(Tensor(a) self) -> Tensor(a)",
     .shape = shape_squeeze,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "without dimensions of size 1"},
    {.name = "aten.squeeze.dim",
     .schema = "aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
     .shape = shape_squeeze,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "without dimensions of size 1"},
    {.name = "aten.squeeze.dims",
     .schema = "aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
     .shape = shape_squeeze,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "without dimensions of size 1"},
    {.name = "aten.swapaxes.default",
     .schema = "aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "two dimensions exchanged"},
    {.name = "aten.swapdims.default",
     .schema = "aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "two dimensions exchanged"},
    {.name = "aten.t.default",
     .schema = "aten::t(Tensor(a) self) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "a matrix transposed"},
    {.name = "aten.transpose.int",
     .schema = "aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
     .shape = shape_permute,
     .decompose = decompose_to_permute,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "two dimensions exchanged"},
    {.name = "aten.unbind.int",
     .schema = "aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]",
     .shape = shape_unbind,
     .decompose = decompose_unbind,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "every index of a dimension, which goes"},
    {.name = "aten.unflatten.int",
     .schema = "aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)",
     .shape = shape_unflatten,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "one dimension made several"},
    {.name = "aten.unsafe_chunk.default",
     .schema = "aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]",
     .shape = shape_chunk,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "that many equal parts along a dimension"},
    {.name = "aten.unsafe_split.Tensor",
     .schema =
         "aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
     .shape = shape_split,
     .decompose = decompose_to_slices,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW,
     .doc = "parts of split_size along a dimension"},
    {.name = "aten.unsqueeze.default",
     .schema = "aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
     .shape = shape_unsqueeze,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "with a new dimension of size 1"},
    {.name = "aten.view.default",
     .schema = "aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)",
     .shape = shape_view,
     .flags = SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "the same elements in another shape"},
    {.name = "aten.view_as.default",
     .schema = "aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)",
     .shape = shape_view_as,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "the same elements in the shape of another tensor"},
    {.name = "aten.view_copy.default",
     .schema = "aten::view_copy(Tensor self, SymInt[] size) -> Tensor",
     .shape = shape_view,
     .decompose = decompose_to_view,
     .flags = SC_OP_SYNONYM | SC_OP_VIEW | SC_OP_RESHAPE,
     .doc = "the same elements in another shape"},
    {.name = "aten.unfold.default",
     .schema =
         "aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
     .shape = shape_unfold,
     .flags = SC_OP_VIEW,
     .doc = "windows of a dimension; their elements are a new last one"},
    {.name = "aten.unfold_copy.default",
     .schema =
         "aten::unfold_copy(Tensor self, int dimension, int size, int step) -> Tensor",
     .shape = shape_unfold,
     .doc = "windows of a dimension; their elements are a new last one"},
};

const ScOpFamily sc_family_view = SC_OP_FAMILY(rows);
