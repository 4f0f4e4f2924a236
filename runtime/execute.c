/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a method: one instruction after the other, with a limit on their number
 * because jumps may go back. Contract: sconce/runtime.h.
 */
#include "runtime/method.h"

static ScStatus kernel_run(ScMethod *method, uint32_t instruction, ScCall *call) {
    const ScKernel *kernel = &method->config.kernels.rows[method->rows[instruction]];
    if (method->n_slots) {
        /* Moves and pointers of the caller: what sc_init() saw may be past. */
        SC_TRY(sc_call_check(call, kernel, true));
    }
    return kernel->fn(call);
}

/* Another name for a tensor or list; a copy of a number. */
static ScStatus move_run(ScMethod *method, uint32_t table) {
    const uint8_t *file = method->model->file;
    uint32_t from = sc_flat_u32(file, table, SC_MOVE_FROM);
    ScSlot *to = sc_slot_find(method, sc_flat_u32(file, table, SC_MOVE_TO));
    ScValue value = sc_value_read(method, from);
    if (!to) {
        return SC_E_INTERNAL;
    }
    if (value.kind < SC_KIND_INT || value.kind > SC_KIND_DOUBLE) {
        to->source = sc_value_source(method, from);
    } else {
        to->now.bits = sc_value_bits(method, &value);
    }
    return SC_OK;
}

/* True when the condition, or every element of it, is true. */
static ScStatus condition_read(const ScMethod *method, uint32_t index, bool *out_truth) {
    ScValue value = sc_value_read(method, index);
    *out_truth = true;
    if (value.kind == SC_KIND_BOOL) {
        *out_truth = sc_value_bits(method, &value) != 0;
        return SC_OK;
    }
    value = sc_value_read(method, sc_value_source(method, index));
    if (value.kind != SC_KIND_TENSOR) {
        return SC_E_SHAPE;
    }
    ScTensor tensor = sc_value_tensor(method, value.table, value.slot);
    size_t n = sc_tensor_numel(&tensor);
    if (tensor.dtype != SC_BOOL || (n && !tensor.data)) {
        return SC_E_SHAPE;
    }
    const uint8_t *items = tensor.data;
    for (size_t i = 0; i < n; i++) {
        *out_truth = *out_truth && items[i] != 0;
    }
    return SC_OK;
}

static void free_run(const ScMethod *method, uint32_t table) {
    uint32_t index = sc_flat_u32(method->model->file, table, SC_FREE_VALUE);
    ScValue value = sc_value_read(method, sc_value_source(method, index));
    if (value.kind == SC_KIND_TENSOR && value.slot &&
        !sc_is_external(method->model->file, value.table)) {
        value.slot->now.data = NULL;
    }
}

/* Runs one instruction; out_call has the arguments of a kernel or delegate call. */
static ScStatus instruction_run(ScMethod *method, uint32_t instruction, ScCall *out_call,
                                uint32_t *out_next) {
    const uint8_t *file = method->model->file;
    uint32_t table;
    uint32_t kind = sc_instruction_read(method, instruction, &table);
    bool truth = true;
    *out_next = instruction + 1;
    out_call->method = method;
    out_call->n_args = 0;
    switch (kind) {
    case SC_CALL_KERNEL:
        sc_call_open(method, instruction, table, out_call);
        return kernel_run(method, instruction, out_call);
    case SC_CALL_MOVE:
        return move_run(method, table);
    case SC_CALL_JUMP_FALSE:
        SC_TRY(condition_read(method, sc_flat_u32(file, table, SC_JUMP_CONDITION), &truth));
        *out_next = truth ? instruction + 1 : sc_flat_u32(file, table, SC_JUMP_TARGET);
        return SC_OK;
    case SC_CALL_FREE:
        free_run(method, table);
        return SC_OK;
    default:
        sc_call_open(method, instruction, table, out_call);
        out_call->delegation = table;
        out_call->preparing = false;
        return method->config.kernels.rows[method->rows[instruction]].fn(out_call);
    }
}

ScStatus sc_run(ScMethod *method, const ScRunOptions *options) {
    uint32_t limit = options ? options->max_instructions : 0;
    ScHook hook = options ? options->hook : NULL;
    uint32_t n = sc_flat_count(method->model->file, method->instructions);
    uint32_t done = 0;
    limit = limit ? limit : SC_DEFAULT_MAX_INSTRUCTIONS;
    sc_slots_reset(method);
    for (uint32_t next = 0, i = 0; i < n; i = next) {
        ScCall call;
        ScStatus status = SC_E_LIMIT;
        if (done++ < limit) {
            status = instruction_run(method, i, &call, &next);
            if (status == SC_OK && hook) {
                status = hook(options->hook_user, method, i, &call);
            }
        }
        if (status != SC_OK) {
            method->error_index = i;
            return status;
        }
    }
    return SC_OK;
}

uint32_t sc_error_index(const ScMethod *method) {
    return method->error_index;
}

void sc_operator_name(const ScMethod *method, uint32_t instruction, char *out_name,
                      size_t n_bytes) {
    size_t length = 0;
    const char *text = "";
    const char *overload = "";
    uint32_t table;
    if (instruction < sc_flat_count(method->model->file, method->instructions)) {
        uint32_t kind = sc_instruction_read(method, instruction, &table);
        if (kind == SC_CALL_KERNEL) {
            sc_operator_read(method, table, &text, &overload);
        } else if (kind == SC_CALL_DELEGATE) {
            const uint8_t *file = method->model->file;
            uint32_t delegate = sc_delegate_read(method, table);
            text = sc_flat_chars(file, sc_flat_ref(file, delegate, SC_DELEGATE_ID));
        }
    }
    for (; length + 1 < n_bytes; length++) {
        if (!*text && *overload) {
            out_name[length] = '.';
            text = overload;
            overload = "";
            continue;
        }
        if (!*text) {
            break;
        }
        out_name[length] = *text++;
    }
    if (n_bytes) {
        out_name[length] = 0;
    }
}
