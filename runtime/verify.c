/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies the structure of an untrusted .pte in one bounded pass.
 *
 * What later code relies on: every table, vector and string that the runtime
 * or the compiler's reader follows lies in the flatbuffer and is aligned;
 * indices are in range and of the right kind; a tensor's bytes lie in its
 * memory or segment and are aligned for its dtype; nothing jumps outside.
 *
 * Bounded: no recursion; each table and list item visited is paid for from a
 * budget proportional to the file, so sharing one big vector among many tables
 * can't make the work quadratic, here or in sc_init(). The first fault stops everything:
 * after it the budget is empty and every check answers no. Source: program.fbs and the
 * "internals" page of flatbuffers; docs/formats.md.
 */
#include <string.h>

#include "runtime/model.h"
#include "runtime/schema.h"

typedef struct Check {
    ScModel model;
    const uint8_t *file;
    uint32_t end;  /* of the flatbuffer */
    uint32_t work; /* left */
    ScStatus status;
    ScVerifyReport fault;
    uint32_t values; /* vectors of the plan in hand */
    uint32_t memories;
    uint32_t operators;
    uint32_t delegates;
    uint32_t instructions;
} Check;

static void fault_set(Check *c, ScStatus status, uint32_t at, const char *what) {
    if (c->status == SC_OK) {
        c->status = status;
        c->fault.offset = at;
        c->fault.what = what;
    }
}

static void demand(Check *c, bool holds, uint32_t at, const char *what) {
    if (!holds) {
        fault_set(c, SC_E_FORMAT, at, what);
    }
}

/* Well formed, but this build can't do it. */
static void support(Check *c, bool holds, uint32_t at, const char *what) {
    if (!holds) {
        fault_set(c, SC_E_UNSUPPORTED, at, what);
    }
}

/* Pays for n visits; false when there was a fault or the budget is used up. */
static bool work_take(Check *c, uint32_t at, uint32_t n) {
    demand(c, c->work >= n, at, "bytes shared too often");
    if (c->status != SC_OK) {
        return false;
    }
    c->work -= n;
    return true;
}

/* ---- flatbuffer structure ---------------------------------------------------- */

static bool span_fits(const Check *c, uint32_t at, uint32_t n_bytes, uint32_t align) {
    return at % align == 0 && at <= c->end && n_bytes <= c->end - at;
}

/* What a field refers to. letter: see table_check(). */
static void target_check(Check *c, uint32_t at, char letter) {
    uint32_t target = at + sc_load_u32(c->file + at);
    if (!span_fits(c, target, 4, 4)) {
        fault_set(c, SC_E_FORMAT, at, "reference out of bounds");
        return;
    }
    uint32_t n = sc_load_u32(c->file + target);
    uint32_t room = c->end - target - 4;
    switch (letter) {
    case 't':
        break;
    case 's':
        demand(c, n < room && c->file[target + 4 + n] == 0, target,
               "string not terminated");
        break;
    case 'b':
        demand(c, n <= room, target, "vector out of bounds");
        break;
    case 'q':
        demand(c, n <= room / 8, target, "vector out of bounds");
        demand(c, n == 0 || target % 8 == 4, target, "not aligned");
        break;
    default: /* w, v */
        demand(c, n <= room / 4, target, "vector out of bounds");
    }
}

/*
 * Checks a table, referred to at `from`, and its fields, one letter a field: 1 4 8 a number
 * of so many bytes, s string, b w q vector of 1, 4, 8 byte items, t table, v vector of
 * tables. Tables behind t and v are yet to be checked.
 */
static bool table_check(Check *c, uint32_t from, uint32_t table, const char *fields) {
    if (!work_take(c, from, 1)) {
        return false;
    }
    /* The vtable's second number, the table's size, isn't looked at: writers
     * that share vtables by their offsets alone leave a wrong one. */
    uint32_t vtable = c->end;
    if (span_fits(c, table, 4, 4)) {
        vtable = table - sc_load_u32(c->file + table);
    }
    if (!span_fits(c, vtable, 4, 2) ||
        !span_fits(c, vtable, sc_load_u16(c->file + vtable), 2)) {
        fault_set(c, SC_E_FORMAT, from, "table out of bounds");
        return false;
    }
    for (uint32_t i = 0; fields[i]; i++) {
        uint32_t at = sc_flat_field(c->file, table, i);
        uint32_t size = fields[i] == '1' ? 1 : fields[i] == '8' ? 8 : 4;
        if (at == 0) {
            continue;
        }
        if (!span_fits(c, at, size, size)) {
            fault_set(c, SC_E_FORMAT, at, "table out of bounds");
        } else if (fields[i] > '8') {
            target_check(c, at, fields[i]);
        }
    }
    return c->status == SC_OK;
}

