/* SPDX-License-Identifier: Apache-2.0 */
/* Delegate calls of programs built by hand: a toy delegate adds tensors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/method.h"
#include "tests/unit/runtime/pte_build.h"
#include "tests/unit/runtime/toy_delegate.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

static ScStatus kernel_copy(ScCall *c) {
    ScTensor to = sc_arg_tensor(c, 0);
    ScTensor from = sc_arg_tensor(c, 1);
    memcpy(to.data, from.data, sc_tensor_bytes(&to));
    return SC_OK;
}

static ScStatus kernel_view(ScCall *c) {
    return sc_arg_alias(c, 2, 0);
}

static const ScKernel kernels[] = {
    {"aten::copy_", "TTb", kernel_copy, '*'},
    {"executorch_prim::et_view.default", "TIO", kernel_view, '*'},
    SC_DELEGATE_KERNEL,
};

static PteFile file;
static PteRig rig;
static ToyLog log_;
static const ScDelegate toy = TOY_DELEGATE("NullBackend", &log_);
static const ScDelegate other = TOY_DELEGATE("OtherBackend", &log_);
static const ScDelegate *const delegates[] = {&other, &toy};
static _Alignas(64) uint8_t scratch[256];

/* Values of the program; those behind SUM are for variants of it. */
enum { A, B, SUM, SCRATCH, WEIGHT, LOOSE, TRUTH, INTS, ONE, NONE, LIST, N_VALUES };
#define I8(...) .kind = SC_KIND_TENSOR, .dtype = SC_I8, .n = 2, .sizes = {1, 4}, __VA_ARGS__

static const PteValue values[N_VALUES] = {
    [A] = {I8(.memory = 1, .offset = 0)},
    [B] = {I8(.memory = 1, .offset = 16)},
    [SUM] = {I8(.memory = 1, .offset = 32)},
    [SCRATCH] = {.kind = SC_KIND_TENSOR,
                 .dtype = SC_U8,
                 .n = 1,
                 .sizes = {48},
                 .memory = 1,
                 .offset = 48},
    [WEIGHT] = {I8(.data = 1)},
    [LOOSE] = {I8(.memory = 0)},
    [TRUTH] = {.kind = SC_KIND_BOOL},
    [INTS] = {.kind = SC_KIND_INTS, .n = 2, .items = {ONE, ONE}},
    [ONE] = {.kind = SC_KIND_INT, .i = -1},
    [NONE] = {.kind = SC_KIND_NULL},
    [LIST] = {.kind = SC_KIND_TENSORS, .n = 2, .items = {A, B}},
};
static const char *const operators[][2] = {{"aten::copy_", ""},
                                           {"executorch_prim::et_view", "default"}};
static const int8_t weight[16] = {10, 20, 30, 40};
static PteValue changed[N_VALUES];
static PteInst insts[3];
static uint8_t payload[TOY_HEADER + 8];

#define DELEGATE(n, ...)                                                 \
    (PteInst) {                                                          \
        .kind = SC_CALL_DELEGATE, .n_args = (n), .args = { __VA_ARGS__ } \
    }

/* SUM = A + B with 48 bytes of scratch outside the plan. */
static PteProgram sum_program(void) {
    toy_payload(payload, 4, 0, 16, 32, 48, 16);
    memcpy(changed, values, sizeof values);
    insts[0] = DELEGATE(3, A, B, SUM);
    return (PteProgram){.values = changed,
                        .n_values = N_VALUES,
                        .insts = insts,
                        .n_insts = 1,
                        .operators = operators,
                        .n_operators = COUNT(operators),
                        .inputs = {A, B},
                        .n_inputs = 2,
                        .outputs = {SUM},
                        .n_outputs = 1,
                        .memory_bytes = {96},
                        .n_memories = 1,
                        .constants = weight,
                        .constant_bytes = sizeof weight,
                        .payload = payload,
                        .payload_bytes = TOY_HEADER};
}

static void delegates_give(void) {
    memset(&log_, 0, sizeof log_);
    rig.config.delegates = delegates;
    rig.config.n_delegates = COUNT(delegates);
    rig.config.scratch = scratch;
    rig.config.scratch_bytes = 48;
}

