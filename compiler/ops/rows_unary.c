/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of one number, element by element. */
#include <float.h>
#include <math.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* |x| < inf: false for NaN */
static ScStatus decompose_isfinite(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *size = b_call1(b, "aten.abs.default", sc_node_value(node, 0));
    out_results[0] = b_call_number(b, "aten.lt.Scalar", size, (double)INFINITY);
    return build.status;
}

static ScValue *replace_where(ScBuild *b, ScValue *where, double number, ScValue *x,
                              ScDtype dtype) {
    return b_where(b, where, b_number(b, dtype, number), x);
}

/* NaN becomes 0, infinities the largest numbers, or what the arguments say. */
static ScStatus decompose_nan_to_num(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0), *y = x;
    ScDtype dtype = sc_node_type(node, 0).dtype;
    out_results[0] = x;
    if (!sc_dtype_is_float(dtype)) {
        return SC_OK;
    }
    double largest = dtype == SC_F64   ? DBL_MAX
                     : dtype == SC_F16 ? 65504.0
                                       : (double)FLT_MAX;
    double high = sc_take_given(node, "posinf") ? sc_take_number(node, "posinf") : largest;
    double low = sc_take_given(node, "neginf") ? sc_take_number(node, "neginf") : -largest;
    const double inf = (double)INFINITY;
    y = replace_where(b, b_call_number(b, "aten.eq.Scalar", x, inf), high, y, dtype);
    y = replace_where(b, b_call_number(b, "aten.eq.Scalar", x, -inf), low, y, dtype);
    y = replace_where(b, b_call1(b, "aten.isnan.default", x), sc_take_number(node, "nan"),
                      y, dtype);
    out_results[0] = y;
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.isfinite.default",
     .schema = "aten::isfinite(Tensor self) -> Tensor",
     .shape = sc_shape_bool,
     .decompose = decompose_isfinite,
     .flags = SC_OP_POINTWISE,
     .doc = "is it neither infinite nor NaN?"},
    {.name = "aten.nan_to_num.default",
     .schema = "aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? "
               "neginf=None) -> Tensor",
     .shape = sc_shape_same,
     .decompose = decompose_nan_to_num,
     .flags = SC_OP_POINTWISE,
     .doc = "NaN and infinities replaced by numbers"},
    {.name = "aten.abs.default",
     .schema = "aten::abs(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "|x|"},
    {.name = "aten.acos.default",
     .schema = "aten::acos(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "arc cosine"},
    {.name = "aten.acosh.default",
     .schema = "aten::acosh(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "inverse hyperbolic cosine"},
    {.name = "aten.asin.default",
     .schema = "aten::asin(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "arc sine"},
    {.name = "aten.asinh.default",
     .schema = "aten::asinh(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "inverse hyperbolic sine"},
    {.name = "aten.atan.default",
     .schema = "aten::atan(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "arc tangent"},
    {.name = "aten.atanh.default",
     .schema = "aten::atanh(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "inverse hyperbolic tangent"},
    {.name = "aten.bitwise_not.default",
     .schema = "aten::bitwise_not(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "bits (or a bool) inverted"},
    {.name = "aten.ceil.default",
     .schema = "aten::ceil(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "next integer up"},
    {.name = "aten.cos.default",
     .schema = "aten::cos(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "cosine"},
    {.name = "aten.cosh.default",
     .schema = "aten::cosh(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "hyperbolic cosine"},
    {.name = "aten.erf.default",
     .schema = "aten::erf(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "error function"},
    {.name = "aten.exp.default",
     .schema = "aten::exp(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "e^x"},
    {.name = "aten.expm1.default",
     .schema = "aten::expm1(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "e^x - 1"},
    {.name = "aten.floor.default",
     .schema = "aten::floor(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "next integer down"},
    {.name = "aten.isinf.default",
     .schema = "aten::isinf(Tensor self) -> Tensor",
     .shape = sc_shape_bool,
     .flags = SC_OP_POINTWISE,
     .doc = "is it infinite?"},
    {.name = "aten.isnan.default",
     .schema = "aten::isnan(Tensor self) -> Tensor",
     .shape = sc_shape_bool,
     .flags = SC_OP_POINTWISE,
     .doc = "is it not a number?"},
    {.name = "aten.log.default",
     .schema = "aten::log(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "natural logarithm"},
    {.name = "aten.log10.default",
     .schema = "aten::log10(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "logarithm to base 10"},
    {.name = "aten.log1p.default",
     .schema = "aten::log1p(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "log(1 + x)"},
    {.name = "aten.log2.default",
     .schema = "aten::log2(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "logarithm to base 2"},
    {.name = "aten.logical_not.default",
     .schema = "aten::logical_not(Tensor self) -> Tensor",
     .shape = sc_shape_bool,
     .flags = SC_OP_POINTWISE,
     .doc = "is it zero?"},
    {.name = "aten.neg.default",
     .schema = "aten::neg(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "-x"},
    {.name = "aten.reciprocal.default",
     .schema = "aten::reciprocal(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "1 / x"},
    {.name = "aten.relu.default",
     .schema = "aten::relu(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "max(x, 0)"},
    {.name = "aten.round.default",
     .schema = "aten::round(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "nearest integer, half to even"},
    {.name = "aten.rsqrt.default",
     .schema = "aten::rsqrt(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "1 / sqrt(x)"},
    {.name = "aten.sigmoid.default",
     .schema = "aten::sigmoid(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "1 / (1 + e^-x)"},
    {.name = "aten.sign.default",
     .schema = "aten::sign(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "-1, 0 or 1"},
    {.name = "aten.sin.default",
     .schema = "aten::sin(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "sine"},
    {.name = "aten.sinh.default",
     .schema = "aten::sinh(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "hyperbolic sine"},
    {.name = "aten.sqrt.default",
     .schema = "aten::sqrt(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "square root"},
    {.name = "aten.tan.default",
     .schema = "aten::tan(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "tangent"},
    {.name = "aten.tanh.default",
     .schema = "aten::tanh(Tensor self) -> Tensor",
     .shape = sc_shape_float,
     .flags = SC_OP_POINTWISE,
     .doc = "hyperbolic tangent"},
    {.name = "aten.trunc.default",
     .schema = "aten::trunc(Tensor self) -> Tensor",
     .shape = sc_shape_same,
     .flags = SC_OP_POINTWISE,
     .doc = "integer part"},
};

const ScOpFamily sc_family_unary = SC_OP_FAMILY(rows);
