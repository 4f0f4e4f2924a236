/* SPDX-License-Identifier: Apache-2.0 */
/* Loading and running programs built by hand, with toy kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/method.h"
#include "tests/unit/runtime/pte_build.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

/* ---- toy kernels ----------------------------------------------------------------- */

static ScStatus kernel_add(ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0);
    ScTensor b = sc_arg_tensor(c, 1);
    ScTensor out = sc_arg_tensor(c, 3);
    float alpha = (float)sc_arg_double(c, 2);
    for (size_t i = 0; i < sc_tensor_numel(&out); i++) {
        ((float *)out.data)[i] = ((float *)a.data)[i] + alpha * ((float *)b.data)[i];
    }
    return SC_OK;
}

static ScStatus kernel_copy(ScCall *c) {
    ScTensor to = sc_arg_tensor(c, 0);
    ScTensor from = sc_arg_tensor(c, 1);
    memcpy(to.data, from.data, sc_tensor_bytes(&to));
    return SC_OK;
}

static ScStatus kernel_add_numbers(ScCall *c) {
    return sc_arg_set_int(c, 2, sc_arg_int(c, 0) + sc_arg_int(c, 1));
}

static ScStatus kernel_less(ScCall *c) {
    return sc_arg_set_bool(c, 2, sc_arg_int(c, 0) < sc_arg_int(c, 1));
}

static ScStatus kernel_half(ScCall *c) {
    return sc_arg_set_double(c, 1, sc_arg_double(c, 0) / 2);
}

static ScStatus kernel_view(ScCall *c) {
    return sc_arg_alias(c, 2, 0);
}

/* Keeps the items that aren't 0: sizes known at run time only. */
static ScStatus kernel_nonzero(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    ScTensor out = sc_arg_tensor(c, 1);
    int32_t n = 0;
    for (size_t i = 0; i < sc_tensor_numel(&in); i++) {
        if (((float *)in.data)[i] != 0) {
            ((float *)out.data)[n++] = ((float *)in.data)[i];
        }
    }
    return sc_arg_set_sizes(c, 1, &n);
}

static const ScKernel kernels[] = {
    {"aten::add.out", "TTSO", kernel_add, 'f'},
    {"aten::copy_", "TTb", kernel_copy, '*'},
    {"executorch_prim::add.Scalar", "SS", kernel_add_numbers, 'i'},
    {"executorch_prim::et_view.default", "TIO", kernel_view, '*'},
    {"executorch_prim::lt.Scalar", "SS", kernel_less, 'i'},
    {"test::half", "S", kernel_half, 'i'},
    {"test::nonzero.out", "TO", kernel_nonzero, '*'},
};

static PteFile file;
static PteRig rig;

static ScStatus start(const PteProgram *program) {
    pte_write(&file, program);
    return pte_start(&rig, &file, kernels, COUNT(kernels));
}

static void input_f32(uint32_t index, const float *items, size_t n) {
    assert_int_equal(sc_set_input(&rig.method, index, (void *)items, n * sizeof *items),
                     SC_OK);
}

static void output_f32(uint32_t index, const float *items, size_t n) {
    ScTensor out;
    assert_int_equal(sc_output(&rig.method, index, &out), SC_OK);
    assert_int_equal(sc_tensor_numel(&out), n);
    assert_memory_equal(out.data, items, n * sizeof *items);
}

#define F32(...) .kind = SC_KIND_TENSOR, .dtype = SC_F32, .n = 1, .sizes = {3}, __VA_ARGS__
#define INT(value) \
    { .kind = SC_KIND_INT, .i = (value) }
#define BOOLEAN(value) \
    { .kind = SC_KIND_BOOL, .i = (value) }
#define CALL(op, n, ...)                                                              \
    {                                                                                 \
        .kind = SC_CALL_KERNEL, .index = (op), .n_args = (n), .args = { __VA_ARGS__ } \
    }

static const char *const ops_add[][2] = {{"aten::add", "out"}};

/* out = x + 2 * w */
static const float weight[] = {10, 20, 30};
static const PteValue add_values[] = {
    {F32(.memory = 1)}, {F32(.data = 1)}, INT(2), {F32(.memory = 1, .offset = 16)}};
