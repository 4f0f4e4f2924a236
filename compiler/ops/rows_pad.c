/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Padding, and pixels moved between channels and space.
 * Source: aten/src/ATen/native/PadNd.cpp, PixelShuffle.cpp.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* pad = [before, after] of the last dimension, then of the one before it... */
static ScStatus give_padded(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    const ScArg *pad = &node->args[1];
    ScType type = sc_node_type(node, 0);
    if (pad->n % 2 != 0 || pad->n > 2u * type.rank) {
        return sc_bad_shape(sc, node, "%u paddings for %u dimensions", pad->n, type.rank);
    }
    for (uint32_t i = 0; i < pad->n; i++) {
        int64_t count = pad->as.ints[i];
        if (count < -INT32_MAX || count > INT32_MAX) {
            return sc_bad_shape(sc, node, "padding %lld is out of range", (long long)count);
        }
        type.dims[type.rank - 1 - i / 2] += count;
    }
    for (uint32_t d = 0; d < type.rank; d++) {
        if (type.dims[d] < 0) {
            return sc_bad_shape(sc, node, "more is cut off than there is");
        }
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* With a constant, negative counts cut off. */
static ScStatus shape_constant_pad(Sc *sc, const ScNode *node, ScType *out_types,
                                   uint32_t *out_n) {
    return give_padded(sc, node, out_types, out_n);
}

/* Padding with what is there: nothing negative, and no dimension that grows out
 * of nothing. `inner`: each count is smaller than the size. */
static ScStatus give_edges(Sc *sc, const ScNode *node, bool inner, ScType *out_types,
                           uint32_t *out_n) {
    const ScArg *pad = &node->args[1];
    ScType x = sc_node_type(node, 0);
    SC_TRY(give_padded(sc, node, out_types, out_n));
    for (uint32_t i = 0; i < pad->n; i++) {
        int64_t count = pad->as.ints[i], size = x.dims[x.rank - 1 - i / 2];
        if (count < 0) {
            return sc_not_done(sc, node, "cut with a slice",
                               "padding that cuts, other than with a constant");
        }
        if (size == 0 || (inner && count >= size)) {
            return sc_bad_shape(sc, node, "padding %lld of a dimension of size %lld",
                                (long long)count, (long long)size);
        }
    }
    return SC_OK;
}

static ScStatus shape_replication_pad(Sc *sc, const ScNode *node, ScType *out_types,
                                      uint32_t *out_n) {
    return give_edges(sc, node, false, out_types, out_n);
}

static ScStatus shape_reflection_pad(Sc *sc, const ScNode *node, ScType *out_types,
                                     uint32_t *out_n) {
    return give_edges(sc, node, true, out_types, out_n);
}

static bool is_circular(const ScNode *node) {
    return strcmp(sc_take_string(node, "mode"), "circular") == 0;
}

/* The primitive of a mode; NULL when there is none. */
static const char *pad_op(const ScNode *node) {
    static const char *const reflections[] = {"aten.reflection_pad1d.default",
                                              "aten.reflection_pad2d.default",
                                              "aten.reflection_pad3d.default"};
    static const char *const replications[] = {"aten.replication_pad1d.default",
                                               "aten.replication_pad2d.default",
                                               "aten.replication_pad3d.default"};
    const char *mode = sc_take_string(node, "mode");
    uint32_t n_dims = sc_take(node, "pad").n / 2;
    if (strcmp(mode, "constant") == 0) {
        return "aten.constant_pad_nd.default";
    }
    if (n_dims < 1 || n_dims > 3) {
        return 0;
    }
    if (strcmp(mode, "reflect") == 0) {
        return reflections[n_dims - 1];
    }
    if (strcmp(mode, "replicate") == 0) {
        return replications[n_dims - 1];
    }
    return 0;
}

static ScStatus shape_pad(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    if (is_circular(node)) { /* at most once round, like a reflection */
        return shape_reflection_pad(sc, node, out_types, out_n);
    }
    const char *op = pad_op(node);
    if (!op) {
        return sc_not_done(sc, node, "pad up to three dimensions",
                           "padding mode '%s' of %u dimensions",
                           sc_take_string(node, "mode"), sc_take(node, "pad").n / 2);
    }
    return strstr(op, "reflection")    ? shape_reflection_pad(sc, node, out_types, out_n)
           : strstr(op, "replication") ? shape_replication_pad(sc, node, out_types, out_n)
                                       : shape_constant_pad(sc, node, out_types, out_n);
}

typedef enum Edge { EDGE_NEAREST, EDGE_MIRROR, EDGE_WRAP } Edge;

/* Which element of a dimension of `size` elements stands at place i, which may
 * lie outside: the nearest one, the mirrored one, or that from the other end. */
static int64_t source_index(int64_t i, int64_t size, Edge edge) {
    if (i >= 0 && i < size) {
        return i;
    }
    if (edge == EDGE_WRAP) {
        return i < 0 ? i + size : i - size;
    }
    if (edge == EDGE_MIRROR) {
        return i < 0 ? -i : 2 * (size - 1) - i;
    }
    return i < 0 ? 0 : size - 1;
}

/* One dimension after the other: what stands at each place is picked. */
static ScStatus decompose_edge_pad(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results, Edge edge) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    const ScArg *pad = &node->args[1];
    ScType type;
    uint32_t n_types;
    SC_TRY(node->op->def->shape(sc, node, &type, &n_types));
    ScValue *x = sc_node_value(node, 0);
    for (uint32_t i = 0; i < pad->n / 2; i++) {
        uint32_t dim = type.rank - 1u - i;
        int64_t size = sc_node_type(node, 0).dims[dim];
        uint32_t n = (uint32_t)type.dims[dim];
        int64_t *indices = SC_NEW_ARRAY(sc->arena, int64_t, n);
        for (uint32_t k = 0; k < n; k++) {
            indices[k] = source_index(k - pad->as.ints[2 * i], size, edge);
        }
        x = b_pick(b, x, dim, indices, n);
    }
    out_results[0] = x;
    return build.status;
}

static ScStatus decompose_reflection(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    return decompose_edge_pad(sc, graph, node, out_results, EDGE_MIRROR);
}

static ScStatus decompose_replication(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    return decompose_edge_pad(sc, graph, node, out_results, EDGE_NEAREST);
}

static ScStatus decompose_pad(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    if (is_circular(node)) {
        return decompose_edge_pad(sc, graph, node, out_results, EDGE_WRAP);
    }
    const char *op = pad_op(node);
    if (strcmp(op, "aten.constant_pad_nd.default") != 0) {
        out_results[0] = b_call(b, op, B_ARGS(node->args[0], node->args[1]));
        return build.status;
    }
    ScArg value = sc_arg_of_float(sc_take_number(node, "value"));
    if (!sc_dtype_is_float(sc_node_type(node, 0).dtype)) {
        value = sc_arg_of_int((int64_t)value.as.f);
    }
    out_results[0] = b_call(b, op, B_ARGS(node->args[0], node->args[1], value));
    return build.status;
}

/* ---- pixels ---------------------------------------------------------------------- */

/* [..., C*r*r, H, W] -> [..., C, H*r, W*r], or the reverse with `back`. */
static ScStatus give_shuffled(Sc *sc, const ScNode *node, bool back, ScType *out_types,
                              uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    int64_t r = node->args[1].as.i;
    if (type.rank < 3 || r < 1 || r > INT16_MAX) {
        return sc_bad_shape(sc, node, "an input [...,C,H,W] and a factor > 0 are needed");
    }
    int64_t *c = &type.dims[type.rank - 3], *h = c + 1, *w = c + 2;
    if (back ? (*h % r != 0 || *w % r != 0) : *c % (r * r) != 0) {
        return sc_bad_shape(sc, node, "factor %lld doesn't divide the input", (long long)r);
    }
    *c = back ? *c * r * r : *c / (r * r);
    *h = back ? *h / r : *h * r;
    *w = back ? *w / r : *w * r;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_pixel_shuffle(Sc *sc, const ScNode *node, ScType *out_types,
                                    uint32_t *out_n) {
    return give_shuffled(sc, node, false, out_types, out_n);
}

static ScStatus shape_pixel_unshuffle(Sc *sc, const ScNode *node, ScType *out_types,
                                      uint32_t *out_n) {
    return give_shuffled(sc, node, true, out_types, out_n);
}

/* [N, ...] with all leading dimensions made one. */
static int64_t leading_size(const ScType *type) {
    int64_t n = 1;
    for (uint32_t d = 0; d + 3 < type->rank; d++) {
        n *= type->dims[d];
    }
    return n;
}

static ScStatus decompose_pixel_shuffle(Sc *sc, ScGraph *graph, ScNode *node,
                                        ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_pixel_shuffle(sc, node, &type, &n));
    ScValue *x = sc_node_value(node, 0);
    const int64_t *from = &x->type.dims[x->type.rank - 3];
    int64_t r = node->args[1].as.i;
    int64_t split[6] = {leading_size(&x->type), from[0] / (r * r), r, r, from[1], from[2]};
    int64_t order[6] = {0, 1, 4, 2, 5, 3}; /* N C H r W r */
    out_results[0] = b_view_like(b, b_permute(b, b_view(b, x, 6, split), order), &type);
    return build.status;
}

static ScStatus decompose_pixel_unshuffle(Sc *sc, ScGraph *graph, ScNode *node,
                                          ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_pixel_unshuffle(sc, node, &type, &n));
    ScValue *x = sc_node_value(node, 0);
    const int64_t *to = &type.dims[type.rank - 3], r = node->args[1].as.i;
    int64_t split[6] = {leading_size(&type), to[0] / (r * r), to[1], r, to[2], r};
    int64_t order[6] = {0, 1, 3, 5, 2, 4}; /* N C r r H W */
    out_results[0] = b_view_like(b, b_permute(b, b_view(b, x, 6, split), order), &type);
    return build.status;
}

