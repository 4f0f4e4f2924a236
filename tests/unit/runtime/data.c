/* SPDX-License-Identifier: Apache-2.0 */
/* Programs whose weights lie in a .ptd, and .ptd files that are damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/call.h"
#include "tests/unit/runtime/pte_build.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

static ScStatus kernel_add(ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 2);
    for (size_t i = 0; i < sc_tensor_numel(&out); i++) {
        ((float *)out.data)[i] = ((float *)a.data)[i] + ((float *)b.data)[i];
    }
    return SC_OK;
}

static const ScKernel kernels[] = {{"test::add.out", "TTO", kernel_add, 'f'}};

#define F32(...) .kind = SC_KIND_TENSOR, .dtype = SC_F32, .n = 1, .sizes = {3}, __VA_ARGS__

static const char *const operators[][2] = {{"test::add", "out"}};
static const float weight[] = {10, 20, 30};
static const float x[] = {1, 2, 3};

/* out = x + layer.weight; then the weight is "freed", as stock does after its last use. */
static const PteValue values[] = {
    {F32(.memory = 1)}, {F32(.data = 3, .extra = true)}, {F32(.memory = 1, .offset = 16)}};
static const PteInst insts[] = {{.kind = SC_CALL_KERNEL, .n_args = 4, .args = {0, 1, 2, 2}},
                                {.kind = SC_CALL_FREE, .index = 1}};
static const PteProgram program = {.values = values,
                                   .n_values = COUNT(values),
                                   .insts = insts,
                                   .n_insts = COUNT(insts),
                                   .operators = operators,
                                   .n_operators = 1,
                                   .inputs = {0},
                                   .n_inputs = 1,
                                   .outputs = {2},
                                   .n_outputs = 1,
                                   .memory_bytes = {28},
                                   .n_memories = 1};

/* ---- a .ptd -------------------------------------------------------------------------- */

static PteFile file, data;
static PteRig rig;
static uint32_t flat, segment, named, layout, sizes, order, bytes_at;

static void data_write(void) {
    memset(&data, 0, sizeof data);
    memcpy(data.bytes + 4, "FT01FH01", 8);
    data.n_bytes = SC_DATA_HEADER_BYTES;
    flat = pte_table(&data, "4rr");
    pte_put(&data, 0, flat, 4);
    uint32_t segments = pte_child_vector(&data, flat, SC_DATA_SEGMENTS, 1, 4);
    segment = pte_item_table(&data, segments, 0, "88");
    uint32_t entries = pte_child_vector(&data, flat, SC_DATA_NAMED, 1, 4);
    named = pte_item_table(&data, entries, 0, "r4r");
    pte_child_string(&data, named, SC_NAMED_KEY, "layer.weight");
    layout = pte_child_table(&data, named, SC_NAMED_LAYOUT, "1rr");
    pte_set(&data, layout, SC_LAYOUT_DTYPE, SC_F32, 1);
    sizes = pte_child_vector(&data, layout, SC_LAYOUT_SIZES, 1, 4);
    pte_put(&data, sizes + 4, 3, 4);
    order = pte_child_vector(&data, layout, SC_LAYOUT_DIM_ORDER, 1, 1);
    pte_align(&data, 16, 0);
    bytes_at = data.n_bytes;
    pte_put(&data, SC_DATA_LENGTH_AT, 40, 4);
    pte_put(&data, SC_DATA_FLAT_AT, SC_DATA_HEADER_BYTES, 8);
    pte_put(&data, SC_DATA_FLAT_BYTES_AT, bytes_at - SC_DATA_HEADER_BYTES, 8);
    pte_put(&data, SC_DATA_BASE_AT, bytes_at, 8);
    pte_put(&data, SC_DATA_SEGMENTS_AT, sizeof weight, 8);
    pte_set(&data, segment, SC_SEGMENT_SIZE, sizeof weight, 8);
    memcpy(data.bytes + bytes_at, weight, sizeof weight);
    data.n_bytes += sizeof weight;
}

static void both_write(const PteProgram *p) {
    pte_write(&file, p);
    pte_set(&file, file.extra, SC_EXTRA_LOCATION, 1, 1);
    data_write();
}

static ScStatus verify(ScVerifyReport *out) {
    return sc_verify_with_data(file.bytes, file.n_bytes, data.bytes, data.n_bytes, out);
}

