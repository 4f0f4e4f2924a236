/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See shape.h. Promotion follows c10/core/ScalarType.cpp and
 * aten/src/ATen/native/TypeProperties.cpp.
 */
#include "compiler/ops/shape.h"

#include <string.h>

/* ---- messages ---------------------------------------------------------------- */

ScStatus sc_bad_shape(Sc *sc, const ScNode *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *what = sc_arena_vfmt(sc->arena, format, args);
    va_end(args);
    return sc_fail(sc, SC_E_SHAPE, sc_node_where(sc->arena, node), what, 0, 0);
}

ScStatus sc_not_done(Sc *sc, const ScNode *node, const char *todo, const char *format,
                     ...) {
    va_list args;
    va_start(args, format);
    const char *what = sc_arena_vfmt(sc->arena, format, args);
    va_end(args);
    return sc_fail(sc, SC_E_UNSUPPORTED, sc_node_where(sc->arena, node), what, 0, todo);
}

/* ---- arguments by name ------------------------------------------------------- */

ScArg sc_take(const ScNode *node, const char *name) {
    const ScArg *arg = sc_node_arg(node, name);
    return arg ? *arg : sc_arg_of_none();
}

bool sc_take_given(const ScNode *node, const char *name) {
    return sc_take(node, name).kind != SC_ARG_NONE;
}

int64_t sc_take_int(const ScNode *node, const char *name) {
    ScArg arg = sc_take(node, name);
    return arg.kind == SC_ARG_INT ? arg.as.i : 0;
}

bool sc_take_bool(const ScNode *node, const char *name) {
    ScArg arg = sc_take(node, name);
    return arg.kind == SC_ARG_BOOL && arg.as.b;
}

double sc_take_number(const ScNode *node, const char *name) {
    ScArg arg = sc_take(node, name);
    switch (arg.kind) {
    case SC_ARG_FLOAT:
        return arg.as.f;
    case SC_ARG_INT:
        return (double)arg.as.i;
    case SC_ARG_BOOL:
        return arg.as.b ? 1.0 : 0.0;
    default:
        return 0.0;
    }
}

const char *sc_take_string(const ScNode *node, const char *name) {
    ScArg arg = sc_take(node, name);
    return arg.kind == SC_ARG_STRING ? arg.as.s : "";
}

ScValue *sc_take_value(const ScNode *node, const char *name) {
    ScArg arg = sc_take(node, name);
    return arg.kind == SC_ARG_VALUE ? arg.as.value : 0;
}

ScType sc_take_type(const ScNode *node, const char *name) {
    return sc_node_type(node, (uint32_t)sc_schema_param(&node->op->schema, name));
}

ScDtype sc_take_dtype(const ScNode *node, const char *name, ScDtype fallback) {
    ScArg arg = sc_take(node, name);
    return arg.kind == SC_ARG_DTYPE ? (ScDtype)arg.as.i : fallback;
}

ScType sc_take_item_type(const ScNode *node, const char *name, uint32_t i) {
    ScArg item = sc_arg_of_value(sc_take(node, name).as.values[i]);
    ScNode single = {.args = &item, .n_args = 1};
    return sc_node_type(&single, 0);
}

