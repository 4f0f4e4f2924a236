/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of two or three numbers, element by element, with broadcasting and
 * torch's type promotion: arithmetic, comparison, logic, choice.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* rounding_mode None divides, "trunc" and "floor" keep integers. */
static ScStatus shape_div_mode(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    return sc_take_given(node, "rounding_mode")
               ? sc_shape_binary(sc, node, out_types, out_n)
               : sc_shape_binary_float(sc, node, out_types, out_n);
}

/* Joins the arguments `names` (tensors, numbers or None) into one type. */
static ScStatus join_named(Sc *sc, const ScNode *node, const char *const *names, int n,
                           ScType *type) {
    ScPromotion promotion = {0};
    for (int i = 0; i < n; i++) {
        ScArg arg = sc_take(node, names[i]);
        if (arg.kind != SC_ARG_VALUE) {
            sc_promote_number(&promotion, &arg);
            continue;
        }
        ScType other = sc_take_type(node, names[i]);
        sc_promote_type(&promotion, &other);
        if (!sc_broadcast(type, &other)) {
            return sc_bad_shape(sc, node, "'%s' doesn't broadcast", names[i]);
        }
    }
    type->dtype = sc_promoted(&promotion);
    return SC_OK;
}

static ScStatus shape_where(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    static const char *const names[] = {"self", "other"};
    ScType type = sc_take_type(node, "condition");
    if (type.dtype != SC_BOOL) {
        return sc_bad_shape(sc, node, "the condition is %s, not bool",
                            sc_dtype_name(type.dtype));
    }
    SC_TRY(join_named(sc, node, names, 2, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_clamp(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    static const char *const names[] = {"self", "min", "max"};
    ScType type = sc_type_make(SC_F32, 0, 0);
    SC_TRY(join_named(sc, node, names, 3, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_addcmul(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    static const char *const names[] = {"self", "tensor1", "tensor2"};
    ScType type = sc_type_make(SC_F32, 0, 0);
    SC_TRY(join_named(sc, node, names, 3, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_lerp(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    static const char *const names[] = {"self", "end", "weight"};
    ScType type = sc_type_make(SC_F32, 0, 0);
    SC_TRY(join_named(sc, node, names, 3, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_masked_fill(Sc *sc, const ScNode *node, ScType *out_types,
                                  uint32_t *out_n) {
    ScType type = sc_take_type(node, "self"), mask = sc_take_type(node, "mask");
    if (mask.dtype != SC_BOOL || !sc_broadcast(&type, &mask)) {
        return sc_bad_shape(sc, node, "the mask must be bool and broadcast");
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScStatus decompose_rsub(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call(
        &build, "aten.sub.Tensor",
        B_ARGS(sc_take(node, "other"), sc_take(node, "self"), sc_take(node, "alpha")));
    return build.status;
}

/* The tensor itself, or a number as a constant of the result's dtype. */
static ScValue *operand(ScBuild *b, const ScNode *node, const char *name, ScDtype dtype) {
    ScValue *value = sc_take_value(node, name);
    return value ? value : b_number(b, dtype, sc_take_number(node, name));
}

static ScStatus decompose_where(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_where(sc, node, &type, &n));
    out_results[0] =
        b_where(b, sc_take_value(node, "condition"), operand(b, node, "self", type.dtype),
                operand(b, node, "other", type.dtype));
    return build.status;
}

static ScStatus decompose_clamp_min(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call(&build, "aten.clamp.default",
                            B_ARGS(sc_take(node, "self"), sc_take(node, "min")));
    return build.status;
}

static ScStatus decompose_clamp_max(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] =
        b_call(&build, "aten.clamp.default",
               B_ARGS(sc_take(node, "self"), sc_arg_of_none(), sc_take(node, "max")));
    return build.status;
}

static ScStatus decompose_maximum(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call2(&build, "aten.maximum.default", sc_node_value(node, 0),
                             sc_node_value(node, 1));
    return build.status;
}

static ScStatus decompose_minimum(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call2(&build, "aten.minimum.default", sc_node_value(node, 0),
                             sc_node_value(node, 1));
    return build.status;
}

static ScStatus decompose_masked_fill(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_take_value(node, "self");
    ScValue *value =
        b_cast(b, sc_take_value(node, "value"), sc_take_type(node, "self").dtype);
    out_results[0] = b_where(b, sc_take_value(node, "mask"), value, x);
    return build.status;
}

static ScValue *times_number(ScBuild *b, ScValue *x, const ScArg *number) {
    bool one = number->kind == SC_ARG_INT && number->as.i == 1;
    return one ? x : b_call(b, "aten.mul.Scalar", B_ARGS(sc_arg_of_value(x), *number));
}

/* self + value * tensor1 * tensor2 (or tensor1 / tensor2) */
static ScStatus decompose_addc(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results,
                               const char *op) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg value = sc_take(node, "value");
    ScValue *scaled = times_number(b, sc_take_value(node, "tensor1"), &value);
    out_results[0] = b_add(b, sc_take_value(node, "self"),
                           b_call2(b, op, scaled, sc_take_value(node, "tensor2")));
    return build.status;
}

static ScStatus decompose_addcmul(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    return decompose_addc(sc, graph, node, out_results, "aten.mul.Tensor");
}

static ScStatus decompose_addcdiv(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    return decompose_addc(sc, graph, node, out_results, "aten.div.Tensor");
}

/* self + weight * (end - self) */
static ScStatus decompose_lerp(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *start = sc_take_value(node, "self");
    ScValue *way = b_sub(b, sc_take_value(node, "end"), start);
    ScValue *weight = sc_take_value(node, "weight");
    ScArg number = sc_take(node, "weight");
    out_results[0] =
        b_add(b, start, weight ? b_mul(b, way, weight) : times_number(b, way, &number));
    return build.status;
}

static ScStatus decompose_bitwise(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    /* "__and__" -> "aten.bitwise_and.Tensor" */
    const char *name = node->op->schema.name + 2;
    const char *op = sc_arena_fmt(sc->arena, "aten.bitwise_%.*s.%s", name[0] == 'o' ? 2 : 3,
                                  name, node->op->schema.overload);
    out_results[0] = b_call(&build, op, B_ARGS(node->args[0], node->args[1]));
    return build.status;
}

/* Integers; the number or tensor of distances doesn't widen a bool. */
static ScStatus shape_shift(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    SC_TRY(sc_shape_binary(sc, node, out_types, out_n));
    return sc_dtype_is_int(out_types[0].dtype)
               ? SC_OK
               : sc_bad_shape(sc, node, "only integers are shifted");
}

static ScStatus decompose_shift(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    bool left = node->op->schema.name[2] == 'l'; /* "__lshift__" */
    bool scalar = strcmp(node->op->schema.overload, "Scalar") == 0;
    const char *op =
        sc_arena_fmt(sc->arena, "aten.bitwise_%s_shift.%s", left ? "left" : "right",
                     scalar ? "Tensor_Scalar" : "Tensor");
    out_results[0] = b_call(&build, op, B_ARGS(node->args[0], node->args[1]));
    return build.status;
}

static ScStatus decompose_clip(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    const char *tensors = *node->op->schema.overload ? "aten.clamp.Tensor" : 0;
    out_results[0] =
        b_call(b, tensors ? tensors : "aten.clamp.default", node->args, node->n_args);
    return build.status;
}

static ScStatus decompose_floor_divide(Sc *sc, ScGraph *graph, ScNode *node,
                                       ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    out_results[0] =
        b_call(b, "aten.div.Scalar_mode",
               B_ARGS(node->args[0], node->args[1], sc_arg_of_string("floor")));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.clip.default",
     .schema = "aten::clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
     .shape = shape_clamp,
     .decompose = decompose_clip,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "min(max(self, min), max)"},
    {.name = "aten.clip.Tensor",
     .schema =
         "aten::clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
     .shape = shape_clamp,
     .decompose = decompose_clip,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "min(max(self, min), max)"},
    {.name = "aten.floor_divide.Scalar",
     .schema = "aten::floor_divide.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_floor_divide,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "self / other, rounded down"},
    {.name = "aten.__and__.Scalar",
     .schema = "aten::__and__.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_bitwise,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "bitwise and"},
    {.name = "aten.__and__.Tensor",
     .schema = "aten::__and__.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_bitwise,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "bitwise and"},
    {.name = "aten.__or__.Scalar",
     .schema = "aten::__or__.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_bitwise,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "bitwise or"},
    {.name = "aten.__or__.Tensor",
     .schema = "aten::__or__.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_bitwise,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "bitwise or"},
    {.name = "aten.__xor__.Scalar",
     .schema = "aten::__xor__.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_bitwise,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "bitwise xor"},
    {.name = "aten.__xor__.Tensor",
     .schema = "aten::__xor__.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_bitwise,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "bitwise xor"},
    {.name = "aten.__lshift__.Scalar",
     .schema = "aten::__lshift__.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = shape_shift,
     .decompose = decompose_shift,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "x * 2^y of integers"},
    {.name = "aten.__lshift__.Tensor",
     .schema = "aten::__lshift__.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = shape_shift,
     .decompose = decompose_shift,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "x * 2^y of integers"},
    {.name = "aten.__rshift__.Scalar",
     .schema = "aten::__rshift__.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = shape_shift,
     .decompose = decompose_shift,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "x / 2^y of integers, rounded down"},
    {.name = "aten.__rshift__.Tensor",
     .schema = "aten::__rshift__.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = shape_shift,
     .decompose = decompose_shift,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "x / 2^y of integers, rounded down"},
    {.name = "aten.bitwise_left_shift.Tensor",
     .schema = "aten::bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = shape_shift,
     .flags = SC_OP_POINTWISE,
     .doc = "x * 2^y of integers"},
    {.name = "aten.bitwise_left_shift.Tensor_Scalar",
     .schema =
         "aten::bitwise_left_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = shape_shift,
     .flags = SC_OP_POINTWISE,
     .doc = "x * 2^y of integers"},
    {.name = "aten.bitwise_right_shift.Tensor",
     .schema = "aten::bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = shape_shift,
     .flags = SC_OP_POINTWISE,
     .doc = "x / 2^y of integers, rounded down"},
    {.name = "aten.bitwise_right_shift.Tensor_Scalar",
     .schema =
         "aten::bitwise_right_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = shape_shift,
     .flags = SC_OP_POINTWISE,
     .doc = "x / 2^y of integers, rounded down"},
    {.name = "aten.add.Scalar",
     .schema = "aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self + alpha * other"},
    {.name = "aten.add.Tensor",
     .schema = "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self + alpha * other"},
    {.name = "aten.addcdiv.default",
     .schema = "aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar "
               "value=1) -> Tensor",
     .shape = shape_addcmul,
     .decompose = decompose_addcdiv,
     .flags = SC_OP_POINTWISE,
     .doc = "self + value * tensor1 / tensor2"},
    {.name = "aten.addcmul.default",
     .schema = "aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar "
               "value=1) -> Tensor",
     .shape = shape_addcmul,
     .decompose = decompose_addcmul,
     .flags = SC_OP_POINTWISE,
     .doc = "self + value * tensor1 * tensor2"},
    {.name = "aten.atan2.default",
     .schema = "aten::atan2(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary_float,
     .flags = SC_OP_POINTWISE,
     .doc = "angle of the point (other, self)"},
    {.name = "aten.bitwise_and.Scalar",
     .schema = "aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "bitwise and"},
    {.name = "aten.bitwise_and.Tensor",
     .schema = "aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "bitwise and"},
    {.name = "aten.bitwise_or.Scalar",
     .schema = "aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "bitwise or"},
    {.name = "aten.bitwise_or.Tensor",
     .schema = "aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "bitwise or"},
    {.name = "aten.bitwise_xor.Scalar",
     .schema = "aten::bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "bitwise xor"},
    {.name = "aten.bitwise_xor.Tensor",
     .schema = "aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "bitwise xor"},
    {.name = "aten.clamp.Tensor",
     .schema =
         "aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
     .shape = shape_clamp,
     .flags = SC_OP_POINTWISE,
     .doc = "min(max(self, min), max)"},
    {.name = "aten.clamp.default",
     .schema = "aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
     .shape = shape_clamp,
     .flags = SC_OP_POINTWISE,
     .doc = "min(max(self, min), max)"},
    {.name = "aten.clamp_max.Tensor",
     .schema = "aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor",
     .shape = shape_clamp,
     .decompose = decompose_minimum,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "min(self, max)"},
    {.name = "aten.clamp_max.default",
     .schema = "aten::clamp_max(Tensor self, Scalar max) -> Tensor",
     .shape = shape_clamp,
     .decompose = decompose_clamp_max,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "min(self, max)"},
    {.name = "aten.clamp_min.Tensor",
     .schema = "aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor",
     .shape = shape_clamp,
     .decompose = decompose_maximum,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "max(self, min)"},
    {.name = "aten.clamp_min.default",
     .schema = "aten::clamp_min(Tensor self, Scalar min) -> Tensor",
     .shape = shape_clamp,
     .decompose = decompose_clamp_min,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "max(self, min)"},
    {.name = "aten.div.Scalar",
     .schema = "aten::div.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary_float,
     .flags = SC_OP_POINTWISE,
     .doc = "self / other"},
    {.name = "aten.div.Scalar_mode",
     .schema = "aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> "
               "Tensor",
     .shape = shape_div_mode,
     .flags = SC_OP_POINTWISE,
     .doc = "self / other, rounded down, to zero or not at all"},
    {.name = "aten.div.Tensor",
     .schema = "aten::div.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary_float,
     .flags = SC_OP_POINTWISE,
     .doc = "self / other"},
    {.name = "aten.div.Tensor_mode",
     .schema = "aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> "
               "Tensor",
     .shape = shape_div_mode,
     .flags = SC_OP_POINTWISE,
     .doc = "self / other, rounded down, to zero or not at all"},
    {.name = "aten.eq.Scalar",
     .schema = "aten::eq.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self == other"},
    {.name = "aten.eq.Tensor",
     .schema = "aten::eq.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self == other"},
    {.name = "aten.floor_divide.default",
     .schema = "aten::floor_divide(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self / other, rounded down"},
    {.name = "aten.fmod.Scalar",
     .schema = "aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "remainder with the sign of self"},
    {.name = "aten.fmod.Tensor",
     .schema = "aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "remainder with the sign of self"},
    {.name = "aten.ge.Scalar",
     .schema = "aten::ge.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self >= other"},
    {.name = "aten.ge.Tensor",
     .schema = "aten::ge.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self >= other"},
    {.name = "aten.gt.Scalar",
     .schema = "aten::gt.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self > other"},
    {.name = "aten.gt.Tensor",
     .schema = "aten::gt.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self > other"},
    {.name = "aten.le.Scalar",
     .schema = "aten::le.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self <= other"},
    {.name = "aten.le.Tensor",
     .schema = "aten::le.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self <= other"},
    {.name = "aten.lerp.Scalar",
     .schema = "aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor",
     .shape = shape_lerp,
     .decompose = decompose_lerp,
     .flags = SC_OP_POINTWISE,
     .doc = "self + weight * (end - self)"},
    {.name = "aten.lerp.Tensor",
     .schema = "aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor",
     .shape = shape_lerp,
     .decompose = decompose_lerp,
     .flags = SC_OP_POINTWISE,
     .doc = "self + weight * (end - self)"},
    {.name = "aten.logical_and.default",
     .schema = "aten::logical_and(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "non-zero: both"},
    {.name = "aten.logical_or.default",
     .schema = "aten::logical_or(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "non-zero: one or both"},
    {.name = "aten.logical_xor.default",
     .schema = "aten::logical_xor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "non-zero: one but not both"},
    {.name = "aten.lt.Scalar",
     .schema = "aten::lt.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self < other"},
    {.name = "aten.lt.Tensor",
     .schema = "aten::lt.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self < other"},
    {.name = "aten.masked_fill.Scalar",
     .schema = "aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
     .shape = shape_masked_fill,
     .flags = SC_OP_POINTWISE,
     .doc = "mask ? value : self"},
    {.name = "aten.masked_fill.Tensor",
     .schema = "aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor",
     .shape = shape_masked_fill,
     .decompose = decompose_masked_fill,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "mask ? value : self"},
    {.name = "aten.max.other",
     .schema = "aten::max.other(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_maximum,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "the larger one"},
    {.name = "aten.maximum.default",
     .schema = "aten::maximum(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "the larger one; NaN wins"},
    {.name = "aten.min.other",
     .schema = "aten::min.other(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_minimum,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "the smaller one"},
    {.name = "aten.minimum.default",
     .schema = "aten::minimum(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "the smaller one; NaN wins"},
    {.name = "aten.mul.Scalar",
     .schema = "aten::mul.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self * other"},
    {.name = "aten.mul.Tensor",
     .schema = "aten::mul.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self * other"},
    {.name = "aten.ne.Scalar",
     .schema = "aten::ne.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self != other"},
    {.name = "aten.ne.Tensor",
     .schema = "aten::ne.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_compare,
     .flags = SC_OP_POINTWISE,
     .doc = "self != other"},
    {.name = "aten.pow.Scalar",
     .schema = "aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self to the power of exponent"},
    {.name = "aten.pow.Tensor_Scalar",
     .schema = "aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self to the power of exponent"},
    {.name = "aten.pow.Tensor_Tensor",
     .schema = "aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self to the power of exponent"},
    {.name = "aten.remainder.Scalar",
     .schema = "aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "remainder with the sign of other"},
    {.name = "aten.remainder.Tensor",
     .schema = "aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "remainder with the sign of other"},
    {.name = "aten.rsub.Scalar",
     .schema = "aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "other - alpha * self"},
    {.name = "aten.rsub.Tensor",
     .schema = "aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
     .shape = sc_shape_binary,
     .decompose = decompose_rsub,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "other - alpha * self"},
    {.name = "aten.sub.Scalar",
     .schema = "aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self - alpha * other"},
    {.name = "aten.sub.Tensor",
     .schema = "aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
     .shape = sc_shape_binary,
     .flags = SC_OP_POINTWISE,
     .doc = "self - alpha * other"},
    {.name = "aten.where.Scalar",
     .schema = "aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor",
     .shape = shape_where,
     .decompose = decompose_where,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "condition ? self : other"},
    {.name = "aten.where.ScalarOther",
     .schema =
         "aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor",
     .shape = shape_where,
     .decompose = decompose_where,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "condition ? self : other"},
    {.name = "aten.where.ScalarSelf",
     .schema =
         "aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor",
     .shape = shape_where,
     .decompose = decompose_where,
     .flags = SC_OP_SYNONYM | SC_OP_POINTWISE,
     .doc = "condition ? self : other"},
    {.name = "aten.where.self",
     .schema = "aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor",
     .shape = shape_where,
     .flags = SC_OP_POINTWISE,
     .doc = "condition ? self : other"},
};

const ScOpFamily sc_family_binary = SC_OP_FAMILY(rows);
