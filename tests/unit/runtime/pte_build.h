/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds small .pte files by hand for the runtime's tests: a program is
 * described by tables of values and instructions, and written front to back,
 * parents before children. Where things landed is kept, so that a test can
 * damage one field of a sound file.
 */
#ifndef SC_TESTS_PTE_BUILD_H
#define SC_TESTS_PTE_BUILD_H

#include <string.h>

#include "runtime/flatbuf.h"
#include "runtime/schema.h"
#include "sconce/runtime.h"

enum { PTE_CAPACITY = 16384, PTE_MAX = 24 };

typedef struct PteValue {
    uint32_t kind;    /* SC_KIND_* */
    int64_t i;        /* Int, Bool */
    double d;         /* Double */
    const char *text; /* String */
    int64_t items[6]; /* of a list; -1 = None; Doubles: numbers */
    uint32_t n;       /* items of a list, rank of a tensor */
    uint8_t dtype;    /* of a tensor */
    int32_t sizes[4];
    uint32_t data;   /* index of a constant or first value, 0 = none */
    uint32_t memory; /* 1-based, 0 = not planned */
    uint32_t offset;
    uint8_t dynamism;
    bool extra; /* with an ExtraTensorInfo */
} PteValue;

typedef struct PteInst {
    uint32_t kind;   /* SC_CALL_* */
    uint32_t index;  /* operator; Move: from; Jump: condition; Free: value */
    uint32_t target; /* Move: to; Jump: instruction */
    uint32_t n_args;
    uint32_t args[8];
} PteInst;

typedef struct PteProgram {
    const PteValue *values;
    uint32_t n_values;
    const PteInst *insts;
    uint32_t n_insts;
    const char *const (*operators)[2]; /* name, overload */
    uint32_t n_operators;
    uint32_t inputs[4], n_inputs;
    uint32_t outputs[4], n_outputs;
    int64_t memory_bytes[3]; /* of memory ids 1.. */
    uint32_t n_memories;
    /* Constant k lies at 16 * (k - 1) of constants, first value k likewise. */
    const void *constants;
    uint32_t constant_bytes;
    const void *initial;
    uint32_t initial_bytes;
    const void *io; /* sconce.io */
    uint32_t io_bytes;
    const char *io_key;  /* another name for that segment */
    const void *payload; /* of the only delegate, inline */
    uint32_t payload_bytes;
    bool no_header; /* constants go inside the flatbuffer */
} PteProgram;

typedef struct PteFile {
    _Alignas(16) uint8_t bytes[PTE_CAPACITY];
    uint32_t n_bytes, program_bytes;
    /* Positions, for damaging. */
    uint32_t start, root, plans, plan, sizes, chain, operators;
    uint32_t value[PTE_MAX], content[PTE_MAX]; /* EValue, and what it holds */
    uint32_t inst[PTE_MAX], call[PTE_MAX];
    uint32_t segment[4], constants, mutables, named, io;
    uint32_t extra, delegate, processed;
} PteFile;

static inline void pte_align(PteFile *f, uint32_t align, uint32_t rest) {
    while (f->n_bytes % align != rest % align) {
        f->n_bytes++;
    }
}

static inline void pte_put(PteFile *f, uint32_t at, uint64_t value, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        f->bytes[at + i] = (uint8_t)(value >> 8 * i);
    }
}

/* A table with all of its fields, one letter each: 1 4 8 numbers, r reference. */
static inline uint32_t pte_table(PteFile *f, const char *fields) {
    uint32_t n = (uint32_t)strlen(fields);
    pte_align(f, 8, 0);
    uint32_t vtable = f->n_bytes;
    f->n_bytes += 4 + 2 * n;
    pte_align(f, 8, 0);
    uint32_t table = f->n_bytes;
    f->n_bytes += 4;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = fields[i] == '1' ? 1 : fields[i] == '8' ? 8 : 4;
        pte_align(f, size, 0);
        pte_put(f, vtable + 4 + 2 * i, f->n_bytes - table, 2);
        f->n_bytes += size;
    }
    pte_put(f, vtable, 4 + 2 * n, 2);
    pte_put(f, vtable + 2, f->n_bytes - table, 2);
    pte_put(f, table, table - vtable, 4);
    return table;
}

static inline uint32_t pte_field(const PteFile *f, uint32_t table, uint32_t field) {
    return sc_flat_field(f->bytes, table, field);
}

