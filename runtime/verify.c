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
 * budget proportional to the files, so sharing one big vector among many tables
 * can't make the work quadratic, here or in sc_init(). The first fault stops everything:
 * after it the budget is empty and every check answers no. Source: program.fbs and the
 * "internals" page of flatbuffers; docs/formats.md.
 */
#include <string.h>

#include "runtime/model.h"
#include "runtime/schema.h"

typedef struct Check Check;
typedef struct Table Table;
struct Check {
    ScModel model;
    /* A tensor in the .ptd; NULL: there is none. A pointer, so that firmware without a
     * .ptd doesn't link what checks it. */
    const ScModel *data; /* with the data fields set; model is cleared on the way */
    void (*external)(Check *c, const Table *tensor, uint32_t name, uint32_t n_bytes);
    const uint8_t *file;
    uint32_t end;  /* of the flatbuffer */
    uint32_t work; /* left */
    ScStatus status;
    ScVerifyReport fault;
    uint32_t segments; /* vectors of the program */
    uint32_t payloads;
    uint32_t values; /* and of the plan in hand */
    uint32_t memories;
    uint32_t operators;
    uint32_t delegates;
    uint32_t instructions;
};

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

/* A checked table. A field is its number, the position of what it refers to, or,
 * for numbers of 8 bytes, its own position; 0 when left out. */
struct Table {
    uint32_t at;
    uint32_t field[SC_TENSOR_N_FIELDS]; /* no table has more */
};

static bool span_fits(const Check *c, uint32_t at, uint32_t n_bytes, uint32_t align) {
    return at % align == 0 && at <= c->end && n_bytes <= c->end - at;
}

/* What a field refers to. letter: see table_check(). */
static uint32_t target_check(Check *c, uint32_t at, char letter) {
    uint32_t target = at + sc_load_u32(c->file + at);
    /* Forward only: an offset that wraps round is a different place in 64 bits. */
    if (target < at || !span_fits(c, target, 4, 4)) {
        fault_set(c, SC_E_FORMAT, at, "reference out of bounds");
        return 0;
    }
    uint32_t n = sc_load_u32(c->file + target);
    uint32_t room = c->end - target - 4;
    if (letter == 's') {
        demand(c, n < room && c->file[target + 4 + n] == 0, target,
               "string not terminated");
    } else if (letter != 't') {
        uint32_t most = letter == 'b' ? room : letter == 'q' ? room / 8 : room / 4;
        demand(c, n <= most, target, "vector out of bounds");
        demand(c, letter != 'q' || n == 0 || target % 8 == 4, target, "not aligned");
    }
    return target;
}

/*
 * Checks and reads a table, referred to at `from`: one letter a field: 1 4 8 a
 * number of so many bytes, s string, b w q vector of 1, 4, 8 byte items, t table,
 * v vector of tables. Tables behind t and v are yet to be checked.
 */
static bool table_check(Check *c, uint32_t from, uint32_t at, const char *letters,
                        Table *out_table) {
    if (!work_take(c, from, 1)) {
        return false;
    }
    /* The vtable's second number, the table's size, isn't looked at: writers
     * that share vtables by their offsets alone leave a wrong one. */
    uint32_t vtable = c->end;
    if (at >= from && span_fits(c, at, 4, 4)) {
        vtable = at - sc_load_u32(c->file + at);
    }
    if (!span_fits(c, vtable, 4, 2) ||
        !span_fits(c, vtable, sc_load_u16(c->file + vtable), 2)) {
        fault_set(c, SC_E_FORMAT, from, "table out of bounds");
        return false;
    }
    memset(out_table, 0, sizeof *out_table);
    out_table->at = at;
    for (uint32_t i = 0; letters[i]; i++) {
        uint32_t offset = sc_flat_offset(c->file + vtable, i);
        uint32_t field = at + offset;
        uint32_t size = letters[i] == '1' ? 1 : letters[i] == '8' ? 8 : 4;
        if (offset == 0) {
            continue;
        }
        if (!span_fits(c, field, size, size)) {
            fault_set(c, SC_E_FORMAT, field, "table out of bounds");
            return false;
        }
        out_table->field[i] = letters[i] == '1'   ? c->file[field]
                              : letters[i] == '4' ? sc_load_u32(c->file + field)
                              : letters[i] == '8' ? field
                                                  : target_check(c, field, letters[i]);
    }
    return c->status == SC_OK;
}

