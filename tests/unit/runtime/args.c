/* SPDX-License-Identifier: Apache-2.0 */
/* What kernels see of their arguments, and which calls fit which signatures. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/call.h"
#include "tests/unit/runtime/pte_build.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))
#define TENSOR(...) \
    { .kind = SC_KIND_TENSOR, .dtype = SC_I8, .n = 1, .sizes = {4}, __VA_ARGS__ }

static PteFile file;
static PteRig rig;

/* ---- reading ------------------------------------------------------------------------- */

enum {
    IN,
    CONST,
    OUT,
    OUT2,
    INT,
    BIG,
    BOOLEAN,
    DOUBLE,
    TEXT,
    INTS,
    DOUBLES,
    BOOLS,
    LIST,
    MAYBE,
    NONE,
    N_VALUES
};

static const PteValue values[N_VALUES] = {
    [IN] = TENSOR(.memory = 1),
    [CONST] = TENSOR(.data = 1),
    [OUT] = TENSOR(.memory = 1, .offset = 4),
    [OUT2] = TENSOR(.memory = 1, .offset = 8),
    [INT] = {.kind = SC_KIND_INT, .i = -7},
    [BIG] = {.kind = SC_KIND_INT, .i = INT64_MIN},
    [BOOLEAN] = {.kind = SC_KIND_BOOL, .i = 1},
    [DOUBLE] = {.kind = SC_KIND_DOUBLE, .d = -2.75},
    [TEXT] = {.kind = SC_KIND_STRING, .text = "sum"},
    [INTS] = {.kind = SC_KIND_INTS, .n = 3, .items = {INT, BIG, INT}},
    [DOUBLES] = {.kind = SC_KIND_DOUBLES, .n = 2, .items = {1, -4}},
    [BOOLS] = {.kind = SC_KIND_BOOLS, .n = 2, .items = {0, 1}},
    [LIST] = {.kind = SC_KIND_TENSORS, .n = 2, .items = {CONST, IN}},
    [MAYBE] = {.kind = SC_KIND_OPTIONAL_TENSORS, .n = 2, .items = {-1, IN}},
    [NONE] = {.kind = SC_KIND_NULL},
};

static const char *const ops[][2] = {{"test::op", "out"}};
static const char constants[] = {1, 2, 3, 4};

static PteProgram program_of(const PteInst *inst) {
    return (PteProgram){.values = values,
                        .n_values = N_VALUES,
                        .insts = inst,
                        .n_insts = 1,
                        .operators = ops,
                        .n_operators = 1,
                        .inputs = {IN},
                        .n_inputs = 1,
                        .outputs = {OUT},
                        .n_outputs = 1,
                        .memory_bytes = {12},
                        .n_memories = 1,
                        .constants = constants,
                        .constant_bytes = sizeof constants};
}

static ScStatus kernel_reads(ScCall *c) {
    uint32_t n;
    int64_t ints[3] = {0};
    assert_int_equal(sc_call_count(c), 8);
    assert_int_equal(sc_arg_tensor(c, 0).rank, 1);
    assert_int_equal(sc_arg_tensor(c, 0).sizes[0], 4);
    assert_int_equal(sc_arg_tensor(c, 0).dim_order[0], 0);
    assert_ptr_equal(sc_arg_tensor(c, 0).data, rig.memory[0]);
    assert_int_equal(sc_arg_int(c, 1), -7);
    assert_true(sc_arg_double(c, 1) == -7.0);
    assert_true(sc_arg_bool(c, 2));
    assert_int_equal(sc_arg_scalar(c, 2).kind, SC_SCALAR_BOOL);
    assert_true(sc_arg_scalar(c, 2).i == 1 && sc_arg_scalar(c, 2).d == 1.0);
    assert_true(sc_arg_double(c, 3) == -2.75);
    assert_int_equal(sc_arg_scalar(c, 3).kind, SC_SCALAR_DOUBLE);
    assert_int_equal(sc_arg_scalar(c, 3).i, -2);
    assert_string_equal(sc_arg_string(c, 4, &n), "sum");
    assert_int_equal(n, 3);
    assert_int_equal(sc_arg_count(c, 5), 3);
    assert_true(sc_arg_int_at(c, 5, 1) == INT64_MIN);
    assert_true(sc_arg_int_at(c, 5, 3) == 0);
    assert_int_equal(sc_arg_ints(c, 5, ints, 3, &n), SC_OK);
    assert_true(n == 3 && ints[0] == -7 && ints[1] == INT64_MIN && ints[2] == -7);
    assert_int_equal(sc_arg_ints(c, 5, ints, 2, &n), SC_E_SHAPE);
    assert_ptr_equal(sc_arg_tensor(c, 6).data, rig.memory[0] + 4);
    return SC_OK;
}

