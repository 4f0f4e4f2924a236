/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TensorMeta: dtype, sizes and strides of a tensor as torch.export writes them.
 * Sizes are unions: {"as_int": 4}, or {"as_expr": {"expr_str": sympy's srepr}}
 * when the model was exported with dynamic shapes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/import/archive.h"

const char sc_pt2_advice_dynamic[] =
    "export with fixed shapes: torch.export.export(model, (x,)) without dynamic_shapes "
    "(bounded dynamic sizes come with a later version)";

enum {
    LAYOUT_STRIDED = 7,
    NO_DTYPE = -1 /* known to torch, not to the devices this is for */
};
/* No tensor of a model for microcontrollers comes near; keeps products of
 * sizes far from 64-bit overflow. */
static const int64_t max_tensor_bytes = (int64_t)1 << 40;
static const int64_t max_stride = (int64_t)1 << 40; /* elements */

typedef struct DtypeRow {
    int code; /* torch/_export/serde/schema.py: ScalarType */
    int dtype;
    const char *name;
} DtypeRow;

static const DtypeRow dtypes[] = {
    {1, SC_U8, "uint8"},
    {2, SC_I8, "int8"},
    {3, SC_I16, "int16"},
    {4, SC_I32, "int32"},
    {5, SC_I64, "int64"},
    {6, SC_F16, "float16"},
    {7, SC_F32, "float32"},
    {8, SC_F64, "float64"},
    {9, NO_DTYPE, "complex32"},
    {10, NO_DTYPE, "complex64"},
    {11, NO_DTYPE, "complex128"},
    {12, SC_BOOL, "bool"},
    {13, SC_BF16, "bfloat16"},
    {28, SC_U16, "uint16"},
    {29, NO_DTYPE, "float8_e4m3fn"},
    {30, NO_DTYPE, "float8_e5m2"},
    {31, NO_DTYPE, "float8_e4m3fnuz"},
    {32, NO_DTYPE, "float8_e5m2fnuz"},
    {33, NO_DTYPE, "float8_e8m0fnu"},
    {34, SC_U32, "uint32"},
    {35, SC_U64, "uint64"},
};

ScStatus sc_pt2_dtype(Sc *sc, const char *where, int64_t code, ScDtype *out_dtype) {
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        if (dtypes[i].code != code) {
            continue;
        }
        if (dtypes[i].dtype != NO_DTYPE) {
            *out_dtype = (ScDtype)dtypes[i].dtype;
            return SC_OK;
        }
        bool complex = code >= 9 && code <= 11;
        return sc_fail(sc, SC_E_UNSUPPORTED, where,
                       sc_arena_fmt(sc->arena, "dtype %s isn't supported", dtypes[i].name),
                       complex ? "no engine computes with complex numbers"
                               : "no engine computes with 8-bit floats",
                       complex ? "keep real and imaginary parts as two real tensors"
                               : "convert the tensor to float32 before export");
    }
    return sc_fail(sc, SC_E_FORMAT, where,
                   sc_arena_fmt(sc->arena, "unknown dtype number %lld", (long long)code),
                   NULL, "re-export the model with torch 2.13");
}

/* ---- sizes -------------------------------------------------------------------- */

/* "Integer(5)" or "5" */
static bool expr_constant(const char *expr, int64_t *out_value) {
    static const char integer[] = "Integer(";
    bool wrapped = strncmp(expr, integer, sizeof integer - 1) == 0;
    const char *digits = wrapped ? expr + sizeof integer - 1 : expr;
    char *end;
    errno = 0;
    *out_value = strtoll(digits, &end, 10);
    return end != digits && errno == 0 && strcmp(end, wrapped ? ")" : "") == 0;
}

/* "s77" from "Mul(Integer(2), Symbol('s77', positive=True))" */
static const char *expr_symbol(ScArena *arena, const char *expr) {
    static const char symbol[] = "Symbol('";
    const char *name = strstr(expr, symbol);
    if (!name) {
        return sc_pt2_printable(arena, expr);
    }
    name += sizeof symbol - 1;
    return sc_pt2_printable(arena, sc_arena_strn(arena, name, strcspn(name, "'")));
}

ScStatus sc_pt2_symint(Sc *sc, const char *where, const json_t *json, int64_t *out_value,
                       const char **out_symbol) {
    *out_value = 0;
    *out_symbol = NULL;
    const json_t *number = json_object_get(json, "as_int");
    if (json_is_integer(number)) {
        *out_value = json_integer_value(number);
        return SC_OK;
    }
    const json_t *expr = json_object_get(json_object_get(json, "as_expr"), "expr_str");
    if (!json_is_string(expr)) {
        return sc_fail(sc, SC_E_FORMAT, where, "a size is neither as_int nor as_expr", NULL,
                       NULL);
    }
    if (!expr_constant(json_string_value(expr), out_value)) {
        *out_symbol = expr_symbol(sc->arena, json_string_value(expr));
    }
    return SC_OK;
}

/* "; s77 is 2..8" from range_constraints. */
static const char *symbol_range(ScArena *arena, const json_t *ranges, const char *symbol) {
    const json_t *range = ranges ? json_object_get(ranges, symbol) : NULL;
    const json_t *low = json_object_get(range, "min_val");
    const json_t *high = json_object_get(range, "max_val");
    if (!json_is_integer(low)) {
        return "its size is known only at run time";
    }
    if (!json_is_integer(high)) {
        return sc_arena_fmt(arena, "%s is %lld or more", symbol,
                            (long long)json_integer_value(low));
    }
    return sc_arena_fmt(arena, "%s is %lld..%lld", symbol,
                        (long long)json_integer_value(low),
                        (long long)json_integer_value(high));
}

static ScStatus dims_parse(Sc *sc, const char *where, const json_t *json,
                           const json_t *ranges, ScPt2Meta *meta) {
    json_t *sizes, *strides;
    SC_TRY(sc_json_array(sc, where, json, "sizes", &sizes));
    SC_TRY(sc_json_array(sc, where, json, "strides", &strides));
    size_t rank = json_array_size(sizes);
    if (rank > SC_MAX_RANK) {
        return sc_fail(sc, SC_E_UNSUPPORTED, where,
                       sc_arena_fmt(sc->arena, "%zu dimensions", rank),
                       "tensors have at most 8", "reshape it in the model");
    }
    if (json_array_size(strides) != rank) {
        return sc_fail(sc, SC_E_FORMAT, where, "sizes and strides differ in length", NULL,
                       NULL);
    }
    meta->rank = (uint8_t)rank;
    for (size_t d = 0; d < rank; d++) {
        const char *symbol, *unused;
        SC_TRY(sc_pt2_symint(sc, where, json_array_get(sizes, d), &meta->dims[d], &symbol));
        if (symbol) {
            return sc_fail(
                sc, SC_E_UNSUPPORTED, where,
                sc_arena_fmt(sc->arena, "dimension %zu has the dynamic size %s", d, symbol),
                symbol_range(sc->arena, ranges, symbol), sc_pt2_advice_dynamic);
        }
        SC_TRY(sc_pt2_symint(sc, where, json_array_get(strides, d), &meta->strides[d],
                             &unused));
    }
    return SC_OK;
}

static ScStatus dims_check(Sc *sc, const char *where, const ScPt2Meta *meta) {
    int64_t n_bytes = (int64_t)sc_dtype_size(meta->dtype);
    for (uint32_t d = 0; d < meta->rank; d++) {
        if (meta->dims[d] < 0) {
            return sc_fail(sc, SC_E_FORMAT, where,
                           sc_arena_fmt(sc->arena, "dimension %u has the size %lld", d,
                                        (long long)meta->dims[d]),
                           NULL, NULL);
        }
        /* Sizes are 32-bit in a .pte; a product with a 0 in it must not hide a
         * huge factor either. */
        int64_t factor = meta->dims[d] ? meta->dims[d] : 1;
        if (meta->strides[d] < -max_stride || meta->strides[d] > max_stride) {
            return sc_fail(sc, SC_E_FORMAT, where, "a stride is absurd", NULL, NULL);
        }
        if (factor > INT32_MAX || n_bytes > max_tensor_bytes / factor) {
            return sc_fail(sc, SC_E_UNSUPPORTED, where, "the tensor is too big",
                           "a tensor has at most 2^40 bytes and 2^31-1 in a dimension",
                           NULL);
        }
        n_bytes *= factor;
    }
    return SC_OK;
}

static ScStatus layout_check(Sc *sc, const char *where, const json_t *json) {
    static const char *const names[] = {"unknown",    "sparse COO", "sparse CSR",
                                        "sparse CSC", "sparse BSR", "sparse BSC",
                                        "MKL-DNN"};
    int64_t layout;
    SC_TRY(sc_json_int(sc, where, json, "layout", &layout));
    if (layout == LAYOUT_STRIDED) {
        return SC_OK;
    }
    const char *name = layout >= 0 && layout < LAYOUT_STRIDED ? names[layout] : "unknown";
    return sc_fail(sc, SC_E_UNSUPPORTED, where,
                   sc_arena_fmt(sc->arena, "the tensor has %s layout", name),
                   "only dense tensors are supported", "call .to_dense() before export");
}

ScStatus sc_pt2_meta(Sc *sc, const char *where, const json_t *json, const json_t *ranges,
                     ScPt2Meta *out_meta) {
    ScPt2Meta meta = {.rank = 0};
    int64_t code;
    SC_TRY(sc_json_int(sc, where, json, "dtype", &code));
    SC_TRY(sc_pt2_dtype(sc, where, code, &meta.dtype));
    SC_TRY(layout_check(sc, where, json));
    SC_TRY(dims_parse(sc, where, json, ranges, &meta));
    SC_TRY(dims_check(sc, where, &meta));
    const char *symbol;
    SC_TRY(sc_pt2_symint(sc, where, json_object_get(json, "storage_offset"), &meta.offset,
                         &symbol));
    *out_meta = meta;
    return SC_OK;
}

bool sc_pt2_meta_is_contiguous(const ScPt2Meta *meta) {
    int64_t expected = 1;
    for (uint32_t d = meta->rank; d-- > 0;) {
        if (meta->dims[d] == 0) {
            return true;
        }
        if (meta->dims[d] != 1 && meta->strides[d] != expected) {
            return false;
        }
        expected *= meta->dims[d];
    }
    return true;
}
