/* SPDX-License-Identifier: Apache-2.0 */
/* Building Programs: values, buffers, calls. See program.h for the contract. */
#include "compiler/program/program.h"

#include <string.h>

#include "compiler/program/intern.h"

ScProgram *sc_program_new(ScArena *arena, const char *name) {
    ScProgram *program = SC_NEW(arena, ScProgram);
    program->arena = arena;
    program->name = sc_arena_str(arena, name ? name : "forward");
    program->n_memories = 1;
    return program;
}

/* ---- scalars and lists ------------------------------------------------------------ */

static ScPid value_intern(ScProgram *program, const ScPValue *value) {
    ScPid found = sc_value_find(program, value);
    return found != SC_PID_NONE ? found : sc_value_add(program, value);
}

ScPid sc_program_null(ScProgram *program) {
    return value_intern(program, &(ScPValue){.kind = SC_P_NULL});
}

ScPid sc_program_int(ScProgram *program, int64_t value) {
    return value_intern(program, &(ScPValue){.kind = SC_P_INT, .as.i = value});
}

ScPid sc_program_bool(ScProgram *program, bool value) {
    return value_intern(program, &(ScPValue){.kind = SC_P_BOOL, .as.b = value});
}

ScPid sc_program_counter(ScProgram *program, int64_t start) {
    return sc_value_add_own(program, &(ScPValue){.kind = SC_P_INT, .as.i = start});
}

ScPid sc_program_flag(ScProgram *program, bool start) {
    return sc_value_add_own(program, &(ScPValue){.kind = SC_P_BOOL, .as.b = start});
}

ScPid sc_program_double(ScProgram *program, double value) {
    return value_intern(program, &(ScPValue){.kind = SC_P_DOUBLE, .as.d = value});
}

ScPid sc_program_string(ScProgram *program, const char *value) {
    ScPValue v = {.kind = SC_P_STRING, .as.s = value};
    ScPid found = sc_value_find(program, &v);
    if (found != SC_PID_NONE) {
        return found;
    }
    v.as.s = sc_arena_str(program->arena, value);
    return sc_value_add(program, &v);
}

static ScPid items_intern(ScProgram *program, ScPKind kind, const ScPid *items, size_t n) {
    ScPValue v = {.kind = kind, .n = (uint32_t)n, .as.items = items};
    ScPid found = sc_value_find(program, &v);
    if (found != SC_PID_NONE) {
        return found;
    }
    v.as.items = sc_arena_copy(program->arena, items, n * sizeof *items);
    return sc_value_add(program, &v);
}

ScPid sc_program_ints(ScProgram *program, const int64_t *items, size_t n) {
    ScPid *pids = SC_NEW_ARRAY(program->arena, ScPid, n);
    for (size_t i = 0; i < n; i++) {
        pids[i] = sc_program_int(program, items[i]);
    }
    return items_intern(program, SC_P_INTS, pids, n);
}

ScPid sc_program_doubles(ScProgram *program, const double *items, size_t n) {
    ScPValue v = {.kind = SC_P_DOUBLES, .n = (uint32_t)n, .as.doubles = items};
    ScPid found = sc_value_find(program, &v);
    if (found != SC_PID_NONE) {
        return found;
    }
    v.as.doubles = sc_arena_copy(program->arena, items, n * sizeof *items);
    return sc_value_add(program, &v);
}

ScPid sc_program_bools(ScProgram *program, const bool *items, size_t n) {
    ScPValue v = {.kind = SC_P_BOOLS, .n = (uint32_t)n, .as.bools = items};
    ScPid found = sc_value_find(program, &v);
    if (found != SC_PID_NONE) {
        return found;
    }
    v.as.bools = sc_arena_copy(program->arena, items, n * sizeof *items);
    return sc_value_add(program, &v);
}

ScPid sc_program_tensors(ScProgram *program, const ScPid *items, size_t n, bool optional) {
    return items_intern(program, optional ? SC_P_OPTIONAL_TENSORS : SC_P_TENSORS, items, n);
}

/* ---- tensors -------------------------------------------------------------------- */

/* Channels-last keeps dimension 0 outermost and moves dimension 1 innermost;
 * below rank 3 there is nothing to move. */
static void dim_order_fill(uint8_t *out_order, uint32_t rank, ScLayout layout) {
    bool last = layout == SC_LAYOUT_CHANNELS_LAST && rank >= 3;
    for (uint32_t i = 0; i < rank; i++) {
        out_order[i] = (uint8_t)(!last || i == 0 ? i : i + 1 < rank ? i + 1 : 1);
    }
}

