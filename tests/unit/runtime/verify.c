/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier: a sound file passes; every single damage is found and named;
 * no truncation and no random damage makes verifier or runtime read or write
 * outside their bytes (run under AddressSanitizer to see that).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/call.h"
#include "tests/unit/runtime/pte_build.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

/* ---- one program with everything ----------------------------------------------------- */

enum {
    X,
    W,
    STATE,
    OUT,
    FREE_PLACE,
    ONE,
    TWO,
    YES,
    TEXT,
    INTS,
    DOUBLES,
    BOOLS,
    LIST,
    MAYBE,
    NONE,
    HALF,
    DYNAMIC,
    FLAG,
    N_VALUES
};

#define F32(...) \
    .kind = SC_KIND_TENSOR, .dtype = SC_F32, .n = 2, .sizes = {1, 3}, __VA_ARGS__

static const PteValue values[N_VALUES] = {
    [X] = {F32(.memory = 1)},
    [W] = {F32(.data = 1, .extra = true)},
    [STATE] = {F32(.memory = 2, .data = 1)},
    [OUT] = {F32(.memory = 1, .offset = 16)},
    [FREE_PLACE] = {F32(.data = 0)},
    [ONE] = {.kind = SC_KIND_INT, .i = 1},
    [TWO] = {.kind = SC_KIND_INT, .i = 2},
    [YES] = {.kind = SC_KIND_BOOL, .i = 1},
    [TEXT] = {.kind = SC_KIND_STRING, .text = "mean"},
    [INTS] = {.kind = SC_KIND_INTS, .n = 3, .items = {ONE, TWO, ONE}},
    [DOUBLES] = {.kind = SC_KIND_DOUBLES, .n = 2, .items = {3, 4}},
    [BOOLS] = {.kind = SC_KIND_BOOLS, .n = 3, .items = {1, 0, 1}},
    [LIST] = {.kind = SC_KIND_TENSORS, .n = 2, .items = {X, W}},
    [MAYBE] = {.kind = SC_KIND_OPTIONAL_TENSORS, .n = 2, .items = {-1, X}},
    [NONE] = {.kind = SC_KIND_NULL},
    [HALF] = {.kind = SC_KIND_DOUBLE, .d = 0.5},
    [DYNAMIC] = {F32(.memory = 1, .offset = 32, .dynamism = SC_DYNAMIC_BOUND)},
    [FLAG] = {.kind = SC_KIND_TENSOR, .dtype = SC_BOOL, .n = 0, .memory = 1, .offset = 44},
};

static const PteInst insts[] = {
    {.kind = SC_CALL_KERNEL, .index = 0, .n_args = 5, .args = {X, W, HALF, OUT, OUT}},
    {.kind = SC_CALL_KERNEL,
     .index = 1,
     .n_args = 4,
     .args = {LIST, INTS, DYNAMIC, DYNAMIC}},
    {.kind = SC_CALL_MOVE, .index = X, .target = FREE_PLACE},
    {.kind = SC_CALL_KERNEL,
     .index = 2,
     .n_args = 4,
     .args = {STATE, FREE_PLACE, YES, STATE}},
    {.kind = SC_CALL_JUMP_FALSE, .index = FLAG, .target = 6},
    {.kind = SC_CALL_JUMP_FALSE, .index = YES, .target = 0},
    {.kind = SC_CALL_KERNEL,
     .index = 3,
     .n_args = 7,
     .args = {MAYBE, TEXT, DOUBLES, BOOLS, NONE, OUT, OUT}},
    {.kind = SC_CALL_FREE, .index = FREE_PLACE},
};
/* The same, and then a call of the delegate, which these kernels can't run. */
static const PteInst delegate_inst = {
    .kind = SC_CALL_DELEGATE, .index = 0, .n_args = 2, .args = {X, OUT}};

static const char *const operators[][2] = {
    {"aten::add", "out"}, {"aten::cat", "out"}, {"aten::copy_", ""}, {"test::all", "out"}};