static const PteInst add_insts[] = {CALL(0, 5, 0, 1, 2, 3, 3)};
static const uint8_t io_bytes[] = {
    'S', 'C',  'I',  'O',  1,    0,    1,   0, 1,  0, 0, 0, 0, 0,
    0,   0x3f, 0xfd, 0xff, 0xff, 0xff, 44,  0, 0,  0, 1, 0, 0, 0, /* 0.5, -3 */
    0,   0,    0,    0,    0,    0,    0,   0, 46, 0, 0, 0, 0, 0,
    0,   0,    'x',  0,    'o',  'u',  't', 0};
static const PteProgram add_program = {.values = add_values,
                                       .n_values = COUNT(add_values),
                                       .insts = add_insts,
                                       .n_insts = 1,
                                       .operators = ops_add,
                                       .n_operators = 1,
                                       .inputs = {0},
                                       .n_inputs = 1,
                                       .outputs = {3},
                                       .n_outputs = 1,
                                       .memory_bytes = {28},
                                       .n_memories = 1,
                                       .constants = weight,
                                       .constant_bytes = sizeof weight,
                                       .io = io_bytes,
                                       .io_bytes = sizeof io_bytes};

/* ---- the whole life ---------------------------------------------------------------- */

static void run_planned_program_computes(void **state) {
    (void)state;
    const float x[] = {1, 2, 3};
    assert_int_equal(start(&add_program), SC_OK);
    assert_int_equal(rig.need.n_memories, 1);
    assert_int_equal(rig.need.memory_bytes[0], 28);
    assert_int_equal(rig.need.workspace_bytes, 4); /* one binding, no slots */
    assert_int_equal(sc_method_count(&rig.model), 1);
    assert_string_equal(sc_method_name(&rig.model, 0), "forward");
    assert_null(sc_method_name(&rig.model, 1));
    assert_int_equal(sc_input_count(&rig.method), 1);
    assert_int_equal(sc_output_count(&rig.method), 1);
    input_f32(0, x, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){21, 42, 63}, 3);
}

static void run_file_without_header_computes(void **state) {
    (void)state;
    PteProgram program = add_program;
    program.no_header = true;
    program.io = NULL;
    assert_int_equal(start(&program), SC_OK);
    input_f32(0, (const float[]){0, 0, 1}, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){20, 40, 61}, 3);
}

static void init_named_method_is_found(void **state) {
    (void)state;
    ScNeed need;
    assert_int_equal(start(&add_program), SC_OK);
    assert_int_equal(sc_need(&rig.model, "forward", &need), SC_OK);
    assert_int_equal(sc_need(&rig.model, "forwar", &need), SC_E_NOT_FOUND);
    assert_int_equal(sc_need(&rig.model, "forward2", &need), SC_E_NOT_FOUND);
}

static void input_wrong_size_or_index_is_refused(void **state) {
    (void)state;
    float x[4] = {0};
    ScTensor tensor;
    assert_int_equal(start(&add_program), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 0, x, 8), SC_E_SHAPE);
    assert_int_equal(sc_set_input(&rig.method, 0, x, 16), SC_E_SHAPE);
    assert_int_equal(sc_set_input(&rig.method, 0, NULL, 12), SC_E_ARG);
    assert_int_equal(sc_set_input(&rig.method, 1, x, 12), SC_E_ARG);
    assert_int_equal(sc_output(&rig.method, 1, &tensor), SC_E_ARG);
    assert_int_equal(sc_set_output(&rig.method, 0, x, 12), SC_E_ARG); /* planned */
}

static void input_number_is_counted_but_no_tensor(void **state) {
    (void)state;
    PteProgram program = add_program;
    ScTensor tensor;
    program.inputs[1] = 2;
    program.n_inputs = 2;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_input_count(&rig.method), 2);
    assert_int_equal(sc_input(&rig.method, 1, &tensor), SC_E_SHAPE);
}

static void init_bad_buffers_are_refused(void **state) {
    (void)state;
    ScConfig config;
    assert_int_equal(start(&add_program), SC_OK);
    for (int i = 0; i < 6; i++) {
        config = rig.config;
        if (i == 0) {
            config.workspace = NULL;
        } else if (i == 1) {
            config.workspace_bytes--;
        } else if (i == 2) {
            config.workspace = rig.workspace + 8;
        } else if (i == 3) {
            config.memory[0] = NULL;
        } else if (i == 4) {
            config.memory_bytes[0]--;
        } else {
            config.memory[0] = rig.memory[0] + 4;
        }
        assert_int_equal(sc_init(&rig.model, NULL, &config, &rig.method), SC_E_MEMORY);
    }
}

