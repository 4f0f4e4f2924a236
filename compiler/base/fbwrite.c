/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes written so far stand at the end of `bytes`; `used` of them. Every
 * position is counted from the end, where the alignment of the finished file is
 * the same as from its start, because sc_fb_finish() makes the length a multiple
 * of the largest alignment. A table is laid out when it ends: widest fields last,
 * so that there are few holes and call order doesn't matter.
 */
#include "compiler/base/fbwrite.h"

#include <stdlib.h>
#include <string.h>

/* Offsets in a flatbuffer are 31 bits. */
static const size_t MAX_BYTES = INT32_MAX;

typedef struct Field {
    uint32_t id;
    uint32_t size;
    bool is_ref;
    uint64_t value;    /* bits, or an ScFbRef */
    uint32_t position; /* once laid out */
} Field;

struct ScFb {
    ScArena *arena;
    uint8_t *bytes;
    size_t cap, used;
    size_t max_align;
    bool broken; /* a contract was broken, or the file became too long */
    Field *fields;
    size_t n_fields, cap_fields;
    ScFbRef *vtables; /* positions of the different ones */
    size_t n_vtables, cap_vtables;
};

ScFb *sc_fb_new(ScArena *arena) {
    ScFb *fb = SC_NEW(arena, ScFb);
    fb->arena = arena;
    fb->max_align = 4;
    return fb;
}

/* n_bytes zeroed bytes in front of what is there; one spare byte behind it all. */
static uint8_t *push_bytes(ScFb *fb, size_t n_bytes) {
    if (fb->broken || n_bytes > MAX_BYTES - fb->used) {
        fb->broken = true;
        return NULL;
    }
    if (!fb->bytes || n_bytes > fb->cap - fb->used) {
        size_t cap = fb->cap < 512 ? 1024 : fb->cap * 2;
        while (cap - fb->used < n_bytes) {
            cap *= 2;
        }
        uint8_t *grown = sc_arena_alloc(fb->arena, cap + 1);
        if (fb->used) {
            memcpy(grown + cap - fb->used, fb->bytes + fb->cap - fb->used, fb->used);
        }
        fb->bytes = grown;
        fb->cap = cap;
    }
    fb->used += n_bytes;
    return fb->bytes + fb->cap - fb->used;
}

/* Pads so that what starts n_bytes in front of here is aligned. */
static void align_for(ScFb *fb, size_t n_bytes, size_t align) {
    fb->max_align = align > fb->max_align ? align : fb->max_align;
    size_t over = (fb->used + n_bytes) % align;
    if (over) {
        push_bytes(fb, align - over);
    }
}

static void push_uint(ScFb *fb, uint64_t value, size_t n_bytes) {
    uint8_t *p = push_bytes(fb, n_bytes);
    for (size_t i = 0; p && i < n_bytes; i++) {
        p[i] = (uint8_t)(value >> 8 * i);
    }
}

static ScFbRef here(const ScFb *fb) {
    return (ScFbRef)fb->used;
}

/* A reference counts from its own first byte. */
static void push_ref(ScFb *fb, ScFbRef ref) {
    fb->broken = fb->broken || ref == 0 || ref > fb->used;
    push_uint(fb, (uint64_t)fb->used + 4 - ref, 4);
}

/* ---- strings and vectors ---------------------------------------------------- */

ScFbRef sc_fb_string(ScFb *fb, const char *text) {
    size_t n = strlen(text);
    align_for(fb, n < MAX_BYTES ? n + 1 : 0, 4);
    uint8_t *p = push_bytes(fb, n < MAX_BYTES ? n + 1 : SIZE_MAX);
    if (p) {
        memcpy(p, text, n);
    }
    push_uint(fb, n, 4);
    return here(fb);
}

ScFbRef sc_fb_vector(ScFb *fb, const void *items, size_t n, size_t size, size_t align) {
    align = align < size ? size : align;
    align = align < 4 ? 4 : align;
    if (n > MAX_BYTES / size) {
        fb->broken = true;
        return 0;
    }
    align_for(fb, n * size, align);
    uint8_t *p = push_bytes(fb, n * size);
    if (p && n) {
        memcpy(p, items, n * size);
    }
    push_uint(fb, n, 4);
    return here(fb);
}

ScFbRef sc_fb_refs(ScFb *fb, const ScFbRef *items, size_t n) {
    align_for(fb, 0, 4);
    for (size_t i = n; i > 0; i--) {
        push_ref(fb, items[i - 1]);
    }
    push_uint(fb, n, 4);
    return here(fb);
}

/* ---- tables -------------------------------------------------------------------- */

void sc_fb_table(ScFb *fb, uint32_t n_fields) {
    (void)n_fields; /* the vtable ends with the last field that is there */
    fb->n_fields = 0;
}

static void field_set(ScFb *fb, uint32_t id, uint32_t size, bool is_ref, uint64_t value) {
    Field field = {.id = id, .size = size, .is_ref = is_ref, .value = value};
    for (size_t i = 0; i < fb->n_fields; i++) {
        if (fb->fields[i].id == id) {
            fb->fields[i] = field;
            return;
        }
    }
    SC_PUSH(fb->arena, fb->fields, fb->n_fields, fb->cap_fields, field);
}

