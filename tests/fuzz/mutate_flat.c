/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in mutate_flat.h. Schemas: program.fbs, flat_tensor.fbs and
 * bundled_program_schema.fbs of ExecuTorch 1.5. */
#include "mutate_flat.h"

#include <stdbool.h>
#include <string.h>

/* ---- schemas --------------------------------------------------------------------- */

enum {
    NONE,
    /* FLAT_* come first: they are the roots */
    PLAN = FLAT_BUNDLED + 1,
    VALUE,
    TENSOR,
    ALLOCATION,
    EXTRA,
    NUMBER8,
    NUMBER1,
    TEXT,
    LONGS,
    BYTES,
    WORDS,
    CHAIN,
    INSTRUCTION,
    CALL,
    PAIR,
    OPERATOR,
    DELEGATE,
    PROCESSED,
    SPEC,
    SEGMENT,
    SUBSEGMENT,
    NAMED,
    LAYOUT,
    SUITE,
    CASE,
    BUNDLED_VALUE,
    BUNDLED_TENSOR,
    N_TABLES
};

/* A letter a field: 1 4 8 number, s string, b w q vector of 1, 4, 8 bytes, t table, v
 * vector of tables, u union whose kind is the field before. */
typedef struct Shape {
    const char *letters;
    uint8_t child[12]; /* of t and v; of u: per kind, in `kinds` */
    const uint8_t *kinds;
} Shape;

static const uint8_t value_kinds[12] = {NONE, NONE,  NUMBER8, NUMBER1, NUMBER8, TENSOR,
                                        TEXT, LONGS, LONGS,   BYTES,   WORDS,   WORDS};
static const uint8_t instruction_kinds[12] = {NONE, CALL, CALL, PAIR, PAIR, PAIR};
static const uint8_t bundled_kinds[12] = {NONE, BUNDLED_TENSOR, NUMBER8, NUMBER1, NUMBER8};

static const Shape shapes[N_TABLES] = {
    [NONE] = {"", {0}, NULL},
    [FLAT_PROGRAM] = {"4vvvvtvv",
                      {0, PLAN, BYTES, BYTES, SEGMENT, SUBSEGMENT, SUBSEGMENT, NAMED},
                      NULL},
    [FLAT_DATA] = {"4vv", {0, SEGMENT, NAMED}, NULL},
    [FLAT_BUNDLED] = {"4vb", {0, SUITE}, NULL},
    [PLAN] = {"stvwwvvvq", {0, TEXT, VALUE, 0, 0, CHAIN, OPERATOR, DELEGATE}, NULL},
    [VALUE] = {"1u", {0}, value_kinds},
    [TENSOR] = {"14wb14t11t", {0, 0, 0, 0, 0, 0, ALLOCATION, 0, 0, EXTRA}, NULL},
    [ALLOCATION] = {"444", {0}, NULL},
    [EXTRA] = {"8s111", {0}, NULL},
    [NUMBER8] = {"8", {0}, NULL},
    [NUMBER1] = {"1", {0}, NULL},
    [TEXT] = {"s", {0}, NULL},
    [LONGS] = {"q", {0}, NULL},
    [BYTES] = {"b", {0}, NULL},
    [WORDS] = {"w", {0}, NULL},
    [CHAIN] = {"wwv", {0, 0, INSTRUCTION}, NULL},
    [INSTRUCTION] = {"1u", {0}, instruction_kinds},
    [CALL] = {"4w", {0}, NULL},
    [PAIR] = {"44", {0}, NULL},
    [OPERATOR] = {"ss", {0}, NULL},
    [DELEGATE] = {"stv", {0, PROCESSED, SPEC}, NULL},
    [PROCESSED] = {"14", {0}, NULL},
    [SPEC] = {"sb", {0}, NULL},
    [SEGMENT] = {"88", {0}, NULL},
    [SUBSEGMENT] = {"4q", {0}, NULL},
    [NAMED] = {"s4t", {0, 0, LAYOUT}, NULL},
    [LAYOUT] = {"1wb", {0}, NULL},
    [SUITE] = {"sv", {0, CASE}, NULL},
    [CASE] = {"vv", {BUNDLED_VALUE, BUNDLED_VALUE}, NULL},
    [BUNDLED_VALUE] = {"1u", {0}, bundled_kinds},
    [BUNDLED_TENSOR] = {"1wbb", {0}, NULL},
};