/* ---- kernels ----------------------------------------------------------------------- */

static void init_missing_kernel_is_named(void **state) {
    (void)state;
    static const ScKernel others[] = {{"aten::add", "TTSO", kernel_add, 'f'},
                                      {"aten::add.out", "TTSO", kernel_add, 'd'},
                                      {"aten::add.out", "TTSO", kernel_add, 'i'},
                                      {"aten::add.out2", "TTSO", kernel_add, 'f'}};
    char name[64];
    char cut[8];
    pte_write(&file, &add_program);
    assert_int_equal(pte_start(&rig, &file, others, COUNT(others)), SC_E_NO_KERNEL);
    assert_int_equal(sc_error_index(&rig.method), 0);
    sc_operator_name(&rig.method, 0, name, sizeof name);
    assert_string_equal(name, "aten::add.out");
    sc_operator_name(&rig.method, 0, cut, sizeof cut);
    assert_string_equal(cut, "aten::a");
    sc_operator_name(&rig.method, 1, name, sizeof name);
    assert_string_equal(name, "");
    assert_int_equal(pte_start(&rig, &file, NULL, 0), SC_E_NO_KERNEL);
}

static ScStatus kernel_wrong(ScCall *c) {
    (void)c;
    return SC_E_INTERNAL;
}

static void init_kernel_class_is_that_of_the_widest_tensor(void **state) {
    (void)state;
    static const ScKernel table[] = {{"aten::add.out", "TTSO", kernel_wrong, 'd'},
                                     {"aten::add.out", "TTSO", kernel_add, 'f'},
                                     {"aten::add.out", "TTSO", kernel_wrong, 'h'},
                                     {"aten::add.out", "TTSO", kernel_wrong, 'i'}};
    PteValue values[4];
    PteProgram program = add_program;
    memcpy(values, add_values, sizeof values);
    values[0].dtype = SC_I32; /* the float output is wider */
    program.values = values;
    pte_write(&file, &program);
    assert_int_equal(pte_start(&rig, &file, table, COUNT(table)), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
}

static void init_delegate_call_is_refused(void **state) {
    (void)state;
    PteProgram program = add_program;
    PteInst insts[2] = {CALL(0, 5, 0, 1, 2, 3, 3),
                        {.kind = SC_CALL_DELEGATE, .n_args = 2, .args = {0, 3}}};
    program.insts = insts;
    program.n_insts = 2;
    pte_write(&file, &program);
    memset(&rig, 0, sizeof rig);
    /* The file has no delegate, so the verifier would refuse it first. */
    rig.config.kernels = (ScKernelTable){kernels, COUNT(kernels)};
    rig.config.workspace = rig.workspace;
    rig.config.workspace_bytes = sizeof rig.workspace;
    rig.config.memory[0] = rig.memory[0];
    rig.config.memory_bytes[0] = sizeof rig.memory[0];
    assert_int_equal(sc_open(file.bytes, file.n_bytes, &rig.model), SC_OK);
    assert_int_equal(sc_init(&rig.model, NULL, &rig.config, &rig.method), SC_E_NO_DELEGATE);
    assert_int_equal(sc_error_index(&rig.method), 1);
}

/* ---- state ------------------------------------------------------------------------- */

/* The state grows by the input. */
static const float state_first[] = {5, 6, 7};
static const char *const state_ops[][2] = {{"aten::add", "out"}, {"aten::copy_", ""}};
static const PteValue state_values[] = {{F32(.memory = 1)},            /* input */
                                        {F32(.memory = 2, .data = 1)}, /* state */
                                        INT(1),
                                        {F32(.memory = 1, .offset = 16)},
                                        BOOLEAN(0)};
static const PteInst state_insts[] = {CALL(0, 5, 1, 0, 2, 3, 3), CALL(1, 4, 1, 3, 4, 1)};
static const PteProgram state_program = {.values = state_values,
                                         .n_values = 5,
                                         .insts = state_insts,
                                         .n_insts = 2,
                                         .operators = state_ops,
                                         .n_operators = 2,
                                         .n_inputs = 1,
                                         .outputs = {3},
                                         .n_outputs = 1,
                                         .memory_bytes = {32, 12},
                                         .n_memories = 2,
                                         .initial = state_first,
                                         .initial_bytes = sizeof state_first};

static void run_state_is_kept_and_reset(void **state) {
    (void)state;
    const float x[] = {1, 1, 2};
    assert_int_equal(start(&state_program), SC_OK);
    assert_int_equal(rig.need.n_memories, 2);
    input_f32(0, x, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){7, 8, 11}, 3);
    assert_int_equal(sc_reset(&rig.method), SC_OK);
    input_f32(0, x, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){6, 7, 9}, 3);
}

