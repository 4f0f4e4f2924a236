/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a .pte file, and the segments behind them: constants, first values
 * of state, "sconce.io". Vectors, strings and allocation tables with equal
 * contents are written once: a flatbuffer may refer to one object from many
 * places. See pte.c.
 */
#include <string.h>

#include "compiler/emit/pte_write.h"
#include "runtime/schema.h"

enum { NONE = 0 };

/* ---- objects written once ------------------------------------------------------------ */

static ScFbRef written_find(const ScPteWritten *list, size_t n_list, const void *bytes,
                            size_t n_bytes, size_t n, size_t align) {
    for (size_t i = 0; i < n_list; i++) {
        const ScPteWritten *item = &list[i];
        if (item->n_bytes == n_bytes && item->n == n && item->align == align &&
            (n_bytes == 0 || memcmp(item->bytes, bytes, n_bytes) == 0)) {
            return item->ref;
        }
    }
    return NONE;
}

ScFbRef sc_pte_vector(ScPteWriter *w, const void *items, size_t n, size_t size,
                      size_t align) {
    ScFbRef ref = written_find(w->vectors, w->n_vectors, items, n * size, n, align);
    if (ref == NONE) {
        ref = sc_fb_vector(w->fb, items, n, size, align);
        ScPteWritten item = {.n_bytes = n * size, .n = n, .align = align, .ref = ref};
        item.bytes = sc_arena_copy(w->sc->arena, items, n * size);
        SC_PUSH(w->sc->arena, w->vectors, w->n_vectors, w->cap_vectors, item);
    }
    return ref;
}

/* align 0 marks strings among the vectors: they end with a 0. */
ScFbRef sc_pte_string(ScPteWriter *w, const char *text) {
    size_t n = strlen(text);
    ScFbRef ref = written_find(w->vectors, w->n_vectors, text, n, n, 0);
    if (ref == NONE) {
        ref = sc_fb_string(w->fb, text);
        ScPteWritten item = {.bytes = text, .n_bytes = n, .n = n, .align = 0, .ref = ref};
        SC_PUSH(w->sc->arena, w->vectors, w->n_vectors, w->cap_vectors, item);
    }
    return ref;
}

static ScFbRef place_write(ScPteWriter *w, uint32_t memory, uint64_t offset) {
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
    ScPteWritten item = {
        .n_bytes = sizeof key, .n = 2, .align = 0, .ref = sc_fb_end(w->fb)};
    item.bytes = sc_arena_copy(w->sc->arena, key, sizeof key);
    SC_PUSH(w->sc->arena, w->places, w->n_places, w->cap_places, item);
    return item.ref;
}

/* ---- segments --------------------------------------------------------------------------
 */

void sc_pte_align(ScBuf *buf, size_t align) {
    sc_buf_zeros(buf, (align - buf->len % align) % align);
}

void sc_pte_parts_init(ScPteParts *parts, ScArena *arena) {
    *parts = (ScPteParts){.bytes = sc_buf(arena)};
    SC_PUSH(arena, parts->offsets, parts->n, parts->cap, 0);
}

static uint32_t part_add(ScArena *arena, ScPteParts *parts, uint64_t offset) {
    SC_PUSH(arena, parts->offsets, parts->n, parts->cap, offset);
    return (uint32_t)parts->n - 1;
}

static uint32_t constant_write(ScPteWriter *w, uint32_t index) {
    if (w->constant_part[index] == 0) {
        const ScPConst *c = &w->program->constants[index];
        sc_pte_align(&w->constants.bytes, SC_PTE_CONSTANT_ALIGN);
        uint64_t offset = w->constants.bytes.len;
        sc_buf_bytes(&w->constants.bytes, c->data, (size_t)c->n_bytes);
        w->constant_part[index] = part_add(w->sc->arena, &w->constants, offset);
    }
    return w->constant_part[index];
}

/* Where the first value of a state buffer lies in the segment. Equal constants
 * are written once; all zero states share one run of zeros. */
static uint64_t state_bytes_write(ScPteWriter *w, const ScPBuffer *buffer) {
    uint64_t *at =
        buffer->initial == SC_PID_NONE ? &w->zeros_at : &w->initial_at[buffer->initial];
    if (*at == 0) {
        sc_pte_align(&w->state.bytes, SC_PTE_CONSTANT_ALIGN);
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
static uint32_t state_write(ScPteWriter *w, const ScPTensor *t) {
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

void sc_pte_u32_put(ScBuf *buf, uint32_t value) {
    u16_put(buf, value & 0xffff);
    u16_put(buf, value >> 16);
}

static void f32_put(ScBuf *buf, double value) {
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    sc_pte_u32_put(buf, bits);
}

static void io_record(ScBuf *records, ScBuf *names, size_t names_at, const ScPIo *io) {
    const char *name = io->name ? io->name : "";
    f32_put(records, io->scale);
    sc_pte_u32_put(records, (uint32_t)(int32_t)io->zero_point);
    sc_pte_u32_put(records, (uint32_t)(names_at + names->len));
    sc_pte_u32_put(records, (uint32_t)io->layout); /* u8 and three zero bytes */
    sc_buf_bytes(names, name, strlen(name) + 1);
}

ScBuf sc_pte_io_segment(ScPteWriter *w) {
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

static ScFbRef tensor_write(ScPteWriter *w, const ScPTensor *t) {
    int32_t sizes[SC_MAX_RANK] = {0};
    memcpy(sizes, t->sizes, sizeof sizes);
    ScFbRef sizes_ref = sc_pte_vector(w, sizes, t->rank, 4, 4);
    ScFbRef order_ref = sc_pte_vector(w, t->dim_order, t->rank, 1, 1);
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
        ScFbRef name = sc_pte_string(w, t->fqn);
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
static ScFbRef items_write(ScPteWriter *w, const ScPValue *v) {
    size_t size = v->kind == SC_P_INTS ? 8 : 4;
    uint64_t *wide = SC_NEW_ARRAY(w->sc->arena, uint64_t, v->n);
    uint32_t *narrow = SC_NEW_ARRAY(w->sc->arena, uint32_t, v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        ScPid item = v->as.items[i];
        narrow[i] = item == SC_PID_NONE ? UINT32_MAX : w->position[item]; /* -1 = None */
        wide[i] = narrow[i];
    }
    return v->kind == SC_P_INTS ? sc_pte_vector(w, wide, v->n, size, size)
                                : sc_pte_vector(w, narrow, v->n, size, size);
}

static ScFbRef bools_write(ScPteWriter *w, const ScPValue *v) {
    uint8_t *bytes = SC_NEW_ARRAY(w->sc->arena, uint8_t, v->n);
    for (uint32_t i = 0; i < v->n; i++) {
        bytes[i] = v->as.bools[i];
    }
    return sc_pte_vector(w, bytes, v->n, 1, 1);
}

/* The table behind an EValue: one field, or none for Null. */
static ScFbRef payload_write(ScPteWriter *w, const ScPValue *v) {
    ScFbRef ref = NONE;
    if (v->kind == SC_P_TENSOR) {
        return tensor_write(w, v->as.tensor);
    }
    if (v->kind == SC_P_STRING) {
        ref = sc_pte_string(w, v->as.s);
    } else if (v->kind == SC_P_DOUBLES) {
        ref = sc_pte_vector(w, v->as.doubles, v->n, 8, 8);
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

ScFbRef sc_pte_values(ScPteWriter *w) {
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
