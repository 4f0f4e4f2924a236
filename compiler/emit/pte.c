/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a Program as a .pte file.
 *
 *     flatbuffer "ET12" with the extended header "eh00"
 *     padding to 128
 *     segment: constants, each at a multiple of 16
 *     segment: first values of the state, when there is any
 *     segment: "sconce.io", names, scales and layouts of inputs and outputs
 *
 * Vectors, strings and allocation tables with equal contents are written once:
 * a flatbuffer may refer to one object from many places.
 * Source: schema/program.fbs and extended_header.cpp of ExecuTorch 1.5.
 */
#include <string.h>

#include "compiler/base/fbwrite.h"
#include "compiler/emit/emit.h"
#include "compiler/program/touch.h"
#include "runtime/schema.h"

enum { SEGMENT_ALIGN = 128, CONSTANT_ALIGN = 16, NONE = 0 };

/* Bytes that were written before, and where. */
typedef struct Written {
    const void *bytes;
    size_t n_bytes, n, align;
    ScFbRef ref;
} Written;

/* Offsets of a segment's parts; item 0 is the format's dummy. */
typedef struct Parts {
    ScBuf bytes;
    uint64_t *offsets;
    size_t n, cap;
} Parts;

typedef struct Writer {
    Sc *sc;
    const ScProgram *program;
    ScFb *fb;
    bool *used;         /* values that something refers to */
    uint32_t *position; /* of a value in the file */
    uint32_t n_values;
    uint32_t *constant_part; /* per constant: index in constants.offsets, 0 = not yet */
    uint32_t *operator_at;   /* per operator: index in the file + 1 */
    Parts constants, state;
    uint64_t *initial_at; /* per constant: its offset + 1 in state.bytes, 0 = not yet */
    uint64_t zeros_at;    /* the same of the zeros that states without one share */
    uint64_t zeros_bytes; /* of the largest of those */
    Written *vectors;
    size_t n_vectors, cap_vectors;
    Written *places; /* AllocationDetails, bytes = {memory, offset} */
    size_t n_places, cap_places;
} Writer;

/* ---- what is used ----------------------------------------------------------------- */

static void value_use(Writer *w, ScPid pid) {
    if (pid == SC_PID_NONE || w->used[pid]) {
        return;
    }
    w->used[pid] = true;
    const ScPValue *v = &w->program->values[pid];
    if (v->kind == SC_P_INTS || v->kind == SC_P_TENSORS ||
        v->kind == SC_P_OPTIONAL_TENSORS) {
        for (uint32_t i = 0; i < v->n; i++) {
            value_use(w, v->as.items[i]); /* items are scalars or tensors: one level */
        }
    }
}

static void uses_find(Writer *w) {
    const ScProgram *p = w->program;
    w->used = SC_NEW_ARRAY(w->sc->arena, bool, p->n_values);
    w->position = SC_NEW_ARRAY(w->sc->arena, uint32_t, p->n_values);
    w->constant_part = SC_NEW_ARRAY(w->sc->arena, uint32_t, p->n_constants);
    w->operator_at = SC_NEW_ARRAY(w->sc->arena, uint32_t, p->n_operators);
    for (size_t i = 0; i < p->n_inputs; i++) {
        value_use(w, p->inputs[i].value);
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        value_use(w, p->outputs[i].value);
    }
    for (size_t i = 0; i < p->n_insts; i++) {
        for (uint32_t a = 0; a < p->insts[i].n_args; a++) {
            value_use(w, p->insts[i].args[a]);
        }
    }
    for (size_t i = 0; i < p->n_values; i++) {
        w->position[i] = w->n_values;
        w->n_values += w->used[i];
    }
}

static void state_measure(Writer *w) {
    const ScProgram *p = w->program;
    w->initial_at = SC_NEW_ARRAY(w->sc->arena, uint64_t, p->n_constants);
    for (size_t i = 0; i < p->n_buffers; i++) {
        const ScPBuffer *b = &p->buffers[i];
        if (b->is_state && b->initial == SC_PID_NONE && b->n_bytes > w->zeros_bytes) {
            w->zeros_bytes = b->n_bytes;
        }
    }
}