static ScStatus file_start(void) {
    SC_TRY(pte_open(&rig, &file, kernels, COUNT(kernels)));
    delegates_give();
    return sc_init(&rig.model, NULL, &rig.config, &rig.method);
}

static ScStatus start(const PteProgram *program) {
    pte_write(&file, program);
    return file_start();
}

static void sum_is(const int8_t *a, const int8_t *b, const int8_t *want) {
    ScTensor out;
    assert_int_equal(sc_set_input(&rig.method, 0, (void *)a, 4), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 1, (void *)b, 4), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_int_equal(sc_output(&rig.method, 0, &out), SC_OK);
    assert_memory_equal(out.data, want, 4);
}

static const int8_t one_to_four[4] = {1, 2, 3, 4}, tens[4] = {10, 20, -30, 127};
static const int8_t sums[4] = {11, 22, -27, -125};

/* ---- the whole life -------------------------------------------------------------- */

static void delegate_call_computes_in_the_callers_scratch(void **state) {
    (void)state;
    PteProgram program = sum_program();
    size_t n_bytes, align;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(log_.n_prepared, 1);
    assert_int_equal(sc_need_scratch(&rig.model, NULL, &rig.config, &n_bytes, &align),
                     SC_OK);
    assert_int_equal(n_bytes, 48);
    assert_int_equal(align, 16);
    for (uint32_t run = 1; run <= 2; run++) {
        sum_is(one_to_four, tens, sums);
        assert_int_equal(log_.n_runs, run);
        assert_int_equal(log_.n_copies, 3 * run);
        assert_ptr_equal(log_.scratch, scratch);
        assert_int_equal(log_.scratch_bytes, 48);
    }
    sc_release(&rig.method);
    assert_int_equal(log_.n_released, 1); /* not the other delegate */
    sum_is(one_to_four, tens, sums);
}

static void delegate_call_takes_its_scratch_from_the_plan(void **state) {
    (void)state;
    PteProgram program = sum_program();
    size_t n_bytes, align;
    insts[0] = DELEGATE(4, A, B, SUM, SCRATCH);
    pte_write(&file, &program);
    assert_int_equal(pte_open(&rig, &file, kernels, COUNT(kernels)), SC_OK);
    delegates_give();
    rig.config.scratch = NULL;
    rig.config.scratch_bytes = 0;
    assert_int_equal(sc_need_scratch(&rig.model, NULL, &rig.config, &n_bytes, &align),
                     SC_OK);
    assert_int_equal(n_bytes, 0);
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_OK);
    sum_is(one_to_four, tens, sums);
    assert_ptr_equal(log_.scratch, rig.memory[0] + 48);
    assert_int_equal(log_.n_copies, 3);
}

static void delegate_tensors_inside_the_scratch_arent_copied(void **state) {
    (void)state;
    PteProgram program = sum_program();
    insts[0] = DELEGATE(4, A, B, SUM, SCRATCH);
    changed[SCRATCH].offset = 0; /* A, B and SUM lie where place() says */
    assert_int_equal(start(&program), SC_OK);
    sum_is(one_to_four, tens, sums);
    assert_int_equal(log_.n_runs, 1);
    assert_int_equal(log_.n_copies, 0);
}

static void delegate_reads_constants_and_writes_loose_outputs(void **state) {
    (void)state;
    PteProgram program = sum_program();
    _Alignas(16) int8_t out[4] = {0};
    insts[0] = DELEGATE(3, A, WEIGHT, LOOSE);
    program.n_inputs = 1;
    program.outputs[0] = LOOSE;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 0, (void *)one_to_four, 4), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_ARG); /* nowhere to write */
    assert_int_equal(log_.n_runs, 0);
    assert_int_equal(sc_set_output(&rig.method, 0, out, 4), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 0, (void *)one_to_four, 4), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_memory_equal(out, ((const int8_t[]){11, 22, 33, 44}), 4);
}

