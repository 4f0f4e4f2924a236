/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tensors put together, repeated and reordered: cat, repeat and flip are the
 * primitives.
 */
#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* torch skips 1-dimensional empty tensors, whatever the others look like. */
static bool is_skipped(const ScType *type) {
    return type->rank == 1 && type->dims[0] == 0;
}

static bool joins(const ScType *a, const ScType *b, uint32_t dim) {
    bool equal = a->rank == b->rank;
    for (uint32_t d = 0; equal && d < a->rank; d++) {
        equal = d == dim || a->dims[d] == b->dims[d];
    }
    return equal;
}

static ScStatus shape_cat(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScArg tensors = sc_take(node, "tensors");
    if (tensors.n == 0) {
        return sc_bad_shape(sc, node, "there is nothing to join");
    }
    ScPromotion promotion = {0};
    ScType type = sc_take_item_type(node, "tensors", 0);
    uint32_t dim = 0;
    bool first = true;
    for (uint32_t i = 0; i < tensors.n; i++) {
        ScType item = sc_take_item_type(node, "tensors", i);
        sc_promote_type(&promotion, &item);
        if (is_skipped(&item)) {
            continue;
        }
        if (first) {
            type = item;
            SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
        } else if (!joins(&type, &item, dim)) {
            return sc_bad_shape(sc, node, "tensor %u doesn't fit the first one", i);
        } else {
            type.dims[dim] += item.dims[dim];
        }
        if (type.rank == 0 || type.dims[dim] > INT32_MAX) {
            return sc_bad_shape(sc, node, "tensors of this size can't be joined");
        }
        first = false;
    }
    type.dtype = sc_promoted(&promotion);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_stack(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScArg tensors = sc_take(node, "tensors");
    if (tensors.n == 0) {
        return sc_bad_shape(sc, node, "there is nothing to join");
    }
    ScPromotion promotion = {0};
    ScType one = sc_take_item_type(node, "tensors", 0), type = one;
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", one.rank + 1u, &dim));
    if (one.rank == SC_MAX_RANK) {
        return sc_not_done(sc, node, 0, "a tensor of %d dimensions", SC_MAX_RANK + 1);
    }
    for (uint32_t i = 0; i < tensors.n; i++) {
        ScType item = sc_take_item_type(node, "tensors", i);
        sc_promote_type(&promotion, &item);
        if (!sc_dims_equal(&item, &one)) {
            return sc_bad_shape(sc, node, "tensor %u has another shape than the first", i);
        }
    }
    type.rank = 0;
    for (uint32_t d = 0; d <= one.rank; d++) {
        type.dims[type.rank++] = d == dim ? tensors.n : one.dims[d < dim ? d : d - 1];
    }
    type.dtype = sc_promoted(&promotion);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_repeat(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType x = sc_node_type(node, 0), type = x;
    const ScArg *repeats = &node->args[1];
    bool tile = node->op->schema.name[0] == 't'; /* tile() adds leading ones */
    uint32_t rank = repeats->n;
    if (tile && rank < x.rank) {
        rank = x.rank;
    }
    if (rank < x.rank || rank > SC_MAX_RANK) {
        return sc_bad_shape(sc, node, "%u repeats for %u dimensions", repeats->n, x.rank);
    }
    type.rank = (uint8_t)rank;
    for (uint32_t i = 0; i < rank; i++) { /* i-th from the end */
        int64_t n = i < repeats->n ? repeats->as.ints[repeats->n - 1 - i] : 1;
        int64_t have = i < x.rank ? x.dims[x.rank - 1 - i] : 1;
        if (n < 0 || n > INT32_MAX) {
            return sc_bad_shape(sc, node, "a repeat count is out of range");
        }
        type.dims[rank - 1 - i] = have * n;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_repeat_interleave(Sc *sc, const ScNode *node, ScType *out_types,
                                        uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    int64_t repeats = sc_take_int(node, "repeats");
    uint32_t dim = 0;
    if (repeats < 0 || repeats > INT32_MAX) {
        return sc_bad_shape(sc, node, "the repeat count is out of range");
    }
    if (!sc_take_given(node, "dim")) {
        int64_t n = (int64_t)sc_type_numel(&x);
        x = sc_type_make(x.dtype, 1, &n);
    } else {
        SC_TRY(sc_take_dim(sc, node, "dim", x.rank, &dim));
    }
    if (x.rank == 0 || x.rank == SC_MAX_RANK) { /* one more is needed on the way */
        return sc_not_done(sc, node, 0, "a tensor of %u dimensions", x.rank);
    }
    x.dims[dim] *= repeats;
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus shape_roll(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScArg shifts = sc_take(node, "shifts"), dims = sc_take(node, "dims");
    uint32_t rank = sc_node_type(node, 0).rank, dim;
    if (shifts.n != (dims.n ? dims.n : 1)) {
        return sc_bad_shape(sc, node, "%u shifts for %u dimensions", shifts.n, dims.n);
    }
    for (uint32_t i = 0; i < dims.n; i++) {
        SC_TRY(sc_wrap_dim(sc, node, dims.as.ints[i], rank, &dim));
    }
    return sc_shape_same(sc, node, out_types, out_n);
}

static ScStatus shape_flip(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    uint32_t mask;
    SC_TRY(sc_take_dims(sc, node, "dims", sc_node_type(node, 0).rank, &mask));
    return sc_shape_same(sc, node, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScStatus decompose_stack(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg tensors = sc_take(node, "tensors");
    ScValue **items = SC_NEW_ARRAY(graph->arena, ScValue *, tensors.n);
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", tensors.as.values[0]->type.rank + 1u, &dim));
    for (uint32_t i = 0; i < tensors.n; i++) {
        items[i] = b_unsqueeze(b, tensors.as.values[i], dim);
    }
    out_results[0] = b_cat(b, items, tensors.n, dim);
    return build.status;
}

static ScStatus decompose_cat(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] =
        b_call(&build, "aten.cat.default", B_ARGS(node->args[0], node->args[1]));
    return build.status;
}

static ScStatus decompose_tile(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg dims = sc_take(node, "dims");
    uint32_t rank = sc_node_type(node, 0).rank;
    int64_t repeats[SC_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    rank = dims.n > rank ? dims.n : rank;
    for (uint32_t i = 0; i < dims.n; i++) {
        repeats[rank - dims.n + i] = dims.as.ints[i];
    }
    out_results[0] =
        b_call(b, "aten.repeat.default", B_ARGS(node->args[0], b_ints(b, repeats, rank)));
    return build.status;
}

/* [.., d, ..] -> [.., d, 1, ..] -> [.., d, repeats, ..] -> [.., d * repeats, ..] */
static ScStatus decompose_repeat_interleave(Sc *sc, ScGraph *graph, ScNode *node,
                                            ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    ScType type;
    uint32_t n, dim = 0;
    SC_TRY(shape_repeat_interleave(sc, node, &type, &n));
    if (sc_take_given(node, "dim")) {
        SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
    } else {
        int64_t numel = (int64_t)sc_type_numel(&x->type);
        x = b_view(b, x, 1, &numel);
    }
    x = b_unsqueeze(b, x, dim + 1);
    ScType wide = x->type;
    wide.dims[dim + 1] = sc_take_int(node, "repeats");
    out_results[0] = b_view_like(b, b_expand(b, x, wide.rank, wide.dims), &type);
    return build.status;
}

/* x[-shift:] before x[:-shift] along one dimension. */
static ScValue *roll_dim(ScBuild *b, ScValue *x, uint32_t dim, int64_t shift) {
    int64_t size = x->type.dims[dim];
    int64_t cut = size ? (size - shift % size) % size : 0;
    if (cut == 0) {
        return x;
    }
    ScValue *parts[2] = {b_slice(b, x, dim, cut, size), b_slice(b, x, dim, 0, cut)};
    return b_cat(b, parts, 2, dim);
}

/* Without dims the tensor is rolled as if it were flat. */
static ScStatus decompose_roll(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg shifts = sc_take(node, "shifts"), dims = sc_take(node, "dims");
    ScType type = sc_node_type(node, 0);
    ScValue *x = sc_node_value(node, 0);
    int64_t numel = (int64_t)sc_type_numel(&type);
    if (dims.n == 0) {
        x = roll_dim(b, b_view(b, x, 1, &numel), 0, shifts.as.ints[0]);
        out_results[0] = b_view_like(b, x, &type);
        return build.status;
    }
    for (uint32_t i = 0; i < dims.n; i++) {
        uint32_t dim;
        SC_TRY(sc_wrap_dim(sc, node, dims.as.ints[i], type.rank, &dim));
        x = type.rank ? roll_dim(b, x, dim, shifts.as.ints[i]) : x;
        SC_TRY(build.status);
    }
    out_results[0] = x;
    return build.status;
}

/* cat along dimension 1, of vectors along 0; numbers count as vectors. */
static uint32_t hstack_dim(const ScNode *node) {
    return sc_take_item_type(node, "tensors", 0).rank <= 1 ? 0 : 1;
}

static ScStatus shape_hstack(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScArg tensors = sc_take(node, "tensors");
    if (tensors.n == 0) {
        return sc_bad_shape(sc, node, "there is nothing to join");
    }
    ScPromotion promotion = {0};
    ScType type = sc_take_item_type(node, "tensors", 0);
    uint32_t dim = hstack_dim(node);
    int64_t size = 0;
    for (uint32_t i = 0; i < tensors.n; i++) {
        ScType item = sc_take_item_type(node, "tensors", i);
        sc_promote_type(&promotion, &item);
        if (item.rank == 0 || !joins(&type, &item, dim)) {
            return sc_bad_shape(sc, node, "tensor %u doesn't fit the first one", i);
        }
        size += item.dims[dim];
    }
    type.dims[dim] = size;
    type.dtype = sc_promoted(&promotion);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus decompose_hstack(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] = b_call(b, "aten.cat.default",
                            B_ARGS(node->args[0], sc_arg_of_int(hstack_dim(node))));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.hstack.default",
     .schema = "aten::hstack(Tensor[] tensors) -> Tensor",
     .shape = shape_hstack,
     .decompose = decompose_hstack,
     .flags = SC_OP_SYNONYM,
     .doc = "tensors joined side by side"},
    {.name = "aten.cat.default",
     .schema = "aten::cat(Tensor[] tensors, int dim=0) -> Tensor",
     .shape = shape_cat,
     .doc = "tensors joined along a dimension"},
    {.name = "aten.concat.default",
     .schema = "aten::concat(Tensor[] tensors, int dim=0) -> Tensor",
     .shape = shape_cat,
     .decompose = decompose_cat,
     .flags = SC_OP_SYNONYM,
     .doc = "tensors joined along a dimension"},
    {.name = "aten.concatenate.default",
     .schema = "aten::concatenate(Tensor[] tensors, int dim=0) -> Tensor",
     .shape = shape_cat,
     .decompose = decompose_cat,
     .flags = SC_OP_SYNONYM,
     .doc = "tensors joined along a dimension"},
    {.name = "aten.flip.default",
     .schema = "aten::flip(Tensor self, int[] dims) -> Tensor",
     .shape = shape_flip,
     .doc = "dimensions in reverse direction"},
    {.name = "aten.repeat.default",
     .schema = "aten::repeat(Tensor self, SymInt[] repeats) -> Tensor",
     .shape = shape_repeat,
     .doc = "the tensor repeated along its dimensions"},
    {.name = "aten.repeat_interleave.self_int",
     .schema = "aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? "
               "dim=None, *, SymInt? output_size=None) -> Tensor",
     .shape = shape_repeat_interleave,
     .decompose = decompose_repeat_interleave,
     .flags = SC_OP_SYNONYM,
     .doc = "each element repeated"},
    {.name = "aten.roll.default",
     .schema = "aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
     .shape = shape_roll,
     .decompose = decompose_roll,
     .doc = "elements moved along dimensions, round the end"},
    {.name = "aten.stack.default",
     .schema = "aten::stack(Tensor[] tensors, int dim=0) -> Tensor",
     .shape = shape_stack,
     .decompose = decompose_stack,
     .flags = SC_OP_SYNONYM,
     .doc = "tensors joined along a new dimension"},
    {.name = "aten.tile.default",
     .schema = "aten::tile(Tensor self, SymInt[] dims) -> Tensor",
     .shape = shape_repeat,
     .decompose = decompose_tile,
     .flags = SC_OP_SYNONYM,
     .doc = "the tensor repeated along its dimensions"},
};

const ScOpFamily sc_family_join = SC_OP_FAMILY(rows);