/* ---- pointers of the caller ---------------------------------------------------------- */

static void run_unplanned_tensors_use_the_callers_memory(void **state) {
    (void)state;
    PteValue values[4];
    PteProgram program = add_program;
    float x[] = {1, 2, 3};
    float out[3] = {0};
    ScTensor tensor;
    memcpy(values, add_values, sizeof values);
    values[0].memory = 0;
    values[3].memory = 0;
    program.values = values;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(rig.method.n_slots, 2);
    assert_int_equal(sc_input(&rig.method, 0, &tensor), SC_OK);
    assert_null(tensor.data);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_ARG); /* nowhere to read */
    assert_int_equal(sc_set_input(&rig.method, 0, x, sizeof x), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_ARG); /* nowhere to write */
    assert_int_equal(sc_set_output(&rig.method, 0, out, sizeof out), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_memory_equal(out, ((const float[]){21, 42, 63}), sizeof out);
    x[0] = 2; /* the pointer was kept, not the bytes */
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_true(out[0] == 22);
}

/* ---- control flow -------------------------------------------------------------------- */

static const char *const ops_loop[][2] = {{"aten::add", "out"},
                                          {"executorch_prim::add", "Scalar"},
                                          {"executorch_prim::lt", "Scalar"},
                                          {"executorch_prim::et_view", "default"},
                                          {"test::nonzero", "out"},
                                          {"test::half", ""}};

/* for (i = 0; i < 5; i++) sum += x */
static const PteValue loop_values[] = {{F32(.memory = 1)},
                                       {F32(.memory = 1, .offset = 16)},
                                       INT(0),
                                       INT(1),
                                       INT(5),
                                       BOOLEAN(1),
                                       BOOLEAN(0)};
static const PteInst loop_insts[] = {
    CALL(2, 3, 2, 4, 5),                                   /* 0: go = i < 5 */
    {.kind = SC_CALL_JUMP_FALSE, .index = 5, .target = 5}, /* 1: unless go: end */
    CALL(0, 5, 1, 0, 3, 1, 1),                             /* 2: sum += x */
    CALL(1, 3, 2, 3, 2),                                   /* 3: i += 1 */
    {.kind = SC_CALL_JUMP_FALSE, .index = 6, .target = 0}, /* 4: back */
};
static const PteProgram loop_program = {.values = loop_values,
                                        .n_values = COUNT(loop_values),
                                        .insts = loop_insts,
                                        .n_insts = COUNT(loop_insts),
                                        .operators = ops_loop,
                                        .n_operators = COUNT(ops_loop),
                                        .n_inputs = 1,
                                        .outputs = {1},
                                        .n_outputs = 1,
                                        .memory_bytes = {32},
                                        .n_memories = 1};

static void run_loop_counts_again_in_every_run(void **state) {
    (void)state;
    assert_int_equal(start(&loop_program), SC_OK);
    assert_int_equal(rig.method.n_slots, 2); /* i and go */
    input_f32(0, (const float[]){1, 2, 3}, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){5, 10, 15}, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK); /* sum is kept, i isn't */
    output_f32(0, (const float[]){10, 20, 30}, 3);
}

static void run_instruction_limit_stops(void **state) {
    (void)state;
    const ScRunOptions enough = {.max_instructions = 27};
    const ScRunOptions few = {.max_instructions = 26};
    assert_int_equal(start(&loop_program), SC_OK);
    assert_int_equal(sc_run(&rig.method, &enough), SC_OK);
    assert_int_equal(sc_run(&rig.method, &few), SC_E_LIMIT);
    assert_int_equal(sc_error_index(&rig.method), 1);
}

