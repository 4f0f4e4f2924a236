/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tensors out of nothing. full and arange.start_step are the primitives; all
 * of them are constants after folding.
 * Source: aten/src/ATen/native/TensorFactories.cpp.
 */
#include <math.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* The dtype of a Python number. */
static ScDtype number_dtype(const ScArg *number) {
    return number->kind == SC_ARG_BOOL  ? SC_BOOL
           : number->kind == SC_ARG_INT ? SC_I64
                                        : SC_F32;
}

static ScStatus give_sized(Sc *sc, const ScNode *node, ScDtype dtype, ScType *out_types,
                           uint32_t *out_n) {
    ScArg size = sc_take(node, "size");
    if (size.n > SC_MAX_RANK) {
        return sc_not_done(sc, node, 0, "a tensor of %u dimensions", size.n);
    }
    ScType type = sc_type_make(dtype, size.n, size.as.ints);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_full(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScArg fill = sc_take(node, "fill_value");
    ScDtype dtype = sc_take_dtype(node, "dtype", number_dtype(&fill));
    return give_sized(sc, node, dtype, out_types, out_n);
}

/* zeros, ones, empty */
static ScStatus shape_sized(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    return give_sized(sc, node, sc_take_dtype(node, "dtype", SC_F32), out_types, out_n);
}

/* new_zeros, new_ones, new_full, new_empty */
static ScStatus shape_new(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScDtype dtype = sc_take_dtype(node, "dtype", sc_node_type(node, 0).dtype);
    return give_sized(sc, node, dtype, out_types, out_n);
}

static ScStatus shape_like(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    type.dtype = sc_take_dtype(node, "dtype", type.dtype);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_scalar_tensor(Sc *sc, const ScNode *node, ScType *out_types,
                                    uint32_t *out_n) {
    ScType type = sc_type_make(sc_take_dtype(node, "dtype", SC_F32), 0, 0);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

typedef struct Range {
    ScArg start, end, step;
} Range;

static Range read_range(const ScNode *node) {
    Range r = {sc_take(node, "start"), sc_take(node, "end"), sc_take(node, "step")};
    r.start = r.start.kind == SC_ARG_NONE ? sc_arg_of_int(0) : r.start;
    r.step = r.step.kind == SC_ARG_NONE ? sc_arg_of_int(1) : r.step;
    return r;
}

static double number_of(const ScArg *arg) {
    return arg->kind == SC_ARG_FLOAT ? arg->as.f
           : arg->kind == SC_ARG_INT ? (double)arg->as.i
                                     : (double)arg->as.b;
}

static ScStatus shape_arange(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    Range r = read_range(node);
    bool is_float = r.start.kind == SC_ARG_FLOAT || r.end.kind == SC_ARG_FLOAT ||
                    r.step.kind == SC_ARG_FLOAT;
    double n = ceil((number_of(&r.end) - number_of(&r.start)) / number_of(&r.step));
    if (!(n >= 0 && n <= INT32_MAX)) {
        return sc_bad_shape(sc, node, "start, end and step give no length");
    }
    int64_t length = (int64_t)n;
    ScDtype dtype = sc_take_dtype(node, "dtype", is_float ? SC_F32 : SC_I64);
    return sc_shape_give(sc, node, sc_type_make(dtype, 1, &length), out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScStatus make_full(Sc *sc, ScGraph *graph, ScNode *node, ScArg number,
                          ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(node->op->def->shape(sc, node, &type, &n));
    out_results[0] = b_call(
        b, "aten.full.default",
        B_ARGS(b_ints(b, type.dims, type.rank), number, sc_arg_of_dtype(type.dtype)));
    return build.status;
}

static ScStatus decompose_zeros(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    return make_full(sc, graph, node, sc_arg_of_int(0), out_results);
}

static ScStatus decompose_ones(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    return make_full(sc, graph, node, sc_arg_of_int(1), out_results);
}

static ScStatus decompose_full(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    return make_full(sc, graph, node, sc_take(node, "fill_value"), out_results);
}

static ScStatus decompose_scalar_tensor(Sc *sc, ScGraph *graph, ScNode *node,
                                        ScValue **out_results) {
    return make_full(sc, graph, node, sc_take(node, "s"), out_results);
}

static ScStatus decompose_arange(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    Range r = read_range(node);
    ScType type;
    uint32_t n;
    SC_TRY(shape_arange(sc, node, &type, &n));
    out_results[0] = b_call(&build, "aten.arange.start_step",
                            B_ARGS(r.start, r.end, r.step, sc_arg_of_dtype(type.dtype)));
    return build.status;
}

static ScStatus shape_linspace(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    int64_t steps = sc_take_int(node, "steps");
    ScDtype dtype = sc_take_dtype(node, "dtype", SC_F32);
    if (dtype != SC_F32) {
        return sc_not_done(sc, node, "convert it afterwards", "linspace in %s",
                           sc_dtype_name(dtype));
    }
    return sc_shape_give(sc, node, sc_type_make(dtype, 1, &steps), out_types, out_n);
}

static ScStatus shape_eye(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    int64_t n = sc_take_int(node, "n");
    int64_t dims[2] = {n, sc_take_given(node, "m") ? sc_take_int(node, "m") : n};
    ScType type = sc_type_make(sc_take_dtype(node, "dtype", SC_F32), 2, dims);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* From both ends to the middle, in float32, as torch does it. */
static ScStatus decompose_linspace(Sc *sc, ScGraph *graph, ScNode *node,
                                   ScValue **out_results) {
    ScType type;
    uint32_t n;
    SC_TRY(shape_linspace(sc, node, &type, &n));
    int64_t steps = type.dims[0];
    float start = (float)sc_take_number(node, "start");
    float end = (float)sc_take_number(node, "end");
    float step = steps > 1 ? (end - start) / (float)(steps - 1) : 0.0f;
    float *data = SC_NEW_ARRAY(graph->arena, float, (size_t)steps);
    for (int64_t i = 0; i < steps; i++) {
        data[i] = i < steps / 2 || steps == 1 ? start + step * (float)i
                                              : end - step * (float)(steps - 1 - i);
    }
    out_results[0] = sc_graph_add_const(graph, "linspace", &type, data);
    return SC_OK;
}

/* arange(n)[:, None] == arange(m), in the dtype of the result */
static ScStatus decompose_eye(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_eye(sc, node, &type, &n));
    ScValue *sides[2];
    for (int i = 0; i < 2; i++) {
        sides[i] = b_call(b, "aten.arange.start_step",
                          B_ARGS(sc_arg_of_int(0), sc_arg_of_int(type.dims[i])));
    }
    ScValue *equal = b_call2(b, "aten.eq.Tensor", b_unsqueeze(b, sides[0], 1), sides[1]);
    out_results[0] = b_cast(b, equal, type.dtype);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.linspace.default",
     .schema =
         "aten::linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, "
         "Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_linspace,
     .decompose = decompose_linspace,
     .flags = SC_OP_SYNONYM,
     .doc = "steps numbers from start to end"},
    {.name = "aten.eye.default",
     .schema = "aten::eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_eye,
     .decompose = decompose_eye,
     .flags = SC_OP_SYNONYM,
     .doc = "a matrix with ones on the diagonal"},
    {.name = "aten.eye.m",
     .schema = "aten::eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_eye,
     .decompose = decompose_eye,
     .flags = SC_OP_SYNONYM,
     .doc = "a matrix with ones on the diagonal"},
    {.name = "aten.arange.default",
     .schema = "aten::arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_arange,
     .decompose = decompose_arange,
     .flags = SC_OP_SYNONYM,
     .doc = "0, 1, ... below end"},
    {.name = "aten.arange.start",
     .schema = "aten::arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_arange,
     .decompose = decompose_arange,
     .flags = SC_OP_SYNONYM,
     .doc = "start, start + 1, ... below end"},
    {.name = "aten.arange.start_step",
     .schema = "aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, "
               "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? "
               "pin_memory=None) -> Tensor",
     .shape = shape_arange,
     .doc = "start, start + step, ... below end"},
    {.name = "aten.empty.memory_format",
     .schema = "aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None, "
               "MemoryFormat? memory_format=None) -> Tensor",
     .shape = shape_sized,
     .decompose = decompose_zeros,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros: what torch leaves undefined is defined here"},
    {.name = "aten.empty_like.default",
     .schema = "aten::empty_like(Tensor self, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? "
               "memory_format=None) -> Tensor",
     .shape = shape_like,
     .decompose = decompose_zeros,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros in the shape and dtype of self"},
    {.name = "aten.full.default",
     .schema = "aten::full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_full,
     .doc = "a constant in every element"},
    {.name = "aten.full_like.default",
     .schema = "aten::full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None, "
               "MemoryFormat? memory_format=None) -> Tensor",
     .shape = shape_like,
     .decompose = decompose_full,
     .flags = SC_OP_SYNONYM,
     .doc = "a constant in the shape and dtype of self"},
    {.name = "aten.new_empty.default",
     .schema = "aten::new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_new,
     .decompose = decompose_zeros,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros in the dtype of self"},
    {.name = "aten.new_full.default",
     .schema = "aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, "
               "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? "
               "pin_memory=None) -> Tensor",
     .shape = shape_new,
     .decompose = decompose_full,
     .flags = SC_OP_SYNONYM,
     .doc = "a constant in the dtype of self"},
    {.name = "aten.new_ones.default",
     .schema = "aten::new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_new,
     .decompose = decompose_ones,
     .flags = SC_OP_SYNONYM,
     .doc = "ones in the dtype of self"},
    {.name = "aten.new_zeros.default",
     .schema = "aten::new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, "
               "Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_new,
     .decompose = decompose_zeros,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros in the dtype of self"},
    {.name = "aten.ones.default",
     .schema = "aten::ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_sized,
     .decompose = decompose_ones,
     .flags = SC_OP_SYNONYM,
     .doc = "ones"},
    {.name = "aten.ones_like.default",
     .schema = "aten::ones_like(Tensor self, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? "
               "memory_format=None) -> Tensor",
     .shape = shape_like,
     .decompose = decompose_ones,
     .flags = SC_OP_SYNONYM,
     .doc = "ones in the shape and dtype of self"},
    {.name = "aten.scalar_tensor.default",
     .schema = "aten::scalar_tensor(Scalar s, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_scalar_tensor,
     .decompose = decompose_scalar_tensor,
     .flags = SC_OP_SYNONYM,
     .doc = "a number as a tensor without dimensions"},
    {.name = "aten.zeros.default",
     .schema = "aten::zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, "
               "Device? device=None, bool? pin_memory=None) -> Tensor",
     .shape = shape_sized,
     .decompose = decompose_zeros,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros"},
    {.name = "aten.zeros_like.default",
     .schema = "aten::zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? "
               "layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? "
               "memory_format=None) -> Tensor",
     .shape = shape_like,
     .decompose = decompose_zeros,
     .flags = SC_OP_SYNONYM,
     .doc = "zeros in the shape and dtype of self"},
};

const ScOpFamily sc_family_create = SC_OP_FAMILY(rows);
