/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a .pte into a Program: instructions, values, delegates, and the buffers
 * behind the tensors (recover.c). Stock writes every 1 anew; equal scalars
 * become one value, except those that the program may change. sc_verify() goes
 * first, so positions are trusted here; indices and kinds are checked once the
 * parts stand. Format: docs/formats.md.
 */
#include "compiler/program/read.h"

#include <string.h>

#include "compiler/program/intern.h"
#include "compiler/program/number.h"
#include "compiler/program/touch.h"
#include "runtime/model.h"
#include "runtime/schema.h"

typedef struct Reader {
    Sc *sc;
    const char *where;
    ScModel model;
    const uint8_t *file;
    uint32_t plan;
    ScProgram *program;
    ScPlace *places; /* per pid */
    ScPlace place;   /* of the tensor being read */
    uint32_t values; /* the file's vector of them */
    uint32_t n_values;
    ScPid *pids;      /* per value of the file; SC_PID_NONE until it is read */
    bool *may_change; /* per value of the file */
} Reader;

static ScStatus fail(const Reader *r, ScStatus status, uint32_t value, const char *what) {
    return sc_fail(r->sc, status,
                   sc_arena_fmt(r->sc->arena, "%s: value %u", r->where, value), what, NULL,
                   NULL);
}

static const char *string_read(const Reader *r, uint32_t table, uint32_t field) {
    uint32_t at = sc_flat_ref(r->file, table, field);
    return sc_arena_strn(r->sc->arena, sc_flat_chars(r->file, at),
                         sc_flat_count(r->file, at));
}