typedef void CheckItem(Check *c, uint32_t table, uint32_t index);

/* Checks a vector of tables; what is behind their references is up to `item`. */
static void tables_check(Check *c, uint32_t parent, uint32_t field, const char *fields,
                         CheckItem *item) {
    uint32_t vector = sc_flat_ref(c->file, parent, field);
    for (uint32_t i = 0; i < sc_flat_count(c->file, vector); i++) {
        uint32_t table = sc_flat_table_at(c->file, vector, i);
        if (!table_check(c, vector + 4 + 4 * i, table, fields)) {
            return;
        }
        if (item) {
            item(c, table, i);
        }
    }
}

/* A table that a field refers to, checked; 0 when left out or faulty. */
static uint32_t child_check(Check *c, uint32_t parent, uint32_t field, const char *fields) {
    uint32_t child = sc_flat_ref(c->file, parent, field);
    return child && table_check(c, parent, child, fields) ? child : 0;
}

/* ---- segments ---------------------------------------------------------------- */

static void segment_check(Check *c, uint32_t segment, uint32_t index) {
    (void)index;
    uint64_t offset = sc_flat_u64(c->file, segment, SC_SEGMENT_OFFSET);
    uint64_t size = sc_flat_u64(c->file, segment, SC_SEGMENT_SIZE);
    uint32_t base = c->model.segment_base;
    uint32_t room = base ? c->model.n_bytes - base : 0;
    demand(c, size <= room && offset <= room - size, segment, "segment out of bounds");
}

static void segment_index_check(Check *c, uint32_t at, uint32_t index) {
    uint32_t segments = sc_flat_ref(c->file, c->model.root, SC_PROGRAM_SEGMENTS);
    demand(c, index < sc_flat_count(c->file, segments), at, "index out of range");
}

static void subsegment_check(Check *c, uint32_t table, uint32_t index) {
    (void)index;
    /* The first offset is reserved: one alone means that there is no data. */
    uint32_t offsets = sc_flat_ref(c->file, table, SC_SUBSEGMENT_OFFSETS);
    if (sc_flat_count(c->file, offsets) > 1) {
        segment_index_check(c, table, sc_flat_u32(c->file, table, SC_SUBSEGMENT_INDEX));
    }
}

static void named_check(Check *c, uint32_t named, uint32_t index) {
    (void)index;
    segment_index_check(c, named, sc_flat_u32(c->file, named, SC_NAMED_SEGMENT));
}

/* ---- values ------------------------------------------------------------------ */

static uint32_t value_at(const Check *c, uint32_t index, uint32_t *out_table) {
    uint32_t value = sc_flat_table_at(c->file, c->values, index);
    *out_table = sc_flat_ref(c->file, value, SC_VALUE_TABLE);
    return sc_flat_u8(c->file, value, SC_VALUE_KIND);
}

/* Kind of a value, 0 when the index is out of range. */
static uint32_t kind_of(const Check *c, uint64_t index) {
    uint32_t table;
    return index < sc_flat_count(c->file, c->values) ? value_at(c, (uint32_t)index, &table)
                                                     : 0;
}

static bool is_constant(const Check *c, uint32_t tensor) {
    return sc_flat_u32(c->file, tensor, SC_TENSOR_DATA) != 0 &&
           sc_flat_ref(c->file, tensor, SC_TENSOR_ALLOCATION) == 0;
}

