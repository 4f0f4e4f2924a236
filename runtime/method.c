/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepares a method: how much memory it needs, slots, kernels, state.
 * Contract: sconce/runtime.h; the workspace's layout: method.h.
 */
#include "runtime/method.h"

#include <string.h>

ScStatus sc_plan_open(const ScModel *model, uint32_t plan, ScMethod *out_method) {
    const uint8_t *file = model->file;
    memset(out_method, 0, sizeof *out_method);
    out_method->model = model;
    if (!plan) {
        return SC_E_NOT_FOUND;
    }
    uint32_t chains = sc_flat_ref(file, plan, SC_PLAN_CHAINS);
    if (sc_flat_count(file, chains) != 1) {
        return SC_E_UNSUPPORTED; /* no exporter has ever written more */
    }
    out_method->plan = plan;
    out_method->values = sc_flat_ref(file, plan, SC_PLAN_VALUES);
    out_method->inputs = sc_flat_ref(file, plan, SC_PLAN_INPUTS);
    out_method->outputs = sc_flat_ref(file, plan, SC_PLAN_OUTPUTS);
    out_method->operators = sc_flat_ref(file, plan, SC_PLAN_OPERATORS);
    out_method->instructions =
        sc_flat_ref(file, sc_flat_table_at(file, chains, 0), SC_CHAIN_INSTRUCTIONS);
    return SC_OK;
}

static uint32_t instruction_count(const ScMethod *method) {
    return sc_flat_count(method->model->file, method->instructions);
}

/* ---- slots ----------------------------------------------------------------- */

/* Notes that a value needs a slot, in any order and perhaps twice. Only counts
 * while there is no workspace. */
static void slot_note(ScMethod *method, uint32_t value) {
    ScSlot *slots = sc_slots(method);
    if (slots) {
        memset(&slots[method->n_slots], 0, sizeof *slots);
        slots[method->n_slots].value = value;
    }
    method->n_slots++;
}

/* Shell sort (gaps 2^k - 1: n^1.5 at worst, and no division), then drops the
 * doubles. */
static void slots_sort(ScMethod *method) {
    ScSlot *slots = sc_slots(method);
    uint32_t n = method->n_slots;
    for (uint32_t gap = (1u << 20) - 1; gap > 0; gap >>= 1) {
        for (uint32_t i = gap; i < n; i++) {
            uint32_t value = slots[i].value;
            uint32_t at = i;
            for (; at >= gap && slots[at - gap].value > value; at -= gap) {
                slots[at].value = slots[at - gap].value;
            }
            slots[at].value = value;
        }
    }
    method->n_slots = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || slots[i].value != slots[i - 1].value) {
            slots[method->n_slots++].value = slots[i].value;
        }
    }
}

/* Returns how many sizes can change at run time. */
static uint32_t tensor_slots_note(ScMethod *method) {
    const uint8_t *file = method->model->file;
    uint32_t n_sizes = 0;
    for (uint32_t i = 0; i < sc_flat_count(file, method->values); i++) {
        uint32_t tensor;
        if (sc_value_look(file, method->values, i, &tensor) != SC_KIND_TENSOR) {
            continue;
        }
        bool dynamic = sc_flat_u8(file, tensor, SC_TENSOR_DYNAMISM) != SC_STATIC;
        bool placed = sc_flat_u32(file, tensor, SC_TENSOR_DATA) ||
                      sc_flat_ref(file, tensor, SC_TENSOR_ALLOCATION);
        if (dynamic || !placed || sc_is_external(file, tensor)) {
            slot_note(method, i);
        }
        n_sizes +=
            dynamic ? sc_flat_count(file, sc_flat_ref(file, tensor, SC_TENSOR_SIZES)) : 0;
    }
    return n_sizes;
}

static bool returns_number(const ScMethod *method, uint32_t value) {
    uint32_t table;
    uint32_t kind = sc_value_look(method->model->file, method->values, value, &table);
    return kind >= SC_KIND_INT && kind <= SC_KIND_DOUBLE;
}