static void delegate_finds_payload_in_a_segment_and_named_data(void **state) {
    (void)state;
    static const uint8_t bias[] = {5, 99};
    PteProgram program = sum_program();
    memcpy(payload + TOY_HEADER, "bias", 5);
    program.initial = payload; /* the second segment */
    program.initial_bytes = TOY_HEADER + 5;
    program.io = bias;
    program.io_bytes = sizeof bias;
    program.io_key = "bias";
    pte_write(&file, &program);
    pte_set(&file, file.processed, SC_PROCESSED_LOCATION, 1, 1);
    pte_set(&file, file.processed, SC_PROCESSED_INDEX, 1, 4);
    assert_int_equal(file_start(), SC_OK);
    sum_is(one_to_four, tens, (const int8_t[]){16, 27, -22, -120});

    const uint8_t *data = NULL;
    size_t n_bytes = 0;
    assert_int_equal(sc_named_data(&rig.model, "bias", &data, &n_bytes), SC_OK);
    assert_int_equal(n_bytes, 2);
    assert_memory_equal(data, bias, 2);
    assert_int_equal(sc_named_data(&rig.model, "bia", &data, &n_bytes), SC_E_NOT_FOUND);
}

/* ---- refusals ---------------------------------------------------------------------- */

static void init_unknown_delegate_is_named(void **state) {
    (void)state;
    PteProgram program = sum_program();
    char name[32];
    size_t n_bytes, align;
    pte_write(&file, &program);
    assert_int_equal(pte_open(&rig, &file, kernels, COUNT(kernels)), SC_OK);
    delegates_give();
    rig.config.n_delegates = 1; /* the other one */
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_E_NO_DELEGATE);
    sc_operator_name(&rig.method, sc_error_index(&rig.method), name, sizeof name);
    assert_string_equal(name, "NullBackend");
    sc_operator_name(&rig.method, 0, name, 5);
    assert_string_equal(name, "Null");
    assert_int_equal(sc_need_scratch(&rig.model, NULL, &rig.config, &n_bytes, &align),
                     SC_E_NO_DELEGATE);
    /* Without the row that runs delegates none can be called. */
    rig.config.n_delegates = 2;
    rig.config.kernels.n_rows = COUNT(kernels) - 1;
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_E_NO_DELEGATE);
}

static void init_scratch_that_is_small_or_misaligned_is_refused(void **state) {
    (void)state;
    PteProgram program = sum_program();
    toy_payload(payload, 4, 0, 16, 32, 48, 32);
    assert_int_equal(start(&program), SC_OK);
    rig.config.scratch_bytes = 47;
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_E_MEMORY);
    rig.config.scratch_bytes = 64;
    rig.config.scratch = scratch + 16;
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_E_MEMORY);
    rig.config.scratch = NULL;
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_E_MEMORY);
    rig.config.scratch = scratch;
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_OK);
    /* The same of a planned one. */
    insts[0] = DELEGATE(4, A, B, SUM, SCRATCH);
    changed[SCRATCH].sizes[0] = 47;
    assert_int_equal(start(&program), SC_E_MEMORY);
    changed[SCRATCH].sizes[0] = 48;
    changed[SCRATCH].memory = 0;
    assert_int_equal(start(&program), SC_E_MEMORY);
}

typedef struct Case {
    const char *what;
    uint32_t n_args, args[5];
    ScStatus status;
} Case;

static void init_calls_that_delegates_cant_get_are_refused(void **state) {
    (void)state;
    static const Case cases[] = {
        {"None", 3, {A, NONE, SUM}, SC_E_UNSUPPORTED},
        {"an int", 3, {A, ONE, SUM}, SC_E_UNSUPPORTED},
        {"a list", 3, {LIST, B, SUM}, SC_E_UNSUPPORTED},
        {"too few", 2, {A, B}, SC_E_UNSUPPORTED},
        {"none", 0, {0}, SC_E_UNSUPPORTED},
        {"too many", 5, {A, B, SUM, SCRATCH, SCRATCH}, SC_E_UNSUPPORTED},
        {"a constant written", 3, {A, B, WEIGHT}, SC_E_UNSUPPORTED},
        {"a constant as scratch", 4, {A, B, SUM, WEIGHT}, SC_E_UNSUPPORTED},
        {"another dtype", 3, {A, SCRATCH, SUM}, SC_E_SHAPE},
        {"sound", 3, {A, B, SUM}, SC_OK},
        {"the same twice", 3, {A, A, A}, SC_OK},
    };
    PteProgram program = sum_program();
    uint32_t n_missed = 0;
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        insts[0].n_args = cases[i].n_args;
        memcpy(insts[0].args, cases[i].args, sizeof cases[i].args);
        ScStatus status = start(&program);
        if (status != cases[i].status) {
            print_error("%s: %s\n", cases[i].what, sc_status_name(status));
            n_missed++;
        }
    }
    assert_int_equal(n_missed, 0);
}