/* out = c ? a : b, by moves; c is a bool tensor with two items */
static void run_branches_move_tensors(void **state) {
    (void)state;
    static const float constants[] = {1, 2, 3, 0, 4, 5, 6};
    const PteValue values[] = {
        {.kind = SC_KIND_TENSOR, .dtype = SC_BOOL, .n = 1, .sizes = {2}, .memory = 1},
        {F32(.data = 1)},
        {F32(.data = 2)},
        {F32(.data = 0)},
        BOOLEAN(0)};
    const PteInst insts[] = {
        {.kind = SC_CALL_JUMP_FALSE, .index = 0, .target = 3},
        {.kind = SC_CALL_MOVE, .index = 1, .target = 3},
        {.kind = SC_CALL_JUMP_FALSE, .index = 4, .target = 4},
        {.kind = SC_CALL_MOVE, .index = 2, .target = 3},
    };
    const PteProgram program = {.values = values,
                                .n_values = 5,
                                .insts = insts,
                                .n_insts = 4,
                                .n_inputs = 1,
                                .outputs = {3},
                                .n_outputs = 1,
                                .memory_bytes = {2},
                                .n_memories = 1,
                                .constants = constants,
                                .constant_bytes = sizeof constants};
    static const struct {
        uint8_t c[2];
        const float *out;
    } cases[] = {{{1, 1}, constants}, {{0, 1}, constants + 4}, {{1, 0}, constants + 4}};
    assert_int_equal(start(&program), SC_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(sc_set_input(&rig.method, 0, (void *)cases[i].c, 2), SC_OK);
        assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
        output_f32(0, cases[i].out, 3);
    }
}

typedef struct Numbers {
    double last; /* of the instruction run last: its return */
} Numbers;

static ScStatus numbers_hook(void *user, const ScMethod *method, uint32_t instruction,
                             ScCall *call) {
    (void)method;
    (void)instruction;
    ((Numbers *)user)->last = sc_arg_double(call, sc_call_count(call) - 1);
    return SC_OK;
}

/* A number moved is a copy: i++; t = i; i++; j = t + t; h = j / 2 */
static void run_moved_number_is_a_copy(void **state) {
    (void)state;
    const PteValue values[] = {
        INT(7), INT(0), INT(1), INT(0), {.kind = SC_KIND_DOUBLE, .d = 0}};
    const PteInst insts[] = {CALL(1, 3, 0, 2, 0),
                             {.kind = SC_CALL_MOVE, .index = 0, .target = 1},
                             CALL(1, 3, 0, 2, 0),
                             CALL(1, 3, 1, 1, 3),
                             CALL(5, 2, 3, 4)};
    Numbers numbers = {0};
    ScRunOptions options = {.hook = numbers_hook, .hook_user = &numbers};
    PteProgram program = loop_program;
    program.values = values;
    program.n_values = 5;
    program.insts = insts;
    program.n_inputs = 0;
    program.n_outputs = 0;
    for (uint32_t n = 4; n <= 5; n++) {
        program.n_insts = n;
        assert_int_equal(start(&program), SC_OK);
        assert_int_equal(rig.method.n_slots, n - 1);
        assert_int_equal(sc_run(&rig.method, &options), SC_OK);
        assert_true(numbers.last == (n == 4 ? 16 : 8));
    }
}

/* A moved constant is an output that no kernel may write to. */
static void run_write_to_moved_constant_is_refused(void **state) {
    (void)state;
    const PteValue values[] = {
        {F32(.memory = 1)}, {F32(.data = 1)}, {F32(.data = 0)}, INT(1)};
    const PteInst insts[] = {{.kind = SC_CALL_MOVE, .index = 1, .target = 2},
                             CALL(0, 5, 0, 0, 3, 2, 2)};
    PteProgram program = add_program;
    program.values = values;
    program.insts = insts;
    program.n_insts = 2;
    program.outputs[0] = 2;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_UNSUPPORTED);
    assert_int_equal(sc_error_index(&rig.method), 1);
}

