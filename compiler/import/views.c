/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators whose result shares memory with their argument 0 in PyTorch, and
 * how a write to the result becomes a new value of the argument:
 *
 *   y = x.select(0, 1); y.fill_(5)   ->   x' = select_scatter(x, y', 0, 1)
 *
 * Some share memory only when strides allow (reshape) or when there is nothing
 * to do (contiguous, to): the strides in the file decide, as they do in torch.
 * Source: aten/src/ATen/native/TensorShape.cpp, TensorConversions.cpp and
 * computeStride() in TensorUtils.cpp.
 */
#include <string.h>

#include "compiler/import/import.h"

typedef enum ViewKind {
    VIEW_SAME,    /* the same elements in the same order: written back by a view */
    VIEW_PERMUTE, /* dims, or dim0 and dim1, or the reverse of two */
    VIEW_SELECT,
    VIEW_SLICE,
    VIEW_NARROW,
    VIEW_PIECES, /* result i is a slice behind results 0..i-1 */
    VIEW_UNBIND,
    VIEW_OPAQUE /* can be read after a write, but not written through */
} ViewKind;

typedef enum ViewWhen {
    WHEN_ALWAYS,
    WHEN_STRIDES_EQUAL,   /* else it is a copy */
    WHEN_STRIDES_SUFFICE, /* reshape */
} ViewWhen;

typedef struct ViewRule {
    const char *op; /* without overload unless it matters */
    ViewKind kind;
    ViewWhen when;
} ViewRule;