static uint32_t size_at(const Check *c, uint32_t at) {
    return at ? sc_load_clipped(c->file + at) : 0;
}

typedef void CheckItem(Check *c, const Table *table, uint32_t index);

/* Checks a vector of tables; what is behind their references is up to `item`. */
static void tables_check(Check *c, uint32_t vector, const char *letters, CheckItem *item) {
    Table table;
    for (uint32_t i = 0; i < sc_flat_count(c->file, vector); i++) {
        uint32_t at = sc_flat_table_at(c->file, vector, i);
        if (!table_check(c, vector + 4 + 4 * i, at, letters, &table)) {
            return;
        }
        if (item) {
            item(c, &table, i);
        }
    }
}

/* ---- segments ---------------------------------------------------------------- */

static void segment_check(Check *c, const Table *segment, uint32_t index) {
    (void)index;
    uint32_t offset = size_at(c, segment->field[SC_SEGMENT_OFFSET]);
    uint32_t size = size_at(c, segment->field[SC_SEGMENT_SIZE]);
    uint32_t base = c->model.segment_base;
    uint32_t room = base ? c->model.n_bytes - base : 0;
    demand(c, size <= room && offset <= room - size, segment->at, "segment out of bounds");
}

/* An index into a vector. */
static void index_check(Check *c, uint32_t at, uint32_t index, uint32_t vector) {
    demand(c, index < sc_flat_count(c->file, vector), at, "index out of range");
}

static void subsegment_check(Check *c, const Table *table, uint32_t index) {
    (void)index;
    /* The first offset is reserved: one alone means that there is no data. */
    if (sc_flat_count(c->file, table->field[SC_SUBSEGMENT_OFFSETS]) > 1) {
        index_check(c, table->at, table->field[SC_SUBSEGMENT_INDEX], c->segments);
    }
}

static void named_check(Check *c, const Table *named, uint32_t index) {
    (void)index;
    index_check(c, named->at, named->field[SC_NAMED_SEGMENT], c->segments);
}

/* ---- values ------------------------------------------------------------------ */

static uint32_t value_at(const Check *c, uint32_t index, uint32_t *out_table) {
    uint32_t value = sc_flat_table_at(c->file, c->values, index);
    *out_table = sc_flat_ref(c->file, value, SC_VALUE_TABLE);
    return sc_flat_u8(c->file, value, SC_VALUE_KIND);
}

/* Kind of a value, 0 when the index is out of range. */
static uint32_t kind_of(const Check *c, uint32_t index) {
    uint32_t table;
    return index < sc_flat_count(c->file, c->values) ? value_at(c, index, &table) : 0;
}

static bool is_constant(const Check *c, uint32_t tensor) {
    return sc_is_external(c->file, tensor) ||
           (sc_flat_u32(c->file, tensor, SC_TENSOR_DATA) != 0 &&
            sc_flat_ref(c->file, tensor, SC_TENSOR_ALLOCATION) == 0);
}