static inline void pte_set(PteFile *f, uint32_t table, uint32_t field, uint64_t value,
                           uint32_t size) {
    pte_put(f, pte_field(f, table, field), value, size);
}

static inline void pte_ref(PteFile *f, uint32_t table, uint32_t field, uint32_t target) {
    uint32_t at = pte_field(f, table, field);
    pte_put(f, at, target - at, 4);
}

/* Leaves a field out of its table's vtable. */
static inline void pte_drop(PteFile *f, uint32_t table, uint32_t field) {
    uint32_t vtable = table - sc_load_u32(f->bytes + table);
    pte_put(f, vtable + 4 + 2 * field, 0, 2);
}

static inline uint32_t pte_vector(PteFile *f, uint32_t n, uint32_t size) {
    pte_align(f, size > 4 ? size : 4, size > 4 ? size - 4 : 0);
    uint32_t at = f->n_bytes;
    pte_put(f, at, n, 4);
    f->n_bytes += 4 + n * size;
    return at;
}

/* A vector of n items of `size` bytes behind a field. */
static inline uint32_t pte_child_vector(PteFile *f, uint32_t table, uint32_t field,
                                        uint32_t n, uint32_t size) {
    uint32_t vector = pte_vector(f, n, size);
    pte_ref(f, table, field, vector);
    return vector;
}

static inline void pte_child_string(PteFile *f, uint32_t table, uint32_t field,
                                    const char *text) {
    uint32_t n = (uint32_t)strlen(text);
    uint32_t vector = pte_child_vector(f, table, field, n, 1);
    memcpy(f->bytes + vector + 4, text, n + 1);
    f->n_bytes++;
}

static inline uint32_t pte_child_table(PteFile *f, uint32_t table, uint32_t field,
                                       const char *fields) {
    uint32_t child = pte_table(f, fields);
    pte_ref(f, table, field, child);
    return child;
}

static inline uint32_t pte_item_table(PteFile *f, uint32_t vector, uint32_t item,
                                      const char *fields) {
    uint32_t child = pte_table(f, fields);
    uint32_t at = vector + 4 + 4 * item;
    pte_put(f, at, child - at, 4);
    return child;
}

static inline void pte_u32s(PteFile *f, uint32_t table, uint32_t field,
                            const uint32_t *items, uint32_t n) {
    uint32_t vector = pte_child_vector(f, table, field, n, 4);
    for (uint32_t i = 0; i < n; i++) {
        pte_put(f, vector + 4 + 4 * i, items[i], 4);
    }
}

/* ---- the parts of a program ---------------------------------------------------- */

static inline uint32_t pte_tensor(PteFile *f, uint32_t value, const PteValue *v) {
    uint32_t t = pte_child_table(f, value, SC_VALUE_TABLE, "14rr14r11r");
    pte_set(f, t, SC_TENSOR_DTYPE, v->dtype, 1);
    pte_u32s(f, t, SC_TENSOR_SIZES, (const uint32_t *)v->sizes, v->n);
    uint32_t order = pte_child_vector(f, t, SC_TENSOR_DIM_ORDER, v->n, 1);
    for (uint32_t i = 0; i < v->n; i++) {
        f->bytes[order + 4 + i] = (uint8_t)i;
    }
    pte_set(f, t, SC_TENSOR_DATA, v->data, 4);
    pte_set(f, t, SC_TENSOR_DYNAMISM, v->dynamism, 1);
    if (v->memory) {
        uint32_t a = pte_child_table(f, t, SC_TENSOR_ALLOCATION, "444");
        pte_set(f, a, SC_ALLOCATION_MEMORY, v->memory, 4);
        pte_set(f, a, SC_ALLOCATION_OFFSET, v->offset, 4);
    } else {
        pte_drop(f, t, SC_TENSOR_ALLOCATION);
    }
    if (v->extra) {
        f->extra = pte_child_table(f, t, SC_TENSOR_EXTRA, "8r1");
        pte_child_string(f, f->extra, SC_EXTRA_NAME, "layer.weight");
    } else {
        pte_drop(f, t, SC_TENSOR_EXTRA);
    }
    return t;
}