/* ---- objects written once ------------------------------------------------------------ */

static ScFbRef written_find(const Written *list, size_t n_list, const void *bytes,
                            size_t n_bytes, size_t n, size_t align) {
    for (size_t i = 0; i < n_list; i++) {
        const Written *item = &list[i];
        if (item->n_bytes == n_bytes && item->n == n && item->align == align &&
            (n_bytes == 0 || memcmp(item->bytes, bytes, n_bytes) == 0)) {
            return item->ref;
        }
    }
    return NONE;
}

static ScFbRef vector_write(Writer *w, const void *items, size_t n, size_t size,
                            size_t align) {
    ScFbRef ref = written_find(w->vectors, w->n_vectors, items, n * size, n, align);
    if (ref == NONE) {
        ref = sc_fb_vector(w->fb, items, n, size, align);
        Written item = {.n_bytes = n * size, .n = n, .align = align, .ref = ref};
        item.bytes = sc_arena_copy(w->sc->arena, items, n * size);
        SC_PUSH(w->sc->arena, w->vectors, w->n_vectors, w->cap_vectors, item);
    }
    return ref;
}

static ScFbRef u32s_write(Writer *w, const uint32_t *items, size_t n) {
    return vector_write(w, items, n, 4, 4);
}

/* align 0 marks strings among the vectors: they end with a 0. */
static ScFbRef string_write(Writer *w, const char *text) {
    size_t n = strlen(text);
    ScFbRef ref = written_find(w->vectors, w->n_vectors, text, n, n, 0);
    if (ref == NONE) {
        ref = sc_fb_string(w->fb, text);
        Written item = {.bytes = text, .n_bytes = n, .n = n, .align = 0, .ref = ref};
        SC_PUSH(w->sc->arena, w->vectors, w->n_vectors, w->cap_vectors, item);
    }
    return ref;
}

static ScFbRef place_write(Writer *w, uint32_t memory, uint64_t offset) {
    uint64_t key[2] = {memory, offset};
    ScFbRef ref = written_find(w->places, w->n_places, key, sizeof key, 2, 0);
    if (ref != NONE) {
        return ref;
    }
    sc_fb_table(w->fb, 3);
    sc_fb_u32(w->fb, SC_ALLOCATION_MEMORY, memory + 1);
    if ((uint32_t)offset) {
        sc_fb_u32(w->fb, SC_ALLOCATION_OFFSET, (uint32_t)offset);
    }
    if (offset >> 32) {
        sc_fb_u32(w->fb, SC_ALLOCATION_OFFSET_HIGH, (uint32_t)(offset >> 32));
    }
    Written item = {.n_bytes = sizeof key, .n = 2, .align = 0, .ref = sc_fb_end(w->fb)};
    item.bytes = sc_arena_copy(w->sc->arena, key, sizeof key);
    SC_PUSH(w->sc->arena, w->places, w->n_places, w->cap_places, item);
    return item.ref;
}

/* ---- segments --------------------------------------------------------------------------
 */

static void buf_align(ScBuf *buf, size_t align) {
    sc_buf_zeros(buf, (align - buf->len % align) % align);
}

static void parts_init(Parts *parts, ScArena *arena) {
    *parts = (Parts){.bytes = sc_buf(arena)};
    SC_PUSH(arena, parts->offsets, parts->n, parts->cap, 0);
}

static uint32_t part_add(ScArena *arena, Parts *parts, uint64_t offset) {
    SC_PUSH(arena, parts->offsets, parts->n, parts->cap, offset);
    return (uint32_t)parts->n - 1;
}

