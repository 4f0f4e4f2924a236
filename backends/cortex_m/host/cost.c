/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Estimated time of an int8 kernel. GUESS: 800 multiply-adds and 400 elements a
 * microsecond, four times the portable float kernels' own guess, which is what
 * stock's figures say of int8 against float; it ranks alternatives only.
 */
#include "backends/cortex_m/host/cortex_m.h"

static const double macs_per_us = 800.0;
static const double elements_per_us = 400.0;

static void slot_count(void *user, ScValue **slot) {
    double *n = user;
    *n += (*slot)->kind == SC_VALUE_CONST ? 0.0 : (double)sc_type_numel(&(*slot)->type);
}

void sc_cortex_m_cost(const ScPattern *self, const ScMatch *match, ScCost *out_cost) {
    double n_in = 0.0, macs = 0.0, n_out = (double)sc_type_numel(&match->result->type);
    sc_node_each_value(match->nodes[0], slot_count, &n_in);
    for (uint32_t i = 0; self->quant.weights && i < match->nodes[0]->n_args; i++) {
        const ScValue *w = sc_node_value(match->nodes[0], i);
        if (w && w->kind == SC_VALUE_CONST && w->type.rank > 1) {
            double pixels = n_out / (double)match->result->type.dims[1];
            macs = (double)sc_type_numel(&w->type) * pixels;
        }
    }
    out_cost->time_us = macs / macs_per_us + (n_in + n_out) / elements_per_us;
}
