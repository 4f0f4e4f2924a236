/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PT2E programs say "int8" with pairs of nodes around float operators:
 *
 *   conv(dq(q(x)), dq(w)) -> q -> dq -> ...
 *
 * Here the pairs become the types of values, and mean the same: an operator
 * computes on the real numbers that its operands stand for and rounds to the
 * type of its result.
 *
 * 1. dq(constant): the constant gets the quantized type, its users take it.
 * 2. q(x) where x is an operator's result with no other use: x gets the type.
 * 3. q(x) otherwise (an input, other uses, a dq before it): stays, as an explicit
 *    conversion.
 * 4. dq(y) of such values: its users take y. A dq that feeds an output or a q of
 *    other parameters stays.
 *
 * Nothing is absorbed when a quantized value is read in another way than by dq
 * with the same parameters, when scales aren't constant (dynamic quantization)
 * or when the real type isn't float32.
 */
#include <math.h>
#include <string.h>

#include "compiler/import/import.h"

typedef struct Absorb {
    ScGraph *graph;
    ScValue *value; /* being looked at, and what the walk finds: */
    const ScType *type;
    ScValue *to;
    ScNode *node;
    bool fits;
} Absorb;

static bool op_is(const ScNode *node, const char *name) {
    return strcmp(node->op->schema.ns, "quantized_decomposed") == 0 &&
           strcmp(node->op->schema.name, name) == 0 &&
           node->op->schema.overload[0] == 0; /* "default" */
}

static bool is_quantize(const ScNode *node) {
    return op_is(node, "quantize_per_tensor") || op_is(node, "quantize_per_channel");
}

static bool is_dequantize(const ScNode *node) {
    return op_is(node, "dequantize_per_tensor") || op_is(node, "dequantize_per_channel");
}

/* ---- parameters of a node
 * ------------------------------------------------------------------ */

/* Scales that float32 can't hold exactly would be rounded when an engine makes
 * the pair anew: those stay as they are. */
static bool element_as_scale(const ScValue *value, size_t i, double *out) {
    const char *at = (const char *)value->data + i * sc_dtype_size(value->type.dtype);
    float f;
    if (value->type.dtype == SC_F32) {
        memcpy(&f, at, sizeof f);
        *out = (double)f;
        return true;
    }
    if (value->type.dtype == SC_F64) {
        memcpy(out, at, sizeof *out);
        return (double)(float)*out == *out;
    }
    return false;
}

static bool element_as_int(const ScValue *value, size_t i, int64_t *out) {
    const char *at = (const char *)value->data + i * sc_dtype_size(value->type.dtype);
    int8_t i8;
    uint8_t u8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    switch (value->type.dtype) {
    case SC_I8:
        memcpy(&i8, at, sizeof i8);
        *out = i8;
        return true;
    case SC_U8:
        memcpy(&u8, at, sizeof u8);
        *out = u8;
        return true;
    case SC_I16:
        memcpy(&i16, at, sizeof i16);
        *out = i16;
        return true;
    case SC_U16:
        memcpy(&u16, at, sizeof u16);
        *out = u16;
        return true;
    case SC_I32:
        memcpy(&i32, at, sizeof i32);
        *out = i32;
        return true;
    case SC_I64:
        memcpy(out, at, sizeof *out);
        return true;
    default:
        return false;
    }
}

/* A constant with one element per channel. */
static bool is_channel_list(const ScArg *arg, int64_t n) {
    return arg && arg->kind == SC_ARG_VALUE && arg->as.value->kind == SC_VALUE_CONST &&
           arg->as.value->type.rank == 1 && arg->as.value->type.dims[0] == n;
}

static bool channel_params(ScArena *arena, const ScNode *node, const ScType *of,
                           ScQuant *quant) {
    int64_t axis = sc_node_arg(node, "axis")->as.i;
    axis = axis < 0 ? axis + of->rank : axis;
    if (axis < 0 || axis >= of->rank) {
        return false;
    }
    const ScArg *scales = sc_node_arg(node, "scales");
    const ScArg *zeros = sc_node_arg(node, "zero_points");
    int64_t n = of->dims[axis];
    bool no_zeros = zeros && zeros->kind == SC_ARG_NONE;
    if (!is_channel_list(scales, n) || !(no_zeros || is_channel_list(zeros, n))) {
        return false;
    }
    double *scale_list = SC_NEW_ARRAY(arena, double, (size_t)n + 1);
    int64_t *zero_list = SC_NEW_ARRAY(arena, int64_t, (size_t)n + 1);
    for (size_t i = 0; i < (size_t)n; i++) {
        if (!element_as_scale(scales->as.value, i, &scale_list[i]) ||
            !(no_zeros || element_as_int(zeros->as.value, i, &zero_list[i]))) {
            return false;
        }
    }
    quant->axis = (int)axis;
    quant->n = (uint32_t)n;
    quant->scales = scale_list;
    quant->zero_points = zero_list;
    return n > 0;
}