static void init_resizable_and_moved_tensors_are_refused(void **state) {
    (void)state;
    PteProgram program = sum_program();
    changed[B].dynamism = SC_DYNAMIC_BOUND;
    assert_int_equal(start(&program), SC_E_UNSUPPORTED);
    changed[B].dynamism = SC_STATIC;
    insts[1] = (PteInst){.kind = SC_CALL_MOVE, .index = A, .target = B};
    program.n_insts = 2;
    assert_int_equal(start(&program), SC_E_UNSUPPORTED);
    /* A loose tensor may have a place of its own, until the move comes. */
    insts[0] = (PteInst){.kind = SC_CALL_MOVE, .index = A, .target = LOOSE};
    insts[1] = DELEGATE(3, A, LOOSE, SUM);
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_UNSUPPORTED);
    assert_int_equal(sc_error_index(&rig.method), 1);
    assert_int_equal(log_.n_runs, 0);
}

/* A view that is made at run time: of a constant it must not be written. */
static void run_view_of_a_constant_as_output_is_refused(void **state) {
    (void)state;
    PteProgram program = sum_program();
    insts[0] = (PteInst){.kind = SC_CALL_KERNEL, .index = 1, .n_args = 3};
    memcpy(insts[0].args, (const uint32_t[]){WEIGHT, INTS, LOOSE}, 12);
    insts[1] = DELEGATE(3, A, B, LOOSE);
    program.n_insts = 2;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_UNSUPPORTED);
    assert_int_equal(log_.n_runs, 0);
    insts[1] = DELEGATE(3, A, LOOSE, SUM);
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_int_equal(log_.n_runs, 1);
}

static void init_payload_that_its_delegate_refuses_is_told(void **state) {
    (void)state;
    PteProgram program = sum_program();
    payload[0] = 'X';
    assert_int_equal(start(&program), SC_E_FORMAT);
    payload[0] = 'T';
    toy_payload(payload, 5, 0, 16, 32, 48, 16); /* tensors have 4 bytes */
    assert_int_equal(start(&program), SC_E_SHAPE);
    assert_int_equal(log_.n_prepared, 0);
    toy_payload(payload, 4, 0, 16, 45, 48, 16); /* out ends behind the scratch */
    assert_int_equal(start(&program), SC_E_FORMAT);
    toy_payload(payload, 4, 0, 16, 32, 48, 16);
    pte_write(&file, &program);
    pte_set(&file, file.processed, SC_PROCESSED_LOCATION, 2, 1);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, NULL), SC_E_UNSUPPORTED);
    /* A payload of a file whose writer didn't align it. */
    program.initial = payload;
    program.initial_bytes = TOY_HEADER;
    pte_write(&file, &program);
    pte_set(&file, file.processed, SC_PROCESSED_LOCATION, 1, 1);
    pte_set(&file, file.processed, SC_PROCESSED_INDEX, 1, 4);
    assert_int_equal(file_start(), SC_OK);
    pte_set(&file, file.segment[1], SC_SEGMENT_OFFSET, 4, 8);
    pte_set(&file, file.segment[1], SC_SEGMENT_SIZE, 4, 8);
    assert_int_equal(file_start(), SC_E_UNSUPPORTED);
}

/* An operator of that name is no way to the delegates. */
static void init_kernel_call_of_the_delegate_row_is_refused(void **state) {
    (void)state;
    static const char *const names[][2] = {{SC_DELEGATE_NAME, ""}};
    PteProgram program = sum_program();
    program.operators = names;
    program.n_operators = 1;
    for (uint32_t n = 0; n < 5; n++) {
        insts[0].kind = SC_CALL_KERNEL;
        insts[0].n_args = n;
        assert_int_equal(start(&program), SC_E_UNSUPPORTED);
    }
}