static void instruction_slots_note(ScMethod *method) {
    const uint8_t *file = method->model->file;
    for (uint32_t i = 0; i < instruction_count(method); i++) {
        uint32_t table;
        uint32_t call = sc_instruction_read(method, i, &table);
        if (call == SC_CALL_MOVE) {
            slot_note(method, sc_flat_u32(file, table, SC_MOVE_TO));
        } else if (call == SC_CALL_KERNEL) {
            uint32_t args = sc_flat_ref(file, table, SC_CALL_ARGS);
            uint32_t n = sc_flat_count(file, args);
            uint32_t last = n ? sc_flat_u32_at(file, args, n - 1) : 0;
            if (n && returns_number(method, last)) {
                slot_note(method, last);
            }
        }
    }
}

/* Sizes lie behind the slots. Returns where they end. */
static uint32_t slot_sizes_place(ScMethod *method) {
    const uint8_t *file = method->model->file;
    uint32_t at = method->n_slots * (uint32_t)sizeof(ScSlot);
    for (uint32_t i = 0; i < method->n_slots; i++) {
        ScSlot *slot = &sc_slots(method)[i];
        ScValue value = sc_value_read(method, slot->value);
        if (value.kind == SC_KIND_TENSOR &&
            sc_flat_u8(file, value.table, SC_TENSOR_DYNAMISM) != SC_STATIC) {
            slot->sizes = at;
            at += 4 * sc_flat_count(file, sc_flat_ref(file, value.table, SC_TENSOR_SIZES));
        }
    }
    return at;
}

/* Slots of tensors in the .ptd point there from now on. */
static ScStatus externals_find(ScMethod *method) {
    const ScModel *model = method->model;
    for (uint32_t i = 0; i < method->n_slots; i++) {
        ScSlot *slot = &sc_slots(method)[i];
        ScValue value = sc_value_read(method, slot->value);
        if (value.kind == SC_KIND_TENSOR && sc_is_external(model->file, value.table)) {
            uint32_t n_bytes;
            const uint8_t *data = sc_external_at(model, value.table, &n_bytes);
            if (!data) {
                return SC_E_NOT_FOUND;
            }
            slot->now.data = (void *)(uintptr_t)data; /* see file_pointer() of value.c */
        }
    }
    return SC_OK;
}

/* ---- memory ---------------------------------------------------------------- */

static ScStatus memories_need(const ScMethod *method, ScNeed *out_need) {
    const uint8_t *file = method->model->file;
    uint32_t sizes = sc_flat_ref(file, method->plan, SC_PLAN_MEMORY_SIZES);
    for (uint32_t i = 1; i < sc_flat_count(file, sizes); i++) {
        uint32_t n_bytes = sc_load_clipped(file + sizes + 4 + 8 * i);
        if (i > SC_MAX_MEMORIES || n_bytes == UINT32_MAX) {
            return SC_E_UNSUPPORTED;
        }
        out_need->memory_bytes[i - 1] = n_bytes;
        out_need->n_memories = i;
    }
    return SC_OK;
}

/* Also leaves the method opened. */
static ScStatus need_find(const ScModel *model, const char *name, ScMethod *out_method,
                          ScNeed *out_need) {
    memset(out_need, 0, sizeof *out_need);
    SC_TRY(sc_plan_open(model, sc_plan_at(model, name), out_method));
    uint32_t n_sizes = tensor_slots_note(out_method);
    instruction_slots_note(out_method);
    /* Each is counted from at least 4 bytes of a file below 2 GiB. */
    uint64_t n_bytes =
        (uint64_t)sizeof(ScSlot) * out_method->n_slots + 4 * (uint64_t)n_sizes +
        (sizeof(uint16_t) * (uint64_t)instruction_count(out_method) + 3) / 4 * 4;
    out_method->n_slots = 0;
    if (n_bytes > UINT32_MAX) {
        return SC_E_UNSUPPORTED;
    }
    out_need->workspace_bytes = (size_t)n_bytes;
    return memories_need(out_method, out_need);
}

ScStatus sc_need(const ScModel *model, const char *method, ScNeed *out_need) {
    ScMethod opened;
    return need_find(model, method, &opened, out_need);
}

static bool buffer_fits(const void *buffer, size_t n_bytes, size_t needed) {
    return needed == 0 ||
           (buffer && n_bytes >= needed && (uintptr_t)buffer % SC_FILE_ALIGN == 0);
}