static bool tensor_params(ScArena *arena, const ScNode *node, ScQuant *quant) {
    quant->axis = -1;
    quant->n = 1;
    quant->scales = sc_arena_copy(arena, &sc_node_arg(node, "scale")->as.f, sizeof(double));
    quant->zero_points =
        sc_arena_copy(arena, &sc_node_arg(node, "zero_point")->as.i, sizeof(int64_t));
    return true;
}

static bool dtype_range(ScDtype dtype, int64_t *out_low, int64_t *out_high) {
    static const struct {
        ScDtype dtype;
        int64_t low, high;
    } ranges[] = {{SC_I8, INT8_MIN, INT8_MAX},
                  {SC_U8, 0, UINT8_MAX},
                  {SC_I16, INT16_MIN, INT16_MAX},
                  {SC_U16, 0, UINT16_MAX},
                  {SC_I32, INT32_MIN, INT32_MAX}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (ranges[i].dtype == dtype) {
            *out_low = ranges[i].low;
            *out_high = ranges[i].high;
            return true;
        }
    }
    return false;
}

static bool quant_is_sane(ScDtype dtype, const ScQuant *quant) {
    int64_t low, high;
    if (!dtype_range(dtype, &low, &high) || quant->qmin < low || quant->qmax > high ||
        quant->qmin >= quant->qmax) {
        return false;
    }
    for (uint32_t i = 0; i < quant->n; i++) {
        if (!(quant->scales[i] > 0) || !isfinite(quant->scales[i]) ||
            quant->zero_points[i] < quant->qmin || quant->zero_points[i] > quant->qmax) {
            return false;
        }
    }
    return true;
}

/* The quantized type that a q makes or a dq reads; false when it can't be one. */
static bool type_of_node(ScGraph *graph, const ScNode *node, ScType *out_type) {
    const ScArg *out_dtype = sc_node_arg(node, "out_dtype");
    if (out_dtype && out_dtype->kind == SC_ARG_DTYPE && out_dtype->as.i != SC_F32) {
        return false;
    }
    *out_type = node->args[0].as.value->type;
    out_type->dtype = (ScDtype)sc_node_arg(node, "dtype")->as.i;
    ScQuant *quant = SC_NEW(graph->arena, ScQuant);
    quant->qmin = sc_node_arg(node, "quant_min")->as.i;
    quant->qmax = sc_node_arg(node, "quant_max")->as.i;
    out_type->quant = quant;
    bool ok = sc_schema_param(&node->op->schema, "axis") >= 0
                  ? channel_params(graph->arena, node, out_type, quant)
                  : tensor_params(graph->arena, node, quant);
    return ok && quant_is_sane(out_type->dtype, quant);
}

/* ---- uses
 * ------------------------------------------------------------------------------------ */

static bool is_output(const ScGraph *graph, const ScValue *value) {
    for (size_t i = 0; i < graph->n_outputs; i++) {
        const ScArg *arg = &graph->outputs[i].value;
        if (arg->kind == SC_ARG_VALUE && arg->as.value == value) {
            return true;
        }
    }
    return false;
}

/* Clears `fits` unless the node reads the value by a dq of the wanted type. */
static void check_use(void *user, ScValue **slot) {
    Absorb *a = user;
    if (*slot != a->value) {
        return;
    }
    ScType type;
    a->fits = a->fits && is_dequantize(a->node) && slot == &a->node->args[0].as.value &&
              type_of_node(a->graph, a->node, &type) && sc_type_equal(&type, a->type);
}

static bool only_dequantized(ScGraph *graph, ScValue *value, const ScType *type) {
    Absorb a = {.graph = graph, .value = value, .type = type, .fits = true};
    for (a.node = graph->first; a.node && a.fits; a.node = a.node->next) {
        sc_node_each_value(a.node, check_use, &a);
    }
    return a.fits && !is_output(graph, value);
}