ScStatus sc_take_sizes(Sc *sc, const ScNode *node, const char *name, uint32_t n,
                       int64_t low, int64_t *out_items) {
    ScArg arg = sc_take(node, name);
    if (arg.kind != SC_ARG_INTS || (arg.n != n && arg.n != 1)) {
        return sc_bad_shape(sc, node, "'%s' must be a list of %u integers", name, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        out_items[i] = arg.as.ints[arg.n == 1 ? 0 : i];
        if (out_items[i] < low || out_items[i] > INT32_MAX) {
            return sc_bad_shape(sc, node, "'%s' has %lld, which is out of range", name,
                                (long long)out_items[i]);
        }
    }
    return SC_OK;
}

ScStatus sc_wrap_dim(Sc *sc, const ScNode *node, int64_t dim, uint32_t rank,
                     uint32_t *out_dim) {
    int64_t n = rank ? rank : 1;
    if (dim < -n || dim >= n) {
        return sc_bad_shape(sc, node, "dimension %lld of a tensor with %u dimensions",
                            (long long)dim, rank);
    }
    *out_dim = (uint32_t)(dim < 0 ? dim + n : dim);
    return SC_OK;
}

ScStatus sc_take_dim(Sc *sc, const ScNode *node, const char *name, uint32_t rank,
                     uint32_t *out_dim) {
    return sc_wrap_dim(sc, node, sc_take_int(node, name), rank, out_dim);
}

ScStatus sc_take_dims(Sc *sc, const ScNode *node, const char *name, uint32_t rank,
                      uint32_t *out_mask) {
    ScArg arg = sc_take(node, name);
    *out_mask = 0;
    if (arg.kind == SC_ARG_INT) { /* "dim" of some overloads is one int */
        arg = sc_arg_of_ints(sc->arena, &arg.as.i, 1);
    }
    if (arg.kind != SC_ARG_INTS || arg.n == 0) {
        *out_mask = (1u << rank) - 1u;
        return SC_OK;
    }
    for (uint32_t i = 0; i < arg.n; i++) {
        uint32_t dim = 0;
        SC_TRY(sc_wrap_dim(sc, node, arg.as.ints[i], rank, &dim));
        if (*out_mask & (1u << dim)) {
            return sc_bad_shape(sc, node, "dimension %u is listed twice", dim);
        }
        *out_mask |= 1u << dim;
    }
    return SC_OK;
}

/* ---- promotion --------------------------------------------------------------- */

bool sc_dtype_is_int(ScDtype dtype) {
    return dtype != SC_BOOL && !sc_dtype_is_float(dtype);
}

static bool is_signed(ScDtype dtype) {
    return dtype == SC_I8 || dtype == SC_I16 || dtype == SC_I32 || dtype == SC_I64;
}

static ScDtype signed_of_size(size_t n_bytes) {
    return n_bytes <= 1 ? SC_I8 : n_bytes == 2 ? SC_I16 : n_bytes == 4 ? SC_I32 : SC_I64;
}

static ScDtype promote_ints(ScDtype a, ScDtype b) {
    size_t size_a = sc_dtype_size(a), size_b = sc_dtype_size(b);
    if (is_signed(a) == is_signed(b)) {
        return size_a >= size_b ? a : b;
    }
    size_t size_signed = is_signed(a) ? size_a : size_b;
    size_t size_unsigned = is_signed(a) ? size_b : size_a;
    return signed_of_size(size_signed > size_unsigned ? size_signed : 2 * size_unsigned);
}

static ScDtype promote_floats(ScDtype a, ScDtype b) {
    if (sc_dtype_size(a) == sc_dtype_size(b)) {
        return SC_F32; /* float16 and bfloat16 */
    }
    return sc_dtype_size(a) > sc_dtype_size(b) ? a : b;
}

ScDtype sc_promote_dtypes(ScDtype a, ScDtype b) {
    if (a == b || b == SC_BOOL) {
        return a;
    }
    if (a == SC_BOOL) {
        return b;
    }
    bool float_a = sc_dtype_is_float(a), float_b = sc_dtype_is_float(b);
    if (float_a && float_b) {
        return promote_floats(a, b);
    }
    if (float_a || float_b) {
        return float_a ? a : b;
    }
    return promote_ints(a, b);
}

static void promotion_add(ScPromotion *p, int rank_class, ScDtype dtype) {
    p->dtype[rank_class] =
        p->has[rank_class] ? sc_promote_dtypes(p->dtype[rank_class], dtype) : dtype;
    p->has[rank_class] = true;
}

void sc_promote_type(ScPromotion *p, const ScType *type) {
    promotion_add(p, type->rank > 0 ? 0 : 1, type->dtype);
}

void sc_promote_number(ScPromotion *p, const ScArg *number) {
    if (number->kind == SC_ARG_INT) {
        promotion_add(p, 2, SC_I64);
    } else if (number->kind == SC_ARG_FLOAT) {
        promotion_add(p, 2, SC_F32); /* torch.get_default_dtype() */
    } else if (number->kind == SC_ARG_BOOL) {
        promotion_add(p, 2, SC_BOOL);
    }
}

ScDtype sc_promoted(const ScPromotion *p) {
    bool has = false;
    ScDtype result = SC_F32;
    for (int i = 2; i >= 0; i--) { /* the lowest class first */
        if (!p->has[i]) {
            continue;
        }
        ScDtype higher = p->dtype[i];
        if (!has || sc_dtype_is_float(higher)) {
            result = higher;
        } else if (higher == SC_BOOL || sc_dtype_is_float(result)) {
            result = sc_promote_dtypes(higher, result);
        } else {
            result = higher;
        }
        has = true;
    }
    return result;
}

/* ---- dimensions -------------------------------------------------------------- */

bool sc_broadcast(ScType *type, const ScType *other) {
    uint32_t rank = type->rank > other->rank ? type->rank : other->rank;
    int64_t dims[SC_MAX_RANK];
    for (uint32_t i = 0; i < rank; i++) { /* i-th from the end */
        int64_t a = i < type->rank ? type->dims[type->rank - 1 - i] : 1;
        int64_t b = i < other->rank ? other->dims[other->rank - 1 - i] : 1;
        if (a != b && a != 1 && b != 1) {
            return false;
        }
        dims[rank - 1 - i] = a == 1 ? b : a;
    }
    memcpy(type->dims, dims, rank * sizeof dims[0]);
    type->rank = (uint8_t)rank;
    return true;
}

ScType sc_reduced(const ScType *type, uint32_t mask, bool keepdim) {
    ScType result = sc_type_make(type->dtype, 0, 0);
    for (uint32_t d = 0; d < type->rank; d++) {
        bool reduced = mask & (1u << d);
        if (!reduced || keepdim) {
            result.dims[result.rank++] = reduced ? 1 : type->dims[d];
        }
    }
    return result;
}

/* ---- results ----------------------------------------------------------------- */

bool sc_type_can_exist(const ScType *type) {
    uint64_t n_bytes = sc_dtype_size(type->dtype);
    if (n_bytes == 0 || type->rank > SC_MAX_RANK) {
        return false;
    }
    for (uint32_t d = 0; d < type->rank; d++) {
        if (type->dims[d] < 0 || type->dims[d] > INT32_MAX) {
            return false;
        }
        /* Both factors are below 2^32. A size of 0 counts as 1, so that the
         * product of any of the dimensions is small. */
        n_bytes *= type->dims[d] ? (uint64_t)type->dims[d] : 1;
        if (n_bytes > UINT32_MAX) {
            return false;
        }
    }
    return true;
}

ScStatus sc_shape_add(Sc *sc, const ScNode *node, ScType type, ScType *out_types,
                      uint32_t *out_n) {
    if (!sc_type_can_exist(&type)) {
        ScBuf text = sc_buf(sc->arena);
        sc_type_print(&type, &text);
        return sc_bad_shape(sc, node, "the result would be %s, beyond 4 GB", text.data);
    }
    if (*out_n == SC_MAX_RESULTS) {
        return sc_not_done(sc, node, 0, "more than %d results", SC_MAX_RESULTS);
    }
    out_types[(*out_n)++] = type;
    return SC_OK;
}

ScStatus sc_shape_give(Sc *sc, const ScNode *node, ScType type, ScType *out_types,
                       uint32_t *out_n) {
    *out_n = 0;
    return sc_shape_add(sc, node, type, out_types, out_n);
}

/* ---- shape functions ------------------------------------------------------------ */

ScStatus sc_shape_same(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    return sc_shape_give(sc, node, sc_node_type(node, 0), out_types, out_n);
}

ScStatus sc_shape_float(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    if (!sc_dtype_is_float(type.dtype)) {
        type.dtype = SC_F32;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

ScStatus sc_shape_float_only(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    if (!sc_dtype_is_float(type.dtype)) {
        return sc_bad_shape(sc, node, "the input is %s, a float type is needed",
                            sc_dtype_name(type.dtype));
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

ScStatus sc_shape_bool(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    type.dtype = SC_BOOL;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* Arguments 0 and 1, each a tensor or a number. */
static ScStatus operands_join(Sc *sc, const ScNode *node, ScType *out_type) {
    ScPromotion promotion = {0};
    *out_type = sc_type_make(SC_F32, 0, 0);
    for (uint32_t i = 0; i < 2; i++) {
        if (node->args[i].kind != SC_ARG_VALUE) {
            sc_promote_number(&promotion, &node->args[i]);
            continue;
        }
        ScType type = sc_node_type(node, i);
        sc_promote_type(&promotion, &type);
        if (!sc_broadcast(out_type, &type)) {
            ScBuf text = sc_buf(sc->arena);
            sc_type_print(out_type, &text);
            sc_buf_str(&text, " and ");
            sc_type_print(&type, &text);
            return sc_bad_shape(sc, node, "%s don't broadcast", text.data);
        }
    }
    out_type->dtype = sc_promoted(&promotion);
    return SC_OK;
}

ScStatus sc_shape_binary(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(operands_join(sc, node, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

ScStatus sc_shape_binary_float(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    ScType type;
    SC_TRY(operands_join(sc, node, &type));
    if (!sc_dtype_is_float(type.dtype)) {
        type.dtype = SC_F32;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

ScStatus sc_shape_compare(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    ScType type;
    SC_TRY(operands_join(sc, node, &type));
    type.dtype = SC_BOOL;
    return sc_shape_give(sc, node, type, out_types, out_n);
}

ScStatus sc_shape_none(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    (void)sc, (void)node, (void)out_types;
    *out_n = 0;
    return SC_OK;
}