/* Opens without sc_verify(), which knows of one file only. */
static ScStatus start(bool with_data) {
    memset(&rig, 0, sizeof rig);
    SC_TRY(sc_open(file.bytes, file.n_bytes, &rig.model));
    if (with_data) {
        SC_TRY(sc_open_data(&rig.model, data.bytes, data.n_bytes));
    }
    SC_TRY(sc_need(&rig.model, NULL, &rig.need));
    rig.config.kernels = (ScKernelTable){kernels, COUNT(kernels)};
    rig.config.workspace = rig.workspace;
    rig.config.workspace_bytes = rig.need.workspace_bytes;
    rig.config.memory[0] = rig.memory[0];
    rig.config.memory_bytes[0] = rig.need.memory_bytes[0];
    return sc_init(&rig.model, NULL, &rig.config, &rig.method);
}

/* ---- running ---------------------------------------------------------------------------
 */

static void data_weights_are_used_in_place_in_every_run(void **state) {
    (void)state;
    const float want[] = {11, 22, 33};
    ScTensor out;
    both_write(&program);
    assert_int_equal(verify(NULL), SC_OK);
    assert_int_equal(start(true), SC_OK);
    for (int run = 0; run < 3; run++) { /* the second one after a free */
        assert_int_equal(sc_set_input(&rig.method, 0, (void *)x, sizeof x), SC_OK);
        assert_int_equal(sc_run(&rig.method, NULL), SC_OK);
        assert_int_equal(sc_output(&rig.method, 0, &out), SC_OK);
        assert_memory_equal(out.data, want, sizeof want);
        assert_int_equal(run == 1 ? sc_reset(&rig.method) : SC_OK, SC_OK);
    }
}

static void data_missing_is_an_error_of_verify_and_of_init(void **state) {
    (void)state;
    ScVerifyReport report;
    both_write(&program);
    assert_int_equal(sc_verify(file.bytes, file.n_bytes, &report), SC_E_UNSUPPORTED);
    assert_string_equal(report.what, "data in another file");
    assert_int_equal(start(false), SC_E_NOT_FOUND);
    data.bytes[pte_field(&data, named, 0) +
               sc_load_u32(data.bytes + pte_field(&data, named, 0)) + 4] = 'L';
    assert_int_equal(verify(&report), SC_E_NOT_FOUND);
    assert_string_equal(report.what, "not in the data file");
    assert_int_equal(start(true), SC_E_NOT_FOUND);
}

static void data_weights_are_never_written(void **state) {
    (void)state;
    PteInst writes = {.kind = SC_CALL_KERNEL, .n_args = 4, .args = {0, 2, 1, 1}};
    PteProgram p = program;
    p.insts = &writes;
    p.n_insts = 1;
    both_write(&p);
    assert_int_equal(verify(NULL), SC_OK);
    assert_int_equal(start(true), SC_E_UNSUPPORTED);
}

static void data_weights_are_no_buffers_of_the_caller(void **state) {
    (void)state;
    float mine[3];
    ScVerifyReport report;
    PteProgram p = program;
    p.outputs[0] = 1;
    both_write(&p);
    assert_int_equal(verify(NULL), SC_OK);
    assert_int_equal(start(true), SC_OK);
    assert_int_equal(sc_set_output(&rig.method, 0, mine, sizeof mine), SC_E_ARG);
    p.outputs[0] = 2;
    p.inputs[0] = 1;
    both_write(&p);
    assert_int_equal(verify(&report), SC_E_FORMAT);
    assert_string_equal(report.what, "constant input");
}

static void data_state_in_another_file_is_refused(void **state) {
    (void)state;
    ScVerifyReport report;
    PteValue planned[3];
    PteProgram p = program;
    memcpy(planned, values, sizeof planned);
    planned[1].memory = 1;
    p.values = planned;
    both_write(&p);
    assert_int_equal(verify(&report), SC_E_UNSUPPORTED);
    assert_string_equal(report.what, "state in another file");
}

static void data_is_found_by_name(void **state) {
    (void)state;
    const uint8_t *found;
    size_t n_bytes;
    both_write(&program);
    assert_int_equal(start(true), SC_OK);
    assert_int_equal(sc_named_data(&rig.model, "layer.weight", &found, &n_bytes), SC_OK);
    assert_ptr_equal(found, data.bytes + bytes_at);
    assert_int_equal(n_bytes, sizeof weight);
    assert_int_equal(sc_named_data(&rig.model, "other", &found, &n_bytes), SC_E_NOT_FOUND);
}

/* ---- damage ----------------------------------------------------------------------------
 */

static void fault_is(ScStatus status, const char *what) {
    ScVerifyReport report;
    assert_int_equal(sc_verify_data(data.bytes, data.n_bytes, &report), status);
    assert_string_equal(report.what, what);
    assert_int_equal(verify(&report), status);
    assert_string_equal(report.what, "the data file isn't sound");
    data_write();
}