/* First pass over the values: every one and its table are sound. */
static void value_check(Check *c, uint32_t value, uint32_t index) {
    (void)index;
    static const char *const fields[SC_N_KINDS] = {[SC_KIND_NULL] = "",
                                                   [SC_KIND_INT] = "8",
                                                   [SC_KIND_BOOL] = "1",
                                                   [SC_KIND_DOUBLE] = "8",
                                                   [SC_KIND_TENSOR] = "14wb14t11t",
                                                   [SC_KIND_STRING] = "s",
                                                   [SC_KIND_INTS] = "q",
                                                   [SC_KIND_DOUBLES] = "q",
                                                   [SC_KIND_BOOLS] = "b",
                                                   [SC_KIND_TENSORS] = "w",
                                                   [SC_KIND_OPTIONAL_TENSORS] = "w"};
    uint32_t kind = sc_flat_u8(c->file, value, SC_VALUE_KIND);
    if (kind == 0 || kind >= SC_N_KINDS) {
        fault_set(c, SC_E_UNSUPPORTED, value, "unknown kind");
    } else if (!child_check(c, value, SC_VALUE_TABLE, fields[kind])) {
        demand(c, kind == SC_KIND_NULL, value, "missing field");
    }
}

/* Bytes of a tensor; checks dtype, sizes and order of dimensions. */
static uint32_t shape_check(Check *c, uint32_t tensor) {
    const uint8_t *file = c->file;
    uint32_t sizes = sc_flat_ref(file, tensor, SC_TENSOR_SIZES);
    uint32_t order = sc_flat_ref(file, tensor, SC_TENSOR_DIM_ORDER);
    uint32_t rank = sc_flat_count(file, sizes);
    uint64_t n_bytes = sc_dtype_size((ScDtype)sc_flat_u8(file, tensor, SC_TENSOR_DTYPE));
    support(c, n_bytes != 0, tensor, "unknown dtype");
    support(c, rank <= SC_MAX_RANK, tensor, "above SC_MAX_RANK");
    demand(c, sizes && order && sc_flat_count(file, order) == rank, tensor,
           "sizes and dim_order differ in length");
    if (!work_take(c, tensor, rank)) {
        return 0;
    }
    uint32_t seen = 0;
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t size = sc_flat_u32_at(file, sizes, i);
        demand(c, size <= INT32_MAX, sizes, "negative size");
        n_bytes *= size;
        demand(c, n_bytes <= UINT32_MAX, sizes, "tensor too large");
        n_bytes &= UINT32_MAX;
        seen |= file[order + 4 + i] < rank ? 1u << file[order + 4 + i] : 0;
    }
    demand(c, seen + 1 == 1u << rank, order, "dim_order isn't a permutation");
    return (uint32_t)n_bytes;
}

static void place_check(Check *c, uint32_t tensor, uint32_t allocation, uint32_t n_bytes,
                        uint32_t align) {
    uint32_t memory = sc_flat_u32(c->file, allocation, SC_ALLOCATION_MEMORY);
    uint32_t offset = sc_flat_u32(c->file, allocation, SC_ALLOCATION_OFFSET);
    if (memory == 0 || memory >= sc_flat_count(c->file, c->memories)) {
        fault_set(c, SC_E_FORMAT, tensor, "index out of range");
        return;
    }
    uint64_t size = sc_flat_u64_at(c->file, c->memories, memory);
    demand(c,
           sc_flat_u32(c->file, allocation, SC_ALLOCATION_OFFSET_HIGH) == 0 &&
               (uint64_t)offset + n_bytes <= size,
           tensor, "tensor out of bounds");
    demand(c, n_bytes == 0 || (offset & (align - 1)) == 0, tensor, "not aligned");
}

static void tensor_check(Check *c, uint32_t tensor) {
    const uint8_t *file = c->file;
    uint32_t n_bytes = shape_check(c, tensor);
    uint32_t size = (uint32_t)sc_dtype_size((ScDtype)sc_flat_u8(file, tensor, 0));
    uint32_t extra = child_check(c, tensor, SC_TENSOR_EXTRA, "8s111");
    uint32_t allocation = child_check(c, tensor, SC_TENSOR_ALLOCATION, "444");
    uint32_t data = sc_flat_u32(file, tensor, SC_TENSOR_DATA);
    support(c, sc_flat_u32(file, tensor, SC_TENSOR_STORAGE_OFFSET) == 0, tensor,
            "sparse or offset tensor");
    support(c, sc_flat_u8(file, tensor, SC_TENSOR_LAYOUT) == 0, tensor,
            "sparse or offset tensor");
    support(c, sc_flat_u8(file, tensor, SC_TENSOR_DYNAMISM) <= SC_DYNAMIC_BOUND, tensor,
            "unbounded size");
    support(c, !extra || sc_flat_u8(file, extra, SC_EXTRA_LOCATION) == 0, tensor,
            "data in another file");
    if (c->status != SC_OK) {
        return;
    }
    if (allocation) {
        place_check(c, tensor, allocation, n_bytes, size);
    }
    if (data && n_bytes) {
        uint32_t room;
        uint32_t at = allocation ? sc_initial_at(&c->model, data, &room)
                                 : sc_constant_at(&c->model, data, &room);
        demand(c, n_bytes <= room, tensor, "data out of bounds");
        demand(c, allocation || (at & (size - 1)) == 0, tensor, "not aligned");
        if (allocation) {
            work_take(c, tensor, n_bytes / 16); /* sc_reset() copies it */
        }
    }
}

