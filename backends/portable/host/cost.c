/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Estimated time of a portable kernel. GUESS: 200 multiply-adds and 100 plain
 * elements a microsecond, the order of a 200 MHz core without vectors; it ranks
 * alternatives and says nothing about a chip.
 */
#include <string.h>

#include "backends/portable/host/portable.h"

static const double macs_per_us = 200.0;
static const double elements_per_us = 100.0;

/* Multiply-adds for each element of the result; 0 = none. */
static double macs_per_element(const ScNode *node) {
    const char *name = node->op->def->name;
    const ScValue *b = node->n_args > 1 ? sc_node_value(node, 1) : NULL;
    if (strcmp(name, "aten.convolution.default") == 0 && b && b->type.dims[0] > 0) {
        return (double)sc_type_numel(&b->type) / (double)b->type.dims[0];
    }
    if (strcmp(name, "aten.mm.default") == 0 || strcmp(name, "aten.bmm.default") == 0) {
        return b && b->type.rank >= 2 ? (double)b->type.dims[b->type.rank - 2] : 0.0;
    }
    if (strcmp(name, "aten.addmm.default") == 0) {
        return b && b->type.rank == 2 ? (double)b->type.dims[1] : 0.0;
    }
    return 0.0;
}

static void slot_count(void *user, ScValue **slot) {
    double *n = user;
    *n += (double)sc_type_numel(&(*slot)->type);
}

void sc_portable_cost(const ScPattern *self, const ScMatch *match, ScCost *out_cost) {
    ScNode *node = match->nodes[0];
    double n_in = 0.0, n_out = 0.0;
    (void)self;
    sc_node_each_value(node, slot_count, &n_in);
    for (uint32_t i = 0; i < node->n_results; i++) {
        n_out += node->results[i] ? (double)sc_type_numel(&node->results[i]->type) : 0.0;
    }
    memset(out_cost, 0, sizeof *out_cost);
    out_cost->time_us =
        n_out * macs_per_element(node) / macs_per_us + (n_in + n_out) / elements_per_us;
}