void sc_fb_u8(ScFb *fb, uint32_t field, uint8_t value) {
    field_set(fb, field, 1, false, value);
}

void sc_fb_u32(ScFb *fb, uint32_t field, uint32_t value) {
    field_set(fb, field, 4, false, value);
}

void sc_fb_u64(ScFb *fb, uint32_t field, uint64_t value) {
    field_set(fb, field, 8, false, value);
}

void sc_fb_f64(ScFb *fb, uint32_t field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    field_set(fb, field, 8, false, bits);
}

void sc_fb_ref(ScFb *fb, uint32_t field, ScFbRef ref) {
    if (ref) {
        field_set(fb, field, 4, true, ref);
    }
}

/* The widest first, which lie at the end; then by id. */
static int compare_fields(const void *a, const void *b) {
    const Field *x = a, *y = b;
    if (x->size != y->size) {
        return x->size < y->size ? 1 : -1;
    }
    return (x->id < y->id) - (x->id > y->id);
}

static void push_field(ScFb *fb, Field *field) {
    align_for(fb, field->size, field->size);
    if (field->is_ref) {
        push_ref(fb, (ScFbRef)field->value);
    } else {
        push_uint(fb, field->value, field->size);
    }
    field->position = here(fb);
}

/* The vtable's 16-bit words: its bytes, the table's bytes, offsets of the fields. */
static size_t vtable_make(const ScFb *fb, ScFbRef table, ScFbRef end, uint8_t *out) {
    size_t n_words = 2;
    for (size_t i = 0; i < fb->n_fields; i++) {
        const Field *field = &fb->fields[i];
        size_t word = 2 + (size_t)field->id, offset = table - field->position;
        out[2 * word] = (uint8_t)offset;
        out[2 * word + 1] = (uint8_t)(offset >> 8);
        n_words = word + 1 > n_words ? word + 1 : n_words;
    }
    size_t sizes[2] = {2 * n_words, table - end};
    for (size_t i = 0; i < 2; i++) {
        out[2 * i] = (uint8_t)sizes[i];
        out[2 * i + 1] = (uint8_t)(sizes[i] >> 8);
    }
    return 2 * n_words;
}

static size_t vtable_room(const ScFb *fb) {
    size_t room = 4;
    for (size_t i = 0; i < fb->n_fields; i++) {
        size_t need = 2 * (3 + (size_t)fb->fields[i].id);
        room = need > room ? need : room;
    }
    return room;
}

/* Position of an equal vtable, which may be written now. */
static ScFbRef vtable_place(ScFb *fb, const uint8_t *vtable, size_t n_bytes) {
    for (size_t i = 0; i < fb->n_vtables; i++) {
        const uint8_t *old = fb->bytes + fb->cap - fb->vtables[i];
        if ((size_t)(old[0] | old[1] << 8) == n_bytes &&
            memcmp(old, vtable, n_bytes) == 0) {
            return fb->vtables[i];
        }
    }
    uint8_t *p = push_bytes(fb, n_bytes);
    if (p) {
        memcpy(p, vtable, n_bytes);
        SC_PUSH(fb->arena, fb->vtables, fb->n_vtables, fb->cap_vtables, here(fb));
    }
    return here(fb);
}

ScFbRef sc_fb_end(ScFb *fb) {
    ScFbRef end = here(fb);
    if (fb->n_fields) {
        qsort(fb->fields, fb->n_fields, sizeof fb->fields[0], compare_fields);
    }
    for (size_t i = 0; i < fb->n_fields; i++) {
        push_field(fb, &fb->fields[i]);
    }
    align_for(fb, 4, 4);
    push_uint(fb, 0, 4); /* where the vtable is: known below */
    ScFbRef table = here(fb);
    size_t room = vtable_room(fb);
    if (room > UINT16_MAX || table - end > UINT16_MAX) {
        fb->broken = true;
    }
    if (fb->broken) {
        return 0;
    }
    uint8_t *vtable = sc_arena_alloc(fb->arena, room);
    size_t n_bytes = vtable_make(fb, table, end, vtable);
    ScFbRef place = vtable_place(fb, vtable, n_bytes);
    uint32_t distance = place - table; /* signed 32 bits; negative wraps as it should */
    for (int i = 0; i < 4 && !fb->broken; i++) {
        fb->bytes[fb->cap - table + (size_t)i] = (uint8_t)(distance >> 8 * i);
    }
    return table;
}

ScBuf sc_fb_finish(ScFb *fb, ScFbRef root, const char identifier[4], uint32_t reserve) {
    align_for(fb, (size_t)reserve + 8, fb->max_align);
    push_bytes(fb, reserve);
    uint8_t *p = push_bytes(fb, 4);
    if (p) {
        memcpy(p, identifier, 4);
    }
    push_ref(fb, root);
    if (fb->broken) {
        return sc_buf(fb->arena);
    }
    return (ScBuf){.arena = fb->arena,
                   .data = (char *)fb->bytes + fb->cap - fb->used,
                   .len = fb->used,
                   .cap = fb->used + 1};
}
