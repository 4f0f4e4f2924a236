/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as they are now: what the file says, overlaid by the few slots of
 * values that change at run time. Contract: method.h.
 */
#include <string.h>

#include "runtime/method.h"

ScSlot *sc_slots(const ScMethod *method) {
    return method->config.workspace;
}

ScSlot *sc_slot_search(const ScMethod *method, uint32_t value) {
    ScSlot *slots = sc_slots(method);
    uint32_t low = 0;
    uint32_t high = method->n_slots;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (slots[middle].value == value) {
            return &slots[middle];
        }
        if (slots[middle].value < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

ScValue sc_value_read(const ScMethod *method, uint32_t index) {
    ScValue value = {SC_KIND_NULL, 0, NULL};
    const uint8_t *file = method->model->file;
    if (index < sc_flat_count(file, method->values)) {
        value.kind = sc_value_look(file, method->values, index, &value.table);
        value.slot = sc_slot_find(method, index);
    }
    return value;
}

uint64_t sc_value_bits(const ScMethod *method, const ScValue *value) {
    const uint8_t *file = method->model->file;
    if (value->kind < SC_KIND_INT || value->kind > SC_KIND_DOUBLE) {
        return 0;
    }
    if (value->slot) {
        return value->slot->now.bits;
    }
    return value->kind == SC_KIND_BOOL ? sc_flat_u8(file, value->table, SC_FIELD_ONLY) != 0
                                       : sc_flat_u64(file, value->table, SC_FIELD_ONLY);
}

/* The file is const; a tensor's pointer isn't. sc_call_check() and the
 * verifier see to it that nobody writes through it. */
static void *file_pointer(const ScModel *model, uint32_t at) {
    return (void *)((uintptr_t)model->file + at);
}

static void *planned_data(const ScMethod *method, const uint8_t *allocation) {
    const uint8_t *vtable = sc_flat_vtable(allocation);
    uint32_t memory =
        sc_load_u32(allocation + sc_flat_present(vtable, SC_ALLOCATION_MEMORY)) - 1;
    uint32_t offset = sc_flat_offset(vtable, SC_ALLOCATION_OFFSET);
    offset = offset ? sc_load_u32(allocation + offset) : 0;
    uint8_t *base = method->config.memory[memory % SC_MAX_MEMORIES];
    return base ? base + offset : NULL;
}

/* Kernels ask for tensors more than for anything else: one look at the vtable
 * serves all fields. */
ScTensor sc_value_tensor(const ScMethod *method, uint32_t at, const ScSlot *slot) {
    ScTensor tensor;
    const ScModel *model = method->model;
    const uint8_t *table = model->file + at;
    const uint8_t *vtable = sc_flat_vtable(table);
    const uint8_t *sizes = sc_flat_follow(table + sc_flat_present(vtable, SC_TENSOR_SIZES));
    uint32_t dtype = sc_flat_present(vtable, SC_TENSOR_DTYPE);
    uint32_t allocation = sc_flat_offset(vtable, SC_TENSOR_ALLOCATION);
    uint32_t data = sc_flat_offset(vtable, SC_TENSOR_DATA);
    tensor.rank = (uint8_t)sc_load_u32(sizes);
    tensor.sizes = (const void *)(sizes + 4);
    tensor.dim_order =
        sc_flat_follow(table + sc_flat_present(vtable, SC_TENSOR_DIM_ORDER)) + 4;
    tensor.dtype = dtype ? table[dtype] : 0;
    if (allocation) {
        tensor.data = planned_data(method, sc_flat_follow(table + allocation));
    } else if (slot && slot->now.data) { /* of the caller, or of the .ptd */
        tensor.data = slot->now.data;
    } else if (data && sc_load_u32(table + data)) {
        uint32_t n_bytes;
        tensor.data =
            file_pointer(model, sc_constant_at(model, sc_load_u32(table + data), &n_bytes));
    } else {
        tensor.data = NULL;
    }
    if (slot && slot->sizes) {
        const uint8_t *workspace = method->config.workspace;
        tensor.sizes = (const void *)(workspace + slot->sizes);
    }
    if (!tensor.data && sc_tensor_numel(&tensor) == 0) {
        /* NULL means None, or not yet; of this no byte is used. */
        tensor.data = (void *)(uintptr_t)method;
    }
    return tensor;
}

void sc_slots_reset(ScMethod *method) {
    const uint8_t *file = method->model->file;
    for (uint32_t i = 0; i < method->n_slots; i++) {
        ScSlot *slot = &sc_slots(method)[i];
        ScValue value = sc_value_read(method, slot->value);
        slot->source = slot->value;
        if (slot->borrowed) {
            slot->now.data = NULL; /* what it pointed to may be gone by now */
            slot->borrowed = false;
        }
        value.slot = NULL; /* what the file says */
        if (value.kind != SC_KIND_TENSOR) {
            slot->now.bits = sc_value_bits(method, &value);
        } else if (slot->sizes) {
            uint32_t sizes = sc_flat_ref(file, value.table, SC_TENSOR_SIZES);
            memcpy((uint8_t *)method->config.workspace + slot->sizes, file + sizes + 4,
                   4 * sc_flat_count(file, sizes));
        }
    }
}

/* ---- instructions ---------------------------------------------------------- */

uint32_t sc_instruction_read(const ScMethod *method, uint32_t index, uint32_t *out_table) {
    const uint8_t *file = method->model->file;
    uint32_t table = sc_flat_table_at(file, method->instructions, index);
    const uint8_t *vtable = sc_flat_vtable(file + table);
    uint32_t content = table + sc_flat_present(vtable, SC_INSTRUCTION_TABLE);
    *out_table = content + sc_load_u32(file + content);
    return file[table + sc_flat_present(vtable, SC_INSTRUCTION_KIND)];
}

void sc_operator_read(const ScMethod *method, uint32_t call, const char **out_name,
                      const char **out_overload) {
    const uint8_t *file = method->model->file;
    uint32_t index = sc_flat_u32(file, call, SC_CALL_INDEX);
    uint32_t op = sc_flat_table_at(file, method->operators, index);
    *out_name = sc_flat_chars(file, sc_flat_ref(file, op, SC_OPERATOR_NAME));
    *out_overload = sc_flat_chars(file, sc_flat_ref(file, op, SC_OPERATOR_OVERLOAD));
}

uint32_t sc_delegate_read(const ScMethod *method, uint32_t call) {
    const uint8_t *file = method->model->file;
    uint32_t delegates = sc_flat_ref(file, method->plan, SC_PLAN_DELEGATES);
    return sc_flat_table_at(file, delegates, sc_flat_u32(file, call, SC_CALL_INDEX));
}
