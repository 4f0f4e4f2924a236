/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delegate calls: finds the delegate and its payload, checks the arguments and the
 * scratch memory, hands over. Contract: sconce/runtime.h, method.h. The rest of the
 * runtime gets here through the kernel table only, so that programs without delegates
 * don't link it.
 *
 * Delegates are few and their calls are long, so a call looks up and checks everything
 * anew: that costs no table in RAM, and sc_init_bound() needs nothing more in flash.
 */
#include "runtime/method.h"

typedef struct Delegation {
    const ScDelegate *delegate;
    ScDelegatePayload payload;
    ScDelegateNeed need;
} Delegation;

static const char *id_of(const ScMethod *method, uint32_t delegate) {
    const uint8_t *file = method->model->file;
    return sc_flat_chars(file, sc_flat_ref(file, delegate, SC_DELEGATE_ID));
}

static const ScDelegate *delegate_find(const ScConfig *config, const char *id) {
    for (uint32_t i = 0; i < config->n_delegates; i++) {
        if (sc_name_compare(config->delegates[i]->id, id, "") == 0) {
            return config->delegates[i];
        }
    }
    return NULL;
}

static void payload_read(const ScMethod *method, uint32_t delegate,
                         ScDelegatePayload *out_payload) {
    const uint8_t *file = method->model->file;
    uint32_t processed = sc_flat_ref(file, delegate, SC_DELEGATE_PROCESSED);
    uint32_t n_bytes;
    out_payload->model = method->model;
    out_payload->data = file + sc_payload_at(method->model, processed, &n_bytes);
    out_payload->n_bytes = n_bytes;
}

static ScStatus delegation_open(const ScMethod *method, const ScConfig *config,
                                uint32_t call, Delegation *out) {
    uint32_t at = sc_delegate_read(method, call);
    out->delegate = delegate_find(config, id_of(method, at));
    payload_read(method, at, &out->payload);
    if (!out->delegate) {
        return SC_E_NO_DELEGATE;
    }
    /* Writers align payloads; one that didn't made it for somebody else. */
    if ((uintptr_t)out->payload.data % SC_FILE_ALIGN != 0) {
        return SC_E_UNSUPPORTED;
    }
    return out->delegate->measure(out->delegate, &out->payload, &out->need);
}

ScStatus sc_delegate_payload_find(const ScMethod *method, uint32_t instruction,
                                  ScDelegatePayload *out_payload) {
    uint32_t call;
    if (instruction >= sc_flat_count(method->model->file, method->instructions) ||
        sc_instruction_read(method, instruction, &call) != SC_CALL_DELEGATE) {
        return SC_E_ARG;
    }
    payload_read(method, sc_delegate_read(method, call), out_payload);
    return SC_OK;
}

/* ---- arguments ------------------------------------------------------------- */

/* What a delegate saw in prepare() must still hold when it runs: tensors of fixed
 * sizes, and none that a move replaces by another one. */
static bool is_fixed(const ScCall *call, uint32_t index) {
    const uint8_t *file = call->method->model->file;
    uint32_t table = call->tables[index];
    if (call->kinds[index] != SC_KIND_TENSOR ||
        sc_flat_u8(file, table, SC_TENSOR_DYNAMISM) != SC_STATIC) {
        return false;
    }
    uint32_t value = sc_call_value(call, index);
    const ScSlot *slot = sc_slot_find(call->method, value);
    bool placed = sc_flat_u32(file, table, SC_TENSOR_DATA) ||
                  sc_flat_ref(file, table, SC_TENSOR_ALLOCATION);
    return !slot || (slot->source == value && (!placed || sc_is_external(file, table)));
}

/* The tensors of a call, its planned scratch too. written: from this one on. running:
 * they must have memory by now. */
static ScStatus tensors_read(const ScCall *call, uint32_t written, bool running,
                             ScTensor *out_tensors) {
    for (uint32_t i = 0; i < call->n_args; i++) {
        if (!is_fixed(call, i)) {
            return SC_E_UNSUPPORTED;
        }
        out_tensors[i] = sc_arg_tensor(call, i);
        if (i >= written && sc_in_file(call->method->model, out_tensors[i].data)) {
            return SC_E_UNSUPPORTED;
        }
        if (running && !out_tensors[i].data) {
            return SC_E_ARG;
        }
    }
    return SC_OK;
}

static bool has_planned_scratch(const ScDelegateNeed *need, uint32_t n_args) {
    return n_args == need->n_inputs + need->n_outputs + 1;
}

/* ---- the call ---------------------------------------------------------------- */

ScStatus sc_sconce_delegate_x(ScCall *call) {
    const ScMethod *method = call->method;
    bool running = !call->preparing;
    Delegation d;
    ScTensor tensors[SC_MAX_ARGS];
    void *scratch = method->config.scratch;
    size_t n_bytes = method->config.scratch_bytes;
    SC_TRY(delegation_open(method, &method->config, call->delegation, &d));
    uint32_t n = d.need.n_inputs + d.need.n_outputs;
    bool planned = has_planned_scratch(&d.need, call->n_args);
    if (call->n_args != n && !planned) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(tensors_read(call, d.need.n_inputs, running, tensors));
    if (planned) {
        scratch = tensors[n].data;
        n_bytes = sc_tensor_bytes(&tensors[n]);
    }
    if (d.need.scratch_bytes && (!scratch || n_bytes < d.need.scratch_bytes ||
                                 ((uintptr_t)scratch & (d.need.scratch_align - 1)) != 0)) {
        return SC_E_MEMORY;
    }
    return running ? d.delegate->run(d.delegate, &d.payload, tensors, n, scratch, n_bytes)
                   : d.delegate->prepare(d.delegate, &d.payload, tensors, n);
}

/* ---- of all calls -------------------------------------------------------------- */

ScStatus sc_need_scratch(const ScModel *model, const char *method, const ScConfig *config,
                         size_t *out_bytes, size_t *out_align) {
    ScMethod opened;
    *out_bytes = 0;
    *out_align = SC_FILE_ALIGN;
    SC_TRY(sc_plan_open(model, sc_plan_at(model, method), &opened));
    for (uint32_t i = 0; i < sc_flat_count(model->file, opened.instructions); i++) {
        Delegation d;
        uint32_t table;
        if (sc_instruction_read(&opened, i, &table) != SC_CALL_DELEGATE) {
            continue;
        }
        SC_TRY(delegation_open(&opened, config, table, &d));
        uint32_t args = sc_flat_ref(model->file, table, SC_CALL_ARGS);
        if (has_planned_scratch(&d.need, sc_flat_count(model->file, args))) {
            continue;
        }
        *out_bytes = d.need.scratch_bytes > *out_bytes ? d.need.scratch_bytes : *out_bytes;
        *out_align = d.need.scratch_align > *out_align ? d.need.scratch_align : *out_align;
    }
    return SC_OK;
}

void sc_release(ScMethod *method) {
    const uint8_t *file = method->model->file;
    uint32_t delegates = sc_flat_ref(file, method->plan, SC_PLAN_DELEGATES);
    for (uint32_t i = 0; i < sc_flat_count(file, delegates); i++) {
        uint32_t at = sc_flat_table_at(file, delegates, i);
        const ScDelegate *delegate = delegate_find(&method->config, id_of(method, at));
        if (delegate && delegate->release) {
            delegate->release(delegate);
        }
    }
}