static inline uint32_t pte_value(PteFile *f, uint32_t value, const PteValue *v) {
    uint32_t t = 0;
    double d;
    pte_set(f, value, SC_VALUE_KIND, v->kind, 1);
    switch (v->kind) {
    case SC_KIND_NULL:
        return pte_child_table(f, value, SC_VALUE_TABLE, "");
    case SC_KIND_TENSOR:
        return pte_tensor(f, value, v);
    case SC_KIND_BOOL:
        t = pte_child_table(f, value, SC_VALUE_TABLE, "1");
        pte_set(f, t, 0, (uint64_t)v->i, 1);
        return t;
    case SC_KIND_INT:
    case SC_KIND_DOUBLE:
        t = pte_child_table(f, value, SC_VALUE_TABLE, "8");
        if (v->kind == SC_KIND_INT) {
            pte_set(f, t, 0, (uint64_t)v->i, 8);
        } else {
            memcpy(f->bytes + pte_field(f, t, 0), &v->d, 8);
        }
        return t;
    case SC_KIND_STRING:
        t = pte_child_table(f, value, SC_VALUE_TABLE, "r");
        pte_child_string(f, t, 0, v->text);
        return t;
    default:
        break;
    }
    t = pte_child_table(f, value, SC_VALUE_TABLE, "r");
    uint32_t size = v->kind >= SC_KIND_TENSORS ? 4 : v->kind == SC_KIND_BOOLS ? 1 : 8;
    uint32_t items = pte_child_vector(f, t, 0, v->n, size);
    for (uint32_t i = 0; i < v->n; i++) {
        d = (double)v->items[i];
        if (v->kind == SC_KIND_DOUBLES) {
            memcpy(f->bytes + items + 4 + 8 * i, &d, 8);
        } else {
            pte_put(f, items + 4 + size * i, (uint64_t)v->items[i], size);
        }
    }
    return t;
}

static inline uint32_t pte_inst(PteFile *f, uint32_t inst, const PteInst *in) {
    pte_set(f, inst, SC_INSTRUCTION_KIND, in->kind, 1);
    bool call = in->kind <= SC_CALL_DELEGATE;
    uint32_t t = pte_child_table(f, inst, SC_INSTRUCTION_TABLE,
                                 call                       ? "4r"
                                 : in->kind == SC_CALL_FREE ? "4"
                                                            : "44");
    pte_set(f, t, 0, in->index, 4);
    if (call) {
        pte_u32s(f, t, SC_CALL_ARGS, in->args, in->n_args);
    } else if (in->kind != SC_CALL_FREE) {
        pte_set(f, t, 1, in->target, 4);
    }
    return t;
}

static inline void pte_delegate(PteFile *f, const PteProgram *p) {
    uint32_t n = p->payload ? 1 : 0;
    uint32_t delegates = pte_child_vector(f, f->plan, SC_PLAN_DELEGATES, n, 4);
    if (n == 0) {
        return;
    }
    f->delegate = pte_item_table(f, delegates, 0, "rrr");
    pte_child_string(f, f->delegate, SC_DELEGATE_ID, "NullBackend");
    f->processed = pte_child_table(f, f->delegate, SC_DELEGATE_PROCESSED, "14");
    uint32_t specs = pte_child_vector(f, f->delegate, SC_DELEGATE_SPECS, 1, 4);
    uint32_t spec = pte_item_table(f, specs, 0, "rr");
    pte_child_string(f, spec, SC_SPEC_KEY, "mode");
    pte_child_vector(f, spec, SC_SPEC_VALUE, 3, 1);
}

static inline void pte_payload(PteFile *f, const PteProgram *p) {
    uint32_t inlined = pte_child_vector(f, f->root, SC_PROGRAM_DELEGATE_DATA, 1, 4);
    uint32_t data = pte_item_table(f, inlined, 0, "r");
    pte_align(f, 16, 12);
    uint32_t bytes = pte_child_vector(f, data, SC_BYTES_DATA, p->payload_bytes, 1);
    memcpy(f->bytes + bytes + 4, p->payload, p->payload_bytes);
}