static void replace_use(void *user, ScValue **slot) {
    const Absorb *a = user;
    if (*slot == a->value) {
        *slot = a->to;
    }
}

/* Conversions look at stored numbers, not at what they stand for: they keep the
 * dq in front of them, so that a change of scale reads dq, q. */
static bool is_conversion(const ScNode *node) {
    return strcmp(node->op->schema.ns, "quantized_decomposed") == 0;
}

/* Every node that reads `from` as real numbers reads `to`. */
static void redirect_nodes(ScGraph *graph, ScValue *from, ScValue *to) {
    Absorb a = {.value = from, .to = to};
    for (ScNode *node = graph->first; node; node = node->next) {
        if (!is_conversion(node)) {
            sc_node_each_value(node, replace_use, &a);
        }
    }
}

/* Equal parameters are one object: later passes compare cheaply. */
static void quant_share(const ScGraph *graph, ScType *type) {
    ScType wanted = {.quant = type->quant};
    for (size_t i = 0; i < graph->n_values; i++) {
        ScType have = {.quant = graph->values[i] ? graph->values[i]->type.quant : NULL};
        if (have.quant && sc_type_equal(&have, &wanted)) {
            type->quant = have.quant;
            return;
        }
    }
}

/* ---- the two kinds of nodes
 * ------------------------------------------------------------------- */

static void absorb_quantize(ScGraph *graph, ScNode *node) {
    ScValue *x = sc_node_value(node, 0);
    ScValue *y = node->results[0];
    ScType type;
    if (!x || x->type.dtype != SC_F32 || x->type.quant ||
        !type_of_node(graph, node, &type) || !only_dequantized(graph, y, &type)) {
        return;
    }
    quant_share(graph, &type);
    bool mine = x->kind == SC_VALUE_RESULT && sc_graph_single_user(graph, x) == node &&
                !is_conversion(x->producer);
    if (!mine) {
        y->type = type;
        return;
    }
    x->type = type;
    sc_graph_replace_uses(graph, y, x);
    sc_graph_remove_node(graph, node);
}

static bool data_is_in_range(const ScValue *value, const ScQuant *quant) {
    for (size_t i = 0, n = sc_type_numel(&value->type); i < n; i++) {
        int64_t q;
        if (!element_as_int(value, i, &q) || q < quant->qmin || q > quant->qmax) {
            return false;
        }
    }
    return true;
}

/* The constant with that type: itself, or another name for its bytes when it is
 * used in other ways too. NULL when it can't have the type. */
static ScValue *constant_with_type(ScGraph *graph, ScValue *value, const ScType *type) {
    for (size_t i = 0; i < graph->n_values; i++) {
        ScValue *other = graph->values[i];
        if (other && other->kind == SC_VALUE_CONST && other->data == value->data &&
            sc_type_equal(&other->type, type)) {
            return other;
        }
    }
    if (!data_is_in_range(value, type->quant)) {
        return NULL;
    }
    if (only_dequantized(graph, value, type)) {
        value->type = *type;
        return value;
    }
    ScValue *twin = sc_graph_add_const(graph, value->name, type, value->data);
    twin->fqn = value->fqn;
    return twin;
}

static void absorb_dequantize(ScGraph *graph, ScNode *node) {
    ScValue *y = sc_node_value(node, 0);
    ScType type;
    if (!y || !type_of_node(graph, node, &type)) {
        return;
    }
    quant_share(graph, &type);
    if (y->kind == SC_VALUE_CONST && !y->type.quant && y->type.dtype == type.dtype) {
        y = constant_with_type(graph, y, &type);
    }
    if (!y || !sc_type_equal(&y->type, &type)) {
        return;
    }
    node->args[0] = sc_arg_of_value(y);
    redirect_nodes(graph, node->results[0], y);
    if (sc_graph_count_uses(graph, node->results[0]) == 0) {
        sc_graph_remove_node(graph, node);
    }
}

ScStatus sc_import_absorb(Sc *sc, ScGraph *graph) {
    (void)sc;
    for (ScNode *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (is_quantize(node)) {
            absorb_quantize(graph, node);
        }
    }
    for (ScNode *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (is_dequantize(node)) {
            absorb_dequantize(graph, node);
        }
    }
    return SC_OK;
}
