/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning: two open-addressing hash tables beside the Program, one of values,
 * one of constants. A table holds positions in arrays that only grow, so
 * nothing is ever removed from it. Scalars compare bit for bit: 0.0 and -0.0
 * are two values, a NaN equals itself.
 */
#include "compiler/program/intern.h"

#include <string.h>

typedef struct IdTable {
    uint64_t *hashes;
    uint32_t *ids; /* id + 1; 0 = free */
    size_t n, cap; /* cap is a power of two */
} IdTable;

struct ScPIndex {
    IdTable values, constants;
};

/* ---- tables ------------------------------------------------------------------- */

static void table_put(IdTable *table, uint64_t hash, uint32_t id) {
    size_t slot = (size_t)hash & (table->cap - 1);
    while (table->ids[slot]) {
        slot = (slot + 1) & (table->cap - 1);
    }
    table->hashes[slot] = hash;
    table->ids[slot] = id + 1;
}

static void table_add(ScArena *arena, IdTable *table, uint64_t hash, uint32_t id) {
    if (table->n * 2 >= table->cap) {
        IdTable old = *table;
        table->cap = old.cap ? old.cap * 2 : 64;
        table->hashes = SC_NEW_ARRAY(arena, uint64_t, table->cap);
        table->ids = SC_NEW_ARRAY(arena, uint32_t, table->cap);
        for (size_t i = 0; i < old.cap; i++) {
            if (old.ids[i]) {
                table_put(table, old.hashes[i], old.ids[i] - 1);
            }
        }
    }
    table_put(table, hash, id);
    table->n++;
}

static struct ScPIndex *program_index(ScProgram *program) {
    if (!program->index) {
        program->index = SC_NEW(program->arena, struct ScPIndex);
    }
    return program->index;
}

/* ---- hashes ------------------------------------------------------------------- */

/* FNV-1a over 8-byte words, then over the bytes that are left; 64-bit prime and
 * basis as published (RFC 9923). */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n_bytes) {
    const uint64_t prime = 0x100000001b3u;
    const unsigned char *p = bytes;
    for (; n_bytes >= 8; n_bytes -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        hash = (hash ^ word) * prime;
        hash ^= hash >> 32; /* words only carry upwards: bring them down again */
    }
    for (; n_bytes; n_bytes--, p++) {
        hash = (hash ^ *p) * prime;
    }
    return hash;
}

static uint64_t hash_u64(uint64_t hash, uint64_t value) {
    return hash_bytes(hash, &value, sizeof value);
}

static uint64_t hash_tensor(uint64_t hash, const ScPTensor *t) {
    hash = hash_u64(hash, (uint64_t)t->dtype << 32 | t->index);
    hash = hash_bytes(hash, t->sizes, t->rank * sizeof t->sizes[0]);
    return hash_bytes(hash, t->dim_order, t->rank);
}

static const uint64_t hash_start = 0xcbf29ce484222325u;

static uint64_t value_hash(const ScPValue *v) {
    uint64_t hash = hash_u64(hash_start, (uint64_t)v->kind << 32 | v->n);
    switch (v->kind) {
    case SC_P_NULL:
        return hash;
    case SC_P_INT:
        return hash_u64(hash, (uint64_t)v->as.i);
    case SC_P_BOOL:
        return hash_u64(hash, v->as.b);
    case SC_P_DOUBLE:
        return hash_bytes(hash, &v->as.d, sizeof v->as.d);
    case SC_P_TENSOR:
        return hash_tensor(hash, v->as.tensor);
    case SC_P_STRING:
        return hash_bytes(hash, v->as.s, strlen(v->as.s));
    case SC_P_INTS:
    case SC_P_TENSORS:
    case SC_P_OPTIONAL_TENSORS:
        return hash_bytes(hash, v->as.items, v->n * sizeof v->as.items[0]);
    case SC_P_DOUBLES:
        return hash_bytes(hash, v->as.doubles, v->n * sizeof v->as.doubles[0]);
    case SC_P_BOOLS:
        return hash_bytes(hash, v->as.bools, v->n * sizeof v->as.bools[0]);
    }
    return hash;
}

/* ---- equality ----------------------------------------------------------------- */

static bool bytes_equal(const void *a, const void *b, size_t n_bytes) {
    return n_bytes == 0 || memcmp(a, b, n_bytes) == 0;
}