static ScStatus kernel_reads_lists(ScCall *c) {
    uint32_t n;
    assert_true(sc_arg_double_at(c, 0, 1) == -4.0 && sc_arg_double_at(c, 0, 2) == 0);
    assert_true(sc_arg_bool_at(c, 1, 1));
    assert_false(sc_arg_bool_at(c, 1, 0));
    assert_false(sc_arg_bool_at(c, 1, 2));
    assert_memory_equal(sc_arg_tensor_at(c, 2, 0).data, constants, 4);
    assert_ptr_equal(sc_arg_tensor_at(c, 2, 1).data, rig.memory[0]);
    assert_null(sc_arg_tensor_at(c, 2, 2).data);
    assert_int_equal(sc_arg_count(c, 3), 2);
    assert_null(sc_arg_tensor_at(c, 3, 0).data);
    assert_ptr_equal(sc_arg_tensor_at(c, 3, 1).data, rig.memory[0]);
    /* None, another kind, out of range: nothing. */
    assert_true(sc_arg_is_none(c, 4));
    assert_false(sc_arg_is_none(c, 3));
    assert_true(sc_arg_is_none(c, 99));
    assert_null(sc_arg_tensor(c, 4).data);
    assert_int_equal(sc_arg_count(c, 4), 0);
    assert_true(sc_arg_int(c, 4) == 0 && sc_arg_double(c, 2) == 0);
    assert_null(sc_arg_tensor(c, 0).sizes);
    assert_null(sc_arg_tensor_at(c, 0, 0).sizes);
    assert_int_equal(sc_arg_int_at(c, 2, 0), 0);
    assert_string_equal(sc_arg_string(c, 99, &n), "");
    assert_int_equal(n, 0);
    /* Nothing here may be changed. */
    assert_int_equal(sc_arg_set_int(c, 0, 1), SC_E_ARG);
    assert_int_equal(sc_arg_set_bool(c, 4, true), SC_E_ARG);
    assert_int_equal(sc_arg_set_double(c, 5, 1), SC_E_ARG);
    assert_int_equal(sc_arg_set_sizes(c, 5, (const int32_t[]){3}), SC_E_SHAPE);
    assert_int_equal(sc_arg_set_sizes(c, 5, (const int32_t[]){4}), SC_OK);
    assert_int_equal(sc_arg_set_sizes(c, 0, (const int32_t[]){4}), SC_E_SHAPE);
    assert_int_equal(sc_arg_alias(c, 5, 2), SC_E_SHAPE);
    return SC_OK;
}

static void args_of_every_kind_are_read(void **state) {
    (void)state;
    static const struct {
        PteInst inst;
        ScKernel kernel;
    } cases[] = {
        {{.kind = SC_CALL_KERNEL,
          .n_args = 8,
          .args = {IN, INT, BOOLEAN, DOUBLE, TEXT, INTS, OUT, OUT}},
         {"test::op.out", "TibfsIO", kernel_reads, '*'}},
        {{.kind = SC_CALL_KERNEL,
          .n_args = 7,
          .args = {DOUBLES, BOOLS, LIST, MAYBE, NONE, OUT, OUT}},
         {"test::op.out", "FBVV?T?O", kernel_reads_lists, '*'}},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        PteProgram program = program_of(&cases[i].inst);
        pte_write(&file, &program);
        assert_int_equal(pte_start(&rig, &file, &cases[i].kernel, 1), SC_OK);
        assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    }
}

