/* SPDX-License-Identifier: Apache-2.0 */
/*
 * einsum of one or two operands without "..." and without a letter twice in
 * one operand: sums, a permutation and one batched matrix product.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

typedef struct Einsum {
    uint32_t n; /* operands */
    char letters[2][SC_MAX_RANK + 1];
    char out[SC_MAX_RANK + 1];
    int64_t sizes[128]; /* by letter; 0 = doesn't occur, else size + 1 */
} Einsum;

static ScStatus refuse(Sc *sc, const ScNode *node) {
    return sc_not_done(sc, node, "use matmul, sum and permute",
                       "einsum '%s': one or two operands without '...' and without a "
                       "letter twice in one of them",
                       sc_take_string(node, "equation"));
}

/* Letters up to ',', '-' or the end into out[9]; false when they are too many,
 * no letters, or repeated. */
static bool read_letters(const char **at, char *out) {
    uint32_t n = 0;
    for (; **at && **at != ',' && **at != '-'; (*at)++) {
        char c = **at;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == ' ') {
            continue;
        }
        if (!letter || n == SC_MAX_RANK || memchr(out, c, n)) {
            return false;
        }
        out[n++] = c;
    }
    out[n] = 0;
    return true;
}

/* Without "->": the letters that occur once, in alphabetical order. */
static void infer_out(Einsum *e) {
    uint32_t n = 0;
    for (char c = 'A'; c <= 'z' && n < SC_MAX_RANK; c++) {
        int times = (strchr(e->letters[0], c) != 0) + (strchr(e->letters[1], c) != 0);
        if (times == 1) {
            e->out[n++] = c;
        }
    }
}

static ScStatus read_einsum(Sc *sc, const ScNode *node, Einsum *e) {
    memset(e, 0, sizeof *e);
    const char *at = sc_take_string(node, "equation");
    ScArg tensors = sc_take(node, "tensors");
    for (; e->n < 2 && e->n < tensors.n; e->n++) {
        at += e->n && *at == ',';
        if (!read_letters(&at, e->letters[e->n])) {
            return refuse(sc, node);
        }
    }
    bool arrow = strncmp(at, "->", 2) == 0;
    at += arrow ? 2 : 0;
    if (e->n != tensors.n || e->n == 0 || (arrow && !read_letters(&at, e->out)) || *at) {
        return refuse(sc, node);
    }
    for (uint32_t i = 0; i < e->n; i++) {
        ScType type = sc_take_item_type(node, "tensors", i);
        if (type.rank != strlen(e->letters[i])) {
            return sc_bad_shape(sc, node, "operand %u has %u dimensions", i, type.rank);
        }
        for (uint32_t d = 0; d < type.rank; d++) {
            int64_t *size = &e->sizes[(int)e->letters[i][d]];
            if (*size != 0 && *size != type.dims[d] + 1) {
                return sc_bad_shape(sc, node, "'%c' has two sizes", e->letters[i][d]);
            }
            *size = type.dims[d] + 1;
        }
    }
    if (!arrow) {
        infer_out(e);
    }
    return SC_OK;
}