static const float weight[] = {1, 2, 3, 4, 5, 6, 7};
static const float initial[] = {8, 9, 10};
static const uint8_t io_bytes[] = {'S', 'C', 'I',  'O', 1, 0,   1, 0,   1,   0,   0,  0, 0,
                                   0,   0,   0x3f, 3,   0, 0,   0, 44,  0,   0,   0,  1, 0,
                                   0,   0,   0,    0,   0, 0,   0, 0,   0,   0,   46, 0, 0,
                                   0,   0,   0,    0,   0, 'x', 0, 'o', 'u', 't', 0};

static PteInst all_insts[COUNT(insts) + 1];

static PteProgram everything(bool with_delegate) {
    memcpy(all_insts, insts, sizeof insts);
    all_insts[COUNT(insts)] = delegate_inst;
    PteProgram program = {.values = values,
                          .n_values = N_VALUES,
                          .insts = all_insts,
                          .n_insts = COUNT(insts) + (with_delegate ? 1 : 0),
                          .operators = operators,
                          .n_operators = COUNT(operators),
                          .inputs = {X},
                          .n_inputs = 1,
                          .outputs = {OUT, DYNAMIC},
                          .n_outputs = 2,
                          .memory_bytes = {48, 12},
                          .n_memories = 2,
                          .constants = weight,
                          .constant_bytes = sizeof weight,
                          .initial = initial,
                          .initial_bytes = sizeof initial,
                          .io = io_bytes,
                          .io_bytes = sizeof io_bytes};
    if (with_delegate) {
        program.payload = "payload";
        program.payload_bytes = 7;
    }
    return program;
}

static PteFile file;

static void verify_sound_file_passes(void **state) {
    (void)state;
    for (int with_delegate = 0; with_delegate < 2; with_delegate++) {
        ScVerifyReport report = {1, "not touched"};
        PteProgram program = everything(with_delegate);
        pte_write(&file, &program);
        assert_int_equal(sc_verify(file.bytes, file.n_bytes, &report), SC_OK);
        assert_null(report.what);
        assert_int_equal(sc_verify(file.bytes, file.n_bytes, NULL), SC_OK);
    }
}

/* ---- single damages --------------------------------------------------------------------
 */

enum { RAW = -1 }; /* the position itself rather than a field of the table there */
typedef enum Way {
    PUT,    /* value into the field */
    BEHIND, /* value into what the field refers to, `plus` bytes behind its start */
    ADD,    /* value added to the field */
    DROP    /* leave the field out */
} Way;

typedef struct Damage {
    size_t where; /* offsetof(PteFile, ...): a position */
    int field;
    Way way;
    uint32_t plus;
    uint64_t value;
    uint32_t size; /* bytes of value */
    ScStatus status;
    const char *what;
} Damage;

#define AT(member) offsetof(PteFile, member)
#define BAD(member, field, way, plus, value, size, what) \
    { AT(member), (field), (way), (plus), (value), (size), SC_E_FORMAT, (what) }
#define CANT(member, field, way, plus, value, size, what) \
    { AT(member), (field), (way), (plus), (value), (size), SC_E_UNSUPPORTED, (what) }

