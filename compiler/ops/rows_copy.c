/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies, changes of dtype, fills, what does nothing at run time, and what
 * only checks. Memory formats don't matter: a Graph's values are contiguous in
 * logical order until layouts are chosen.
 */
#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScStatus shape_dropout(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    if (sc_take_bool(node, "train") && sc_take_number(node, "p") != 0) {
        return sc_not_done(sc, node, "call model.eval() before torch.export.export()",
                           "dropout in training mode is random");
    }
    return sc_shape_same(sc, node, out_types, out_n);
}

static ScStatus shape_to(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    type.dtype = sc_take_dtype(node, "dtype", type.dtype);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_to_other(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    type.dtype = sc_node_type(node, 1).dtype;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* Argument 1 must broadcast to argument 0, whose type is the result's. */
static ScStatus shape_copy(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0), source = sc_node_type(node, 1);
    ScType joined = type;
    if (!sc_broadcast(&joined, &source) || !sc_dims_equal(&joined, &type)) {
        return sc_bad_shape(sc, node, "the source doesn't broadcast to the destination");
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScStatus decompose_to(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType type;
    uint32_t n;
    SC_TRY(node->op->def->shape(sc, node, &type, &n));
    out_results[0] = b_cast(&build, sc_node_value(node, 0), type.dtype);
    return build.status;
}

static ScStatus decompose_copy(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type = sc_node_type(node, 0);
    ScValue *source = b_cast(b, sc_node_value(node, 1), type.dtype);
    out_results[0] = b_expand(b, source, type.rank, type.dims);
    return build.status;
}

static ScStatus decompose_fill(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type = sc_node_type(node, 0);
    ScArg number = node->n_args > 1 ? node->args[1] : sc_arg_of_int(0); /* zero() */
    out_results[0] = b_call(
        b, "aten.full.default",
        B_ARGS(b_ints(b, type.dims, type.rank), number, sc_arg_of_dtype(type.dtype)));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten._assert_async.default",
     .schema = "aten::_assert_async(Tensor self) -> ()",
     .shape = sc_shape_none,
     .flags = SC_OP_DROP,
     .doc = "a check that the import proved"},
    {.name = "aten._assert_async.msg",
     .schema = "aten::_assert_async.msg(Tensor self, str assert_msg) -> ()",
     .shape = sc_shape_none,
     .flags = SC_OP_DROP,
     .doc = "a check that the import proved"},
    {.name = "aten._assert_scalar.default",
     .schema = "aten::_assert_scalar(Scalar self, str assert_msg) -> ()",
     .shape = sc_shape_none,
     .flags = SC_OP_DROP,
     .doc = "a check that the import proved"},
    {.name = "aten._assert_tensor_metadata.default",
     .schema = "aten::_assert_tensor_metadata(Tensor a, SymInt[]? size=None, SymInt[]? "
               "stride=None, ScalarType? dtype=None, *, Device? device=None, Layout? "
               "layout=None) -> ()",
     .shape = sc_shape_none,
     .flags = SC_OP_DROP,
     .doc = "a check that the import proved"},
    {.name = "aten._to_copy.default",
     .schema = "aten::_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None, bool "
               "non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
     .shape = shape_to,
     .flags = SC_OP_POINTWISE,
     .doc = "a copy in another dtype"},
    {.name = "aten.alias.default",
     .schema = "aten::alias(Tensor(a) self) -> Tensor(a)",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself"},
    {.name = "aten.alias_copy.default",
     .schema = "aten::alias_copy(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY,
     .doc = "itself"},
    {.name = "aten.alpha_dropout.default",
     .schema = "aten::alpha_dropout(Tensor input, float p, bool train) -> Tensor",
     .shape = shape_dropout,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself: this is not training"},
    {.name = "aten.clone.default",
     .schema = "aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY,
     .doc = "a copy"},
    {.name = "aten.contiguous.default",
     .schema =
         "aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself: values are contiguous"},
    {.name = "aten.copy.default",
     .schema = "aten::copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor",
     .shape = shape_copy,
     .decompose = decompose_copy,
     .flags = SC_OP_SYNONYM,
     .doc = "src in the shape and dtype of self"},
    {.name = "aten.detach.default",
     .schema = "aten::detach(Tensor(a) self) -> Tensor(a)",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself"},
    {.name = "aten.detach_copy.default",
     .schema = "aten::detach_copy(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY,
     .doc = "itself"},
    {.name = "aten.dropout.default",
     .schema = "aten::dropout(Tensor input, float p, bool train) -> Tensor",
     .shape = shape_dropout,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself: this is not training"},
    {.name = "aten.feature_dropout.default",
     .schema = "aten::feature_dropout(Tensor input, float p, bool train) -> Tensor",
     .shape = shape_dropout,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself: this is not training"},
    {.name = "aten.fill.Scalar",
     .schema = "aten::fill.Scalar(Tensor self, Scalar value) -> Tensor",
     .shape = sc_shape_same,
     .decompose = decompose_fill,
     .flags = SC_OP_SYNONYM,
     .doc = "a constant in the shape and dtype of self"},
    {.name = "aten.fill.Tensor",
     .schema = "aten::fill.Tensor(Tensor self, Tensor value) -> Tensor",
     .shape = shape_copy,
     .decompose = decompose_copy,
     .flags = SC_OP_SYNONYM,
     .doc = "value in the shape and dtype of self"},
    {.name = "aten.lift_fresh.default",
     .schema = "aten::lift_fresh(Tensor(a) self) -> Tensor(a)",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself"},
    {.name = "aten.lift_fresh_copy.default",
     .schema = "aten::lift_fresh_copy(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY,
     .doc = "itself"},
    {.name = "aten.positive.default",
     .schema = "aten::positive(Tensor(a) self) -> Tensor(a)",
     .shape = sc_shape_same,
     .flags = SC_OP_IDENTITY | SC_OP_VIEW,
     .doc = "itself"},
    {.name = "aten.sym_constrain_range.default",
     .schema =
         "aten::sym_constrain_range(Scalar size, *, int? min=None, int? max=None) -> ()",
     .shape = sc_shape_none,
     .flags = SC_OP_DROP,
     .doc = "a check that the import proved"},
    {.name = "aten.sym_constrain_range_for_size.default",
     .schema = "aten::sym_constrain_range_for_size(Scalar size, *, int? min=None, int? "
               "max=None) -> ()",
     .shape = sc_shape_none,
     .flags = SC_OP_DROP,
     .doc = "a check that the import proved"},
    {.name = "aten.to.device",
     .schema = "aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool "
               "non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> "
               "Tensor(a)",
     .shape = shape_to,
     .decompose = decompose_to,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "in another dtype"},
    {.name = "aten.to.dtype",
     .schema = "aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, "
               "bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
     .shape = shape_to,
     .decompose = decompose_to,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "in another dtype"},
    {.name = "aten.to.dtype_layout",
     .schema = "aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None, bool "
               "non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> "
               "Tensor(a)",
     .shape = shape_to,
     .decompose = decompose_to,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "in another dtype"},
    {.name = "aten.to.other",
     .schema = "aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool "
               "copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
     .shape = shape_to_other,
     .decompose = decompose_to,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "in the dtype of another tensor"},
    {.name = "aten.type_as.default",
     .schema = "aten::type_as(Tensor self, Tensor other) -> Tensor",
     .shape = shape_to_other,
     .decompose = decompose_to,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "in the dtype of another tensor"},
    {.name = "aten.zero.default",
     .schema = "aten::zero(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .decompose = decompose_fill,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros in the shape and dtype of self"},
};

const ScOpFamily sc_family_copy = SC_OP_FAMILY(rows);
