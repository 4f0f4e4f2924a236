/* SPDX-License-Identifier: Apache-2.0 */
/* Transposed convolution, products of two activations, quotients, selections. */
#include <string.h>

#include "backends/cortex_m/host/cortex_m.h"

/* ---- transposed convolution ------------------------------------------------------------
 */

/* [I,O,H,W] to [O,H,W,I]. */
static ScPid turned_pid(ScLower *lower, const ScValue *weight) {
    const int64_t *d = weight->type.dims;
    size_t in = (size_t)d[0], o = (size_t)d[1], hw = (size_t)(d[2] * d[3]);
    const int8_t *from = weight->data;
    int8_t *to = SC_NEW_ARRAY(lower->program->arena, int8_t, in * o * hw + 1);
    for (size_t i = 0; i < in; i++) {
        for (size_t c = 0; c < o; c++) {
            for (size_t p = 0; p < hw; p++) {
                to[(c * hw + p) * in + i] = from[(i * o + c) * hw + p];
            }
        }
    }
    int64_t dims[4] = {d[1], d[2], d[3], d[0]};
    return sc_program_const(lower->program, weight->name, SC_I8, 4, dims,
                            SC_LAYOUT_CONTIGUOUS, to);
}

ScStatus sc_cortex_m_lower_transposed(const ScPattern *self, ScLower *lower,
                                      const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    const ScValue *weight = sc_node_value(node, 1);
    const ScQuant *x = sc_quant_at(node, 0), *w = weight->type.quant;
    const ScQuant *y = match->result->type.quant;
    size_t n = (size_t)weight->type.dims[1];
    ScConvShape shape = sc_cortex_m_conv_shape(node);
    ScFactors factors;
    int64_t low, high, second;
    SC_TRY(sc_cortex_m_factors(lower, node, x, w, y, n, &factors));
    sc_cortex_m_limits(match, &low, &high);
    int64_t scratch = sc_cmsis_transposed_scratch(lower, &shape, &second);
    const int32_t *bias = sc_cortex_m_bias(lower, sc_node_value(node, 2), x, w, n);
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        turned_pid(lower, weight),
        bias ? sc_cortex_m_words(lower, "bias", bias, n) : sc_program_null(program),
        sc_program_ints(program, shape.stride, 2),
        sc_program_ints(program, shape.padding, 2),
        sc_program_ints(program, shape.output_padding, 2),
        sc_program_ints(program, shape.dilation, 2),
        sc_program_int(program, -x->zero_points[0]),
        sc_program_int(program, y->zero_points[0]),
        sc_cortex_m_words(lower, "multipliers", factors.multipliers, n),
        sc_cortex_m_words(lower, "shifts", factors.shifts, n),
        sc_program_int(program, low),
        sc_program_int(program, high),
        sc_lower_scratch(lower, (uint64_t)scratch),
        sc_lower_scratch(lower, (uint64_t)second),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- matrix products --------------------------------------------------------------------
 */

/* [B,K,N] to [B,N,K] at compile time. */
static ScPid constant_transposed(ScLower *lower, const ScValue *y) {
    size_t b = (size_t)y->type.dims[0], k = (size_t)y->type.dims[1];
    size_t n = (size_t)y->type.dims[2];
    const int8_t *from = y->data;
    int8_t *to = SC_NEW_ARRAY(lower->program->arena, int8_t, b * n * k + 1);
    for (size_t i = 0; i < b * k * n; i++) {
        size_t batch = i / (k * n), row = i / n % k, column = i % n;
        to[(batch * n + column) * k + row] = from[i];
    }
    int64_t dims[3] = {y->type.dims[0], y->type.dims[2], y->type.dims[1]};
    return sc_program_const(lower->program, y->name, SC_I8, 3, dims, SC_LAYOUT_CONTIGUOUS,
                            to);
}

/* ... or by a call in front. */
static ScPid run_transposed(ScLower *lower, const ScMatch *match, const ScValue *y) {
    static const int64_t swap[3] = {0, 2, 1};
    ScProgram *program = lower->program;
    int64_t dims[3] = {y->type.dims[0], y->type.dims[2], y->type.dims[1]};
    uint32_t buffer = sc_program_buffer(program, sc_type_bytes(&y->type));
    ScPid turned = sc_program_tensor(program, "transposed", SC_I8, 3, dims,
                                     SC_LAYOUT_CONTIGUOUS, buffer, 0);
    ScPid args[] = {sc_lower_value(lower, y), sc_program_ints(program, swap, 3), turned};
    sc_program_call(program, "cortex_m::transpose.out", args, 3, 1, -1,
                    sc_node_where(program->arena, match->nodes[0]));
    return turned;
}

/* Nodes: the product, or a transposition of its second factor and the product. */
ScStatus sc_cortex_m_lower_matmul(const ScPattern *self, ScLower *lower,
                                  const ScMatch *match) {
    ScProgram *program = lower->program;
    bool turned = match->n_nodes == 2;
    const ScNode *node = match->nodes[turned ? 1 : 0];
    const ScValue *x = sc_node_value(node, 0);
    const ScValue *y = turned ? sc_node_value(match->nodes[0], 0) : sc_node_value(node, 1);
    const ScQuant *xq = x->type.quant, *yq = y->type.quant, *q = match->result->type.quant;
    ScFixed fixed;
    if (!sc_fixed_of(xq->scales[0] * yq->scales[0] / q->scales[0], &fixed)) {
        return sc_cortex_m_out_of_range(lower, node);
    }
    ScPid factor = turned                      ? sc_lower_value(lower, y)
                   : y->kind == SC_VALUE_CONST ? constant_transposed(lower, y)
                                               : run_transposed(lower, match, y);
    int64_t columns = match->result->type.dims[2];
    ScPid args[] = {
        sc_lower_value(lower, x),
        sc_program_int(program, -xq->zero_points[0]),
        factor,
        sc_program_int(program, -yq->zero_points[0]),
        sc_program_int(program, q->zero_points[0]),
        sc_program_int(program, fixed.multiplier),
        sc_program_int(program, fixed.shift),
        sc_lower_scratch(lower, (uint64_t)sc_cmsis_matmul_scratch(lower, columns)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* ---- element by element
 * ------------------------------------------------------------------ */

ScStatus sc_cortex_m_lower_div(const ScPattern *self, ScLower *lower,
                               const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    const ScQuant *a = sc_quant_at(node, 0), *b = sc_quant_at(node, 1);
    const ScQuant *y = match->result->type.quant;
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_program_int(program, a->zero_points[0]),
        sc_lower_value(lower, sc_node_value(node, 1)),
        sc_program_int(program, b->zero_points[0]),
        sc_program_int(program, y->zero_points[0]),
        sc_program_double(program, a->scales[0] / (b->scales[0] * y->scales[0])),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}

/* minimum, maximum: operands and result share their parameters. */
ScStatus sc_cortex_m_lower_select(const ScPattern *self, ScLower *lower,
                                  const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_lower_value(lower, sc_node_value(node, 1)),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}