/* 24 calls of a payload that takes most of the file. */
static void verify_calls_sharing_a_payload_run_out_of_budget(void **state) {
    (void)state;
    static uint8_t large[8000];
    static PteInst many[PTE_MAX];
    ScVerifyReport report;
    PteProgram program = sum_program();
    for (uint32_t i = 0; i < PTE_MAX; i++) {
        many[i] = DELEGATE(3, A, B, SUM);
    }
    program.insts = many;
    program.n_insts = PTE_MAX;
    assert_int_equal(start(&program), SC_OK);
    program.payload = large;
    program.payload_bytes = sizeof large;
    program.n_insts = 4;
    pte_write(&file, &program);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, NULL), SC_OK);
    program.n_insts = PTE_MAX;
    pte_write(&file, &program);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, &report), SC_E_FORMAT);
    assert_string_equal(report.what, "bytes shared too often");
}

/* ---- around it ---------------------------------------------------------------------- */

static ScStatus hook(void *user, const ScMethod *method, uint32_t instruction,
                     ScCall *call) {
    (void)method;
    assert_int_equal(instruction, 0);
    assert_int_equal(sc_call_count(call), 3);
    assert_memory_equal(sc_arg_tensor(call, 2).data, sums, 4);
    *(uint32_t *)user += 1;
    return SC_OK;
}

static void run_hook_sees_the_delegate_call(void **state) {
    (void)state;
    PteProgram program = sum_program();
    uint32_t n_seen = 0;
    ScRunOptions options = {.hook = hook, .hook_user = &n_seen};
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 0, (void *)one_to_four, 4), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 1, (void *)tens, 4), SC_OK);
    assert_int_equal(sc_run(&rig.method, &options), SC_OK);
    assert_int_equal(n_seen, 1);
}

static void bound_program_prepares_and_runs_delegates(void **state) {
    (void)state;
    PteProgram program = sum_program();
    const uint16_t rows[] = {0};
    const ScKernel only[] = {SC_DELEGATE_KERNEL};
    const ScKernelTable table = {only, 1};
    assert_int_equal(start(&program), SC_OK);
    ScBound bound = {.kernels = &table,
                     .rows = rows,
                     .plan = rig.method.plan,
                     .pte_bytes = file.n_bytes,
                     .need = rig.need};
    bound.need.workspace_bytes = 0;
    delegates_give();
    rig.config.kernels = (ScKernelTable){NULL, 0};
    rig.config.workspace = NULL;
    rig.config.workspace_bytes = 0;
    assert_int_equal(sc_init_bound(&rig.model, &bound, &rig.config, &rig.method), SC_OK);
    assert_int_equal(log_.n_prepared, 1);
    sum_is(one_to_four, tens, sums);
    rig.config.scratch_bytes = 32;
    assert_int_equal(sc_init_bound(&rig.model, &bound, &rig.config, &rig.method),
                     SC_E_MEMORY);
    rig.config.n_delegates = 0;
    assert_int_equal(sc_init_bound(&rig.model, &bound, &rig.config, &rig.method),
                     SC_E_NO_DELEGATE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delegate_call_computes_in_the_callers_scratch),
        cmocka_unit_test(delegate_call_takes_its_scratch_from_the_plan),
        cmocka_unit_test(delegate_tensors_inside_the_scratch_arent_copied),
        cmocka_unit_test(delegate_reads_constants_and_writes_loose_outputs),
        cmocka_unit_test(delegate_finds_payload_in_a_segment_and_named_data),
        cmocka_unit_test(init_unknown_delegate_is_named),
        cmocka_unit_test(init_scratch_that_is_small_or_misaligned_is_refused),
        cmocka_unit_test(init_calls_that_delegates_cant_get_are_refused),
        cmocka_unit_test(init_resizable_and_moved_tensors_are_refused),
        cmocka_unit_test(run_view_of_a_constant_as_output_is_refused),
        cmocka_unit_test(init_payload_that_its_delegate_refuses_is_told),
        cmocka_unit_test(init_kernel_call_of_the_delegate_row_is_refused),
        cmocka_unit_test(verify_calls_sharing_a_payload_run_out_of_budget),
        cmocka_unit_test(run_hook_sees_the_delegate_call),
        cmocka_unit_test(bound_program_prepares_and_runs_delegates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