static void run_view_shares_bytes(void **state) {
    (void)state;
    const PteValue values[] = {
        {F32(.memory = 1)},
        INT(3),
        {.kind = SC_KIND_INTS, .n = 2, .items = {1, 4}},
        {.kind = SC_KIND_TENSOR, .dtype = SC_F32, .n = 2, .sizes = {3, 1}},
        INT(1),
        {F32(.memory = 1, .offset = 16)}};
    const PteInst insts[] = {CALL(3, 3, 0, 2, 3), CALL(0, 5, 3, 3, 4, 5, 5)};
    PteProgram program = loop_program;
    program.values = values;
    program.n_values = 6;
    program.insts = insts;
    program.n_insts = 2;
    program.outputs[0] = 3;
    program.outputs[1] = 5;
    program.n_outputs = 2;
    assert_int_equal(start(&program), SC_OK);
    input_f32(0, (const float[]){1, 2, 3}, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){1, 2, 3}, 3);
    output_f32(1, (const float[]){2, 4, 6}, 3);
}

/* The bytes behind a view may be gone in the next run. */
static void run_view_is_forgotten_before_the_next_run(void **state) {
    (void)state;
    const PteValue values[] = {
        {F32(.memory = 1)}, {.kind = SC_KIND_INTS},           {F32(.data = 0)},
        BOOLEAN(1),         {F32(.memory = 1, .offset = 16)}, INT(1),
        BOOLEAN(0)};
    const PteInst insts[] = {
        CALL(0, 5, 2, 0, 5, 4, 4), /* reads the view before it is made */
        CALL(3, 3, 0, 1, 2)};
    PteProgram program = loop_program;
    program.values = values;
    program.n_values = COUNT(values);
    program.insts = insts;
    program.n_insts = 2;
    program.outputs[0] = 2;
    float x[3] = {0};
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_ARG);
    assert_int_equal(sc_set_output(&rig.method, 0, x, sizeof x), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_ARG);
}

static void run_free_forgets_the_pointer(void **state) {
    (void)state;
    const PteInst insts[] = {CALL(0, 5, 0, 1, 2, 3, 3), {.kind = SC_CALL_FREE, .index = 0}};
    PteValue values[4];
    PteProgram program = add_program;
    float x[3] = {0};
    ScTensor tensor;
    memcpy(values, add_values, sizeof values);
    values[0].memory = 0;
    program.values = values;
    program.insts = insts;
    program.n_insts = 2;
    assert_int_equal(start(&program), SC_OK);
    assert_int_equal(sc_set_input(&rig.method, 0, x, sizeof x), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    assert_int_equal(sc_input(&rig.method, 0, &tensor), SC_OK);
    assert_null(tensor.data);
    assert_int_equal(sc_run(&rig.method, NULL), SC_E_ARG);
}

static void run_dynamic_sizes_change_within_their_bound(void **state) {
    (void)state;
    const PteValue values[] = {
        {F32(.memory = 1)}, {F32(.memory = 1, .offset = 16, .dynamism = SC_DYNAMIC_BOUND)}};
    const PteInst insts[] = {CALL(4, 3, 0, 1, 1)};
    PteProgram program = loop_program;
    program.values = values;
    program.n_values = 2;
    program.insts = insts;
    program.n_insts = 1;
    assert_int_equal(start(&program), SC_OK);
    output_f32(0, (const float[]){0, 0, 0}, 3);
    input_f32(0, (const float[]){7, 0, 8}, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){7, 8}, 2);
    ScTensor out;
    assert_int_equal(sc_output(&rig.method, 0, &out), SC_OK);
    assert_true((const uint8_t *)out.sizes >= rig.workspace &&
                (const uint8_t *)(out.sizes + 1) <=
                    rig.workspace + rig.config.workspace_bytes);
}

/* ---- hooks --------------------------------------------------------------------------- */

typedef struct Trace {
    uint32_t n_calls, n_others, stop_at;
    float first;
} Trace;

static ScStatus trace_hook(void *user, const ScMethod *method, uint32_t instruction,
                           ScCall *call) {
    Trace *trace = user;
    assert_ptr_equal(method, &rig.method);
    if (sc_call_count(call) == 0) {
        trace->n_others++;
        assert_true(sc_arg_is_none(call, 0));
    } else {
        trace->n_calls++;
    }
    if (instruction == 2) {
        trace->first = *(float *)sc_arg_tensor(call, sc_call_count(call) - 1).data;
    }
    return trace->n_calls + trace->n_others == trace->stop_at ? SC_E_RANGE : SC_OK;
}