static void data_damaged_is_refused(void **state) {
    (void)state;
    both_write(&program);
    pte_put(&data, 6, 0x3230, 2);
    fault_is(SC_E_VERSION, "a version other than FT01 with FH01");
    pte_put(&data, 0, UINT32_MAX, 4);
    fault_is(SC_E_FORMAT, "reference out of bounds");
    pte_put(&data, SC_DATA_LENGTH_AT, 39, 4);
    fault_is(SC_E_FORMAT, "bad extended header");
    pte_put(&data, SC_DATA_FLAT_BYTES_AT, UINT64_MAX - 40, 8);
    fault_is(SC_E_FORMAT, "bad extended header");
    pte_put(&data, SC_DATA_BASE_AT, 64, 8);
    fault_is(SC_E_FORMAT, "bad extended header");
    pte_put(&data, SC_DATA_SEGMENTS_AT, sizeof weight + 1, 8);
    fault_is(SC_E_FORMAT, "bad extended header");
    pte_set(&data, flat, SC_DATA_VERSION, 1, 4);
    fault_is(SC_E_UNSUPPORTED, "unknown version");
    pte_set(&data, segment, SC_SEGMENT_OFFSET, UINT64_MAX - 3, 8);
    fault_is(SC_E_FORMAT, "segment out of bounds");
    pte_set(&data, segment, SC_SEGMENT_SIZE, sizeof weight + 1, 8);
    fault_is(SC_E_FORMAT, "segment out of bounds");
    pte_set(&data, named, SC_NAMED_SEGMENT, 1, 4);
    fault_is(SC_E_FORMAT, "index out of range");
    pte_drop(&data, named, SC_NAMED_KEY);
    fault_is(SC_E_FORMAT, "missing field");
    pte_put(&data, sizes, 0x40000000, 4);
    fault_is(SC_E_FORMAT, "vector out of bounds");
    data.n_bytes--;
    fault_is(SC_E_FORMAT, "bad extended header");
    data.n_bytes = 47;
    fault_is(SC_E_FORMAT, "not a .ptd");
}

static void tensor_is_not(ScStatus status, const char *what) {
    ScVerifyReport report;
    assert_int_equal(sc_verify_data(data.bytes, data.n_bytes, NULL), SC_OK);
    assert_int_equal(verify(&report), status);
    assert_string_equal(report.what, what);
    data_write();
}

static void data_of_another_tensor_is_refused(void **state) {
    (void)state;
    both_write(&program);
    pte_set(&data, layout, SC_LAYOUT_DTYPE, SC_I32, 1);
    tensor_is_not(SC_E_FORMAT, "another tensor in the data file");
    pte_put(&data, sizes + 4, 4, 4);
    tensor_is_not(SC_E_FORMAT, "another tensor in the data file");
    pte_put(&data, order + 4, 1, 1);
    tensor_is_not(SC_E_FORMAT, "another tensor in the data file");
    pte_drop(&data, layout, SC_LAYOUT_DIM_ORDER);
    tensor_is_not(SC_E_FORMAT, "another tensor in the data file");
    pte_set(&data, segment, SC_SEGMENT_SIZE, sizeof weight - 1, 8);
    tensor_is_not(SC_E_FORMAT, "data out of bounds");
    pte_drop(&data, named, SC_NAMED_LAYOUT);
    pte_set(&data, segment, SC_SEGMENT_OFFSET, 2, 8);
    pte_set(&data, segment, SC_SEGMENT_SIZE, sizeof weight - 2, 8);
    tensor_is_not(SC_E_FORMAT, "data out of bounds");
    pte_put(&data, SC_DATA_BASE_AT, bytes_at - 2, 8);
    pte_put(&data, SC_DATA_FLAT_BYTES_AT, bytes_at - 2 - SC_DATA_HEADER_BYTES, 8);
    tensor_is_not(SC_E_FORMAT, "not aligned");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_weights_are_used_in_place_in_every_run),
        cmocka_unit_test(data_missing_is_an_error_of_verify_and_of_init),
        cmocka_unit_test(data_weights_are_never_written),
        cmocka_unit_test(data_weights_are_no_buffers_of_the_caller),
        cmocka_unit_test(data_state_in_another_file_is_refused),
        cmocka_unit_test(data_is_found_by_name),
        cmocka_unit_test(data_damaged_is_refused),
        cmocka_unit_test(data_of_another_tensor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
