/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sc_init() finds out about a program, as C constants (ScBound in
 * sconce/runtime.h), read off a method that was initialised on this computer.
 * Every number is the same on a 32-bit device: file positions, indices, and sizes
 * of ScSlot, which has no pointer outside of its union with 64 bits.
 */
#include "compiler/emit/bound.h"

#include <string.h>

#include "compiler/emit/emit.h"
#include "runtime/method.h"

_Static_assert(sizeof(ScSlot) == 24, "as on a device");

typedef struct Source {
    const ScMethod *method;
    const ScKernelRows *rows;
    size_t number; /* of the method, in the names of its arrays */
    ScBuf *out;
} Source;

static uint32_t instruction_count(const ScMethod *method) {
    return sc_flat_count(method->model->file, method->instructions);
}

static void array_begin(const Source *s, const char *type, const char *name) {
    sc_buf_fmt(s->out, "static const %s %s%zu[] = {", type, name, s->number);
}

/* Some items a line. */
static void item(const Source *s, uint32_t index, uint32_t number) {
    sc_buf_fmt(s->out, "%s%u,", index % 12 ? " " : "\n    ", number);
}

static void array_end(const Source *s) {
    sc_buf_str(s->out, "\n};\n");
}

/* ---- calls ----------------------------------------------------------------- */

static bool call_at(const ScMethod *method, uint32_t index, ScCall *out_call) {
    uint32_t table;
    uint32_t kind = sc_instruction_read(method, index, &table);
    if (kind != SC_CALL_KERNEL && kind != SC_CALL_DELEGATE) {
        return false;
    }
    sc_call_open(method, index, table, out_call);
    return true;
}

static uint32_t row_number(const Source *s, uint32_t instruction) {
    const ScMethod *m = s->method;
    const ScKernel *row = &m->config.kernels.rows[m->rows[instruction]];
    uint32_t at = 0;
    while (at < s->rows->n && (strcmp(s->rows->items[at]->name, row->name) != 0 ||
                               s->rows->items[at]->dtype_class != row->dtype_class)) {
        at++;
    }
    return at;
}

static void rows_write(const Source *s) {
    ScCall call;
    array_begin(s, "uint16_t", "rows");
    for (uint32_t i = 0; i < instruction_count(s->method); i++) {
        item(s, i, call_at(s->method, i, &call) ? row_number(s, i) : 0);
    }
    array_end(s);
}

static void args_write(const Source *s) {
    ScCall call;
    uint32_t at = 0;
    array_begin(s, "uint16_t", "args");
    for (uint32_t i = 0; i < instruction_count(s->method); i++) {
        item(s, i, at);
        at += call_at(s->method, i, &call) ? call.n_args : 0;
    }
    array_end(s);
}

/* ---- arguments ------------------------------------------------------------- */

/* Lists of ints that are written out, each once. */
typedef struct Ints {
    ScArena *arena;
    uint32_t *tables, *places; /* of each list */
    size_t n_tables, cap_tables, n_places, cap_places;
    int32_t *items;
    size_t n_items, cap_items;
} Ints;

static bool list_fits(const ScCall *call, uint32_t arg) {
    bool fits = true;
    for (uint32_t i = 0; i < sc_arg_count(call, arg); i++) {
        int64_t number = sc_arg_int_at(call, arg, i);
        fits = fits && number == (int32_t)number;
    }
    return fits;
}

static uint32_t list_place(Ints *ints, const ScCall *call, uint32_t arg) {
    uint32_t table = call->tables[arg];
    for (size_t i = 0; i < ints->n_tables; i++) {
        if (ints->tables[i] == table) {
            return ints->places[i];
        }
    }
    uint32_t place = (uint32_t)ints->n_items, n = sc_arg_count(call, arg);
    SC_PUSH(ints->arena, ints->tables, ints->n_tables, ints->cap_tables, table);
    SC_PUSH(ints->arena, ints->places, ints->n_places, ints->cap_places, place);
    SC_PUSH(ints->arena, ints->items, ints->n_items, ints->cap_items, (int32_t)n);
    for (uint32_t i = 0; i < n; i++) {
        int32_t number = (int32_t)sc_arg_int_at(call, arg, i);
        SC_PUSH(ints->arena, ints->items, ints->n_items, ints->cap_items, number);
    }
    return place;
}

/* Kind and table of an argument as ScBound has them. */
static uint32_t arg_find(Ints *ints, const ScCall *call, uint32_t arg,
                         uint32_t *out_table) {
    uint32_t kind = call->kinds[arg];
    *out_table = call->tables[arg];
    if (kind == SC_KIND_INT && sc_arg_int(call, arg) == (int32_t)sc_arg_int(call, arg)) {
        *out_table = (uint32_t)(int32_t)sc_arg_int(call, arg);
        return SC_KIND_INT_HERE;
    }
    if (kind == SC_KIND_INTS && list_fits(call, arg)) {
        *out_table = list_place(ints, call, arg);
        return SC_KIND_INTS_HERE;
    }
    return kind;
}

static void found_write(const Source *s, Ints *ints, bool kinds) {
    ScCall call;
    uint32_t at = 0;
    array_begin(s, kinds ? "uint8_t" : "uint32_t", kinds ? "kinds" : "tables");
    for (uint32_t i = 0; i < instruction_count(s->method); i++) {
        uint32_t n = call_at(s->method, i, &call) ? call.n_args : 0;
        for (uint32_t a = 0; a < n; a++) {
            uint32_t table, kind = arg_find(ints, &call, a, &table);
            item(s, at++, kinds ? kind : table);
        }
    }
    array_end(s);
}