static uint32_t constant_write(Writer *w, uint32_t index) {
    if (w->constant_part[index] == 0) {
        const ScPConst *c = &w->program->constants[index];
        buf_align(&w->constants.bytes, CONSTANT_ALIGN);
        uint64_t offset = w->constants.bytes.len;
        sc_buf_bytes(&w->constants.bytes, c->data, (size_t)c->n_bytes);
        w->constant_part[index] = part_add(w->sc->arena, &w->constants, offset);
    }
    return w->constant_part[index];
}

/* Where the first value of a state buffer lies in the segment. Equal constants
 * are written once; all zero states share one run of zeros. */
static uint64_t state_bytes_write(Writer *w, const ScPBuffer *buffer) {
    uint64_t *at =
        buffer->initial == SC_PID_NONE ? &w->zeros_at : &w->initial_at[buffer->initial];
    if (*at == 0) {
        buf_align(&w->state.bytes, CONSTANT_ALIGN);
        *at = w->state.bytes.len + 1;
        if (buffer->initial == SC_PID_NONE) {
            sc_buf_zeros(&w->state.bytes, (size_t)w->zeros_bytes);
        } else {
            const ScPConst *c = &w->program->constants[buffer->initial];
            sc_buf_bytes(&w->state.bytes, c->data, (size_t)c->n_bytes);
        }
    }
    return *at - 1;
}

/* Index of a state tensor's first value; every tensor of the buffer has one,
 * because the loader fills tensors, not buffers. */
static uint32_t state_write(Writer *w, const ScPTensor *t) {
    uint64_t offset = state_bytes_write(w, &w->program->buffers[t->index]) + t->byte_offset;
    for (uint32_t i = 1; i < w->state.n; i++) {
        if (w->state.offsets[i] == offset) {
            return i;
        }
    }
    return part_add(w->sc->arena, &w->state, offset);
}

static void u16_put(ScBuf *buf, size_t value) {
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    sc_buf_bytes(buf, bytes, sizeof bytes);
}

static void u32_put(ScBuf *buf, uint32_t value) {
    u16_put(buf, value & 0xffff);
    u16_put(buf, value >> 16);
}

static void f32_put(ScBuf *buf, double value) {
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    u32_put(buf, bits);
}

static void io_record(ScBuf *records, ScBuf *names, size_t names_at, const ScPIo *io) {
    const char *name = io->name ? io->name : "";
    f32_put(records, io->scale);
    u32_put(records, (uint32_t)(int32_t)io->zero_point);
    u32_put(records, (uint32_t)(names_at + names->len));
    u32_put(records, (uint32_t)io->layout); /* u8 and three zero bytes */
    sc_buf_bytes(names, name, strlen(name) + 1);
}

static ScBuf io_segment(Writer *w) {
    const ScProgram *p = w->program;
    ScBuf records = sc_buf(w->sc->arena), names = sc_buf(w->sc->arena);
    size_t names_at = SC_IO_RECORDS_AT + (p->n_inputs + p->n_outputs) * SC_IO_RECORD_BYTES;
    sc_buf_str(&records, SC_IO_MAGIC);
    u16_put(&records, SC_IO_VERSION);
    u16_put(&records, p->n_inputs);
    u16_put(&records, p->n_outputs);
    u16_put(&records, 0);
    for (size_t i = 0; i < p->n_inputs; i++) {
        io_record(&records, &names, names_at, &p->inputs[i]);
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        io_record(&records, &names, names_at, &p->outputs[i]);
    }
    sc_buf_bytes(&records, names.data, names.len);
    return records;
}

/* ---- values ----------------------------------------------------------------------------
 */