static void run_hook_sees_every_instruction_and_can_stop(void **state) {
    (void)state;
    Trace trace = {0};
    ScRunOptions options = {.hook = trace_hook, .hook_user = &trace};
    assert_int_equal(start(&loop_program), SC_OK);
    input_f32(0, (const float[]){1, 2, 3}, 3);
    assert_int_equal(sc_run(&rig.method, &options), SC_OK);
    assert_int_equal(trace.n_calls, 16);
    assert_int_equal(trace.n_others, 11);
    assert_true(trace.first == 5);
    trace = (Trace){.stop_at = 3};
    assert_int_equal(sc_run(&rig.method, &options), SC_E_RANGE);
    assert_int_equal(sc_error_index(&rig.method), 2);
}

/* ---- sconce.io ------------------------------------------------------------------------
 */

static void io_info_reads_names_scales_layouts(void **state) {
    (void)state;
    ScIoInfo info;
    assert_int_equal(start(&add_program), SC_OK);
    assert_int_equal(sc_input_info(&rig.model, 0, &info), SC_OK);
    assert_string_equal(info.name, "x");
    assert_true(info.scale == 0.5f);
    assert_int_equal(info.zero_point, -3);
    assert_int_equal(info.layout, SC_LAYOUT_CHANNELS_LAST);
    assert_int_equal(sc_output_info(&rig.model, 0, &info), SC_OK);
    assert_string_equal(info.name, "out");
    assert_true(info.scale == 0);
    assert_int_equal(info.layout, SC_LAYOUT_CONTIGUOUS);
    assert_int_equal(sc_output_info(&rig.model, 1, &info), SC_E_ARG);
    assert_int_equal(start(&loop_program), SC_OK);
    assert_int_equal(sc_input_info(&rig.model, 0, &info), SC_E_NOT_FOUND);
}

/* ---- programs bound at build time ---------------------------------------------------- */

static uint32_t bound_slots[16], bound_states[16], bound_tables[64];
static uint16_t bound_rows[16], bound_args[16];
static uint8_t bound_kinds[64];
static ScKernelTable bound_kernels;

/* What `sconce kernels` reads off a method that sc_init() made. */
static ScBound bound_of(const ScMethod *m) {
    const uint8_t *bytes = file.bytes;
    uint16_t at = 0;
    bound_kernels = m->config.kernels;
    ScBound bound = {.kernels = &bound_kernels,
                     .rows = bound_rows,
                     .slots = bound_slots,
                     .states = bound_states,
                     .n_slots = m->n_slots,
                     .plan = m->plan,
                     .pte_bytes = (uint32_t)file.n_bytes,
                     .need = rig.need};
    for (uint32_t i = 0; i < sc_flat_count(bytes, m->instructions); i++) {
        uint32_t table;
        bound_rows[i] = m->rows[i];
        bound_args[i] = at;
        if (sc_instruction_read(m, i, &table) == SC_CALL_KERNEL) {
            ScCall call;
            sc_call_open(m, i, table, &call);
            for (uint32_t a = 0; a < call.n_args; a++, at++) {
                bound_tables[at] = call.tables[a];
                bound_kinds[at] = call.kinds[a];
            }
        }
    }
    for (uint32_t i = 0; i < m->n_slots; i++) {
        bound_slots[i] = sc_slots(m)[i].value;
    }
    for (uint32_t i = 0; i < sc_flat_count(bytes, m->values); i++) {
        ScValue v = sc_value_read(m, i);
        if (v.kind == SC_KIND_TENSOR && sc_flat_u32(bytes, v.table, SC_TENSOR_DATA) &&
            sc_flat_ref(bytes, v.table, SC_TENSOR_ALLOCATION)) {
            bound_states[bound.n_states++] = i;
        }
    }
    if (m->n_slots == 0) {
        bound.args = bound_args;
        bound.tables = bound_tables;
        bound.kinds = bound_kinds;
    }
    bound.need.workspace_bytes =
        (size_t)((const uint8_t *)m->rows - (const uint8_t *)m->config.workspace);
    return bound;
}