/* ---- the walk ---------------------------------------------------------------------- */

enum { MAX_SLOTS = 4096, MAX_DEPTH = 12, MAX_ITEMS = 256 };
typedef enum SlotKind { SLOT_NUMBER, SLOT_REF, SLOT_LENGTH, SLOT_ENTRY } SlotKind;

typedef struct Slot {
    uint32_t at;
    uint8_t size;
    uint8_t kind;
    uint8_t type; /* of a reference: what it leads to */
} Slot;

typedef struct Walk {
    uint8_t *data;
    uint32_t n_bytes;
    uint64_t *state;
    Slot slots[MAX_SLOTS];
    size_t n_slots;
} Walk;

size_t flat_pick(uint64_t *state, size_t n) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(*state >> 33) % n;
}

static uint64_t load(const Walk *w, uint32_t at, uint32_t size) {
    uint64_t value = 0;
    if (at <= w->n_bytes && size <= w->n_bytes - at) {
        memcpy(&value, w->data + at, size); /* of a little-endian host */
    }
    return value;
}

static void note(Walk *w, uint32_t at, uint8_t size, SlotKind kind, uint8_t type) {
    if (at <= w->n_bytes && size <= w->n_bytes - at && w->n_slots < MAX_SLOTS) {
        w->slots[w->n_slots++] = (Slot){at, size, (uint8_t)kind, type};
    }
}

static void table_walk(Walk *w, uint32_t at, uint8_t type, int depth);

static uint8_t letter_type(char letter) {
    return (uint8_t)(N_TABLES + letter % 32);
}

static void vector_walk(Walk *w, uint32_t at, char letter, uint8_t child, int depth) {
    uint8_t size = letter == 'q' ? 8 : letter == 'b' || letter == 's' ? 1 : 4;
    uint32_t n = (uint32_t)load(w, at, 4);
    note(w, at, 4, SLOT_LENGTH, 0);
    for (uint32_t i = 0; i < n && i < MAX_ITEMS; i++) {
        uint32_t item = at + 4 + size * i;
        if (item >= w->n_bytes) {
            return;
        }
        if (letter == 'v') {
            note(w, item, 4, SLOT_REF, child);
            table_walk(w, item + (uint32_t)load(w, item, 4), child, depth + 1);
        } else if (letter != 's') {
            note(w, item, size, SLOT_NUMBER, 0);
        }
    }
}

static void field_walk(Walk *w, uint32_t at, char letter, uint8_t child, int depth) {
    if (letter == '1' || letter == '4' || letter == '8') {
        note(w, at, (uint8_t)(letter - '0'), SLOT_NUMBER, 0);
        return;
    }
    bool table = letter == 't' || letter == 'u';
    uint32_t target = at + (uint32_t)load(w, at, 4);
    note(w, at, 4, SLOT_REF, table ? child : letter_type(letter));
    if (table) {
        table_walk(w, target, child, depth + 1);
    } else {
        vector_walk(w, target, letter, child, depth);
    }
}

