/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schedule: the order of instructions (order.c), then outputs take over the
 * buffers of inputs that die (in place), then the lifetimes.
 *
 * A model input's buffer is free after its last use, and an output may take it
 * over: a run leaves nothing of the inputs.
 *
 * With jumps the order stays. Taking over is still sound: an input that no way reads
 * after the instruction has no bytes to lose, on whatever way the output is read.
 */
#include "compiler/program/order.h"
#include "compiler/program/touch.h"

/* ---- in place -------------------------------------------------------------------- */

static bool tensor_fills(const ScProgram *program, const ScPTensor *t) {
    return t->storage == SC_P_BUFFER && t->byte_offset == 0 &&
           program->buffers[t->index].n_bytes == sc_ptensor_bytes(t);
}

typedef struct Other {
    const ScProgram *program;
    ScPid allowed;
    uint32_t buffer;
    bool found;
} Other;

static void other_look(void *user, ScPid pid, unsigned access) {
    Other *other = user;
    if (access && pid != other->allowed &&
        sc_pvalue_buffer(other->program, pid) == other->buffer) {
        other->found = true;
    }
}

bool sc_inplace_pair(const ScProgram *program, const ScPInst *inst, uint32_t *out_from,
                     uint32_t *out_to) {
    if (inst->kind != SC_P_CALL || inst->n_outputs != 1 || inst->in_place < 0 ||
        (uint32_t)inst->in_place + 2 >= inst->n_args) {
        return false;
    }
    ScPid arg = inst->args[inst->in_place], out = inst->args[inst->n_args - 2];
    const ScPValue *from = &program->values[arg], *to = &program->values[out];
    if (from->kind != SC_P_TENSOR || to->kind != SC_P_TENSOR ||
        !tensor_fills(program, from->as.tensor) || !tensor_fills(program, to->as.tensor)) {
        return false;
    }
    /* Element i must be written where element i is read. */
    if (sc_dtype_size(from->as.tensor->dtype) != sc_dtype_size(to->as.tensor->dtype)) {
        return false;
    }
    *out_from = from->as.tensor->index;
    *out_to = to->as.tensor->index;
    const ScPBuffer *a = &program->buffers[*out_from], *b = &program->buffers[*out_to];
    if (*out_from == *out_to || a->n_bytes != b->n_bytes || a->is_state || b->is_state ||
        a->memory != b->memory) {
        return false;
    }
    /* Another view of the same bytes as a further operand may be read at other
     * places than the ones being written. */
    Other other = {.program = program, .allowed = arg, .buffer = *out_from};
    sc_pinst_each_tensor(program, inst, other_look, &other);
    return !other.found;
}

static bool value_is_on(const ScProgram *program, const ScPIo *io, size_t n,
                        uint32_t buffer) {
    for (size_t i = 0; i < n; i++) {
        if (sc_pvalue_buffer(program, io[i].value) == buffer) {
            return true;
        }
    }
    return false;
}

static void buffer_merge(ScProgram *program, uint32_t from, uint32_t to) {
    for (size_t i = 0; i < program->n_values; i++) {
        if (sc_pvalue_buffer(program, (ScPid)i) == to) {
            program->values[i].as.tensor->index = from;
        }
    }
    program->buffers[from].last = program->buffers[to].last;
}

/* Drops the buffers whose bit is set and renumbers the rest. */
static void buffers_remove(Sc *sc, ScProgram *program, const bool *gone) {
    uint32_t *moved = SC_NEW_ARRAY(sc->arena, uint32_t, program->n_buffers);
    uint32_t n = 0;
    for (size_t b = 0; b < program->n_buffers; b++) {
        moved[b] = n;
        if (!gone[b]) {
            program->buffers[n++] = program->buffers[b];
        }
    }
    program->n_buffers = n;
    for (size_t i = 0; i < program->n_values; i++) {
        uint32_t b = sc_pvalue_buffer(program, (ScPid)i);
        if (b != UINT32_MAX) {
            program->values[i].as.tensor->index = moved[b];
        }
    }
}

static void outputs_take_over(Sc *sc, ScProgram *program) {
    bool *gone = SC_NEW_ARRAY(sc->arena, bool, program->n_buffers);
    uint32_t from = 0, to = 0;
    for (size_t i = 0; i < program->n_insts; i++) {
        if (!sc_inplace_pair(program, &program->insts[i], &from, &to)) {
            continue;
        }
        bool dies = program->buffers[from].last == (int32_t)i &&
                    !value_is_on(program, program->outputs, program->n_outputs, from);
        bool born = program->buffers[to].first == (int32_t)i;
        if (dies && born) {
            buffer_merge(program, from, to);
            gone[to] = true;
        }
    }
    buffers_remove(sc, program, gone);
}

/* ---- schedule --------------------------------------------------------------------- */

static void insts_permute(Sc *sc, ScProgram *program, const uint32_t *order) {
    ScPInst *sorted = SC_NEW_ARRAY(sc->arena, ScPInst, program->n_insts);
    for (size_t i = 0; i < program->n_insts; i++) {
        sorted[i] = program->insts[order[i]];
    }
    for (size_t i = 0; i < program->n_insts; i++) {
        program->insts[i] = sorted[i];
    }
}

ScStatus sc_program_schedule(Sc *sc, ScProgram *program) {
    const uint32_t *order =
        sc_program_has_flow(program) ? NULL : sc_order_search(sc->arena, program);
    if (order) {
        insts_permute(sc, program, order);
    }
    sc_program_lifetimes(sc->arena, program);
    if (!sc_program_has_aliases(program)) {
        outputs_take_over(sc, program);
        sc_program_lifetimes(sc->arena, program);
    }
    return SC_OK;
}
