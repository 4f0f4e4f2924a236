/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolution along one axis: an image one pixel high. [N,C,L] lies channel by
 * channel, the kernels want pixel by pixel: a transposition on both sides, which is
 * little beside the convolution and keeps the values int8.
 */
#include "backends/cortex_m/host/cortex_m.h"

/* One buffer under two shapes. */
typedef struct Rows {
    ScPid rows;  /* [N,L,C], contiguous */
    ScPid image; /* [N,C,1,L] in NHWC: the same bytes */
} Rows;

static Rows rows_new(ScLower *lower, const ScType *type, const char *name) {
    ScProgram *program = lower->program;
    const int64_t *d = type->dims; /* N, C, L */
    int64_t rows[3] = {d[0], d[2], d[1]}, image[4] = {d[0], d[1], 1, d[2]};
    uint32_t buffer = sc_program_buffer(program, sc_type_numel(type));
    return (Rows){
        sc_program_tensor(program, name, SC_I8, 3, rows, SC_LAYOUT_CONTIGUOUS, buffer, 0),
        sc_program_tensor(program, name, SC_I8, 4, image, SC_LAYOUT_CHANNELS_LAST, buffer,
                          0)};
}

static void transpose(ScLower *lower, const ScMatch *match, ScPid from, ScPid to) {
    static const int64_t swap[3] = {0, 2, 1};
    ScPid args[] = {from, sc_program_ints(lower->program, swap, 3), to};
    sc_program_call(lower->program, "cortex_m::transpose.out", args, 3, 1, -1,
                    sc_node_where(lower->program->arena, match->nodes[0]));
}

ScStatus sc_cortex_m_lower_conv1d(const ScPattern *self, ScLower *lower,
                                  const ScMatch *match) {
    const ScValue *x = sc_node_value(match->nodes[0], 0), *y = match->result;
    ScPid from = sc_lower_value(lower, x), to = sc_lower_value(lower, y);
    Rows in = rows_new(lower, &x->type, "rows"), out = rows_new(lower, &y->type, "rows");
    transpose(lower, match, from, in.rows);
    lower->pids[x->id] = in.image; /* for the call only */
    lower->pids[y->id] = out.image;
    ScStatus status = sc_cortex_m_lower_conv(self, lower, match);
    lower->pids[x->id] = from;
    lower->pids[y->id] = to;
    transpose(lower, match, out.rows, to);
    return status;
}
