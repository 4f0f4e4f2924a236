/* SPDX-License-Identifier: Apache-2.0 */
/* See build.h. */
#include "compiler/ops/build.h"

#include <string.h>

/* What calls give after a failure: readable, and in no graph. */
static ScValue *placeholder(ScBuild *b) {
    ScValue *value = SC_NEW(b->sc->arena, ScValue);
    value->name = "failed";
    value->kind = SC_VALUE_RESULT;
    value->type = sc_type_make(SC_F32, 0, 0);
    return value;
}

ScNode *b_node(ScBuild *b, const char *op, const ScArg *args, size_t n_args) {
    ScNode *node = 0;
    if (b->status == SC_OK) {
        b->status = sc_graph_add_node(b->sc, b->graph, b->before, op, args, n_args, &node);
    }
    return b->status == SC_OK ? node : 0;
}

ScValue *b_call(ScBuild *b, const char *op, const ScArg *args, size_t n_args) {
    ScNode *node = b_node(b, op, args, n_args);
    return node ? node->results[0] : placeholder(b);
}

ScValue *b_call1(ScBuild *b, const char *op, ScValue *x) {
    return b_call(b, op, B_ARGS(sc_arg_of_value(x)));
}

ScValue *b_call2(ScBuild *b, const char *op, ScValue *x, ScValue *y) {
    return b_call(b, op, B_ARGS(sc_arg_of_value(x), sc_arg_of_value(y)));
}

ScValue *b_call_number(ScBuild *b, const char *op, ScValue *x, double number) {
    return b_call(b, op, B_ARGS(sc_arg_of_value(x), sc_arg_of_float(number)));
}

ScValue *b_add(ScBuild *b, ScValue *x, ScValue *y) {
    return b_call2(b, "aten.add.Tensor", x, y);
}

ScValue *b_sub(ScBuild *b, ScValue *x, ScValue *y) {
    return b_call2(b, "aten.sub.Tensor", x, y);
}

ScValue *b_mul(ScBuild *b, ScValue *x, ScValue *y) {
    return b_call2(b, "aten.mul.Tensor", x, y);
}

ScValue *b_div(ScBuild *b, ScValue *x, ScValue *y) {
    return b_call2(b, "aten.div.Tensor", x, y);
}

ScValue *b_where(ScBuild *b, ScValue *condition, ScValue *x, ScValue *y) {
    return b_call(
        b, "aten.where.self",
        B_ARGS(sc_arg_of_value(condition), sc_arg_of_value(x), sc_arg_of_value(y)));
}

/* ---- numbers and dtypes -------------------------------------------------------- */

ScValue *b_number(ScBuild *b, ScDtype dtype, double number) {
    ScArg dims = {.kind = SC_ARG_INTS};
    return b_call(b, "aten.full.default",
                  B_ARGS(dims, sc_arg_of_float(number), sc_arg_of_dtype(dtype)));
}

ScValue *b_cast(ScBuild *b, ScValue *x, ScDtype dtype) {
    ScDtype seen = x->type.quant ? SC_F32 : x->type.dtype;
    if (seen == dtype) {
        return x;
    }
    return b_call(b, "aten._to_copy.default",
                  B_ARGS(sc_arg_of_value(x), sc_arg_of_dtype(dtype)));
}

/* ---- shapes -------------------------------------------------------------------- */

ScValue *b_view(ScBuild *b, ScValue *x, uint32_t rank, const int64_t *dims) {
    if (x->type.rank == rank && memcmp(x->type.dims, dims, rank * sizeof *dims) == 0) {
        return x;
    }
    return b_call(b, "aten.view.default",
                  B_ARGS(sc_arg_of_value(x), b_ints(b, dims, rank)));
}

ScValue *b_view_like(ScBuild *b, ScValue *x, const ScType *type) {
    return b_view(b, x, type->rank, type->dims);
}

ScValue *b_unsqueeze(ScBuild *b, ScValue *x, uint32_t dim) {
    int64_t dims[SC_MAX_RANK + 1];
    uint32_t rank = 0;
    for (uint32_t d = 0; d <= x->type.rank; d++) {
        if (d == dim) {
            dims[rank++] = 1;
        }
        if (d < x->type.rank) {
            dims[rank++] = x->type.dims[d];
        }
    }
    return b_view(b, x, rank, dims);
}

ScValue *b_permute(ScBuild *b, ScValue *x, const int64_t *order) {
    return b_call(b, "aten.permute.default",
                  B_ARGS(sc_arg_of_value(x), b_ints(b, order, x->type.rank)));
}

ScValue *b_swap(ScBuild *b, ScValue *x, uint32_t dim0, uint32_t dim1) {
    int64_t order[SC_MAX_RANK];
    for (uint32_t d = 0; d < SC_MAX_RANK; d++) {
        order[d] = d == dim0 ? dim1 : d == dim1 ? dim0 : d;
    }
    return b_permute(b, x, order);
}

ScValue *b_expand(ScBuild *b, ScValue *x, uint32_t rank, const int64_t *dims) {
    if (x->type.rank == rank && memcmp(x->type.dims, dims, rank * sizeof *dims) == 0) {
        return x;
    }
    return b_call(b, "aten.expand.default",
                  B_ARGS(sc_arg_of_value(x), b_ints(b, dims, rank)));
}

ScValue *b_select(ScBuild *b, ScValue *x, uint32_t dim, int64_t index) {
    return b_call(b, "aten.select.int",
                  B_ARGS(sc_arg_of_value(x), sc_arg_of_int(dim), sc_arg_of_int(index)));
}

ScValue *b_slice(ScBuild *b, ScValue *x, uint32_t dim, int64_t start, int64_t end) {
    return b_call(b, "aten.slice.Tensor",
                  B_ARGS(sc_arg_of_value(x), sc_arg_of_int(dim), sc_arg_of_int(start),
                         sc_arg_of_int(end)));
}

ScValue *b_pick(ScBuild *b, ScValue *x, uint32_t dim, const int64_t *indices, uint32_t n) {
    int64_t length = n;
    ScType type = sc_type_make(SC_I64, 1, &length);
    const void *data = sc_arena_copy(b->graph->arena, indices, n * sizeof *indices);
    ScValue *index = sc_graph_add_const(b->graph, "indices", &type, data);
    return b_call(b, "aten.index_select.default",
                  B_ARGS(sc_arg_of_value(x), sc_arg_of_int(dim), sc_arg_of_value(index)));
}

ScValue *b_cat(ScBuild *b, ScValue *const *items, uint32_t n, uint32_t dim) {
    if (n == 1) {
        return items[0];
    }
    return b_call(b, "aten.cat.default",
                  B_ARGS(sc_arg_of_values(b->graph->arena, items, n), sc_arg_of_int(dim)));
}

/* ---- products ------------------------------------------------------------------ */

ScValue *b_matmul(ScBuild *b, ScValue *x, ScValue *y) {
    return b_call2(b, "aten.matmul.default", x, y);
}

ScValue *b_linear(ScBuild *b, ScValue *x, ScValue *weight, ScValue *bias) {
    return b_call(
        b, "aten.linear.default",
        B_ARGS(sc_arg_of_value(x), sc_arg_of_value(weight), sc_arg_of_value(bias)));
}