static const char *value_letters(uint32_t kind) {
    static const char *const letters[SC_N_KINDS] = {[SC_KIND_NULL] = "",
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
    return letters[kind];
}

/* First pass over the values: every one and its table are sound. */
static void value_check(Check *c, const Table *value, uint32_t index) {
    (void)index;
    Table table;
    uint32_t kind = value->field[SC_VALUE_KIND];
    uint32_t at = value->field[SC_VALUE_TABLE];
    if (kind == 0 || kind >= SC_N_KINDS) {
        fault_set(c, SC_E_UNSUPPORTED, value->at, "unknown kind");
    } else if (at) {
        table_check(c, value->at, at, value_letters(kind), &table);
    } else {
        demand(c, kind == SC_KIND_NULL, value->at, "missing field");
    }
}

/* Bytes of a tensor; checks dtype, sizes and order of dimensions. */
static uint32_t shape_check(Check *c, const Table *tensor) {
    uint32_t sizes = tensor->field[SC_TENSOR_SIZES];
    uint32_t order = tensor->field[SC_TENSOR_DIM_ORDER];
    uint32_t rank = sc_flat_count(c->file, sizes);
    uint64_t n_bytes = sc_dtype_size((ScDtype)tensor->field[SC_TENSOR_DTYPE]);
    support(c, n_bytes != 0, tensor->at, "unknown dtype");
    support(c, rank <= SC_MAX_RANK, tensor->at, "above SC_MAX_RANK");
    demand(c, sizes && order && sc_flat_count(c->file, order) == rank, tensor->at,
           "sizes and dim_order differ in length");
    if (!work_take(c, tensor->at, rank)) {
        return 0;
    }
    uint32_t seen = 0;
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t size = sc_flat_u32_at(c->file, sizes, i);
        uint32_t dim = c->file[order + 4 + i];
        demand(c, size <= INT32_MAX, sizes, "negative size");
        n_bytes *= size;
        demand(c, n_bytes <= UINT32_MAX, sizes, "tensor too large");
        n_bytes &= UINT32_MAX;
        seen |= dim < rank ? 1u << dim : 0;
    }
    demand(c, seen + 1 == 1u << rank, order, "dim_order isn't a permutation");
    return (uint32_t)n_bytes;
}

static void place_check(Check *c, const Table *allocation, uint32_t n_bytes,
                        uint32_t size) {
    uint32_t memory = allocation->field[SC_ALLOCATION_MEMORY];
    uint32_t offset = allocation->field[SC_ALLOCATION_OFFSET];
    demand(c, memory != 0, allocation->at, "index out of range");
    index_check(c, allocation->at, memory, c->memories);
    if (c->status == SC_OK) {
        uint32_t room = size_at(c, c->memories + 4 + 8 * memory);
        demand(c,
               allocation->field[SC_ALLOCATION_OFFSET_HIGH] == 0 && offset <= room &&
                   n_bytes <= room - offset,
               allocation->at, "tensor out of bounds");
    }
    demand(c, n_bytes == 0 || (offset & (size - 1)) == 0, allocation->at, "not aligned");
}

/* What a .ptd says of a tensor against what the program says. */
static bool layout_fits(const Check *c, const Table *tensor, uint32_t layout) {
    const uint8_t *data = c->data->data;
    uint32_t sizes = sc_flat_ref(data, layout, SC_LAYOUT_SIZES);
    uint32_t order = sc_flat_ref(data, layout, SC_LAYOUT_DIM_ORDER);
    uint32_t rank = sc_flat_count(c->file, tensor->field[SC_TENSOR_SIZES]);
    return sc_flat_u8(data, layout, SC_LAYOUT_DTYPE) == tensor->field[SC_TENSOR_DTYPE] &&
           sc_flat_count(data, sizes) == rank && sc_flat_count(data, order) == rank &&
           memcmp(data + sizes + 4, c->file + tensor->field[SC_TENSOR_SIZES] + 4,
                  4 * rank) == 0 &&
           memcmp(data + order + 4, c->file + tensor->field[SC_TENSOR_DIM_ORDER] + 4,
                  rank) == 0;
}