static const Damage damages[] = {
    BAD(start, RAW, PUT, 4, 'X', 1, "not an ExecuTorch program"),
    {AT(start), RAW, PUT, 6, '9', 1, SC_E_VERSION, "a program version other than ET12"},
    BAD(start, RAW, PUT, 12, 16, 4, "bad extended header"),
    BAD(start, RAW, PUT, 16, 8, 8, "bad extended header"),
    BAD(start, RAW, PUT, 16, UINT64_MAX, 8, "bad extended header"),
    BAD(start, RAW, PUT, 24, 64, 8, "bad extended header"),
    BAD(start, RAW, PUT, 24, UINT64_MAX - 3, 8, "bad extended header"),
    BAD(start, RAW, PUT, 32, UINT64_MAX, 8, "bad extended header"),
    BAD(start, RAW, PUT, 0, 8, 4, "table out of bounds"),
    BAD(start, RAW, PUT, 0, UINT32_MAX - 1, 4, "reference out of bounds"),
    BAD(root, RAW, PUT, 0, 0x7ffffff0, 4, "table out of bounds"),
    BAD(root, SC_PROGRAM_PLANS, BEHIND, 0, 0, 4, "missing field"),

    /* flatbuffer structure */
    BAD(plan, RAW, PUT, 0u - 24, 0xfffe, 2, "table out of bounds"), /* its vtable */
    BAD(plan, RAW, ADD, 0, 1, 4, "table out of bounds"),
    BAD(value[ONE], RAW, PUT, 0, 0x80000000u, 4, "table out of bounds"),
    BAD(plan, SC_PLAN_VALUES, PUT, 0, 0x7ffffff0, 4, "reference out of bounds"),
    BAD(plan, SC_PLAN_VALUES, ADD, 0, 2, 4, "reference out of bounds"),
    BAD(plan, SC_PLAN_VALUES, BEHIND, 0, 0x40000000, 4, "vector out of bounds"),
    BAD(plan, SC_PLAN_VALUES, BEHIND, 4, 0x7ffffff0, 4, "table out of bounds"),
    /* backwards, to bytes that would do: offsets are unsigned */
    BAD(content[W], SC_TENSOR_SIZES, PUT, 0, 0u - 128, 4, "reference out of bounds"),
    BAD(plan, SC_PLAN_VALUES, BEHIND, 8, 0u - 256, 4, "table out of bounds"),
    BAD(plan, SC_PLAN_NAME, BEHIND, 0, 0x7fffffff, 4, "string not terminated"),
    BAD(plan, SC_PLAN_NAME, BEHIND, 11, 'x', 1, "string not terminated"),
    BAD(content[INTS], 0, BEHIND, 0, 0x20000000, 4, "vector out of bounds"),
    BAD(content[INTS], 0, ADD, 0, 4, 4, "not aligned"),
    BAD(content[BOOLS], 0, BEHIND, 0, 0x7fffffff, 4, "vector out of bounds"),

    /* values */
    CANT(value[ONE], SC_VALUE_KIND, PUT, 0, 0, 1, "unknown kind"),
    CANT(value[ONE], SC_VALUE_KIND, PUT, 0, 12, 1, "unknown kind"),
    BAD(value[ONE], SC_VALUE_TABLE, DROP, 0, 0, 0, "missing field"),
    CANT(content[X], SC_TENSOR_DTYPE, PUT, 0, 9, 1, "unknown dtype"),
    CANT(content[X], SC_TENSOR_SIZES, BEHIND, 0, 9, 4, "above SC_MAX_RANK"),
    BAD(content[X], SC_TENSOR_SIZES, BEHIND, 0, 1, 4,
        "sizes and dim_order differ in length"),
    BAD(content[X], SC_TENSOR_SIZES, DROP, 0, 0, 0, "sizes and dim_order differ in length"),
    BAD(content[X], SC_TENSOR_SIZES, BEHIND, 4, UINT32_MAX, 4, "negative size"),
    BAD(content[X], SC_TENSOR_SIZES, BEHIND, 4, 0x7fffffff, 4, "tensor too large"),
    BAD(content[X], SC_TENSOR_SIZES, BEHIND, 4, 5, 4, "tensor out of bounds"),
    BAD(content[X], SC_TENSOR_DIM_ORDER, BEHIND, 4, 1, 1, "dim_order isn't a permutation"),
    BAD(content[X], SC_TENSOR_DIM_ORDER, BEHIND, 4, 200, 1,
        "dim_order isn't a permutation"),
    CANT(content[X], SC_TENSOR_STORAGE_OFFSET, PUT, 0, 4, 4, "sparse or offset tensor"),
    CANT(content[X], SC_TENSOR_LAYOUT, PUT, 0, 1, 1, "sparse or offset tensor"),
    CANT(content[X], SC_TENSOR_DYNAMISM, PUT, 0, 2, 1, "unbounded size"),
    CANT(extra, SC_EXTRA_LOCATION, PUT, 0, 1, 1, "data in another file"),
    BAD(content[X], SC_TENSOR_ALLOCATION, BEHIND, 4, 0, 4, "index out of range"),
    BAD(content[X], SC_TENSOR_ALLOCATION, BEHIND, 4, 3, 4, "index out of range"),
    BAD(content[X], SC_TENSOR_ALLOCATION, BEHIND, 8, 40, 4, "tensor out of bounds"),
    BAD(content[X], SC_TENSOR_ALLOCATION, BEHIND, 8, UINT32_MAX, 4, "tensor out of bounds"),
    BAD(content[X], SC_TENSOR_ALLOCATION, BEHIND, 12, 1, 4, "tensor out of bounds"),
    BAD(content[X], SC_TENSOR_ALLOCATION, BEHIND, 8, 2, 4, "not aligned"),
    BAD(content[W], SC_TENSOR_DATA, PUT, 0, 9, 4, "data out of bounds"),
    BAD(content[W], SC_TENSOR_SIZES, BEHIND, 8, 8, 4, "data out of bounds"),
    BAD(content[STATE], SC_TENSOR_DATA, PUT, 0, 9, 4, "data out of bounds"),
    BAD(constants, SC_SUBSEGMENT_OFFSETS, BEHIND, 12, 2, 8, "not aligned"),
    BAD(constants, SC_SUBSEGMENT_OFFSETS, BEHIND, 12, UINT64_MAX, 8, "data out of bounds"),
    BAD(content[INTS], 0, BEHIND, 4, X, 8, "list with a wrong item"),
    BAD(content[INTS], 0, BEHIND, 4, UINT64_MAX, 8, "list with a wrong item"),
    BAD(content[LIST], 0, BEHIND, 4, DYNAMIC, 4, "list with a wrong item"),
    BAD(content[LIST], 0, BEHIND, 4, ONE, 4, "list with a wrong item"),
    BAD(content[LIST], 0, BEHIND, 4, UINT32_MAX, 4, "list with a wrong item"),
    BAD(content[MAYBE], 0, BEHIND, 4, UINT32_MAX - 1, 4, "list with a wrong item"),

    /* the plan */
    BAD(plan, SC_PLAN_NAME, DROP, 0, 0, 0, "missing field"),
    BAD(plan, SC_PLAN_CHAINS, BEHIND, 0, 0, 4, "missing field"),
    CANT(plan, SC_PLAN_CHAINS, BEHIND, 0, 2, 4, "several chains"),
    CANT(plan, SC_PLAN_MEMORY_SIZES, BEHIND, 0, 10, 4, "above SC_MAX_MEMORIES"),
    BAD(plan, SC_PLAN_INPUTS, BEHIND, 4, N_VALUES, 4, "index out of range"),
    BAD(plan, SC_PLAN_INPUTS, BEHIND, 4, W, 4, "constant input"),
    BAD(plan, SC_PLAN_OUTPUTS, BEHIND, 4, UINT32_MAX, 4, "index out of range"),
    BAD(operators, RAW, PUT, 0, 0, 4, "index out of range"),
    BAD(delegate, SC_DELEGATE_ID, DROP, 0, 0, 0, "missing field"),
    BAD(delegate, SC_DELEGATE_PROCESSED, DROP, 0, 0, 0, "missing field"),
    BAD(processed, SC_PROCESSED_INDEX, PUT, 0, 1, 4, "index out of range"),
    BAD(processed, SC_PROCESSED_LOCATION, PUT, 0, 1, 1, NULL), /* segment 0 exists */

    /* instructions */
    CANT(inst[0], SC_INSTRUCTION_KIND, PUT, 0, 0, 1, "unknown kind"),
    CANT(inst[0], SC_INSTRUCTION_KIND, PUT, 0, 6, 1, "unknown kind"),
    BAD(inst[0], SC_INSTRUCTION_TABLE, DROP, 0, 0, 0, "missing field"),
    BAD(call[0], SC_CALL_INDEX, PUT, 0, 4, 4, "index out of range"),
    BAD(call[8], SC_CALL_INDEX, PUT, 0, 1, 4, "index out of range"),
    BAD(call[0], SC_CALL_ARGS, BEHIND, 8, N_VALUES, 4, "index out of range"),
    CANT(call[0], SC_CALL_ARGS, BEHIND, 0, SC_MAX_ARGS + 1, 4, "above SC_MAX_ARGS"),
    BAD(call[2], SC_MOVE_FROM, PUT, 0, N_VALUES, 4, "index out of range"),
    BAD(call[2], SC_MOVE_TO, PUT, 0, N_VALUES, 4, "index out of range"),
    CANT(call[2], SC_MOVE_FROM, PUT, 0, ONE, 4, "move between kinds"),
    BAD(call[4], SC_JUMP_CONDITION, PUT, 0, ONE, 4, "condition isn't a bool"),
    BAD(call[4], SC_JUMP_CONDITION, PUT, 0, X, 4, "condition isn't a bool"),
    BAD(call[4], SC_JUMP_CONDITION, PUT, 0, N_VALUES, 4, "condition isn't a bool"),
    BAD(call[4], SC_JUMP_TARGET, PUT, 0, 10, 4, "index out of range"),
    BAD(call[7], SC_FREE_VALUE, PUT, 0, ONE, 4, "freed value isn't a tensor"),

    /* segments */
    BAD(segment[0], SC_SEGMENT_SIZE, PUT, 0, 1u << 20, 8, "segment out of bounds"),
    BAD(segment[0], SC_SEGMENT_OFFSET, PUT, 0, UINT64_MAX - 8, 8, "segment out of bounds"),
    BAD(constants, SC_SUBSEGMENT_INDEX, PUT, 0, 3, 4, "index out of range"),
    BAD(mutables, SC_SUBSEGMENT_INDEX, PUT, 0, 3, 4, "index out of range"),
    BAD(named, SC_NAMED_SEGMENT, PUT, 0, 3, 4, "index out of range"),
    BAD(segment[2], SC_SEGMENT_SIZE, PUT, 0, 11, 8, "bad sconce.io"),
    BAD(io, RAW, PUT, 0, 'X', 1, "bad sconce.io"),
    BAD(io, RAW, PUT, 4, 2, 1, NULL), /* another version: ignored */
    BAD(io, RAW, PUT, 6, 9, 2, "bad sconce.io"),
    BAD(io, RAW, PUT, sizeof io_bytes - 1, 'x', 1, "bad sconce.io"),
    BAD(io, RAW, PUT, 20, sizeof io_bytes, 4, "bad sconce.io"),
    BAD(io, RAW, PUT, 24, 2, 1, "bad sconce.io"),
};