static ScStatus buffers_take(ScMethod *method, const ScConfig *config, const ScNeed *need) {
    bool fits =
        buffer_fits(config->workspace, config->workspace_bytes, need->workspace_bytes);
    for (uint32_t i = 0; i < SC_MAX_MEMORIES; i++) {
        fits = fits && buffer_fits(config->memory[i], config->memory_bytes[i],
                                   need->memory_bytes[i]);
    }
    method->config = *config;
    memcpy(method->config.memory_bytes, need->memory_bytes, sizeof need->memory_bytes);
    return fits ? SC_OK : SC_E_MEMORY;
}

/* Copies the first value of a value that is state; of another does nothing. */
static void state_reset(const ScMethod *method, uint32_t index) {
    const uint8_t *file = method->model->file;
    ScValue value = sc_value_read(method, index);
    if (value.kind != SC_KIND_TENSOR) {
        return;
    }
    uint32_t data = sc_flat_u32(file, value.table, SC_TENSOR_DATA);
    if (data && sc_flat_ref(file, value.table, SC_TENSOR_ALLOCATION)) {
        ScTensor tensor = sc_value_tensor(method, value.table, value.slot);
        uint32_t n_bytes;
        uint32_t at = sc_initial_at(method->model, data, &n_bytes);
        if (tensor.data) {
            memcpy(tensor.data, file + at, sc_tensor_bytes(&tensor));
        }
    }
}

static ScStatus begin(ScMethod *method, bool clear) {
    const ScBound *bound = method->bound;
    for (uint32_t i = 0; clear && i < SC_MAX_MEMORIES; i++) {
        if (method->config.memory_bytes[i]) {
            memset(method->config.memory[i], 0, method->config.memory_bytes[i]);
        }
    }
    sc_slots_reset(method);
    uint32_t n =
        bound ? bound->n_states : sc_flat_count(method->model->file, method->values);
    for (uint32_t i = 0; i < n; i++) {
        state_reset(method, bound ? bound->states[i] : i);
    }
    return SC_OK;
}

ScStatus sc_reset(ScMethod *method) {
    return begin(method, true);
}

/* ---- kernels --------------------------------------------------------------- */

static ScStatus kernel_bind(ScMethod *method, uint32_t instruction, uint32_t table,
                            uint16_t *out_row) {
    const ScKernelTable *kernels = &method->config.kernels;
    ScCall call;
    sc_call_open(method, instruction, table, &call);
    const char *name;
    const char *overload;
    sc_operator_read(method, table, &name, &overload);
    uint32_t row = sc_kernel_find(kernels, name, overload, sc_call_class(&call));
    if (row > UINT16_MAX) {
        return SC_E_NO_KERNEL;
    }
    *out_row = (uint16_t)row;
    return sc_call_check(&call, &kernels->rows[row], false);
}

static ScStatus delegate_prepare(ScMethod *method, uint32_t instruction, uint32_t table) {
    ScCall call;
    sc_call_open(method, instruction, table, &call);
    call.delegation = table;
    call.preparing = true;
    return method->config.kernels.rows[method->rows[instruction]].fn(&call);
}

static ScStatus delegate_bind(ScMethod *method, uint32_t instruction, uint32_t table,
                              uint16_t *out_row) {
    uint32_t row = sc_kernel_find(&method->config.kernels, SC_DELEGATE_NAME, "", 'i');
    if (row > UINT16_MAX) {
        return SC_E_NO_DELEGATE;
    }
    *out_row = (uint16_t)row;
    return delegate_prepare(method, instruction, table);
}

/* rows NULL: they are there, delegates have to prepare. */
static ScStatus kernels_bind(ScMethod *method, uint16_t *rows) {
    for (uint32_t i = 0; i < instruction_count(method); i++) {
        uint32_t table;
        uint32_t kind = sc_instruction_read(method, i, &table);
        method->error_index = i;
        if (kind == SC_CALL_KERNEL && rows) {
            SC_TRY(kernel_bind(method, i, table, &rows[i]));
        } else if (kind == SC_CALL_DELEGATE) {
            SC_TRY(rows ? delegate_bind(method, i, table, &rows[i])
                        : delegate_prepare(method, i, table));
        }
    }
    method->error_index = 0;
    return SC_OK;
}