/* Never empty: it begins with a list without items. */
static void ints_write(const Source *s, const Ints *ints) {
    sc_buf_fmt(s->out, "static const int32_t ints%zu[] = {\n    0,", s->number);
    for (size_t i = 1; i < ints->n_items; i++) {
        sc_buf_fmt(s->out, "%s%d,", i % 12 ? " " : "\n    ", ints->items[i]);
    }
    array_end(s);
}

static void found_args_write(const Source *s) {
    Ints ints = {.arena = s->out->arena};
    SC_PUSH(ints.arena, ints.items, ints.n_items, ints.cap_items, 0);
    args_write(s);
    found_write(s, &ints, true);
    found_write(s, &ints, false);
    ints_write(s, &ints);
}

static uint32_t arg_count(const ScMethod *method) {
    ScCall call;
    uint32_t n = 0;
    for (uint32_t i = 0; i < instruction_count(method); i++) {
        n += call_at(method, i, &call) ? call.n_args : 0;
    }
    return n;
}

/* Arguments of a method without slots stay what they are. */
static bool has_args(const ScMethod *method) {
    uint32_t n = arg_count(method);
    return method->n_slots == 0 && n > 0 && n <= UINT16_MAX;
}

/* ---- values ---------------------------------------------------------------- */

static void slots_write(const Source *s) {
    array_begin(s, "uint32_t", "slots");
    for (uint32_t i = 0; i < s->method->n_slots; i++) {
        item(s, i, sc_slots(s->method)[i].value);
    }
    array_end(s);
}

static bool is_state(const ScMethod *method, uint32_t index) {
    const uint8_t *file = method->model->file;
    ScValue value = sc_value_read(method, index);
    return value.kind == SC_KIND_TENSOR && sc_flat_u32(file, value.table, SC_TENSOR_DATA) &&
           sc_flat_ref(file, value.table, SC_TENSOR_ALLOCATION);
}

static uint32_t state_count(const ScMethod *method) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < sc_flat_count(method->model->file, method->values); i++) {
        n += is_state(method, i);
    }
    return n;
}

static void states_write(const Source *s) {
    const ScMethod *method = s->method;
    uint32_t n = 0;
    array_begin(s, "uint32_t", "states");
    for (uint32_t i = 0; i < sc_flat_count(method->model->file, method->values); i++) {
        if (is_state(method, i)) {
            item(s, n++, i);
        }
    }
    array_end(s);
}

/* ---- source ---------------------------------------------------------------- */

static void arrays_write(const Source *s) {
    sc_buf_str(s->out, "\n");
    if (instruction_count(s->method)) {
        rows_write(s);
    }
    if (has_args(s->method)) {
        found_args_write(s);
    }
    if (s->method->n_slots) {
        slots_write(s);
    }
    if (state_count(s->method)) {
        states_write(s);
    }
}

static void pointer(const Source *s, bool there, const char *name) {
    if (there) {
        sc_buf_fmt(s->out, " %s%zu,", name, s->number);
    } else {
        sc_buf_str(s->out, " 0,");
    }
}

uint32_t sc_bound_workspace(const ScMethod *method) {
    const uint8_t *start = method->config.workspace;
    const uint8_t *end = (const void *)method->rows; /* the only part that isn't needed */
    return (uint32_t)(end - start);
}

static uint64_t rounded(uint64_t n_bytes) {
    return (n_bytes + SC_FILE_ALIGN - 1) / SC_FILE_ALIGN * SC_FILE_ALIGN;
}

uint64_t sc_bound_ram(const ScMethod *method) {
    uint64_t n_bytes =
        rounded(sc_bound_workspace(method)) + rounded(method->config.scratch_bytes);
    for (uint32_t i = 0; i < SC_MAX_MEMORIES; i++) {
        n_bytes += rounded(method->config.memory_bytes[i]);
    }
    return n_bytes;
}

static void bound_write(const Source *s) {
    const ScMethod *m = s->method;
    uint32_t n_memories = SC_MAX_MEMORIES;
    while (n_memories && m->config.memory_bytes[n_memories - 1] == 0) {
        n_memories--;
    }
    sc_buf_str(s->out, "    {&sc_kernel_table,");
    pointer(s, instruction_count(m) != 0, "rows");
    pointer(s, has_args(m), "args");
    pointer(s, has_args(m), "kinds");
    pointer(s, has_args(m), "tables");
    pointer(s, has_args(m), "ints");
    pointer(s, m->n_slots != 0, "slots");
    pointer(s, state_count(m) != 0, "states");
    sc_buf_fmt(s->out, "\n     %u, %u, %u, %u, {%u, %u, {", m->n_slots, state_count(m),
               m->plan, m->model->n_bytes, sc_bound_workspace(m), n_memories);
    for (uint32_t i = 0; i < n_memories; i++) {
        sc_buf_fmt(s->out, "%s%zu", i ? ", " : "", m->config.memory_bytes[i]);
    }
    sc_buf_str(s->out, n_memories ? "}}},\n" : "0}}},\n");
}

void sc_emit_bounds(const ScKernelRows *rows, const ScMethod *const *methods,
                    size_t n_methods, ScBuf *out) {
    for (size_t i = 0; i < n_methods; i++) {
        arrays_write(&(Source){methods[i], rows, i, out});
    }
    sc_buf_str(out, "\n/* For sc_init_bound(), in the order of the files. */\n"
                    "extern const ScBound sc_bound[];\nconst ScBound sc_bound[] = {\n");
    for (size_t i = 0; i < n_methods; i++) {
        bound_write(&(Source){methods[i], rows, i, out});
    }
    sc_buf_str(out, "};\n");
}