static ScStatus shape_channel_shuffle(Sc *sc, const ScNode *node, ScType *out_types,
                                      uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    int64_t groups = sc_take_int(node, "groups");
    if (x.rank < 3 || groups < 1 || x.dims[1] % groups != 0) {
        return sc_bad_shape(sc, node, "the groups must divide the channels of [N,C,...]");
    }
    return sc_shape_same(sc, node, out_types, out_n);
}

/* [N, g, C/g, rest] -> [N, C/g, g, rest] */
static ScStatus decompose_channel_shuffle(Sc *sc, ScGraph *graph, ScNode *node,
                                          ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType x = sc_node_type(node, 0);
    int64_t g = sc_take_int(node, "groups"), rest = 1;
    for (uint32_t d = 2; d < x.rank; d++) {
        rest *= x.dims[d];
    }
    int64_t dims[4] = {x.dims[0], g, x.dims[1] / g, rest};
    ScValue *swapped = b_swap(b, b_view(b, sc_node_value(node, 0), 4, dims), 1, 2);
    out_results[0] = b_view_like(b, swapped, &x);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.channel_shuffle.default",
     .schema = "aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor",
     .shape = shape_channel_shuffle,
     .decompose = decompose_channel_shuffle,
     .doc = "channels of the groups interleaved"},
    {.name = "aten.constant_pad_nd.default",
     .schema = "aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
     .shape = shape_constant_pad,
     .doc = "a constant put round the tensor, or edges cut off"},
    {.name = "aten.pad.default",
     .schema = "aten::pad(Tensor self, SymInt[] pad, str mode=\"constant\", float? "
               "value=None) -> Tensor",
     .shape = shape_pad,
     .decompose = decompose_pad,
     .flags = SC_OP_SYNONYM,
     .doc = "padding with a constant, by reflection or replication"},
    {.name = "aten.pixel_shuffle.default",
     .schema = "aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
     .shape = shape_pixel_shuffle,
     .decompose = decompose_pixel_shuffle,
     .doc = "channels made to pixels"},
    {.name = "aten.pixel_unshuffle.default",
     .schema = "aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
     .shape = shape_pixel_unshuffle,
     .decompose = decompose_pixel_unshuffle,
     .doc = "pixels made to channels"},
    {.name = "aten.reflection_pad1d.default",
     .schema = "aten::reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
     .shape = shape_reflection_pad,
     .decompose = decompose_reflection,
     .doc = "the edge mirrored outwards, its last element once"},
    {.name = "aten.reflection_pad2d.default",
     .schema = "aten::reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
     .shape = shape_reflection_pad,
     .decompose = decompose_reflection,
     .doc = "the edge mirrored outwards, its last element once"},
    {.name = "aten.reflection_pad3d.default",
     .schema = "aten::reflection_pad3d(Tensor self, SymInt[6] padding) -> Tensor",
     .shape = shape_reflection_pad,
     .decompose = decompose_reflection,
     .doc = "the edge mirrored outwards, its last element once"},
    {.name = "aten.replication_pad1d.default",
     .schema = "aten::replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
     .shape = shape_replication_pad,
     .decompose = decompose_replication,
     .doc = "the edge repeated outwards"},
    {.name = "aten.replication_pad2d.default",
     .schema = "aten::replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
     .shape = shape_replication_pad,
     .decompose = decompose_replication,
     .doc = "the edge repeated outwards"},
    {.name = "aten.replication_pad3d.default",
     .schema = "aten::replication_pad3d(Tensor self, SymInt[6] padding) -> Tensor",
     .shape = shape_replication_pad,
     .decompose = decompose_replication,
     .doc = "the edge repeated outwards"},
};

const ScOpFamily sc_family_pad = SC_OP_FAMILY(rows);