static ScFbRef tensor_write(Writer *w, const ScPTensor *t) {
    int32_t sizes[SC_MAX_RANK] = {0};
    memcpy(sizes, t->sizes, sizeof sizes);
    ScFbRef sizes_ref = vector_write(w, sizes, t->rank, 4, 4);
    ScFbRef order_ref = vector_write(w, t->dim_order, t->rank, 1, 1);
    ScFbRef place = NONE, extra = NONE;
    uint32_t data = 0;
    if (t->storage == SC_P_CONST) {
        data = constant_write(w, t->index);
    } else if (t->storage == SC_P_BUFFER) {
        const ScPBuffer *buffer = &w->program->buffers[t->index];
        place = place_write(w, buffer->memory, buffer->offset + t->byte_offset);
        data = buffer->is_state ? state_write(w, t) : 0;
    }
    if (t->fqn) {
        ScFbRef name = string_write(w, t->fqn);
        sc_fb_table(w->fb, SC_EXTRA_N_FIELDS);
        sc_fb_ref(w->fb, SC_EXTRA_NAME, name);
        extra = sc_fb_end(w->fb);
    }
    sc_fb_table(w->fb, SC_TENSOR_N_FIELDS);
    sc_fb_ref(w->fb, SC_TENSOR_SIZES, sizes_ref);
    sc_fb_ref(w->fb, SC_TENSOR_DIM_ORDER, order_ref);
    if (data) {
        sc_fb_u32(w->fb, SC_TENSOR_DATA, data);
    }
    if (place != NONE) {
        sc_fb_ref(w->fb, SC_TENSOR_ALLOCATION, place);
    }
    if (extra != NONE) {
        sc_fb_ref(w->fb, SC_TENSOR_EXTRA, extra);
    }
    if (t->dtype != SC_U8) {
        sc_fb_u8(w->fb, SC_TENSOR_DTYPE, (uint8_t)t->dtype);
    }
    if (t->dynamism) {
        sc_fb_u8(w->fb, SC_TENSOR_DYNAMISM, t->dynamism);
    }
    return sc_fb_end(w->fb);
}

/* A list's items as positions in the file: 64-bit for ints, else 32-bit. */
static ScFbRef items_write(Writer *w, const ScPValue *v) {
    size_t size = v->kind == SC_P_INTS ? 8 : 4;
    uint64_t *wide = SC_NEW_ARRAY(w->sc->arena, uint64_t, v->n);
    uint32_t *narrow = SC_NEW_ARRAY(w->sc->arena, uint32_t, v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        ScPid item = v->as.items[i];
        narrow[i] = item == SC_PID_NONE ? UINT32_MAX : w->position[item]; /* -1 = None */
        wide[i] = narrow[i];
    }
    return v->kind == SC_P_INTS ? vector_write(w, wide, v->n, size, size)
                                : vector_write(w, narrow, v->n, size, size);
}

static ScFbRef bools_write(Writer *w, const ScPValue *v) {
    uint8_t *bytes = SC_NEW_ARRAY(w->sc->arena, uint8_t, v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        bytes[i] = v->as.bools[i];
    }
    return vector_write(w, bytes, v->n, 1, 1);
}

/* The table behind an EValue: one field, or none for Null. */
static ScFbRef payload_write(Writer *w, const ScPValue *v) {
    ScFbRef ref = NONE;
    if (v->kind == SC_P_TENSOR) {
        return tensor_write(w, v->as.tensor);
    }
    if (v->kind == SC_P_STRING) {
        ref = string_write(w, v->as.s);
    } else if (v->kind == SC_P_DOUBLES) {
        ref = vector_write(w, v->as.doubles, v->n, 8, 8);
    } else if (v->kind == SC_P_BOOLS) {
        ref = bools_write(w, v);
    } else if (v->kind == SC_P_INTS || v->kind == SC_P_TENSORS ||
               v->kind == SC_P_OPTIONAL_TENSORS) {
        ref = items_write(w, v);
    }
    sc_fb_table(w->fb, v->kind == SC_P_NULL ? 0 : 1);
    if (ref != NONE) {
        sc_fb_ref(w->fb, SC_FIELD_ONLY, ref);
    } else if (v->kind == SC_P_INT && v->as.i != 0) {
        sc_fb_u64(w->fb, SC_FIELD_ONLY, (uint64_t)v->as.i);
    } else if (v->kind == SC_P_BOOL && v->as.b) {
        sc_fb_u8(w->fb, SC_FIELD_ONLY, 1);
    } else if (v->kind == SC_P_DOUBLE) {
        sc_fb_f64(w->fb, SC_FIELD_ONLY, v->as.d);
    }
    return sc_fb_end(w->fb);
}