ScStatus sc_init(const ScModel *model, const char *method, const ScConfig *config,
                 ScMethod *out_method) {
    ScNeed need;
    uint8_t *rows = config->workspace;
    SC_TRY(need_find(model, method, out_method, &need));
    SC_TRY(buffers_take(out_method, config, &need));
    if (need.workspace_bytes) {
        tensor_slots_note(out_method);
        instruction_slots_note(out_method);
        slots_sort(out_method);
        rows += slot_sizes_place(out_method);
    }
    SC_TRY(externals_find(out_method));
    sc_slots_reset(out_method);
    out_method->rows = (void *)rows;
    SC_TRY(kernels_bind(out_method, (void *)rows));
    return begin(out_method, !config->memory_is_zero);
}

ScStatus sc_init_bound(const ScModel *model, const ScBound *bound, const ScConfig *config,
                       ScMethod *out_method) {
    SC_TRY(sc_plan_open(model, bound->plan, out_method));
    if (model->n_bytes != bound->pte_bytes) {
        return SC_E_ARG;
    }
    SC_TRY(buffers_take(out_method, config, &bound->need));
    out_method->bound = bound;
    out_method->rows = bound->rows;
    out_method->config.kernels = *bound->kernels;
    for (uint32_t i = 0; i < bound->n_slots; i++) {
        slot_note(out_method, bound->slots[i]);
    }
    (void)slot_sizes_place(out_method);
    SC_TRY(externals_find(out_method));
    uint32_t delegates = sc_flat_ref(model->file, bound->plan, SC_PLAN_DELEGATES);
    if (sc_flat_count(model->file, delegates)) {
        sc_slots_reset(out_method);
        SC_TRY(kernels_bind(out_method, NULL));
    }
    return begin(out_method, !config->memory_is_zero);
}

/* ---- inputs and outputs ------------------------------------------------------ */

uint32_t sc_input_count(const ScMethod *method) {
    return sc_flat_count(method->model->file, method->inputs);
}

uint32_t sc_output_count(const ScMethod *method) {
    return sc_flat_count(method->model->file, method->outputs);
}

/* Moves of the last run don't count for inputs: the next one starts without. */
static ScStatus io_find(const ScMethod *method, uint32_t vector, uint32_t index, bool moved,
                        ScValue *out_value, ScTensor *out_tensor) {
    if (index >= sc_flat_count(method->model->file, vector)) {
        return SC_E_ARG;
    }
    uint32_t value = sc_flat_u32_at(method->model->file, vector, index);
    *out_value = sc_value_read(method, moved ? sc_value_source(method, value) : value);
    if (out_value->kind != SC_KIND_TENSOR) {
        return SC_E_SHAPE;
    }
    *out_tensor = sc_value_tensor(method, out_value->table, out_value->slot);
    return SC_OK;
}

ScStatus sc_input(const ScMethod *method, uint32_t index, ScTensor *out_tensor) {
    ScValue value;
    return io_find(method, method->inputs, index, false, &value, out_tensor);
}

ScStatus sc_output(const ScMethod *method, uint32_t index, ScTensor *out_tensor) {
    ScValue value;
    return io_find(method, method->outputs, index, true, &value, out_tensor);
}

/* Copies into an input with memory of its own, keeps the pointer of another. */
static ScStatus bytes_set(ScMethod *method, uint32_t vector, uint32_t index, void *data,
                          size_t n_bytes) {
    const uint8_t *file = method->model->file;
    ScValue value;
    ScTensor tensor;
    SC_TRY(io_find(method, vector, index, false, &value, &tensor));
    bool planned = sc_flat_ref(file, value.table, SC_TENSOR_ALLOCATION) != 0;
    if (n_bytes != sc_tensor_bytes(&tensor)) {
        return SC_E_SHAPE;
    }
    bool constant = !planned && (sc_flat_u32(file, value.table, SC_TENSOR_DATA) ||
                                 sc_is_external(file, value.table));
    if (constant || (planned ? vector != method->inputs : !value.slot)) {
        return SC_E_ARG; /* an output with a place, or a constant */
    }
    if (!data && n_bytes) {
        return SC_E_ARG;
    }
    if (!planned) {
        value.slot->now.data = data;
        value.slot->borrowed = false;
    } else if (n_bytes) {
        memcpy(tensor.data, data, n_bytes);
    }
    return SC_OK;
}

ScStatus sc_set_input(ScMethod *method, uint32_t index, void *data, size_t n_bytes) {
    return bytes_set(method, method->inputs, index, data, n_bytes);
}

ScStatus sc_set_output(ScMethod *method, uint32_t index, void *data, size_t n_bytes) {
    return bytes_set(method, method->outputs, index, data, n_bytes);
}
