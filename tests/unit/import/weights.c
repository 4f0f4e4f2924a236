/* SPDX-License-Identifier: Apache-2.0 */
/* Weights: every layout that torch stores, and metadata that lies. */
#include "tests/unit/import/make_pt2.h"

#include "compiler/import/archive.h"

/* weight_0 holds the float32 0, 1, ... 11. */
enum { N_RECORD = 12 };

static ScStatus read_weight(Test *test, const char *payload, const void *record,
                            size_t n_bytes, ScPt2Weight *out) {
    ScArena *arena = test->sc.arena;
    Parts parts = {.weights = sc_arena_fmt(arena, "{'config': {'w': %s}}", payload),
                   .record = record,
                   .record_bytes = n_bytes};
    ScPt2 pt2;
    assert_int_equal(sc_pt2_open(&test->sc, "x.pt2", pt2_make(arena, &parts), &pt2), SC_OK);
    return sc_pt2_weight(&pt2, pt2.weights, "w", out);
}

static const float *floats(void) {
    static float record[N_RECORD];
    for (int i = 0; i < N_RECORD; i++) {
        record[i] = (float)i;
    }
    return record;
}

#define VIEW(sizes, strides, offset)                                                   \
    "{'path_name': 'weight_0', 'is_param': true, 'use_pickle': false, 'tensor_meta': " \
    "{'dtype': 7, 'sizes': [" sizes "], 'strides': [" strides "], 'storage_offset': "  \
    "{'as_int': " #offset "}, 'layout': 7, 'unknown_key': 1}}"

typedef struct GoodCase {
    const char *situation, *payload;
    int n;
    float expected[N_RECORD];
} GoodCase;

static const GoodCase good[] = {
    {"contiguous", VIEW(N(2) "," N(3), N(3) "," N(1), 0), 6, {0, 1, 2, 3, 4, 5}},
    {"transposed", VIEW(N(3) "," N(2), N(1) "," N(3), 0), 6, {0, 3, 1, 4, 2, 5}},
    {"slice with an offset", VIEW(N(2) "," N(2), N(4) "," N(1), 5), 4, {5, 6, 9, 10}},
    {"expanded", VIEW(N(2) "," N(3), N(0) "," N(1), 3), 6, {3, 4, 5, 3, 4, 5}},
    {"the last element", VIEW("", "", 11), 1, {11}},
    {"no elements", VIEW(N(0) "," N(3), N(3) "," N(1), 0), 0, {0}},
    {"channels_last",
     VIEW(N(1) "," N(2) "," N(2) "," N(2), N(8) "," N(1) "," N(4) "," N(2), 0),
     8,
     {0, 2, 4, 6, 1, 3, 5, 7}},
    {"absurd stride on a dimension of one",
     VIEW(N(1) "," N(3), N(999) "," N(1), 2),
     3,
     {2, 3, 4}},
    {"size as a constant expression",
     VIEW("{'as_expr': {'expr_str': 'Integer(3)', 'hint': null}}", N(1), 0),
     3,
     {0, 1, 2}},
};

static void weight_any_strides_becomes_dense(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ScPt2Weight weight;
        ScStatus status =
            read_weight(test, good[i].payload, floats(), N_RECORD * sizeof(float), &weight);
        if (status != SC_OK) {
            print_error("%s\n", good[i].situation);
            print_errors(test);
        }
        assert_int_equal(status, SC_OK);
        assert_memory_equal(weight.data, good[i].expected, good[i].n * sizeof(float));
        assert_string_equal(weight.storage, "weight_0");
    }
}

static void weight_dense_stays_in_the_archive(void **state) {
    Test *test = *state;
    ScArena *arena = test->sc.arena;
    Parts parts = {.weights = "{'config': {'a': " VIEW(N(3), N(1), 4) ", 'b': " VIEW(
                       N(2), N(1), 5) "}}",
                   .record = floats(),
                   .record_bytes = N_RECORD * sizeof(float)};
    ScPt2 pt2;
    ScPt2Weight a, b;
    ScBytes file = pt2_make(arena, &parts);
    assert_int_equal(sc_pt2_open(&test->sc, "x.pt2", file, &pt2), SC_OK);
    assert_int_equal(sc_pt2_weight(&pt2, pt2.weights, "a", &a), SC_OK);
    assert_int_equal(sc_pt2_weight(&pt2, pt2.weights, "b", &b), SC_OK);
    assert_in_range((uintptr_t)a.data, (uintptr_t)file.data,
                    (uintptr_t)file.data + file.n_bytes - 1);
    assert_ptr_equal((const float *)a.data + 1, b.data); /* shared memory is shared */
}

typedef struct BadCase {
    const char *situation, *payload;
    ScStatus status;
    const char *words;
} BadCase;

#define PLAIN(dtype, layout, pickle)                                                      \
    "{'path_name': 'weight_0', 'use_pickle': " pickle ", 'tensor_meta': {'dtype': " dtype \
    ", 'sizes': [" N(2) "], 'strides': [" N(1) "], 'storage_offset': " N(                 \
        0) ", 'layout': " layout "}}"