/* A tensor in the .ptd. Its name is looked up here and in each sc_init(). */
static void external_check(Check *c, const Table *tensor, uint32_t name, uint32_t n_bytes) {
    const ScModel *model = c->data;
    support(c, tensor->field[SC_TENSOR_ALLOCATION] == 0, tensor->at,
            "state in another file");
    demand(c, name != 0, tensor->at, "missing field");
    if (c->status != SC_OK) {
        return;
    }
    uint32_t all = sc_flat_ref(model->data, model->data_root, SC_DATA_NAMED);
    if (!work_take(c, tensor->at, sc_flat_count(model->data, all))) {
        return;
    }
    uint32_t named = sc_data_entry(model, sc_flat_chars(c->file, name));
    if (!named) {
        fault_set(c, SC_E_NOT_FOUND, tensor->at, "not in the data file");
        return;
    }
    uint32_t room;
    uint32_t at = sc_data_at(model, named, &room);
    uint32_t layout = sc_flat_ref(model->data, named, SC_NAMED_LAYOUT);
    uint32_t size = (uint32_t)sc_dtype_size((ScDtype)tensor->field[SC_TENSOR_DTYPE]);
    demand(c, n_bytes <= room, tensor->at, "data out of bounds");
    demand(c, (at & (size - 1)) == 0, tensor->at, "not aligned");
    demand(c, !layout || layout_fits(c, tensor, layout), tensor->at,
           "another tensor in the data file");
}

static void tensor_check(Check *c, const Table *tensor) {
    uint32_t n_bytes = shape_check(c, tensor);
    uint32_t size = (uint32_t)sc_dtype_size((ScDtype)tensor->field[SC_TENSOR_DTYPE]);
    uint32_t data = tensor->field[SC_TENSOR_DATA];
    uint32_t allocation = tensor->field[SC_TENSOR_ALLOCATION];
    uint32_t extra = tensor->field[SC_TENSOR_EXTRA];
    Table child;
    support(
        c, (tensor->field[SC_TENSOR_STORAGE_OFFSET] | tensor->field[SC_TENSOR_LAYOUT]) == 0,
        tensor->at, "sparse or offset tensor");
    support(c, tensor->field[SC_TENSOR_DYNAMISM] <= SC_DYNAMIC_BOUND, tensor->at,
            "unbounded size");
    if (extra && table_check(c, tensor->at, extra, "8s111", &child)) {
        support(c, child.field[SC_EXTRA_LOCATION] <= 1, extra, "data in another place");
        if (child.field[SC_EXTRA_LOCATION] == 1) {
            support(c, c->external != NULL, tensor->at, "data in another file");
            if (c->external) {
                c->external(c, tensor, child.field[SC_EXTRA_NAME], n_bytes);
            }
            return;
        }
    }
    if (allocation && table_check(c, tensor->at, allocation, "444", &child)) {
        place_check(c, &child, n_bytes, size);
    }
    if (data && n_bytes && c->status == SC_OK) {
        uint32_t room;
        uint32_t at = allocation ? sc_initial_at(&c->model, data, &room)
                                 : sc_constant_at(&c->model, data, &room);
        demand(c, n_bytes <= room, tensor->at, "data out of bounds");
        demand(c, allocation || (at & (size - 1)) == 0, tensor->at, "not aligned");
        /* sc_reset() copies a first value. */
        work_take(c, tensor->at, allocation ? n_bytes / 16 : 0);
    }
}

static void list_check(Check *c, uint32_t items, uint32_t kind, uint32_t index) {
    uint32_t n = sc_flat_count(c->file, items);
    if (!work_take(c, items, n)) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        bool right;
        if (kind == SC_KIND_INTS) {
            right = kind_of(c, size_at(c, items + 4 + 8 * i)) == SC_KIND_INT;
        } else {
            /* Lower indices only: stock copies the tensors while it reads the list. */
            uint32_t item = sc_flat_u32_at(c->file, items, i);
            right = (kind == SC_KIND_OPTIONAL_TENSORS && item == UINT32_MAX) ||
                    (item < index && kind_of(c, item) == SC_KIND_TENSOR);
        }
        demand(c, right, items, "list with a wrong item");
    }
}

