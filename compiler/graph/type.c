/* SPDX-License-Identifier: Apache-2.0 */
/* Types of graph values: sizes, comparison, text. */
#include <string.h>

#include "compiler/graph/graph.h"

size_t sc_type_numel(const ScType *type) {
    size_t n = 1;
    for (uint32_t d = 0; d < type->rank; d++) {
        n *= (size_t)type->dims[d];
    }
    return n;
}

size_t sc_type_bytes(const ScType *type) {
    return sc_type_numel(type) * sc_dtype_size(type->dtype);
}

bool sc_dims_equal(const ScType *a, const ScType *b) {
    return a->rank == b->rank && memcmp(a->dims, b->dims, a->rank * sizeof a->dims[0]) == 0;
}

static bool quant_equal(const ScQuant *a, const ScQuant *b) {
    if (!a || !b) {
        return a == b;
    }
    return a->axis == b->axis && a->n == b->n && a->qmin == b->qmin && a->qmax == b->qmax &&
           memcmp(a->scales, b->scales, a->n * sizeof a->scales[0]) == 0 &&
           memcmp(a->zero_points, b->zero_points, a->n * sizeof a->zero_points[0]) == 0;
}

bool sc_type_equal(const ScType *a, const ScType *b) {
    return a->dtype == b->dtype && a->layout == b->layout && sc_dims_equal(a, b) &&
           quant_equal(a->quant, b->quant);
}

ScType sc_type_make(ScDtype dtype, uint32_t rank, const int64_t *dims) {
    ScType type = {.dtype = dtype, .layout = SC_LAYOUT_CONTIGUOUS, .rank = (uint8_t)rank};
    for (uint32_t d = 0; d < rank && d < SC_MAX_RANK; d++) {
        type.dims[d] = dims[d];
    }
    return type;
}

/* {q axis 0 [0.5, 0.25] [0, 0] -128 127}; one scale without the lists. */
static void quant_print(const ScQuant *quant, ScBuf *out) {
    sc_buf_fmt(out, "{q %d [", quant->axis);
    for (uint32_t i = 0; i < quant->n; i++) {
        sc_buf_str(out, i ? ", " : "");
        sc_buf_double(out, quant->scales[i]);
    }
    sc_buf_str(out, "] [");
    for (uint32_t i = 0; i < quant->n; i++) {
        sc_buf_fmt(out, "%s%lld", i ? ", " : "", (long long)quant->zero_points[i]);
    }
    sc_buf_fmt(out, "] %lld %lld}", (long long)quant->qmin, (long long)quant->qmax);
}

void sc_type_print(const ScType *type, ScBuf *out) {
    sc_buf_fmt(out, "%s[", sc_dtype_name(type->dtype));
    for (uint32_t d = 0; d < type->rank; d++) {
        sc_buf_fmt(out, "%s%lld", d ? "," : "", (long long)type->dims[d]);
    }
    sc_buf_str(out, type->layout == SC_LAYOUT_CHANNELS_LAST ? "]nhwc" : "]");
    if (type->quant) {
        quant_print(type->quant, out);
    }
}