static ScFbRef values_write(Writer *w) {
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, w->n_values);
    for (size_t i = 0; i < w->program->n_values; i++) {
        const ScPValue *v = &w->program->values[i];
        if (!w->used[i]) {
            continue;
        }
        ScFbRef payload = payload_write(w, v);
        sc_fb_table(w->fb, 2);
        sc_fb_ref(w->fb, SC_VALUE_TABLE, payload);
        sc_fb_u8(w->fb, SC_VALUE_KIND, (uint8_t)v->kind);
        refs[w->position[i]] = sc_fb_end(w->fb);
    }
    return sc_fb_refs(w->fb, refs, w->n_values);
}

/* ---- the plan
 * ------------------------------------------------------------------------------ */

static ScFbRef args_write(Writer *w, const ScPInst *inst) {
    uint32_t *args = SC_NEW_ARRAY(w->sc->arena, uint32_t, inst->n_args);
    for (uint32_t i = 0; i < inst->n_args; i++) {
        args[i] = w->position[inst->args[i]];
    }
    return u32s_write(w, args, inst->n_args);
}

static void u32_field(ScFb *fb, uint32_t field, uint32_t value) {
    if (value) {
        sc_fb_u32(fb, field, value);
    }
}

static ScFbRef inst_args_write(Writer *w, const ScPInst *inst) {
    ScFb *fb = w->fb;
    if (inst->kind == SC_P_CALL || inst->kind == SC_P_DELEGATE) {
        ScFbRef args = args_write(w, inst);
        sc_fb_table(fb, 2);
        sc_fb_ref(fb, SC_CALL_ARGS, args);
        u32_field(fb, SC_CALL_INDEX,
                  inst->kind == SC_P_CALL ? w->operator_at[inst->index] - 1 : inst->index);
    } else if (inst->kind == SC_P_MOVE) {
        sc_fb_table(fb, 2);
        u32_field(fb, SC_MOVE_FROM, w->position[inst->args[0]]);
        u32_field(fb, SC_MOVE_TO, w->position[inst->args[1]]);
    } else if (inst->kind == SC_P_JUMP_FALSE) {
        sc_fb_table(fb, 2);
        u32_field(fb, SC_JUMP_CONDITION, w->position[inst->args[0]]);
        u32_field(fb, SC_JUMP_TARGET, inst->target);
    } else {
        sc_fb_table(fb, 1);
        u32_field(fb, SC_FREE_VALUE, w->position[inst->args[0]]);
    }
    return sc_fb_end(fb);
}

static ScFbRef chains_write(Writer *w) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_insts);
    for (size_t i = 0; i < p->n_insts; i++) {
        ScFbRef args = inst_args_write(w, &p->insts[i]);
        sc_fb_table(w->fb, 2);
        sc_fb_ref(w->fb, SC_INSTRUCTION_TABLE, args);
        sc_fb_u8(w->fb, SC_INSTRUCTION_KIND, (uint8_t)p->insts[i].kind);
        refs[i] = sc_fb_end(w->fb);
    }
    ScFbRef insts = sc_fb_refs(w->fb, refs, p->n_insts);
    ScFbRef empty = u32s_write(w, NULL, 0);
    sc_fb_table(w->fb, SC_CHAIN_N_FIELDS);
    sc_fb_ref(w->fb, SC_CHAIN_INPUTS, empty);
    sc_fb_ref(w->fb, SC_CHAIN_OUTPUTS, empty);
    sc_fb_ref(w->fb, SC_CHAIN_INSTRUCTIONS, insts);
    ScFbRef chain = sc_fb_end(w->fb);
    return sc_fb_refs(w->fb, &chain, 1);
}