static const BadCase bad[] = {
    {"one element too far", VIEW(N(2), N(1), 11), SC_E_FORMAT, "'w'|beyond the stored"},
    {"negative offset", VIEW(N(2), N(1), -1), SC_E_FORMAT, "beyond the stored"},
    {"negative stride", VIEW(N(2), N(-1), 5), SC_E_FORMAT, "beyond the stored"},
    {"negative size", VIEW(N(-2), N(1), 0), SC_E_FORMAT, "size -2"},
    {"product beyond 64 bits",
     VIEW(N(2) "," N(2), N(1099511627775) "," N(1), 9223372036854775807), SC_E_FORMAT,
     "beyond the stored"},
    {"absurd stride", VIEW(N(2), N(9223372036854775807), 0), SC_E_FORMAT, "stride"},
    {"sizes beyond 64 bits",
     VIEW(N(2147483647) "," N(2147483647) "," N(2147483647), N(0) "," N(0) "," N(0), 0),
     SC_E_UNSUPPORTED, "too big"},
    {"huge factor beside a zero", VIEW(N(0) "," N(9223372036854775807), N(1) "," N(1), 0),
     SC_E_UNSUPPORTED, "too big"},
    {"expanded to gigabytes", VIEW(N(1000000) "," N(1000), N(0) "," N(0), 0), SC_E_LIMIT,
     "too big when made dense|expand()"},
    {"nine dimensions",
     VIEW(N(1) "," N(1) "," N(1) "," N(1) "," N(1) "," N(1) "," N(1) "," N(1) "," N(1), "",
          0),
     SC_E_UNSUPPORTED, "9 dimensions"},
    {"strides of another length", VIEW(N(2), "", 0), SC_E_FORMAT, "differ in length"},
    {"dynamic size",
     VIEW("{'as_expr': {'expr_str': 'Mul(Integer(2), Symbol(`s0`, integer=True))'}}", N(1),
          0),
     SC_E_UNSUPPORTED, "dynamic size s0|fixed shapes"},
    {"complex", PLAIN("10", "7", "false"), SC_E_UNSUPPORTED, "complex64|real"},
    {"float8", PLAIN("29", "7", "false"), SC_E_UNSUPPORTED, "float8_e4m3fn|float32"},
    {"unknown dtype", PLAIN("99", "7", "false"), SC_E_FORMAT, "dtype number 99"},
    {"dtype of another kind", PLAIN("'7'", "7", "false"), SC_E_FORMAT, "dtype"},
    {"sparse", PLAIN("7", "2", "false"), SC_E_UNSUPPORTED, "sparse CSR|to_dense()"},
    {"pickled", PLAIN("7", "7", "true"), SC_E_UNSUPPORTED, "pickle|torchao|PT2E"},
    {"missing record",
     "{'path_name': '../weight_9', 'use_pickle': false, 'tensor_meta': " F32_4 "}",
     SC_E_FORMAT, "record ../weight_9 is missing"},
    {"no metadata", "{'path_name': 'weight_0'}", SC_E_FORMAT, "tensor_meta"},
    {"no object", "3", SC_E_FORMAT, "doesn't hold it"},
};

static void weight_lying_metadata_is_one_error(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ScPt2Weight weight;
        ScStatus status =
            read_weight(test, bad[i].payload, floats(), N_RECORD * sizeof(float), &weight);
        if (status != bad[i].status) {
            print_error("%s\n", bad[i].situation);
            print_errors(test);
        }
        assert_int_equal(status, bad[i].status);
        assert_one_error(test, bad[i].situation, bad[i].words);
    }
}

static void weight_without_bytes_says_fake_tensors(void **state) {
    Test *test = *state;
    ScPt2 pt2;
    ScPt2Weight weight;
    Parts parts = {.weights = "{'config': {'w': " VIEW(N(2), N(1), 0) "}}",
                   .extra = "data/weights/weight_0"};
    ScBytes file = pt2_make(test->sc.arena, &parts);
    assert_int_equal(sc_pt2_open(&test->sc, "x.pt2", file, &pt2), SC_OK);
    assert_int_equal(sc_pt2_weight(&pt2, pt2.weights, "w", &weight), SC_E_UNSUPPORTED);
    assert_one_error(test, "fake", "weren't saved|fake or meta tensors");
}

static void weight_bool_other_than_0_and_1_is_refused(void **state) {
    Test *test = *state;
    ScPt2Weight weight;
    assert_int_equal(read_weight(test, PLAIN("12", "7", "false"), "\1\0", 2, &weight),
                     SC_OK);
    assert_int_equal(read_weight(test, PLAIN("12", "7", "false"), "\1\2", 2, &weight),
                     SC_E_FORMAT);
    assert_one_error(test, "bool", "neither 0 nor 1");
}

/* torch's numbers aren't those of the .pte. */
static void dtype_every_number_maps_by_name(void **state) {
    Test *test = *state;
    static const struct {
        int code;
        ScDtype dtype;
    } pairs[] = {{1, SC_U8},   {2, SC_I8},   {3, SC_I16}, {4, SC_I32},   {5, SC_I64},
                 {6, SC_F16},  {7, SC_F32},  {8, SC_F64}, {12, SC_BOOL}, {13, SC_BF16},
                 {28, SC_U16}, {34, SC_U32}, {35, SC_U64}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        ScDtype dtype;
        assert_int_equal(sc_pt2_dtype(&test->sc, "x", pairs[i].code, &dtype), SC_OK);
        assert_int_equal(dtype, pairs[i].dtype);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_open, test_close)
    const struct CMUnitTest tests[] = {
        TEST(weight_any_strides_becomes_dense),
        TEST(weight_dense_stays_in_the_archive),
        TEST(weight_lying_metadata_is_one_error),
        TEST(weight_without_bytes_says_fake_tensors),
        TEST(weight_bool_other_than_0_and_1_is_refused),
        TEST(dtype_every_number_maps_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