static ScStatus shape_einsum(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    Einsum e;
    SC_TRY(read_einsum(sc, node, &e));
    ScType type = sc_take_item_type(node, "tensors", 0);
    if (e.n == 2 && type.dtype != sc_take_item_type(node, "tensors", 1).dtype) {
        return sc_bad_shape(sc, node, "the operands have different types");
    }
    type.rank = 0;
    for (const char *c = e.out; *c; c++) {
        if (e.sizes[(int)*c] == 0) {
            return sc_bad_shape(sc, node, "'%c' stands in no operand", *c);
        }
        type.dims[type.rank++] = e.sizes[(int)*c] - 1;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decomposition ----------------------------------------------------------------- */

/* Sums over the letters of x that `keep` doesn't have, and drops them. */
static ScValue *sum_others(ScBuild *b, ScValue *x, char *letters, const char *keep) {
    int64_t dims[SC_MAX_RANK];
    uint32_t n = 0, kept = 0;
    for (uint32_t d = 0; letters[d]; d++) {
        if (strchr(keep, letters[d])) {
            letters[kept++] = letters[d];
        } else {
            dims[n++] = d;
        }
    }
    letters[kept] = 0;
    return n == 0 ? x
                  : b_call(b, "aten.sum.dim_IntList",
                           B_ARGS(sc_arg_of_value(x), b_ints(b, dims, n)));
}

/* x with its letters in the order of `wanted` (the same set). */
static ScValue *order_as(ScBuild *b, ScValue *x, const char *letters, const char *wanted) {
    int64_t order[SC_MAX_RANK] = {0};
    if (strcmp(letters, wanted) == 0) {
        return x;
    }
    for (uint32_t d = 0; wanted[d]; d++) {
        order[d] = strchr(letters, wanted[d]) - letters;
    }
    return b_permute(b, x, order);
}

static int64_t size_of(const Einsum *e, const char *letters) {
    int64_t n = 1;
    for (; *letters; letters++) {
        n *= e->sizes[(int)*letters] - 1;
    }
    return n;
}

/* Appends the letters of `from` that are (or aren't) in `a` and in `b`. */
static void collect(char *out, const char *from, const char *a, bool in_a, const char *b,
                    bool in_b) {
    size_t n = strlen(out);
    for (; *from; from++) {
        if ((strchr(a, *from) != 0) == in_a && (strchr(b, *from) != 0) == in_b) {
            out[n++] = *from;
        }
    }
    out[n] = 0;
}

/* [batch, rows, inner] x [batch, inner, columns], each a group of letters. */
static ScValue *product(ScBuild *b, Einsum *e, ScValue *x, ScValue *y, char *out_letters) {
    enum { ROOM = 4 * SC_MAX_RANK };
    const char *p = e->letters[0], *q = e->letters[1];
    char batch[ROOM] = "", rows[ROOM] = "", inner[ROOM] = "", columns[ROOM] = "";
    collect(batch, p, q, true, e->out, true);
    collect(inner, p, q, true, e->out, false);
    collect(rows, p, q, false, e->out, true);
    collect(columns, q, p, false, e->out, true);
    char x_order[ROOM] = "", y_order[ROOM] = "";
    strcat(strcat(strcat(x_order, batch), rows), inner);
    strcat(strcat(strcat(y_order, batch), inner), columns);
    strcat(strcat(strcat(out_letters, batch), rows), columns);
    int64_t x_dims[3] = {size_of(e, batch), size_of(e, rows), size_of(e, inner)};
    int64_t y_dims[3] = {x_dims[0], x_dims[2], size_of(e, columns)};
    x = b_view(b, order_as(b, x, p, x_order), 3, x_dims);
    y = b_view(b, order_as(b, y, q, y_order), 3, y_dims);
    ScValue *z = b_call2(b, "aten.bmm.default", x, y);
    int64_t dims[SC_MAX_RANK];
    uint32_t n = 0;
    for (; out_letters[n]; n++) {
        dims[n] = e->sizes[(int)out_letters[n]] - 1;
    }
    return b_view(b, z, n, dims);
}

static ScStatus decompose_einsum(Sc *sc, ScGraph *graph, ScNode *node,
                                 ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    Einsum e;
    SC_TRY(read_einsum(sc, node, &e));
    ScArg tensors = sc_take(node, "tensors");
    char keep[4 * SC_MAX_RANK] = "", letters[4 * SC_MAX_RANK] = "";
    strcat(strcat(keep, e.out), e.letters[1]);
    ScValue *x = sum_others(b, tensors.as.values[0], e.letters[0], keep);
    if (e.n == 1) {
        out_results[0] = order_as(b, x, e.letters[0], e.out);
        return build.status;
    }
    keep[0] = 0;
    strcat(strcat(keep, e.out), e.letters[0]);
    ScValue *y = sum_others(b, tensors.as.values[1], e.letters[1], keep);
    SC_TRY(build.status);
    ScValue *z = product(b, &e, x, y, letters);
    out_results[0] = order_as(b, z, letters, e.out);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.einsum.default",
     .schema =
         "aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor",
     .shape = shape_einsum,
     .decompose = decompose_einsum,
     .flags = SC_OP_SYNONYM,
     .doc = "sums of products by an equation of letters"},
};

const ScOpFamily sc_family_einsum = SC_OP_FAMILY(rows);