static void damage_do(PteFile *f, const Damage *damage) {
    uint32_t at;
    memcpy(&at, (const uint8_t *)f + damage->where, sizeof at);
    if (damage->way == DROP) {
        pte_drop(f, at, (uint32_t)damage->field);
        return;
    }
    if (damage->field != RAW) {
        at = pte_field(f, at, (uint32_t)damage->field);
    }
    if (damage->way == BEHIND) {
        at += sc_load_u32(f->bytes + at);
    }
    at += damage->plus;
    uint64_t value = damage->value;
    if (damage->way == ADD) {
        value += sc_load_u32(f->bytes + at);
    }
    pte_put(f, at, value, damage->size);
}

static void verify_single_damage_is_named(void **state) {
    (void)state;
    PteProgram program = everything(true);
    uint32_t n_missed = 0;
    for (uint32_t i = 0; i < COUNT(damages); i++) {
        const Damage *damage = &damages[i];
        ScVerifyReport report = {0, NULL};
        pte_write(&file, &program);
        damage_do(&file, damage);
        ScStatus status = sc_verify(file.bytes, file.n_bytes, &report);
        const char *what = report.what ? report.what : "";
        if (strcmp(what, damage->what ? damage->what : "") != 0 ||
            status != (damage->what ? damage->status : SC_OK) ||
            report.offset >= file.n_bytes) {
            n_missed++;
            print_error("damage %u: wanted \"%s\", got %s \"%s\" at %u\n", i,
                        damage->what ? damage->what : "", sc_status_name(status), what,
                        report.offset);
        }
    }
    assert_int_equal(n_missed, 0);
}