static ScStatus start_bound(const PteProgram *program, bool zero) {
    SC_TRY(start(program));
    ScBound bound = bound_of(&rig.method);
    static ScBound kept;
    kept = bound;
    memset(rig.workspace, 0xa5, sizeof rig.workspace);
    memset(rig.memory, zero ? 0 : 0xa5, sizeof rig.memory);
    rig.config.kernels = (ScKernelTable){NULL, 0};
    rig.config.workspace_bytes = bound.need.workspace_bytes;
    rig.config.memory_is_zero = zero;
    return sc_init_bound(&rig.model, &kept, &rig.config, &rig.method);
}

static void bound_static_program_needs_no_workspace(void **state) {
    (void)state;
    assert_int_equal(start_bound(&add_program, true), SC_OK);
    assert_int_equal(rig.config.workspace_bytes, 0);
    input_f32(0, (const float[]){1, 2, 3}, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){21, 42, 63}, 3);
}

static void bound_program_with_slots_computes_the_same(void **state) {
    (void)state;
    for (int zero = 0; zero < 2; zero++) {
        assert_int_equal(start_bound(&loop_program, zero != 0), SC_OK);
        input_f32(0, (const float[]){1, 2, 3}, 3);
        assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
        output_f32(0, (const float[]){5, 10, 15}, 3);
        assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
        output_f32(0, (const float[]){10, 20, 30}, 3);
        assert_int_equal(sc_reset(&rig.method), SC_OK);
        input_f32(0, (const float[]){1, 2, 3}, 3);
        assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
        output_f32(0, (const float[]){5, 10, 15}, 3);
    }
}

static void bound_state_starts_with_the_bytes_of_the_file(void **state) {
    (void)state;
    const float x[] = {1, 1, 2};
    assert_int_equal(start_bound(&state_program, false), SC_OK);
    input_f32(0, x, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){6, 7, 9}, 3);
    assert_int_equal(sc_reset(&rig.method), SC_OK);
    input_f32(0, x, 3);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    output_f32(0, (const float[]){6, 7, 9}, 3);
}

static void bound_of_another_file_or_small_buffers_is_refused(void **state) {
    (void)state;
    assert_int_equal(start(&add_program), SC_OK);
    ScBound bound = bound_of(&rig.method);
    rig.config.memory_bytes[0]--;
    assert_int_equal(sc_init_bound(&rig.model, &bound, &rig.config, &rig.method),
                     SC_E_MEMORY);
    rig.config.memory_bytes[0]++;
    bound.pte_bytes++;
    assert_int_equal(sc_init_bound(&rig.model, &bound, &rig.config, &rig.method), SC_E_ARG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_static_program_needs_no_workspace),
        cmocka_unit_test(bound_program_with_slots_computes_the_same),
        cmocka_unit_test(bound_state_starts_with_the_bytes_of_the_file),
        cmocka_unit_test(bound_of_another_file_or_small_buffers_is_refused),
        cmocka_unit_test(run_planned_program_computes),
        cmocka_unit_test(run_file_without_header_computes),
        cmocka_unit_test(init_named_method_is_found),
        cmocka_unit_test(input_wrong_size_or_index_is_refused),
        cmocka_unit_test(input_number_is_counted_but_no_tensor),
        cmocka_unit_test(init_bad_buffers_are_refused),
        cmocka_unit_test(init_missing_kernel_is_named),
        cmocka_unit_test(init_kernel_class_is_that_of_the_widest_tensor),
        cmocka_unit_test(init_delegate_call_is_refused),
        cmocka_unit_test(run_state_is_kept_and_reset),
        cmocka_unit_test(run_unplanned_tensors_use_the_callers_memory),
        cmocka_unit_test(run_loop_counts_again_in_every_run),
        cmocka_unit_test(run_instruction_limit_stops),
        cmocka_unit_test(run_branches_move_tensors),
        cmocka_unit_test(run_moved_number_is_a_copy),
        cmocka_unit_test(run_write_to_moved_constant_is_refused),
        cmocka_unit_test(run_view_shares_bytes),
        cmocka_unit_test(run_view_is_forgotten_before_the_next_run),
        cmocka_unit_test(run_free_forgets_the_pointer),
        cmocka_unit_test(run_dynamic_sizes_change_within_their_bound),
        cmocka_unit_test(run_hook_sees_every_instruction_and_can_stop),
        cmocka_unit_test(io_info_reads_names_scales_layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
