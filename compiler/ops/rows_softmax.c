/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax and its logarithm. Source: aten/src/ATen/native/SoftMax.cpp. */
#include <math.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScStatus shape_softmax(Sc *sc, const ScNode *node, ScType *out_types,
                              uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    uint32_t dim;
    SC_TRY(sc_take_dim(sc, node, "dim", type.rank, &dim));
    type.dtype = sc_take_dtype(node, "dtype", type.dtype);
    if (sc_take_bool(node, "half_to_float")) {
        type.dtype = SC_F32;
    }
    if (!sc_dtype_is_float(type.dtype)) {
        return sc_bad_shape(sc, node, "the input is %s; a float type is needed",
                            sc_dtype_name(type.dtype));
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus to_primitive(Sc *sc, ScGraph *graph, ScNode *node, const char *op,
                             ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType x = sc_node_type(node, 0);
    ScValue *cast =
        b_cast(b, sc_node_value(node, 0), sc_take_dtype(node, "dtype", x.dtype));
    out_results[0] = b_call(
        b, op, B_ARGS(sc_arg_of_value(cast), sc_take(node, "dim"), sc_arg_of_bool(false)));
    return build.status;
}

static ScStatus decompose_softmax(Sc *sc, ScGraph *graph, ScNode *node,
                                  ScValue **out_results) {
    return to_primitive(sc, graph, node, "aten._softmax.default", out_results);
}

static ScStatus decompose_log_softmax(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    return to_primitive(sc, graph, node, "aten._log_softmax.default", out_results);
}

/* Rows that are -inf throughout give 0, not NaN. */
static ScStatus decompose_safe_softmax(Sc *sc, ScGraph *graph, ScNode *node,
                                       ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScValue *x = sc_node_value(node, 0);
    SC_TRY(to_primitive(sc, graph, node, "aten._softmax.default", out_results));
    ScArg dim = sc_take(node, "dim");
    ScValue *alive = b_call(
        b, "aten.any.dim",
        B_ARGS(sc_arg_of_value(b_call_number(b, "aten.ne.Scalar", x, -(double)INFINITY)),
               dim, sc_arg_of_bool(true)));
    ScValue *zero = b_number(b, out_results[0]->type.dtype, 0);
    out_results[0] = b_where(b, alive, out_results[0], zero);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten._log_softmax.default",
     .schema = "aten::_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
     .shape = shape_softmax,
     .doc = "log(e^x / sum(e^x)) along a dimension"},
    {.name = "aten._safe_softmax.default",
     .schema =
         "aten::_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
     .shape = shape_softmax,
     .decompose = decompose_safe_softmax,
     .doc = "softmax; 0 where everything is -inf"},
    {.name = "aten._softmax.default",
     .schema = "aten::_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
     .shape = shape_softmax,
     .doc = "e^x / sum(e^x) along a dimension"},
    {.name = "aten.log_softmax.int",
     .schema =
         "aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
     .shape = shape_softmax,
     .decompose = decompose_log_softmax,
     .flags = SC_OP_SYNONYM,
     .doc = "log(e^x / sum(e^x)) along a dimension"},
    {.name = "aten.softmax.int",
     .schema = "aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
     .shape = shape_softmax,
     .decompose = decompose_softmax,
     .flags = SC_OP_SYNONYM,
     .doc = "e^x / sum(e^x) along a dimension"},
};

const ScOpFamily sc_family_softmax = SC_OP_FAMILY(rows);