static void list_check(Check *c, uint32_t list, uint32_t kind, uint32_t index) {
    uint32_t items = sc_flat_ref(c->file, list, SC_FIELD_ONLY);
    uint32_t n = sc_flat_count(c->file, items);
    if (!work_take(c, list, n)) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (kind == SC_KIND_INTS) {
            demand(c, kind_of(c, sc_flat_u64_at(c->file, items, i)) == SC_KIND_INT, items,
                   "list with a wrong item");
            continue;
        }
        uint32_t item = sc_flat_u32_at(c->file, items, i);
        bool none = kind == SC_KIND_OPTIONAL_TENSORS && item == UINT32_MAX;
        /* Stock copies the tensors while it reads the list. */
        demand(c, none || (item < index && kind_of(c, item) == SC_KIND_TENSOR), items,
               "list with a wrong item");
    }
}

/* Second pass: kinds of other values may be relied on. */
static void values_check(Check *c) {
    uint32_t n = sc_flat_count(c->file, c->values);
    for (uint32_t i = 0; i < n && c->status == SC_OK; i++) {
        uint32_t table;
        uint32_t kind = value_at(c, i, &table);
        if (kind == SC_KIND_TENSOR) {
            tensor_check(c, table);
        } else if (kind == SC_KIND_INTS || kind >= SC_KIND_TENSORS) {
            list_check(c, table, kind, i);
        }
    }
}

/* ---- instructions ------------------------------------------------------------ */

static void indices_check(Check *c, uint32_t vector, bool inputs) {
    uint32_t n = sc_flat_count(c->file, vector);
    if (!work_take(c, vector, n)) {
        return;
    }
    for (uint32_t i = 0; i < n && c->status == SC_OK; i++) {
        uint32_t table;
        uint32_t index = sc_flat_u32_at(c->file, vector, i);
        uint32_t kind = 0;
        if (index < sc_flat_count(c->file, c->values)) {
            kind = value_at(c, index, &table);
        }
        demand(c, kind != 0, vector, "index out of range");
        if (kind >= SC_KIND_TENSORS) {
            /* sc_init() walks the list once for each call that has it. */
            uint32_t items = sc_flat_ref(c->file, table, SC_FIELD_ONLY);
            work_take(c, vector, sc_flat_count(c->file, items));
        } else if (inputs && kind == SC_KIND_TENSOR) {
            demand(c, !is_constant(c, table), vector, "constant input");
        }
    }
}

static void call_check(Check *c, uint32_t call, uint32_t callees) {
    uint32_t args = sc_flat_ref(c->file, call, SC_CALL_ARGS);
    demand(c, sc_flat_u32(c->file, call, SC_CALL_INDEX) < sc_flat_count(c->file, callees),
           call, "index out of range");
    support(c, sc_flat_count(c->file, args) <= SC_MAX_ARGS, call, "above SC_MAX_ARGS");
    indices_check(c, args, false);
}

static void move_check(Check *c, uint32_t move) {
    uint32_t from = kind_of(c, sc_flat_u32(c->file, move, SC_MOVE_FROM));
    uint32_t to = kind_of(c, sc_flat_u32(c->file, move, SC_MOVE_TO));
    demand(c, from != 0 && to != 0, move, "index out of range");
    support(c, from == to, move, "move between kinds");
}