/* "aten::add.out" is the operator "aten::add" with the overload "out". */
static ScFbRef operator_write(Writer *w, const char *full_name) {
    const char *dot = strchr(full_name, '.');
    size_t n_name = dot ? (size_t)(dot - full_name) : strlen(full_name);
    ScFbRef name = string_write(w, sc_arena_strn(w->sc->arena, full_name, n_name));
    ScFbRef overload = string_write(w, dot ? dot + 1 : "");
    sc_fb_table(w->fb, 2);
    sc_fb_ref(w->fb, SC_OPERATOR_NAME, name);
    sc_fb_ref(w->fb, SC_OPERATOR_OVERLOAD, overload);
    return sc_fb_end(w->fb);
}

/* Those that an instruction calls, in the Program's order. */
static ScFbRef operators_write(Writer *w) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_operators);
    uint32_t n = 0;
    for (size_t i = 0; i < p->n_insts; i++) {
        if (p->insts[i].kind == SC_P_CALL) {
            w->operator_at[p->insts[i].index] = 1;
        }
    }
    for (size_t i = 0; i < p->n_operators; i++) {
        if (w->operator_at[i]) {
            refs[n] = operator_write(w, p->operators[i]);
            w->operator_at[i] = ++n;
        }
    }
    return sc_fb_refs(w->fb, refs, n);
}

static ScFbRef specs_write(Writer *w, const ScPDelegate *delegate) {
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, delegate->n_specs);
    for (uint32_t i = 0; i < delegate->n_specs; i++) {
        const ScPSpec *spec = &delegate->specs[i];
        ScFbRef key = string_write(w, spec->key);
        ScFbRef value = vector_write(w, spec->value, (size_t)spec->n_bytes, 1, 1);
        sc_fb_table(w->fb, 2);
        sc_fb_ref(w->fb, SC_SPEC_KEY, key);
        sc_fb_ref(w->fb, SC_SPEC_VALUE, value);
        refs[i] = sc_fb_end(w->fb);
    }
    return sc_fb_refs(w->fb, refs, delegate->n_specs);
}

/* The payloads go to out_data, equal ones once. */
static ScFbRef delegates_write(Writer *w, ScFbRef *out_data) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_delegates);
    ScFbRef *data = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_delegates);
    ScFbRef *vectors = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_delegates);
    uint32_t n_data = 0;
    for (size_t i = 0; i < p->n_delegates; i++) {
        const ScPDelegate *d = &p->delegates[i];
        ScFbRef vector = vector_write(w, d->payload, (size_t)d->n_bytes, 1, CONSTANT_ALIGN);
        uint32_t at = 0;
        while (at < n_data && vectors[at] != vector) {
            at++;
        }
        if (at == n_data) {
            vectors[n_data] = vector;
            sc_fb_table(w->fb, 1);
            sc_fb_ref(w->fb, SC_BYTES_DATA, vector);
            data[n_data++] = sc_fb_end(w->fb);
        }
        ScFbRef id = string_write(w, d->id), specs = specs_write(w, d);
        sc_fb_table(w->fb, 2); /* BackendDelegateDataReference: location 0 = inline */
        u32_field(w->fb, SC_PROCESSED_INDEX, at);
        ScFbRef processed = sc_fb_end(w->fb);
        sc_fb_table(w->fb, 3);
        sc_fb_ref(w->fb, SC_DELEGATE_ID, id);
        sc_fb_ref(w->fb, SC_DELEGATE_PROCESSED, processed);
        sc_fb_ref(w->fb, SC_DELEGATE_SPECS, specs);
        refs[i] = sc_fb_end(w->fb);
    }
    *out_data = sc_fb_refs(w->fb, data, n_data);
    return sc_fb_refs(w->fb, refs, p->n_delegates);
}

static ScFbRef io_write(Writer *w, const ScPIo *io, size_t n) {
    uint32_t *positions = SC_NEW_ARRAY(w->sc->arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        positions[i] = w->position[io[i].value];
    }
    return u32s_write(w, positions, n);
}