/* ---- numbers ---------------------------------------------------------------------------
 */

static ScScalar scalar_seen;

static ScStatus kernel_scalar(ScCall *c) {
    scalar_seen = sc_arg_scalar(c, 0);
    return SC_OK;
}

static ScScalar scalar_of(PteValue number) {
    static const ScKernel kernel = {"test::op.out", "SO", kernel_scalar, '*'};
    const PteInst inst = {.kind = SC_CALL_KERNEL, .n_args = 3, .args = {NONE, OUT, OUT}};
    PteValue changed[N_VALUES];
    PteProgram program = program_of(&inst);
    memcpy(changed, values, sizeof changed);
    changed[NONE] = number;
    program.values = changed;
    pte_write(&file, &program);
    assert_int_equal(pte_start(&rig, &file, &kernel, 1), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
    return scalar_seen;
}

/* The conversions are written by hand: the compiler's are the oracle. */
static void scalar_int_converts_like_the_compiler(void **state) {
    (void)state;
    const int64_t two53 = (int64_t)1 << 53;
    const int64_t cases[] = {0,
                             1,
                             -1,
                             7,
                             -1000000,
                             two53 - 1,
                             two53,
                             two53 + 1,
                             two53 + 2,
                             two53 + 3,
                             -two53 - 1,
                             INT64_MAX,
                             INT64_MIN,
                             INT64_MAX - 511,
                             INT64_MAX - 512,
                             INT64_MAX - 513,
                             ((int64_t)1 << 62) + 128,
                             ((int64_t)1 << 62) + 384};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        ScScalar scalar = scalar_of((PteValue){.kind = SC_KIND_INT, .i = cases[i]});
        assert_int_equal(scalar.kind, SC_SCALAR_INT);
        assert_true(scalar.i == cases[i]);
        assert_true(scalar.d == (double)cases[i]);
    }
}

static void scalar_double_truncates_and_saturates(void **state) {
    (void)state;
    const struct {
        double d;
        int64_t i;
    } cases[] = {{0, 0},
                 {-0.0, 0},
                 {0.999, 0},
                 {-0.999, 0},
                 {1, 1},
                 {-1.5, -1},
                 {2.5, 2},
                 {4503599627370497.0, 4503599627370497},
                 {1e18, (int64_t)1e18},
                 {-9223372036854775808.0, INT64_MIN},
                 {9223372036854774784.0, 9223372036854774784},
                 {9223372036854775808.0, INT64_MAX},
                 {-1e300, INT64_MIN},
                 {(double)INFINITY, INT64_MAX}};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        ScScalar scalar = scalar_of((PteValue){.kind = SC_KIND_DOUBLE, .d = cases[i].d});
        assert_true(scalar.d == cases[i].d);
        assert_true(scalar.i == cases[i].i);
    }
    ScScalar nan = scalar_of((PteValue){.kind = SC_KIND_DOUBLE, .d = (double)NAN});
    assert_true(nan.i == 0 && nan.d != nan.d);
}

/* ---- signatures
 * -------------------------------------------------------------------------- */

static ScStatus kernel_idle(ScCall *c) {
    (void)c;
    return SC_OK;
}

#define ARGS(n, ...)                                                   \
    {                                                                  \
        .kind = SC_CALL_KERNEL, .n_args = (n), .args = { __VA_ARGS__ } \
    }