static void jump_check(Check *c, uint32_t jump) {
    uint32_t condition = sc_flat_u32(c->file, jump, SC_JUMP_CONDITION);
    uint32_t target = sc_flat_u32(c->file, jump, SC_JUMP_TARGET);
    uint32_t kind = kind_of(c, condition);
    uint32_t table = 0;
    if (kind == SC_KIND_TENSOR) {
        value_at(c, condition, &table);
    }
    demand(c,
           kind == SC_KIND_BOOL ||
               (table && sc_flat_u8(c->file, table, SC_TENSOR_DTYPE) == SC_BOOL),
           jump, "condition isn't a bool");
    demand(c, target <= sc_flat_count(c->file, c->instructions), jump,
           "index out of range");
}

static void instruction_check(Check *c, uint32_t instruction, uint32_t index) {
    (void)index;
    static const char *const fields[] = {[SC_CALL_KERNEL] = "4w",
                                         [SC_CALL_DELEGATE] = "4w",
                                         [SC_CALL_MOVE] = "44",
                                         [SC_CALL_JUMP_FALSE] = "44",
                                         [SC_CALL_FREE] = "4"};
    uint32_t kind = sc_flat_u8(c->file, instruction, SC_INSTRUCTION_KIND);
    if (kind == 0 || kind > SC_CALL_FREE) {
        fault_set(c, SC_E_UNSUPPORTED, instruction, "unknown kind");
        return;
    }
    uint32_t table = child_check(c, instruction, SC_INSTRUCTION_TABLE, fields[kind]);
    if (!table) {
        demand(c, false, instruction, "missing field");
        return;
    }
    switch (kind) {
    case SC_CALL_KERNEL:
        call_check(c, table, c->operators);
        break;
    case SC_CALL_DELEGATE:
        call_check(c, table, c->delegates);
        break;
    case SC_CALL_MOVE:
        move_check(c, table);
        break;
    case SC_CALL_JUMP_FALSE:
        jump_check(c, table);
        break;
    default:
        demand(c, kind_of(c, sc_flat_u32(c->file, table, SC_FREE_VALUE)) == SC_KIND_TENSOR,
               table, "freed value isn't a tensor");
    }
}

/* ---- plans ------------------------------------------------------------------- */

static void operator_check(Check *c, uint32_t op, uint32_t index) {
    (void)index;
    demand(c, sc_flat_ref(c->file, op, SC_OPERATOR_NAME) != 0, op, "missing field");
}

static void delegate_check(Check *c, uint32_t delegate, uint32_t index) {
    (void)index;
    tables_check(c, delegate, SC_DELEGATE_SPECS, "sb", NULL);
    uint32_t processed = child_check(c, delegate, SC_DELEGATE_PROCESSED, "14");
    demand(c, processed && sc_flat_ref(c->file, delegate, SC_DELEGATE_ID) != 0, delegate,
           "missing field");
    if (c->status != SC_OK) {
        return;
    }
    uint32_t payload = sc_flat_u32(c->file, processed, SC_PROCESSED_INDEX);
    if (sc_flat_u8(c->file, processed, SC_PROCESSED_LOCATION) != 0) {
        segment_index_check(c, processed, payload);
    } else {
        uint32_t inlined = sc_flat_ref(c->file, c->model.root, SC_PROGRAM_DELEGATE_DATA);
        demand(c, payload < sc_flat_count(c->file, inlined), processed,
               "index out of range");
    }
}

static void chain_check(Check *c, uint32_t chain, uint32_t index) {
    support(c, index == 0, chain, "several chains");
    c->instructions = sc_flat_ref(c->file, chain, SC_CHAIN_INSTRUCTIONS);
    tables_check(c, chain, SC_CHAIN_INSTRUCTIONS, "1t", instruction_check);
}