static double double_load(const uint8_t *at) {
    uint64_t bits = sc_load_u64(at);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- tensors ----------------------------------------------------------------------- */

static ScStatus shape_read(const Reader *r, uint32_t index, uint32_t table, ScPTensor *t) {
    uint32_t sizes = sc_flat_ref(r->file, table, SC_TENSOR_SIZES);
    uint32_t order = sc_flat_ref(r->file, table, SC_TENSOR_DIM_ORDER);
    uint32_t rank = sc_flat_count(r->file, sizes);
    t->dtype = (ScDtype)sc_flat_u8(r->file, table, SC_TENSOR_DTYPE);
    if (rank > SC_MAX_RANK || rank != sc_flat_count(r->file, order) ||
        sc_dtype_size(t->dtype) == 0) {
        return fail(r, SC_E_UNSUPPORTED, index,
                    "a tensor of unknown dtype or above 8 dims");
    }
    t->rank = (uint8_t)rank;
    t->dynamism = sc_flat_u8(r->file, table, SC_TENSOR_DYNAMISM);
    for (uint32_t i = 0; i < rank; i++) {
        t->sizes[i] = (int32_t)sc_flat_u32_at(r->file, sizes, i);
        t->dim_order[i] = r->file[order + 4 + i];
    }
    return SC_OK;
}

static uint32_t bytes_intern(Reader *r, uint32_t at, uint64_t n_bytes) {
    return sc_const_intern(r->program, r->file + at, n_bytes);
}

static bool bytes_are_zero(const uint8_t *bytes, uint64_t n_bytes) {
    for (uint64_t i = 0; i < n_bytes; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    return true;
}

static ScStatus place_read(Reader *r, uint32_t index, uint32_t table, uint64_t n_bytes) {
    ScPlace *place = &r->place;
    uint32_t allocation = sc_flat_ref(r->file, table, SC_TENSOR_ALLOCATION);
    uint32_t data = sc_flat_u32(r->file, table, SC_TENSOR_DATA), room = 0;
    place->has = true;
    place->n_bytes = n_bytes;
    place->memory = sc_flat_u32(r->file, allocation, SC_ALLOCATION_MEMORY) - 1;
    place->offset = sc_flat_u32(r->file, allocation, SC_ALLOCATION_OFFSET) |
                    (uint64_t)sc_flat_u32(r->file, allocation, SC_ALLOCATION_OFFSET_HIGH)
                        << 32;
    if (place->memory >= SC_MAX_MEMORIES) {
        return fail(r, SC_E_UNSUPPORTED, index, "a tensor beyond the 8th memory");
    }
    if (data) {
        uint32_t at = sc_initial_at(&r->model, data, &room);
        if (!at || room < n_bytes) {
            return fail(r, SC_E_FORMAT, index, "the first value lies outside the file");
        }
        place->is_state = true;
        if (!bytes_are_zero(r->file + at, n_bytes)) {
            place->initial = r->file + at;
        }
    }
    return SC_OK;
}

static ScStatus tensor_read(Reader *r, uint32_t index, uint32_t table, ScPValue *v) {
    ScPTensor *t = SC_NEW(r->program->arena, ScPTensor);
    uint32_t extra = sc_flat_ref(r->file, table, SC_TENSOR_EXTRA), room = 0;
    v->as.tensor = t;
    SC_TRY(shape_read(r, index, table, t));
    if (extra && sc_flat_ref(r->file, extra, SC_EXTRA_NAME)) {
        t->fqn = string_read(r, extra, SC_EXTRA_NAME);
    }
    size_t n_bytes = sc_ptensor_bytes(t);
    if (sc_is_external(r->file, table)) {
        const uint8_t *bytes = sc_external_at(&r->model, table, &room);
        if (!bytes || room < n_bytes) {
            return fail(r, SC_E_FORMAT, index, "a tensor lies outside the data file");
        }
        t->storage = SC_P_CONST;
        t->index = sc_const_intern(r->program, bytes, n_bytes);
        return SC_OK;
    }
    if (sc_flat_ref(r->file, table, SC_TENSOR_ALLOCATION)) {
        return place_read(r, index, table, n_bytes);
    }
    uint32_t data = sc_flat_u32(r->file, table, SC_TENSOR_DATA);
    if (data == 0) {
        return SC_OK; /* unplanned */
    }
    uint32_t at = sc_constant_at(&r->model, data, &room);
    if (!at || room < n_bytes) {
        return fail(r, SC_E_FORMAT, index, "a constant lies outside the file");
    }
    t->storage = SC_P_CONST;
    t->index = bytes_intern(r, at, n_bytes);
    return SC_OK;
}

/* ---- values ------------------------------------------------------------------------- */

static ScStatus value_read(Reader *r, uint32_t index, ScPid *out_pid);

static ScStatus items_read(Reader *r, uint32_t items, ScPValue *v) {
    ScPid *pids = SC_NEW_ARRAY(r->program->arena, ScPid, v->n);
    v->as.items = pids;
    for (uint32_t i = 0; i < v->n; i++) {
        uint64_t index = v->kind == SC_P_INTS ? sc_flat_u64_at(r->file, items, i)
                                              : sc_flat_u32_at(r->file, items, i);
        if (v->kind == SC_P_OPTIONAL_TENSORS && index == UINT32_MAX) { /* -1 = None */
            pids[i] = SC_PID_NONE;
            continue;
        }
        uint32_t table =
            index < r->n_values ? sc_flat_table_at(r->file, r->values, (uint32_t)index) : 0;
        uint8_t kind = table ? sc_flat_u8(r->file, table, SC_VALUE_KIND) : 0;
        if (kind != (v->kind == SC_P_INTS ? SC_P_INT : SC_P_TENSOR)) {
            return fail(r, SC_E_FORMAT, (uint32_t)index, "a list's item of another kind");
        }
        SC_TRY(value_read(r, (uint32_t)index, &pids[i])); /* one level: it is no list */
    }
    return SC_OK;
}

static void numbers_read(Reader *r, uint32_t items, ScPValue *v) {
    double *doubles = SC_NEW_ARRAY(r->program->arena, double, v->n);
    bool *bools = SC_NEW_ARRAY(r->program->arena, bool, v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        if (v->kind == SC_P_DOUBLES) {
            doubles[i] = double_load(r->file + items + 4 + 8 * (size_t)i);
        } else {
            bools[i] = r->file[items + 4 + i] != 0;
        }
    }
    if (v->kind == SC_P_DOUBLES) {
        v->as.doubles = doubles;
    } else {
        v->as.bools = bools;
    }
}

static ScStatus list_read(Reader *r, uint32_t payload, ScPValue *v) {
    uint32_t items = sc_flat_ref(r->file, payload, SC_FIELD_ONLY);
    v->n = sc_flat_count(r->file, items);
    if (v->kind == SC_P_DOUBLES || v->kind == SC_P_BOOLS) {
        numbers_read(r, items, v);
        return SC_OK;
    }
    return items_read(r, items, v);
}

static ScStatus payload_read(Reader *r, uint32_t index, uint32_t payload, ScPValue *v) {
    uint32_t at;
    switch (v->kind) {
    case SC_P_NULL: /* may have no payload at all */
        return SC_OK;
    case SC_P_INT:
        v->as.i = (int64_t)sc_flat_u64(r->file, payload, SC_FIELD_ONLY);
        return SC_OK;
    case SC_P_BOOL:
        v->as.b = sc_flat_u8(r->file, payload, SC_FIELD_ONLY) != 0;
        return SC_OK;
    case SC_P_DOUBLE:
        at = sc_flat_field(r->file, payload, SC_FIELD_ONLY);
        v->as.d = at ? double_load(r->file + at) : 0;
        return SC_OK;
    case SC_P_TENSOR:
        return tensor_read(r, index, payload, v);
    case SC_P_STRING:
        v->as.s = string_read(r, payload, SC_FIELD_ONLY);
        return SC_OK;
    case SC_P_INTS:
    case SC_P_DOUBLES:
    case SC_P_BOOLS:
    case SC_P_TENSORS:
    case SC_P_OPTIONAL_TENSORS:
        return list_read(r, payload, v);
    }
    return fail(r, SC_E_UNSUPPORTED, index, "a kind of value that isn't known");
}

static ScStatus value_read(Reader *r, uint32_t index, ScPid *out_pid) {
    *out_pid = r->pids[index];
    if (*out_pid != SC_PID_NONE) {
        return SC_OK;
    }
    uint32_t table = sc_flat_table_at(r->file, r->values, index);
    ScPValue v = {.kind = (ScPKind)sc_flat_u8(r->file, table, SC_VALUE_KIND)};
    r->place = (ScPlace){.has = false};
    SC_TRY(payload_read(r, index, sc_flat_ref(r->file, table, SC_VALUE_TABLE), &v));
    /* A number that changes isn't found when an equal constant is looked for. */
    bool own = r->may_change[index];
    ScPid found = own ? SC_PID_NONE : sc_value_find(r->program, &v);
    if (found == SC_PID_NONE) {
        found = own ? sc_value_add_own(r->program, &v) : sc_value_add(r->program, &v);
        r->places[found] = r->place;
    }
    *out_pid = r->pids[index] = found;
    return SC_OK;
}

static ScStatus values_read(Reader *r) {
    r->places = SC_NEW_ARRAY(r->sc->arena, ScPlace, r->n_values);
    for (uint32_t i = 0; i < r->n_values; i++) {
        ScPid pid;
        SC_TRY(value_read(r, i, &pid));
    }
    return SC_OK;
}

/* 0 when there is no such value. */
static uint8_t kind_of(const Reader *r, uint32_t index) {
    uint32_t table = index < r->n_values ? sc_flat_table_at(r->file, r->values, index) : 0;
    return table ? sc_flat_u8(r->file, table, SC_VALUE_KIND) : 0;
}

static bool is_number(const Reader *r, uint32_t index) {
    uint8_t kind = kind_of(r, index);
    return kind == SC_P_INT || kind == SC_P_BOOL || kind == SC_P_DOUBLE;
}

/* Whether an instruction may write to argument a: as sc_pinst_access() says,
 * while args are still the file's indices. */
static bool arg_may_change(const Reader *r, const ScPInst *inst, uint32_t a) {
    uint32_t n = inst->n_args, last = n ? inst->args[n - 1] : 0;
    if (inst->kind != SC_P_CALL) {
        return inst->kind != SC_P_JUMP_FALSE;
    }
    if (n >= 2 && last == inst->args[n - 2]) {
        return a + 2 >= n;
    }
    if (n >= 2 && last == inst->args[0]) {
        return a == 0;
    }
    if (is_number(r, last) && is_number(r, inst->args[a])) {
        return a + 1 == n; /* what an operator on numbers returns */
    }
    return kind_of(r, last) != SC_P_TENSORS;
}

static void changes_mark(Reader *r) {
    for (size_t i = 0; i < r->program->n_insts; i++) {
        const ScPInst *inst = &r->program->insts[i];
        for (uint32_t a = 0; a < inst->n_args; a++) {
            if (inst->args[a] < r->n_values && arg_may_change(r, inst, a)) {
                r->may_change[inst->args[a]] = true;
            }
        }
    }
}

static ScStatus args_translate(Reader *r) {
    for (size_t i = 0; i < r->program->n_insts; i++) {
        ScPInst *inst = &r->program->insts[i];
        for (uint32_t a = 0; a < inst->n_args; a++) {
            if (inst->args[a] >= r->n_values) {
                return fail(r, SC_E_FORMAT, inst->args[a], "an argument doesn't exist");
            }
            inst->args[a] = r->pids[inst->args[a]];
        }
    }
    return SC_OK;
}

/* ---- instructions ---------------------------------------------------------------------
 */

static void args_read(Reader *r, uint32_t vector, ScPInst *inst) {
    inst->n_args = sc_flat_count(r->file, vector);
    inst->args = SC_NEW_ARRAY(r->program->arena, ScPid, inst->n_args);
    for (uint32_t i = 0; i < inst->n_args; i++) {
        inst->args[i] = sc_flat_u32_at(r->file, vector, i);
    }
}

static void flow_read(Reader *r, uint32_t table, ScPInst *inst) {
    inst->args = SC_NEW_ARRAY(r->program->arena, ScPid, 2);
    inst->n_args = inst->kind == SC_P_MOVE ? 2 : 1;
    inst->args[0] = sc_flat_u32(r->file, table, 0); /* from, condition or value */
    if (inst->kind == SC_P_MOVE) {
        inst->args[1] = sc_flat_u32(r->file, table, SC_MOVE_TO);
    } else if (inst->kind == SC_P_JUMP_FALSE) {
        inst->target = sc_flat_u32(r->file, table, SC_JUMP_TARGET);
    }
}

static void insts_read(Reader *r) {
    ScProgram *p = r->program;
    uint32_t chains = sc_flat_ref(r->file, r->plan, SC_PLAN_CHAINS);
    uint32_t chain = sc_flat_table_at(r->file, chains, 0); /* ExecuTorch runs one */
    uint32_t insts = sc_flat_ref(r->file, chain, SC_CHAIN_INSTRUCTIONS);
    for (uint32_t i = 0; i < sc_flat_count(r->file, insts); i++) {
        uint32_t at = sc_flat_table_at(r->file, insts, i);
        uint32_t table = sc_flat_ref(r->file, at, SC_INSTRUCTION_TABLE);
        ScPInst inst = {.in_place = -1};
        inst.kind = (ScPInstKind)sc_flat_u8(r->file, at, SC_INSTRUCTION_KIND);
        if (inst.kind == SC_P_CALL || inst.kind == SC_P_DELEGATE) {
            inst.index = sc_flat_u32(r->file, table, SC_CALL_INDEX);
            args_read(r, sc_flat_ref(r->file, table, SC_CALL_ARGS), &inst);
        } else {
            flow_read(r, table, &inst);
        }
        SC_PUSH(p->arena, p->insts, p->n_insts, p->cap_insts, inst);
    }
}

static void operators_read(Reader *r) {
    ScProgram *p = r->program;
    uint32_t operators = sc_flat_ref(r->file, r->plan, SC_PLAN_OPERATORS);
    for (uint32_t i = 0; i < sc_flat_count(r->file, operators); i++) {
        uint32_t table = sc_flat_table_at(r->file, operators, i);
        const char *overload = string_read(r, table, SC_OPERATOR_OVERLOAD);
        const char *name = string_read(r, table, SC_OPERATOR_NAME);
        name = sc_arena_fmt(p->arena, "%s%s%s", name, *overload ? "." : "", overload);
        SC_PUSH(p->arena, p->operators, p->n_operators, p->cap_operators, name);
    }
}

/* ---- delegates ------------------------------------------------------------------------
 */

static const void *payload_find(const Reader *r, uint32_t processed, uint64_t *out_bytes) {
    uint32_t index = sc_flat_u32(r->file, processed, SC_PROCESSED_INDEX), room = 0;
    if (sc_flat_u8(r->file, processed, SC_PROCESSED_LOCATION)) {
        uint32_t at = sc_segment_at(&r->model, index, &room);
        *out_bytes = room;
        return r->file + at;
    }
    uint32_t blobs = sc_flat_ref(r->file, r->model.root, SC_PROGRAM_DELEGATE_DATA);
    *out_bytes = 0;
    if (index >= sc_flat_count(r->file, blobs)) {
        return "";
    }
    uint32_t data =
        sc_flat_ref(r->file, sc_flat_table_at(r->file, blobs, index), SC_BYTES_DATA);
    *out_bytes = sc_flat_count(r->file, data);
    return sc_flat_chars(r->file, data);
}

static void delegate_read(Reader *r, uint32_t table) {
    ScProgram *p = r->program;
    ScPDelegate d = {.id = string_read(r, table, SC_DELEGATE_ID)};
    d.payload =
        payload_find(r, sc_flat_ref(r->file, table, SC_DELEGATE_PROCESSED), &d.n_bytes);
    uint32_t specs = sc_flat_ref(r->file, table, SC_DELEGATE_SPECS);
    d.n_specs = sc_flat_count(r->file, specs);
    ScPSpec *items = SC_NEW_ARRAY(p->arena, ScPSpec, d.n_specs);
    for (uint32_t i = 0; i < d.n_specs; i++) {
        uint32_t spec = sc_flat_table_at(r->file, specs, i);
        uint32_t value = sc_flat_ref(r->file, spec, SC_SPEC_VALUE);
        items[i].key = string_read(r, spec, SC_SPEC_KEY);
        items[i].value = sc_flat_chars(r->file, value);
        items[i].n_bytes = sc_flat_count(r->file, value);
    }
    d.specs = items;
    SC_PUSH(p->arena, p->delegates, p->n_delegates, p->cap_delegates, d);
}

/* All but the names, scales and layouts, which are read into inputs and outputs. */
static void named_read(Reader *r) {
    ScProgram *p = r->program;
    uint32_t named = sc_flat_ref(r->file, r->model.root, SC_PROGRAM_NAMED_DATA);
    for (uint32_t i = 0; i < sc_flat_count(r->file, named); i++) {
        uint32_t table = sc_flat_table_at(r->file, named, i), n_bytes;
        ScPNamed item = {.key = string_read(r, table, SC_NAMED_KEY)};
        uint32_t segment = sc_flat_u32(r->file, table, SC_NAMED_SEGMENT);
        item.data = r->file + sc_segment_at(&r->model, segment, &n_bytes);
        item.n_bytes = n_bytes;
        if (strcmp(item.key, SC_IO_KEY) != 0) {
            SC_PUSH(p->arena, p->named, p->n_named, p->cap_named, item);
        }
    }
}

static bool named_is_known(const ScProgram *p, const char *key) {
    for (size_t i = 0; i < p->n_named; i++) {
        if (strcmp(p->named[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* Of the .ptd, what delegates may ask for by name; tensors are constants by now. */
static void named_data_read(Reader *r) {
    ScProgram *p = r->program;
    const uint8_t *data = r->model.data;
    uint32_t named =
        p->n_delegates ? sc_flat_ref(data, r->model.data_root, SC_DATA_NAMED) : 0;
    for (uint32_t i = 0; i < sc_flat_count(data, named); i++) {
        uint32_t table = sc_flat_table_at(data, named, i), n_bytes;
        uint32_t key = sc_flat_ref(data, table, SC_NAMED_KEY);
        ScPNamed item = {.key = sc_arena_strn(r->sc->arena, sc_flat_chars(data, key),
                                              sc_flat_count(data, key))};
        item.data = data + sc_data_at(&r->model, table, &n_bytes);
        item.n_bytes = n_bytes;
        if (!sc_flat_ref(data, table, SC_NAMED_LAYOUT) && !named_is_known(p, item.key)) {
            SC_PUSH(p->arena, p->named, p->n_named, p->cap_named, item);
        }
    }
}

/* ---- what delegates read and write ------------------------------------------------- */

/* How often values are arguments, inputs or outputs. */
static uint32_t *uses_count(Reader *r) {
    const ScProgram *p = r->program;
    uint32_t *uses = SC_NEW_ARRAY(r->sc->arena, uint32_t, p->n_values);
    for (size_t i = 0; i < p->n_insts; i++) {
        for (uint32_t a = 0; a < p->insts[i].n_args; a++) {
            uses[p->insts[i].args[a]]++;
        }
    }
    for (size_t i = 0; i < p->n_inputs; i++) {
        uses[p->inputs[i].value]++;
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        uses[p->outputs[i].value]++;
    }
    return uses;
}

/* The last argument of a call of a delegate that nobody here knows looks like its
 * scratch: bytes in a row that nothing else uses. */
static bool looks_like_scratch(const Reader *r, const ScPInst *inst, const uint32_t *uses) {
    ScPid last = inst->n_args ? inst->args[inst->n_args - 1] : SC_PID_NONE;
    const ScPValue *v = last == SC_PID_NONE ? NULL : &r->program->values[last];
    return v && v->kind == SC_P_TENSOR && v->as.tensor->dtype == SC_U8 &&
           v->as.tensor->rank == 1 && uses[last] == 1;
}

static void delegate_calls_read(Reader *r) {
    ScProgram *p = r->program;
    const uint32_t *uses = uses_count(r);
    for (size_t i = 0; i < p->n_insts; i++) {
        ScPInst *inst = &p->insts[i];
        if (inst->kind != SC_P_DELEGATE) {
            continue;
        }
        const ScPDelegate *d = &p->delegates[inst->index];
        bool known = d->linked && d->measured == SC_OK;
        uint32_t n = known ? d->need.n_inputs + d->need.n_outputs : inst->n_args;
        bool scratch = (known ? inst->n_args == n + 1 : true) &&
                       looks_like_scratch(r, inst, uses) &&
                       r->places[inst->args[inst->n_args - 1]].has;
        if (known && (inst->n_args == n || scratch)) {
            inst->n_outputs = d->need.n_outputs + scratch;
        }
        if (scratch) {
            r->places[inst->args[inst->n_args - 1]].is_scratch = true;
        }
    }
}

/* ---- inputs, outputs, memories
 * ----------------------------------------------------------- */

static ScLayout layout_guess(const ScPValue *v) {
    if (v->kind != SC_P_TENSOR || sc_ptensor_is_contiguous(v->as.tensor)) {
        return SC_LAYOUT_CONTIGUOUS;
    }
    const ScPTensor *t = v->as.tensor;
    return t->dim_order[t->rank - 1] == 1 ? SC_LAYOUT_CHANNELS_LAST : SC_LAYOUT_CONTIGUOUS;
}

static ScPIo io_read(const Reader *r, uint32_t vector, uint32_t index, bool output) {
    uint32_t value = sc_flat_u32_at(r->file, vector, index);
    ScPIo io = {.value = value < r->n_values ? r->pids[value] : SC_PID_NONE};
    ScIoInfo info;
    ScStatus status = output ? sc_output_info(&r->model, index, &info)
                             : sc_input_info(&r->model, index, &info);
    if (status != SC_OK && io.value < r->program->n_values) {
        const ScPValue *v = &r->program->values[io.value];
        io.layout = layout_guess(v);
        io.name = v->kind == SC_P_TENSOR ? v->as.tensor->fqn : NULL;
    }
    if (status != SC_OK) {
        return io;
    }
    io.name = *info.name ? sc_arena_str(r->sc->arena, info.name) : NULL;
    io.scale = sc_float_shortest(info.scale);
    io.zero_point = info.zero_point;
    io.layout = info.layout;
    return io;
}

static void ios_read(Reader *r) {
    ScProgram *p = r->program;
    uint32_t inputs = sc_flat_ref(r->file, r->plan, SC_PLAN_INPUTS);
    uint32_t outputs = sc_flat_ref(r->file, r->plan, SC_PLAN_OUTPUTS);
    for (uint32_t i = 0; i < sc_flat_count(r->file, inputs); i++) {
        ScPIo io = io_read(r, inputs, i, false);
        SC_PUSH(p->arena, p->inputs, p->n_inputs, p->cap_inputs, io);
    }
    for (uint32_t i = 0; i < sc_flat_count(r->file, outputs); i++) {
        ScPIo io = io_read(r, outputs, i, true);
        SC_PUSH(p->arena, p->outputs, p->n_outputs, p->cap_outputs, io);
    }
}

static void memories_read(Reader *r) {
    ScProgram *p = r->program;
    uint32_t sizes = sc_flat_ref(r->file, r->plan, SC_PLAN_MEMORY_SIZES);
    uint32_t n = sc_flat_count(r->file, sizes);
    p->n_memories = n > 1 ? n - 1 : 1;
    p->n_memories = p->n_memories < SC_MAX_MEMORIES ? p->n_memories : SC_MAX_MEMORIES;
    for (uint32_t m = 0; m < p->n_memories; m++) {
        p->memory_bytes[m] = m + 1 < n ? sc_flat_u64_at(r->file, sizes, m + 1) : 0;
        uint64_t bound = sc_program_bound(r->sc, p, m);
        /* Other planners may align to less than the 16 bytes that we count in. */
        p->memory_bound[m] = bound < p->memory_bytes[m] ? bound : p->memory_bytes[m];
    }
}

const char *sc_fault_todo(const ScVerifyReport *fault) {
    const char *what = fault->what ? fault->what : "";
    return strstr(what, "data file") || strstr(what, "another file")
               ? "give the .ptd that belongs to it with --data"
               : "write it again with `sconce compile` or ExecuTorch, or check that the "
                 "copy is complete";
}

static ScStatus file_open(Reader *r, ScBytes file, const ScReadOptions *o) {
    ScVerifyReport fault = {.what = NULL};
    ScStatus status =
        sc_verify_with_data(file.data, file.n_bytes, o->data.data, o->data.n_bytes, &fault);
    if (status == SC_OK) {
        status = sc_open(file.data, file.n_bytes, &r->model);
    }
    if (status == SC_OK && o->data.data) {
        status = sc_open_data(&r->model, o->data.data, o->data.n_bytes);
    }
    if (status != SC_OK) {
        return sc_fail(r->sc, status, r->where,
                       sc_arena_fmt(r->sc->arena, "not a sound .pte file: %s (byte %u)",
                                    fault.what ? fault.what : sc_status_name(status),
                                    fault.offset),
                       NULL, sc_fault_todo(&fault));
    }
    r->file = r->model.file;
    r->plan = sc_plan_at(&r->model, o->method);
    return r->plan ? SC_OK
                   : sc_fail(r->sc, SC_E_NOT_FOUND, r->where, "no such method", NULL, NULL);
}

ScStatus sc_program_read(Sc *sc, const char *where, ScBytes file, ScProgram **out_program) {
    return sc_program_read_measured(sc, where, file, NULL, out_program);
}

ScStatus sc_program_read_measured(Sc *sc, const char *where, ScBytes file,
                                  ScMeasureFn measure, ScProgram **out_program) {
    ScReadOptions options = {.measure = measure};
    return sc_program_read_with(sc, where, file, &options, out_program);
}

static ScStatus hazards_read(Reader *r, const ScReadOptions *o) {
    const ScProgram *p = r->program;
    uint32_t n_io;
    if (sc_program_has_flow(p)) {
        return sc_fail(r->sc, SC_E_UNSUPPORTED, r->where, "the plan can't be checked",
                       "the program jumps or moves tensors, so that the order of its "
                       "instructions doesn't tell what lives when",
                       NULL);
    }
    uint32_t *names = SC_NEW_ARRAY(r->sc->arena, uint32_t, p->n_values + 1);
    for (uint32_t i = r->n_values; i-- > 0;) {
        names[r->pids[i]] = i;
    }
    bool ours = sc_named_at(&r->model, SC_IO_KEY, &n_io) != 0;
    sc_hazards_find(r->sc->arena, p, r->places, names, ours, o->out_hazards,
                    o->out_n_hazards);
    return SC_OK;
}

ScStatus sc_program_read_with(Sc *sc, const char *where, ScBytes file,
                              const ScReadOptions *o, ScProgram **out_program) {
    Reader r = {.sc = sc, .where = where};
    SC_TRY(file_open(&r, file, o));
    r.values = sc_flat_ref(r.file, r.plan, SC_PLAN_VALUES);
    r.n_values = sc_flat_count(r.file, r.values);
    r.may_change = SC_NEW_ARRAY(sc->arena, bool, r.n_values);
    r.pids = SC_NEW_ARRAY(sc->arena, ScPid, r.n_values);
    memset(r.pids, 0xff, r.n_values * sizeof *r.pids); /* SC_PID_NONE */
    r.program = sc_program_new(sc->arena, string_read(&r, r.plan, SC_PLAN_NAME));
    operators_read(&r);
    insts_read(&r);
    changes_mark(&r);
    SC_TRY(values_read(&r));
    SC_TRY(args_translate(&r));
    uint32_t delegates = sc_flat_ref(r.file, r.plan, SC_PLAN_DELEGATES);
    for (uint32_t i = 0; i < sc_flat_count(r.file, delegates); i++) {
        delegate_read(&r, sc_flat_table_at(r.file, delegates, i));
    }
    for (size_t i = 0; o->measure && i < r.program->n_delegates; i++) {
        o->measure(sc, &r.model, &r.program->delegates[i]);
    }
    named_read(&r);
    if (r.model.data) {
        named_data_read(&r);
    }
    ios_read(&r);
    SC_TRY(sc_program_check_parts(sc, r.program, where, SC_E_FORMAT));
    for (size_t i = 0; i < r.program->n_insts; i++) {
        ScPInst *inst = &r.program->insts[i];
        sc_pinst_infer_outputs(r.program, inst, &inst->n_outputs);
    }
    delegate_calls_read(&r);
    if (o->out_hazards) {
        SC_TRY(hazards_read(&r, o));
    }
    sc_buffers_recover(sc->arena, r.program, r.places);
    sc_program_lifetimes(sc->arena, r.program);
    sc_ties_recover(r.program);
    memories_read(&r);
    *out_program = r.program;
    return SC_OK;
}