static ScFbRef plan_write(Writer *w, ScFbRef *out_delegate_data) {
    const ScProgram *p = w->program;
    uint64_t sizes[SC_MAX_MEMORIES + 1] = {0}; /* item 0 is the format's dummy */
    memcpy(sizes + 1, p->memory_bytes, p->n_memories * sizeof sizes[0]);
    ScFbRef values = values_write(w);
    ScFbRef operators = operators_write(w);
    ScFbRef chains = chains_write(w);
    ScFbRef delegates = delegates_write(w, out_delegate_data);
    ScFbRef inputs = io_write(w, p->inputs, p->n_inputs);
    ScFbRef outputs = io_write(w, p->outputs, p->n_outputs);
    ScFbRef memories = vector_write(w, sizes, p->n_memories + 1u, 8, 8);
    ScFbRef name = string_write(w, p->name);
    sc_fb_table(w->fb, SC_PLAN_N_FIELDS);
    sc_fb_ref(w->fb, SC_PLAN_NAME, name);
    sc_fb_ref(w->fb, SC_PLAN_VALUES, values);
    sc_fb_ref(w->fb, SC_PLAN_INPUTS, inputs);
    sc_fb_ref(w->fb, SC_PLAN_OUTPUTS, outputs);
    sc_fb_ref(w->fb, SC_PLAN_CHAINS, chains);
    sc_fb_ref(w->fb, SC_PLAN_OPERATORS, operators);
    sc_fb_ref(w->fb, SC_PLAN_DELEGATES, delegates);
    sc_fb_ref(w->fb, SC_PLAN_MEMORY_SIZES, memories);
    ScFbRef plan = sc_fb_end(w->fb);
    return sc_fb_refs(w->fb, &plan, 1);
}

/* ---- the file
 * ------------------------------------------------------------------------------- */

enum { MAX_SEGMENTS = 3 };

typedef struct Segments {
    ScBuf bytes;
    uint64_t offset[MAX_SEGMENTS], size[MAX_SEGMENTS];
    uint32_t n;
} Segments;

static uint32_t segment_add(Segments *segments, const ScBuf *part) {
    buf_align(&segments->bytes, SEGMENT_ALIGN);
    segments->offset[segments->n] = segments->bytes.len;
    segments->size[segments->n] = part->len;
    sc_buf_bytes(&segments->bytes, part->data, part->len);
    return segments->n++;
}

static ScFbRef segments_write(Writer *w, const Segments *segments) {
    ScFbRef refs[MAX_SEGMENTS] = {0};
    for (uint32_t i = 0; i < segments->n; i++) {
        sc_fb_table(w->fb, 2);
        sc_fb_u64(w->fb, SC_SEGMENT_OFFSET, segments->offset[i]);
        sc_fb_u64(w->fb, SC_SEGMENT_SIZE, segments->size[i]);
        refs[i] = sc_fb_end(w->fb);
    }
    return sc_fb_refs(w->fb, refs, segments->n);
}

static ScFbRef subsegment_write(Writer *w, const Parts *parts, uint32_t segment) {
    ScFbRef offsets = vector_write(w, parts->offsets, parts->n, 8, 8);
    sc_fb_table(w->fb, 2);
    u32_field(w->fb, SC_SUBSEGMENT_INDEX, segment);
    sc_fb_ref(w->fb, SC_SUBSEGMENT_OFFSETS, offsets);
    return sc_fb_end(w->fb);
}

static ScFbRef named_write(Writer *w, uint32_t segment) {
    ScFbRef key = string_write(w, SC_IO_KEY);
    sc_fb_table(w->fb, 2);
    sc_fb_ref(w->fb, SC_NAMED_KEY, key);
    u32_field(w->fb, SC_NAMED_SEGMENT, segment);
    ScFbRef named = sc_fb_end(w->fb);
    return sc_fb_refs(w->fb, &named, 1);
}

