/* SPDX-License-Identifier: Apache-2.0 */
/* The families joined into one table sorted by name, and look-ups in it. */
#include <stdlib.h>
#include <string.h>

#include "compiler/ops/families.h"

static const ScOpFamily *const families[] = {
    &sc_family_activation, &sc_family_attention, &sc_family_binary, &sc_family_conv,
    &sc_family_copy,       &sc_family_create,    &sc_family_einsum, &sc_family_flow,
    &sc_family_index,      &sc_family_inplace,   &sc_family_join,   &sc_family_linear,
    &sc_family_norm,       &sc_family_pad,       &sc_family_pool,   &sc_family_quant,
    &sc_family_reduce,     &sc_family_rnn,       &sc_family_sample, &sc_family_softmax,
    &sc_family_unary,      &sc_family_view,
};

enum { N_FAMILIES = sizeof families / sizeof families[0] };

static int compare_rows(const void *a, const void *b) {
    const ScOp *x = a, *y = b;
    return strcmp(x->def->name, y->def->name);
}

ScStatus sc_ops_load(Sc *sc, ScOpTable **out_table) {
    ScOpTable *table = SC_NEW(sc->arena, ScOpTable);
    for (size_t f = 0; f < N_FAMILIES; f++) {
        table->n_rows += families[f]->n_rows;
    }
    table->rows = SC_NEW_ARRAY(sc->arena, ScOp, table->n_rows);
    ScOp *row = table->rows;
    for (size_t f = 0; f < N_FAMILIES; f++) {
        for (size_t i = 0; i < families[f]->n_rows; i++, row++) {
            row->def = &families[f]->rows[i];
            SC_TRY(sc_schema_parse(sc, row->def->schema, &row->schema));
        }
    }
    qsort(table->rows, table->n_rows, sizeof(ScOp), compare_rows);
    *out_table = table;
    return SC_OK;
}

const ScOp *sc_ops_find(const ScOpTable *table, const char *name) {
    size_t low = 0, high = table->n_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, table->rows[middle].def->name);
        if (order == 0) {
            return &table->rows[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return 0;
}

/* ---- suggestions --------------------------------------------------------------- */

enum { MAX_NAME = 63, MAX_SUGGESTIONS = 3, MAX_DISTANCE = 3 };

static size_t min2(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Levenshtein distance of two names of at most MAX_NAME characters. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b) {
    size_t row[MAX_NAME + 1];
    for (size_t k = 0; k <= n_b; k++) {
        row[k] = k;
    }
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= n_b; k++) {
            size_t above = row[k];
            size_t change = diagonal + (a[i - 1] != b[k - 1]);
            row[k] = min2(change, min2(above, row[k - 1]) + 1);
            diagonal = above;
        }
    }
    return row[n_b];
}

/* Characters up to the last '.': without the overload. */
static size_t packet_length(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

/* 0 = the same op in another overload, above MAX_DISTANCE = unlike. */
static size_t name_distance(const char *a, const char *b) {
    size_t n_a = packet_length(a), n_b = packet_length(b);
    if (n_a > MAX_NAME || n_b > MAX_NAME) {
        return MAX_DISTANCE + 1;
    }
    size_t limit = min2(MAX_DISTANCE, n_a / 4);
    size_t distance = edit_distance(a, n_a, b, n_b);
    return distance <= limit ? distance : MAX_DISTANCE + 1;
}

const char *sc_ops_suggest(ScArena *arena, const ScOpTable *table, const char *name) {
    const char *found = "";
    int n_found = 0;
    for (size_t distance = 0; distance <= MAX_DISTANCE && n_found == 0; distance++) {
        for (size_t i = 0; i < table->n_rows && n_found < MAX_SUGGESTIONS; i++) {
            const char *other = table->rows[i].def->name;
            if (name_distance(name, other) == distance) {
                found = sc_arena_fmt(arena, "%s%s%s", found, n_found ? ", " : "", other);
                n_found++;
            }
        }
    }
    return found;
}

ScType sc_node_type(const ScNode *node, uint32_t index) {
    ScType type = node->args[index].as.value->type;
    type.layout = SC_LAYOUT_CONTIGUOUS;
    if (type.quant) {
        type.dtype = SC_F32;
        type.quant = 0;
    }
    return type;
}