/* Second pass: kinds of other values may be relied on. */
static void values_check(Check *c) {
    uint32_t n = sc_flat_count(c->file, c->values);
    for (uint32_t i = 0; i < n && c->status == SC_OK; i++) {
        uint32_t at;
        uint32_t kind = value_at(c, i, &at);
        Table table;
        if (kind != SC_KIND_TENSOR && kind != SC_KIND_INTS && kind < SC_KIND_TENSORS) {
            continue;
        }
        if (!table_check(c, at, at, value_letters(kind), &table)) {
            return;
        }
        if (kind == SC_KIND_TENSOR) {
            tensor_check(c, &table);
        } else {
            list_check(c, table.field[SC_FIELD_ONLY], kind, i);
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

static void call_check(Check *c, const Table *call, uint32_t callees) {
    uint32_t args = call->field[SC_CALL_ARGS];
    index_check(c, call->at, call->field[SC_CALL_INDEX], callees);
    support(c, sc_flat_count(c->file, args) <= SC_MAX_ARGS, call->at, "above SC_MAX_ARGS");
    indices_check(c, args, false);
}

/* Each call of sc_init() and of a run reads the payload. */
static void payload_take(Check *c, const Table *call) {
    if (c->status == SC_OK) {
        uint32_t at = sc_flat_table_at(c->file, c->delegates, call->field[SC_CALL_INDEX]);
        uint32_t n_bytes;
        (void)sc_payload_at(&c->model, sc_flat_ref(c->file, at, SC_DELEGATE_PROCESSED),
                            &n_bytes);
        work_take(c, call->at, n_bytes / 8);
    }
}

static void move_check(Check *c, const Table *move) {
    uint32_t from = kind_of(c, move->field[SC_MOVE_FROM]);
    uint32_t to = kind_of(c, move->field[SC_MOVE_TO]);
    demand(c, from != 0 && to != 0, move->at, "index out of range");
    support(c, from == to, move->at, "move between kinds");
}

static void jump_check(Check *c, const Table *jump) {
    uint32_t condition = jump->field[SC_JUMP_CONDITION];
    uint32_t kind = kind_of(c, condition);
    bool right = kind == SC_KIND_BOOL;
    if (kind == SC_KIND_TENSOR) {
        uint32_t tensor;
        value_at(c, condition, &tensor);
        right = sc_flat_u8(c->file, tensor, SC_TENSOR_DTYPE) == SC_BOOL;
    }
    demand(c, right, jump->at, "condition isn't a bool");
    demand(c, jump->field[SC_JUMP_TARGET] <= sc_flat_count(c->file, c->instructions),
           jump->at, "index out of range");
}

static void instruction_check(Check *c, const Table *instruction, uint32_t index) {
    (void)index;
    static const char letters[][4] = {[SC_CALL_KERNEL] = "4w",
                                      [SC_CALL_DELEGATE] = "4w",
                                      [SC_CALL_MOVE] = "44",
                                      [SC_CALL_JUMP_FALSE] = "44",
                                      [SC_CALL_FREE] = "4"};
    uint32_t kind = instruction->field[SC_INSTRUCTION_KIND];
    uint32_t at = instruction->field[SC_INSTRUCTION_TABLE];
    Table table;
    support(c, kind != 0 && kind <= SC_CALL_FREE, instruction->at, "unknown kind");
    demand(c, at != 0, instruction->at, "missing field");
    if (c->status != SC_OK || !table_check(c, instruction->at, at, letters[kind], &table)) {
        return;
    }
    switch (kind) {
    case SC_CALL_KERNEL:
        call_check(c, &table, c->operators);
        break;
    case SC_CALL_DELEGATE:
        call_check(c, &table, c->delegates);
        payload_take(c, &table);
        break;
    case SC_CALL_MOVE:
        move_check(c, &table);
        break;
    case SC_CALL_JUMP_FALSE:
        jump_check(c, &table);
        break;
    default:
        demand(c, kind_of(c, table.field[SC_FREE_VALUE]) == SC_KIND_TENSOR, at,
               "freed value isn't a tensor");
    }
}

/* ---- plans ------------------------------------------------------------------- */

static void operator_check(Check *c, const Table *op, uint32_t index) {
    (void)index;
    demand(c, op->field[SC_OPERATOR_NAME] != 0, op->at, "missing field");
}

static void delegate_check(Check *c, const Table *delegate, uint32_t index) {
    (void)index;
    Table processed;
    uint32_t at = delegate->field[SC_DELEGATE_PROCESSED];
    demand(c, at && delegate->field[SC_DELEGATE_ID], delegate->at, "missing field");
    tables_check(c, delegate->field[SC_DELEGATE_SPECS], "sb", NULL);
    if (table_check(c, delegate->at, at, "14", &processed)) {
        bool inlined = processed.field[SC_PROCESSED_LOCATION] == 0;
        support(c, processed.field[SC_PROCESSED_LOCATION] <= 1, at,
                "payload in another place");
        index_check(c, at, processed.field[SC_PROCESSED_INDEX],
                    inlined ? c->payloads : c->segments);
    }
}

static void chain_check(Check *c, const Table *chain, uint32_t index) {
    support(c, index == 0, chain->at, "several chains");
    c->instructions = chain->field[SC_CHAIN_INSTRUCTIONS];
    tables_check(c, c->instructions, "1t", instruction_check);
}

static void plan_check(Check *c, const Table *plan, uint32_t index) {
    (void)index;
    Table container;
    c->values = plan->field[SC_PLAN_VALUES];
    c->memories = plan->field[SC_PLAN_MEMORY_SIZES];
    c->operators = plan->field[SC_PLAN_OPERATORS];
    c->delegates = plan->field[SC_PLAN_DELEGATES];
    demand(c,
           plan->field[SC_PLAN_NAME] &&
               sc_flat_count(c->file, plan->field[SC_PLAN_CHAINS]) != 0,
           plan->at, "missing field");
    support(c, sc_flat_count(c->file, c->memories) <= SC_MAX_MEMORIES + 1, plan->at,
            "above SC_MAX_MEMORIES");
    for (uint32_t i = 1; c->status == SC_OK && i < sc_flat_count(c->file, c->memories);
         i++) {
        demand(c, size_at(c, c->memories + 4 + 8 * i) != UINT32_MAX, c->memories,
               "memory too large");
    }
    if (plan->field[SC_PLAN_CONTAINER]) {
        table_check(c, plan->at, plan->field[SC_PLAN_CONTAINER], "ss", &container);
    }
    tables_check(c, c->operators, "ss", operator_check);
    tables_check(c, c->delegates, "stv", delegate_check);
    tables_check(c, c->values, "1t", value_check);
    values_check(c);
    indices_check(c, plan->field[SC_PLAN_INPUTS], true);
    indices_check(c, plan->field[SC_PLAN_OUTPUTS], false);
    tables_check(c, plan->field[SC_PLAN_CHAINS], "wwv", chain_check);
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
    Table program;
    Table constants;
    if (!table_check(c, 0, c->model.root, "4vvvvtvv", &program)) {
        return;
    }
    c->segments = program.field[SC_PROGRAM_SEGMENTS];
    c->payloads = program.field[SC_PROGRAM_DELEGATE_DATA];
    tables_check(c, c->segments, "88", segment_check);
    tables_check(c, program.field[SC_PROGRAM_MUTABLE_SEGMENTS], "4q", subsegment_check);
    tables_check(c, program.field[SC_PROGRAM_CONSTANT_BUFFER], "b", NULL);
    tables_check(c, c->payloads, "b", NULL);
    tables_check(c, program.field[SC_PROGRAM_NAMED_DATA], "s4", named_check);
    uint32_t at = program.field[SC_PROGRAM_CONSTANT_SEGMENT];
    if (at && table_check(c, 0, at, "4q", &constants)) {
        subsegment_check(c, &constants, 0);
    }
    demand(c, sc_flat_count(c->file, program.field[SC_PROGRAM_PLANS]) != 0, program.at,
           "missing field");
    if (c->status == SC_OK) {
        sc_constants_open(&c->model);
        tables_check(c, program.field[SC_PROGRAM_PLANS], "stvwwvvvq", plan_check);
        io_check(c);
    }
}

/* ---- a .ptd ------------------------------------------------------------------ */

static void data_named_check(Check *c, const Table *named, uint32_t index) {
    (void)index;
    Table layout;
    demand(c, named->field[SC_NAMED_KEY] != 0, named->at, "missing field");
    index_check(c, named->at, named->field[SC_NAMED_SEGMENT], c->segments);
    if (named->field[SC_NAMED_LAYOUT]) {
        table_check(c, named->at, named->field[SC_NAMED_LAYOUT], "1wb", &layout);
    }
}

ScStatus sc_verify_data(const void *data, size_t n_bytes, ScVerifyReport *out_report) {
    Check c;
    Table flat;
    memset(&c, 0, sizeof c);
    c.status = sc_data_read(data, n_bytes, &c.model, &c.fault);
    if (c.status == SC_OK) {
        c.file = data;
        c.model.n_bytes = c.model.data_bytes;
        c.model.segment_base = c.model.data_base;
        c.end = sc_load_clipped(c.file + SC_DATA_FLAT_AT) +
                sc_load_clipped(c.file + SC_DATA_FLAT_BYTES_AT);
        c.work = 2 * c.model.n_bytes;
        if (table_check(&c, 0, c.model.data_root, "4vv", &flat)) {
            support(&c, flat.field[SC_DATA_VERSION] == 0, flat.at, "unknown version");
            c.segments = flat.field[SC_DATA_SEGMENTS];
            tables_check(&c, c.segments, "88", segment_check);
            tables_check(&c, flat.field[SC_DATA_NAMED], "s4t", data_named_check);
        }
    }
    if (out_report) {
        *out_report = c.fault;
    }
    return c.status;
}

/* ---- a .pte ------------------------------------------------------------------ */

static ScStatus file_check(Check *c, const void *file, size_t n_bytes,
                           ScVerifyReport *out_report) {
    if (c->status == SC_OK) {
        c->status = sc_header_read(file, n_bytes, &c->model, &c->fault);
    }
    if (c->status == SC_OK) {
        c->file = c->model.file;
        c->end = c->model.program_bytes;
        c->work += 2 * c->model.n_bytes; /* real files: one visit for ten bytes, or less */
        program_check(c);
    }
    if (out_report) {
        *out_report = c->fault;
    }
    return c->status;
}

ScStatus sc_verify(const void *file, size_t n_bytes, ScVerifyReport *out_report) {
    Check c;
    memset(&c, 0, sizeof c);
    return file_check(&c, file, n_bytes, out_report);
}

ScStatus sc_verify_with_data(const void *file, size_t n_bytes, const void *data,
                             size_t data_bytes, ScVerifyReport *out_report) {
    Check c;
    ScModel beside;
    memset(&c, 0, sizeof c);
    memset(&beside, 0, sizeof beside);
    if (data) {
        c.status = sc_verify_data(data, data_bytes, NULL);
        c.fault.what = c.status != SC_OK ? "the data file isn't sound" : NULL;
        (void)sc_data_read(data, data_bytes, &beside, NULL);
        c.work = beside.data_bytes;
        c.external = external_check;
        c.data = &beside;
    }
    return file_check(&c, file, n_bytes, out_report);
}
