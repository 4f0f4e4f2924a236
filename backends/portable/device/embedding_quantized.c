/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantized_decomposed::embedding_byte, embedding_4bit, embedding_2bit (.out and
 * .dtype_out): rows of a quantized table, dequantized to float32.
 *
 * weight[rows, columns]: int8 or uint8; of 4 and 2 bits uint8 with two and four numbers
 * a byte, 8 and 2 above their value. Of 4 bits the first stands in the high half, of 2
 * bits in the lowest bits. weight_scales[rows] or [rows, groups], each group an equal
 * part of the row; zero points like the scales, or none. indices int64 (int32 too for
 * packed ones), out of range: SC_E_RANGE.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

typedef struct Table {
    ScTensor weight;
    const float *scales, *zero_points; /* or NULL */
    size_t n_rows, n_columns, n_bytes; /* bytes of a row */
    size_t n_groups;
    uint32_t n_bits;
} Table;

static float weight_at(const Table *t, size_t row, size_t column) {
    const uint8_t *bytes = (const uint8_t *)t->weight.data + row * t->n_bytes;
    if (t->n_bits == 8) {
        return t->weight.dtype == SC_I8 ? (float)(int8_t)bytes[column]
                                        : (float)bytes[column];
    }
    if (t->n_bits == 4) {
        uint32_t byte = bytes[column / 2];
        return (float)((int32_t)(column % 2 ? byte & 15 : byte >> 4) - 8);
    }
    return (float)((int32_t)(bytes[column / 4] >> (2 * (column % 4)) & 3) - 2);
}

static ScStatus scales_read(const ScCall *c, Table *t) {
    ScTensor scales = sc_arg_tensor(c, 1), zero_points = sc_arg_tensor(c, 2);
    SC_TRY(sc_need_dense(&scales, SC_F32));
    if ((scales.rank != 1 && scales.rank != 2) || (size_t)scales.sizes[0] != t->n_rows) {
        return SC_E_SHAPE;
    }
    t->scales = scales.data;
    t->zero_points = 0;
    t->n_groups = scales.rank == 2 ? (size_t)scales.sizes[1] : 1;
    if (t->n_groups == 0 || t->n_columns % t->n_groups != 0) {
        return SC_E_SHAPE;
    }
    if (!sc_arg_is_none(c, 2)) {
        SC_TRY(sc_need_dense(&zero_points, SC_F32));
        t->zero_points = zero_points.data;
        return sc_same_sizes(&scales, &zero_points) ? SC_OK : SC_E_SHAPE;
    }
    return SC_OK;
}

/* (weight, scales, zero_points?, quant_min, quant_max, ...) */
static ScStatus table_read(const ScCall *c, uint32_t n_bits, Table *t) {
    t->weight = sc_arg_tensor(c, 0);
    t->n_bits = n_bits;
    if (t->weight.dtype != SC_U8 && !(t->weight.dtype == SC_I8 && n_bits == 8)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(sc_need_dense(&t->weight, (ScDtype)t->weight.dtype));
    if (t->weight.rank != 2 || sc_arg_int(c, 3) > sc_arg_int(c, 4)) {
        return SC_E_SHAPE;
    }
    t->n_rows = (size_t)t->weight.sizes[0];
    t->n_bytes = (size_t)t->weight.sizes[1];
    t->n_columns = t->n_bytes * (8 / n_bits);
    return scales_read(c, t);
}

static void row_get(const Table *t, size_t row, float *out) {
    size_t n_in_group = t->n_columns / t->n_groups;
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t group = row * t->n_groups + i / n_in_group;
        float zero_point = t->zero_points ? t->zero_points[group] : 0.0f;
        out[i] = (weight_at(t, row, i) - zero_point) * t->scales[group];
    }
}

/* out: the sizes of indices, then a row. */
static ScStatus sizes_check(const Table *t, const ScTensor *indices, const ScTensor *out) {
    if (out->rank != indices->rank + 1 ||
        (size_t)out->sizes[indices->rank] != t->n_columns) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < indices->rank; d++) {
        if (out->sizes[d] != indices->sizes[d]) {
            return SC_E_SHAPE;
        }
    }
    return SC_OK;
}

static ScStatus embedding_run(const ScCall *c, uint32_t n_bits, uint32_t out_index) {
    ScTensor indices = sc_arg_tensor(c, 5), out = sc_arg_tensor(c, out_index);
    Table t;
    SC_TRY(table_read(c, n_bits, &t));
    if (indices.dtype != SC_I64 && !(indices.dtype == SC_I32 && n_bits != 8)) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(sc_need_dense(&indices, (ScDtype)indices.dtype));
    SC_TRY(sc_need_dense(&out, SC_F32));
    SC_TRY(sizes_check(&t, &indices, &out));
    size_t n = sc_tensor_numel(&indices);
    for (size_t i = 0; i < n; i++) {
        int64_t row;
        sc_load_i64(&row, indices.data, indices.dtype, (ptrdiff_t)i, 1, 1);
        if (row < 0 || (uint64_t)row >= t.n_rows) {
            return SC_E_RANGE;
        }
        row_get(&t, (size_t)row, (float *)out.data + i * t.n_columns);
    }
    return SC_OK;
}

ScStatus sc_quantized_decomposed_embedding_byte_out_f(ScCall *c) {
    return embedding_run(c, 8, 6);
}

ScStatus sc_quantized_decomposed_embedding_byte_dtype_out_f(ScCall *c) {
    return embedding_run(c, 8, 7);
}

ScStatus sc_quantized_decomposed_embedding_4bit_out_f(ScCall *c) {
    return embedding_run(c, 4, 6);
}

ScStatus sc_quantized_decomposed_embedding_4bit_dtype_out_f(ScCall *c) {
    return embedding_run(c, 4, 7);
}

ScStatus sc_quantized_decomposed_embedding_2bit_out_f(ScCall *c) {
    return embedding_run(c, 2, 6);
}

ScStatus sc_quantized_decomposed_embedding_2bit_dtype_out_f(ScCall *c) {
    return embedding_run(c, 2, 7);
}