static void verify_misaligned_or_short_file_is_refused(void **state) {
    (void)state;
    PteProgram program = everything(false);
    pte_write(&file, &program);
    assert_int_equal(sc_verify(file.bytes + 8, file.n_bytes - 8, NULL), SC_E_ARG);
    assert_int_equal(sc_verify(NULL, 100, NULL), SC_E_ARG);
    assert_int_equal(sc_verify(file.bytes, 11, NULL), SC_E_FORMAT);
    assert_int_equal(sc_verify(file.bytes, 0, NULL), SC_E_FORMAT);
}

/* 24 lists that are one list of 1,200 items: small file, much work. */
static void verify_shared_lists_run_out_of_budget(void **state) {
    (void)state;
    PteValue lists[PTE_MAX] = {{.kind = SC_KIND_INT}};
    const float constant = 1;
    for (uint32_t i = 1; i < PTE_MAX; i++) {
        lists[i] = (PteValue){.kind = SC_KIND_INTS, .n = 1, .items = {0}};
    }
    PteProgram program = {.values = lists,
                          .n_values = PTE_MAX,
                          .constants = &constant,
                          .constant_bytes = 4,
                          .no_header = true};
    pte_write(&file, &program);
    uint32_t items = pte_vector(&file, 1200, 8);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, NULL), SC_OK);
    for (uint32_t i = 1; i < PTE_MAX; i++) {
        pte_ref(&file, file.content[i], 0, items);
    }
    ScVerifyReport report;
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, &report), SC_E_FORMAT);
    assert_string_equal(report.what, "bytes shared too often");
}