static ScPTensor tensor_make(ScDtype dtype, uint32_t rank, const int64_t *dims,
                             ScLayout layout) {
    ScPTensor t = {.dtype = dtype, .rank = (uint8_t)rank};
    for (uint32_t i = 0; i < rank; i++) {
        t.sizes[i] = (int32_t)dims[i];
    }
    dim_order_fill(t.dim_order, rank, layout);
    return t;
}

size_t sc_ptensor_bytes(const ScPTensor *tensor) {
    size_t n = sc_dtype_size(tensor->dtype);
    for (uint32_t i = 0; i < tensor->rank; i++) {
        n *= (size_t)tensor->sizes[i];
    }
    return n;
}

bool sc_ptensor_is_contiguous(const ScPTensor *tensor) {
    for (uint32_t i = 0; i < tensor->rank; i++) {
        if (tensor->dim_order[i] != i) {
            return false;
        }
    }
    return true;
}

static ScPid tensor_add(ScProgram *program, const char *name, const ScPTensor *tensor) {
    ScPValue v = {.kind = SC_P_TENSOR};
    v.name = name ? sc_arena_str(program->arena, name) : NULL;
    v.as.tensor = sc_arena_copy(program->arena, tensor, sizeof *tensor);
    return sc_value_add(program, &v);
}

ScPid sc_program_const(ScProgram *program, const char *name, ScDtype dtype, uint32_t rank,
                       const int64_t *dims, ScLayout layout, const void *data) {
    ScPTensor t = tensor_make(dtype, rank, dims, layout);
    t.storage = SC_P_CONST;
    t.index = sc_const_intern(program, data, sc_ptensor_bytes(&t));
    ScPid found = sc_value_find(program, &(ScPValue){.kind = SC_P_TENSOR, .as.tensor = &t});
    return found != SC_PID_NONE ? found : tensor_add(program, name, &t);
}

ScPid sc_program_tensor(ScProgram *program, const char *name, ScDtype dtype, uint32_t rank,
                        const int64_t *dims, ScLayout layout, uint32_t buffer,
                        uint64_t byte_offset) {
    ScPTensor t = tensor_make(dtype, rank, dims, layout);
    t.storage = SC_P_BUFFER;
    t.index = buffer;
    t.byte_offset = byte_offset;
    return tensor_add(program, name, &t);
}

uint32_t sc_program_buffer(ScProgram *program, uint64_t n_bytes) {
    ScPBuffer buffer = {.n_bytes = n_bytes, .initial = SC_PID_NONE, .first = 0, .last = -1};
    SC_PUSH(program->arena, program->buffers, program->n_buffers, program->cap_buffers,
            buffer);
    return (uint32_t)program->n_buffers - 1;
}

/* ---- calls ---------------------------------------------------------------------- */

static ScPid call_return(ScProgram *program, const ScPid *args, size_t n_args,
                         size_t n_outputs) {
    if (n_outputs == 0) {
        return n_args ? args[0] : sc_program_null(program);
    }
    const ScPid *outputs = args + n_args - n_outputs;
    return n_outputs == 1 ? outputs[0]
                          : sc_program_tensors(program, outputs, n_outputs, false);
}

static ScPInst *inst_add(ScProgram *program, ScPInst inst, const ScPid *args, size_t n_args,
                         const char *where) {
    inst.args = SC_NEW_ARRAY(program->arena, ScPid, n_args + 1);
    if (n_args) {
        memcpy(inst.args, args, n_args * sizeof *args);
    }
    inst.n_args = (uint32_t)n_args;
    inst.where = where ? sc_arena_str(program->arena, where) : NULL;
    SC_PUSH(program->arena, program->insts, program->n_insts, program->cap_insts, inst);
    return &program->insts[program->n_insts - 1];
}

ScPInst *sc_program_call(ScProgram *program, const char *kernel, const ScPid *args,
                         size_t n_args, size_t n_outputs, int in_place, const char *where) {
    ScPid result = call_return(program, args, n_args, n_outputs);
    ScPInst inst = {.kind = SC_P_CALL, .in_place = in_place};
    inst.index = sc_operator_intern(program, kernel);
    ScPInst *call = inst_add(program, inst, args, n_args, where);
    call->args[call->n_args++] = result; /* inst_add left room for it */
    call->n_outputs = (uint32_t)n_outputs;
    return call;
}

ScPInst *sc_program_call_raw(ScProgram *program, const char *kernel, const ScPid *args,
                             size_t n_args, const char *where) {
    ScPInst inst = {.kind = SC_P_CALL, .in_place = -1};
    inst.index = sc_operator_intern(program, kernel);
    return inst_add(program, inst, args, n_args, where);
}

size_t sc_program_jump_false(ScProgram *program, ScPid value, uint32_t target,
                             const char *where) {
    ScPInst inst = {.kind = SC_P_JUMP_FALSE, .in_place = -1, .target = target};
    inst_add(program, inst, &value, 1, where);
    return program->n_insts - 1;
}