static const ViewRule rules[] = {
    {"aten.view.dtype", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.view", VIEW_SAME, WHEN_ALWAYS},
    {"aten.view_as", VIEW_SAME, WHEN_ALWAYS},
    {"aten._unsafe_view", VIEW_SAME, WHEN_ALWAYS},
    {"aten.reshape", VIEW_SAME, WHEN_STRIDES_SUFFICE},
    {"aten.reshape_as", VIEW_SAME, WHEN_STRIDES_SUFFICE},
    {"aten.flatten", VIEW_SAME, WHEN_STRIDES_SUFFICE},
    {"aten.ravel", VIEW_SAME, WHEN_STRIDES_SUFFICE},
    {"aten.unflatten", VIEW_SAME, WHEN_ALWAYS},
    {"aten.squeeze", VIEW_SAME, WHEN_ALWAYS},
    {"aten.unsqueeze", VIEW_SAME, WHEN_ALWAYS},
    {"aten.alias", VIEW_SAME, WHEN_ALWAYS},
    {"aten.detach", VIEW_SAME, WHEN_ALWAYS},
    {"aten.lift_fresh", VIEW_SAME, WHEN_ALWAYS},
    {"aten.positive", VIEW_SAME, WHEN_ALWAYS},
    {"aten.dropout", VIEW_SAME, WHEN_ALWAYS}, /* in eval; training is refused */
    {"aten.feature_dropout", VIEW_SAME, WHEN_ALWAYS},
    {"aten.alpha_dropout", VIEW_SAME, WHEN_ALWAYS},
    {"aten.contiguous", VIEW_SAME, WHEN_STRIDES_EQUAL},
    {"aten.to", VIEW_SAME, WHEN_STRIDES_EQUAL},
    {"aten.type_as", VIEW_SAME, WHEN_STRIDES_EQUAL},
    {"aten.permute", VIEW_PERMUTE, WHEN_ALWAYS},
    {"aten.transpose", VIEW_PERMUTE, WHEN_ALWAYS},
    {"aten.t", VIEW_PERMUTE, WHEN_ALWAYS},
    {"aten.select", VIEW_SELECT, WHEN_ALWAYS},
    {"aten.slice", VIEW_SLICE, WHEN_ALWAYS},
    {"aten.narrow", VIEW_NARROW, WHEN_ALWAYS},
    {"aten.split", VIEW_PIECES, WHEN_ALWAYS},
    {"aten.split_with_sizes", VIEW_PIECES, WHEN_ALWAYS},
    {"aten.chunk", VIEW_PIECES, WHEN_ALWAYS},
    {"aten.unbind", VIEW_UNBIND, WHEN_ALWAYS},
    {"aten.expand", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.expand_as", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.broadcast_to", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.diagonal", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.as_strided", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.unfold", VIEW_OPAQUE, WHEN_ALWAYS},
    {"aten.movedim", VIEW_OPAQUE, WHEN_ALWAYS},
};

static const ViewRule *rule_find(const char *op) {
    const char *overload = strrchr(op, '.');
    size_t n = overload ? (size_t)(overload - op) : strlen(op);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        bool packet = strlen(rules[i].op) == n && strncmp(rules[i].op, op, n) == 0;
        if (packet || strcmp(rules[i].op, op) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

bool sc_import_is_view_name(const char *op) {
    return rule_find(op) != NULL;
}

/* ---- does it share memory? ------------------------------------------------------------
 */

/* Strides of dimensions of size 1 say nothing. */
static bool strides_equal(const ScPt2Meta *a, const ScPt2Meta *b) {
    if (a->rank != b->rank || a->dtype != b->dtype) {
        return false;
    }
    for (uint32_t d = 0; d < a->rank; d++) {
        if (a->dims[d] != b->dims[d] ||
            (a->dims[d] > 1 && a->strides[d] != b->strides[d])) {
            return false;
        }
    }
    return true;
}

/* computeStride(): the new dimensions must divide the runs of memory that the
 * old ones make. Both have the same number of elements, at least one. */
static bool strides_suffice(const ScPt2Meta *in, const ScPt2Meta *out) {
    int64_t run = 1, covered = 1;
    uint32_t v = out->rank;
    for (uint32_t d = in->rank; d-- > 0;) {
        run *= in->dims[d];
        bool ends = d == 0 || (in->dims[d - 1] != 1 &&
                               in->strides[d - 1] != in->dims[d] * in->strides[d]);
        if (!ends) {
            continue;
        }
        while (v > 0 && (covered < run || out->dims[v - 1] == 1)) {
            covered *= out->dims[--v];
        }
        if (covered != run) {
            return false;
        }
        run = covered = 1;
    }
    return v == 0;
}

static bool has_elements(const ScPt2Meta *meta) {
    for (uint32_t d = 0; d < meta->rank; d++) {
        if (meta->dims[d] == 0) {
            return false;
        }
    }
    return true;
}

static bool flag_is_set(const ScOp *op, const ScArg *args, const char *name) {
    int index = sc_schema_param(&op->schema, name);
    return index >= 0 && args[index].kind == SC_ARG_BOOL && args[index].as.b;
}

bool sc_import_is_view(const ScOp *op, const ScArg *args, const ScPt2Meta *in,
                       const ScPt2Meta *out) {
    const ViewRule *rule = rule_find(op->def->name);
    if (!rule) {
        return (op->def->flags & SC_OP_VIEW) != 0;
    }
    if (rule->when == WHEN_STRIDES_EQUAL) {
        return strides_equal(in, out) && !flag_is_set(op, args, "copy");
    }
    if (rule->when == WHEN_STRIDES_SUFFICE) {
        return !has_elements(in) || sc_pt2_meta_is_contiguous(in) ||
               strides_suffice(in, out);
    }
    return true;
}

/* ---- writing through
 * --------------------------------------------------------------------- */

static int64_t int_arg(const ScNode *node, const char *name, int64_t fallback) {
    const ScArg *arg = sc_node_arg(node, name);
    return arg && arg->kind == SC_ARG_INT ? arg->as.i : fallback;
}

static int64_t wrap(int64_t index, int64_t size) {
    return index < 0 ? index + size : index;
}

/* order[i] = dimension of the base that dimension i of the view is. */
static void permutation_of(const ScNode *node, uint32_t rank, int64_t *order) {
    const ScArg *dims = sc_node_arg(node, "dims");
    for (uint32_t d = 0; d < rank; d++) {
        order[d] = dims && d < dims->n ? wrap(dims->as.ints[d], rank) : d;
    }
    if (!dims && rank >= 2) { /* transpose(dim0, dim1), or t() */
        int64_t a = wrap(int_arg(node, "dim0", 0), rank);
        int64_t b = wrap(int_arg(node, "dim1", 1), rank);
        order[a] = b;
        order[b] = a;
    }
}

static ScStatus write_permuted(ScImport *im, const ScNode *node, ScValue *value,
                               ScValue **out_base) {
    uint32_t rank = value->type.rank;
    int64_t order[SC_MAX_RANK] = {0}, inverse[SC_MAX_RANK] = {0};
    permutation_of(node, rank, order);
    for (uint32_t d = 0; d < rank; d++) {
        inverse[order[d]] = d;
    }
    ScArg args[] = {sc_arg_of_value(value), sc_arg_of_ints(im->sc->arena, inverse, rank)};
    return sc_import_emit1(im, "aten.permute.default", args, 2, out_base);
}

static ScStatus write_reshaped(ScImport *im, const ScValue *old_base, ScValue *value,
                               ScValue **out_base) {
    if (sc_dims_equal(&old_base->type, &value->type)) {
        *out_base = value;
        return SC_OK;
    }
    ScArg args[] = {
        sc_arg_of_value(value),
        sc_arg_of_ints(im->sc->arena, old_base->type.dims, old_base->type.rank)};
    return sc_import_emit1(im, "aten.view.default", args, 2, out_base);
}

static ScStatus write_slice(ScImport *im, ScValue *old_base, ScValue *value, ScArg dim,
                            ScArg start, ScArg end, ScArg step, ScValue **out_base) {
    ScArg args[] = {
        sc_arg_of_value(old_base), sc_arg_of_value(value), dim, start, end, step};
    return sc_import_emit1(im, "aten.slice_scatter.default", args, 6, out_base);
}

static ScStatus write_run(ScImport *im, ScValue *old_base, ScValue *value, int64_t dim,
                          int64_t start, ScValue **out_base) {
    int64_t size = value->type.dims[wrap(dim, value->type.rank)];
    return write_slice(im, old_base, value, sc_arg_of_int(dim), sc_arg_of_int(start),
                       sc_arg_of_int(start + size), sc_arg_of_int(1), out_base);
}

static ScStatus write_selected(ScImport *im, ScValue *old_base, ScValue *value, int64_t dim,
                               int64_t index, ScValue **out_base) {
    ScArg args[] = {sc_arg_of_value(old_base), sc_arg_of_value(value), sc_arg_of_int(dim),
                    sc_arg_of_int(index)};
    return sc_import_emit1(im, "aten.select_scatter.default", args, 4, out_base);
}

/* Where result `result` of split() or chunk() begins. */
static int64_t piece_start(const ScNode *node, uint32_t result, int64_t dim) {
    int64_t start = 0;
    for (uint32_t i = 0; i < result; i++) {
        const ScType *type = &node->results[i]->type;
        start += type->dims[wrap(dim, type->rank)];
    }
    return start;
}

static ScStatus refuse_write(ScImport *im, const ScNode *node) {
    return sc_fail(
        im->sc, SC_E_UNSUPPORTED, im->where,
        sc_arena_fmt(im->sc->arena, "in-place write through %s", node->op->def->name),
        "it would have to change the tensor that this is a view of",
        sc_import_advice_decompose);
}

ScStatus sc_import_write_through(ScImport *im, const ScImportTensor *view,
                                 ScValue *old_base, ScValue *value, ScValue **out_base) {
    const ScNode *node = view->view;
    const ViewRule *rule = rule_find(node->op->def->name);
    int64_t dim = int_arg(node, "dim", 0);
    switch (rule ? rule->kind : VIEW_OPAQUE) {
    case VIEW_SAME:
        return write_reshaped(im, old_base, value, out_base);
    case VIEW_PERMUTE:
        return write_permuted(im, node, value, out_base);
    case VIEW_SELECT:
        return write_selected(im, old_base, value, dim, int_arg(node, "index", 0),
                              out_base);
    case VIEW_SLICE:
        return write_slice(im, old_base, value, sc_arg_of_int(dim),
                           *sc_node_arg(node, "start"), *sc_node_arg(node, "end"),
                           *sc_node_arg(node, "step"), out_base);
    case VIEW_NARROW: {
        int64_t size = old_base->type.dims[wrap(dim, old_base->type.rank)];
        return write_run(im, old_base, value, dim, wrap(int_arg(node, "start", 0), size),
                         out_base);
    }
    case VIEW_PIECES:
        return write_run(im, old_base, value, dim,
                         piece_start(node, view->result_index, dim), out_base);
    case VIEW_UNBIND:
        return write_selected(im, old_base, value, dim, view->result_index, out_base);
    case VIEW_OPAQUE:
        break;
    }
    return refuse_write(im, node);
}