static const struct {
    const char *signature;
    PteInst inst;
    bool fits;
} calls[] = {
    {"TTO", ARGS(4, IN, CONST, OUT, OUT), true},
    {"TTO", ARGS(3, IN, CONST, OUT), false},           /* no return */
    {"TTO", ARGS(4, IN, CONST, OUT, OUT2), false},     /* returns another */
    {"TTO", ARGS(5, IN, CONST, OUT, OUT, OUT), false}, /* too many */
    {"TTO", ARGS(2, IN, IN), false},                   /* too few */
    {"TTO", ARGS(4, IN, INT, OUT, OUT), false},
    {"TTO", ARGS(4, IN, NONE, OUT, OUT), false},
    {"TT?O", ARGS(4, IN, NONE, OUT, OUT), true},
    {"TO", ARGS(3, IN, CONST, CONST), false}, /* writes to a constant */
    {"TO", ARGS(3, IN, NONE, NONE), false},
    {"TiO", ARGS(4, IN, INT, OUT, OUT), true},
    {"TiO", ARGS(4, IN, BOOLEAN, OUT, OUT), false},
    {"TiO", ARGS(4, IN, DOUBLE, OUT, OUT), false},
    {"Ti?O", ARGS(4, IN, NONE, OUT, OUT), true},
    {"TbO", ARGS(4, IN, BOOLEAN, OUT, OUT), true},
    {"TbO", ARGS(4, IN, INT, OUT, OUT), false},
    {"TfO", ARGS(4, IN, DOUBLE, OUT, OUT), true},
    {"TfO", ARGS(4, IN, INT, OUT, OUT), true},
    {"TfO", ARGS(4, IN, BOOLEAN, OUT, OUT), false},
    {"TSO", ARGS(4, IN, BOOLEAN, OUT, OUT), true},
    {"TSO", ARGS(4, IN, TEXT, OUT, OUT), false},
    {"TsO", ARGS(4, IN, TEXT, OUT, OUT), true},
    {"TsO", ARGS(4, IN, INTS, OUT, OUT), false},
    {"TIO", ARGS(4, IN, INTS, OUT, OUT), true},
    {"TIO", ARGS(4, IN, INT, OUT, OUT), false},
    {"TFO", ARGS(4, IN, DOUBLES, OUT, OUT), true},
    {"TFO", ARGS(4, IN, INTS, OUT, OUT), false},
    {"TBO", ARGS(4, IN, BOOLS, OUT, OUT), true},
    {"TBO", ARGS(4, IN, DOUBLES, OUT, OUT), false},
    {"VO", ARGS(3, LIST, OUT, OUT), true},
    {"VO", ARGS(3, IN, OUT, OUT), false},
    {"VO", ARGS(3, MAYBE, OUT, OUT), false}, /* None among the items */
    {"V?O", ARGS(3, MAYBE, OUT, OUT), true},
    {"V?O", ARGS(3, NONE, OUT, OUT), true},
    {"TP", ARGS(3, IN, LIST, LIST), false}, /* a constant in the list */
    {"TOO", ARGS(4, IN, OUT, OUT2, LIST), false},
    {"TOO", ARGS(4, IN, OUT, OUT2, OUT2), false}, /* not a list */
    {"TT", ARGS(3, IN, CONST, IN), true},         /* in place */
    {"TT", ARGS(3, CONST, IN, CONST), false},     /* in place of a constant */
    {"TS", ARGS(3, IN, INT, INT), true},          /* returns a number */
    {"?", ARGS(2, IN, IN), false},                /* no such letter */
};

static void init_call_against_signature(void **state) {
    (void)state;
    uint32_t n_missed = 0;
    for (uint32_t i = 0; i < COUNT(calls); i++) {
        ScKernel kernel = {"test::op.out", calls[i].signature, kernel_idle, '*'};
        PteProgram program = program_of(&calls[i].inst);
        pte_write(&file, &program);
        ScStatus status = pte_start(&rig, &file, &kernel, 1);
        if (status != (calls[i].fits ? SC_OK : SC_E_UNSUPPORTED)) {
            print_error("call %u (%s): %s\n", i, calls[i].signature,
                        sc_status_name(status));
            n_missed++;
        }
    }
    assert_int_equal(n_missed, 0);
}