static void plan_check(Check *c, uint32_t plan, uint32_t index) {
    (void)index;
    const uint8_t *file = c->file;
    c->values = sc_flat_ref(file, plan, SC_PLAN_VALUES);
    c->memories = sc_flat_ref(file, plan, SC_PLAN_MEMORY_SIZES);
    c->operators = sc_flat_ref(file, plan, SC_PLAN_OPERATORS);
    c->delegates = sc_flat_ref(file, plan, SC_PLAN_DELEGATES);
    demand(c, sc_flat_ref(file, plan, SC_PLAN_NAME) != 0, plan, "missing field");
    demand(c, sc_flat_count(file, sc_flat_ref(file, plan, SC_PLAN_CHAINS)) != 0, plan,
           "missing field");
    support(c, sc_flat_count(file, c->memories) <= SC_MAX_MEMORIES + 1, plan,
            "above SC_MAX_MEMORIES");
    child_check(c, plan, SC_PLAN_CONTAINER, "ss");
    tables_check(c, plan, SC_PLAN_OPERATORS, "ss", operator_check);
    tables_check(c, plan, SC_PLAN_DELEGATES, "stv", delegate_check);
    tables_check(c, plan, SC_PLAN_VALUES, "1t", value_check);
    values_check(c);
    indices_check(c, sc_flat_ref(file, plan, SC_PLAN_INPUTS), true);
    indices_check(c, sc_flat_ref(file, plan, SC_PLAN_OUTPUTS), false);
    if (c->status == SC_OK) {
        tables_check(c, plan, SC_PLAN_CHAINS, "wwv", chain_check);
    }
}

/* ---- sconce.io --------------------------------------------------------------- */

static void io_check(Check *c) {
    uint32_t n_bytes;
    uint32_t at = sc_named_at(&c->model, SC_IO_KEY, &n_bytes);
    const uint8_t *io = c->file + at;
    if (!at) {
        return;
    }
    if (n_bytes < SC_IO_RECORDS_AT || memcmp(io, SC_IO_MAGIC, 4) != 0) {
        fault_set(c, SC_E_FORMAT, at, "bad sconce.io");
        return;
    }
    if (sc_load_u16(io + SC_IO_VERSION_AT) != SC_IO_VERSION) {
        return; /* sc_input_info() answers SC_E_NOT_FOUND */
    }
    uint32_t n = sc_load_u16(io + SC_IO_N_INPUTS_AT) + sc_load_u16(io + SC_IO_N_OUTPUTS_AT);
    uint32_t strings = SC_IO_RECORDS_AT + SC_IO_RECORD_BYTES * n;
    /* The last byte ends the last string, and so every other. */
    if (n != 0 && (strings >= n_bytes || io[n_bytes - 1] != 0)) {
        fault_set(c, SC_E_FORMAT, at, "bad sconce.io");
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *record = io + SC_IO_RECORDS_AT + SC_IO_RECORD_BYTES * i;
        demand(c,
               sc_load_u32(record + SC_IO_NAME_AT) < n_bytes &&
                   record[SC_IO_LAYOUT_AT] <= SC_LAYOUT_CHANNELS_LAST,
               at, "bad sconce.io");
    }
}

/* ---- the program ------------------------------------------------------------- */

static void program_check(Check *c) {
    uint32_t root = c->model.root;
    if (!table_check(c, 0, root, "4vvvvtvv")) {
        return;
    }
    uint32_t constants = child_check(c, root, SC_PROGRAM_CONSTANT_SEGMENT, "4q");
    tables_check(c, root, SC_PROGRAM_SEGMENTS, "88", segment_check);
    tables_check(c, root, SC_PROGRAM_MUTABLE_SEGMENTS, "4q", subsegment_check);
    tables_check(c, root, SC_PROGRAM_CONSTANT_BUFFER, "b", NULL);
    tables_check(c, root, SC_PROGRAM_DELEGATE_DATA, "b", NULL);
    tables_check(c, root, SC_PROGRAM_NAMED_DATA, "s4", named_check);
    if (constants) {
        subsegment_check(c, constants, 0);
    }
    demand(c, sc_method_count(&c->model) != 0, root, "missing field");
    if (c->status == SC_OK) {
        sc_constants_open(&c->model);
        tables_check(c, root, SC_PROGRAM_PLANS, "stvwwvvvq", plan_check);
        io_check(c);
    }
}

ScStatus sc_verify(const void *file, size_t n_bytes, ScVerifyReport *out_report) {
    Check c;
    memset(&c, 0, sizeof c);
    c.status = sc_header_read(file, n_bytes, &c.model, &c.fault);
    if (c.status == SC_OK) {
        c.file = c.model.file;
        c.end = c.model.program_bytes;
        c.work = 2 * c.model.n_bytes; /* real files: one visit for ten bytes, or less */
        program_check(&c);
    }
    if (out_report) {
        *out_report = c.fault;
    }
    return c.status;
}