static inline void pte_plan(PteFile *f, const PteProgram *p) {
    /* With room for a second reference to the same plan, as for chains below. */
    f->plans = pte_child_vector(f, f->root, SC_PROGRAM_PLANS, 2, 4);
    f->plan = pte_item_table(f, f->plans, 0, "rrrrrrrrr");
    pte_put(f, f->plans + 8, f->plan - (f->plans + 8), 4);
    pte_put(f, f->plans, 1, 4);
    pte_drop(f, f->plan, SC_PLAN_CONTAINER);
    pte_child_string(f, f->plan, SC_PLAN_NAME, "forward");
    pte_u32s(f, f->plan, SC_PLAN_INPUTS, p->inputs, p->n_inputs);
    pte_u32s(f, f->plan, SC_PLAN_OUTPUTS, p->outputs, p->n_outputs);
    f->sizes = pte_child_vector(f, f->plan, SC_PLAN_MEMORY_SIZES, 1 + p->n_memories, 8);
    for (uint32_t i = 0; i < p->n_memories; i++) {
        pte_put(f, f->sizes + 12 + 8 * i, (uint64_t)p->memory_bytes[i], 8);
    }
    f->operators = pte_child_vector(f, f->plan, SC_PLAN_OPERATORS, p->n_operators, 4);
    for (uint32_t i = 0; i < p->n_operators; i++) {
        uint32_t op = pte_item_table(f, f->operators, i, "rr");
        pte_child_string(f, op, SC_OPERATOR_NAME, p->operators[i][0]);
        pte_child_string(f, op, SC_OPERATOR_OVERLOAD, p->operators[i][1]);
    }
    pte_delegate(f, p);
    uint32_t values = pte_child_vector(f, f->plan, SC_PLAN_VALUES, p->n_values, 4);
    for (uint32_t i = 0; i < p->n_values; i++) {
        f->value[i] = pte_item_table(f, values, i, "1r");
        f->content[i] = pte_value(f, f->value[i], &p->values[i]);
    }
    /* With room for a second reference to the same chain, for damaging. */
    uint32_t chains = pte_child_vector(f, f->plan, SC_PLAN_CHAINS, 2, 4);
    f->chain = pte_item_table(f, chains, 0, "rrr");
    pte_put(f, chains + 8, f->chain - (chains + 8), 4);
    pte_put(f, chains, 1, 4);
    pte_child_vector(f, f->chain, SC_CHAIN_INPUTS, 0, 4);
    pte_child_vector(f, f->chain, SC_CHAIN_OUTPUTS, 0, 4);
    uint32_t insts = pte_child_vector(f, f->chain, SC_CHAIN_INSTRUCTIONS, p->n_insts, 4);
    for (uint32_t i = 0; i < p->n_insts; i++) {
        f->inst[i] = pte_item_table(f, insts, i, "1r");
        f->call[i] = pte_inst(f, f->inst[i], &p->insts[i]);
    }
}

/* Offsets 0, 0, 16, 32 ... : the first is reserved. */
static inline void pte_offsets(PteFile *f, uint32_t table, uint32_t segment,
                               uint32_t n_bytes) {
    uint32_t n = (n_bytes + 15) / 16 + 1;
    pte_set(f, table, SC_SUBSEGMENT_INDEX, segment, 4);
    uint32_t offsets = pte_child_vector(f, table, SC_SUBSEGMENT_OFFSETS, n, 8);
    for (uint32_t i = 1; i < n; i++) {
        pte_put(f, offsets + 4 + 8 * i, 16 * (i - 1), 8);
    }
}

static inline void pte_segments(PteFile *f, const PteProgram *p, uint32_t first_at) {
    const void *data[3] = {p->constants, p->initial, p->io};
    const uint32_t size[3] = {p->constant_bytes, p->initial_bytes, p->io_bytes};
    uint32_t offset = 0;
    for (uint32_t i = 0; i < 3; i++) {
        pte_set(f, f->segment[i], SC_SEGMENT_OFFSET, offset, 8);
        pte_set(f, f->segment[i], SC_SEGMENT_SIZE, size[i], 8);
        if (size[i]) {
            memcpy(f->bytes + first_at + offset, data[i], size[i]);
        }
        f->n_bytes = first_at + offset + size[i];
        f->io = first_at + offset;
        offset = (offset + size[i] + 15) & ~15u;
    }
}

/* Constants inside the flatbuffer, as old files have them. */
static inline void pte_buffers(PteFile *f, const PteProgram *p) {
    uint32_t n = (p->constant_bytes + 15) / 16 + 1;
    uint32_t buffers = pte_child_vector(f, f->root, SC_PROGRAM_CONSTANT_BUFFER, n, 4);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t buffer = pte_item_table(f, buffers, i, "r");
        uint32_t left = i ? p->constant_bytes - 16 * (i - 1) : 0;
        pte_align(f, 16, 12);
        uint32_t bytes =
            pte_child_vector(f, buffer, SC_BYTES_DATA, left < 16 ? left : 16, 1);
        left = left < 16 ? left : 16;
        if (left) { /* there may be no constants at all */
            memcpy(f->bytes + bytes + 4, (const uint8_t *)p->constants + 16 * (i - 1),
                   left);
        }
    }
}