/* Three outputs and a list of them, as batch norm has. */
static void init_several_outputs_return_a_list(void **state) {
    (void)state;
    const PteInst inst = ARGS(4, IN, OUT, OUT2, LIST);
    PteValue changed[N_VALUES];
    ScKernel kernel = {"test::op.out", "TOO", kernel_idle, '*'};
    PteProgram program = program_of(&inst);
    memcpy(changed, values, sizeof changed);
    changed[LIST].items[0] = OUT;
    changed[LIST].items[1] = OUT2;
    program.values = changed;
    pte_write(&file, &program);
    assert_int_equal(pte_start(&rig, &file, &kernel, 1), SC_OK);
}

/* A tensor without elements is present, wherever it lies. */
static ScStatus kernel_empty(ScCall *c) {
    ScTensor empty = sc_arg_tensor(c, 0);
    assert_non_null(empty.data);
    assert_int_equal(sc_tensor_bytes(&empty), 0);
    assert_null(sc_arg_tensor(c, 1).data);
    return SC_OK;
}

static void args_empty_tensor_is_not_none(void **state) {
    (void)state;
    const PteInst inst = ARGS(4, CONST, NONE, OUT, OUT);
    const ScKernel kernel = {"test::op.out", "T?T?O", kernel_empty, '*'};
    PteValue changed[N_VALUES];
    PteProgram program = program_of(&inst);
    memcpy(changed, values, sizeof changed);
    changed[CONST].sizes[0] = 0;
    changed[CONST].data = 0;
    program.values = changed;
    pte_write(&file, &program);
    assert_int_equal(pte_start(&rig, &file, &kernel, 1), SC_OK);
    assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
}

/* ---- small things
 * -------------------------------------------------------------------------- */

static void status_names_are_known(void **state) {
    (void)state;
    assert_string_equal(sc_status_name(SC_OK), "ok");
    assert_string_equal(sc_status_name(SC_E_INTERNAL), "internal error");
    assert_string_equal(sc_status_name(SC_E_ENGINE), "engine failure");
    assert_string_equal(sc_status_name((ScStatus)1), "unknown status");
    assert_string_equal(sc_status_name((ScStatus)-15), "unknown status");
}

static void dtype_sizes(void **state) {
    (void)state;
    static const uint8_t sizes[] = {1, 1, 2, 4, 8, 2, 4, 8, 0, 0, 0, 1, 0, 0, 0, 2,
                                    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 8, 0};
    for (uint32_t i = 0; i < COUNT(sizes); i++) {
        assert_int_equal(sc_dtype_size((ScDtype)i), sizes[i]);
    }
    assert_int_equal(sc_dtype_size((ScDtype)-1), 0);
}

static void tensor_sizes(void **state) {
    (void)state;
    const int32_t sizes[] = {2, 3, 0, 5};
    ScTensor tensor = {.sizes = sizes, .dtype = SC_I16, .rank = 2};
    assert_int_equal(sc_tensor_numel(&tensor), 6);
    assert_int_equal(sc_tensor_bytes(&tensor), 12);
    tensor.rank = 4;
    assert_int_equal(sc_tensor_numel(&tensor), 0);
    tensor.rank = 0;
    assert_int_equal(sc_tensor_bytes(&tensor), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(args_of_every_kind_are_read),
        cmocka_unit_test(scalar_int_converts_like_the_compiler),
        cmocka_unit_test(scalar_double_truncates_and_saturates),
        cmocka_unit_test(init_call_against_signature),
        cmocka_unit_test(init_several_outputs_return_a_list),
        cmocka_unit_test(args_empty_tensor_is_not_none),
        cmocka_unit_test(status_names_are_known),
        cmocka_unit_test(dtype_sizes),
        cmocka_unit_test(tensor_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