/* 24 calls that take one list of 1,200 tensors: sc_init() would walk it for each. */
static void verify_calls_sharing_a_list_run_out_of_budget(void **state) {
    (void)state;
    const float constant = 1;
    const PteValue two[] = {{.kind = SC_KIND_TENSOR, .dtype = SC_F32, .data = 1},
                            {.kind = SC_KIND_TENSORS, .n = 1, .items = {0}}};
    PteInst many[PTE_MAX];
    for (uint32_t i = 0; i < PTE_MAX; i++) {
        many[i] = (PteInst){.kind = SC_CALL_KERNEL, .n_args = 1, .args = {1}};
    }
    PteProgram program = {.values = two,
                          .n_values = 2,
                          .insts = many,
                          .n_insts = PTE_MAX,
                          .operators = operators,
                          .n_operators = 1,
                          .constants = &constant,
                          .constant_bytes = 4,
                          .no_header = true};
    ScVerifyReport report;
    pte_write(&file, &program);
    uint32_t items = pte_vector(&file, 1200, 4);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, NULL), SC_OK);
    pte_ref(&file, file.content[1], 0, items);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, &report), SC_E_FORMAT);
    assert_string_equal(report.what, "bytes shared too often");
}

/* ---- damage of all sorts
 * ----------------------------------------------------------------- */

/* Reads every byte of every tensor of a call and writes those of the output. */
static ScStatus kernel_touch(ScCall *c) {
    uint32_t sum = 0;
    uint32_t n_bytes = 0;
    for (uint32_t i = 0; i < sc_call_count(c); i++) {
        for (uint32_t item = 0; item <= sc_arg_count(c, i); item++) {
            ScTensor t = item ? sc_arg_tensor_at(c, i, item - 1) : sc_arg_tensor(c, i);
            size_t n = t.sizes ? sc_tensor_bytes(&t) : 0;
            for (size_t b = 0; b < n; b++) {
                sum += ((const uint8_t *)t.data)[b];
            }
            sum += item ? (uint32_t)sc_arg_int_at(c, i, item - 1) +
                              sc_arg_bool_at(c, i, item - 1) +
                              (sc_arg_double_at(c, i, item - 1) > 0)
                        : sc_arg_scalar(c, i).kind;
        }
        const char *text = sc_arg_string(c, i, &n_bytes);
        sum += (uint32_t)text[0] + (n_bytes ? (uint32_t)text[n_bytes - 1] : 0);
    }
    ScTensor out = sc_arg_tensor(c, sc_call_count(c) - 1);
    memset(out.data, (int)(sum & 0xff), sc_tensor_bytes(&out));
    return SC_OK;
}

static const ScKernel kernels[] = {{"aten::add.out", "TTSO", kernel_touch, '*'},
                                   {"aten::cat.out", "VIO", kernel_touch, '*'},
                                   {"aten::copy_", "TTb", kernel_touch, '*'},
                                   {"test::all.out", "V?sFBT?O", kernel_touch, '*'}};

/* Exactly n_bytes on the heap, so that a read behind them is seen. */
static uint8_t *exact_copy(const uint8_t *bytes, size_t n_bytes) {
    uint8_t *copy = NULL;
    assert_int_equal(posix_memalign((void **)&copy, SC_FILE_ALIGN, n_bytes ? n_bytes : 1),
                     0);
    memcpy(copy, bytes, n_bytes);
    return copy;
}