static void table_walk(Walk *w, uint32_t at, uint8_t type, int depth) {
    const Shape *shape = &shapes[type];
    if (depth > MAX_DEPTH || at >= w->n_bytes) {
        return;
    }
    uint32_t vtable = at - (uint32_t)load(w, at, 4);
    uint32_t n_entries = (uint32_t)load(w, vtable, 2), kind = 0;
    note(w, vtable, 2, SLOT_ENTRY, 0);
    for (uint32_t i = 0; shape->letters[i] && 4 + 2 * i + 2 <= n_entries; i++) {
        uint32_t entry = vtable + 4 + 2 * i;
        uint32_t offset = (uint32_t)load(w, entry, 2);
        note(w, entry, 2, SLOT_ENTRY, 0);
        if (!offset) {
            continue;
        }
        uint8_t child =
            shape->letters[i] == 'u' ? shape->kinds[kind % 12] : shape->child[i];
        field_walk(w, at + offset, shape->letters[i], child, depth);
        kind = (uint32_t)load(w, at + offset, 1);
    }
}

/* ---- changes ------------------------------------------------------------------------ */

static uint64_t odd_number(Walk *w, uint64_t near) {
    static const uint64_t odd[] = {
        0,   1,     2,     3,          4,          5,          7,          8,
        10,  11,    15,    16,         17,         127,        128,        255,
        256, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, UINT64_MAX};
    size_t n = sizeof odd / sizeof odd[0];
    size_t i = flat_pick(w->state, n + 8);
    if (i < n) {
        return odd[i];
    }
    return i < n + 3   ? near + 1
           : i < n + 6 ? near - 1
                       : near ^ (1u << flat_pick(w->state, 31));
}

/* Another slot of the same kind, size and type, or the same one. */
static const Slot *fellow(Walk *w, const Slot *slot) {
    for (int tries = 0; tries < 50; tries++) {
        const Slot *other = &w->slots[flat_pick(w->state, w->n_slots)];
        if (other != slot && other->kind == slot->kind && other->size == slot->size &&
            other->type == slot->type) {
            return other;
        }
    }
    return slot;
}

static void slot_change(Walk *w, const Slot *slot) {
    uint64_t value = load(w, slot->at, slot->size);
    const Slot *other = fellow(w, slot);
    bool borrow = flat_pick(w->state, 3) != 0;
    if (slot->kind == SLOT_REF && borrow) { /* what another one refers to */
        value = other->at + load(w, other->at, 4) - slot->at;
    } else if (slot->kind == SLOT_ENTRY && borrow) {
        value = flat_pick(w->state, 2) ? 0 : load(w, other->at, 2);
    } else if (slot->kind == SLOT_NUMBER && borrow) {
        value = load(w, other->at, slot->size);
    } else {
        value = odd_number(w, value);
    }
    memcpy(w->data + slot->at, &value, slot->size);
}

int flat_mutate(uint8_t *data, size_t n_bytes, int root, uint64_t *state) {
    static Walk w; /* too large for a stack */
    w.data = data;
    w.n_bytes = (uint32_t)n_bytes;
    w.state = state;
    for (size_t n = 1 + flat_pick(state, 4); n > 0; n--) {
        w.n_slots = 0;
        table_walk(&w, (uint32_t)load(&w, 0, 4), (uint8_t)root, 0);
        for (uint32_t at = 8; at < 48; at += 8) { /* the headers' numbers */
            note(&w, at, 8, SLOT_NUMBER, 0);
        }
        if (w.n_slots == 0) {
            return 0;
        }
        slot_change(&w, &w.slots[flat_pick(state, w.n_slots)]);
    }
    return 1;
}

size_t flat_program_in_bundle(const uint8_t *data, size_t n_bytes, size_t *out_bytes) {
    static Walk w;
    w.data = (uint8_t *)(uintptr_t)data;
    w.n_bytes = (uint32_t)n_bytes;
    uint32_t root = (uint32_t)load(&w, 0, 4);
    uint32_t vtable = root - (uint32_t)load(&w, root, 4);
    uint32_t offset = (uint32_t)load(&w, vtable + 4 + 2 * 2, 2);
    uint32_t vector = root + offset + (uint32_t)load(&w, root + offset, 4);
    uint32_t n = (uint32_t)load(&w, vector, 4);
    *out_bytes = n;
    return offset && vector < n_bytes - 4 && n <= n_bytes - vector - 4 ? vector + 4u : 0;
}