static bool tensor_equal(const ScPTensor *a, const ScPTensor *b) {
    return a->storage == SC_P_CONST && b->storage == SC_P_CONST && a->index == b->index &&
           a->dtype == b->dtype && a->rank == b->rank && a->byte_offset == b->byte_offset &&
           a->dynamism == b->dynamism &&
           bytes_equal(a->sizes, b->sizes, a->rank * sizeof a->sizes[0]) &&
           bytes_equal(a->dim_order, b->dim_order, a->rank);
}

static bool value_equal(const ScPValue *a, const ScPValue *b) {
    if (a->kind != b->kind || a->n != b->n) {
        return false;
    }
    switch (a->kind) {
    case SC_P_NULL:
        return true;
    case SC_P_INT:
        return a->as.i == b->as.i;
    case SC_P_BOOL:
        return a->as.b == b->as.b;
    case SC_P_DOUBLE:
        return bytes_equal(&a->as.d, &b->as.d, sizeof a->as.d);
    case SC_P_TENSOR:
        return tensor_equal(a->as.tensor, b->as.tensor);
    case SC_P_STRING:
        return strcmp(a->as.s, b->as.s) == 0;
    case SC_P_INTS:
    case SC_P_TENSORS:
    case SC_P_OPTIONAL_TENSORS:
        return bytes_equal(a->as.items, b->as.items, a->n * sizeof a->as.items[0]);
    case SC_P_DOUBLES:
        return bytes_equal(a->as.doubles, b->as.doubles, a->n * sizeof a->as.doubles[0]);
    case SC_P_BOOLS:
        return bytes_equal(a->as.bools, b->as.bools, a->n * sizeof a->as.bools[0]);
    }
    return false;
}

/* ---- values and constants ------------------------------------------------------- */

static ScPid value_find(const ScProgram *program, const ScPValue *value, uint64_t hash) {
    if (!program->index || program->index->values.cap == 0) {
        return SC_PID_NONE;
    }
    const IdTable *table = &program->index->values;
    for (size_t slot = (size_t)hash & (table->cap - 1); table->ids[slot];
         slot = (slot + 1) & (table->cap - 1)) {
        uint32_t id = table->ids[slot] - 1;
        if (table->hashes[slot] == hash && value_equal(&program->values[id], value)) {
            return id;
        }
    }
    return SC_PID_NONE;
}

ScPid sc_value_find(const ScProgram *program, const ScPValue *value) {
    return value_find(program, value, value_hash(value));
}

ScPid sc_value_add_own(ScProgram *program, const ScPValue *value) {
    ScPid id = (ScPid)program->n_values;
    SC_PUSH(program->arena, program->values, program->n_values, program->cap_values,
            *value);
    return id;
}

ScPid sc_value_add(ScProgram *program, const ScPValue *value) {
    uint64_t hash = value_hash(value);
    bool first = value_find(program, value, hash) == SC_PID_NONE;
    ScPid id = sc_value_add_own(program, value);
    bool shared = value->kind != SC_P_TENSOR || value->as.tensor->storage == SC_P_CONST;
    if (first && shared) {
        table_add(program->arena, &program_index(program)->values, hash, id);
    }
    return id;
}

uint32_t sc_const_add(ScProgram *program, const void *data, uint64_t n_bytes) {
    ScPConst item = {.data = data, .n_bytes = n_bytes};
    uint32_t id = (uint32_t)program->n_constants;
    SC_PUSH(program->arena, program->constants, program->n_constants,
            program->cap_constants, item);
    return id;
}

uint32_t sc_const_intern(ScProgram *program, const void *data, uint64_t n_bytes) {
    uint64_t hash = hash_bytes(hash_u64(hash_start, n_bytes), data, (size_t)n_bytes);
    IdTable *table = &program_index(program)->constants;
    for (size_t slot = (size_t)hash & (table->cap - 1); table->cap && table->ids[slot];
         slot = (slot + 1) & (table->cap - 1)) {
        const ScPConst *c = &program->constants[table->ids[slot] - 1];
        if (table->hashes[slot] == hash && c->n_bytes == n_bytes &&
            bytes_equal(c->data, data, (size_t)n_bytes)) {
            return table->ids[slot] - 1;
        }
    }
    uint32_t id = sc_const_add(program, data, n_bytes);
    table_add(program->arena, table, hash, id);
    return id;
}

uint32_t sc_operator_intern(ScProgram *program, const char *name) {
    for (size_t i = 0; i < program->n_operators; i++) {
        if (strcmp(program->operators[i], name) == 0) {
            return (uint32_t)i;
        }
    }
    const char *copy = sc_arena_str(program->arena, name);
    SC_PUSH(program->arena, program->operators, program->n_operators,
            program->cap_operators, copy);
    return (uint32_t)program->n_operators - 1;
}