static ScBuf program_write(Writer *w, Segments *segments) {
    ScFbRef data = NONE, state = NONE;
    ScFbRef plans = plan_write(w, &data);
    ScBuf io = io_segment(w);
    ScFbRef constants =
        subsegment_write(w, &w->constants, segment_add(segments, &w->constants.bytes));
    if (w->state.n > 1) {
        ScFbRef part =
            subsegment_write(w, &w->state, segment_add(segments, &w->state.bytes));
        state = sc_fb_refs(w->fb, &part, 1);
    }
    ScFbRef named = named_write(w, segment_add(segments, &io));
    ScFbRef table = segments_write(w, segments);
    sc_fb_table(w->fb, SC_PROGRAM_N_FIELDS);
    sc_fb_ref(w->fb, SC_PROGRAM_PLANS, plans);
    sc_fb_ref(w->fb, SC_PROGRAM_DELEGATE_DATA, data);
    sc_fb_ref(w->fb, SC_PROGRAM_SEGMENTS, table);
    sc_fb_ref(w->fb, SC_PROGRAM_CONSTANT_SEGMENT, constants);
    if (state != NONE) {
        sc_fb_ref(w->fb, SC_PROGRAM_MUTABLE_SEGMENTS, state);
    }
    sc_fb_ref(w->fb, SC_PROGRAM_NAMED_DATA, named);
    ScFbRef root = sc_fb_end(w->fb);
    return sc_fb_finish(w->fb, root, "ET12", SC_HEADER_BYTES);
}

static void u64_put(ScBuf *buf, uint64_t value) {
    u32_put(buf, (uint32_t)value);
    u32_put(buf, (uint32_t)(value >> 32));
}

static void header_fill(Writer *w, ScBuf *program, uint64_t base, uint64_t data) {
    ScBuf header = sc_buf(w->sc->arena);
    sc_buf_str(&header, "eh00");
    u32_put(&header, SC_HEADER_BYTES);
    u64_put(&header, program->len);
    u64_put(&header, base);
    u64_put(&header, data);
    memcpy(program->data + SC_HEADER_MAGIC_AT, header.data, header.len);
}

static ScStatus input_check(Sc *sc, const ScProgram *program) {
    for (size_t i = 0; i < program->n_buffers; i++) {
        if (!program->buffers[i].planned) {
            return sc_fail(sc, SC_E_INTERNAL, "emit .pte",
                           sc_arena_fmt(sc->arena, "buffer %zu has no place in memory", i),
                           "sc_program_plan() wasn't called", NULL);
        }
    }
    uint64_t payloads = 0;
    for (size_t i = 0; i < program->n_delegates; i++) {
        payloads += program->delegates[i].n_bytes;
    }
    if (payloads > INT32_MAX / 2) {
        return sc_fail(sc, SC_E_UNSUPPORTED, "emit .pte",
                       "the delegate payloads don't fit into a flatbuffer",
                       "inline payloads share its 2 GiB", NULL);
    }
    return SC_OK;
}

ScStatus sc_emit_pte(Sc *sc, const ScProgram *program, ScBuf *out) {
    SC_TRY(input_check(sc, program));
    Writer writer = {.sc = sc, .program = program, .fb = sc_fb_new(sc->arena)};
    Segments segments = {.bytes = sc_buf(sc->arena)};
    uses_find(&writer);
    state_measure(&writer);
    parts_init(&writer.constants, sc->arena);
    parts_init(&writer.state, sc->arena);
    ScBuf flatbuffer = program_write(&writer, &segments);
    uint64_t base = sc_align_up(flatbuffer.len, (uint64_t)SEGMENT_ALIGN);
    header_fill(&writer, &flatbuffer, base, segments.bytes.len);
    sc_buf_bytes(out, flatbuffer.data, flatbuffer.len);
    sc_buf_zeros(out, (size_t)base - flatbuffer.len);
    sc_buf_bytes(out, segments.bytes.data, segments.bytes.len);
    return SC_OK;
}