/* Whatever verified must also survive the rest of its life. True when it ran. */
static bool life_of(const uint8_t *bytes, uint32_t n_bytes) {
    ScModel model;
    ScNeed need;
    ScMethod method;
    ScConfig config = {.kernels = {kernels, COUNT(kernels)}};
    const ScRunOptions options = {.max_instructions = 100};
    if (sc_verify(bytes, n_bytes, NULL) != SC_OK ||
        sc_open(bytes, n_bytes, &model) != SC_OK || sc_need(&model, NULL, &need) != SC_OK) {
        return false;
    }
    size_t total = need.workspace_bytes;
    for (uint32_t i = 0; i < SC_MAX_MEMORIES; i++) {
        total += need.memory_bytes[i];
    }
    if (total > 1u << 20) {
        return false;
    }
    uint8_t *memory[SC_MAX_MEMORIES + 1];
    static const uint8_t zeros[1 << 20];
    config.workspace = memory[0] = exact_copy(zeros, need.workspace_bytes);
    config.workspace_bytes = need.workspace_bytes;
    for (uint32_t i = 0; i < SC_MAX_MEMORIES; i++) {
        config.memory[i] = memory[i + 1] = exact_copy(zeros, need.memory_bytes[i]);
        config.memory_bytes[i] = need.memory_bytes[i];
    }
    ScStatus status = sc_init(&model, NULL, &config, &method);
    for (int i = 0; status == SC_OK && i < 2; i++) {
        status = sc_run(&method, &options);
    }
    ScIoInfo info;
    uint32_t length =
        sc_input_info(&model, 0, &info) == SC_OK ? (uint32_t)strlen(info.name) : 0;
    char name[40];
    sc_operator_name(&method, sc_error_index(&method), name, sizeof name);
    for (uint32_t i = 0; i <= SC_MAX_MEMORIES; i++) {
        free(memory[i]);
    }
    return status == SC_OK && length < n_bytes;
}

static void verify_every_truncation_is_survived(void **state) {
    (void)state;
    PteProgram program = everything(false);
    pte_write(&file, &program);
    assert_true(life_of(file.bytes, file.n_bytes));
    for (uint32_t n = 0; n < file.n_bytes; n++) {
        uint8_t *copy = exact_copy(file.bytes, n);
        assert_int_not_equal(sc_verify(copy, n, NULL), SC_OK);
        free(copy);
    }
    program.no_header = true;
    program.values = values + X;
    program.n_values = 2;
    program.n_insts = 0;
    program.n_outputs = 0;
    program.io = NULL;
    pte_write(&file, &program);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, NULL), SC_OK);
    for (uint32_t n = 0; n < file.n_bytes; n++) {
        uint8_t *copy = exact_copy(file.bytes, n);
        life_of(copy, n);
        free(copy);
    }
}

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void verify_random_damage_is_survived(void **state) {
    (void)state;
    static const uint32_t odd[] = {0, 1, 2, 4, 8, 0x7fffffff, 0x80000000u, UINT32_MAX};
    uint32_t seed = 1;
    uint32_t n_ran = 0;
    const uint32_t n_tries = 40000;
    PteProgram program = everything(false);
    pte_write(&file, &program);
    for (uint32_t i = 0; i < n_tries; i++) {
        uint8_t *copy = exact_copy(file.bytes, file.n_bytes);
        for (uint32_t n = 1 + next_random(&seed) % 3; n > 0; n--) {
            uint32_t at = next_random(&seed) % (file.n_bytes - 4);
            if (next_random(&seed) % 2) {
                copy[at] = (uint8_t)next_random(&seed);
            } else {
                memcpy(copy + (at & ~3u), &odd[next_random(&seed) % COUNT(odd)], 4);
            }
        }
        n_ran += life_of(copy, file.n_bytes);
        free(copy);
    }
    /* Both paths were walked. */
    assert_in_range(n_ran, n_tries / 100, n_tries - n_tries / 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_sound_file_passes),
        cmocka_unit_test(verify_single_damage_is_named),
        cmocka_unit_test(verify_misaligned_or_short_file_is_refused),
        cmocka_unit_test(verify_shared_lists_run_out_of_budget),
        cmocka_unit_test(verify_calls_sharing_a_list_run_out_of_budget),
        cmocka_unit_test(verify_every_truncation_is_survived),
        cmocka_unit_test(verify_random_damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