static inline void pte_write(PteFile *f, const PteProgram *p) {
    memset(f, 0, sizeof *f);
    memcpy(f->bytes + 4, "ET12", 4);
    f->n_bytes = p->no_header ? 8 : SC_HEADER_MAGIC_AT + SC_HEADER_BYTES;
    f->root = pte_table(f, p->no_header ? "4rr" : "4rrrrrrr");
    pte_put(f, 0, f->root, 4);
    pte_plan(f, p);
    if (p->no_header) {
        pte_buffers(f, p);
        f->program_bytes = f->n_bytes;
        return;
    }
    pte_drop(f, f->root, SC_PROGRAM_CONSTANT_BUFFER);
    if (p->payload) {
        pte_payload(f, p);
    } else {
        pte_drop(f, f->root, SC_PROGRAM_DELEGATE_DATA);
    }
    uint32_t segments = pte_child_vector(f, f->root, SC_PROGRAM_SEGMENTS, 3, 4);
    for (uint32_t i = 0; i < 3; i++) {
        f->segment[i] = pte_item_table(f, segments, i, "88");
    }
    f->constants = pte_child_table(f, f->root, SC_PROGRAM_CONSTANT_SEGMENT, "4r");
    pte_offsets(f, f->constants, 0, p->constant_bytes);
    uint32_t mutables = pte_child_vector(f, f->root, SC_PROGRAM_MUTABLE_SEGMENTS, 1, 4);
    f->mutables = pte_item_table(f, mutables, 0, "4r");
    pte_offsets(f, f->mutables, 1, p->initial_bytes);
    uint32_t named = pte_child_vector(f, f->root, SC_PROGRAM_NAMED_DATA, p->io ? 1 : 0, 4);
    if (p->io) {
        f->named = pte_item_table(f, named, 0, "r4");
        pte_set(f, f->named, SC_NAMED_SEGMENT, 2, 4);
        pte_child_string(f, f->named, SC_NAMED_KEY, p->io_key ? p->io_key : SC_IO_KEY);
    }
    f->program_bytes = f->n_bytes;
    uint32_t base = (f->n_bytes + 127) & ~127u;
    pte_segments(f, p, base);
    memcpy(f->bytes + SC_HEADER_MAGIC_AT, "eh00", 4);
    pte_put(f, SC_HEADER_LENGTH_AT, SC_HEADER_BYTES, 4);
    pte_put(f, SC_HEADER_PROGRAM_AT, f->program_bytes, 8);
    pte_put(f, SC_HEADER_BASE_AT, base, 8);
    pte_put(f, SC_HEADER_DATA_AT, f->n_bytes - base, 8);
}

/* ---- running one ----------------------------------------------------------------- */

typedef struct PteRig {
    ScModel model;
    ScNeed need;
    ScConfig config;
    ScMethod method;
    _Alignas(16) uint8_t workspace[1024];
    _Alignas(16) uint8_t memory[3][1024];
} PteRig;

/* Verify, open, need: buffers of exactly the size asked for. */
static inline ScStatus pte_open(PteRig *rig, const PteFile *f, const ScKernel *rows,
                                uint32_t n_rows) {
    memset(rig, 0, sizeof *rig);
    SC_TRY(sc_verify(f->bytes, f->n_bytes, NULL));
    SC_TRY(sc_open(f->bytes, f->n_bytes, &rig->model));
    SC_TRY(sc_need(&rig->model, NULL, &rig->need));
    if (rig->need.workspace_bytes > sizeof rig->workspace) {
        return SC_E_MEMORY;
    }
    rig->config.kernels.rows = rows;
    rig->config.kernels.n_rows = n_rows;
    rig->config.workspace = rig->workspace;
    rig->config.workspace_bytes = rig->need.workspace_bytes;
    for (uint32_t i = 0; i < rig->need.n_memories; i++) {
        if (i >= 3 || rig->need.memory_bytes[i] > sizeof rig->memory[i]) {
            return SC_E_MEMORY;
        }
        rig->config.memory[i] = rig->memory[i];
        rig->config.memory_bytes[i] = rig->need.memory_bytes[i];
    }
    return SC_OK;
}

/* And init. */
static inline ScStatus pte_start(PteRig *rig, const PteFile *f, const ScKernel *rows,
                                 uint32_t n_rows) {
    SC_TRY(pte_open(rig, f, rows, n_rows));
    return sc_init(&rig->model, NULL, &rig->config, &rig->method);
}

#endif
